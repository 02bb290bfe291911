"""The turns that are running, in whichever conversation, whether or not a window shows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.asking import Ask, ChatEvent, Finished, Restarted, Started
from app.chat import ChatService
from app.clock import Clock
from app.comparing import Column
from app.errors import KnownError
from app.relay.events import Attempt, Waiting
from app.store.entries import AttemptRecord
from app.store.records import Message
from app.tasks import TaskScope
from ui.transcript.live import LiveTurn

QUICK_ASK = "quick ask"
"""The place of turns that the small window begins."""


class Running:
    """One running turn: its task, what it has told so far, and the leg that holds the baton. `place` names
    the window it was begun in, where that is not the main one."""

    def __init__(self, started: Started, live: LiveTurn, place: str = "") -> None:
        self.started = started
        self.place = place
        self.live = live
        self.leg: str | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def group(self) -> str | None:
        """The comparison it is a column of, if any."""
        return self.started.answer.column_group

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


@dataclass(slots=True)
class _Starting:
    """A turn that is being stored: not to be cut short, only to be stopped as soon as it has begun."""

    conversation: str
    stop: bool = False


class Turns(QObject):
    """Starts, follows and stops turns. A conversation runs one turn at a time, or the columns of one
    comparison; several conversations may run at once.

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
        self._starting: list[_Starting] = []
        self._unsaved: dict[str, tuple[Message, list[AttemptRecord]]] = {}

    def running(self, conversation: str | None) -> Running | None:
        """The turn of that conversation, or the first of its columns, if one is under way."""
        return next(iter(self.all_running(conversation)), None)

    def all_running(self, conversation: str | None) -> list[Running]:
        """Every turn of that conversation that is under way, in the order they began."""
        return [one for one in self._running.values() if one.conversation == conversation]

    def answering(self, answer: str) -> Running | None:
        """The turn that writes this answer, if it is under way."""
        return self._running.get(answer)

    def busy(self, conversation: str | None) -> bool:
        """Whether the conversation has a turn that runs or is about to; None = a new conversation."""
        starting = any(one.conversation == (conversation or "") for one in self._starting)
        return starting or self.running(conversation) is not None

    def conversations(self) -> list[str]:
        """The conversations with a turn under way."""
        return list(dict.fromkeys(one.conversation for one in self._running.values()))

    def unsaved(self, answer: str) -> tuple[Message, list[AttemptRecord]] | None:
        """The answer as it was read, when its turn ended because it could not be stored; given out once."""
        return self._unsaved.pop(answer, None)

    def start(self, ask: Ask, place: str = "") -> bool:
        """Run a turn, unless its conversation is busy: False. A column waits only for itself. A new
        conversation of another window than the main one goes by `place` until it is stored."""
        column = ask.in_column and ask.answer is not None
        known = ask.conversation or place
        if self._running.get(ask.answer or "") is not None if column else self.busy(known):
            return False
        starting = self._prepare(known)
        self._launch(self._run(self._chat.ask(ask), starting, known, None, place), starting)
        return True

    def compare(self, ask: Ask, legs: Sequence[str]) -> bool:
        """Ask one question of several legs, each in a column of its own; False when busy."""
        return self._side_by_side(lambda: self._chat.compare(ask, legs), ask.conversation)

    def follow(self, ask: Ask, group: str) -> bool:
        """Go on with a comparison: the same next question under each of its answers; False when busy."""
        return self._side_by_side(lambda: self._chat.follow(ask, group), ask.conversation)

    def stop(self, conversation: str | None) -> None:
        """Stop what runs in the conversation; what was read is kept."""
        for starting in self._starting:
            if starting.conversation == (conversation or ""):
                starting.stop = True
        for running in self.all_running(conversation):
            self._cancel(running)

    def stop_answer(self, answer: str) -> None:
        """Stop one column alone."""
        if (running := self._running.get(answer)) is not None:
            self._cancel(running)

    async def keep(self, answer: str) -> None:
        """Leave an answer that broke off as it is."""
        await self._chat.keep(answer)

    async def decline(self, answer: str) -> None:
        """The user does not want to pay for an answer."""
        await self._chat.decline(answer)

    async def choose(self, conversation: str, answer: str) -> None:
        """Go on with one answer of a comparison; the columns that still run are stopped."""
        for running in self.all_running(conversation):
            if running.answer != answer:
                self._cancel(running)
        await self._chat.choose(conversation, answer)

    def _prepare(self, conversation: str | None) -> _Starting:
        starting = _Starting(conversation or "")
        self._starting.append(starting)
        self.changed.emit()
        return starting

    def _launch(self, coro: Coroutine[Any, Any, None], starting: _Starting | None = None) -> None:
        task = self._scope.start(coro, "turn")
        # A task that is cancelled before its first step runs none of its own clean-up.
        if starting is not None:
            task.add_done_callback(lambda _: self._is_ready(starting))

    def _is_ready(self, starting: _Starting) -> None:
        # By identity: two new conversations that are being stored look alike.
        left = [one for one in self._starting if one is not starting]
        if len(left) < len(self._starting):
            self._starting = left
            self.changed.emit()

    def _side_by_side(self, begin: Callable[[], Awaitable[list[Column]]], conversation: str | None) -> bool:
        if self.busy(conversation):
            return False
        starting = self._prepare(conversation)
        self._launch(self._begin_columns(begin, starting, conversation), starting)
        return True

    async def _begin_columns(
        self, begin: Callable[[], Awaitable[list[Column]]], starting: _Starting, conversation: str | None
    ) -> None:
        try:
            columns = await begin()
        except KnownError as error:
            self.refused.emit(conversation or "", error)
            return
        for column in columns:
            running = self._begin(column.started)
            task = self._scope.start(self._run(self._chat.answer(column), None, None, running), "column")
            running.task = task
            if starting.stop:
                # In the next turn of the loop: a task that has not begun could not store its end.
                asyncio.get_running_loop().call_soon(task.cancel)
        self._is_ready(starting)
        self.changed.emit()

    async def _run(
        self,
        events: AsyncGenerator[ChatEvent, None],
        starting: _Starting | None,
        conversation: str | None,
        running: Running | None = None,
        place: str = "",
    ) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Started):
                        if running is None:
                            running = self._begin(event, place)
                            running.task = asyncio.current_task()
                        if starting is not None:
                            self._is_ready(starting)
                            if starting.stop:
                                self._cancel(running)
                    elif running is not None:
                        self._tell(running, event)
        except KnownError as error:
            if running is not None:
                # The disk did not take it; what was read stays before the reader.
                message, attempts = running.item()
                self._unsaved[running.answer] = (replace(message, status="stopped"), attempts)
            self.refused.emit(running.conversation if running else (conversation or ""), error)
        finally:
            if starting is not None:
                self._is_ready(starting)
            if running is not None:
                self._running.pop(running.answer, None)
                self.changed.emit()
                self.ended.emit(running.conversation, running.answer)

    def _begin(self, event: Started, place: str = "") -> Running:
        running = Running(event, LiveTurn(event.answer, (), self._clock), place)
        self._running[running.answer] = running
        self.started.emit(running)
        self.changed.emit()
        return running

    def _cancel(self, running: Running) -> None:
        if running.task is not None:
            running.task.cancel()

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
