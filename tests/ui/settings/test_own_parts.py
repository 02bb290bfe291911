"""The form for an own endpoint, the section on provider facts, what the provider page asks beside keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.domain import BillingClass, ModelSpec
from app.settings import Settings
from tests.ui.settings.building import build, press
from tests.ui.settings.samples import plain, view, zhipu
from ui.buttons import Button
from ui.settings.catalogue_section import CatalogueSection, ProviderFile
from ui.settings.endpoint_form import EndpointForm, EndpointValues
from ui.settings.page import SettingsPage
from ui.theme import Theme

MODELS = (ModelSpec("a"), ModelSpec("b", enabled=False))


@pytest.fixture
def form(theme: Theme, qtbot: Any) -> EndpointForm:
    made = EndpointForm(theme)
    qtbot.addWidget(made)
    made.resize(760, 700)
    made.show()
    made.open_new()
    return made


def test_an_address_is_tried_once_for_each_change(form: EndpointForm) -> None:
    asked: list[tuple[str, str]] = []
    form.probe_requested.connect(lambda url, secret: asked.append((url, secret)))
    QTest.keyClicks(form.url, "a.example/v1")
    QTest.keyClick(form.url, Qt.Key.Key_Return)
    QTest.keyClick(form.url, Qt.Key.Key_Return)
    form.secret.entered.emit("k-once")
    assert asked == [("a.example/v1", ""), ("a.example/v1", "k-once")]
    assert "k-once" not in form.secret.text() + form.secret.placeholderText()


def test_what_a_probe_finds_fills_the_form(form: EndpointForm) -> None:
    form.show_probe("http://127.0.0.1:1/v1", "能用", MODELS, good=True, free=True)
    assert form.url.text() == "http://127.0.0.1:1/v1"
    assert [m.id for m in form.models()] == ["a"], "what does not chat is not ticked"
    form.typed.setText("c，d, a")
    QTest.keyClick(form.typed, Qt.Key.Key_Return)
    assert [m.id for m in form.models()] == ["a", "c", "d"]
    form.show_probe("http://127.0.0.1:1/v1", "能用", (*MODELS, ModelSpec("e")), good=True, free=True)
    assert [m.id for m in form.models()] == ["a", "c", "d"], "the user's ticks stay"
    many = tuple(ModelSpec(f"m{n}") for n in range(80))
    form.open_new()
    form.show_probe("https://a.example", "能用", many, good=True, free=False)
    assert form.models() == ()


def test_the_form_hands_on_what_it_holds(form: EndpointForm) -> None:
    saved: list[tuple[EndpointValues, str]] = []
    form.save_requested.connect(lambda values, secret: saved.append((values, secret)))
    form.name.setText(" 网关 ")
    form.url.setText("https://a.example/v1")
    form.typed.setText("m")
    form.secret.entered.emit("k")
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    values, secret = saved[0]
    assert secret == "k"
    assert (values.name, values.base_url, values.keyed) == ("网关", "https://a.example/v1", True)
    assert values.billing is BillingClass.PAID, "in doubt it bills"
    form.close_form()
    form.open_new()
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    assert saved[1][1] == ""


def test_escape_leaves_the_form_and_not_the_settings(theme: Theme, qtbot: Any) -> None:
    page = build(theme, qtbot)
    left: list[bool] = []
    page.back_requested.connect(lambda: left.append(True))
    page.show_form(True)
    page.form.open_new()
    assert page.form.isVisible()
    QTest.keyClick(page.form, Qt.Key.Key_Escape)
    assert not page.form.isVisible()
    assert left == []


@pytest.fixture
def page(theme: Theme, qtbot: Any) -> SettingsPage:
    return build(theme, qtbot)


def test_an_own_endpoint_is_changed_and_removed_after_a_question(page: SettingsPage) -> None:
    heard: list[tuple[str, str]] = []
    shown = page.provider_page
    shown.own_edit.connect(lambda provider: heard.append(("edit", provider)))
    shown.own_remove.connect(lambda provider: heard.append(("remove", provider)))
    spec = replace(plain("mine", "我"), auth="none", origin="user")
    page.set_providers([view(spec, own=True), view(zhipu())])
    page.show_provider("mine")
    assert shown.own.isVisible()
    assert not shown._region_part.isVisible()
    press(shown.own, "修改")
    press(shown.own, "移除")
    assert heard == [("edit", "mine")]
    QTest.mouseClick(shown.own.question._yes, Qt.MouseButton.LeftButton)
    assert heard[1:] == [("remove", "mine")]
    page.show_provider("zhipu")
    assert not shown.own.isVisible()


def test_models_are_asked_for_named_and_counted_otherwise(page: SettingsPage) -> None:
    heard: list[tuple[str, ...]] = []
    shown = page.provider_page
    shown.models_requested.connect(lambda provider: heard.append(("list", provider)))
    shown.model_named.connect(lambda provider, name: heard.append(("name", provider, name)))
    shown.billing_chosen.connect(lambda leg, kind: heard.append((leg, kind)))
    page.show_provider("zhipu")
    QTest.mouseClick(shown.models.refresh, Qt.MouseButton.LeftButton)
    shown.models.typed.setText(" ep-1 ")
    QTest.keyClick(shown.models.typed, Qt.Key.Key_Return)
    assert heard == [("list", "zhipu"), ("name", "zhipu", "ep-1")]
    first = shown.models.model.model_row(0)
    assert first is not None
    shown.models._open_menu(0, shown.models.mapToGlobal(shown.models.rect().center()))
    menu = shown.models._menu
    assert isinstance(menu, QMenu)
    menu.actions()[2].trigger()
    assert heard[-1] == (first.leg_id, "paid")
    menu.close()


def test_gone_models_say_so(page: SettingsPage) -> None:
    spec = zhipu()
    known = view(spec)
    rows = (replace(known.models[0], gone=True), *known.models[1:])
    page.set_providers([view(spec, models=rows)])
    page.show_provider(spec.id)
    model = page.provider_page.models.model
    assert "服务商没有列出" in model.data(model.index(0, 0), int(Qt.ItemDataRole.AccessibleTextRole))


def test_a_balance_is_shown_where_there_can_be_one(page: SettingsPage) -> None:
    heard: list[str] = []
    page.provider_page.balance_requested.connect(heard.append)
    page.set_providers([view(zhipu(), balance=""), view(plain("other", "其"))])
    page.show_provider("zhipu")
    press(page.provider_page.balance, "查余额")
    assert heard == ["zhipu"]
    page.show_provider("other")
    assert not page.provider_page.balance.isVisible()


def test_the_section_on_provider_facts(theme: Theme, qtbot: Any) -> None:
    section = CatalogueSection(theme)
    qtbot.addWidget(section)
    section.show()
    heard: list[object] = []
    section.changed.connect(lambda name, value: heard.append((name, value)))
    section.update_requested.connect(lambda: heard.append("update"))
    section.undo_requested.connect(lambda: heard.append("undo"))
    section.file_removed.connect(heard.append)
    section.show_settings(Settings())
    section.show_state("", can_undo=False)
    assert not section.update_button.isEnabled()
    assert not section.undo_button.isEnabled()
    QTest.keyClicks(section.url, "https://a.example/f.zip")
    QTest.keyClick(section.url, Qt.Key.Key_Return)
    assert heard == [("catalogue_url", "https://a.example/f.zip")]
    section.show_settings(Settings(catalogue_url="https://a.example/f.zip"))
    section.show_state("", can_undo=True)
    press(section, "立即更新")
    press(section, "撤销上一次更新")
    assert heard[1:] == ["update", "undo"]
    section.show_files(
        [ProviderFile("mine", "我的", "/x/mine.toml", "", True), ProviderFile("z", "智", "/y", "", False)]
    )
    first = next(b for b in section.findChildren(Button) if b.accessibleName() == "不用我的的文件")
    qtbot.waitUntil(first.isVisible)
    press(section, "不用它")  # there is one: a fetched file goes by undoing the update
    assert heard[-1] == "mine"
    section.show_report((), (), "")
    assert section._changes.isVisible()
    section.show_report((), ("因为",), "")
    assert section._refused.text() == "因为"
    assert not section._changes.isVisible()
