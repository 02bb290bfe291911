"""The search finds what its definition says, nothing else and nothing less: compared with looking everywhere.

`holds` states the definition once more, letter by letter and without tokens, patterns or an index.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from app.search import Query, parse
from app.search_text import Term, term
from app.store.search import Search
from app.store.store import Store
from tests.app.parts import message, opened
from tests.bench import corpus

NOW = 1_700_000_000.0


@cache
def fold(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char) if "！" <= char <= "～" else char
    if not wide.isalnum():
        return "" if "\u0300" <= wide <= "\u036f" or "\ufe00" <= wide <= "\ufe0f" else wide
    parts = [c for c in unicodedata.normalize("NFKD", wide) if not "\u0300" <= c <= "\u036f"]
    bare = unicodedata.normalize("NFC", "".join(parts).casefold())
    return bare if bare.isalnum() else wide


@cache
def folded(text: str) -> str:
    return "".join(map(fold, text))


@cache
def spaceless(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC ITERATION", "THAI"))


def in_word(char: str) -> bool:
    return char.isalnum() and not spaceless(char)


def ends(text: str, at: int, wanted: str, so_far: int = 0) -> set[int]:
    """Where `wanted[so_far:]` can end when it begins at `text[at]`."""
    if so_far == len(wanted):
        return {at}
    want = wanted[so_far]
    if want == " ":
        stop = at
        while stop < len(text) and text[stop].isspace():
            stop += 1
        return ends(text, stop, wanted, so_far + 1) if stop > at else set()
    found: set[int] = set()
    if at < len(text) and text[at] == want:
        found |= ends(text, at + 1, wanted, so_far + 1)
    before = wanted[so_far - 1] if so_far else " "
    border = {in_word(before), in_word(want)} == {True, False} and (spaceless(before) or spaceless(want))
    if so_far and border and at + 1 < len(text) and text[at].isspace() and text[at + 1] == want:
        found |= ends(text, at + 2, wanted, so_far + 1)
    return found


def holds(text: str, wanted: str, *, phrase: bool = False) -> bool:
    text, wanted = folded(text), " ".join(folded(wanted).split())
    whole = phrase or (len(wanted) == 1 and in_word(wanted))
    at = text.find(wanted[0])
    while at >= 0:
        if not (in_word(wanted[0]) and at and in_word(text[at - 1])):
            for end in ends(text, at, wanted):
                cut = end < len(text) and in_word(wanted[-1]) and in_word(text[end])
                if not (whole and cut):
                    return True
        at = text.find(wanted[0], at + 1)
    return False


@pytest.fixture(scope="module")
def texts() -> list[str]:
    chance = random.Random(20261122)
    return [corpus.message(chance, long=n % 2 == 1) for n in range(300)]


@pytest.fixture(scope="module")
def wanted(texts: list[str]) -> list[str]:
    special = [
        "get_user",
        "user_name",
        "C++",
        "C#",
        "c",
        "std::vector",
        "--flag",
        "--force",
        "foo.bar()",
        "3.14",
        "::",
    ]
    special += [
        "GPT4",
        "gpt4模型",
        "cafe",
        "CAFÉ",
        "strasse",
        "用户name",
        "①",
        "한국",
        "🙂",
        "𠮷",
        "привет",
        "?",
        "(",
        "[",
        "^",
    ]
    return special + corpus.terms(random.Random(7), texts, 500)  # fmt: skip


async def _fill(store: Store, texts: list[str]) -> None:
    made = await store.create_conversation("标题")
    tree = [message(f"m{n}", made.id, None, text) for n, text in enumerate(texts)]
    whole = replace(made, id="whole", head=None)
    await store.add_conversation(whole, [replace(m, conversation="whole") for m in tree])
    await store.search.catch_up()


async def _ids(search: Search, query: Query) -> set[str]:
    return {hit.message or "" for hit in (await search.find(query, 10_000)).messages}


@pytest.mark.parametrize("indexed", [True, False], ids=["index", "no FTS5"])
def test_random_terms_are_found_exactly(
    arun, tmp_path: Path, texts: list[str], wanted: list[str], indexed: bool
) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await _fill(store, texts)
            store.search.indexed = indexed
            hits = 0
            for one in wanted if indexed else wanted[:120]:
                made = term(one)
                assert made is not None
                found = await _ids(store.search, Query((made,)))
                expected = {f"m{n}" for n, text in enumerate(texts) if holds(text, one)}
                assert found == expected, one
                hits += len(found)
            assert hits > 1000

    arun(main(), timeout=120)


def test_phrases_are_found_exactly(arun, tmp_path: Path, texts: list[str], wanted: list[str]) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await _fill(store, texts)
            for one in wanted[:100]:
                made = term(one, phrase=True)
                assert made is not None
                expected = {f"m{n}" for n, text in enumerate(texts) if holds(text, one, phrase=True)}
                assert await _ids(store.search, Query((made,))) == expected, one

    arun(main(), timeout=120)


def test_several_words_and_words_that_must_not_be_there(arun, tmp_path: Path, texts: list[str]) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await _fill(store, texts)
            query = parse("用户 模型 -relay", NOW)
            expected = {
                f"m{n}"
                for n, text in enumerate(texts)
                if holds(text, "用户") and holds(text, "模型") and not holds(text, "relay")
            }
            assert expected
            assert await _ids(store.search, query) == expected

    arun(main(), timeout=60)


def test_marks_stand_on_what_was_looked_for(texts: list[str], wanted: list[str]) -> None:
    seen = 0
    for one in wanted:
        made = term(one)
        assert isinstance(made, Term)
        for text in texts[::7]:
            for start, end in made.ranges(text):
                seen += 1
                assert holds(text[start:end], one), (one, text[start:end])
    assert seen > 500
