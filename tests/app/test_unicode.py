"""Text from command lines, pipes and pasteboards."""

from __future__ import annotations

import pytest

from app.unicode import decoded, harmless, sound


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好 😀", "你好 😀"),
        ("a\udcffb", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d", "\ufffd"),
        ("", ""),
    ],
)
def test_lone_surrogates_become_something_that_can_be_stored(text: str, expected: str) -> None:
    assert sound(text) == expected
    sound(text).encode()


def test_a_pipe_may_hold_anything() -> None:
    assert decoded("\ufeff问".encode()) == "问"
    assert decoded(b"\xff\xfe hi").endswith("hi")
    decoded(b"\xff\xfe hi").encode()


def test_what_a_terminal_obeys_stays_a_mark() -> None:
    hostile = "a\x1b]52;c;ZXZpbA==\x07b\x9b2J\r\x7f"
    assert harmless(hostile) == "a\ufffd]52;c;ZXZpbA==\ufffdb\ufffd2J\ufffd\ufffd"
    assert harmless("问\t答\n😀 e\u0301") == "问\t答\n😀 e\u0301"
