"""The light of the relay strip: it stands on the leg that holds the baton and slides to the next one."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QRectF, QVariantAnimation, Signal

SLIDE_MS = 180


class Light(QObject):
    """`rect` is where the light is now, invalid = off. Signal `moved`: it is elsewhere, paint again."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rect = QRectF()
        self._from = QRectF()
        self._to = QRectF()
        self._slide: QVariantAnimation | None = None

    def go(self, to: QRectF, *, slide: bool, visible: bool) -> None:
        """Move to another place (an invalid one switches the light off), sliding if it can be seen."""
        if slide and self._slide is not None and to == self._to:
            return
        self._to = to
        if slide and visible:
            self._from = QRectF(self.rect)
            if self._slide is None:
                self._slide = QVariantAnimation(self)
                self._slide.setStartValue(0.0)
                self._slide.setEndValue(1.0)
                self._slide.setDuration(SLIDE_MS)
                self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
                self._slide.valueChanged.connect(self._slid)
            self._slide.stop()
            self._slide.start()
            return
        if self._slide is not None:
            self._slide.stop()
        self.rect = to

    def _slid(self, share: float) -> None:
        one, two = self._from, self._to
        self.rect = QRectF(
            one.x() + (two.x() - one.x()) * share,
            0,
            one.width() + (two.width() - one.width()) * share,
            two.height(),
        )
        self.moved.emit()
