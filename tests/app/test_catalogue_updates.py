"""Newer provider files: which is taken, what is refused and why, what is told, how it is taken back."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import catalogue_store
from app.catalogue_updates import DAY, CatalogueUpdates
from app.errors import KnownError
from app.live_catalogue import LiveCatalogue
from providers import classify
from providers.catalogue import load_catalogue
from providers.wire import HttpWire
from tests.app.parts import StillClock
from tests.fakes.server import FakeServer, Reply

FILE = """id = "{id}"
name = {{ zh = "{id}家", en = "{id}" }}
checked = {checked}
{more}
[[regions]]
id = "main"
name = {{ zh = "主", en = "Main" }}
base_url = "https://{host}/v1"
[[models]]
id = "m1"
billing = "{billing}"
[[errors]]
kind = "{kind}"
message = 'zebra'
"""


def file(
    ident: str = "alpha",
    checked: str = "2026-06-01",
    host: str = "api.alpha.example",
    billing: str = "free",
    kind: str = "auth",
    more: str = "",
) -> str:
    return FILE.format(id=ident, checked=checked, host=host, billing=billing, kind=kind, more=more)


def zipped(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"jieli-main/resources/providers/{name}.toml", text)
        archive.writestr("jieli-main/README.md", "not for us")
    return made.getvalue()


class Meta:
    def __init__(self) -> None:
        self.values: dict[str, str | None] = {}

    async def meta(self, name: str) -> str | None:
        return self.values.get(name)

    async def set_meta(self, name: str, value: str | None) -> None:
        self.values[name] = value


class House:
    """Built-in, user's and fetched folders with what watches over them, and a server to fetch from."""

    def __init__(self, folder: Path, server: FakeServer) -> None:
        self.builtin, self.user, self.root = folder / "builtin", folder / "user", folder / "fetched"
        self.builtin.mkdir()
        self.user.mkdir()
        (self.builtin / "alpha.toml").write_text(file(), "utf-8")
        self.server = server
        self.clock = StillClock()
        self.live = LiveCatalogue(self.load(None))
        self.told = 0
        self.live.subscribe(self.hear)
        self.wire = HttpWire(proxy="none")
        self.updates = CatalogueUpdates(
            wire=self.wire, catalogue=self.live, meta=Meta(), clock=self.clock, root=self.root, load=self.load
        )

    def hear(self) -> None:
        self.told += 1

    def load(self, fetched: Path | None) -> Any:
        return load_catalogue(self.builtin, self.user, self.root.with_name("cache.json"), fetched=fetched)

    def offers(self, body: bytes) -> str:
        self.server.on("facts", Reply(body=body), path="/facts.zip")
        return f"{self.server.url('facts')}/facts.zip"

    async def fetch(self, **files: str) -> Any:
        return await self.updates.fetch(self.offers(zipped(**files)))

    def billing(self) -> str:
        spec = self.live.get("alpha")
        assert spec is not None
        return spec.models[0].billing.value


@pytest.fixture
def house(tmp_path: Path, server: FakeServer) -> House:
    return House(tmp_path, server)


def kept(arun: Callable[..., Any], house: House, story: Callable[[], Any]) -> None:
    async def told() -> None:
        try:
            await story()
        finally:
            await house.wire.aclose()

    arun(told())


def test_a_newer_file_is_taken_and_undone(arun: Any, house: House) -> None:
    async def story() -> None:
        report = await house.fetch(alpha=file(checked="2026-07-01", billing="paid", kind="rate_limited"))
        assert not report.problem
        assert not report.refused
        (line,) = report.changes
        assert "m1 从免费变成计费" in line
        assert "错误规则变了" in line
        assert "2026-07-01" in line
        assert (house.billing(), house.told) == ("paid", 1)
        assert classify("alpha", 400, {}, b'{"message": "zebra"}').kind == "rate_limited"
        second = await house.fetch(alpha=file(checked="2026-08-01", billing="grant"))
        assert (len(second.changes), house.billing()) == (1, "grant")
        assert (await house.updates.undo()).changes
        assert house.billing() == "paid"
        assert (await house.updates.undo()).changes
        assert house.billing() == "free"
        assert classify("alpha", 400, {}, b'{"message": "zebra"}').kind == "auth"
        assert not await house.updates.can_undo()
        assert (await house.updates.undo()).problem

    kept(arun, house, story)


def test_what_was_fetched_counts_after_a_restart_until_the_program_is_newer(arun: Any, house: House) -> None:
    async def story() -> None:
        await house.fetch(alpha=file(checked="2026-07-01", billing="paid"))
        again = house.load(catalogue_store.in_force(house.root))
        assert again.providers["alpha"].origin == "fetched"
        assert again.sources["alpha"].is_relative_to(house.root)
        (house.builtin / "alpha.toml").write_text(file(checked="2026-09-01", billing="grant"), "utf-8")
        newer = house.load(catalogue_store.in_force(house.root))
        assert (newer.providers["alpha"].origin, newer.problems) == ("builtin", ())

    kept(arun, house, story)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (file(checked="2026-05-01", billing="paid"), "旧"),
        (file(checked="2026-07-01", host="api.evil.example"), "api.evil.example"),
        (file(checked="2026-07-01", more='key_page = "https://login.evil.example/"'), "login.evil.example"),
        (file(checked="2026-07-01", more='auth = "none"'), "不用密钥"),
        (file("beta", "2026-07-01", "api.beta.example", more='auth = "none"'), "不用密钥"),
        (file("beta", "2026-07-01", "api.beta.example", more='dialect = "practice"'), "演示"),
        (file(checked="2026-07-01") + "nonsense = 1\n", "nonsense"),
        (file(checked="2026-07-01").replace("https://", "http://"), "地址"),
    ],
)
def test_what_is_refused(arun: Any, house: House, text: str, words: str) -> None:
    async def story() -> None:
        report = await house.fetch(bad=text, good=file("gamma", "2026-07-01", "api.gamma.example"))
        (line,) = report.refused
        assert words in line
        assert [c for c in report.changes if "gamma" in c], "a bad file keeps no good one out"
        assert (house.billing(), house.live.get("beta")) == ("free", None)

    kept(arun, house, story)


def test_no_file_at_all(arun: Any, house: House) -> None:
    async def story() -> None:
        for body, words in (
            (zipped(), "没有服务商文件"),
            (b"PK\x03\x04 but no archive", "坏的"),
            (b"x" * 1_500_000, "太大"),
            (b"x" * 5_000_000, "太大"),
            (zipped(big="#" * 2_000_000), "太大"),
        ):
            report = await house.updates.fetch(house.offers(body))
            assert words in report.problem, body[:20]
        for url, words in (
            ("http://example.com/facts.zip", "加密"),
            ("facts", "网址"),
            ("https://me:word@example.com/f", "密码"),
        ):
            assert words in (await house.updates.fetch(url)).problem
        house.server.on("facts", Reply.error(404, "no"), path="/facts.zip")
        assert (await house.updates.fetch(f"{house.server.url('facts')}/facts.zip")).problem
        assert house.told == 0

    kept(arun, house, story)


def test_redirects_stay_where_the_address_could_have_pointed(arun: Any, house: House) -> None:
    async def story() -> None:
        base = house.server.url("facts")
        good = house.offers(zipped(alpha=file(checked="2026-07-01", billing="paid")))
        for target, fine in ((good, True), ("http://example.com/x", False), (f"{base}/loop", False)):
            house.server.on("facts", Reply(status=302, headers=(("location", target),)), path="/loop")
            report = await house.updates.fetch(f"{base}/loop")
            assert bool(report.problem) is not fine

    kept(arun, house, story)


def test_one_file_of_the_users_wins_when_it_is_newer(arun: Any, house: House) -> None:
    async def story() -> None:
        await house.fetch(alpha=file(checked="2026-07-01", billing="paid"))
        mine = house.user / "alpha.toml"
        mine.write_text(file(checked="2026-06-15", billing="grant"), "utf-8")
        report = await house.updates.reload()
        assert house.billing() == "paid"
        assert "alpha.toml" in report.refused[0]
        mine.write_text(file(checked="2026-07-02", billing="grant"), "utf-8")
        report = await house.updates.reload()
        assert (house.billing(), len(report.changes)) == ("grant", 1)
        mine.unlink()
        assert (await house.updates.reload()).changes
        assert house.billing() == "paid"

    kept(arun, house, story)


def test_the_daily_look(arun: Any, house: House) -> None:
    async def story() -> None:
        assert await house.updates.due()
        await house.fetch(alpha=file())
        assert not await house.updates.due()
        house.clock.time += DAY
        assert await house.updates.due()

    kept(arun, house, story)


def test_a_disk_that_refuses(arun: Any, house: House) -> None:
    house.root.write_text("a file where the folder should be")

    async def story() -> None:
        report = await house.fetch(alpha=file(checked="2026-07-01", billing="paid"))
        assert str(house.root) in report.problem
        assert house.billing() == "free"

    kept(arun, house, story)


def test_only_so_many_updates_are_kept(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for number in range(catalogue_store.KEPT + 3):
        staged = catalogue_store.stage(root, {"a.toml": str(number).encode()})
        catalogue_store.put_in_force(root, {"alpha": staged / "a.toml"})
    folders = [path for path in root.iterdir() if path.is_dir()]
    assert len(folders) == catalogue_store.KEPT
    newest = catalogue_store.in_force(root)
    assert newest is not None
    assert (newest / "alpha.toml").read_text() == str(catalogue_store.KEPT + 2)
    for _ in range(catalogue_store.KEPT):
        assert catalogue_store.undo(root)
    assert not catalogue_store.undo(root)
    assert catalogue_store.in_force(root) is None


def test_an_archive_that_unpacks_to_too_much() -> None:
    with pytest.raises(KnownError):
        catalogue_store.unpacked(zipped(**{f"f{n}": "#" * 900_000 for n in range(12)}))


def test_two_updates_at_once_take_turns(arun: Any, house: House) -> None:
    async def story() -> None:
        url = house.offers(zipped(alpha=file(checked="2026-07-01", billing="paid")))
        one, two = await asyncio.gather(house.updates.fetch(url), house.updates.fetch(url))
        assert (len(one.changes), len(two.changes)) == (1, 0)

    kept(arun, house, story)
