"""What stands between Chinese and what is set into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import i18n
from app.i18n import tr


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    i18n.set_language("zh")
    yield
    i18n.set_language("zh")


@pytest.mark.parametrize(
    ("key", "values", "text"),
    [
        ("keycheck.do_take", {"name": "通义千问"}, "存给通义千问并检查"),
        ("keycheck.do_take", {"name": "DeepSeek"}, "存给 DeepSeek 并检查"),
        ("transcript.do_resume_with", {"leg": "演示丙"}, "由演示丙接着写"),
        ("transcript.do_resume_with", {"leg": "智谱 GLM-4.7-Flash"}, "由智谱 GLM-4.7-Flash 接着写"),
        ("wording.skip_disabled_until", {"when": "16:20"}, "已停用，16:20 再试"),
        ("wording.skip_disabled_until", {"when": "12-09（17 天后）"}, "已停用，12-09（17 天后）再试"),
        ("grants.left", {"amount": "86.3 万"}, "剩 86.3 万"),
        ("attach.remove", {"name": "会议纪要.pdf"}, "去掉\u00a0会议纪要.pdf"),
        ("attach.remove", {"name": "报 表.pdf"}, "去掉\u00a0报 表.pdf"),
    ],
)
def test_spaces_stand_where_chinese_meets_latin_alone(key: str, values: dict[str, object], text: str) -> None:
    assert tr(key, **values) == text


def test_what_is_set_in_stays_as_it_is() -> None:
    assert tr("keycheck.do_take", name="我的 网关A组") == "存给我的 网关A组并检查"


def test_english_is_not_touched() -> None:
    i18n.set_language("en")
    assert tr("attach.remove", name="会议.pdf") == "Remove 会议.pdf"
