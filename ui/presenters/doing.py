"""What is asked of single messages: answer again, in which way; delete and take back; quote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.domain import Leg
from app.i18n import tr
from app.store.records import Message
from app.store.removal import Removed
from app.store.store import Store
from app.wording import leg_name
from ui.composer import Composer
from ui.keys import in_force
from ui.main_window import MainWindow
from ui.menu_head import add_head
from ui.presenters.acts import Acts, Start
from ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from app.sync.service import State

SHOWN = 6
"""So many legs stand in the menu itself; those of the chain come first."""


class Doing(QObject):
    """`reload` shows the branch anew, `legs` gives those that can be chosen; `undoable(text, undo)` is told
    what was done and how it is taken back."""

    def __init__(
        self,
        window: MainWindow,
        transcript: TranscriptView,
        composer: Composer,
        store: Store,
        start: Start,
        acts: Acts,
        reload: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        super().__init__()
        self._window = window
        self._transcript = transcript
        self._composer = composer
        self._store = store
        self._start = start
        self._acts = acts
        self._reload = reload
        self.legs: Callable[[], list[Leg]] = list
        self.undoable: Callable[[str, Callable[[], Awaitable[object]]], None] = lambda _text, _undo: None
        wishes = transcript.wishes
        wishes.choices.connect(self._choose)
        wishes.delete.connect(lambda message: self._start(self._delete(message, alone=True)))
        wishes.delete_from.connect(lambda message: self._start(self._delete(message, alone=False)))
        wishes.quote.connect(self.quote)
        self._unseen = False
        transcript.installEventFilter(self)
        in_force.shortcut("again", window, self._answer_again)

    def hand_over(self, to: Doing) -> None:
        """Another window goes on: what was deleted here and is taken back there appears there."""
        self._window, self._reload = to._window, to._reload

    # answering again

    def _answer_again(self) -> None:
        """The last answer, by the keyboard."""
        ids = self._transcript.window_.ids
        if ids and self._window.page() == "chat" and not self._acts.busy():
            self._acts.again(ids[-1])

    def _choose(self, message: str, near: QWidget) -> None:
        self._start(self._show_choices(message, near))

    async def _show_choices(self, message: str, near: QWidget) -> None:
        found = await self._store.messages([message])
        if not found or self._acts.busy():
            return
        attempts = (await self._store.attempts([message])).get(message, [])
        by = next((a for a in reversed(attempts) if a.outcome != "skipped"), None)
        menu = self.choices(found[0], f"{by.provider}:{by.model}" if by is not None else "")
        menu.popup(near.mapToGlobal(QPoint(0, min(near.height(), 28))))

    def choices(self, answer: Message, same: str) -> QMenu:
        """The ways to answer again, `same` being the leg that answered; the caller pops it up."""
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        legs = self.legs()
        keys = in_force.native("again")
        words = f"{tr('chat.again')}\t{keys}" if keys else tr("chat.again")
        self._add(menu, words, lambda: self._acts.again(answer.id))
        held = next((leg for leg in legs if leg.id == same), None)
        if held is not None:
            words = tr("chat.again_same", leg=leg_name(held))
            self._add(menu, words, lambda: self._acts.again(answer.id, pinned=same))
        self._add(menu, tr("chat.again_next"), lambda: self._start(self._acts.next_leg(answer.id)))
        others = [leg for leg in legs if leg.id != same]
        if others:
            menu.addSeparator()
            add_head(menu, tr("chat.again_by"))
        more = QMenu(tr("chat.again_more"), menu)
        for n, leg in enumerate(others):
            self._add(menu if n < SHOWN else more, leg_name(leg), _pinned(self._acts, answer.id, leg.id))
        if not more.isEmpty():
            menu.addMenu(more)
        return menu

    def _add(self, menu: QMenu, words: str, act: Callable[[], object]) -> None:
        menu.addAction(words.replace("&", "&&")).triggered.connect(lambda *_: act())

    # deleting

    async def _delete(self, message: str, *, alone: bool) -> None:
        """Delete an answer, or a question and its answers; unless `alone`, with all that follows."""
        if self._acts.busy():
            return
        removed = await self._store.remove_message(message, alone=alone)
        if removed is None:
            return
        n = len(removed.messages)
        self._transcript.leave(removed.ids)
        self._acts.forget(removed.ids)
        await self._reload()
        words = tr("chat.deleted") if n == 1 else tr("chat.deleted_from", n=n)
        self.undoable(words, partial(self._put_back, removed))
        self._transcript.setFocus()

    async def _put_back(self, removed: Removed) -> None:
        if await self._store.put_back(removed):
            await self._reload()
        else:
            self._window.toast.show_text(tr("chat.not_put_back"))

    # what other computers did

    def synced(self, state: State) -> None:
        """A round of syncing ended: what came, went or changed in the conversation that is read appears; out
        of sight (settings, a comparison) that waits until it is seen again."""
        if state.running or state.done is None:
            return
        if self._transcript.isVisible():
            self._start(self._look_again())
        else:
            self._unseen = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and watched is self._transcript and self._unseen:
            self._unseen = False
            self._start(self._look_again())
        return super().eventFilter(watched, event)

    async def _look_again(self) -> None:
        conversation = self._acts.opened()
        if conversation is None:
            return
        ids = await self._store.branch(conversation)
        window = self._transcript.window_
        shown = list(window.ids)
        same = ids[-len(shown) :] == shown if shown else not ids
        rows = {row.id: row.message for row in map(window.row, range(len(shown))) if row is not None}
        if same:
            # What has no row yet is read when it gets one.
            same = all(_alike(rows[m.id], m) for m in await self._store.messages(rows))
        if same or self._acts.busy() or self._acts.opened() != conversation:
            return
        gone = set(shown) - set(ids)
        self._transcript.leave(gone)
        self._acts.forget(gone)
        await self._reload()

    # quoting

    def quote(self, text: str) -> None:
        """Put a text into the composer as a quotation, behind what is written there."""
        quoted = "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())
        written = self._composer.text().rstrip()
        self._composer.set_text(f"{written}\n\n{quoted}\n\n" if written else f"{quoted}\n\n")
        self._composer.setFocus()


def _alike(shown: Message, stored: Message) -> bool:
    """Whether a message still looks as it is shown."""
    return (shown.text, shown.reasoning, shown.status, shown.note, shown.siblings) == (
        stored.text,
        stored.reasoning,
        stored.status,
        stored.note,
        stored.siblings,
    )


def _pinned(acts: Acts, message: str, leg: str) -> Callable[[], None]:
    return lambda: acts.again(message, pinned=leg)
