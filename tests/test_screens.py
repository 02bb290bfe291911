"""The set of pictures a run takes; the pictures themselves are looked at, not compared."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.screens.__main__ import SHOTS, ways
from tests.screens.acts import ACTS
from tests.screens.lived import words


def options(**chosen: object) -> argparse.Namespace:
    return argparse.Namespace(**{"only": None, "language": None, "theme": None, "scale": None, **chosen})


def test_every_screen_in_both_languages_and_themes_and_the_main_ones_large() -> None:
    names = [str(way) for way in ways(options())]
    for shot in SHOTS:
        for kind in ("zh-light", "zh-dark", "en-light", "en-dark"):
            assert f"{shot.name}-{kind}-100" in names
            assert (f"{shot.name}-{kind}-150" in names) == (f"{shot.name}-{kind}-200" in names) == shot.main
    assert len(names) == len(set(names))
    assert len(ways(options(scale=2, only=["quota-foot"]))) == 4


def test_every_act_belongs_to_a_screen() -> None:
    assert set(ACTS) <= {shot.name for shot in SHOTS}


def test_both_languages_say_as_much() -> None:
    for kind in ("titles", "talk", "shown", "failures"):
        assert len(words("zh")[kind]) == len(words("en")[kind]) > 0


def test_the_pictures_of_the_read_me_are_there() -> None:
    root = Path(__file__).resolve().parents[1]
    for name in ("README.md", "README.zh-CN.md"):
        text = (root / name).read_text("utf-8")
        shown = [part.partition(")")[0] for part in text.split("](")[1:] if ".png)" in part]
        assert 3 <= len(shown) <= 5
        assert all((root / one).is_file() for one in shown)
    pictures = list((root / "resources" / "pictures").glob("*.png"))
    assert sum(one.stat().st_size for one in pictures) < 600_000
