"""The card of the data section that sets up the sync and shows how it stands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.settings import Settings
from ui.controls import Field, Switch, button
from ui.settings.data_backup import passphrase_field
from ui.settings.data_card import DataCard, two_lines
from ui.settings.form import Adaptive, Segment, column, form_row, wrapping
from ui.theme import Theme


class SyncCard(DataCard):
    """`changed(name of a setting, value)`, `secret_entered("password" | "passphrase", text)`,
    `folder_requested()`, `nutstore_requested()`, `sync_requested()`."""

    changed = Signal(str, object)
    secret_entered = Signal(str, str)
    folder_requested = Signal()
    nutstore_requested = Signal()
    sync_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("data.sync"))
        self.kind = Segment(
            theme,
            (
                ("off", tr("data.sync.off")),
                ("folder", tr("data.sync.folder")),
                ("webdav", tr("data.sync.webdav")),
            ),
        )
        self.kind.chosen.connect(lambda value: self.changed.emit("sync", value))
        self.card.add(form_row(tr("data.sync.title"), tr("data.sync.note"), self.kind))
        self._folder_path = wrapping("", "caption", "ink-3")
        self.choose = button(tr("data.sync.choose"), size="small", icon="folder")
        self.choose.clicked.connect(self.folder_requested)
        self._folder = self._row(self._build_folder())
        self._webdav = self._row(self._build_webdav())
        self.encrypt = Switch()
        self.encrypt.clicked.connect(lambda on: self.changed.emit("sync_encrypted", on))
        self.passphrase = passphrase_field(tr("data.sync.passphrase"))
        self.passphrase.editingFinished.connect(lambda: self._enter("passphrase", self.passphrase))
        sealing = QWidget()
        lines = column(sealing, spacing=8)
        lines.addWidget(form_row(tr("data.sync.encrypt"), tr("data.sync.encrypt.note"), self.encrypt))
        lines.addWidget(self.passphrase)
        self._sealing = self._row(sealing)
        self.now = button(tr("data.sync.now"), size="small", icon="retry")
        self.now.clicked.connect(self.sync_requested)
        self._state = wrapping("", "control", "ink")
        self._detail = wrapping("", "caption", "ink-3")
        words = QWidget()
        lines = column(words, spacing=1)
        lines.addWidget(self._state)
        lines.addWidget(self._detail)
        self._standing = self._row(Adaptive(words, self.now))
        self.show_settings(Settings())

    def show_settings(self, settings: Settings) -> None:
        """Show the values in use; emits nothing."""
        self.kind.choose(settings.sync)
        self._folder_path.setText(settings.sync_folder or tr("data.sync.no_folder"))
        for field, text in ((self.url, settings.sync_url), (self.user, settings.sync_user)):
            if field.text() != text and not field.hasFocus():
                field.setText(text)
        self.encrypt.setChecked(settings.sync_encrypted)
        self.passphrase.setVisible(settings.sync_encrypted)
        self._folder.setVisible(settings.sync == "folder")
        self._webdav.setVisible(settings.sync == "webdav")
        for row in (self._sealing, self._standing):
            row.setVisible(settings.sync != "off")
        self.card.update()

    def show_secrets(self, *, password: bool, passphrase: bool) -> None:
        """Which secrets the keyring has; what they are stays there."""
        for field, there, name in (
            (self.password, password, "data.sync.password"),
            (self.passphrase, passphrase, "data.sync.passphrase"),
        ):
            field.setPlaceholderText(tr("data.sync.kept", name=tr(name)) if there else tr(name))

    def show_state(self, head: str, detail: str = "", *, running: bool = False) -> None:
        """How it stands, in a line and, smaller, what happened last."""
        self._state.setText(head)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.now.setEnabled(not running)

    def _build_folder(self) -> QWidget:
        words = two_lines(tr("data.sync.folder.title"), tr("data.sync.folder.note"))
        lines = words.layout()
        assert lines is not None
        lines.addWidget(self._folder_path)
        return Adaptive(words, self.choose)

    def _build_webdav(self) -> QWidget:
        self.url = Field("https://dav.jianguoyun.com/dav/")
        self.url.setAccessibleName(tr("data.sync.url"))
        self.url.editingFinished.connect(lambda: self._edited("sync_url", self.url))
        self.user = Field(tr("data.sync.user"))
        self.user.editingFinished.connect(lambda: self._edited("sync_user", self.user))
        self.password = passphrase_field(tr("data.sync.password"))
        self.password.editingFinished.connect(lambda: self._enter("password", self.password))
        self.nutstore = button(tr("data.sync.nutstore"), size="small")
        self.nutstore.clicked.connect(self.nutstore_requested)
        made = QWidget()
        lines = column(made, spacing=8)
        lines.addWidget(
            Adaptive(two_lines(tr("data.sync.server"), tr("data.sync.server.note")), self.nutstore)
        )
        for field in (self.url, self.user, self.password):
            lines.addWidget(field)
        return made

    def _row(self, widget: QWidget) -> QWidget:
        self.card.add(widget)
        row = widget.parentWidget()
        assert row is not None
        return row

    def _edited(self, name: str, field: Field) -> None:
        if field.isModified():
            field.setModified(False)
            self.changed.emit(name, field.text().strip())

    def _enter(self, which: str, field: Field) -> None:
        text = field.text().strip()
        if text:
            # `clear()` would leave the text in the undo history.
            field.setText("")
            self.secret_entered.emit(which, text)
