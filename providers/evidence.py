"""Reads whatever a vendor sent as an error body and collects its codes, types and words.

A body may be JSON of many shapes, JSON inside JSON, an event stream, HTML, plain text, or bytes in the wrong
encoding; nothing here raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

_BYTES = 256 * 1024
_STRING = 2_000
_NODES = 300
_DEPTH = 7

_CODE = frozenset({"code", "errorcode", "errcode", "statuscode", "errno", "errorno", "retcode", "resultcode",
                   "bizcode", "subcode", "upstreamcode", "err"})  # fmt: skip
_TYPE = frozenset({"type", "errortype", "status", "reason", "exception", "category"})
_TEXT = frozenset({"message", "msg", "errormsg", "errmsg", "errormessage", "detail", "details", "description",
                   "errordescription", "statusmsg", "messagezh", "messagecn", "messageen", "title", "info",
                   "errorinfo", "cause", "error", "raw", "response", "userfacingmessage",
                   "quotaid"})  # fmt: skip
_FIRST = ("error", "errors", "baseresp", "errormsg", "err", "fault", "exception", "errorinfo")
_LAST = ("response", "detail", "details", "innererror", "data", "metadata", "result", "output", "header",
         "raw", "cause", "message", "body", "violations",
         "responsemetadata", "errordetail", "meta")  # fmt: skip
_WAIT = frozenset({"retryafter", "retrydelay", "retryafterms", "retryafterseconds", "retryin"})
_FINE = frozenset({"0", "00000", "200", "20000", "ok", "success", "succeed", "succeeded", "none", "null", ""})
_FINISHED = frozenset({"", "stop", "length", "tool_calls", "function_call", "eos", "end_turn", "max_tokens",
                       "stop_sequence", "null", "normal", "eos_token"})  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{2,80}")
_BRACKETS = re.compile(r"[(\[（【]\s*(?:code\s*[:=]\s*)?(\d{3,7})\s*[)\]）】]\s*\.?$", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<(?:title|h1|h2)\b[^>]*>(.*?)</", re.IGNORECASE | re.DOTALL)
_CODE_TAG = re.compile(r"<code>([^<]{1,120})</code>", re.IGNORECASE)
_MESSAGE_TAG = re.compile(r"<message>([^<]{1,2000})</message>", re.IGNORECASE)


@dataclass(slots=True)
class Evidence:
    """What an answer says: `codes`, `types` and `messages` in the order of trust, without doubles.

    `finish` is a `finish_reason` that is not an ordinary end. `waits` are raw retry hints out of the JSON.
    `html` = the body is a web page; its `messages` are the headings only. `refused` = it says
    `"status": "error"`.
    """

    codes: list[str] = field(default_factory=list[str])
    types: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])
    waits: list[str] = field(default_factory=list[str])
    finish: str | None = None
    html: bool = False
    refused: bool = False
    empty: bool = False

    @property
    def text(self) -> str:
        """All words in one string, bounded."""
        return " \n".join(self.messages)[:6_000]

    @property
    def code(self) -> str | None:
        """The vendor's code as it should be shown."""
        for value in (*self.codes, *self.types):
            return value[:120]
        return None


def read(body: object) -> Evidence:
    """Everything `body` tells about an error."""
    evidence = Evidence()
    value, text = _parse(body)
    if value is None:
        text = text.strip()
        if not text:
            evidence.empty = True
        elif text.startswith("<?xml") and _CODE_TAG.search(text[:4_000]):
            _read_xml(evidence, text[:20_000])
        elif _is_html(text):
            evidence.html = True
            heads = [_plain(m.group(1)) for m in _TITLE.finditer(text[:20_000])]
            evidence.messages.extend(dict.fromkeys(h for h in heads if h))
            rest = _plain(text[:20_000])[:600]
            if rest:
                evidence.messages.append(rest)
        else:
            evidence.messages.append(text[:_STRING])
            _inside(evidence, text, [_NODES])
        return evidence
    _walk(evidence, value, 0, [_NODES])
    for reason in _finish_reasons(value):
        if reason.lower() not in _FINISHED:
            evidence.finish = reason[:120]
    for message in evidence.messages:
        found = _BRACKETS.search(message)
        if found:
            _add(evidence.codes, found.group(1))
    return evidence


def _read_xml(evidence: Evidence, text: str) -> None:
    """The `<Code>` and `<Message>` of an object store or gateway, without a parser to attack."""
    for found in _CODE_TAG.finditer(text):
        _code(evidence, _plain(found.group(1)))
    for found in _MESSAGE_TAG.finditer(text):
        _add(evidence.messages, _plain(found.group(1))[:_STRING])


def _parse(body: object) -> tuple[object, str]:
    """`(value, "")` for JSON, `(None, text)` for everything else."""
    if isinstance(body, Mapping) or (
        isinstance(body, Sequence) and not isinstance(body, (str, bytes, bytearray))
    ):
        return cast("object", body), ""
    if isinstance(body, memoryview):
        body = body.tobytes()
    if isinstance(body, (bytes, bytearray)):
        raw = bytes(body[:_BYTES])
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = raw.decode("gb18030")
            except UnicodeDecodeError:
                text = raw.decode("utf-8", "replace")
    elif isinstance(body, str):
        text = body[:_BYTES]
    elif isinstance(body, (int, float)) and not isinstance(body, bool):
        text = str(body)
    else:
        return None, ""
    text = text.lstrip("\ufeff").strip()
    if text[:1] in ("{", "[", '"'):
        value = _loads(text)
        if value is not None:
            return value, ""
    return _from_lines(text), text


def _from_lines(text: str) -> object:
    """The error object among the `data:` lines of an event stream or bare JSON lines, else None."""
    if "{" not in text or _is_html(text):
        return None
    best: object = None
    for raw in text.splitlines()[:2_000]:
        line = raw.strip().removeprefix("data:").removeprefix("error:").strip()
        if line.startswith("{"):
            value = _loads(line)
            if value is not None and (best is None or looks_like_error(value)):
                best = value
    return best


def looks_like_error(value: object) -> bool:
    """Whether a JSON value of a 200 answer or an event says that something failed."""
    if isinstance(value, str):
        return False
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        items = cast("Sequence[object]", value)
        return bool(items) and looks_like_error(items[0])
    if not isinstance(value, Mapping):
        return False
    data = {_key(k): v for k, v in list(cast("Mapping[object, object]", value).items())[:200]}
    if (
        data.get("error")
        or data.get("errors")
        or data.get("fault")
        or isinstance(data.get("errormsg"), Mapping)
    ):
        return True
    response = data.get("response")
    if isinstance(response, Mapping) and looks_like_error(cast("object", response)):
        return True
    base = data.get("baseresp")
    if isinstance(base, Mapping) and not _fine(cast("Mapping[str, object]", base).get("status_code")):
        return True
    if any(r.lower() not in _FINISHED for r in _finish_reasons(cast("object", value))):
        return True
    if data.get("object") == "error" or data.get("type") == "error" or data.get("status") == "error":
        return True
    if data.get("choices") or data.get("result"):
        return False
    codes = [data[name] for name in ("errorcode", "errcode", "errno", "code") if data.get(name) is not None]
    if codes:
        return not all(_fine(code) for code in codes)
    return not {"choices", "usage", "id", "object", "data"} & data.keys() and any(
        isinstance(data.get(name), (str, list)) and data.get(name) for name in ("detail", "message", "msg")
    )


def _fine(code: object) -> bool:
    if isinstance(code, (Mapping, Sequence)) and not isinstance(code, str):
        return True
    return code is None or str(code).strip().lower() in _FINE


def _finish_reasons(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    data = cast("Mapping[str, object]", value)
    for name in ("choices", "Choices"):
        choices = data.get(name)
        if isinstance(choices, Sequence) and choices and not isinstance(choices, (str, bytes)):
            first = cast("Sequence[object]", choices)[0]
            if isinstance(first, Mapping):
                entry = cast("Mapping[str, object]", first)
                reason = entry.get("finish_reason", entry.get("FinishReason"))
                if isinstance(reason, str):
                    yield reason


def _walk(evidence: Evidence, value: object, depth: int, budget: list[int]) -> None:
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEPTH:
        return
    if isinstance(value, str):
        if value.strip():
            _add(evidence.messages, value.strip()[:_STRING])
            _inside(evidence, value, budget)
        return
    if isinstance(value, Mapping):
        _walk_mapping(evidence, cast("Mapping[object, object]", value), depth, budget)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        for item in cast("Sequence[object]", value)[:8]:
            _walk(evidence, item, depth + 1, budget)


def _walk_mapping(evidence: Evidence, value: Mapping[object, object], depth: int, budget: list[int]) -> None:
    data: dict[str, object] = {}
    for key, entry in list(value.items())[:200]:
        data.setdefault(_key(key), entry)
    for name in _FIRST:
        if isinstance(data.get(name), (Mapping, list, tuple)):
            _walk(evidence, data[name], depth + 1, budget)
    for name, entry in data.items():
        if isinstance(entry, bool) or entry is None:
            continue
        if isinstance(entry, (int, float)):
            if name in _CODE:
                _code(evidence, _number(entry))
            elif name in _WAIT:
                evidence.waits.append(f"{name}={entry}")
        elif isinstance(entry, str):
            text = entry.strip()[:_STRING]
            if not text:
                continue
            if name in _CODE:
                _code(evidence, text)
            elif name in _TYPE:
                evidence.refused |= name == "status" and text.lower() == "error"
                if len(text) <= 120 and text.lower() not in _FINE:
                    _add(evidence.types, text)
            elif name in _WAIT:
                evidence.waits.append(f"{name}={text}")
            elif name in _TEXT:
                if name == "error" and _NAME.fullmatch(text) and ("_" in text or not text.islower()):
                    _add(evidence.codes, text)
                _add(evidence.messages, text)
                _inside(evidence, text, budget, depth)
    for name in _LAST:
        if isinstance(data.get(name), (Mapping, list, tuple)):
            _walk(evidence, data[name], depth + 1, budget)


def _inside(evidence: Evidence, text: str, budget: list[int], depth: int = 0) -> None:
    """Errors of the vendor behind a gateway travel as JSON inside the message."""
    start = text.find("{")
    if start < 0 or '"' not in text or depth > 3:
        return
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start : start + 20_000])
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        _walk(evidence, cast("object", value), depth + 3, budget)


def _code(evidence: Evidence, text: str) -> None:
    if text.lower() in _FINE:
        return
    if len(text) <= 120:
        _add(evidence.codes, text)
    else:
        _add(evidence.messages, text)


def _number(value: float) -> str:
    try:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    except ValueError:  # integers of thousands of digits
        return ""


def _add(into: list[str], text: str) -> None:
    if text not in into and len(into) < 12:
        into.append(text)


def _key(key: object) -> str:
    return key[:60].replace("_", "").replace("-", "").lower() if isinstance(key, str) else ""


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_html(text: str) -> bool:
    head = text[:300].lstrip().lower()
    return head.startswith(("<!doctype", "<html", "<head", "<body", "<center", "<h1", "<title", "<?xml"))


def _plain(markup: str) -> str:
    import html  # its table of entities is large, and pages are rare

    return " ".join(html.unescape(_TAGS.sub(" ", markup)).split())
