"""Importing from the window: files are chosen or dropped, the import runs behind, the card and a bar tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from app.errors import KnownError
from app.exchange.imports.job import ImportJob, Stand
from app.i18n import tr
from app.tasks import TaskScope
from ui.main_window import MainWindow

SUFFIXES = frozenset({".zip", ".json", ".bak", ".gz"})
_BAR = "import"


class Importing(QObject):
    """`choose()` asks for files, `begin(paths)` imports; `show` brings the card to the user."""

    def __init__(
        self,
        window: MainWindow,
        job: ImportJob,
        scope: TaskScope,
        tell: Callable[[BaseException], None],
        show: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self.job = job
        self._scope = scope
        self._tell = tell
        self._show_card = show
        self._barred = False
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self._end = job.subscribe(self._news)
        self._news(job.stand)

    def detach(self) -> None:
        """The window goes; an import that runs goes on."""
        self._end()
        self._window.removeEventFilter(self)

    def choose(self, *, folder: bool = False) -> None:
        """Ask which files, or which folder."""
        chooser = QFileDialog(self._window, tr("import.title"))
        if folder:
            chooser.setFileMode(QFileDialog.FileMode.Directory)
            chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
            chooser.setNameFilters([tr("import.filter"), tr("import.filter_all")])
        chooser.filesSelected.connect(lambda names: self.begin([Path(name) for name in names]))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def begin(self, paths: Sequence[Path]) -> None:
        """Import these files and folders, and show how it goes."""
        if self.job.stand.running:
            self._tell(KnownError("import.busy"))
            return
        if paths:
            self._scope.start(self.job.run(list(paths)), "import")
            self._show()

    def _show(self) -> None:
        self._show_card()

    def _news(self, stand: Stand) -> None:
        """A bar over the chat while it runs, and at its end what came of it."""
        notices = self._window.notices
        if stand.running:
            if not self._barred:
                self._barred = True
                text = tr("import.running", name=stand.name)
                notices.put(_BAR, text, "info", tr("import.see"), self._show)
            return
        notices.clear(_BAR)
        if self._barred:
            self._barred = False
            heading, sentences, _left = told(stand)
            if heading and self._window.page() == "chat":
                self._window.toast.show_text(
                    sentences[0] if sentences else heading, tr("import.see"), self._show
                )

    # dropped files

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            paths = importable(event.mimeData())
            if paths:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.begin(paths)
                return True
        return False


def importable(data: QMimeData) -> list[Path]:
    """The files that are dragged, if all of them may be exports of chats; else none."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    fitting = all(path.suffix.lower() in SUFFIXES or path.is_dir() for path in paths)
    return paths if paths and fitting and len(paths) == len(data.urls()) else []


def told(stand: Stand) -> tuple[str, list[str], list[str]]:
    """Heading, sentences and what was left out, of an import that has ended; nothing when none has."""
    if stand.problem:
        return tr("import.failed"), [stand.problem], []
    if stand.report is None:
        return "", [], []
    from app.exchange.imports.telling import rows, sentences

    report = stand.report
    if report.stopped:
        heading = tr("import.ended")
    elif report.problems and report.nothing:
        heading = tr("import.failed")
    else:
        heading = tr("import.finished")
    return heading, sentences(report), rows(report)
