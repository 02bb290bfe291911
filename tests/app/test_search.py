"""The language of the search field, snippets, and the letters of Ctrl+K."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fuzzy import match
from app.search import Query, Source, day_span, parse
from app.search_text import Snippet, index_text, snippet, term

NOW = datetime(2026, 3, 15, 12).timestamp()


def read(text: str) -> Query:
    return parse(text, NOW, {"智谱": "zhipu"})


def at(*day: int) -> float:
    return datetime(*day).timestamp()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "terms", "without"),
    [
        ("用户 额度", ["用户", "额度"], []),
        ("用户　额度", ["用户", "额度"], []),
        ('"hello  World" x', ["hello world", "x"], []),
        ("“额度 用完” 「模型」", ["额度 用完", "模型"], []),
        ("额度 -模型", ["额度"], ["模型"]),
        ('-"hello world"', [], ["hello world"]),
        ("--flag -", ["--flag", "-"], []),
        ("std::vector http://a.cn/x foo.bar() C++", ["std::vector", "http://a.cn/x", "foo.bar()", "c++"], []),
        ('key:"some value"', ['key:"some value"'], []),
        ("a a A", ["a"], []),
        ("用户：张三", ["用户:张三"], []),
        ('"没有结尾', ["没有结尾"], []),
        ("用户 －额度", ["用户"], ["额度"]),
        ("", [], []),
        ('"" “”', [], []),
    ],
)
def test_words_and_phrases(typed: str, terms: list[str], without: list[str]) -> None:
    query = read(typed)
    assert [one.folded for one in query.terms] == terms
    assert [one.folded for one in query.without] == without
    assert not query.filtered and not query.unread
    assert query.empty is (not terms and not without)


def test_filters() -> None:
    assert read("from:zhipu From:智谱 -from:user 来自:AI").sources == (
        Source("zhipu"), Source("zhipu"), Source("user", "user", True), Source("assistant", "assistant"),
    )  # fmt: skip
    assert read("in:title 额度").titles_only and not read("in:file 额度").titles_only
    assert [one.folded for one in read("in:file").terms] == ["in:file"]
    query = read("after:2026-01-02 before:2026/2/1")
    assert (query.since, query.until) == (at(2026, 1, 2), at(2026, 2, 1))
    query = read("日期：2026年2月")
    assert (query.since, query.until) == (at(2026, 2, 1), at(2026, 3, 1))
    query = read("之后:2025 早于:今天")
    assert (query.since, query.until) == (at(2025, 1, 1), at(2026, 3, 15))
    query = read("before:2026-01-01 before:2025-01-01")
    assert query.until == at(2025, 1, 1)


def test_a_date_filter_without_a_date_is_a_word_and_told() -> None:
    query = read("before:soon 额度")
    assert query.unread == ("before:soon",)
    assert [one.folded for one in query.terms] == ["before:soon", "额度"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-12-31", (2026, 12, 31), (2027, 1, 1)),
        ("2026.2.28", (2026, 2, 28), (2026, 3, 1)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2026", (2026, 1, 1), (2027, 1, 1)),
        ("2026年", (2026, 1, 1), (2027, 1, 1)),
        ("2026年1月31日", (2026, 1, 31), (2026, 2, 1)),
        ("today", (2026, 3, 15), (2026, 3, 16)),
        ("昨天", (2026, 3, 14), (2026, 3, 15)),
    ],
)
def test_days(text: str, start: tuple[int, ...], end: tuple[int, ...]) -> None:
    assert day_span(text, NOW) == (at(*start), at(*end))


@pytest.mark.parametrize("text", ["", "2026-13-01", "2026-02-30", "0000", "tomorrow", "99999", "2026-"])
def test_no_days(text: str) -> None:
    assert day_span(text, NOW) is None


_TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(' \t"“”「」:：-\\%_*^[]()\u0300\u3099İßﬁ①Ａ用户𠮷from:in:title before:'),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(_TEXTS, _TEXTS)
def test_anything_can_be_typed_and_read(typed: str, text: str) -> None:
    query = parse(typed, NOW)
    query.fits(text)
    made = snippet(text, query.terms)
    assert all(0 <= start < end <= len(made.text) for start, end in made.marks)
    # The index parts at every ASCII character that is no letter or digit, and so only where we do.
    assert all(c == " " or c.isalnum() or not c.isascii() for c in index_text(text))


@settings(deadline=None)
@given(_TEXTS)
def test_a_text_holds_its_own_words(text: str) -> None:
    for word in text.split():
        made = term(word)
        if made is not None and not made.prefix and len(word) > 1:
            continue
        assert made is None or made.matches(f" {word} ")


def test_snippets() -> None:
    words = [one for one in (term("额度"), term("用户")) if one is not None]
    text = "开头。" * 30 + "\n\n  这里有 用户 的\t额度。" + "结尾。" * 60
    made = snippet(text, words)
    assert [made.text[start:end] for start, end in made.marks] == ["用户", "额度"]
    assert made.text.startswith("…") and made.text.endswith("…")
    assert "这里有 用户 的 额度。" in made.text
    assert len(made.text) < 130
    assert snippet("短的", []) == Snippet("短的")
    (only,) = (one for one in (term("straße"),) if one)
    made = snippet("Die STRASSE und die Straße", [only])
    assert [made.text[start:end] for start, end in made.marks] == ["STRASSE", "Straße"]


def test_letters_of_the_palette() -> None:
    def score(typed: str, name: str) -> float:
        found = match(typed, name)
        assert found is not None, (typed, name)
        return found.score

    assert match("xyz", "New chat") is None
    found = match("nc", "New chat")
    assert found is not None and found.marks == ((0, 1), (4, 5))
    assert match("接络", "设置 · 网络") is None
    assert match("设络", "设置 · 网络") is not None
    assert match("", "anything") is not None
    assert score("set", "Settings") > score("set", "Reset the counter")
    assert score("网络", "设置 · 网络") > score("网络", "聊聊神经网络的历史和未来发展方向")
    found = match("chat new", "New chat")
    assert found is not None and found.marks == ((0, 3), (4, 8))
