"""The card that says how much is on disk, and what takes most of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal

from app.byte_words import byte_text
from app.i18n import tr
from ui.controls import button
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive, wrapping
from ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Largest:
    """One of the largest conversations; bytes."""

    conversation: str
    title: str
    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class Space:
    """What is there and how much of the disk it takes, in bytes. `binned` conversations are in the bin."""

    conversations: int
    archived: int
    messages: int
    text: int
    attachments: int
    binned: int
    database: int
    snapshots: int
    kept: int
    largest: tuple[Largest, ...] = ()


class SpaceCard(DataCard):
    """`count_requested`, `bin_requested`, `conversation_requested(id)`."""

    count_requested = Signal()
    bin_requested = Signal()
    conversation_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.space"))
        self._shown: Space | None = None
        self.card.add(wrapping(tr("data.counting"), "caption", "ink-3"))

    def show_space(self, space: Space) -> None:
        """Show what was counted; where that is what is shown already, nothing is made anew."""
        if space == self._shown:
            return
        self._shown = space
        self.card.clear()
        said = tr(
            "data.contents.note",
            messages=space.messages,
            text=byte_text(space.text),
            attachments=byte_text(space.attachments),
        )
        again = button(tr("data.count"), size="small", icon="retry")
        again.clicked.connect(self.count_requested)
        head = tr("data.contents", n=space.conversations)
        if space.archived:
            head = tr("data.contents.archived", n=space.conversations, archived=space.archived)
        self.card.add(Adaptive(two_lines(head, said), again))
        disk = [tr("data.disk.database", size=byte_text(space.database))]
        disk.append(tr("data.disk.snapshots", size=byte_text(space.snapshots)))
        if space.kept:
            disk.append(tr("data.disk.kept", size=byte_text(space.kept)))
        whole = byte_text(space.database + space.snapshots + space.kept)
        self.card.add(two_lines(tr("data.disk", size=whole), " · ".join(disk)))
        open_bin = button(tr("data.bin.open"), size="small", icon="trash")
        open_bin.clicked.connect(self.bin_requested)
        self.card.add(Adaptive(two_lines(tr("data.bin", n=space.binned), tr("data.bin.note")), open_bin))
        if space.largest:
            self.card.add(wrapping(tr("data.largest"), "caption", "ink-3"))
        for one in space.largest:
            note = f"{tr('bin.messages', n=one.messages)} · {byte_text(one.size)}"
            show = button(tr("bin.open"), size="small")
            show.setAccessibleName(tr("data.largest.open", title=one.title))
            show.clicked.connect(lambda _=False, c=one.conversation: self.conversation_requested.emit(c))
            self.card.add(Adaptive(two_lines(one.title, note), show))
