"""One provider file: TOML in, a validated `ProviderSpec` out, or the exact place of what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from providers.catalogue_types import CatalogueProblem, Loaded, Origin
from providers.failures import FailureKind
from providers.spec import (
    BalanceSpec,
    BillingClass,
    ErrorRule,
    GrantSpec,
    ModelSpec,
    PriceSpec,
    ProviderSpec,
    Quirks,
    Region,
    Words,
)
from providers.toml_table import Invalid, Table
from providers.urls import check_base_url

_LARGEST = 1_000_000  # bytes; a provider file is a few kilobytes
_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_VERSION = re.compile(r"|[A-Za-z0-9][A-Za-z0-9.\-]{0,39}")
_PATH = re.compile(r"/[A-Za-z0-9_.\-/]{1,200}")
_WAY = re.compile(r"|[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*")
_LINE = re.compile(r"at line (\d+)")
DIALECTS = ("openai", "ollama", "azure", "practice")
_FIND_OUT = "{resource}"  # in a base URL: the user's own resource, to be filled in
NEUTRAL = "#616E69"


def read_file(path: Path, origin: Origin) -> Loaded | CatalogueProblem:
    """The provider of the file, or the first thing that is wrong with it."""
    try:
        if not path.is_file():
            # Reading a pipe would wait for ever.
            return CatalogueProblem(path, None, "unreadable", "not a file")
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        return CatalogueProblem(path, None, "unreadable", error.strerror or type(error).__name__)
    if len(raw) > _LARGEST:
        return CatalogueProblem(path, None, "too_large", str(path.stat().st_size))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return CatalogueProblem(path, line, "encoding", "UTF-8")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _LINE.search(str(error))
        return CatalogueProblem(path, int(found.group(1)) if found else None, "syntax", str(error)[:200])
    try:
        return _provider(Table(data), origin)
    except Invalid as problem:
        line = _line_of(text, problem.where)
        return CatalogueProblem(path, line, problem.reason, problem.detail[:200], problem.where)


def _provider(table: Table, origin: Origin) -> Loaded:
    provider_id = table.text("id", match=_ID)
    name = table.words("name")
    dialect = table.choice("dialect", DIALECTS, "openai")
    regions = tuple(_region(entry, dialect) for entry in table.tables("regions"))
    if not regions:
        raise Invalid("missing", "regions")
    # Nobody can list the models of somebody else's computer or account.
    own = table.flag("local") or dialect == "azure" or origin == "user"
    models = tuple(_model(entry) for entry in table.tables("models", optional=own))
    if not models and not own:
        raise Invalid("missing", "models")
    for where, names in (("regions", [r.id for r in regions]), ("models", [m.id for m in models])):
        _unique(where, names)
    checked = _date(table)
    grants = tuple(_grant(entry) for entry in table.tables("grants", optional=True))
    _unique("grants", [g.id for g in grants])
    known = {m.id for m in models}
    for index, grant in enumerate(grants):
        for model in grant.models:
            if model not in known:
                raise Invalid("unknown_model", f"grants[{index}].models", model)
    spec = ProviderSpec(
        id=provider_id,
        name=name,
        glyph=table.text("glyph", default=name.zh[:1]),
        colour=table.text("colour", default=NEUTRAL, match=_COLOUR),
        regions=regions,
        models=models,
        dialect=dialect,
        auth=cast(
            'Literal["bearer", "none", "api-key"]',
            table.choice("auth", ("bearer", "none", "api-key"), "bearer"),
        ),
        company=table.words("company", Words("", "")),
        console=_page(table, "console"),
        key_page=_page(table, "key_page"),
        key_pattern=table.regex("key_pattern"),
        timezone=table.text("timezone", default="Asia/Shanghai"),
        local=table.flag("local"),
        needs_real_name=table.flag("needs_real_name") if table.has("needs_real_name") else None,
        signup=table.words("signup", Words("", "")),
        grants=grants,
        rules=tuple(_rule(entry) for entry in table.tables("errors", optional=True)),
        quirks=_quirks(table.table("quirks")),
        first_byte=table.number("first_byte", low=0.1, high=3600.0),
        stall=table.number("stall", low=0.1, high=3600.0),
        checked=checked,
        origin=origin,
        balance=_balance(table.table("balance")),
        api_version=table.text("api_version", default="", match=_VERSION) or None,
    )
    order = table.number("order")
    table.close()
    return Loaded(spec, float("inf") if order is None else order)


def _region(table: Table, dialect: str) -> Region:
    url = table.text("base_url").rstrip("/")
    filled = url.replace(_FIND_OUT, "resource") if dialect == "azure" else url
    reason = None if dialect == "practice" else check_base_url(filled)
    if reason is not None:
        raise Invalid("bad_url", table.where("base_url"), f"{reason}: {url}")
    region = Region(table.text("id", match=_ID), table.words("name"), url, table.flag("overseas"))
    table.close()
    return region


def _model(table: Table) -> ModelSpec:
    model = ModelSpec(
        id=table.text("id"),
        context=table.whole("context", low=1),
        max_output=table.whole("max_output", low=1),
        billing=BillingClass(table.choice("billing", tuple(BillingClass), "paid")),
        vision=table.flag("vision"),
        tools=table.flag("tools"),
        thinking=cast(
            'Literal["no", "yes", "always"]', table.choice("thinking", ("no", "yes", "always"), "no")
        ),
        enabled=table.flag("enabled", default=True),
        uncertain=table.flag("uncertain"),
        name=table.text("name", default="") or None,
        source=table.text("source", default=""),
        checked=_date(table),
        price=_price(table.table("price")),
    )
    table.close()
    return model


def _price(table: Table | None) -> PriceSpec | None:
    """`price = { in = 0.8, out = 2, source = "…", checked = 2026-08-21 }`: yuan per million tokens."""
    if table is None:
        return None
    both = [table.number(name, low=0.0, high=100_000.0) for name in ("in", "out")]
    for name, value in zip(("in", "out"), both, strict=True):
        if value is None:
            raise Invalid("missing", table.where(name))
    price = PriceSpec(both[0] or 0.0, both[1] or 0.0, table.text("source", default=""), checked=_date(table))
    table.close()
    return price


def _grant(table: Table) -> GrantSpec:
    window = table.choice("window", ("once", "day", "hours", "month"), "once")
    hours = table.whole("hours", low=1)
    if (window == "hours") != (hours is not None):
        raise Invalid("missing" if hours is None else "bad_value", table.where("hours"), window)
    grant = GrantSpec(
        id=table.text("id", match=_ID),
        unit=cast('Literal["tokens", "calls"]', table.choice("unit", ("tokens", "calls"))),
        amount=table.whole("amount", low=1),
        window=cast('Literal["once", "day", "hours", "month"]', window),
        hours=hours,
        valid_days=table.whole("valid_days", low=1),
        scope=cast('Literal["account", "model"]', table.choice("scope", ("account", "model"), "account")),
        models=table.texts("models"),
        hard_stop=table.flag("hard_stop"),
        uncertain=table.flag("uncertain"),
        note=table.words("note", Words("", "")),
        source=table.text("source", default=""),
        checked=_date(table),
    )
    table.close()
    return grant


def _rule(table: Table) -> ErrorRule:
    rule = ErrorRule(
        kind=FailureKind(table.choice("kind", tuple(FailureKind))),
        status=table.wholes("status"),
        code=table.regex("code"),
        type=table.regex("type"),
        message=table.regex("message"),
        retry_after=table.number("retry_after", low=0.0, high=40 * 86_400.0),
        model_scoped=table.flag("model_scoped"),
        reset=cast(
            'Literal["none", "day", "month"]', table.choice("reset", ("none", "day", "month"), "none")
        ),
        hint=table.text("hint", default="") or None,
    )
    if not rule.status and rule.code is None and rule.type is None and rule.message is None:
        raise Invalid("missing", table.where("code"))
    _checked(table)
    table.close()
    return rule


def _balance(table: Table | None) -> BalanceSpec | None:
    if table is None:
        return None
    balance = BalanceSpec(
        path=table.text("path", match=_PATH),
        total=table.text("total", match=_WAY),
        method=cast('Literal["GET", "POST"]', table.choice("method", ("GET", "POST"), "GET")),
        items=table.text("items", default="", match=_WAY),
        granted=table.text("granted", default="", match=_WAY),
        paid=table.text("paid", default="", match=_WAY),
        currency_at=table.text("currency_at", default="", match=_WAY),
        available=table.text("available", default="", match=_WAY),
        currency=table.text("currency", default="CNY"),
        currency_overseas=table.text("currency_overseas", default=""),
        uncertain=table.flag("uncertain"),
        source=table.text("source", default=""),
        checked=_date(table),
        unit=cast(
            'Literal["money", "tokens", "calls"]', table.choice("unit", ("money", "tokens", "calls"), "money")
        ),
    )
    table.close()
    return balance


def _quirks(table: Table | None) -> Quirks:
    if table is None:
        return Quirks()
    finish = table.mapping("finish_failures")
    for reason, kind in finish.items():
        if kind not in tuple(FailureKind):
            raise Invalid("bad_value", table.where(f"finish_failures.{reason}"), str(kind))
    rename = table.mapping("rename")
    for source, target in rename.items():
        if not isinstance(target, str):
            raise Invalid("wrong_type", table.where(f"rename.{source}"), str(target))
    quirks = Quirks(
        temperature=table.bounds("temperature"),
        top_p=table.bounds("top_p"),
        drop=table.texts("drop"),
        rename=rename,
        stream_usage=table.flag("stream_usage", default=True),
        plain_content=table.flag("plain_content", default=True),
        merge_same_role=table.flag("merge_same_role"),
        thinking_on=table.mapping("thinking_on"),
        thinking_off=table.mapping("thinking_off"),
        prefix=table.flag("prefix"),
        prefix_message=table.mapping("prefix_message"),
        prefix_path=table.text("prefix_path", default="") or None,
        extra=table.mapping("extra"),
        finish_failures={reason: FailureKind(kind) for reason, kind in finish.items()},
        only=table.texts("only"),
        drop_models=_drop_models(table),
        system_first=table.flag("system_first"),
        prefix_models=table.regex("prefix_models"),
        prefix_field=table.text("prefix_field", default="") or None,
        prefix_extra=table.mapping("prefix_extra"),
        answer_models=_answer_models(table),
    )
    _checked(table)
    table.close()
    return quirks


def _drop_models(table: Table) -> dict[str, tuple[str, ...]]:
    inner = table.table("drop_models")
    if inner is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for pattern in table.mapping("drop_models"):
        _compiles(pattern, inner)
        found[pattern] = inner.texts(pattern)
    return found


def _answer_models(table: Table) -> dict[str, Mapping[str, Any]]:
    inner = table.table("answer_models")
    if inner is None:
        return {}
    found: dict[str, Mapping[str, Any]] = {}
    for pattern in table.mapping("answer_models"):
        _compiles(pattern, inner)
        found[pattern] = inner.mapping(pattern)
    return found


def _compiles(pattern: str, inner: Table) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise Invalid("bad_regex", inner.where(pattern), str(error)) from None


def _checked(table: Table) -> None:
    """Where the facts of a table come from: written for who maintains the file, checked, not kept."""
    table.text("source", default="")
    table.flag("uncertain")
    _date(table)


def _page(table: Table, name: str) -> str:
    url = table.text(name, default="")
    if url and not url.startswith("https://"):
        raise Invalid("bad_url", table.where(name), url)
    return url


def _date(table: Table) -> str:
    value: Any = table.take("checked")
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Invalid("bad_value", table.where("checked"), str(value)) from None


def _unique(where: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Invalid("duplicate", f"{where}[{index}].id", name)


def _line_of(text: str, where: str) -> int | None:
    """The line of `models[2].context`, or of the table it belongs to; None when it cannot be told."""
    found = re.fullmatch(r"(?:(\w+)(?:\[(\d+)\])?\.)?([\w.\-]+?)(?:\[\d+\])?", where)
    if not found:
        return None
    name, index, key = found.groups()
    lines = text.splitlines()
    start, end = 0, len(lines)
    if name:
        heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{re.escape(name)}\s*\]", line)]
        place = int(index or 0)
        if place < len(heads):
            start = heads[place]
        else:  # an inline table
            name, key = None, name
    for number in range(start + 1, end):
        if lines[number].lstrip().startswith("["):
            end = number
            break
    first = key.partition(".")[0]
    for number in range(start, end):
        if re.match(rf"\s*[\"']?{re.escape(first)}[\"']?\s*[.=]", lines[number]):
            return number + 1
    return start + 1 if name else None
