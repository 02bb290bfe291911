"""One window per data folder: a second start raises the first window and ends."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE = b"raise\n"
ANSWER = b"ok\n"
CONNECT_MS = 500


def raise_first(name: str) -> bool:
    """Ask a running instance to show itself. True when one answered; blocks half a second at most a step."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(CONNECT_MS):
        return False
    socket.write(RAISE)
    socket.flush()
    answered = socket.waitForReadyRead(CONNECT_MS) and socket.readAll().data() == ANSWER
    socket.disconnectFromServer()
    return answered


class SingleInstance(QObject):
    """Listens for second starts. Signal `raise_requested`: another start wants this window in front."""

    raise_requested = Signal()

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
        if bytes(socket.readAll().data()).startswith(RAISE):
            socket.write(ANSWER)
            socket.flush()
            self.raise_requested.emit()
