"""Names that Windows takes, too."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.exports.names import Names, safe_file, safe_name

_BAD = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_DEVICES = {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_any_title_becomes_a_name_every_system_takes(title: str) -> None:
    name = safe_name(title, "fallback")
    assert name and not _BAD.search(name) and name == name.strip() and not name.endswith(".")
    assert not name.startswith(".") and len(name.encode()) <= 210
    assert name.partition(".")[0].lower() not in _DEVICES


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("额度: 1/2?", "额度_ 1_2_"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("..", "x"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("  多  空格\n换行. ", "多 空格 换行"),
        ("", "x"),
    ],
)
def test_names(title: str, name: str) -> None:
    assert safe_name(title, "x") == name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("图 1.png", "图 1.png"),
        ("..\\con.txt", "_con.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a" * 300 + ".pdf", "a" * 80 + ".pdf"),
    ],
)
def test_a_files_ending_is_kept(given_name: str, name: str) -> None:
    assert safe_file(given_name, "x") == name


def test_no_two_names_are_the_same() -> None:
    names = Names()
    assert [names.free(n) for n in ("A.md", "a.md", "a (2).md", "b", "B")] == [
        "A.md", "a (2).md", "a (2) (2).md", "b", "B (2)",
    ]  # fmt: skip
