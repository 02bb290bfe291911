"""Every row of the vendor tables, as the body that vendor would send."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from providers import classify
from providers.failures import FailureKind
from providers.rules import rules_of

DATA = Path(__file__).parent.parent / "data" / "errors"
FIVE = ("alibaba", "zhipu", "baidu", "tencent", "sensetime")


def rows(name: str) -> list[dict[str, Any]]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def ident(row: dict[str, Any]) -> str:
    return f"{row['provider']}-{row['http_status']}-{row['code']}-{str(row['message_example'])[:30]}"


def body_of(row: dict[str, Any], path: str) -> object:
    """The JSON in which the row's code lies at `path` and its words where that vendor puts them."""
    code, message = row["code"], row["message_example"]
    if path in ("-", "", "$"):
        return message
    if path.endswith("finish_reason"):
        return {"choices": [{"index": 0, "finish_reason": code, "delta": {"content": ""}}]}
    if path.endswith("FinishReason"):
        return {"Choices": [{"FinishReason": code, "Delta": {"Content": ""}}]}
    shapes: dict[str, object] = {
        "$.error.code": {"error": {"code": code, "message": message, "type": None}, "request_id": "r1"},
        "$.error.type": {"error": {"type": code, "message": message}},
        "$.error.message": {"error": {"message": message}},
        "$.error.innererror.code": {"error": {"message": message, "innererror": {"code": code}}},
        "$.error": {"error": code, "error_description": message} if code else {"error": message},
        "$.error_code": {"error_code": code, "error_msg": message},
        "$.error_type": {"error": message, "error_type": code},
        "$.code": {"code": code, "message": message, "data": None},
        "$.type": {"object": "error", "message": message, "type": code, "param": None, "code": 400},
        "$.message": {"message": message},
        "$.base_resp.status_code": {"base_resp": {"status_code": code, "status_msg": message}},
        "$.Response.Error.Code": {
            "Response": {"Error": {"Code": code, "Message": message}, "RequestId": "q"}
        },
        "$.ErrorMsg.Code": {"ErrorMsg": {"Code": code, "Msg": message}},
        "$.status": {"status": code, "error": message},
    }
    return shapes[path]


# What only a provider's own file can tell: on Azure this code is a rate.
NEEDS_A_FILE = {("azure_openai", "insufficient_quota")}


def missing_file(row: dict[str, Any]) -> bool:
    return (row["provider"], row["code"]) in NEEDS_A_FILE and not rules_of(row["provider"])


def cases(name: str) -> list[Any]:
    found: list[Any] = []
    for number, row in enumerate(rows(name)):
        for path in (row["code_path"] or "-").split(" | "):
            marks = [pytest.mark.xfail(reason="no provider file")] if missing_file(row) else []
            found.append(pytest.param(row, path, id=f"{number}-{ident(row)}-{path}", marks=marks))
    return found


def status_of(row: dict[str, Any]) -> int:
    return row["http_status"] or 400


@pytest.mark.parametrize(("row", "path"), cases("errors-seed.json"))
def test_every_row_of_the_five(row: dict[str, Any], path: str) -> None:
    headers = {"Retry-After": "12"} if str(row["retry_after"]).startswith("header") else {}
    body = body_of(row, path)
    for form in (body, json.dumps(body), json.dumps(body).encode()):
        failure = classify(row["provider"], status_of(row), headers, form)
        assert (failure.kind.value, failure.model_scoped) == (row["class"], row["model_scoped"])
        if row["code"] is not None:
            assert failure.code == str(row["code"])
        if isinstance(row["retry_after"], int):
            assert failure.retry_after == row["retry_after"]
        if headers and failure.kind is not FailureKind.AUTH:
            assert failure.retry_after == 12


@pytest.mark.parametrize(("row", "path"), cases("errors-others.json"))
def test_every_row_of_the_others(row: dict[str, Any], path: str) -> None:
    failure = classify(row["provider"], status_of(row), {}, body_of(row, path))
    assert failure.kind.value == row["class"]
    if row["model_scoped"]:
        assert failure.model_scoped


@dataclass(slots=True)
class Tally:
    """Rows of one provider: right and wrong by how sure their source is, and right without any rule."""

    sure: list[bool] = field(default_factory=list[bool])
    unsure: list[bool] = field(default_factory=list[bool])
    unknown: list[bool] = field(default_factory=list[bool])
    wrong: list[str] = field(default_factory=list[str])


def judged(row: dict[str, Any], path: str, provider: str) -> bool:
    failure = classify(provider, status_of(row), {}, body_of(row, path))
    return failure.kind.value == row["class"] and (failure.model_scoped or not row["model_scoped"])


def share(marks: list[bool]) -> str:
    return f"{sum(marks)}/{len(marks)}" if marks else "–"


def test_summary() -> None:
    """Right and wrong rows of each provider: `pytest tests/providers/test_classify_rows.py -s -k summary`.

    The last column classifies the same rows as if the vendor were unknown: what the families alone carry.
    """
    tallies: dict[str, Tally] = {}
    for name in ("errors-seed.json", "errors-others.json"):
        for row in rows(name):
            tally = tallies.setdefault(row["provider"], Tally())
            for path in (row["code_path"] or "-").split(" | "):
                right = judged(row, path, row["provider"])
                sure = row["confidence"] in ("documented", "observed")
                (tally.sure if sure else tally.unsure).append(right)
                tally.unknown.append(judged(row, path, "nobody"))
                if not right:
                    tally.wrong.append(ident(row) + (" (needs a file)" if missing_file(row) else ""))
    lines = [f"{'provider':16} {'documented':>11} {'third-party':>12} {'as unknown':>11}  wrong"]
    every = Tally()
    for t in tallies.values():
        every.sure += t.sure
        every.unsure += t.unsure
        every.unknown += t.unknown
    for provider, t in (*sorted(tallies.items()), ("all", every)):
        shares = f"{share(t.sure):>11} {share(t.unsure):>12} {share(t.unknown):>11}"
        lines.append(f"{provider:16} {shares}  {'; '.join(t.wrong)}".rstrip())
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert not [w for t in tallies.values() for w in t.wrong if not w.endswith("(needs a file)")]
    assert sum(every.unknown) >= 0.8 * len(every.unknown)
