"""A vendor behind TLS, and the proxies on the way to it, on loopback.

    async with Vendor(certificate, plain_port) as vendor, Proxy("socks5", vendor.port) as proxy:
        ...  # https://anything.invalid through proxy.url ends at the played vendor

The certificate is made at run time; whatever host is asked for, a proxy leads to the same vendor.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal, Self


def make_certificate(folder: Path, *hosts: str) -> Path:
    """A PEM file with a fresh key and a certificate for `hosts` that vouches for itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "vendor.pem"
    path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    return path


class _Listener:
    """Listens on loopback and pipes each connection on."""

    def __init__(self, target: int, context: ssl.SSLContext | None = None) -> None:
        self.target = target
        self.port = 0
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # A handler that is cancelled or cut would be reported as an error of the stream protocol.
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, OSError
            ):
                if await self._greet(reader, writer):
                    await self._join(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        return True

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
        both: list[Coroutine[Any, Any, None]] = [_pipe(reader, there), _pipe(there_reader, writer)]
        try:
            await asyncio.gather(*both)
        finally:
            there.close()


class Vendor(_Listener):
    """TLS with the given certificate in front of a played vendor's plain port."""

    def __init__(self, certificate: Path, target: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        super().__init__(target, context)


class Proxy(_Listener):
    """An HTTP or SOCKS5 proxy; `asked` are the hosts it was asked for, as the client wrote them."""

    def __init__(self, kind: Literal["http", "socks5"], target: int) -> None:
        super().__init__(target)
        self.kind = kind
        self.asked: list[str] = []
        self.heads: list[bytes] = []

    @property
    def url(self) -> str:
        return f"{self.kind}://127.0.0.1:{self.port}"

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.kind == "http":
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            self.asked.append(head.split(b" ", 2)[1].rpartition(b":")[0].decode())
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            _, methods = await reader.readexactly(2)
            await reader.readexactly(methods)
            writer.write(b"\x05\x00")
            _, _, _, form = await reader.readexactly(4)
            size = (await reader.readexactly(1))[0] if form == 3 else 4
            host = await reader.readexactly(size)
            await reader.readexactly(2)
            self.heads.append(host)
            self.asked.append(host.decode() if form == 3 else ".".join(map(str, host)))
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await writer.drain()
        return True


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
