"""`jieli ask`: one turn through the relay, told as JSON lines or as text."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Literal, TextIO

from app import wording
from app.asking import Ask, ChatEvent, Finished, Restarted, Started
from app.chat import ChatService
from app.clock import Clock
from app.commands.reading import is_terminal, read_all, read_answer
from app.directory import Directory
from app.errors import UsageError, named_by_hand
from app.i18n import tr
from app.options import Options
from app.policy import Spend
from app.prices import yuan
from app.relay.baton import is_own_setup
from app.relay.events import (
    Attempt,
    Delta,
    Done,
    Exhausted,
    Failed,
    Reasoning,
    Skip,
    Stopped,
    Switch,
    Trimmed,
    Waiting,
)
from app.unicode import harmless

ANSWERED, NO_ANSWER = 0, 3


async def ask(
    options: Options,
    chat: ChatService,
    directory: Directory,
    clock: Clock,
    out: TextIO,
    err: TextIO,
    spend: Spend = "never",
) -> int:
    """Run the turn and print it; returns the exit status (0 answered, 3 no leg could answer).

    `spend` is the settings' rule. With `ask`, a leg that would bill is asked after a yes on the terminal;
    with `--json`, or where nobody can answer, it stays skipped.
    """
    prompt = read_all() if options.prompt == "-" else options.prompt
    if not prompt.strip():
        raise UsageError("cli.empty_prompt")
    if options.chain is not None:
        with named_by_hand():
            directory.chain(options.chain)
    printer = _JsonPrinter(out) if options.json else _TextPrinter(out, err, directory, clock)
    turn: Ask = Ask(text=prompt, conversation=options.conversation, chain=options.chain, spend=options.spend)
    asks = not options.json and is_terminal()
    refused: set[str] = set()
    while True:
        started: Started | None = None
        end: Done | Exhausted | None = None
        async with aclosing(chat.ask(turn)) as events:
            async for event in events:
                printer.print(event)
                if isinstance(event, Started):
                    started = event
                elif isinstance(event, Done | Exhausted):
                    end = event
        if isinstance(end, Done):
            return ANSWERED
        if started is None or end is None or not asks:
            return NO_ANSWER
        if end.asks is not None:
            choice = _after_break(end.asks, directory, err)
            if choice == "keep":
                await chat.keep(started.answer.id)
                return ANSWERED
            turn = replace(
                turn,
                text=None,
                conversation=started.conversation.id,
                answer=started.answer.id,
                resume=choice == "continue",
                after=frozenset({*turn.after, *(f"{f.provider}:{f.model}" for f in end.failures)}),
            )
            continue
        if (options.spend or started.conversation.spend or spend) != "ask":
            return NO_ANSWER
        leg = _agreed(end, directory, refused, err)
        if leg is None:
            return NO_ANSWER
        consented = turn.consented | {leg}
        turn = replace(
            turn,
            text=None,
            conversation=started.conversation.id,
            answer=started.answer.id,
            consented=consented,
        )


def _after_break(leg: str, directory: Directory, err: TextIO) -> Literal["continue", "keep", "restart"]:
    """What becomes of an answer that broke off; the end of input keeps it."""
    err.write(tr("cli.broke_off", leg=wording.leg_name(directory.leg(leg))))
    err.flush()
    match read_answer().strip().lower():
        case "c" | "y" | "接" | "是" | "好":
            return "continue"
        case "r" | "重":
            return "restart"
        case _:
            return "keep"


def _agreed(end: Exhausted, directory: Directory, refused: set[str], err: TextIO) -> str | None:
    """The first leg that was kept back for its price alone and that the user agrees to; None = none."""
    for skip in end.skips:
        leg = f"{skip.provider}:{skip.model}"
        if not skip.bills or leg in refused:
            continue
        name = wording.leg_name(directory.leg(leg))
        if skip.cost is None:
            err.write(tr("cli.would_bill", leg=name))
        else:
            err.write(tr("cli.would_bill_priced", leg=name, money=yuan(skip.cost.yuan)))
        err.flush()
        if read_answer().strip().lower() in ("y", "yes", "是", "好"):
            return leg
        refused.add(leg)
    return None


def event_json(event: ChatEvent, conversation: str, message: str) -> dict[str, Any] | None:
    """One event as the object `ask --json` prints (design §8), None for those it does not print."""
    match event:
        case Skip(provider, model, reason, until):
            return {"event": "skip", "provider": provider, "model": model, "reason": reason, "until": until}
        case Attempt(n, provider, model):
            return {"event": "attempt", "n": n, "provider": provider, "model": model}
        case Reasoning(text):
            return {"event": "reasoning", "text": text}
        case Delta(text):
            return {"event": "delta", "text": text}
        case Failed():
            return {"event": "failure", **failure_json(event)}
        case Switch(source, target, mode):
            return {"event": "switch", "from": source, "to": target, "mode": mode}
        case Waiting(provider, model, until):
            return {"event": "waiting", "provider": provider, "model": model, "until": until}
        case Trimmed(dropped):
            return {"event": "trimmed", "dropped": dropped}
        case Done(provider, model, text, finish, usage):
            return {
                "event": "done",
                "provider": provider,
                "model": model,
                "text": text,
                "finish": finish,
                "usage": {
                    "prompt": usage.prompt,
                    "completion": usage.completion,
                    "estimated": usage.estimated,
                },
                "conversation": conversation,
                "message": message,
            }
        case Exhausted(offline, failures, skips, text, asks):
            return {
                "event": "exhausted",
                "offline": offline,
                "failures": [failure_json(f) for f in failures],
                "skips": [
                    {"provider": s.provider, "model": s.model, "reason": s.reason, "until": s.until}
                    for s in skips
                ],
                "text": text,
                "next": asks,
                "conversation": conversation,
                "message": message,
            }
        case Started() | Restarted() | Finished() | Stopped():
            return None


def failure_json(failed: Failed) -> dict[str, Any]:
    """One failed attempt as commands print it."""
    failure = failed.failure
    return {
        "n": failed.n,
        "provider": failed.provider,
        "model": failed.model,
        "kind": failure.kind.value,
        "status": failure.status,
        "code": failure.code,
        "message": failure.message,
        "retry_after": failure.retry_after,
        "model_scoped": failure.model_scoped,
        "why": _plain(failed),
    }


def _plain(failed: Failed) -> str:
    """A failed attempt in one plain sentence, in the language in use."""
    return wording.failure_text(failed.failure, provider=failed.provider)


class _JsonPrinter:
    """One JSON object a line, flushed at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._conversation = ""
        self._message = ""

    def print(self, event: ChatEvent) -> None:
        if isinstance(event, Started):
            self._conversation, self._message = event.conversation.id, event.answer.id
        line = event_json(event, self._conversation, self._message)
        if line is not None:
            # ASCII only: a pipe's encoding is not ours to know.
            self._out.write(json.dumps(line, ensure_ascii=True) + "\n")
            self._out.flush()


class _TextPrinter:
    """The answer on standard output, what happened to it on standard error."""

    def __init__(self, out: TextIO, err: TextIO, directory: Directory, clock: Clock) -> None:
        self._out, self._err = out, err
        self._directory, self._clock = directory, clock
        self._column_open = False

    def print(self, event: ChatEvent) -> None:
        match event:
            case Delta(text):
                # A terminal obeys what a model writes; a pipe gets it as it is.
                self._out.write(harmless(text.replace("\r", "")) if self._out.isatty() else text)
                self._out.flush()
                self._column_open = not text.endswith("\n")
            case Skip(provider, model, reason, until):
                why = event.note or wording.skip_text(reason, until, self._clock.now(), event.state)
                self._tell(tr("cli.skip", leg=self._leg(f"{provider}:{model}"), why=why))
            case Failed():
                leg = self._leg(f"{event.provider}:{event.model}")
                self._tell(tr("cli.failed", leg=leg, why=_plain(event)))
            case Switch(target=target):
                self._tell(tr("cli.switch", leg=self._leg(target)))
            case Waiting(provider, model, until):
                time = wording.countdown(until - self._clock.now())
                self._tell(tr("cli.waiting", leg=self._leg(f"{provider}:{model}"), time=time))
            case Trimmed(dropped):
                self._tell(tr("cli.trimmed", n=dropped))
            case Exhausted():
                self._exhausted(event)
            case Done():
                self._end_line()
            case _:
                pass

    def _exhausted(self, event: Exhausted) -> None:
        if event.offline and not all(is_own_setup(failed.failure) for failed in event.failures):
            self._tell(tr("cli.offline"))
        elif note := next((skip.note for skip in event.skips if skip.note and not event.failures), ""):
            self._tell(tr("cli.exhausted", why=note))
        elif not event.failures and all(skip.reason == "no_key" for skip in event.skips):
            self._tell(tr("cli.exhausted", why=tr("cli.add_a_key")))
        else:
            why = _plain(event.failures[-1]) if event.failures else ""
            self._tell(tr("cli.exhausted", why=why).rstrip())

    def _leg(self, leg_id: str) -> str:
        return wording.leg_name(self._directory.leg(leg_id))

    def _end_line(self) -> None:
        if self._column_open:
            self._out.write("\n")
            self._out.flush()
            self._column_open = False

    def _tell(self, line: str) -> None:
        self._end_line()
        self._err.write(harmless(line) + "\n")
        self._err.flush()
