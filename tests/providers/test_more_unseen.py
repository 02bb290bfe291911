"""Errors no vendor table we were given lists, one a line of `tests/data/errors/unseen.jsonl`.

A line is `[provider, status, kind, body, more]`; `more` may say `scoped`, `wait` (seconds), `reset` and the
`headers` that came along. Bodies are JSON as vendors send it, or text: both languages, codes or words alone,
numbers as text and as numbers, nested, XML, event streams; `nobody` is a vendor without a file. Sources: the
vendors' error pages and SDKs, gateways in common use, and clients' bug reports; words are ours where a page
gives a code only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers import classify

FILE = Path(__file__).parent.parent / "data" / "errors" / "unseen.jsonl"
ROWS: list[list[Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def expected(kind: str, more: dict[str, Any]) -> dict[str, Any]:
    names = {"scoped": "model_scoped", "wait": "retry_after", "reset": "reset"}
    return {"kind": kind} | {names[k]: v for k, v in more.items() if k in names}


@pytest.mark.parametrize("provider", sorted({row[0] for row in ROWS}))
def test_unseen(provider: str) -> None:
    """All rows of one provider at once, so that a failure lists every row it gets wrong."""
    wrong: list[str] = []
    for name, status, kind, body, more in ROWS:
        if name != provider:
            continue
        forms = [body, json.dumps(body, ensure_ascii=False).encode()] if isinstance(body, dict) else [body]
        want = expected(kind, more)
        for form in forms:
            failure = classify(name, status, more.get("headers", {}), form)
            found = {key: getattr(failure, key) for key in want} | {"kind": failure.kind.value}
            if found != want:
                wrong.append(f"{status} {str(body)[:120]}: {found} instead of {want}")
                break
    assert not wrong, "\n".join(wrong)


def test_the_rows_are_many_and_different() -> None:
    assert len({json.dumps(row) for row in ROWS}) == len(ROWS) >= 600
    assert len({row[0] for row in ROWS}) >= 20
