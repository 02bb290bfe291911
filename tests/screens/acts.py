"""What a hand does before each picture; a screen without an entry is photographed as it opens."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QAbstractButton

from app.i18n import language, tr
from tests.screens import brought, quick, touched
from tests.screens.stage import Stage
from ui.transcript.answer import AnswerRow
from ui.transcript.cards import CardView
from ui.transcript.folds import FoldHead
from ui.welcome.card import CardWidget
from ui.welcome.paste import PasteBar

Act = Callable[[Stage], Awaitable[object]]


def _at(section: str) -> Act:
    async def act(stage: Stage) -> None:
        await stage.settings(section)

    return act


def _at_foot(section: str) -> Act:
    async def act(stage: Stage) -> None:
        await stage.settings(section)
        await stage.foot()

    return act


async def _first_conversation(stage: Stage) -> None:
    await stage.until(stage.window.sidebar.model.conversations)
    stage.wiring.chat.open(next(iter(stage.window.sidebar.model.conversations())).id)
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    await stage.still()


async def _from_the_top(stage: Stage) -> None:
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    transcript = stage.wiring.transcript
    transcript.setFocus()
    stage.keys("Home")
    await stage.still()


def _answer(stage: Stage) -> AnswerRow:
    return next(row for row in stage.wiring.transcript.window_.rows if isinstance(row, AnswerRow))


async def _thinking(stage: Stage) -> None:
    await _from_the_top(stage)
    await _unfold(stage, -1)


async def _details(stage: Stage) -> None:
    await _from_the_top(stage)
    await _unfold(stage, 0)


async def _unfold(stage: Stage, which: int) -> None:
    heads = [head for head in _answer(stage).findChildren(FoldHead) if head.isVisible()]
    stage.press(heads[which])


async def _find(stage: Stage) -> None:
    await _from_the_top(stage)
    stage.keys("Ctrl+F")
    stage.write("take")
    await stage.still()
    stage.keys("Return")


async def _practice(stage: Stage) -> None:
    stage.window.composer.set_text("接力" if language() == "zh" else "relay")
    stage.keys("Ctrl+L", "Ctrl+Return")
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    await _ended(stage)
    await _from_the_top(stage)


async def _ended(stage: Stage) -> None:
    turns, transcript = stage.shell._turns, stage.wiring.transcript
    await stage.until(lambda: turns and not turns.conversations() and not transcript.streaming.live)
    await stage.still()


async def _search(stage: Stage) -> None:
    stage.keys("Ctrl+Shift+F")
    stage.write("token")
    await stage.still()
    stage.keys("Down", "Return")


async def _palette(stage: Stage) -> None:
    stage.keys("Ctrl+K")
    stage.write("re")


async def _several(stage: Stage) -> None:
    stage.window.sidebar.list.setFocus()
    stage.keys("Home", "Down", "Down", "Down", "Shift+Down", "Shift+Down", "Shift+Down")


async def _bin(stage: Stage) -> None:
    stage.wiring.pages.bin.show()
    await stage.still()
    stage.keys("Down", "Shift+Down", "Delete")


async def _in_use(stage: Stage) -> None:
    await stage.until(lambda: stage.wiring.transcript.window_.rows)
    await stage.still()
    for bar in stage.window.notices.findChildren(QAbstractButton):
        if bar.accessibleName() == tr("window.close_notice"):
            stage.press(bar)
    stage.window.composer.editor.setFocus()
    await stage.still()


async def _small(stage: Stage) -> None:
    stage.window.resize(640, 480)
    await _in_use(stage)


async def _more(stage: Stage) -> None:
    await _in_use(stage)
    strip = stage.window.composer.strip
    stage.press(strip._more)


async def _quota_small(stage: Stage) -> None:
    await _quota(stage)
    stage.window.resize(640, 820)


async def _new_page(stage: Stage) -> None:
    stage.keys("Ctrl+N")


async def _compare_pick(stage: Stage) -> None:
    stage.keys("Ctrl+D")
    await stage.still()


async def _versions(stage: Stage) -> None:
    await _from_the_top(stage)
    stage.wiring.transcript.window_.rows[0].setFocus()


async def _edit(stage: Stage) -> None:
    await _versions(stage)
    stage.keys("Tab", "Tab", "Space")


async def _card(stage: Stage) -> None:
    stage.press(stage.only(CardWidget).head)


async def _key(stage: Stage) -> None:
    stage.only(PasteBar).secret.setFocus()
    stage.write("a" * 16 + "." + "b" * 8)
    stage.keys("Return")


async def _endpoint(stage: Stage) -> None:
    page = await stage.settings("providers")
    stage.press(page.add)
    await stage.until(page.form.isVisible)


async def _taken(stage: Stage) -> None:
    """Keys that another action has, a row that listens for its own."""
    page = await stage.settings("shortcuts")
    section: Any = page.section("shortcuts")
    rows = section.rows
    stage.press(rows["quota"].keys)
    stage.keys("Ctrl+B")
    await stage.until(lambda: rows["quota"].question is not None)
    await stage.still()


async def _find_setting(stage: Stage) -> None:
    page = await stage.settings("providers")
    stage.keys("Ctrl+F")
    assert page.search is not None
    page.search.finder.field.insert("额度" if language() == "zh" else "quota")
    await stage.until(lambda: stage.wiring.pages.index.complete)


async def _find_key(stage: Stage) -> None:
    """The palette with rows of the settings."""
    stage.keys("Ctrl+K")
    stage.wiring.finding.palette.field.insert("字" if language() == "zh" else "font")
    await stage.until(lambda: stage.wiring.pages.index.complete)


async def _provider(stage: Stage) -> None:
    await stage.settings("providers")
    stage.wiring.pages.show_provider("zhipu")


async def _quota(stage: Stage) -> None:
    stage.press(stage.window.sidebar.quota_button)
    await stage.until(lambda: stage.window.page() == "quota")
    await stage.still()


async def _quota_foot(stage: Stage) -> None:
    await _quota(stage)
    await stage.foot()


async def _sync(stage: Stage) -> None:
    from ui.settings.data_sync import SyncCard

    page = await stage.settings("data")
    card = page.findChild(SyncCard)
    assert card is not None
    await stage.show(card)


async def _leg(stage: Stage) -> None:
    stage.press(stage.window.composer.strip.legs[0])


async def _pay(stage: Stage) -> None:
    stage.window.composer.editor.setFocus()
    stage.write("hi")
    stage.keys("Return")
    # Both end in a card. That no turn runs says nothing: it may not have begun yet.
    await stage.until(lambda: stage.wiring.transcript.findChild(CardView))
    await _ended(stage)


async def _export(stage: Stage) -> None:
    await _from_the_top(stage)
    conversation = stage.wiring.chat.conversation
    assert conversation is not None
    stage.wiring.exporting.offer([conversation.id])
    await stage.until(lambda: stage.wiring.exporting.dialog)


async def _backup(stage: Stage) -> None:
    from ui.settings.data_backup import BackupCard

    page = await stage.settings("data")
    card = page.findChild(BackupCard)
    assert card is not None
    card.show_progress(0.42)
    card.say(tr("data.busy"))
    # The cards above it fill meanwhile.
    for _ in range(2):
        await stage.show(card)


async def _import(stage: Stage) -> None:
    job = stage.wiring.importing.job
    with tempfile.TemporaryDirectory(prefix="jieli-screens-") as folder:
        stage.wiring.importing.begin(brought.files(Path(folder)))
        await stage.until(lambda: job.stand.report)
    await stage.still()


async def _imported(stage: Stage) -> None:
    await _import(stage)
    stage.keys("Escape")
    await _first_conversation(stage)


ACTS: dict[str, Act] = {
    **touched.ACTS,
    "first-run-card": _card,
    "first-run-key": _key,
    "practice": _practice,
    "main": _in_use,
    "main-small": _small,
    "strip-many": _in_use,
    "strip-more": _more,
    "quota-small": _quota_small,
    "conversation": _first_conversation,
    "search": _search,
    "palette": _palette,
    "answer": _from_the_top,
    "looks": _from_the_top,
    "details": _details,
    "failed": _pay,
    "thinking": _thinking,
    "find": _find,
    "export": _export,
    "import-told": _import,
    "imported": _imported,
    "settings-data-backup": _backup,
    "new-chat": _new_page,
    "compare-pick": _compare_pick,
    "versions": _versions,
    "edit": _edit,
    "sidebar-several": _several,
    "bin": _bin,
    "settings-data": _at("data"),
    "settings-data-foot": _at_foot("data"),
    "settings-data-sync": _sync,
    "settings": _at("providers"),
    "settings-provider": _provider,
    "settings-endpoint": _endpoint,
    "settings-facts": _at("facts"),
    "settings-relay": _at("relay"),
    "settings-relay-foot": _at_foot("relay"),
    "settings-spend": _at("spend"),
    "settings-appearance": _at("appearance"),
    "settings-network": _at("network"),
    "settings-shortcuts": _at("shortcuts"),
    "settings-shortcuts-taken": _taken,
    "settings-find": _find_setting,
    "palette-settings": _find_key,
    "settings-about": _at("about"),
    "settings-storage": _at("storage"),
    "settings-assistants": _at("assistants"),
    "settings-assistants-foot": _at_foot("assistants"),
    "settings-grants": _at("grants"),
    "settings-grants-none": _at("grants"),
    "quota": _quota,
    "quota-foot": _quota_foot,
    "quota-empty": _quota,
    "strip": _leg,
    "spend-ask": _pay,
    "quick-ask": quick.quick_ask,
    "quick-ask-empty": quick.quick_ask_empty,
    "quick-ask-key": quick.quick_ask_key,
    "key-guard": quick.key_guard,
    "settings-desktop": _at("desktop"),
}
