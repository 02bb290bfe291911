"""Every provider of the catalogue × every fault, over sockets: the events are those the design asks for.

`pytest tests/providers/test_fault_matrix.py -s -k table` prints the matrix.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from functools import cache

import pytest

from app.relay.events import Attempt, Delta, Done, Exhausted, Failed, RelayEvent, Switch
from app.relay.health import RATE_LADDER
from providers.wire import HttpWire
from tests.fakes.server import FakeServer
from tests.providers.faults import FAULTS, SPECS, Fault, Played, play

Matrix = dict[tuple[str, str], Played]


@cache
def matrix() -> Matrix:
    """Every cell, played once: the providers of a fault side by side."""

    async def run() -> Matrix:
        found: Matrix = {}
        async with FakeServer() as server:
            for name in FAULTS:
                wire = HttpWire(user_agent="Jieli/test", proxy="none")
                try:
                    cells = await asyncio.gather(*(play(server, wire, spec, name) for spec in SPECS.values()))
                    found.update({(p, name): cell for p, cell in zip(SPECS, cells, strict=True)})
                finally:
                    await wire.aclose()
        return found

    return asyncio.run(run())


def wrong(provider: str, name: str, instead: str = "") -> list[str]:
    """What is not as it should be in one cell; with `instead`, as that other fault should be."""
    fault, cell = FAULTS[instead or name], matrix()[provider, name]
    failed = [e for e in cell.events if isinstance(e, Failed)]
    tries = fault.tries or (1 if failed and failed[0].failure.retry_after else 2)
    first = f"{provider}:{cell.events[0].model}" if isinstance(cell.events[0], Attempt) else ""
    checks = {
        "kinds": {f.failure.kind.value for f in failed} == ({fault.kind} if fault.kind else set()),
        "code": fault.code is None or {f.failure.code for f in failed} == {fault.code},
        "tries": len(cell.asked) == tries,
        "events": folded(cell.events) == sequence(fault, first, cell, tries),
        "health": {row.state for row in cell.health} == ({fault.health} if fault.health else set()),
        "how long": all(rests(row.state, row.until, row.updated_at, name, failed) for row in cell.health),
        "the other": len(cell.other_asked) == (1 if fault.passes else 0),
        "partial": not fault.kept or any(fault.kept in told(r.body) for r in cell.other_asked),
        "words": all(0 < len(f.failure.message) <= 500 or f.failure.code or f.failure.hint or f.failure.status
                     for f in failed),
    }  # fmt: skip
    return [
        f"{what}: {list(map(brief, cell.events))} {cell.health}" for what, fine in checks.items() if not fine
    ]


def folded(events: tuple[RelayEvent, ...]) -> list[str]:
    """The events in words, pieces of text one after the other as one."""
    found: list[str] = []
    for event in events:
        if isinstance(event, Delta) and found and found[-1].startswith("text "):
            found[-1] += event.text
        else:
            found.append(brief(event))
    return found


def told(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False)


def brief(event: RelayEvent) -> str:
    match event:
        case Attempt(n=n, provider=provider):
            return f"attempt {n} {provider}"
        case Failed(n=n, failure=failure, partial=partial):
            return f"failed {n} {failure.kind} {partial}"
        case Switch(source=source, target=target, mode=mode):
            return f"switch {source.partition(':')[0]} {target.partition(':')[0]} {mode}"
        case Delta(text=text):
            return f"text {text}"
        case Done(provider=provider, text=text):
            return f"done {provider} {text}"
        case Exhausted(offline=offline):
            return f"exhausted {offline}"
        case _:
            return type(event).__name__


def sequence(fault: Fault, first: str, cell: Played, tries: int) -> list[str]:
    """The events the design asks for."""
    provider = first.partition(":")[0]
    if fault.kind is None:
        return [f"attempt 1 {provider}", "text 一二", f"done {provider} 一二"]
    expected: list[str] = []
    for n in range(1, tries + 1):
        expected.append(f"attempt {n} {provider}")
        expected += [f"text {fault.kept}"] if fault.kept else []
        expected.append(f"failed {n} {fault.kind} {len(fault.kept)}")
    if not fault.passes:
        return [*expected, "exhausted False"]
    mode = "continue" if fault.kept else "restart"
    expected += [f"switch {provider} {cell.other} {mode}", f"attempt {tries + 1} {cell.other}"]
    return [*expected, "text 接力", f"done {cell.other} {fault.kept}接力"]


def rests(state: str, until: float | None, since: float, name: str, failed: list[Failed]) -> bool:
    """A cooldown as long as the vendor asked for, else as the ladder says; a day for a region."""
    failure = failed[0].failure
    asked = None if failure.wait_usual else failure.retry_after
    match state:
        case "cooling":
            seconds = 7.0 if name == "rate 7 s" else asked or RATE_LADDER[0]
            return until is not None and abs(until - since - seconds) < 0.01
        case "blocked":
            return until is not None and abs(until - since - 86_400) < 0.01
        case "off":
            return until is None
        case _:
            return until is None or until > since


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str) -> None:
    """One fault at every provider."""
    found = {provider: wrong(provider, name) for provider in SPECS}
    assert not any(found.values()), {p: w for p, w in found.items() if w}


@pytest.mark.parametrize(("name", "instead"), list(itertools.pairwise(FAULTS)))
def test_a_cell_can_be_wrong(name: str, instead: str) -> None:
    """What one fault brings is not what its neighbour should; but for the places where they agree."""
    alike = {("rate", "rate 7 s"), ("empty 200", "reset"), ("500", "502 page"), ("502 page", "empty 200")}
    if (name, instead) not in alike:
        assert all(wrong(provider, name, instead) for provider in SPECS)


def test_every_provider_of_the_catalogue_is_there() -> None:
    assert len(SPECS) >= 20
    assert {"baidu", "alibaba", "tencent", "zhipu", "sensetime", "ollama", "azure_openai"} <= SPECS.keys()


def test_a_blocked_region_is_said_and_a_domestic_leg_answers() -> None:
    cell = matrix()["openai", "region"]
    failed = next(e for e in cell.events if isinstance(e, Failed))
    assert (failed.failure.hint, failed.failure.code) == ("region", "unsupported_country_region_territory")
    done = cell.events[-1]
    assert isinstance(done, Done) and done.provider == "zhipu"


def test_table() -> None:
    """The matrix: kind of failure, state kept, requests at the faulty vendor; `!` = not as it should be."""
    short = {"rate_limited": "rate", "quota_exhausted": "quota", "context_too_long": "long",
             "content_blocked": "content", "bad_request": "bad", "region_blocked": "region"}  # fmt: skip
    out = [f"{'':14}" + "".join(f"{name:>17}" for name in FAULTS)]
    for provider in SPECS:
        line = f"{provider:14}"
        for name in FAULTS:
            cell = matrix()[provider, name]
            failed = [e for e in cell.events if isinstance(e, Failed)]
            kind = failed[-1].failure.kind.value if failed else "none"
            state = cell.health[0].state if cell.health else "-"
            mark = "!" if wrong(provider, name) else ""
            line += f"{mark + short.get(kind, kind) + '/' + state + '/' + str(len(cell.asked)):>17}"
        out.append(line)
    sys.stdout.write("\n" + "\n".join(out) + "\n")
    assert not any("!" in line for line in out)
