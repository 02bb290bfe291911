"""What went wrong is said in the window there is, and said again in the one that follows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from app.errors import KnownError
from app.i18n import tr

if TYPE_CHECKING:
    from app.tasks import TaskScope
    from ui.main_window import MainWindow

_log = logging.getLogger(__name__)

_BUG = "bug"


class Telling:
    """`window` gives the window there is now."""

    def __init__(self, window: Callable[[], MainWindow]) -> None:
        self._window = window
        self._told: dict[str, BaseException] = {}

    def tell(self, error: BaseException) -> None:
        """Say it over the chat; on another page, where that bar cannot be seen, at its foot as well."""
        name = f"known:{error.key}" if isinstance(error, KnownError) else _BUG
        self._told[name] = error
        self._put(name, error)
        window = self._window()
        if window.page() != "chat":
            if isinstance(error, KnownError):
                window.toast.show_text(str(error))
            else:
                window.toast.show_text(tr("shell.bug"), tr("shell.copy_details"), lambda: _copy(error))

    def again(self, shown: Collection[str]) -> None:
        """Say in a new window what the one before still showed; `shown` are the names of its bars."""
        self._told = {name: error for name, error in self._told.items() if name in shown}
        for name, error in self._told.items():
            self._put(name, error)

    def _put(self, name: str, error: BaseException) -> None:
        notices = self._window().notices
        if isinstance(error, KnownError):
            notices.put(name, str(error), "bad")
        else:
            notices.put(name, tr("shell.bug"), "bad", tr("shell.copy_details"), lambda: _copy(error))


def _copy(error: BaseException) -> None:
    import traceback

    from app.logs import redactor

    QGuiApplication.clipboard().setText(redactor.clean("".join(traceback.format_exception(error))))


class WindowTasks:
    """The tasks that show something in one window. Those still under way when it goes run to their end, for
    what they store; that there is nothing left to show it in is no news."""

    def __init__(self, scope: TaskScope) -> None:
        self.scope = scope.branch(self._expected)
        self._gone = False

    def window_gone(self) -> None:
        """From now on the window's widgets are no more."""
        self._gone = True

    def _expected(self, error: BaseException) -> bool:
        gone = self._gone and isinstance(error, RuntimeError) and "Internal C++ object" in str(error)
        if gone:
            _log.debug("a task outlived its window", exc_info=error)
        return gone
