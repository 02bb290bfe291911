"""A walk through every screen of the window, popups and dialogs too, as a person comes to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tests.e2e import looks
from tests.e2e.opened import Opened
from tests.fakes.server import FakeServer, Reply
from ui.compare.picker import Picker
from ui.compare.view import CompareView
from ui.leg_popover import LegPopover
from ui.search.palette import Palette
from ui.settings.data_backup import BackupCard
from ui.settings.kinds import SECTIONS
from ui.transcript.answer import AnswerRow
from ui.transcript.cards import CardView
from ui.welcome.card import CardWidget

KEYS = ("zhipu", "alibaba", "baidu")
TWO = ("zhipu:glm-4.7-flash", "alibaba:qwen-plus")
FOUR = (*TWO, "baidu:ernie-4.5-turbo-128k", "zhipu:glm-4.5-flash")
PAID = ("zhipu:glm-5.3",)
WRITTEN = "你好 答案 这要钱吗 比一比"
"""What is asked and answered before the walk."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A screen that stands; `root` holds what is new on it: the window, one over it, or a part of it."""

    name: str
    root: QWidget
    kind: Literal["page", "over", "part"] = "page"


@dataclass(frozen=True, slots=True)
class Lived:
    """The conversations the walk opens, by their ids."""

    answered: str
    refused: str
    two: str
    four: str


async def live(window: Opened, server: FakeServer) -> Lived:
    """Have an answer with code, a question that would have cost money, and two comparisons."""
    for provider in KEYS:
        server.on(provider, Reply.stream(["答案\n\n```python\nprint(1)\n```"], usage=(3, 1)))
    chat, settings = window.shell._wiring.chat, window.core.settings
    chain = settings.current.chain

    ended: list[str] = []
    window.shell._turns.ended.connect(lambda _conversation, answer: ended.append(answer))

    async def ask(text: str, answers: int = 1) -> str:
        ended.clear()
        window.type(text)
        await window.until(lambda: len(ended) == answers)
        await window.idle()
        asked: str = chat.conversation.id
        chat.new()
        return asked

    async def compare(legs: tuple[str, ...]) -> str:
        settings.change(chain=legs)
        await window.until(lambda: len(window.shell._wiring.comparison._legs()) >= len(legs))
        window.shell._wiring.comparison._arm(legs)
        return await ask("比一比", len(legs))

    answered = await ask("你好")
    two, four = await compare(TWO), await compare(FOUR)
    settings.change(chain=PAID, spend="ask")
    refused = await ask("这要钱吗")
    settings.change(chain=chain, spend="never")
    return Lived(answered, refused, two, four)


async def settle(window: Opened) -> None:
    """Wait until what was asked for is on the screen and nothing moves any more: for three looks in a row, as
    a busy machine may do nothing from one to the next."""
    before: object = None
    same = 0
    while same < 2:
        await window.until(window.settled)
        now = looks.laid_out(window.shell.window)
        same = same + 1 if now == before else 0
        before = now
        await asyncio.sleep(0.01)


async def take_keyboard(window: Opened, root: QWidget) -> None:
    """Make a window the active one, which it becomes a moment later; keys are lost on it before."""
    if root.windowType() != Qt.WindowType.Popup:
        root.activateWindow()
        await window.until(root.isActiveWindow)


async def screens(window: Opened, lived: Lived) -> AsyncIterator[Seen]:
    """Show one screen after the other; yields each when it stands."""
    main = window.shell.window
    for walk in (_chat, _comparisons, _settings, _pages, _quick_ask):
        async for seen in walk(window, main, lived):
            await settle(window)
            yield seen
    main.show_page("chat")


async def _shown(window: Opened, main: QWidget, kind: type[QWidget]) -> Any:
    """The widget of a class once it is to be seen."""

    def found() -> QWidget | None:
        return next((one for one in main.findChildren(kind) if one.isVisible()), None)

    await window.until(found)
    return found()


async def _open(window: Opened, conversation: str) -> None:
    chat = window.shell._wiring.chat
    chat.open(conversation)
    await window.until(lambda: chat.conversation is not None and chat.conversation.id == conversation)


async def _chat(window: Opened, main: Any, lived: Lived) -> AsyncIterator[Seen]:
    await _open(window, lived.refused)
    await window.until(lambda: any(isinstance(row, AnswerRow) for row in window.answers()))
    card = await _shown(window, main, CardView)
    yield Seen("would cost money", card, "part")
    await _open(window, lived.answered)
    await window.until(window.answers)
    yield Seen("chat", main)
    main.palette_requested.emit()
    palette = await _shown(window, main, Palette)
    # It keeps Tab to itself.
    yield Seen("palette", palette, "part")
    palette.hide()
    strip = window.composer.strip
    QTest.keyClick(strip.legs[0], Qt.Key.Key_Space)
    popover = await _shown(window, main, LegPopover)
    yield Seen("leg", popover, "over")
    popover.close()
    exporting = window.shell._wiring.exporting
    exporting.offer([lived.answered])
    await window.until(lambda: exporting.dialog is not None and exporting.dialog.isVisible())
    yield Seen("export", exporting.dialog, "over")
    exporting.dialog.reject()


async def _comparisons(window: Opened, main: Any, lived: Lived) -> AsyncIterator[Seen]:
    await take_keyboard(window, main)
    QTest.keyClick(main, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    picker = await _shown(window, main, Picker)
    yield Seen("whom to compare", picker, "over")
    picker.close()
    for conversation, columns in ((lived.two, 2), (lived.four, 4)):
        await _open(window, conversation)
        view = await _shown(window, main, CompareView)
        await window.until(lambda view=view, n=columns: len(view.columns) == n)
        await window.until(lambda view=view: all(one.view.window_.rows for one in view.columns))
        yield Seen(f"{columns} columns", main)
    await _open(window, lived.answered)


async def _settings(window: Opened, main: Any, _lived: Lived) -> AsyncIterator[Seen]:
    pages = window.shell._wiring.pages
    for section in SECTIONS:
        page = pages.show_settings(section)
        if section == "data":
            # With all it asks for: a passphrase for a new file, and that of an old one.
            backup = await _shown(window, main, BackupCard)
            backup.encrypt.setChecked(True)
            backup.ask_passphrase(True)
        yield Seen(f"settings {section}", main)
    pages.show_provider("zhipu")
    yield Seen("provider", main)
    page = pages._settings_page
    page.add.click()
    await window.until(page.form.isVisible)
    yield Seen("endpoint", main)
    page.show_form(False)


async def _pages(window: Opened, main: Any, _lived: Lived) -> AsyncIterator[Seen]:
    wiring = window.shell._wiring
    wiring.pages.show_welcome()
    await settle(window)
    card = next(one for one in main.findChildren(CardWidget) if one.isVisible())
    card.head.click()
    yield Seen("welcome", main)
    wiring.pages.bin.show()
    yield Seen("bin", main)
    wiring.quota.show()
    await window.until(lambda: main.page() == "quota")
    yield Seen("quota", main)
    main.show_page("chat")


async def _quick_ask(window: Opened, _main: Any, lived: Lived) -> AsyncIterator[Seen]:
    window.shell.quick_ask()
    quick = window.shell._desktop._quick
    await window.until(quick.window.isVisible)
    yield Seen("quick ask", quick.window, "over")
    await quick.resume(lived.answered, "")
    await window.until(lambda: quick.window.transcript.window_.rows)
    yield Seen("quick ask, answered", quick.window, "over")
    quick.window.put_away()
