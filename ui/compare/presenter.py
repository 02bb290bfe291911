"""Comparisons of the open conversation: choosing legs, filling the columns, going on with one or with all."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from app.asking import Ask
from app.clock import Clock
from app.comparing import FEWEST, MOST, chosen, in_order, leg_of
from app.domain import Leg
from app.i18n import tr
from app.relay.events import RelayEvent
from app.store.records import Message
from app.store.store import Store
from app.wording import Names, leg_name
from ui.compare import facts
from ui.compare.column import Column
from ui.compare.picker import Picker
from ui.compare.view import CompareView
from ui.composer import Composer
from ui.keys import in_force
from ui.main_window import MainWindow
from ui.presenters.chat import ChatPresenter
from ui.presenters.compared import SideBySide
from ui.presenters.turns import Running, Turns
from ui.transcript.row import clock_time

REFRESH_MS = 250
NOTICE = "compare"


class Comparison(QObject):
    """`legs` gives those that can be chosen, the preferred ones first; `last` those chosen before."""

    def __init__(
        self,
        window: MainWindow,
        composer: Composer,
        chat: ChatPresenter,
        store: Store,
        turns: Turns,
        names: Names,
        clock: Clock,
        start: Callable[[Coroutine[Any, Any, Any], str], object],
        open_link: Callable[[str], None],
        legs: Callable[[], list[Leg]],
        last: list[str],
    ) -> None:
        super().__init__()
        self._window = window
        self._composer = composer
        self._chat = chat
        self._store = store
        self._turns = turns
        self._names = names
        self._clock = clock
        self._start = start
        self._open_link = open_link
        self._legs = legs
        self._last = last
        self._armed: tuple[str, ...] = ()
        self._group: str | None = None
        self._question: Message | None = None
        self._view: CompareView | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REFRESH_MS)
        self._soon.timeout.connect(self._refresh)
        turns.told.connect(self._told)
        turns.ended.connect(self._ended)
        window.header.compare_requested.connect(self._asked)
        in_force.shortcut("compare", window, self._asked)

    def detach(self) -> None:
        """Let go of the running turns; the views are about to be thrown away."""
        self._soon.stop()
        self._turns.told.disconnect(self._told)
        self._turns.ended.disconnect(self._ended)
        if self._view is not None:
            self._view.clear()

    # what the open conversation asks (`presenters.compared.Compared`)

    async def look(self, ids: Sequence[str]) -> SideBySide | None:
        """The comparison the branch of these messages ends in; None when it ends in none."""
        found = await self._store.messages(ids[-1:])
        group = found[0].column_group if found else None
        if group is None:
            return None
        conversation = found[0].conversation
        answers = in_order(await self._store.column_group(conversation, group))
        if len(answers) < FEWEST or chosen(answers):
            return None
        paths = [await self._store.branch(conversation, answer.id) for answer in answers]
        same = 0
        while all(len(path) > same for path in paths) and len({path[same] for path in paths}) == 1:
            same += 1
        question = await self._store.messages(paths[0][max(0, same - 1) : same])
        items = await self._chat.load([answer.id for answer in answers])
        shared = question[0] if question else None
        return SideBySide(group, shared, tuple(tuple(path[same:]) for path in paths), tuple(items))

    def show(self, found: SideBySide | None) -> None:
        """Show it in the transcript's place; None shows the transcript."""
        if found is None:
            self._close()
            return
        view = self._open(found.group, found.question)
        for path, item in zip(found.paths, found.items, strict=True):
            column = self._add(view, leg_of(item[0]))
            running = self._turns.answering(item[0].id)
            # Answers are compared from their first lines on.
            at = item[0].id if running is None else None
            column.view.set_conversation(path, self._chat.load, self._start, at=at)
            if running is not None:
                column.view.begin(running.item())
            column.show_item(item, running.live if running is not None else None)
        self._say_facts()

    def hide(self) -> None:
        """Show the transcript, and forget which legs the next question goes to."""
        self.disarm()
        self._close()

    def has(self, answer: str) -> bool:
        """Whether a column ends in that answer."""
        return self._view is not None and self._view.column_of(answer) is not None

    def begin(self, running: Running) -> None:
        """A column of the open conversation starts to stream."""
        started, answer = running.started, running.started.answer
        view = self._view if self._group is not None else None
        column = view.column_of(answer.id) if view is not None else None
        if column is None and view is not None and started.replaced is not None:
            column = view.column_of(started.replaced)
            if column is not None:
                column.view.remove_from(started.replaced)
        if column is None and view is not None and started.asked and started.question.parent is not None:
            column = view.column_of(started.question.parent)
            if column is not None:
                column.view.append([(started.question, [])])
        if column is None:
            if view is None or self._group != running.group:
                view = self._open(running.group or "", started.question)
            column = self._add(view, leg_of(answer))
            column.view.set_conversation([], self._chat.load, self._start)
        self._group = running.group
        column.view.begin(running.item())
        column.view.scroll_to_end()
        column.show_item((answer, []), running.live)
        self._say_facts()

    def send(self, ask: Ask) -> bool:
        """Ask side by side, if that is what the next question is for; False when it is not."""
        if self._group is not None and ask.conversation is not None:
            self._turns.follow(ask, self._group)
        elif self._armed:
            self._turns.compare(ask, self._armed)
        else:
            return False
        return True

    # choosing legs

    def _asked(self) -> None:
        """The header's button, or its keys."""
        if self._window.page() != "chat":
            return
        if self._group is not None:
            self._popup_menu()
        else:
            self.pick()

    def pick(self, question: str | None = None) -> None:
        """Ask which legs; `question` is compared at once, without one the next or the last can be."""
        legs = self._legs()
        wanted = self._armed or tuple(self._last)
        held = [leg.id for leg in legs if leg.id in wanted]
        if len(held) < FEWEST:
            held = [leg.id for leg in legs[:3]]
        choices: list[tuple[str, Callable[[tuple[str, ...]], object]]]
        if question is not None:
            choices = [(tr("compare.this"), lambda found: self._compare(question, found))]
        else:
            choices = [(tr("compare.next"), self._arm)]
            if self._chat.conversation is not None and not self._busy():
                choices.append((tr("compare.last"), lambda found: self._compare(None, found)))
        self._window.use_details()
        near = self._window.header.compare_button
        Picker(self._window.theme, self._window, legs, held[:MOST], choices).pop_up(near)

    def _arm(self, legs: tuple[str, ...]) -> None:
        """The next question goes to these."""
        self._remember(legs)
        self._armed = legs
        names = tr("sidebar.comma").join(self._name(leg) for leg in legs)
        words = tr("compare.armed", n=len(legs), legs=names)
        self._window.notices.put(NOTICE, words, "info", tr("compare.disarm"), self.disarm)
        self._window.header.set_compared(len(legs))
        self._composer.setFocus()

    def disarm(self) -> None:
        """The next question goes along the relay again."""
        self._armed = ()
        self._window.notices.clear(NOTICE)
        self._window.header.set_compared(self._shown())

    def _compare(self, question: str | None, legs: tuple[str, ...]) -> None:
        self._remember(legs)
        open_one = self._chat.conversation
        if open_one is not None:
            self._turns.compare(Ask(conversation=open_one.id, answer=question), legs)

    def _remember(self, legs: tuple[str, ...]) -> None:
        self._last[:] = legs

    def _name(self, leg: str) -> str:
        found = next((one for one in self._legs() if one.id == leg), None)
        provider, _, model = leg.partition(":")
        return leg_name(found) if found is not None else self._names(provider, model).name

    def _popup_menu(self) -> None:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        for n, column in enumerate(self._view.columns if self._view is not None else ()):
            words = tr("compare.leave", n=n + 1, leg=column.name).replace("&", "&&")
            action = menu.addAction(f"{words}\tAlt+{n + 1}")
            action.triggered.connect(lambda _=False, one=column: self._keep(one.answer))
        menu.addSeparator()
        others = menu.addAction(tr("compare.others"))
        question = self._question
        others.setEnabled(question is not None and not self._busy())
        others.triggered.connect(lambda: self.pick(question.id if question is not None else None))
        near = self._window.header.compare_button
        menu.popup(near.mapToGlobal(near.rect().bottomLeft()))

    # the page

    def _open(self, group: str, question: Message | None) -> CompareView:
        if self._view is None:
            self._view = CompareView(self._window.theme, self._names, self._clock)
            self._view.chosen.connect(lambda column: self._keep(column.answer))
        self._view.clear()
        self._group, self._question = group, question
        self._armed = ()
        self._window.notices.clear(NOTICE)
        self._window.show_over(self._view)
        self._composer.strip.hide()
        return self._view

    def _close(self) -> None:
        if self._view is None or self._group is None:
            return
        self._group = self._question = None
        self._view.clear()
        self._window.show_over(None)
        self._composer.strip.show()
        self._composer.editor.offer("")
        self._window.header.set_compared(0)

    def _add(self, view: CompareView, leg: str) -> Column:
        column = view.add_column(leg)
        column.keep_requested.connect(self._keep)
        column.again_requested.connect(self.again)
        column.stop_requested.connect(self._turns.stop_answer)
        rows = column.view
        rows.copy_requested.connect(_copy)
        rows.retry_requested.connect(self.again)
        rows.continue_requested.connect(lambda answer: self.again(answer, resume=True))
        rows.action_requested.connect(self._act)
        rows.link_activated.connect(self._open_link)
        n = len(view.columns)
        self._window.header.set_compared(n)
        self._composer.editor.offer(tr("compare.placeholder", n=n))
        return column

    def _shown(self) -> int:
        return len(self._view.columns) if self._view is not None and self._group is not None else 0

    def _say_facts(self) -> None:
        if self._view is None or self._question is None:
            return
        columns = self._view.columns
        total = sum(facts.tokens(column.attempts)[0] for column in columns)
        key = "compare.facts_tokens" if total else "compare.facts"
        when = clock_time(self._question.created_at)
        words = tr(key, time=when, n=len(columns), tokens=f"{total:,}")
        self._view.show_question(self._question.text, words)

    # one column

    def again(self, answer: str, *, resume: bool = False, consented: frozenset[str] = frozenset()) -> None:
        """Ask the leg of one column once more."""
        column = self._view.column_of(answer) if self._view is not None else None
        open_one = self._chat.conversation
        if column is not None and open_one is not None:
            ask = Ask(conversation=open_one.id, answer=answer, resume=resume, in_column=True)
            leg = column.leg
            self._turns.start(replace(ask, pinned=leg, chain=(leg,), consented=consented))

    def _act(self, answer: str, action: str, argument: str) -> None:
        match action:
            case "cancel":
                self._turns.stop_answer(answer)
            case "pay_once" | "pay_here":
                self.again(answer, consented=frozenset({argument}))
            case "try_now":
                self._chat.wish.emit(action, argument)
                self.again(answer)
            case "unlock":
                self._chat.wish.emit(action, answer)
            case "dismiss":
                self._start(self._decline(answer), "do not pay")
            case _:
                self._chat.wish.emit(action, argument)

    async def _decline(self, answer: str) -> None:
        await self._turns.decline(answer)
        await self._finish(answer)

    def _keep(self, answer: str) -> None:
        open_one = self._chat.conversation
        if open_one is not None and answer:
            self._start(self._choose(open_one.id, answer), "keep one answer")

    async def _choose(self, conversation: str, answer: str) -> None:
        column = self._view.column_of(answer) if self._view is not None else None
        await self._turns.choose(conversation, answer)
        await self._chat.reload()
        self._composer.setFocus()
        if column is not None:
            self._window.toast.show_text(tr("compare.kept", leg=column.name))

    # news of turns

    def _told(self, _conversation: str, answer: str, event: RelayEvent) -> None:
        column = self._view.column_of(answer) if self._view is not None else None
        if column is not None:
            column.view.feed(answer, event)
            if not self._soon.isActive():
                self._soon.start()

    def _refresh(self) -> None:
        for column in self._view.columns if self._view is not None else ():
            running = self._turns.answering(column.answer)
            if running is not None:
                column.refresh(running.live)
                self._soon.start()

    def _ended(self, _conversation: str, answer: str) -> None:
        if self.has(answer):
            self._start(self._finish(answer), "end of a column")

    async def _finish(self, answer: str) -> None:
        unsaved = self._turns.unsaved(answer)
        items = [unsaved] if unsaved is not None else await self._chat.load([answer])
        column = self._view.column_of(answer) if self._view is not None else None
        if column is not None and self._turns.answering(answer) is None:
            for item in items:
                column.view.finish(item)
                column.show_item(item)
            self._say_facts()

    def _busy(self) -> bool:
        open_one = self._chat.conversation
        return self._turns.busy(open_one.id if open_one is not None else None)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
