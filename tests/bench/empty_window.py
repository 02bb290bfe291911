"""The floor of the window measurements: an empty `QMainWindow`, nothing else."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QMainWindow

app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1200, 800)
window.show()
sys.exit(app.exec())
