"""Endpoints of the user's own: addresses tried over sockets, files written, changed and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.endpoint_file import Draft
from app.endpoints import local_address, tidy_url
from app.errors import KnownError
from providers.spec import BillingClass, ModelSpec
from tests.app.services import core, listed, told
from tests.fakes.server import FakeServer, Reply


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" https://a.example/v1/ ", "https://a.example/v1"),
        ("a.example/v1", "https://a.example/v1"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1"),
        ("https://a.example/v1/models/", "https://a.example/v1"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("https：//a.example/v1", "https://a.example/v1"),
        ("127.0.0.1：11434", "http://127.0.0.1:11434"),
        ("api.a。example", "https://api.a.example"),
        ("例子.中国/v1", "https://例子.中国/v1"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("[::]:8000/v1", "http://127.0.0.1:8000/v1"),
        ("0.0.0.0.example", "https://0.0.0.0.example"),
        ("a[b", "https://a[b"),
        ("", ""),
    ],
)
def test_addresses_as_people_paste_them(typed: str, kept: str) -> None:
    assert tidy_url(typed) == kept


def test_local_addresses() -> None:
    assert local_address("localhost:8000")
    assert not local_address("https://a.example")
    assert not local_address("http://[bad")


def test_probes(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    server.on("good", listed("m1", "m2"), path="/v1/models")
    server.on("keyed", Reply.error(401, {"error": {"message": "no"}}), path="/v1/models")
    server.on("keyed", listed("m1"), path="/v1/models", key="k-right-and-long-enough")
    server.on(
        "page", Reply(headers=(("content-type", "text/html"),), body=b"<html>hi</html>"), path="/models"
    )
    server.on("empty", listed(), path="/v1/models")

    async def story() -> None:
        async with core(tmp_path, server) as made:
            probe = made.providers.endpoints.probe
            found = await probe(server.url("good").removesuffix("/v1"))
            assert (found.base_url, [m.id for m in found.models]) == (server.url("good"), ["m1", "m2"])
            assert "要一把密钥" in (await probe(server.url("keyed"))).text
            wrong = await probe(server.url("keyed"), "k-wrong-but-long-enough")
            assert (wrong.reachable, "不认这把密钥" in wrong.text) == (True, True)
            assert (await probe(server.url("keyed"), "k-right-and-long-enough")).models
            page = await probe(server.url("page"))
            assert (page.reachable, page.models) == (False, ())
            assert "还没有一个模型" in (await probe(server.url("empty"))).text
            for url in ("http://example.com/v1", "https://u:p@example.com", "::", "http://127.0.0.1:9/v1"):
                nothing = await probe(url)
                assert not nothing.reachable
                assert nothing.text

    told(arun, story)


def draft(server: FakeServer, name: str = "我的", **more: Any) -> Draft:
    values: dict[str, Any] = {
        "name": name,
        "base_url": server.url("mine"),
        "models": (ModelSpec("m1", context=8000), ModelSpec("m2")),
        "billing": BillingClass.GRANT,
        "needs_key": True,
    }
    return Draft(**{**values, **more})


def test_saving_keeps_what_a_hand_has_added(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    async def story() -> None:
        async with core(tmp_path, server) as made:
            own = made.providers.endpoints
            ident = await own.save(draft(server))
            assert ident == "own"
            path = made.catalogue.sources[ident]
            added = path.read_text("utf-8") + '\n# by hand\n[quirks]\ndrop = ["top_p"]\n'
            path.write_text(added, "utf-8")
            await own.save(draft(server, "改了", provider=ident, models=(ModelSpec("m2"), ModelSpec("m3"))))
            spec = made.catalogue.spec(ident)
            assert spec is not None
            assert (spec.name.zh, [m.id for m in spec.models], spec.quirks.drop) == (
                "改了",
                ["m2", "m3"],
                ("top_p",),
            )
            assert "# by hand" in path.read_text("utf-8")
            assert {m.billing for m in spec.models} == {BillingClass.GRANT}
            second = await own.save(draft(server, "又一个"))
            assert second == "own_2"
            assert not made.keys.refs(ident)
            kept = await own.remove(ident)
            assert kept.exists()
            assert made.catalogue.spec(ident) is None

    told(arun, story)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "名字"),
        ({"name": "智谱"}, "智谱"),
        ({"models": ()}, "模型"),
        ({"base_url": "http://example.com"}, "加密"),
    ],
)
def test_what_cannot_be_saved(
    arun: Any, tmp_path: Path, server: FakeServer, change: dict[str, Any], words: str
) -> None:
    async def story() -> None:
        async with core(tmp_path, server) as made:
            with pytest.raises(KnownError) as caught:
                await made.providers.endpoints.save(draft(server, **change))
            assert words in str(caught.value)
            assert not (tmp_path / "providers").exists()

    told(arun, story)


def test_strange_names_make_sound_files(arun: Any, tmp_path: Path, server: FakeServer) -> None:
    async def story() -> None:
        async with core(tmp_path, server) as made:
            for name, kept in (
                ('a "quoted" \\ name', 'a "quoted" \\ name'),
                ("emoji 🚀 \x7f", "emoji 🚀"),
                ("tab\tname\n", "tab name"),
                ("# no comment", "# no comment"),
                ("x" * 200, "x" * 40),
            ):
                ident = await made.providers.endpoints.save(draft(server, name))
                spec = made.catalogue.spec(ident)
                assert spec is not None
                assert spec.name.zh == kept
            assert made.catalogue.problems == ()

    told(arun, story)
