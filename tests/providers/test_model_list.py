"""The lists of models providers give, and servers found on this computer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Endpoint
from providers.catalogue import load_catalogue
from providers.discovery import Found, discover
from providers.failures import Failure
from providers.model_list import models, read_models
from providers.rules import BUILTIN
from providers.spec import BillingClass, ModelSpec, ProviderSpec, Region, Words
from providers.wire import HttpWire
from tests.fakes.server import FakeServer, Reply, closed_port
from tests.providers.wiring import CATALOGUE, KEY, K, Runner

OLLAMA, VLLM = CATALOGUE.unlisted["ollama"], CATALOGUE.unlisted["vllm"]
TAGS = {
    "models": [
        {"name": "qwen3:8b", "model": "qwen3:8b", "size": 5, "details": {"family": "qwen3"}},
        {"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest"},
        {
            "name": "gpt-oss:120b-cloud",
            "remote_host": "https://ollama.com:443",
            "remote_model": "gpt-oss:120b",
        },
        {"name": "llava:7b", "capabilities": ["completion", "vision"]},
        {"name": "minilm", "capabilities": ["embedding"]},
    ]
}


def at(spec: ProviderSpec, url: str, **changes: Any) -> ProviderSpec:
    return replace(spec, regions=(Region("local", Words("本机", "Here"), url),), **changes)


def asked(server: FakeServer, arun: Runner, provider: str = "deepseek") -> Any:
    spec = CATALOGUE.providers[provider]

    async def ask() -> Any:
        wire = HttpWire(user_agent="Jieli/test")
        try:
            return await wire.models(Endpoint(spec, spec.models[0], server.url("p"), KEY))
        finally:
            await wire.aclose()

    return arun(ask())


def test_a_list(server: FakeServer, arun: Runner) -> None:
    rows = [
        {"id": "deepseek-flash", "object": "model"},
        {"id": "new-one", "context_length": 65536, "max_output_tokens": 8192},
        {"id": "new-one"},
        {"id": "text-embedding-4"},
        {"id": " "},
        {"id": 7},
        "plain",
        None,
    ]
    server.on("p", Reply.json({"object": "list", "data": rows}), path="/models")
    found = asked(server, arun)
    known = CATALOGUE.providers["deepseek"].models[0]
    assert found == (
        known,
        ModelSpec("new-one", 65536, 8192, BillingClass.PAID, uncertain=True),
        ModelSpec("text-embedding-4", billing=BillingClass.PAID, enabled=False, uncertain=True),
        ModelSpec("plain", billing=BillingClass.PAID, uncertain=True),
    )
    (seen,) = server.requests_for("p")
    assert (seen.method, seen.path, seen.key) == ("GET", "/p/v1/models", KEY)
    assert seen.headers["user-agent"] == "Jieli/test"


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply.error(401, {"error": {"message": "Incorrect API key provided"}}), K.AUTH, None),
        (Reply.error(404, {"error": {"message": "Not Found"}}), K.BAD_REQUEST, None),
        (Reply.error(502, "<html><title>502 Bad Gateway</title></html>"), K.TRANSIENT, None),
        (Reply.redirect("http://127.0.0.1:9/models"), K.BAD_REQUEST, None),
        (Reply.json({"error": {"message": "Insufficient Balance"}}), K.QUOTA_EXHAUSTED, None),
        (Reply.error(200, "<html><title>Login</title></html>"), K.BAD_REQUEST, None),
        (Reply.json({"data": {"id": "x"}}), K.TRANSIENT, "garbled"),
        (Reply.json({"data": [{"x": 1}]}), K.TRANSIENT, "garbled"),
        (Reply.json(7), K.TRANSIENT, "garbled"),
        (Reply.error(200, "{"), K.TRANSIENT, "garbled"),
        (Reply.flood(8 * 1024 * 1024, kind="application/json"), K.TRANSIENT, "garbled"),
        (Reply.models(["a"]).reset(after=0), K.NETWORK, "reset"),
        (Reply.models(["a"]).cut(after=0), K.NETWORK, "cut"),
    ],
)
def test_no_list(server: FakeServer, arun: Runner, reply: Reply, kind: K, code: str | None) -> None:
    server.on("p", reply, path="/models")
    found = asked(server, arun)
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert code is None or found.code == code
    assert len(server.requests) == 1


def test_an_odd_endpoint(arun: Runner) -> None:
    spec = CATALOGUE.providers["deepseek"]
    for url, code in (
        ("http://example.invalid", "plain_http"),
        (f"http://127.0.0.1:{closed_port()}", "refused"),
    ):
        found = arun(models(Endpoint(spec, spec.models[0], url, KEY)))
        assert (found.code, KEY in repr(found)) == (code, False)
    found = arun(models(Endpoint(spec, spec.models[0], "http://127.0.0.1:1", "sk-密钥")))
    assert (found.kind, found.code) == (K.AUTH, "key_characters")


def test_silence_ends(server: FakeServer, arun: Runner) -> None:
    server.on("p", Reply.models(["a"]).stalled(after=0), path="/models")
    spec = CATALOGUE.providers["deepseek"]
    found = arun(models(Endpoint(spec, spec.models[0], server.url("p"), KEY), seconds=0.05))
    assert (found.kind, found.code) == (K.NETWORK, "timeout")


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "models", "id", "name", "object", "type"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_json(value: object) -> None:
    for spec in (OLLAMA, VLLM):
        found = read_models(spec, value)
        assert found is None or all(m.id.strip() for m in found)


# -- on this computer -------------------------------------------------------------------------------


def test_servers_on_this_computer(server: FakeServer, arun: Runner) -> None:
    server.on("ollama", Reply.json(TAGS), path="/api/tags")
    server.on(
        "vllm", Reply.json({"object": "list", "data": [{"id": "m", "max_model_len": 32768}]}), path="/models"
    )
    server.on("llama", Reply.json({"object": "list", "data": None}), path="/models")
    server.on("web", Reply.error(200, "<html><title>My site</title></html>"), path="/models")
    server.on("other", Reply.json({"hello": "world"}), path="/models")
    server.on("locked", Reply.error(401, {"error": "Unauthorized"}), path="/models")
    server.on("slow", Reply.models(["a"]).stalled(), path="/models")
    named = f"http://localhost:{server.port}/ollama"
    local = [at(replace(VLLM, id=name), server.url(name)) for name in ("web", "other", "locked", "slow")]
    specs = [
        at(OLLAMA, named),
        *local,
        at(VLLM, server.url("vllm")),
        at(replace(VLLM, id="llama"), server.url("llama")),
        at(replace(VLLM, id="closed"), f"http://127.0.0.1:{closed_port()}/v1"),
        CATALOGUE.providers["practice_a"],
        CATALOGUE.providers["deepseek"],
    ]
    found = arun(discover(specs, timeout=0.5))
    assert [(f.provider, f.base_url) for f in found] == [
        ("ollama", named),
        ("vllm", server.url("vllm")),
        ("llama", server.url("llama")),
    ]
    assert found[0].models == (
        ModelSpec("qwen3:8b", billing=BillingClass.FREE, uncertain=True),
        ModelSpec("nomic-embed-text:latest", billing=BillingClass.FREE, enabled=False, uncertain=True),
        ModelSpec("gpt-oss:120b-cloud", billing=BillingClass.PAID, enabled=False, uncertain=True),
        ModelSpec("llava:7b", billing=BillingClass.FREE, vision=True, uncertain=True),
        ModelSpec("minilm", billing=BillingClass.FREE, enabled=False, uncertain=True),
    )
    assert found[1].models == (ModelSpec("m", 32768, billing=BillingClass.FREE, uncertain=True),)
    assert found[2].models == ()
    assert all(request.key is None for request in server.requests)


def test_nobody_beyond_this_computer_is_asked(arun: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    # The fixture `loopback_only` fails a test that looks up or connects to anything else.
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.invalid:1")
    away = (
        "http://10.0.0.1:1",
        "https://example.com/v1",
        "http://localhost.example.com",
        "https://localhost:1",
    )
    assert arun(discover([at(VLLM, url) for url in away])) == []
    assert (
        arun(discover([at(VLLM, "http://10.0.0.1:1"), at(VLLM, f"http://127.0.0.1:{closed_port()}")])) == []
    )
    assert arun(discover([])) == []


def test_built_in_places() -> None:
    local = [s for s in CATALOGUE.unlisted.values() if s.local]
    assert {s.id: s.base_url for s in local} == {
        "ollama": "http://127.0.0.1:11434",
        "lmstudio": "http://127.0.0.1:1234/v1",
        "llama_cpp": "http://127.0.0.1:8080/v1",
        "vllm": "http://127.0.0.1:8000/v1",
    }
    assert {(s.auth, s.models) for s in local} == {("none", ())}


def test_found_models_make_a_provider() -> None:
    catalogue = load_catalogue(BUILTIN)
    found = Found("ollama", "http://127.0.0.1:11434", (ModelSpec("a"), ModelSpec("a"), ModelSpec("b")))
    more = catalogue.with_models({found.provider: found.models, "deepseek": (ModelSpec("deepseek-flash"),)})
    assert [m.id for m in more.providers["ollama"].models] == ["a", "b"]
    assert "ollama" not in more.unlisted
    assert "ollama" not in catalogue.providers
    names = list(more.providers)
    assert names.index("openai") < names.index("ollama") < names.index("practice_a")
    assert more.providers["deepseek"] == catalogue.providers["deepseek"]
    assert more.order == catalogue.order
