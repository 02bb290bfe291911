"""A sealed file: pieces that are compressed, numbered and checked, and encrypted where there is a passphrase.

Layout: a header of 64 bytes, then pieces of a 4-byte word (bit 31: the last one, bit 30: compressed,
the rest: length), the bytes, and a tag of 16 bytes. With a passphrase the pieces are AES-256-GCM
under a key of this file's own, made from the scrypt key and the header's random number; without one the tags
are BLAKE2b. Header, number and word of a piece go into its tag, so that nothing can be changed, cut, moved or
joined unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from app.errors import KnownError

MAGIC = b"JIELIBAK"
VERSION = 1
_HEADER = struct.Struct(">8sBBBBB3x16s16s16s")
_WORD = struct.Struct(">I")
_LAST, _PACKED, _LENGTH = 1 << 31, 1 << 30, (1 << 24) - 1
_TAG = 16

PIECE = 256 * 1024
"""Bytes of content in a piece; nothing of a file is held in memory but one of them."""

PLAIN, SCRYPT = 0, 1

LOG_N, R, P = 17, 8, 1
"""scrypt's cost, as OWASP asks for (Password Storage Cheat Sheet): 128 MB and about 0.4 s."""
_MOST_LOG_N, _MOST_R, _MOST_P = 20, 16, 4
"""A file that wants more is not ours: opening it must not exhaust the memory."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A passphrase turned into a key. `salt` and the costs say how; derive one with `lock`."""

    salt: bytes
    log_n: int
    r: int
    p: int
    key: bytes


def lock(passphrase: str, salt: bytes | None = None, log_n: int = LOG_N, r: int = R, p: int = P) -> Lock:
    """The key of a passphrase; takes about half a second. Blocks."""
    # Loaded here: it costs tens of milliseconds and few ever encrypt.
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    chosen = os.urandom(16) if salt is None else salt
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return Lock(chosen, log_n, r, p, Scrypt(chosen, 32, 2**log_n, r, p).derive(secret))


class Keyring:
    """Turns the passphrase into keys, each salt once: many files of one folder share it."""

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase
        self._known: dict[tuple[bytes, int, int, int], Lock] = {}

    def __bool__(self) -> bool:
        return bool(self._passphrase)

    def lock(self, salt: bytes | None = None, log_n: int = LOG_N, r: int = R, p: int = P) -> Lock:
        """The key for this salt; a new one without. Blocks the first time."""
        found = self._known.get((salt or b"", log_n, r, p))
        if found is None:
            found = lock(self._passphrase, salt, log_n, r, p)
            self._known[found.salt, log_n, r, p] = found
        return found


class _Tags:
    """Seals and opens the pieces of one file."""

    def __init__(self, header: bytes, number: bytes, key: bytes | None) -> None:
        self._header = header
        self._next = 0
        self._cipher = None
        if key is not None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._cipher = AESGCM(_part(key, b"file" + number, 32))

    def seal(self, word: bytes, body: bytes) -> bytes:
        """The bytes with their tag."""
        nonce = self._nonce()
        if self._cipher is not None:
            return self._cipher.encrypt(nonce, body, self._header + word)
        return body + self._digest(nonce, word, body)

    def open(self, word: bytes, sealed: bytes) -> bytes:
        """The bytes without their tag. Raises `KnownError` when it does not fit."""
        nonce = self._nonce()
        if self._cipher is None:
            body, tag = sealed[:-_TAG], sealed[-_TAG:]
            if not hmac.compare_digest(tag, self._digest(nonce, word, body)):
                raise KnownError("backup.damaged")
            return body
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(nonce, sealed, self._header + word)
        except InvalidTag:
            raise KnownError("backup.damaged") from None

    def _digest(self, nonce: bytes, word: bytes, body: bytes) -> bytes:
        return hashlib.blake2b(nonce + word + body, digest_size=_TAG, key=self._header[:64]).digest()

    def _nonce(self) -> bytes:
        made = self._next.to_bytes(12, "big")
        self._next += 1
        return made


class Writer:
    """Writes a sealed file piece by piece; `finish` ends it. Raises `OSError` when the disk refuses."""

    def __init__(self, file: BinaryIO, held: Lock | None) -> None:
        self._file = file
        self._buffer = bytearray()
        number = os.urandom(16)
        if held is None:
            fields = (PLAIN, 0, 0, 0, bytes(16), number, bytes(16))
        else:
            check = _part(held.key, b"check" + number, 16)
            fields = (SCRYPT, held.log_n, held.r, held.p, held.salt, number, check)
        header = _HEADER.pack(MAGIC, VERSION, *fields)
        self._tags = _Tags(header, number, None if held is None else held.key)
        file.write(header)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take some content."""
        self._buffer += data
        while len(self._buffer) > PIECE:
            self._piece(bytes(self._buffer[:PIECE]), last=False)
            del self._buffer[:PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the last piece; a file without it is seen to be cut."""
        self._piece(bytes(self._buffer), last=True)
        self._buffer.clear()

    def _piece(self, content: bytes, *, last: bool) -> None:
        packed = zlib.compress(content, 6)
        smaller = len(packed) < len(content)
        body = packed if smaller else content
        word = _WORD.pack((_LAST if last else 0) | (_PACKED if smaller else 0) | len(body))
        self._file.write(word + self._tags.seal(word, body))


class Reader:
    """Reads a sealed file from its beginning.

    `keyring` gives the passphrase. Raises `KnownError`: not one of ours, of a newer program, without or with
    a wrong passphrase, damaged or cut.
    """

    def __init__(self, file: BinaryIO, keyring: Keyring) -> None:
        self._file = file
        self._left = memoryview(b"")
        self._ended = False
        raw = file.read(_HEADER.size)
        if raw[: len(MAGIC)] != MAGIC:
            raise KnownError("backup.not_one")
        if len(raw) < _HEADER.size:
            raise KnownError("backup.damaged")
        _, version, kind, log_n, r, p, salt, number, check = _HEADER.unpack(raw)
        if version > VERSION or kind not in (PLAIN, SCRYPT):
            raise KnownError("backup.newer")
        key = None
        if kind == SCRYPT:
            if not keyring:
                raise KnownError("backup.needs_passphrase")
            if not (0 < log_n <= _MOST_LOG_N and 0 < r <= _MOST_R and 0 < p <= _MOST_P):
                raise KnownError("backup.damaged")
            key = keyring.lock(salt, log_n, r, p).key
            if not hmac.compare_digest(check, _part(key, b"check" + number, 16)):
                raise KnownError("backup.wrong_passphrase")
        self._tags = _Tags(raw, number, key)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all with -1; empty at the end."""
        out = bytearray()
        while size < 0 or len(out) < size:
            if not self._left:
                if self._ended:
                    break
                self._left = memoryview(self._piece())
                continue
            taken = self._left if size < 0 else self._left[: size - len(out)]
            out += taken
            self._left = self._left[len(taken) :]
        return bytes(out)

    def drain(self) -> None:
        """Read to the end, so that all of the file is known to be whole, and nothing follows it."""
        while not self._ended:
            self._piece()
        if self._file.read(1):
            raise KnownError("backup.damaged")

    def _piece(self) -> bytes:
        word = self._exactly(_WORD.size)
        (value,) = _WORD.unpack(word)
        if value & _LENGTH > PIECE:
            raise KnownError("backup.damaged")
        body = self._tags.open(word, self._exactly((value & _LENGTH) + _TAG))
        if value & _PACKED:
            body = _unpacked(body)
        self._ended = bool(value & _LAST)
        return body

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) < size:
            raise KnownError("backup.damaged")
        return found


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(body, PIECE)
    except zlib.error:
        raise KnownError("backup.damaged") from None
    if not unpacking.eof or unpacking.unused_data:
        raise KnownError("backup.damaged")
    return content


def _part(key: bytes, purpose: bytes, size: int) -> bytes:
    return hashlib.blake2b(purpose, digest_size=size, key=key).digest()


def is_encrypted(header: bytes) -> bool | None:
    """Whether a file that begins like this needs a passphrase; None = it is no sealed file."""
    if len(header) < 10 or header[:8] != MAGIC:
        return None
    return header[9] != PLAIN


HEADER = _HEADER.size

Progress = Callable[[int, int], None]
