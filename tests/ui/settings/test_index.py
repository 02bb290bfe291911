"""What the search within the settings finds: by name, by the other language, by initials; the best first."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.i18n import tr
from app.pinyin import initials
from app.settings import Settings
from tests.ui.settings import samples
from tests.ui.settings.building import build
from ui.settings.finder import Finder
from ui.settings.index import Entry, SettingsIndex, entry_of, rows_of, search
from ui.settings.kinds import KINDS
from ui.theme import Theme


def _entries(theme: Theme, section: str) -> list[Entry]:
    made = KINDS[section](theme)
    made.show_settings(Settings())
    return [entry_of(row, section, section, "") for row in rows_of(made)]


def test_initials() -> None:
    assert initials("字号 (px) 2") == "zhpx2"
    assert initials("深色主题") == "sszt"
    assert initials("— ，！") == ""
    assert initials("龘龥") == ""  # rarer characters have none


def test_rows_choices_and_other_words(theme: Theme) -> None:
    relay = _entries(theme, "relay")
    by_name = {one.name: one for one in relay}
    assert by_name["由下一棒接着写"].group == "回答写到一半中断时"
    assert search(relay, "seam")[0].entry.name == "由下一棒接着写"
    assert search(relay, "xqqq") == []
    assert search(relay, "jiezhe") == []
    assert [one.entry.name for one in search(relay, "连接 每次")] == ["连接"]
    names = [one.entry.name for one in search(relay, "接力链")]
    assert names[0] == "接力链"
    assert search(relay, "  ") == []


def test_keys_lead_to_their_action(theme: Theme) -> None:
    keys = _entries(theme, "shortcuts")
    assert search(keys, "ctrl+shift+e")[0].entry.name == "额度"
    assert not any(one.caption for one in keys)


def test_what_is_hidden_is_not_offered(theme: Theme) -> None:
    made = KINDS["relay"](theme)
    before = {row.name for row in rows_of(made)}
    made._order.hide()
    assert {row.name for row in rows_of(made)} < before


def test_sections_are_looked_through_one_at_a_time_while_the_user_types(theme: Theme, qtbot) -> None:
    page = build(theme, qtbot)
    now = [Settings()]
    index = SettingsIndex(theme, lambda: now[0], lambda: [view.spec for view in samples.views()])
    page.use_finder(Finder(theme, index))
    grown: list[int] = []
    index.changed.connect(lambda: grown.append(len(index.entries)))
    finder = page.search.finder
    finder.field.setFocus()
    qtbot.keyClicks(finder.field, "nichtda")
    assert index.entries == []
    assert finder._none.isHidden()
    with qtbot.waitSignal(index.changed, timeout=60_000, check_params_cb=lambda: index.complete):
        pass
    assert len(grown) == len(KINDS) + 2
    assert grown == sorted(grown)
    assert finder._none.isVisibleTo(page)
    assert "nichtda" in finder.field.accessibleDescription()
    # Rows that other settings bring are found from then on; until all are there, the old ones serve.
    row = tr("data.sync.folder.title")
    assert row not in [one.entry.caption for one in index.search(row)]
    known = index.entries
    now[0] = Settings(sync="folder")
    finder.field.setText("nichtda!")
    assert index.entries is known
    with qtbot.waitSignal(index.changed, timeout=60_000):
        pass
    assert row in [one.entry.caption for one in index.search(row)]
    # Every section can be found by its own name.
    sections = {one.section for one in index.entries if one.name == one.place}
    assert sections == {"providers", *KINDS}
    finder.field.setText("zhipu")
    finder.opened.emit(finder.model.values[0].entry)
    assert page.provider_page.provider == "zhipu"
    # A row that is not there (any more) leads to its section.
    finder.opened.emit(Entry("about", "", "", "nowhere to be found"))
    assert page.sections.section() == "about"
    qtbot.waitUntil(page.sections.hasFocus, timeout=60_000)


def test_no_section_looks_chosen_while_all_are_searched(theme: Theme, qtbot) -> None:
    page = build(theme, qtbot)
    index = SettingsIndex(theme, Settings, lambda: [view.spec for view in samples.views()])
    page.use_finder(Finder(theme, index))
    QApplication.sendPostedEvents()
    chosen = theme.color("bg-select").rgb()

    def marked() -> bool:
        row = page.sections.visualItemRect(page.sections.currentItem())
        image = page.sections.viewport().grab(row).toImage()
        return image.pixel(image.width() - 20, image.height() // 2) == chosen

    assert marked()
    page.search.finder.field.setText("a")
    assert not marked()
    page.search.finder.clear()
    assert marked()
