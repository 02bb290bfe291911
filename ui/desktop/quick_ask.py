"""The quick question: asked through the same turns as every other, and kept as a conversation."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.asking import Ask
from app.clock import Clock
from app.errors import KnownError
from app.i18n import tr
from app.key_leaks import KeyLeaks
from app.relay.events import RelayEvent
from app.settings import SettingsService
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.store.store import Store
from app.wording import Names
from ui.composer.key_guard import KeyGuard
from ui.desktop.quick_window import QuickWindow
from ui.links import ask_to_open
from ui.presenters.turns import QUICK_ASK, Running, Turns
from ui.theme import Theme


class QuickAsk(QObject):
    """`open_one(conversation)` shows it in the main window. Call `detach` before it is thrown away."""

    def __init__(
        self,
        theme: Theme,
        names: Names,
        clock: Clock,
        settings: SettingsService,
        store: Store,
        turns: Turns,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        open_one: Callable[[str], object],
        keys: tuple[KeyLeaks, Callable[[str], str]],
    ) -> None:
        super().__init__()
        self._store = store
        self._turns = turns
        self._start = start
        self._open_one = open_one
        self.conversation: str | None = None
        self.unseen = False
        """Whether an answer ended while the window was hidden."""
        self._problem = ""
        self.window = window = QuickWindow(theme, names, clock, settings.current.send_key)
        self.guard = KeyGuard(theme, window.editor, window.put_under, *keys, start)
        self.guard.send_requested.connect(lambda: window.submit(anyway=True))
        self.guard.keep_requested.connect(window.put_away)
        window.lets = self.guard.lets
        window.asked.connect(self._ask)
        window.stop_requested.connect(self._stop)
        window.open_requested.connect(self.open_in_window)
        for given in (window.editor.files_given, window.editor.picture_given):
            given.connect(self._no_files)
        view = window.transcript
        view.copy_requested.connect(_copy)
        view.link_activated.connect(lambda url: ask_to_open(window, url))
        view.retry_requested.connect(self._again)
        view.continue_requested.connect(lambda answer: self._again(answer, resume=True))
        view.action_requested.connect(self._act)
        view.wishes.choices.connect(lambda answer, _near: self._again(answer))
        view.wishes.quote.connect(self._quote)
        # What needs more than this window has is done in the other one.
        for elsewhere in (
            view.edit_requested, view.sibling_requested, view.next_leg_requested, view.wishes.delete,
            view.wishes.delete_from, view.wishes.compare, view.wishes.picture,
        ):  # fmt: skip
            elsewhere.connect(lambda _message: self.open_in_window())
        turns.started.connect(self._started)
        turns.told.connect(self._told)
        turns.ended.connect(self._ended)
        turns.refused.connect(self._refused)
        turns.changed.connect(self._show_running)
        self._show_running()

    def detach(self) -> None:
        """Let go of the running turns and take the window away."""
        turns = self._turns
        turns.started.disconnect(self._started)
        turns.told.disconnect(self._told)
        turns.ended.disconnect(self._ended)
        turns.refused.disconnect(self._refused)
        turns.changed.disconnect(self._show_running)
        self.guard.detach()
        self.window.transcript.shut_down()
        self.window.hide()
        self.window.deleteLater()

    def pop_up(self) -> None:
        """Show the window: with an answer that is still being written or was not seen yet, else for a new
        question."""
        if not self.window.isVisible() and not self._busy() and not self.unseen:
            self._fresh()
        self.unseen = False
        self.window.pop_up()

    async def resume(self, conversation: str | None, draft: str) -> None:
        """Show what another window of this kind showed (the theme or the language has changed)."""
        self.window.editor.setPlainText(draft)
        if conversation is not None:
            self.conversation = conversation
            ids = await self._store.branch(conversation)
            self.window.transcript.set_conversation(ids, self._load, self._begin_task)
            running = self._turns.running(conversation)
            if running is not None:
                self.window.transcript.begin(running.item())
            self.window.show_answer(True)
        self._show_running()
        self.window.pop_up()

    def open_in_window(self) -> None:
        """Go on in the main window."""
        if self.conversation is not None:
            self.window.put_away()
            self._open_one(self.conversation)

    # asking

    def _fresh(self) -> None:
        self._problem = ""
        if self.conversation is not None:
            self.conversation = None
            self.window.transcript.clear()
        self.window.show_answer(False)
        self._show_running()

    def _ask(self, text: str) -> None:
        self._problem = ""
        self._turns.start(Ask(text=text, conversation=self.conversation), QUICK_ASK)

    def _again(self, answer: str, *, resume: bool = False) -> None:
        if self.conversation is not None:
            self._turns.start(Ask(conversation=self.conversation, answer=answer, resume=resume), QUICK_ASK)

    def _quote(self, text: str) -> None:
        editor = self.window.editor
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        editor.setPlainText(f"{quoted}\n\n{editor.toPlainText()}")
        editor.moveCursor(editor.textCursor().MoveOperation.End)
        editor.setFocus()

    def _stop(self) -> None:
        self._turns.stop(self.conversation or QUICK_ASK)

    def _act(self, answer: str, action: str, _argument: str) -> None:
        if action == "cancel":
            self._turns.stop_answer(answer)
        else:
            self.open_in_window()

    def _busy(self) -> bool:
        return self._turns.busy(self.conversation or QUICK_ASK)

    # news of turns

    def _started(self, running: Running) -> None:
        started, view = running.started, self.window.transcript
        if started.created and running.place == QUICK_ASK and self.conversation is None:
            self.conversation = running.conversation
            view.set_conversation([], self._load, self._begin_task)
        if running.conversation != self.conversation:
            return
        if started.asked and self.window.editor.toPlainText().strip() == started.question.text.strip():
            self.window.editor.clear()
        if started.replaced is not None:
            view.remove_from(started.replaced)
        if started.asked:
            view.append([(started.question, [])])
        view.begin(running.item())
        self.window.show_answer(True)
        view.scroll_to_end()

    def _told(self, conversation: str, answer: str, event: RelayEvent) -> None:
        if conversation == self.conversation:
            self.window.transcript.feed(answer, event)

    def _ended(self, conversation: str, answer: str) -> None:
        if conversation == self.conversation:
            self.unseen = not self.window.isVisible()
            self._begin_task(self._finish(answer))

    async def _finish(self, answer: str) -> None:
        for item in await self._load([answer]):
            self.window.transcript.finish(item)

    def _no_files(self, _given: object) -> None:
        self.window.say(tr("desktop.quick_no_files"), bad=True)

    def _refused(self, conversation: str, error: KnownError) -> None:
        if conversation in (QUICK_ASK, self.conversation):
            self._problem = str(error)
            self._show_running()

    def _show_running(self) -> None:
        busy = self._busy()
        self.window.set_running(busy)
        self.window.transcript.wishes.set_busy(busy)
        if self._problem:
            self.window.say(self._problem, bad=True)
        elif busy:
            self.window.say(tr("desktop.quick_running"))
        else:
            self.window.say(self._hint() if self.conversation is None else tr("desktop.quick_more"))

    def _hint(self) -> str:
        enter = self.window.editor.send_key == "enter"
        return tr("desktop.quick_hint") if enter else tr("desktop.quick_hint_ctrl")

    async def _load(self, ids: Sequence[str]) -> list[tuple[Message, list[AttemptRecord]]]:
        messages = await self._store.messages(ids)
        attempts = await self._store.attempts(ids)
        return [(message, attempts.get(message.id, [])) for message in messages]

    def _begin_task(self, coro: Coroutine[Any, Any, Any], name: str = "quick ask") -> object:
        return self._start(coro, name)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
