"""Every row of the vendor tables, as the body that vendor would send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers import classify
from providers.failures import FailureKind

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


# No file of these two providers yet: Azure names deployments, OpenNMT translates and does not chat.
UNKNOWN = {("azure_openai", "insufficient_quota"), ("opennmt_py", "error")}


def cases(name: str) -> list[Any]:
    found: list[Any] = []
    for number, row in enumerate(rows(name)):
        for path in (row["code_path"] or "-").split(" | "):
            missed = (row["provider"], row["code"]) in UNKNOWN
            marks = [pytest.mark.xfail(reason="no provider file")] if missed else []
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
