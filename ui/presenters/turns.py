"""The turns that are running, in whichever conversation, whether or not a window shows them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.asking import Ask, ChatEvent, Finished, Restarted, Started
from app.chat import ChatService
from app.clock import Clock
from app.errors import KnownError
from app.relay.events import Attempt, Waiting
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.tasks import TaskScope
from ui.transcript.live import LiveTurn


class Running:
    """One running turn: its task, what it has told so far, and the leg that holds the baton."""

    def __init__(self, started: Started, live: LiveTurn) -> None:
        self.started = started
        self.live = live
        self.leg: str | None = None

    @property
    def conversation(self) -> str:
        return self.started.conversation.id

    @property
    def answer(self) -> str:
        return self.live.message.id

    def item(self) -> tuple[Message, list[AttemptRecord]]:
        """The answer and its attempts as they stand now, for a view that is opened midway."""
        live = self.live
        message = replace(live.message, text=live.text, reasoning="".join(live.thoughts))
        return message, list(live.records)


class Turns(QObject):
    """Starts, follows and stops turns. One conversation runs one turn at a time; several may run at once.

    Signals: `started(Running)`, `told(conversation, answer, event)` for every event after that,
    `ended(conversation, answer)` when the answer is stored, `refused(conversation, KnownError)` when a turn
    could not begin, `changed` whenever the set of running turns or the lit leg changes.
    """

    started = Signal(object)
    told = Signal(str, str, object)
    ended = Signal(str, str)
    refused = Signal(str, object)
    changed = Signal()

    def __init__(self, chat: ChatService, scope: TaskScope, clock: Clock) -> None:
        super().__init__()
        self._chat = chat
        self._scope = scope
        self._clock = clock
        self._running: dict[str, Running] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._starting: set[str] = set()
        self._unsaved: dict[str, tuple[Message, list[AttemptRecord]]] = {}

    def running(self, conversation: str | None) -> Running | None:
        """The turn of that conversation, if one is under way."""
        return self._running.get(conversation) if conversation else None

    def busy(self, conversation: str | None) -> bool:
        """Whether the conversation has a turn that runs or is about to; None = a new conversation."""
        return (conversation or "") in self._starting or conversation in self._running

    def conversations(self) -> list[str]:
        """The conversations with a turn under way."""
        return list(self._running)

    def unsaved(self, answer: str) -> tuple[Message, list[AttemptRecord]] | None:
        """The answer as it was read, when its turn ended because it could not be stored; given out once."""
        return self._unsaved.pop(answer, None)

    def start(self, ask: Ask) -> None:
        """Run a turn, unless its conversation is busy."""
        key = ask.conversation or ""
        if self.busy(ask.conversation):
            return
        self._starting.add(key)
        task = self._scope.start(self._run(ask, key), "turn")
        # A task that is cancelled before its first step runs none of its own clean-up.
        task.add_done_callback(lambda _: self._starting.discard(key))
        self._tasks[key] = task

    def stop(self, conversation: str | None) -> None:
        """Stop the conversation's turn; what was read is kept."""
        task = self._tasks.get(conversation or "")
        if task is not None:
            task.cancel()

    async def keep(self, answer: str) -> None:
        """Leave an answer that broke off as it is."""
        await self._chat.keep(answer)

    async def decline(self, answer: str) -> None:
        """The user does not want to pay for an answer."""
        await self._chat.decline(answer)

    async def _run(self, ask: Ask, key: str) -> None:
        running: Running | None = None
        task = self._tasks.get(key)
        try:
            async with aclosing(self._chat.ask(ask)) as events:
                async for event in events:
                    if isinstance(event, Started):
                        running = self._begin(event, key)
                    elif running is not None:
                        self._tell(running, event)
        except KnownError as error:
            if running is not None:
                # The disk did not take it; what was read stays before the reader.
                message, attempts = running.item()
                self._unsaved[running.answer] = (replace(message, status="stopped"), attempts)
            self.refused.emit(running.conversation if running else (ask.conversation or ""), error)
        finally:
            self._starting.discard(key)
            self._tasks = {k: t for k, t in self._tasks.items() if t is not task}
            if running is not None:
                self._running.pop(running.conversation, None)
                self.changed.emit()
                self.ended.emit(running.conversation, running.answer)

    def _begin(self, event: Started, key: str) -> Running:
        running = Running(event, LiveTurn(event.answer, (), self._clock))
        self._starting.discard(key)
        self._tasks[running.conversation] = self._tasks[key]
        if key != running.conversation:
            del self._tasks[key]
        self._running[running.conversation] = running
        self.started.emit(running)
        self.changed.emit()
        return running

    def _tell(self, running: Running, event: ChatEvent) -> None:
        if isinstance(event, Restarted | Finished | Started):
            return
        running.live.apply(event)
        self.told.emit(running.conversation, running.answer, event)
        if isinstance(event, Attempt | Waiting):
            leg = f"{event.provider}:{event.model}" if isinstance(event, Attempt) else None
            if leg != running.leg:
                running.leg = leg
                self.changed.emit()
