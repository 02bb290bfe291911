"""Fields that assistants and conversations share: a box for long text, and how answers are made."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QDoubleValidator, QIntValidator, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import tr
from app.store.records import Parameters
from ui.controls import Field
from ui.settings.form import Segment, column, form_row
from ui.theme import Theme

SAVE_MS = 600
"""What is typed is told after so many milliseconds of rest."""

_THINKING: dict[str, bool | None] = {"auto": None, "on": True, "off": False}


class TextBox(QWidget):
    """Several lines of text in a frame of its own. `edited(text)` follows the user, after a moment's rest."""

    edited = Signal(str)

    def __init__(self, theme: Theme, name: str, placeholder: str = "", lines: int = 8) -> None:
        super().__init__()
        self._theme = theme
        self.editor = QPlainTextEdit()
        self.editor.setFrameShape(QFrame.Shape.NoFrame)
        self.editor.setFont(theme.font("control"))
        self.editor.setPlaceholderText(placeholder)
        self.editor.setAccessibleName(name)
        self.editor.setTabChangesFocus(True)
        self.editor.viewport().setAutoFillBackground(False)
        self.editor.installEventFilter(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 4, 6)
        box.addWidget(self.editor)
        self.setFixedHeight(lines * theme.line_height("control") + 16)
        self.setFocusProxy(self.editor)
        self._silent = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SAVE_MS)
        self._rest.timeout.connect(lambda: self.edited.emit(self.text()))
        self.editor.textChanged.connect(self._changed)

    def text(self) -> str:
        """What is written."""
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Show a text; emits nothing, and keeps the cursor when it is there already."""
        if text != self.text():
            self._silent = True
            self.editor.setPlainText(text)
            self._silent = False
        self._rest.stop()

    def flush(self) -> None:
        """Tell now what was typed."""
        if self._rest.isActive():
            self._rest.stop()
            self.edited.emit(self.text())

    def _changed(self) -> None:
        if not self._silent:
            self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        if event.type() == QEvent.Type.FocusOut:
            self.flush()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.editor.hasFocus()
        wide = 2 if focused else 1
        painter.setPen(QPen(self._theme.color("accent" if focused else "line-control"), wide))
        painter.setBrush(self._theme.color("bg-page"))
        inset = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 6, 6)
        painter.end()


class ParametersForm(QWidget):
    """Temperature, longest answer, thinking. `edited(Parameters)` follows the user."""

    edited = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown = Parameters()
        self.temperature = self._number("assistants.temperature")
        warm = QDoubleValidator(0.0, 2.0, 2, self)
        warm.setNotation(QDoubleValidator.Notation.StandardNotation)
        self.temperature.setValidator(warm)
        self.most = self._number("assistants.max_tokens")
        self.most.setValidator(QIntValidator(1, 1_000_000, self))
        self.thinking = Segment(theme, [(name, tr(f"composer.thinking.{name}")) for name in _THINKING])
        self.thinking.chosen.connect(self._think)
        box = column(self, spacing=12)
        for name, control in (
            ("temperature", self.temperature),
            ("max_tokens", self.most),
            ("thinking", self.thinking),
        ):
            note = tr(f"assistants.{name}.note")
            box.addWidget(form_row(tr(f"assistants.{name}"), note, control))

    def _number(self, key: str) -> Field:
        field = Field(tr("assistants.as_model"))
        field.setAccessibleName(tr(key))
        field.setFixedWidth(120)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.editingFinished.connect(self._finished)
        return field

    def show_parameters(self, parameters: Parameters | None) -> None:
        """Show these; emits nothing."""
        known = self._shown = parameters or Parameters()
        self.temperature.setText("" if known.temperature is None else f"{known.temperature:g}")
        self.most.setText("" if known.max_tokens is None else str(known.max_tokens))
        chosen = next(name for name, value in _THINKING.items() if value is known.thinking)
        self.thinking.choose(chosen)

    def parameters(self) -> Parameters:
        """What is set; a number that cannot be keeps the old value."""
        return Parameters(
            _float(self.temperature, self._shown.temperature),
            _whole(self.most, self._shown.max_tokens),
            self._shown.thinking,
        )

    def _finished(self) -> None:
        self._tell(self.parameters())

    def _think(self, choice: str) -> None:
        known = self.parameters()
        self._tell(Parameters(known.temperature, known.max_tokens, _THINKING[choice]))

    def _tell(self, now: Parameters) -> None:
        if now != self._shown:
            self._shown = now
            self.edited.emit(now)


def _float(field: Field, before: float | None) -> float | None:
    text = field.text().strip().replace(",", ".").replace("，", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return before
    return value if 0 <= value <= 2 else before


def _whole(field: Field, before: int | None) -> int | None:
    text = field.text().strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and int(text) > 0 else before
