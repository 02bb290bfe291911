"""Every vendor's limits, renames, roles and toggles, seen in the bodies a real server received."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.base import ChatMessage, ChatRequest, Endpoint, ImagePart
from providers.spec import ModelSpec, Quirks
from tests.fakes.server import FakeServer, Reply
from tests.providers.wiring import CATALOGUE, KEY, Runner, collect

OPENAI = [p.id for p in CATALOGUE.providers.values() if p.dialect == "openai"]
USER = ChatMessage("user", "问")
ALL = ChatRequest((USER,), max_tokens=1_000, temperature=5.0, top_p=0.0)
EVERYTHING = {
    "frequency_penalty": 0.5, "presence_penalty": 0.5, "seed": 1, "user": "u", "logit_bias": {"1": 1},
    "stop": ["x"], "logprobs": True,
}  # fmt: skip


def target(provider: str, model: str | None = None, **quirks: Any) -> Endpoint:
    spec = CATALOGUE.providers[provider]
    found = spec.model(model) if model else spec.models[0]
    assert found is not None
    if quirks:
        spec = replace(spec, quirks=replace(spec.quirks, **quirks))
    return Endpoint(spec, found, "", KEY)


class Sent:
    """Sends a request to a played vendor and hands back the body it saw."""

    def __init__(self, server: FakeServer, arun: Runner) -> None:
        self.server = server
        self.arun = arun
        self.path = ""

    def __call__(self, to: Endpoint, request: ChatRequest) -> Any:
        self.server.on("v", Reply.stream(["好"]))
        base = self.server.url("v").removesuffix("/v1")
        _, failure = self.arun(collect(replace(to, base_url=base), request))
        assert failure is None
        seen = self.server.requests_for("v")[-1]
        self.path = seen.path.removeprefix("/v")
        return seen.json


@pytest.fixture
def sent(server: FakeServer, arun: Runner) -> Sent:
    return Sent(server, arun)


def roles(body: Any) -> list[str]:
    return [message["role"] for message in body["messages"]]


# Provider → what temperature 5 and top_p 0 become (None = not sent), and the name of the token cap.
RANGES = {
    "alibaba": (1.99, 0.01, "max_tokens"),  # [0, 2), (0, 1]
    "zhipu": (0.99, 0.01, "max_tokens"),  # (0, 1) both
    "baidu": (1.0, 0.0, "max_tokens"),
    "tencent": (2.0, 0.0, "max_tokens"),
    "sensetime": (2.0, 0.01, "max_tokens"),
    "modelscope": (5.0, 0.0, "max_tokens"),
    "siliconflow": (5.0, 0.0, "max_tokens"),
    "iflytek_spark": (5.0, 0.0, "max_tokens"),
    "volcengine_ark": (2.0, 0.0, "max_tokens"),
    "deepseek": (2.0, 0.0, "max_tokens"),
    "moonshot": (None, None, "max_completion_tokens"),
    "minimax": (1.0, 0.0, "max_completion_tokens"),
    "stepfun": (2.0, 0.0, "max_tokens"),
    "baichuan": (5.0, 0.0, "max_tokens"),
    "openai": (None, None, "max_completion_tokens"),
}


@pytest.mark.parametrize("provider", RANGES)
def test_ranges_and_the_name_of_the_cap(sent: Sent, provider: str) -> None:
    body = sent(target(provider), ALL)
    temperature, top_p, cap = RANGES[provider]
    assert (body.get("temperature"), body.get("top_p")) == (temperature, top_p)
    assert body[cap] == 1_000
    assert not {"max_tokens", "max_completion_tokens"} - {cap} & body.keys()


def test_open_intervals_stay_open_at_both_ends(sent: Sent) -> None:
    cold = replace(ALL, temperature=0.0, top_p=1.0)
    for provider, low, high in (("zhipu", 0.01, 0.99), ("minimax", 0.01, 1.0), ("alibaba", 0.0, 1.0)):
        body = sent(target(provider), cold)
        assert (body["temperature"], body["top_p"]) == (low, high)
    inside = replace(ALL, temperature=0.4, top_p=0.6)
    body = sent(target("zhipu"), inside)
    assert (body["temperature"], body["top_p"]) == (0.4, 0.6)


def test_a_model_outside_the_pattern_keeps_its_temperature(sent: Sent) -> None:
    spec = CATALOGUE.providers["openai"]
    older = Endpoint(spec, ModelSpec("gpt-4.1"), "", KEY)
    assert sent(older, ALL)["temperature"] == 5.0
    assert "temperature" not in sent(target("openai"), ALL)


@pytest.mark.parametrize(
    ("provider", "gone"),
    [
        ("sensetime", EVERYTHING.keys() - {"stop"}),
        ("tencent", {"frequency_penalty", "presence_penalty"}),
        ("alibaba", {"frequency_penalty"}),
        ("volcengine_ark", {"frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "stop"}),
        ("openai", {"frequency_penalty", "presence_penalty"}),
        ("deepseek", set[str]()),
    ],
)
def test_refused_fields_are_not_sent(sent: Sent, provider: str, gone: set[str]) -> None:
    body = sent(target(provider, extra=EVERYTHING), ALL)
    assert EVERYTHING.keys() - body.keys() == gone


def test_a_strict_vendor_gets_its_list_only(sent: Sent) -> None:
    body = sent(target("sensetime", extra={"novel": 1}), replace(ALL, thinking=True))
    assert set(body) == {
        "model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens",
        "reasoning_effort",
    }  # fmt: skip


WITHOUT_STREAM_OPTIONS = {"zhipu", "iflytek_spark", "baichuan"}


@pytest.mark.parametrize("provider", RANGES)
def test_stream_options_only_where_they_are_taken(sent: Sent, provider: str) -> None:
    body = sent(target(provider), ChatRequest((USER,)))
    assert body["stream"] is True
    assert ("stream_options" in body) == (provider not in WITHOUT_STREAM_OPTIONS)
    plain = sent(target(provider), replace(ALL, plain=True, thinking=True))
    assert set(plain) - set(CATALOGUE.providers[provider].quirks.extra) == {"model", "messages", "stream"}


THINKING: list[tuple[str, str | None, dict[str, Any], dict[str, Any]]] = [
    ("alibaba", "qwen3.8-max", {"enable_thinking": True}, {"enable_thinking": False}),
    ("zhipu", None, {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
    ("zhipu", "glm-5.3", {}, {}),  # always thinks
    ("baidu", "ernie-5.1", {"enable_thinking": True}, {"enable_thinking": False}),
    ("baidu", "ernie-4.5-turbo-32k", {}, {}),  # never does
    ("tencent", None, {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
    ("sensetime", None, {"reasoning_effort": "medium"}, {"reasoning_effort": "none"}),
    ("volcengine_ark", None, {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
    ("deepseek", None, {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
    ("moonshot", "kimi-k2.6", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
    ("minimax", "MiniMax-M3", {"thinking": {"type": "adaptive"}}, {"thinking": {"type": "disabled"}}),
    ("minimax", "MiniMax-M2.7", {}, {}),
    ("stepfun", None, {}, {}),
    ("siliconflow", None, {}, {}),
]
TOGGLES = {"thinking", "enable_thinking", "reasoning_effort", "thinking_budget"}


@pytest.mark.parametrize(("provider", "model", "on", "off"), THINKING)
def test_thinking_toggles(
    sent: Sent, provider: str, model: str | None, on: dict[str, Any], off: dict[str, Any]
) -> None:
    for wanted, fields in ((True, on), (False, off), (None, {})):
        body = sent(target(provider, model), replace(ALL, thinking=wanted))
        assert {k: v for k, v in body.items() if k in TOGGLES} == fields


def test_minimax_always_splits_thinking_from_the_answer(sent: Sent) -> None:
    for request in (ALL, replace(ALL, plain=True)):
        assert sent(target("minimax"), request)["reasoning_split"] is True


NATIVE: list[tuple[str, str | None, str, dict[str, Any], dict[str, Any]]] = [
    ("alibaba", "qwen-plus", "/chat/completions", {"partial": True}, {"enable_thinking": False}),
    ("alibaba", "qwen3.7-max", "/chat/completions", {"partial": True}, {"enable_thinking": False}),
    ("deepseek", None, "/beta/chat/completions", {"prefix": True}, {"thinking": {"type": "disabled"}}),
    ("moonshot", None, "/chat/completions", {"partial": True}, {"thinking": {"type": "disabled"}}),
]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("provider", "model", "path", "mark", "fields"), NATIVE)
def test_native_continuation(
    sent: Sent,
    provider: str,
    model: str | None,
    path: str,
    mark: dict[str, Any],
    fields: dict[str, Any],
    plain: bool,
) -> None:
    partial = "第一句。\n```py\nx ="
    to = target(provider, model)
    assert to.provider.quirks.continues(to.model)
    body = sent(to, ChatRequest((USER,), prefix=partial, thinking=False, plain=plain))
    assert sent.path == path
    assert body["messages"] == [
        {"role": "user", "content": "问"},
        {"role": "assistant", "content": partial, **mark},
    ]
    kept = to.provider.quirks.prefix_extra if plain else fields
    assert {k: v for k, v in body.items() if k in TOGGLES} == kept


def test_continuation_in_a_field_of_the_body(sent: Sent) -> None:
    body = sent(target("siliconflow"), ChatRequest((USER,), prefix="已经"))
    assert body["prefix"] == "已经"
    assert body["enable_thinking"] is False
    assert roles(body) == ["user"]
    other = target("siliconflow", "zai-org/GLM-5.2")
    assert not other.provider.quirks.continues(other.model)
    assert "prefix" not in sent(other, ChatRequest((USER,), prefix="已经"))


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("alibaba", "qwen-long"),
        ("alibaba", "qwen3.8-max"),
        ("zhipu", None),
        ("baidu", None),
        ("tencent", None),
        ("sensetime", None),
        ("volcengine_ark", None),
        ("minimax", None),
        ("stepfun", None),
        ("openai", None),
    ],
)
def test_no_native_continuation_where_none_is_documented(
    sent: Sent, provider: str, model: str | None
) -> None:
    to = target(provider, model)
    assert not to.provider.quirks.continues(to.model)
    body = sent(to, ChatRequest((USER,), prefix="已经"))
    assert roles(body) == ["user"]
    assert sent.path == "/chat/completions"


def test_a_model_that_always_thinks_is_not_continued() -> None:
    quirks = Quirks(prefix=True)
    assert quirks.continues(ModelSpec("m", thinking="yes"))
    assert not quirks.continues(ModelSpec("m", thinking="always"))


TALK = (
    ChatMessage("system", "甲"),
    ChatMessage("user", "一"),
    ChatMessage("user", "二"),
    ChatMessage("assistant", "三"),
    ChatMessage("assistant", "四"),
    ChatMessage("system", "乙"),
    ChatMessage("user", "五"),
)
MERGING = (
    "tencent",
    "deepseek",
    "moonshot",
    "siliconflow",
    "minimax",
    "modelscope",
    "baichuan",
    "iflytek_spark",
)


@pytest.mark.parametrize("provider", RANGES)
def test_roles(sent: Sent, provider: str) -> None:
    body = sent(target(provider), ChatRequest(TALK))
    assert set(roles(body)) <= {"system", "user", "assistant"}  # never `developer`
    text = "\n".join(message["content"] for message in body["messages"])
    assert all(part in text for part in "甲乙一二三四五")
    if provider in MERGING:
        assert all(a != b for a, b in zip(roles(body), roles(body)[1:], strict=False))
    else:
        assert len(body["messages"]) == len(TALK)


def test_one_system_message_ahead_then_user_and_assistant_in_turn(sent: Sent) -> None:
    body = sent(target("tencent"), ChatRequest(TALK))
    assert [(m["role"], m["content"]) for m in body["messages"]] == [
        ("system", "甲\n\n乙"),
        ("user", "一\n\n二"),
        ("assistant", "三\n\n四"),
        ("user", "五"),
    ]
    late = (ChatMessage("user", "一"), ChatMessage("system", "甲"), ChatMessage("user", "二"))
    body = sent(target("tencent"), ChatRequest(late))
    assert [(m["role"], m["content"]) for m in body["messages"]] == [("system", "甲"), ("user", "一\n\n二")]


PNG = ImagePart("image/png", b"\x89PNG\r\n\x1a\n")
SEEING = [p for p in RANGES if any(m.vision for m in CATALOGUE.providers[p].models)]


@pytest.mark.parametrize("provider", SEEING)
def test_pictures_and_plain_text_each_in_their_form(sent: Sent, provider: str) -> None:
    spec = CATALOGUE.providers[provider]
    model = next(m for m in spec.models if m.vision)
    history = (
        ChatMessage("user", "看", (PNG,)),
        ChatMessage("assistant", "一只猫"),
        ChatMessage("user", "再看"),
    )
    body = sent(Endpoint(spec, model, "", KEY), ChatRequest(history))
    first, _, last = (message["content"] for message in body["messages"])
    assert first[0] == {"type": "text", "text": "看"}
    assert first[1]["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgo="
    assert last == "再看"  # a string where there is no picture: text models refuse lists


def test_a_picture_without_words_and_lists_everywhere(sent: Sent) -> None:
    body = sent(target("zhipu", "glm-4.6v-flash"), ChatRequest((ChatMessage("user", "", (PNG,)),)))
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url"]
    body = sent(target("zhipu", plain_content=False), ChatRequest((USER,)))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "问"}]


def test_a_model_that_wants_a_field_on_past_answers_gets_it(sent: Sent) -> None:
    history = (USER, ChatMessage("assistant", "三"), ChatMessage("user", "五"))
    for model, keys in (
        ("hy3-preview", {"role", "content", "reasoning_content"}),
        ("hy3", {"role", "content"}),
    ):
        said = sent(target("tencent", model), ChatRequest(history))["messages"]
        assert [set(message) for message in said] == [{"role", "content"}, keys, {"role", "content"}]


@pytest.mark.parametrize("provider", ["vllm", "llama_cpp"])
def test_thinking_is_a_matter_of_the_template_at_local_servers(sent: Sent, provider: str) -> None:
    spec = CATALOGUE.spec(provider)
    assert spec is not None
    to = Endpoint(spec, ModelSpec("m", thinking="yes"), "")
    for wanted in (True, False):
        body = sent(to, replace(ALL, thinking=wanted))
        assert body["chat_template_kwargs"] == {"enable_thinking": wanted}
    assert "chat_template_kwargs" not in sent(to, ALL)


def test_every_table_covers_every_provider_file() -> None:
    # Local servers, routers and Azure have tests of their own.
    elsewhere = {"lmstudio", "llama_cpp", "vllm", "huggingface", "azure_openai", "ollama"}
    assert set(OPENAI) - elsewhere == set(RANGES)


def test_the_cap_of_the_model_holds_after_renaming(sent: Sent) -> None:
    body = sent(target("minimax"), replace(ALL, max_tokens=10**9))
    assert body["max_completion_tokens"] == 128_000
