"""One window per data folder: a second start raises the first window, or has it ask, and ends."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE = b"raise"
QUICK = b"quick-ask"
ANSWER = b"ok\n"
CONNECT_MS = 500


_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
_LONGEST_TOKEN = 300


def raise_first(name: str, *, quick: bool = False) -> bool:
    """Ask a running instance to show itself, or with `quick` its small window. True when one answered; blocks
    half a second at most a step."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(CONNECT_MS):
        return False
    # What the desktop gave this start: with it the other window may take the keyboard (Wayland).
    token = next((found for name in _TOKENS if (found := os.environ.get(name))), "")
    socket.write(b" ".join((QUICK if quick else RAISE, token.encode())).rstrip() + b"\n")
    socket.flush()
    answered = socket.waitForReadyRead(CONNECT_MS) and socket.readAll().data() == ANSWER
    socket.disconnectFromServer()
    return answered


class SingleInstance(QObject):
    """Listens for second starts. Signals: `raise_requested` (another start wants this window in front),
    `quick_requested` (it wants the small one)."""

    raise_requested = Signal()
    quick_requested = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        # Only this user may connect, and only from a process on this machine.
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        if not self._server.listen(name):
            # A socket left behind by a killed process; nobody answered on it, or we would not be here.
            QLocalServer.removeServer(name)
            self._server.listen(name)

    @property
    def listening(self) -> bool:
        """False when the system refused the socket: then a second start cannot raise this window."""
        return self._server.isListening()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._answer(socket))
            if socket.bytesAvailable():
                self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        wanted, _, token = bytes(socket.readAll().data()).strip().partition(b" ")
        if wanted not in (RAISE, QUICK):
            return
        socket.write(ANSWER)
        socket.flush()
        if token and len(token) < _LONGEST_TOKEN and token.isascii():
            # Qt hands it to the compositor with the next window that is activated, and forgets it.
            os.environ["XDG_ACTIVATION_TOKEN"] = token.decode("ascii")
        (self.quick_requested if wanted == QUICK else self.raise_requested).emit()
