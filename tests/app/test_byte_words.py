from __future__ import annotations

import pytest

from app.byte_words import byte_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (999_960, "1.0 MB"),
        (12_340_000, "12.3 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_amounts(size: int, text: str) -> None:
    assert byte_text(size) == text
