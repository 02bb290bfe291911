"""Streams as no vendor should send them: cut anywhere, huge, endless, packed, half written."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import inflate, sse
from providers.base import FinishChunk, ReasoningChunk, StreamChunk, TextChunk, UsageChunk
from providers.dialects import openai
from providers.dialects.openai import AnswerReader
from providers.failures import Failure
from providers.sse import SseDecoder
from tests.fakes.server import FakeServer, Reply
from tests.providers.test_vendor_streams import BAD, GOOD, STREAMS, is_lines
from tests.providers.wiring import K, Runner, collect, endpoint, text, thought

MB = 1024 * 1024
SSE = (("Content-Type", "text/event-stream"),)


def read(provider: str, pieces: Iterable[bytes], kind: str = "text/event-stream") -> Any:
    reader = AnswerReader(endpoint("https://example.invalid", provider), content_type=kind)
    chunks: list[StreamChunk] = []
    for piece in pieces:
        if reader.done or reader.failure is not None:
            break
        chunks += reader.feed(piece)
    if reader.failure is None:
        chunks += reader.end()
    usage = [c for c in chunks if isinstance(c, UsageChunk)]
    finish = [c.reason for c in chunks if isinstance(c, FinishChunk)]
    failure = reader.failure.failure if reader.failure else None
    return text(chunks), thought(chunks), usage[-1:], finish, failure


def cut(data: bytes, points: list[int]) -> Iterator[bytes]:
    places = [0, *sorted(p % (len(data) + 1) for p in points), len(data)]
    for start, end in itertools.pairwise(places):
        yield data[start:end]


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([name for name in (*GOOD, *BAD) if not is_lines(name)]),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 1 << 20), max_size=40),
)
def test_vendor_streams_cut_anywhere(
    name: str, newline: bytes, bom: bool, comments: bool, points: list[int]
) -> None:
    """Inside characters, between CR and LF, after a BOM, among comments: the same answer or failure."""
    body = (STREAMS / f"{name}.sse").read_bytes()
    provider = name.partition(".")[0]
    whole = read(provider, [body])
    if comments:
        body = b": hello\n\n" + body.replace(b"\n\n", b"\n\n: ping\n\n")
    body = (b"\xef\xbb\xbf" if bom else b"") + body.replace(b"\n", newline)
    assert read(provider, cut(body, points)) == whole
    assert (whole[-1] is None) == (name in GOOD)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([n for n in GOOD if not is_lines(n)]), st.integers(1, 1 << 20), st.booleans())
def test_what_is_left_of_a_stream_is_never_a_whole_answer_of_other_words(
    name: str, at: int, marked: bool
) -> None:
    """Broken off anywhere: the text is a beginning of the answer, and is whole only if it ended."""
    body = (STREAMS / f"{name}.sse").read_bytes()
    body = body.replace(b"data: [DONE]\n\n", b"") if not marked else body
    words, _, _, finish, failure = read(name.partition(".")[0], [body[: at % len(body)]])
    assert "你好".startswith(words)
    assert (failure is None) == bool(finish and words == "你好")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9_999), min_size=1, max_size=6), st.booleans())
def test_of_many_usages_the_last_counts(counts: list[int], done: bool) -> None:
    def usage(n: int) -> dict[str, Any]:
        return {"usage": {"prompt_tokens": n, "completion_tokens": n}}

    events = [{"choices": [{"delta": {"content": "好"}}], **usage(n)} for n in counts]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}], **usage(counts[-1])})
    events.append({"choices": [], **usage(counts[-1])})
    body = "".join(f"data: {json.dumps(e)}\n\n" for e in events) + ("data: [DONE]\n\n" if done else "")
    words, _, found, finish, failure = read("alibaba", [body.encode()])
    assert (words, finish, failure) == ("好" * len(counts), ["stop"], None)
    assert found == [UsageChunk(counts[-1], counts[-1])]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.text(alphabet="想a \n", min_size=1, max_size=6), min_size=1, max_size=5),
    st.lists(st.integers(0, 200), max_size=12),
    st.sampled_from(["think", "thinking", "thought"]),
)
def test_think_tags_split_over_chunks(thoughts: list[str], points: list[int], tag: str) -> None:
    inner = "".join(thoughts)
    whole = f"<{tag}>{inner}</{tag}>\n\n答案"
    places = [0, *sorted(min(p, len(whole)) for p in points), len(whole)]
    parts = [whole[a:b] for a, b in itertools.pairwise(places)]
    events = [{"choices": [{"delta": {"content": p}}]} for p in parts]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    body = "".join(f"data: {json.dumps(e)}\n\n" for e in events).encode()
    words, thinking, _, _, failure = read("siliconflow", [body])
    assert (words, thinking.strip(), failure) == ("答案", inner.strip(), None)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([["想一"], ["想"], ["。"]], "想一想。"),
        ([["想"], ["想一"], ["想一想"], ["想一想"]], "想一想"),
        ([["想", "一"], ["想"]], "想一想"),
        ([[], ["想"], [""]], "想"),
    ],
)
def test_reasoning_details_added_or_repeated(details: list[list[str]], expected: str) -> None:
    events = [
        {"choices": [{"delta": {"reasoning_details": [{"type": "reasoning.text", "text": t} for t in each]}}]}
        for each in details
    ]
    events.append({"choices": [{"delta": {"content": "好"}, "finish_reason": "stop"}]})
    body = "".join(f"data: {json.dumps(e)}\n\n" for e in events).encode()
    assert read("minimax", [body])[:2] == ("好", expected)


HALF = '{"choices":[{"delta":{"content":"你'


@pytest.mark.parametrize("head", ["", ": ping\n\n", "event: message\n", "id: 7\ndata: "])
@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", ""])
def test_half_written_json_is_a_cut_connection(head: str, kind: str) -> None:
    body = (head if head.endswith("data: ") else head + "data: ") + HALF
    failure: Failure = read("alibaba", [body.encode()], kind)[-1]
    assert (failure.kind, failure.code, failure.message) == (K.NETWORK, "cut", "")
    failure = read("alibaba", [HALF.encode()], "application/json")[-1]
    assert (failure.kind, failure.code) == (K.NETWORK, "cut")


def test_noise_is_an_empty_answer() -> None:
    for body in ("data: <noise>\n\n" * 3, ": a\n\n: b\n\ndata: x\n\n", "data: \n\n"):
        failure: Failure = read("alibaba", [body.encode()])[-1]
        assert (failure.kind, failure.code) == (K.TRANSIENT, "empty")


def test_a_line_of_megabytes_is_read(server: FakeServer, arun: Runner) -> None:
    big = "汉" * (MB // 2)  # 1.5 MB in one event
    server.on("v", Reply.stream([big, "。"], split=60_000))
    chunks, failure = arun(collect(endpoint(server.url("v"))))
    assert failure is None
    assert text(chunks) == big + "。"


# -- bounded memory ----------------------------------------------------------------------------------------

FLOODS: dict[str, bytes] = {
    "one endless line": b"x" * 65_536,
    "one endless event": b"data: " + b"y" * 1_000 + b"\n",
    "many data lines": b"data: z\n" * 4_000,
    "only comments": b": ping\n\n" * 4_000,
    "only blank lines": b"\n" * 32_768,
    "noise": b"data: noise\n\n" * 3_000,
    "blank text": b'data: {"choices":[{"delta":{"content":"  \\n "}}]}\n\n' * 600,
    "open tag": b'data: {"choices":[{"delta":{"content":"<th"}}]}\n\n' * 600,
    "unknown fields": b"foo: bar\nid: 1\n" * 3_000,
    "names without data": b"event: e\n" * 4_000,
    "empty choices": b'data: {"choices":[]}\n\n' * 1_500,
    "growing usage": b'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n' * 900,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_held_in_bounded_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks thrown away as they come: what the reader keeps stays small. The limits are lowered in
    proportion, or the test would take minutes."""
    monkeypatch.setattr(sse, "MAX_EVENT", 64 * 1024)
    monkeypatch.setattr(openai, "_HEAD", 1024)
    block = FLOODS[name][: 16 * 1024]
    for kind in ("text/event-stream", "application/json"):
        reader = AnswerReader(endpoint("https://example.invalid"), content_type=kind)
        tracemalloc.start()
        try:
            for _ in range(MB // 2 // len(block)):
                reader.feed(block)
                if reader.failure is not None:
                    break
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # What one call hands out, and the longest event once as pieces and once joined.
        assert peak < MB // 3, (kind, peak)


def peak_of(arun: Runner, server: FakeServer, reply: Reply) -> tuple[int, Failure | None]:
    """The peak of traced memory while the wire reads `reply`; what the server holds was there before."""
    server.on("v", reply)
    arun(collect(endpoint(server.url("v")), seconds=5.0))  # loads what is loaded once
    tracemalloc.start()
    try:
        _, failure = arun(collect(endpoint(server.url("v"))))
        return tracemalloc.get_traced_memory()[1], failure
    finally:
        tracemalloc.stop()


PACKED = gzip.compress(b"data: " + b"a" * 100 * MB, 6)


@pytest.mark.parametrize("status", [200, 429])
def test_a_bomb_is_unpacked_piece_by_piece(server: FakeServer, arun: Runner, status: int) -> None:
    """100 KB that unpack to 100 MB."""
    headers = (*SSE, ("Content-Encoding", "gzip"))
    peak, failure = peak_of(arun, server, Reply(status=status, headers=headers, body=PACKED))
    assert peak < 24 * MB
    assert failure is not None
    assert failure.kind is (K.TRANSIENT if status == 200 else K.RATE_LIMITED)


def test_a_flooding_error_page_is_read_in_part(server: FakeServer, arun: Runner) -> None:
    peak, failure = peak_of(arun, server, Reply.flood(64 * MB, status=500))
    assert peak < 24 * MB
    assert failure is not None
    assert failure.kind is K.TRANSIENT
    assert len(failure.message) <= 500


# -- packed bodies -----------------------------------------------------------------------------------------


class Raw(httpx.AsyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def unpacked(pieces: Iterable[bytes], encoding: str) -> tuple[bytes, int]:
    async def run() -> tuple[bytes, int]:
        response = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Raw(pieces))
        found = [piece async for piece in inflate.body_pieces(response)]
        return b"".join(found), max((len(p) for p in found), default=0)

    return asyncio.run(run())


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKINGS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "deflate ": bare}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(PACKINGS)),
    st.binary(max_size=300),
    st.sampled_from([1, 40, 3_000]),
    st.lists(st.integers(0, 1 << 20), max_size=10),
)
def test_packed_bodies_cut_anywhere(encoding: str, data: bytes, times: int, points: list[int]) -> None:
    data *= times
    found, longest = unpacked(cut(PACKINGS[encoding](data), points), encoding)
    assert found == data
    assert longest <= inflate.PIECE


def test_members_one_after_another_and_what_follows_them() -> None:
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    assert unpacked([two], "gzip")[0] == b"one two"
    assert unpacked([two + b"\0\0\0"], "gzip")[0] == b"one two"
    assert unpacked([gzip.compress(b"one"), b"\0", b"junk"], "gzip")[0] == b"one"
    assert unpacked([gzip.compress(b"cut short" * 9)[:-9]], "gzip")[0].startswith(b"cut short")
    assert unpacked([b"as it is"], "identity")[0] == b"as it is"
    with pytest.raises(httpx.DecodingError):
        unpacked([b"not packed at all"], "gzip")
    with pytest.raises(httpx.DecodingError):
        unpacked([gzip.compress(b"fine")[:-8], bytes(8)], "gzip")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=3_000), st.lists(st.integers(0, 3_000), max_size=20))
def test_any_bytes_from_a_server(data: bytes, points: list[int]) -> None:
    """Whatever comes, in whatever pieces: one ending, no exception, the decoder's and the reader's alike."""
    decoder = SseDecoder()
    events = [e for piece in cut(data, points) for e in decoder.feed(piece)] + decoder.flush()
    again = SseDecoder()
    assert [*again.feed(data), *again.flush()] == events
    words, _, _, finish, failure = read("zhipu", cut(data, points))
    assert (failure is None) == bool(words.strip() and finish)


def test_text_and_thinking_come_apart_in_order(server: FakeServer, arun: Runner) -> None:
    body = (STREAMS / "minimax.tags.sse").read_bytes()
    server.on("v", replace(Reply(headers=SSE, body=body, framing="chunked"), split=3, gzip=True))
    chunks, _ = arun(collect(endpoint(server.url("v"), "minimax")))
    kinds = [type(c) for c in chunks if isinstance(c, (TextChunk, ReasoningChunk))]
    assert kinds == sorted(kinds, key=[ReasoningChunk, TextChunk].index)
