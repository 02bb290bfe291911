"""Bodies of answers in pieces of bounded size: a few kilobytes of gzip can hold gigabytes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

PIECE = 64 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def body_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The decoded body; raises what httpx raises, `httpx.DecodingError` for what cannot be unpacked."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return response.aiter_raw()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _unpacked(response)
    return response.aiter_bytes()  # never asked for; httpx knows more encodings where they are installed


async def _unpacked(response: httpx.Response) -> AsyncIterator[bytes]:
    unpacker = _Unpacker()
    async for packed in response.aiter_raw():
        try:
            for number, piece in enumerate(unpacker.feed(packed)):
                if number:
                    await asyncio.sleep(0)  # a bomb must not hold the loop
                yield piece
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error


class _Unpacker:
    """gzip (of several members too), zlib and, as some servers mean by `deflate`, bare deflate."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._head: bytes | None = b""  # what came before the first output, None from then on

    def feed(self, data: bytes) -> Iterator[bytes]:
        more = True
        while data or more:
            if self._unpacker.eof:
                if data[:1] != b"\x1f":
                    return  # what follows the last member is no data
                self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._unpacker.decompress(data, PIECE)
            except zlib.error:
                if self._head is None:
                    raise
                self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
                piece = self._unpacker.decompress(self._head + data, PIECE)
                self._head = None
            if piece:
                self._head = None
                yield piece
            elif self._head is not None:
                self._head = self._head + data if len(self._head) < PIECE else None
            more = len(piece) == PIECE  # a full piece may leave some of the output inside
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
