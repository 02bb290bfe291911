"""Qt's kinds of style options, made ready by importing this; for a thread.

They are made when a style written in Python is first asked for anything, all of them at once with sixty
enumerations, which takes longer than a frame.
"""

from __future__ import annotations

from PySide6 import QtWidgets

for _name in dir(QtWidgets):
    if _name.startswith("QStyle"):
        getattr(QtWidgets, _name)
