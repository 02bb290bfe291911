"""How a played vendor answers: values that say what goes over the connection, byte for byte.

Make a `Reply` with one of the constructors, then bend it with the methods that return a bent copy:

    Reply.stream(["你", "好"], usage=(9, 2)).reset(after=1)
    Reply.error(429, {"error": {"code": "1302"}}, headers={"Retry-After": "7"}).delayed(0.2)

`after` says where a misbehaviour happens: None = before the headers, 0 = right after them, k = after the k-th
piece of visible text (of a stream) or after the body (of anything else, k = 1).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Literal

Framing = Literal["chunked", "length", "close"]
UsagePlace = Literal["tail", "last", "every", "choice", "none"]
ReasoningField = Literal["reasoning_content", "reasoning", "think"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing the server does: `send` bytes, `sleep` seconds, `stall` until the client leaves, wait at a
    `gate`, `reset` the connection (RST), `close` it (FIN); `end` is the reply's end on a kept connection
    (`arg` `cut` = before its time). `piece` marks the bytes of a piece of visible text."""

    do: Literal["send", "sleep", "stall", "gate", "reset", "close", "end"]
    arg: Any = None
    piece: bool = False


@dataclass(frozen=True, slots=True)
class Bend:
    """A misbehaviour and where it happens."""

    after: int | None
    do: Literal["sleep", "stall", "gate", "reset", "cut", "finish", "bytes"]
    arg: Any = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The content of a streamed answer and the vendor's manner of writing it."""

    pieces: tuple[str, ...]
    usage: tuple[int, int] | None = None
    reasoning: tuple[str, ...] = ()
    finish: str | None = "stop"
    usage_in: UsagePlace = "tail"
    reasoning_field: ReasoningField = "reasoning_content"
    done: bool = True
    newline: str = "\n"
    field: str = "data: "
    final_blank: bool = True
    comments: int = 0
    comment_each: bool = False
    role: bool = True
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a vendor; see the module's first lines."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content: Stream | None = None
    framing: Framing = "length"
    bends: tuple[Bend, ...] = ()
    split: int | None = None
    gzip: bool = False
    repeat: int = 1
    raw: bool = False

    # -- constructors ---------------------------------------------------------------------------------------

    @staticmethod
    def stream(
        pieces: Sequence[str],
        *,
        headers: Mapping[str, str] | None = None,
        framing: Framing = "chunked",
        gzip: bool = False,
        split: int | None = None,
        usage: Sequence[int] | None = None,
        reasoning: Sequence[str] = (),
        **manner: Any,
    ) -> Reply:
        """A streamed answer, one event a piece; `manner` takes the fields of `Stream`.

        `split` cuts the body into writes of that many bytes (1 = at every byte). A request that did not ask
        for streaming gets the same answer as one JSON object.
        """
        tokens = None if usage is None else (usage[0], usage[1])
        content = Stream(tuple(pieces), usage=tokens, reasoning=tuple(reasoning), **manner)
        extra = {"Content-Type": "text/event-stream; charset=utf-8", **(headers or {})}
        return Reply(headers=tuple(extra.items()), content=content, framing=framing, gzip=gzip, split=split)

    @staticmethod
    def stream_error(payload: Any, *, pieces: Sequence[str] = (), **manner: Any) -> Reply:
        """A 200 stream that brings `pieces`, then `payload` as an event, and ends cleanly."""
        return (
            Reply.stream(pieces, **manner)
            .event(payload, after=len(pieces))
            .cut(after=len(pieces), terminated=True)
        )

    @staticmethod
    def json(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        """Any JSON value, also an error inside a 200."""
        body = json.dumps(value, ensure_ascii=False).encode()
        extra = {"Content-Type": "application/json", **(headers or {})}
        return Reply(status=status, headers=tuple(extra.items()), body=body)

    @staticmethod
    def error(
        status: int,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        framing: Framing = "length",
    ) -> Reply:
        """An error answer; `body` may be a JSON value, text (HTML) or bytes."""
        if isinstance(body, (bytes, str)) or body is None:
            data = body.encode() if isinstance(body, str) else body or b""
            kind = "text/html; charset=utf-8" if data.lstrip()[:1] == b"<" else "text/plain"
            extra = {"Content-Type": kind, **(headers or {})}
            return Reply(status=status, headers=tuple(extra.items()), body=data, framing=framing)
        return replace(Reply.json(body, status=status, headers=headers), framing=framing)

    @staticmethod
    def completion(
        text: str,
        *,
        usage: Sequence[int] | None = None,
        reasoning: str = "",
        finish: str | None = "stop",
        model: str = "",
    ) -> Reply:
        """The whole answer as one JSON object, whatever the request asked for."""
        tokens = None if usage is None else (usage[0], usage[1])
        return Reply.json(_completion(text, reasoning, finish, tokens, model))

    @staticmethod
    def models(ids: Sequence[str]) -> Reply:
        """The answer to `GET /models`."""
        return Reply.json({"object": "list", "data": [{"id": i, "object": "model"} for i in ids]})

    @staticmethod
    def redirect(location: str, status: int = 307) -> Reply:
        """A redirect."""
        return Reply(status=status, headers=(("Location", location),))

    @staticmethod
    def flood(
        total: int, *, block: bytes = b"x" * 65536, status: int = 200, kind: str = "text/event-stream"
    ) -> Reply:
        """At least `total` bytes without an end of line, unless `block` holds one."""
        times = -(-total // len(block))
        return Reply(
            status=status, headers=(("Content-Type", kind),), body=block, repeat=times, framing="chunked"
        )

    @staticmethod
    def wire(data: bytes) -> Reply:
        """`data` as it is, headers included, then the connection closes: for what is not HTTP at all."""
        return Reply(body=data, raw=True)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Reply:
        """A reply from a script file: `{"stream": {"pieces": ["a"]}, "then": [{"reset": {"after": 1}}]}`.

        The first key names a constructor and holds its arguments, each entry of `then` a method of `Reply`.
        """
        rest = dict(value)
        bends = rest.pop("then", [])
        ((name, arguments),) = rest.items()
        if name not in _CONSTRUCTORS:
            raise ValueError(f"no such reply: {name}")
        reply: Reply = getattr(Reply, name)(**arguments)
        for bend in bends:
            ((method, given),) = bend.items()
            if method not in _METHODS:
                raise ValueError(f"no such bend: {method}")
            reply = getattr(reply, method)(**given)
        return reply

    # -- bends ----------------------------------------------------------------------------------------------

    def _bent(self, after: int | None, do: Any, arg: Any = None) -> Reply:
        most = len(self.content.pieces) if self.content is not None else self.repeat
        if after is not None and after > most:
            raise ValueError(f"nothing can happen after piece {after} of {most}")
        return replace(self, bends=(*self.bends, Bend(after, do, arg)))

    def delayed(self, seconds: float, *, after: int | None = None) -> Reply:
        """Waits there, then goes on."""
        return self._bent(after, "sleep", seconds)

    def stalled(self, *, after: int | None = None) -> Reply:
        """Says nothing more from there on, and keeps the connection open until the client leaves."""
        return self._bent(after, "stall")

    def gated(self, name: str, *, after: int | None = None) -> Reply:
        """Waits there until `FakeServer.open_gate(name)`: a pause without a clock."""
        return self._bent(after, "gate", name)

    def reset(self, *, after: int | None = None) -> Reply:
        """The connection is reset (RST) there."""
        return self._bent(after, "reset")

    def cut(self, *, after: int | None = None, terminated: bool = False) -> Reply:
        """Ends there: with the chunked body's proper terminator, or by closing in the middle."""
        return self._bent(after, "finish" if terminated else "cut")

    def event(self, payload: Any, *, after: int = 0) -> Reply:
        """Puts one more event there, such as an error; text and bytes are sent as the event's data."""
        data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return self._bent(after, "bytes", _event(self.content or Stream(()), data))

    def bytes(self, data: bytes | str, *, after: int = 0) -> Reply:
        """Puts raw bytes (garbage) into the body there."""
        return self._bent(after, "bytes", data.encode() if isinstance(data, str) else data)

    # -- what goes over the connection ----------------------------------------------------------------------

    def tokens(self, pieces_sent: int, whole: bool) -> tuple[int, int]:
        """What the vendor counts for this reply: (prompt, completion) tokens."""
        if self.content is None or self.content.usage is None:
            return 0, 0
        prompt, completion = self.content.usage
        return (prompt, completion) if whole else (prompt, pieces_sent) if pieces_sent else (0, 0)

    def acts(self, *, model: str, stream: bool) -> Iterator[Act]:
        """The acts of this reply to a request for `model`; `stream` False = one JSON object was asked for."""
        if self.raw:
            yield from self._at(None)
            yield Act("send", self.body)
            yield Act("close")
            return
        if self.content is not None and not stream:
            c = self.content
            whole = _completion("".join(c.pieces), "".join(c.reasoning), c.finish, c.usage, model)
            yield from replace(Reply.json(whole), bends=self.bends).acts(model=model, stream=True)
            return
        packer = zlib.compressobj(wbits=31) if self.gzip else None
        yield from self._at(None)
        yield Act("send", self._head())
        for stop in self._at(0, packer):
            yield stop
            if stop.do in ("close", "reset", "end"):
                return
        count = 0
        for block, is_piece in self._blocks(model):
            yield from self._framed(block, packer, is_piece)
            if is_piece:
                count += 1
                for stop in self._at(count, packer):
                    yield stop
                    if stop.do in ("close", "reset", "end"):
                        return
                if self.content is not None and self.content.gap:
                    yield Act("sleep", self.content.gap)
        if packer is not None:
            yield from self._chunks(packer.flush(zlib.Z_FINISH), False)
        yield from self._finish()

    def _at(self, where: int | None, packer: Any = None) -> Iterator[Act]:
        for bend in self.bends:
            if bend.after != where:
                continue
            match bend.do:
                case "cut":
                    yield Act("close", "cut")
                case "finish":
                    yield from self._finish("cut")
                case "bytes":
                    yield from self._framed(bend.arg, packer, False)
                case other:
                    yield Act(other, bend.arg)

    def _head(self) -> bytes:
        phrase = HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else "Odd"
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{k}: {v}" for k, v in self.headers)]
        if self.gzip:
            lines.append("Content-Encoding: gzip")
        if self.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif self.framing == "length":
            lines.append(f"Content-Length: {len(self.body) * self.repeat}")
        else:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _blocks(self, model: str) -> Iterator[tuple[bytes, bool]]:
        if self.content is not None:
            yield from _stream_blocks(self.content, model)
            return
        for _ in range(self.repeat):
            if self.body:
                yield self.body, True

    def _framed(self, block: bytes, packer: Any, piece: bool) -> Iterator[Act]:
        if packer is not None:
            block = packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield from self._chunks(block, piece)

    def _chunks(self, block: bytes, piece: bool) -> Iterator[Act]:
        size = self.split or len(block) or 1
        for start in range(0, len(block), size):
            part = block[start : start + size]
            last = start + size >= len(block)
            if self.framing == "chunked":
                part = b"%x\r\n%b\r\n" % (len(part), part)
            yield Act("send", part, piece and last)

    def _finish(self, outcome: str | None = None) -> Iterator[Act]:
        if self.framing == "chunked":
            yield Act("send", b"0\r\n\r\n")
        yield Act("close" if self.framing == "close" else "end", outcome)


_CONSTRUCTORS = {"stream", "stream_error", "json", "error", "completion", "models", "redirect", "flood"}
_METHODS = {"delayed", "stalled", "gated", "reset", "cut", "event", "bytes"}


def _event(manner: Stream, data: str, *, blank: bool = True) -> bytes:
    lines = manner.field + data + manner.newline
    return (lines + (manner.newline if blank else "")).encode()


def _usage(tokens: tuple[int, int]) -> dict[str, int]:
    prompt, completion = tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _completion(
    text: str, reasoning: str, finish: str | None, tokens: tuple[int, int] | None, model: str
) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    if reasoning:
        message["reasoning_content"] = reasoning
    value: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    if tokens is not None:
        value["usage"] = _usage(tokens)
    return value


def _stream_blocks(c: Stream, model: str) -> Iterator[tuple[bytes, bool]]:
    """The events of a streamed answer: (bytes, is it a piece of visible text)."""
    place = c.usage_in if c.usage is not None else "none"

    def chunk(delta: dict[str, Any], finish: str | None = None, so_far: int | None = None) -> bytes:
        choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
        value: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1}
        value |= {"model": model, "choices": [choice]}
        if so_far is not None and c.usage is not None:
            value["usage"] = _usage((c.usage[0], so_far))
        if finish is not None and c.usage is not None:
            if place == "choice":
                choice["usage"] = _usage(c.usage)
            if place in ("last", "every"):
                value["usage"] = _usage(c.usage)
        return _event(c, json.dumps(value, ensure_ascii=False))

    comment = (": keep-alive" + c.newline * 2).encode()
    if c.role:
        yield chunk({"role": "assistant", "content": ""}), False
    for _ in range(c.comments):
        yield comment, False
    think = c.reasoning_field == "think"
    if think and c.reasoning:
        yield chunk({"content": "<think>"}), False
    for piece in c.reasoning:
        yield chunk({"content" if think else c.reasoning_field: piece}), False
    if think and c.reasoning:
        yield chunk({"content": "</think>"}), False
    for n, piece in enumerate(c.pieces, start=1):
        if c.comment_each:
            yield comment, False
        yield chunk({"content": piece}, so_far=n if place == "every" else None), True
    if c.finish is not None:
        yield chunk({}, c.finish), False
    if place == "tail" and c.usage is not None:
        tail = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
        yield _event(c, json.dumps({**tail, "choices": [], "usage": _usage(c.usage)})), False
    if c.done:
        yield _event(c, "[DONE]", blank=c.final_blank), False
