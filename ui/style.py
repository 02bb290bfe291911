"""Fusion with our focus ring, check boxes, radio buttons and drop-downs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QStyleOptionComplex,
    QWidget,
)

_STATE = QStyle.StateFlag


class JieliStyle(QProxyStyle):
    """Draws the few primitives that Fusion's own would not fit the theme.

    The focus ring shows only after keyboard use (`State_KeyboardFocusChange`, kept by Qt).
    `colour` gives the colour of a token.
    """

    def __init__(self, colour: Callable[[str], QColor], *, dark: bool) -> None:
        super().__init__("Fusion")
        self._colour = colour
        self._dark = dark

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        match element:
            case QStyle.PrimitiveElement.PE_FrameFocusRect:
                if _state(option) & _STATE.State_KeyboardFocusChange:
                    self._ring(painter, QRectF(_rect(option)).adjusted(1, 1, -1, -1))
            case QStyle.PrimitiveElement.PE_IndicatorCheckBox:
                self._check(painter, option)
            case QStyle.PrimitiveElement.PE_IndicatorRadioButton:
                self._radio(painter, option)
            case _:
                super().drawPrimitive(element, option, painter, widget)

    def drawComplexControl(  # noqa: N802 - Qt's spelling
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if control == QStyle.ComplexControl.CC_ComboBox:
            self._combo(painter, option)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        element: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        if control == QStyle.ComplexControl.CC_ComboBox and element == QStyle.SubControl.SC_ComboBoxEditField:
            # A pixel up: Chinese in the middle of its line stands lower than the middle of the field.
            return _rect(option).adjusted(12, 0, -28, -2)
        return super().subControlRect(control, option, element, widget)  # pyright: ignore[reportArgumentType]

    def sizeFromContents(
        self,
        kind: QStyle.ContentsType,
        option: QStyleOption,
        size: QSize,
        widget: QWidget | None = None,
    ) -> QSize:
        if kind == QStyle.ContentsType.CT_ComboBox:
            return QSize(size.width() + 44, 30)
        return super().sizeFromContents(kind, option, size, widget)  # pyright: ignore[reportArgumentType]

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        spacings = (
            QStyle.PixelMetric.PM_CheckBoxLabelSpacing,
            QStyle.PixelMetric.PM_RadioButtonLabelSpacing,
        )
        return 8 if metric in spacings else super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803 - Qt's spelling
    ) -> int:
        if hint == QStyle.StyleHint.SH_ComboBox_Popup:
            # A list under the field, some rows high: Fusion's covers field and window alike.
            return 0
        return super().styleHint(hint, option, widget, returnData)

    def _ring(self, painter: QPainter, rect: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, 5, 5)
        painter.restore()

    def _box(self, painter: QPainter, option: QStyleOption) -> tuple[QRectF, bool, bool]:
        state = _state(option)
        on = bool(state & (_STATE.State_On | _STATE.State_NoChange))
        enabled = bool(state & _STATE.State_Enabled)
        side = 14.0
        rect = QRectF(_rect(option))
        box = QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)
        if not enabled:
            fill, line = self._colour("bg-hover"), self._colour("ink-off")
        elif on:
            fill = line = self._colour("accent")
        else:
            hover = state & _STATE.State_MouseOver
            fill, line = self._colour("bg-hover" if hover else "bg-page"), self._colour("line-control")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(line, 1))
        painter.setBrush(fill)
        return box.adjusted(0.5, 0.5, -0.5, -0.5), on, enabled

    def _check(self, painter: QPainter, option: QStyleOption) -> None:
        painter.save()
        box, on, enabled = self._box(painter, option)
        painter.drawRoundedRect(box, 3, 3)
        if on:
            painter.setPen(_round_pen(self._colour("on-accent" if enabled else "ink-off"), 1.6))
            x, y = box.x(), box.y()
            if _state(option) & _STATE.State_NoChange:
                painter.drawLine(QPointF(x + 3.5, y + 6.5), QPointF(x + 9.5, y + 6.5))
            else:
                painter.drawPolyline(
                    QPolygonF([QPointF(x + 3, y + 6.8), QPointF(x + 5.5, y + 9.2), QPointF(x + 10, y + 4)])
                )
        painter.restore()

    def _radio(self, painter: QPainter, option: QStyleOption) -> None:
        painter.save()
        box, on, enabled = self._box(painter, option)
        # The words beside it stand a pixel under the middle of the line.
        box.translate(0, 1)
        painter.drawEllipse(box)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour("on-accent" if enabled else "ink-off"))
            painter.drawEllipse(box.center(), 2.6, 2.6)
        painter.restore()

    def _combo(self, painter: QPainter, option: QStyleOption) -> None:
        state = _state(option)
        rect = QRectF(_rect(option)).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = "bg-hover" if self._dark else "bg-page"
        if not state & _STATE.State_Enabled:
            fill = "bg-hover"
        elif state & (_STATE.State_Sunken | _STATE.State_On):
            fill = "bg-press"
        elif state & _STATE.State_MouseOver:
            fill = "bg-select" if self._dark else "bg-hover"
        ring = state & _STATE.State_HasFocus and state & _STATE.State_KeyboardFocusChange
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour("accent" if ring else "line-strong"), 2 if ring else 1))
        painter.setBrush(self._colour(fill))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5) if ring else rect, 6, 6)
        x, y = rect.right() - 14, rect.center().y()
        painter.setPen(_round_pen(self._colour("ink-2"), 1.5))
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))
        painter.restore()


def _round_pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _state(option: QStyleOption) -> QStyle.StateFlag:
    return option.state  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs


def _rect(option: QStyleOption) -> QRect:
    return option.rect  # pyright: ignore[reportAttributeAccessIssue] - missing from the stubs
