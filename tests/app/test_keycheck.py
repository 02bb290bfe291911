"""A check tells apart, over sockets, what can be wrong with a key at several vendors, in both languages."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from app import i18n
from app.directory import Directory
from app.domain import KeyRef, ProviderSpec
from app.keycheck import KeyCheck, KeyChecks
from providers import wire as wire_module
from providers.catalogue import load_catalogue
from providers.catalogue_types import Catalogue
from providers.wire import HttpWire
from tests.app.keychains import Keychain, service
from tests.fakes.server import FakeServer, Reply, closed_port

ROOT = Path(__file__).resolve().parents[2]
BUILTIN = load_catalogue(ROOT / "resources" / "providers")
SK = "sk-" + "0123456789abcdef" * 2
ZHIPU = "0123456789abcdef" * 2 + "." + "AbCdEfGh12345678"
FINE = Reply.stream(["好"], usage=(3, 1))


@dataclass
class Settings:
    """Nothing chosen by the user."""

    chain: Sequence[str] = ()
    endpoints: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    providers_off: Sequence[str] = ()
    chains: Mapping[str, Sequence[str]] = field(default_factory=dict)
    models: dict[str, bool] = field(default_factory=dict)
    billing: dict[str, str] = field(default_factory=dict)


def error(status: int, code: object = None, message: str = "", type_: str | None = None) -> Reply:
    return Reply.error(status, {"error": {"code": code, "message": message, "type": type_}})


def local(spec: ProviderSpec, server: FakeServer) -> ProviderSpec:
    """The provider with each of its regions played by the server, as `<provider>-<region>`."""
    regions = tuple(replace(r, base_url=server.url(f"{spec.id}-{r.id}")) for r in spec.regions)
    return replace(spec, regions=regions)


def check(arun, tmp_path: Path, specs: Sequence[ProviderSpec], provider: str, secret: str, **options: Any):
    """Check a key as the window does; also what was stored and which keys the relay may try again."""
    catalogue = Catalogue({spec.id: spec for spec in specs})
    settings = options.get("settings", Settings())
    directory = Directory(catalogue, settings, endpoints=options.get("endpoints", {}))

    async def main() -> tuple[KeyCheck, Any, list[KeyRef]]:
        forgotten: list[KeyRef] = []
        wire = HttpWire(proxy=options.get("proxy", "none"))
        async with service(tmp_path, Keychain()) as (keys, _):
            made = await keys.add(provider, secret)
            checks = KeyChecks(
                wire=wire,
                directory=directory,
                keys=keys,
                forget_auth=forgotten.append,
                specs=lambda: tuple(specs),
            )
            try:
                found = await checks.check(KeyRef(made.id, provider))
            finally:
                await wire.aclose()
            assert checks.last(made.id) == found
            return found, keys.record(made.id), forgotten

    return arun(main())


# What it comes to, what to do, a word of the sentence in each language; then vendors and their answers.
KINDS = [
    (
        ("wrong_key", "replace_key", "不", "n't"),
        ("zhipu", error(401, "1001", "Header中未收到Authentication参数")),
        ("deepseek", error(401, None, "Authentication Fails", "authentication_error")),
        ("baidu", error(401, "invalid_iam_token", "Invalid token")),
        ("alibaba", error(401, "invalid_api_key", "Incorrect API key provided.")),
    ),
    (
        ("not_activated", "open_console", "开通", "Activate"),
        ("alibaba", error(403, "AccessDenied.Unpurchased", "Access to model denied.")),
        ("volcengine_ark", error(403, "OperationDenied.ServiceNotOpen", "not open")),
    ),
    (
        ("model_not_activated", "open_console", "控制台", "console"),
        ("volcengine_ark", error(404, "ModelNotOpen", "Your account has not activated the model")),
        ("zhipu", error(403, "1220", "您无权访问该模型")),
        ("tencent", error(402, "401007", "no resource pack")),
    ),
    (
        ("real_name", "open_console", "实名", "real-name"),
        ("siliconflow", error(403, 30011, "model needs real-name verification")),
        ("modelscope", error(401, None, "请先完成实名认证后再调用")),
    ),
    (
        ("arrears", "open_console", "余额", "balance"),
        ("alibaba", error(400, "Arrearage", "Access denied, account is not in good standing.")),
        ("deepseek", error(402, None, "Insufficient Balance")),
        ("siliconflow", error(403, 30001, "Sorry, your account balance is insufficient")),
        ("moonshot", error(429, None, "account suspended, check billing", "exceeded_current_quota_error")),
        ("minimax", Reply.json({"base_resp": {"status_code": 1008, "status_msg": "no money"}})),
    ),
    (
        ("used_up", "open_console", "用完", "used up"),
        ("alibaba", error(403, "AllocationQuota.FreeTierOnly", "The free tier has been exhausted.")),
        ("tencent", error(402, "401008", "trial exhausted")),
        ("modelscope", error(429, None, "You have exceeded today's quota for model X, try tomorrow")),
    ),
    (
        ("ip", "open_console", "IP", "IP"),
        ("tencent", error(403, "403005", "ip not allowed")),
        ("stepfun", error(403, None, "Your IP address is not in the allow list")),
    ),
    (
        ("rate_limited", "check_again", "密钥是对的", "key itself is right"),
        ("zhipu", error(429, "1302", "您当前使用该API的并发数过高")),
        ("stepfun", error(429, "rate_limit_exceeded", "too many requests")),
    ),
    (("busy", "check_again", "临时出错", "passing fault"), ("zhipu", error(503, None, "overloaded"))),
    (
        ("region_blocked", "", "地区", "region"),
        ("openai", error(403, "unsupported_country_region_territory", "Country not supported")),
    ),
    (
        ("address", "edit_address", "网页", "web page"),
        ("stepfun", Reply.error(200, "<html><title>Login</title></html>")),
    ),
]
CASES = [(provider, reply, *meant) for meant, *answers in KINDS for provider, reply in answers]


@pytest.mark.parametrize(
    ("provider", "reply", "found", "action", "zh", "en"),
    CASES,
    ids=[f"{case[0]}-{case[2]}-{n}" for n, case in enumerate(CASES)],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_trouble_has_its_sentence_and_one_next_step(
    arun, tmp_path: Path, server: FakeServer, provider, reply, found, action, zh, en, language
) -> None:
    i18n.set_language(language)
    spec = local(BUILTIN.providers[provider], server)
    for region in spec.regions:
        server.on(f"{provider}-{region.id}", reply)
    overseas = {provider: spec.regions[0].id} if spec.regions[0].overseas else {}
    told, record, forgotten = check(arun, tmp_path, [spec], provider, SK, settings=Settings(regions=overseas))
    assert told.finding == found
    assert (told.step.action if told.step else "") == action
    assert (zh if language == "zh" else en) in told.text
    assert told.text.rstrip().endswith(("。", "）", ".", ")"))
    assert SK not in told.text + told.words
    assert record.check_kind == told.kind
    assert bool(forgotten) == told.usable
    if found not in ("address",):
        assert told.words, "the vendor's own words are one click away"


def test_a_key_of_another_region_is_told_and_can_be_switched(
    arun, tmp_path: Path, server: FakeServer
) -> None:
    refused = error(401, "1001", "no")
    zhipu = local(BUILTIN.providers["zhipu"], server)
    server.on("zhipu-china", refused)
    server.on("zhipu-overseas", FINE)
    told, record, _ = check(arun, tmp_path, [zhipu], "zhipu", ZHIPU)
    assert (told.finding, told.kind) == ("other_region", "auth")
    assert told.step is not None
    assert (told.step.action, told.step.argument, told.step.text) == (
        "switch_region",
        "overseas",
        "换到海外（Z.ai 密钥）",
    )
    assert "海外" in told.text
    assert record.check_hint == "key_other_region"
    # An answer that is about something else than the key also says whose region it is.
    server.on("zhipu-overseas", error(429, "1113", "余额不足"))
    told, _, _ = check(arun, tmp_path / "2", [zhipu], "zhipu", ZHIPU)
    assert told.finding == "other_region"
    # One that cannot be reached says nothing.
    server.on("zhipu-overseas", error(503, None, "down"))
    told, _, _ = check(arun, tmp_path / "3", [zhipu], "zhipu", ZHIPU)
    assert told.finding == "wrong_key"


def test_a_key_for_an_address_of_the_users_own_goes_nowhere_else(
    arun, tmp_path: Path, server: FakeServer
) -> None:
    zhipu = local(BUILTIN.providers["zhipu"], server)
    server.on("own", error(401, "1001", "no"))
    server.on("zhipu-overseas", FINE)
    told, _, _ = check(arun, tmp_path, [zhipu], "zhipu", ZHIPU, endpoints={"zhipu": server.url("own")})
    assert told.finding == "wrong_key"
    assert {request.provider for request in server.requests} == {"own"}


def test_a_key_of_another_provider_is_named_and_not_sent_there(
    arun, tmp_path: Path, server: FakeServer
) -> None:
    specs = [local(BUILTIN.providers[name], server) for name in ("alibaba", "zhipu", "deepseek")]
    for region in ("beijing", "singapore"):
        server.on(f"alibaba-{region}", error(401, "invalid_api_key", "no"))
    told, _, _ = check(arun, tmp_path, specs, "alibaba", ZHIPU)
    assert told.finding == "other_provider"
    assert "智谱" in told.text
    assert told.step is not None
    assert (told.step.action, told.step.argument) == ("move_key", "zhipu")
    assert not [r for r in server.requests if r.provider.startswith(("zhipu", "deepseek"))]
    server.on("zhipu-china", error(401, "1001", "no"))
    server.on("zhipu-overseas", error(401, "1001", "no"))
    told, _, _ = check(arun, tmp_path / "2", specs, "zhipu", SK)
    assert told.finding == "other_provider"
    assert told.step is not None
    assert told.step.action == "replace_key", "two may be meant: the user says which"


def test_a_model_that_is_not_open_leaves_the_others(arun, tmp_path: Path, server: FakeServer) -> None:
    ark = local(BUILTIN.providers["volcengine_ark"], server)
    first, second = ark.models[0].id, ark.models[1].id
    server.on("volcengine_ark-china", error(404, "ModelNotOpen", "not activated"))
    server.on("volcengine_ark-china", FINE, model=second)
    told, record, forgotten = check(arun, tmp_path, [ark], "volcengine_ark", SK)
    assert (told.kind, told.finding, record.check_kind) == ("ok", "ok", "ok")
    assert second in told.text
    assert first in told.text
    assert "还没开通" in told.text
    assert forgotten


@pytest.mark.parametrize(
    ("trouble", "found", "action", "words"),
    [
        ("dns", "dns", "check_again", "DNS"),
        ("tls", "tls", "network_settings", "安全连接"),
        ("proxy", "proxy", "network_settings", "代理"),
        ("refused", "unreachable", "check_again", "没有接受连接"),
        ("silent", "timeout", "check_again", "太久"),
        ("reset", "unreachable", "check_again", "中断"),
    ],
)
def test_trouble_on_the_way_is_not_the_keys(
    arun, tmp_path: Path, server: FakeServer, monkeypatch, trouble, found, action, words
) -> None:
    monkeypatch.setattr(wire_module, "_CHECK_SECONDS", 0.4 if trouble == "silent" else 20.0)
    port = closed_port()
    plain = socket.create_server(("127.0.0.1", 0))
    talker = threading.Thread(target=_no_tls, args=(plain,), daemon=True)
    talker.start()
    url = {
        "tls": f"https://127.0.0.1:{plain.getsockname()[1]}/v1",
        "dns": "https://nobody-knows-this-name.invalid/v1",
        "refused": f"http://127.0.0.1:{port}/v1",
    }.get(trouble, server.url("zhipu"))
    server.on("zhipu", Reply.stream([]).stalled() if trouble == "silent" else Reply.stream([]).reset())
    proxy = "none"
    if trouble == "proxy":
        # A proxy is used for other computers only; this one is not there.
        url, proxy = "https://nobody-knows-this-name.invalid/v1", f"http://127.0.0.1:{port}"
    try:
        told, _, _ = check(
            arun,
            tmp_path,
            [BUILTIN.providers["zhipu"]],
            "zhipu",
            ZHIPU,
            endpoints={"zhipu": url},
            proxy=proxy,
        )
    finally:
        plain.shutdown(socket.SHUT_RDWR)
        plain.close()
        talker.join(5)
    assert (told.finding, told.kind) == (found, "network")
    assert told.step is not None
    assert told.step.action == action
    assert words in told.text


def _no_tls(listening: socket.socket) -> None:
    """Answers whoever comes in plain text, as a port that knows no TLS does."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
