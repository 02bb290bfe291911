"""The check for a newer version: which one is newer, what is shown of it, how often anybody is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import KnownError
from app.releases import DAY, FEED, LARGEST, NOTE_LENGTH, PAGE, ReleaseCheck, newest
from providers import Failure, FailureKind


def atom(*entries: tuple[str, str]) -> bytes:
    """A list of releases as GitHub gives it; entries are (version, HTML of what is new)."""
    inner = "".join(
        f"<entry><id>tag:github.com,2008:Repository/1/{version}</id>"
        f'<link rel="alternate" type="text/html" href="https://github.com/x/y/releases/tag/{version}"/>'
        f"<title>Jieli {version}</title><content type='html'>{html}</content></entry>"
        for version, html in entries
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{inner}</feed>'
    return text.encode()


@pytest.mark.parametrize(
    ("own", "there", "newer"),
    [
        ("0.1.0", ["v0.2.0"], "0.2.0"),
        ("0.1.0", ["v0.1.0"], None),
        ("0.1", ["0.1.0"], None),
        ("0.9.0", ["v0.10.0", "v0.9.1"], "0.10.0"),
        ("1.0", ["v1.1rc1", "v1.0.1"], "1.0.1"),
        ("1.0", ["v1.1-beta.2"], None),
        ("1.1rc1", ["v1.1"], "1.1"),
        ("1.1rc1", ["v1.0", "v1.1rc1"], None),
        ("1.0", ["nightly", "v0.9", "2026-11-22"], None),
        ("1.0", ["v1.0.post1"], None),
        ("0", ["v0.1.0"], "0.1.0"),
        ("unknown", ["v0.1.0"], None),
        ("1.0", [], None),
    ],
)
def test_which_version_is_newer(own: str, there: list[str], newer: str | None) -> None:
    found = newest(atom(*((version, "") for version in there)), own)
    assert (found.version if found else None) == newer


def test_what_is_new_is_plain_text_and_short() -> None:
    html = (
        "&lt;h2&gt;Added&lt;/h2&gt;&lt;ul&gt;&lt;li&gt;One &lt;b&gt;bold&lt;/b&gt; thing\u202e&lt;/li&gt;"
        "&lt;li&gt;A &lt;a href='javascript:x'&gt;link&lt;/a&gt; &amp;amp; more&lt;/li&gt;&lt;/ul&gt;"
        "&lt;script&gt;alert(1)&lt;/script&gt;" + "&lt;p&gt;" + "长" * 500 + "&lt;/p&gt;" * 3
    )
    found = newest(atom(("v9.0", html)), "1.0")
    assert found is not None
    assert found.url == "https://github.com/x/y/releases/tag/v9.0"
    assert found.notes[:3] == ("Added", "• One bold thing", "• A link & more")
    assert all(len(line) <= NOTE_LENGTH for line in found.notes)
    assert not any("<" in line for line in found.notes)


@pytest.mark.parametrize(
    "content",
    [
        {"version": "2.0", "url": "https://mirror.example/jieli", "notes": "# New\n\n- one\n- two"},
        [
            {"tag_name": "v2.0", "html_url": "https://mirror.example/jieli", "body": "New\r\n* one\r\n* two"},
            {"tag_name": "v3.0", "html_url": "x", "body": None, "draft": True},
        ],
    ],
    ids=["mirror", "github"],
)
def test_a_mirror_may_give_json(content: Any) -> None:
    found = newest(json.dumps(content).encode(), "1.0")
    assert found is not None
    assert (found.version, found.url) == ("2.0", "https://mirror.example/jieli")
    assert found.notes == ("New", "• one", "• two")


@pytest.mark.parametrize("url", ["", "http://mirror.example/x", "file:///etc/passwd", "javascript:alert(1)"])
def test_an_address_that_is_no_safe_page_gives_way_to_the_projects_own(url: str) -> None:
    found = newest(json.dumps({"version": "2.0", "url": url}).encode(), "1.0")
    assert found is not None
    assert found.url == PAGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>sign in</body></html>",
        b"<!DOCTYPE html><p>sign in",
        b'<!DOCTYPE x [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>',
        b"[1, 2]",
        b'{"version": 3}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_list_of_releases_is_said(data: bytes) -> None:
    with pytest.raises(KnownError) as caught:
        newest(data, "1.0")
    assert caught.value.key == "releases.unreadable"


class Wire:
    def __init__(self, *answers: bytes | Failure) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, url: str, largest: int) -> bytes | Failure:
        self.asked.append((url, largest))
        return self.answers.pop(0)


class Kept(dict[str, str]):
    async def meta(self, name: str) -> str | None:
        return self.get(name)

    async def set_meta(self, name: str, value: str | None) -> None:
        self[name] = value or ""


class Clock:
    time = 1_000_000.0

    def now(self) -> float:
        return self.time


def test_nobody_is_asked_more_than_once_a_day_and_a_version_is_told_once(arun: Any) -> None:
    wire = Wire(Failure(FailureKind.NETWORK), atom(("v2", "")), atom(("v2", "")), atom(("v3", "")))
    clock = Clock()

    async def story() -> None:
        check = ReleaseCheck(wire, Kept(), clock, "1.0")  # type: ignore[arg-type]
        assert await check.look_quietly() is None, "a failure is no news"
        assert await check.look_quietly() is None
        assert len(wire.asked) == 1, "and is not tried again the same day"
        told = []
        for _ in range(3):
            clock.time += DAY
            release = await check.look_quietly()
            told.append(release.version if release else None)
        assert told == ["2", None, "3"]

    arun(story())
    assert wire.asked == [(FEED, LARGEST)] * 4


def test_who_asks_now_hears_of_the_failure(arun: Any) -> None:
    wire = Wire(
        Failure(FailureKind.NETWORK, hint="network_dns"), Failure(FailureKind.BAD_REQUEST, "too_large")
    )

    async def story() -> None:
        check = ReleaseCheck(wire, Kept(), Clock(), "1.0")  # type: ignore[arg-type]
        with pytest.raises(KnownError, match="没连上发布列表"):
            await check.look()
        with pytest.raises(KnownError, match="不是发布列表"):
            await check.look()
        with pytest.raises(KnownError, match="没有加密"):
            await check.look("http://mirror.example/releases.json")
        assert len(wire.asked) == 2

    arun(story())
