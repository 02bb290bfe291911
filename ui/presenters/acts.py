"""What the rows of the transcript ask for: again, by the next leg, edited, another version, paid for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.asking import Ask
from app.store.records import Conversation
from app.store.store import Store
from ui.presenters.aim import Aim
from ui.presenters.turns import Turns
from ui.transcript.view import TranscriptView

Start = Callable[[Coroutine[Any, Any, Any]], None]


class Acts(QObject):
    """Signals: `wish(action, argument)` for what is asked of other parts. `conversation` gives the open one,
    `reload` shows its branch anew, `finish` one answer."""

    wish = Signal(str, str)

    def __init__(
        self,
        transcript: TranscriptView,
        store: Store,
        turns: Turns,
        aim: Aim,
        start: Start,
        *,
        conversation: Callable[[], Conversation | None],
        reload: Callable[[], Coroutine[Any, Any, None]],
        finish: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        super().__init__()
        self._store = store
        self._turns = turns
        self._aim = aim
        self._start = start
        self._conversation = conversation
        self._reload = reload
        self._finish = finish
        transcript.retry_requested.connect(self.again)
        transcript.continue_requested.connect(lambda message: self.again(message, resume=True))
        transcript.next_leg_requested.connect(lambda message: self._start(self.next_leg(message)))
        transcript.edit_requested.connect(lambda message: self._start(self._edit(message)))
        transcript.sibling_requested.connect(lambda message: self._start(self._show_sibling(message)))
        transcript.action_requested.connect(self._act)

    def busy(self) -> bool:
        """Whether an answer of the open conversation is being written, or is about to be."""
        open_one = self._conversation()
        return self._turns.busy(open_one.id if open_one else None)

    def opened(self) -> str | None:
        """The conversation that is open."""
        open_one = self._conversation()
        return open_one.id if open_one is not None else None

    def again(self, message: str, *, resume: bool = False, **how: Any) -> None:
        """Answer the question of that answer once more; `resume` goes on from its text, `pinned` names the
        only leg to ask, `after` legs to leave out."""
        if pinned := how.get("pinned"):
            how["chain"] = (pinned,)
        if (open_one := self._conversation()) is not None:
            self._turns.start(Ask(conversation=open_one.id, answer=message, resume=resume, **how))

    async def next_leg(self, message: str) -> None:
        """Ask again without the legs that failed in this answer's turn."""
        attempts = (await self._store.attempts([message])).get(message, [])
        tried = frozenset(f"{a.provider}:{a.model}" for a in attempts if a.outcome in ("failed", "answered"))
        found = await self._store.messages([message])
        cut = bool(found and found[0].text and found[0].status in ("failed", "stopped", "interrupted"))
        self.again(message, resume=cut, after=tried, pass_blocked=True)

    def forget(self, gone: Collection[str]) -> None:
        """These messages were deleted: what would go in their place, or under them, goes to the end."""
        if {self._aim.instead, self._aim.under} & set(gone):
            self._aim.cancel()

    async def _settle(self, done: Coroutine[Any, Any, Any], message: str) -> None:
        """An answer is left as it is, or nothing is paid for it: show it anew."""
        await done
        await self._finish(message)

    async def _pay(self, message: str, leg: str, *, once: bool) -> None:
        """Go on with a leg that bills; `once` = in this turn only."""
        found = await self._store.messages([message])
        self.again(message, resume=bool(found and found[0].text), consented=frozenset({leg}), once=once)

    async def _edit(self, message: str) -> None:
        """Put the question back into the composer; sending it makes another branch."""
        found = await self._store.messages([message])
        question = found[0] if found else None
        if question is not None and question.role == "assistant" and question.parent is not None:
            asked = await self._store.messages([question.parent])
            question = asked[0] if asked else None
        if question is not None:
            self._aim.edit(question.id, question.text)

    async def _show_sibling(self, message: str) -> None:
        if (open_one := self._conversation()) is not None and not self.busy():
            await self._store.show_sibling(open_one.id, message)
            await self._reload()

    def _act(self, message: str, action: str, argument: str) -> None:
        match action:
            case "pass_blocked":
                self.again(message, pass_blocked=True)
                self.wish.emit(action, argument)
            case "pay_once" | "pay_here":
                self._start(self._pay(message, argument, once=action == "pay_once"))
            case "dismiss":
                self._start(self._settle(self._turns.decline(message), message))
            case "try_now":
                self.wish.emit(action, argument)
                self.again(message)
            case "unlock":
                self.wish.emit(action, message)
            case "cancel":
                self._turns.stop(open_one.id if (open_one := self._conversation()) else None)
            case "keep":
                self._start(self._settle(self._turns.keep(message), message))
            case "branch":
                self._aim.follow(message)
            case _:
                self.wish.emit(action, argument)
