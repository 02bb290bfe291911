"""The open conversation: shows it, sends what is written, follows its turn, does what its rows ask for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.asking import Ask
from app.errors import KnownError
from app.i18n import tr
from app.policy import Spend
from app.relay.events import RelayEvent
from app.store.entries import AttemptRecord
from app.store.records import Assistant, Conversation, Message
from app.store.store import Store
from app.tasks import TaskScope
from ui.composer import Composer
from ui.main_window import MainWindow
from ui.presenters.acts import Acts
from ui.presenters.aim import Aim, Aimed
from ui.presenters.compared import Compared, NotCompared
from ui.presenters.doing import Doing
from ui.presenters.turns import QUICK_ASK, Running, Turns
from ui.transcript.view import TranscriptView

DRAFT_MS = 800


@dataclass(frozen=True, slots=True)
class Views:
    """The views of a chat."""

    window: MainWindow
    transcript: TranscriptView
    composer: Composer


class ChatPresenter(QObject):
    """Signals: `opened(id | None)` when another conversation is shown, `writing` when something is written
    for the first time, `wish(action, argument)` for what a card asks of other parts (`add_provider`,
    `replace_key`, `recheck`, `settings`, …)."""

    opened = Signal(object)
    writing = Signal()
    wish = Signal(str, str)

    def __init__(
        self, views: Views, store: Store, turns: Turns, scope: TaskScope, open_link: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._views = views
        self._store = store
        self._turns = turns
        self._scope = scope
        self.conversation: Conversation | None = None
        self._practice = False
        self._written = False
        self.fresh_draft = ""
        self.places: dict[str, tuple[str, int]] = {}
        self.chain_wish: Callable[[], tuple[str, ...] | None] = lambda: None
        self.spend_wish: Callable[[], Spend | None] = lambda: None
        self.assistant_wish: Callable[[], Assistant | None] = lambda: None
        self._aim = Aim(views.composer, views.window.notices)
        self._left: dict[str, Aimed] = {}
        self.comparison: Compared = NotCompared()
        self._paged = False
        self._opening: object = None
        self._detached = False
        self._draft = QTimer(self)
        self._draft.setSingleShot(True)
        self._draft.setInterval(DRAFT_MS)
        self._draft.timeout.connect(self.keep_draft)
        self._connect(open_link)
        self.acts = Acts(
            views.transcript,
            store,
            turns,
            self._aim,
            self._start,
            conversation=lambda: self.conversation,
            reload=self.reload,
            finish=self._finish,
        )
        self.acts.wish.connect(self.wish)
        self.doing = Doing(
            views.window, views.transcript, views.composer, store, self._start, self.acts, self.reload
        )

    def _connect(self, open_link: Callable[[str], None]) -> None:
        composer, transcript = self._views.composer, self._views.transcript
        composer.send_requested.connect(self.send)
        composer.stop_requested.connect(self.stop)
        composer.editor.escaped.connect(self._escape)
        composer.text_changed.connect(self._draft.start)
        composer.text_changed.connect(self._began)
        transcript.copy_requested.connect(_copy)
        transcript.link_activated.connect(open_link)
        transcript.finding.counter = self._occurrences
        self._views.window.header.title_edited.connect(self._rename)
        self._turns.started.connect(self._started)
        self._turns.told.connect(self._told)
        self._turns.ended.connect(self._ended)
        self._turns.refused.connect(self._refused)
        self._turns.changed.connect(self._show_running)

    def detach(self) -> None:
        """Let go of the running turns; the views are about to be thrown away."""
        self._leave()
        # What is being fetched comes too late for views that are thrown away.
        self._opening, self._detached = object(), True
        turns = self._turns
        for signal, slot in (
            (turns.started, self._started),
            (turns.told, self._told),
            (turns.ended, self._ended),
            (turns.refused, self._refused),
            (turns.changed, self._show_running),
        ):
            signal.disconnect(slot)

    # which conversation

    def new(self, *, practice: bool = False) -> None:
        """Show an empty page; the conversation is stored with its first question."""
        self._fresh(practice)
        self._views.window.show_page("chat")

    def _fresh(self, practice: bool) -> None:
        self._leave()
        self.conversation = None
        self._opening = None
        self._practice = practice
        self._views.transcript.clear()
        self.comparison.hide()
        self._show_conversation(self.fresh_draft)

    async def resume(self, before: ChatPresenter) -> None:
        """Show behind whatever page is open what a presenter of a window that is gone showed."""
        self._left = before._left
        if before.conversation is None:
            self._fresh(before.practice)
        else:
            await self._open(before.conversation.id)
        before.doing.hand_over(self.doing)

    def open(self, conversation: str) -> None:
        """Show a stored conversation at its end."""
        self._views.window.show_page("chat")
        if self.conversation is None or self.conversation.id != conversation:
            self._leave()
            self._start(self._open(conversation))

    async def show(self, conversation: str) -> None:
        """As `open`, and wait until it is there."""
        self._views.window.show_page("chat")
        await self._open(conversation)

    async def _open(self, conversation: str) -> None:
        token = self._opening = object()
        found = await self._store.conversation(conversation)
        if await self._show_branch(found, token) and found is not None:
            self._show_conversation(found.draft)
            if (left := self._left.pop(conversation, None)) is not None:
                self._aim.come_back(left)

    async def _show_branch(self, found: Conversation | None, token: object) -> bool:
        """Fetch what is shown of a conversation and show it; False when another one was chosen meanwhile, or
        it is gone."""
        if found is None or found.deleted_at is not None:
            return False
        conversation = found.id
        at, offset = self.places.get(conversation, (None, 0))
        # A long conversation opens by its end; one that was left in its middle needs to be known whole.
        ids, more = await self._store.tail(conversation) if at is None else ([], False)
        ids = ids if at is None else await self._store.branch(conversation)
        columns = await self.comparison.look(ids)
        if token is not self._opening:
            return False
        self.conversation = found
        self._practice = found.practice
        whole = partial(self._store.branch, conversation) if more else None
        self._views.transcript.set_conversation(ids, self.load, self._scope.start, at, offset, whole)
        running = self._turns.running(conversation)
        if running is not None and running.group is None:
            self._views.transcript.begin(running.item())
        self.comparison.show(columns)
        return True

    def forget(self, conversation: str) -> None:
        """The conversation was deleted: stop its turn and show an empty page."""
        self._turns.stop(conversation)
        if self.conversation is not None and self.conversation.id == conversation:
            self._draft.stop()
            self.conversation = None
            self.new()

    def refresh(self, conversation: Conversation) -> None:
        """The stored conversation changed (its title, its legs)."""
        if self.conversation is not None and self.conversation.id == conversation.id:
            self.conversation = conversation
            self._views.window.set_title(conversation.title or tr("sidebar.untitled"))

    async def reload(self) -> None:
        """Fetch the branch that is shown anew; what is being written stays."""
        if self.conversation is not None:
            self.keep_place()
            token = self._opening = object()
            found = await self._store.conversation(self.conversation.id)
            finding = self._views.transcript.finding
            sought = finding.held()
            if await self._show_branch(found, token):
                finding.resume(sought)
            self._show_running()

    def _leave(self) -> None:
        """Another page is about to be shown."""
        if self.conversation is not None and (left := self._aim.leave()) is not None:
            self._left[self.conversation.id] = left
        self.keep_draft()
        self.keep_place()

    async def load(self, ids: Sequence[str]) -> list[tuple[Message, list[AttemptRecord]]]:
        """Messages with their attempts, for a transcript."""
        messages = await self._store.messages(ids)
        attempts = await self._store.attempts(ids)
        return [(message, attempts.get(message.id, [])) for message in messages]

    async def _occurrences(self, term: str) -> dict[str, int]:
        return await self._store.occurrences(self.conversation.id, term) if self.conversation else {}

    def _show_conversation(self, draft: str) -> None:
        window, open_one = self._views.window, self.conversation
        self._paged = True
        if open_one is not None:
            window.set_title(open_one.title or tr("sidebar.untitled"))
        else:
            window.set_title("", editable=False)
        window.set_practice(self._practice)
        self._aim.clear()
        self._views.composer.set_text(draft)
        self._draft.stop()
        self._show_running()
        self.opened.emit(open_one.id if open_one is not None else None)

    @property
    def practice(self) -> bool:
        """Whether the page shown is practice."""
        return self._practice

    def _began(self) -> None:
        if not self._written and self._views.composer.text():
            self._written = True
            self.writing.emit()

    def keep_place(self) -> None:
        """Remember where the reader is in the conversation shown; at its end that is nothing to remember."""
        if self.conversation is not None:
            kept = self._views.transcript.place_kept()
            self.places.pop(self.conversation.id, None)
            if kept is not None:
                self.places[self.conversation.id] = kept

    def keep_draft(self) -> None:
        """Store what is written but not sent; what is on the empty page is kept in `fresh_draft`."""
        if (change := self._draft_change()) is not None:
            self._start(change)

    async def save_draft(self) -> None:
        """As `keep_draft`, and wait until it is stored."""
        if (change := self._draft_change()) is not None:
            await change

    def _draft_change(self) -> Coroutine[Any, Any, Any] | None:
        self._draft.stop()
        open_one, text = self.conversation, self._aim.draft()
        if open_one is None:
            # Before the first page is shown the composer holds nobody's draft.
            if self._paged:
                self.fresh_draft = text
        elif text != open_one.draft:
            self.conversation = replace(open_one, draft=text)
            return self._store.update_conversation(open_one.id, draft=text)
        return None

    # turns

    def send(self, text: str) -> None:
        """Ask this in the open conversation, or begin one with it."""
        open_one = self.conversation
        if self._turns.busy(open_one.id if open_one else None):
            return
        thinking = self._views.composer.thinking()
        chain = self.chain_wish() if open_one is None else None
        ask = Ask(
            text=text,
            conversation=open_one.id if open_one else None,
            practice=self._practice,
            thinking=thinking,
            chain=chain,
            keep_chain=True,
            spend=self.spend_wish() if open_one is None else None,
            assistant=self.assistant_wish() if open_one is None else None,
            instead=self._aim.instead,
            under=self._aim.under,
            parts=self._views.composer.parts(),
        )
        if not self.comparison.send(ask):
            self._turns.start(ask)

    def stop(self) -> None:
        """Stop the open conversation's turn."""
        self._turns.stop(self.conversation.id if self.conversation else None)

    def _escape(self) -> None:
        """Esc in the composer stops, or else gives up editing."""
        if not self.acts.busy() and self._aim.aimed:
            self._aim.cancel()

    # news of turns

    def _started(self, running: Running) -> None:
        started = running.started
        open_one = self.conversation
        if started.created and open_one is None and not running.place:
            self.conversation = open_one = started.conversation
            self.fresh_draft = ""
            self._views.transcript.set_conversation([], self.load, self._scope.start)
            self._show_conversation("")
        if open_one is None or open_one.id != running.conversation:
            return
        transcript = self._views.transcript
        if started.asked:
            if self._views.composer.text() == started.question.text:
                self._views.composer.clear()
            self._aim.sent()
        if running.group is not None:
            self.comparison.begin(running)
            return
        if started.replaced is not None:
            transcript.remove_from(started.replaced)
        if started.asked:
            transcript.append([(started.question, [])])
        transcript.begin(running.item())
        transcript.scroll_to_end()

    def _told(self, conversation: str, answer: str, event: RelayEvent) -> None:
        if self.conversation is not None and self.conversation.id == conversation:
            self._views.transcript.feed(answer, event)

    def _ended(self, conversation: str, answer: str) -> None:
        here = self.conversation is not None and self.conversation.id == conversation
        if here and not self.comparison.has(answer):
            self._start(self._finish(answer))

    async def _finish(self, answer: str) -> None:
        unsaved = self._turns.unsaved(answer)
        items = [unsaved] if unsaved is not None else await self.load([answer])
        # A question that was edited has siblings now.
        asked = [item[0].parent for item in items if item[0].parent is not None and unsaved is None]
        questions = await self.load(asked) if asked else []
        if self._detached:
            return
        for item in items:
            self._views.transcript.finish(item)
        for question in questions:
            self._views.transcript.replace(question)

    def _refused(self, conversation: str, error: KnownError) -> None:
        if conversation != QUICK_ASK:
            self._views.window.notices.put("turn", str(error), "bad")

    def _show_running(self) -> None:
        open_id = self.conversation.id if self.conversation else None
        running = self._turns.running(open_id)
        composer = self._views.composer
        busy = self._turns.busy(open_id)
        composer.set_running(busy)
        self._views.transcript.wishes.set_busy(busy)
        composer.strip.set_running(running.leg if running else None)
        self._views.window.sidebar.set_running(self._turns.conversations())

    def _rename(self, title: str) -> None:
        if self.conversation is not None and title.strip():
            change = self._store.update_conversation(
                self.conversation.id, title=title.strip(), title_by_user=True
            )
            self._start(change)

    def _start(self, coro: Coroutine[Any, Any, Any]) -> None:
        self._scope.start(coro, "chat")


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
