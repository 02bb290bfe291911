"""How tall a widget with a layout is: rows place their parts themselves."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def height_within(widget: QWidget, width: int) -> int:
    """The height its layout needs in this width."""
    layout = widget.layout()
    if layout is None:
        return 0
    layout.invalidate()
    return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())
