"""Holds a text back that has a key in it, and says so under the editor: it would go to a vendor as a message
and stay in the history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.key_leaks import KeyLeaks, Leak, taken_out
from ui.controls import button, icon_button, label
from ui.flow import FlowArea
from ui.icons import paint_icon
from ui.spoken import say
from ui.theme import Theme

_LOOK_MS = 400
"""So long after the last change a text is looked through; what is sent is looked through at once."""

_SIDE = 10


class KeyBar(QWidget):
    """One sentence and what can be done. Signals: `keep_requested`, `out_requested` (take the key out of the
    text), `send_requested` (as it is), `dismissed`; Escape dismisses. `resized` when it needs other room."""

    keep_requested = Signal()
    out_requested = Signal()
    send_requested = Signal()
    dismissed = Signal()
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.words = label("", "control", "ink")
        self.words.setWordWrap(True)
        self.words.setMinimumWidth(60)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.keep = button("", "primary", "key", size="small")
        self.keep.clicked.connect(self.keep_requested)
        self.out = button(tr("keyguard.take_out"), "primary", size="small")
        self.out.clicked.connect(self.out_requested)
        self.out_of_file = button(tr("keyguard.take_out_of_file"), size="small")
        self.out_of_file.clicked.connect(self.out_requested)
        self.anyway = button(tr("keyguard.send"), size="small")
        self.anyway.clicked.connect(self.send_requested)
        self.close_button = icon_button("close", tr("keyguard.dismiss"))
        self.close_button.clicked.connect(self.dismissed)
        row = FlowArea()
        for made in (self.keep, self.out, self.out_of_file, self.anyway):
            row.flow.addWidget(made)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        beside.addWidget(self.words)
        beside.addWidget(row)
        box = QHBoxLayout(self)
        box.setContentsMargins(_SIDE + 34, 10, _SIDE + 6, 14)
        box.setSpacing(8)
        box.addLayout(beside, 1)
        box.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for made in self.buttons():
            made.installEventFilter(self)

    def buttons(self) -> tuple[QWidget, ...]:
        """What the keyboard goes through, in this order."""
        return self.keep, self.out, self.out_of_file, self.anyway, self.close_button

    def ask(self, words: str, keep: str, *, in_file: bool = False) -> None:
        """Say this; `keep` is written on the button that keeps the key, empty = it can only be taken out.
        Of a file it can be taken in any case: nobody can do that by hand there."""
        self.words.setText(words)
        self.keep.setText(keep)
        self.keep.setVisible(bool(keep))
        self.out.setVisible(not keep)
        self.out.setText(tr("keyguard.take_out_of_file" if in_file else "keyguard.take_out"))
        self.out_of_file.setVisible(in_file and bool(keep))
        self.setAccessibleName(words)
        self.show()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        # Whoever lays the window out asks for one height: a label that breaks its lines has none of its own.
        layout = self.layout()
        if layout is not None and self.width() > 0:
            high = layout.totalHeightForWidth(self.width())
            if high != self.height() or self.minimumHeight() != high:
                self.setFixedHeight(high)
                self.resized.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QEvent.Type.KeyPress:
            self.dismissed.emit()
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("cool-line"), 1))
        painter.setBrush(theme.color("cool-tint"))
        ground = QRectF(self.rect()).adjusted(_SIDE + 0.5, 2.5, -_SIDE - 0.5, -6.5)
        painter.drawRoundedRect(ground, 6, 6)
        paint_icon(painter, QRectF(_SIDE + 11, 11, 16, 18), "key", theme, "cool")
        painter.end()


class Enclosed(Protocol):
    """What is attached to the text."""

    def loose(self) -> Sequence[tuple[str, list[Leak]]]:
        """The keys in attached texts, by the names of these."""
        ...

    def leave_out(self, secrets: Collection[str]) -> None:
        """Take these out of all attached texts."""
        ...


class KeyGuard(QObject):
    """Looks through what is written into one editor. `put(widget)` places the bar, which is made when it is
    first needed; `names(provider)` says a provider's name.

    Signals: `keep_requested(secret, providers)` once the key is out of the text, `send_requested` for a text
    that is to be sent as it is.
    """

    keep_requested = Signal(str, tuple)
    send_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        editor: QPlainTextEdit,
        put: Callable[[KeyBar], None],
        leaks: KeyLeaks,
        names: Callable[[str], str],
        start: Callable[[Coroutine[Any, Any, Any], str], object],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._editor = editor
        self._put = put
        self._leaks = leaks
        self._names = names
        self._start = start
        self._gone = False
        self._waved: frozenset[str] = frozenset()
        self.enclosed: Enclosed | None = None
        """What goes along with the text; call `look_soon` when it has changed."""
        self.bar: KeyBar | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_LOOK_MS)
        self._soon.timeout.connect(self._look)
        editor.textChanged.connect(self._soon.start)
        # What is there already was brought back from before the window was built anew.
        if not editor.document().isEmpty():
            self._soon.start()

    def detach(self) -> None:
        """The editor is about to be thrown away."""
        self._gone = True
        self._soon.stop()

    def look_soon(self) -> None:
        """Look through everything once nothing changes any more."""
        self._soon.start()

    def lets(self, text: str) -> bool:
        """Whether a text may be sent without a word, and what is attached to it."""
        return not self._show(self._leaks.find(text), self._attached())

    def keepable(self, text: str) -> str:
        """A text as it may be written to disk."""
        return self._leaks.without(text)

    def _look(self) -> None:
        text = self._editor.toPlainText()
        if not text and not self._attached():
            self._waved = frozenset()
            self._hide()
        else:
            self._start(self._look_through(text), "keys in a text")

    async def _look_through(self, text: str) -> None:
        leaks = await self._leaks.look(text)
        if self._gone or self._editor.toPlainText() != text:
            return
        attached = self._attached()
        found = frozenset(leak.secret for leak in (*leaks, *_all(attached)))
        if not found:
            self._hide()
        elif not self._waved.issuperset(found):
            self._show(leaks, attached)

    def _attached(self) -> Sequence[tuple[str, list[Leak]]]:
        return self.enclosed.loose() if self.enclosed is not None else ()

    def _show(self, leaks: Sequence[Leak], attached: Sequence[tuple[str, list[Leak]]]) -> bool:
        """Tell of keys, those in the text first; returns whether there are any."""
        if not leaks and not attached:
            return False
        if self.bar is None:
            bar = self.bar = KeyBar(self._theme)
            bar.keep_requested.connect(self._keep)
            bar.out_requested.connect(self._take_out)
            bar.send_requested.connect(self._send)
            bar.dismissed.connect(self._dismiss)
            self._put(bar)
            before: QWidget = self._editor
            for made in bar.buttons():
                QWidget.setTabOrder(before, made)
                before = made
        file = "" if leaks else attached[0][0]
        words, keep = self._words(leaks or attached[0][1], file)
        if self.bar.isHidden() or self.bar.words.text() != words:
            self.bar.ask(words, keep, in_file=bool(file))
            say(self.bar, words, at_once=True)
        return True

    def _words(self, leaks: Sequence[Leak], file: str) -> tuple[str, str]:
        def words(key: str, name: str = "") -> str:
            return (
                tr(f"keyguard.{key}_in", name=name, file=file) if file else tr(f"keyguard.{key}", name=name)
            )

        fresh = [leak for leak in leaks if leak.kind == "form"]
        if not fresh:
            return words("stored", self._names(leaks[0].providers[0])), ""
        whose = fresh[0].providers
        if len(whose) == 1:
            name = self._names(whose[0])
            return words("found_of", name), tr("keyguard.keep_for", name=name)
        return words("found"), tr("keyguard.keep")

    def _keep(self) -> None:
        leaks = self._leaks.find(self._editor.toPlainText())
        fresh = (leak for leak in (*leaks, *_all(self._attached())) if leak.kind == "form")
        first = next(fresh, None)
        if first is not None:
            # Of several, the others stay until something was done about them, too.
            self._leave_out([leak for leak in leaks if leak.secret == first.secret], {first.secret})
            self.keep_requested.emit(first.secret, first.providers)

    def _take_out(self) -> None:
        leaks = self._leaks.find(self._editor.toPlainText())
        # What is not told of yet is told of then.
        attached = () if leaks else _all(self._attached())
        self._leave_out(leaks, {leak.secret for leak in (*leaks, *attached)})

    def _leave_out(self, leaks: Sequence[Leak], secrets: Collection[str]) -> None:
        """Nothing of a key is left, in the undo history neither."""
        self._hide()
        if leaks:
            self._editor.setPlainText(taken_out(self._editor.toPlainText(), leaks))
            self._editor.moveCursor(self._editor.textCursor().MoveOperation.End)
        if self.enclosed is not None:
            self.enclosed.leave_out(secrets)
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _send(self) -> None:
        self._hide()
        self.send_requested.emit()

    def _dismiss(self) -> None:
        leaks = self._leaks.find(self._editor.toPlainText())
        self._waved = frozenset(leak.secret for leak in (*leaks, *_all(self._attached())))
        self._hide()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _hide(self) -> None:
        if self.bar is not None and not self.bar.isHidden():
            self.bar.hide()
            self.bar.resized.emit()


def _all(attached: Sequence[tuple[str, list[Leak]]]) -> list[Leak]:
    return [leak for _name, leaks in attached for leak in leaks]
