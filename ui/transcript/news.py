"""The button that says something new came below, over the foot of the view until the reader goes there."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from ui.controls import button


class NewBelow:
    """`came` and `seen` say what happened, `show` what can be shown."""

    def __init__(self, viewport: QWidget) -> None:
        self._viewport = viewport
        self._news = False
        self.button = button(tr("transcript.new_content"), "secondary", "arrow-down", size="small")
        self.button.setParent(viewport)
        self.button.hide()

    def came(self) -> None:
        """Something new stands below what can be seen."""
        self._news = True

    def seen(self) -> None:
        """The reader is at the end."""
        self._news = False

    def show(self, *, at_end: bool) -> None:
        """Put the button in its place, or hide it."""
        shown = self._news and not at_end
        if shown:
            hint, view = self.button.sizeHint(), self._viewport
            x, y = (view.width() - hint.width()) // 2, view.height() - 38
            self.button.setGeometry(x, y, hint.width(), hint.height())
            self.button.raise_()
        if shown == self.button.isHidden():
            self.button.setVisible(shown)
