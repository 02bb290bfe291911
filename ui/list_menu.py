"""The menus of the conversation list: of rows, of folders, and what is behind the dots."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import tr
from ui.icons import icon
from ui.keys import in_force
from ui.models.arranging import SORTS, View
from ui.models.conversations import ConversationModel
from ui.name_popup import ask_name
from ui.theme import Theme
from ui.wishes import Wishes

MOST_TAGS = 12
"""So many tags stand in a menu; the others are behind the search."""

_NATIVE = QKeySequence.SequenceFormat.NativeText


class ListMenus:
    """Builds menus over `parent`, which say what is wished through `wishes`."""

    def __init__(self, parent: QWidget, model: ConversationModel, wishes: Wishes, theme: Theme) -> None:
        self._parent = parent
        self._model = model
        self._wishes = wishes
        self._theme = theme

    def rows(self, ids: Sequence[str], edit: Callable[[], None], where: QPoint) -> QMenu:
        """The menu of one row or several; `edit` renames the one. `where` is global."""
        chosen, found, wishes = list(ids), self._model.known(ids), self._wishes
        menu = self._menu()
        if len(chosen) > 1:
            menu.addSection(tr("sidebar.chosen", n=len(chosen)))
        else:
            rename = self._add(menu, tr("sidebar.rename"), edit, "edit")
            rename.setShortcut(QKeySequence(in_force.native("rename"), _NATIVE))
        pin = not all(c.pinned for c in found)
        text = tr("sidebar.pin") if pin else tr("sidebar.unpin")
        self._add(menu, text, lambda: wishes.pinned.emit(chosen, pin), "pin")
        away = not all(c.archived for c in found)
        text = tr("sidebar.archive") if away else tr("sidebar.unarchive")
        self._add(menu, text, lambda: wishes.archived.emit(chosen, away), "archive")
        self.move_menu(chosen, where, menu)
        self.tag_menu(chosen, where, menu)
        if wishes.can_export:
            self._add(menu, tr("sidebar.export"), lambda: wishes.exported.emit(chosen), "export")
        menu.addSeparator()
        delete = self._add(menu, tr("sidebar.delete"), lambda: wishes.deleted.emit(chosen), "trash", "bad")
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        return menu

    def folder(self, name: str, folded: bool, edit: Callable[[], None]) -> QMenu:
        """The menu of a folder's heading."""
        menu = self._menu()
        rename = self._add(menu, tr("sidebar.folder.rename"), edit, "edit")
        rename.setShortcut(QKeySequence(in_force.native("rename"), _NATIVE))
        text = tr("sidebar.folder.unfold") if folded else tr("sidebar.folder.fold")
        self._add(menu, text, lambda: self._model.fold(name, not folded), "folder")
        menu.addSeparator()
        away = tr("sidebar.folder.dissolve")
        self._add(menu, away, lambda: self._wishes.folder_renamed.emit(name, None), "trash", "bad")
        return menu

    def move_menu(self, ids: Sequence[str], where: QPoint, within: QMenu | None = None) -> QMenu:
        """Into which folder?"""
        chosen, wishes = list(ids), self._wishes
        menu = self._menu(within, tr("sidebar.move"), "folder")
        at = {c.folder for c in self._model.known(ids)}
        for name in self._model.folders():
            action = self._add(menu, name, lambda n=name: wishes.moved.emit(chosen, n))
            action.setCheckable(True)
            action.setChecked(at == {name})
        menu.addSeparator()
        self._add(menu, tr("sidebar.folder.new"), lambda: self._new_folder(chosen, where), "plus")
        if at - {None}:
            self._add(menu, tr("sidebar.folder.out"), lambda: wishes.moved.emit(chosen, None))
        return menu

    def tag_menu(self, ids: Sequence[str], where: QPoint, within: QMenu | None = None) -> QMenu:
        """Which tags? A tag that some have is given to all."""
        chosen, found = list(ids), self._model.known(ids)
        menu = self._menu(within, tr("sidebar.tag"), "tag")
        own = {tag for c in found for tag in c.tags}
        names = list(dict.fromkeys([*sorted(own), *self._model.tags()]))
        for name in names[:MOST_TAGS]:
            everywhere = bool(found) and all(name in c.tags for c in found)
            add, remove = ([], [name]) if everywhere else ([name], [])
            action = self._add(
                menu, f"#{name}", lambda a=add, r=remove: self._wishes.tagged.emit(chosen, a, r)
            )
            action.setCheckable(True)
            action.setChecked(everywhere)
        menu.addSeparator()
        self._add(menu, tr("sidebar.tag.new"), lambda: self._new_tag(chosen, where), "plus")
        return menu

    def more(self, look: Callable[[View], None], choose_all: Callable[[], None], where: QPoint) -> QMenu:
        """What is shown, in which order, and what the list can do besides."""
        model = self._model
        menu = self._menu()
        away = model.archived_count()
        shown = [(View(), tr("sidebar.view.all")), (View(archived=True), tr("sidebar.view.archived", n=away))]
        for view, text in shown:
            self._choice(menu, text, model.view == view, lambda v=view: look(v))
        tags = model.tags()
        if tags:
            inner = self._menu(menu, tr("sidebar.view.tag"), "tag")
            for name, n in list(tags.items())[: 2 * MOST_TAGS]:
                view = View(tag=name)
                self._choice(inner, f"#{name}  {n}", model.view == view, lambda v=view: look(v))
        menu.addSeparator()
        order = self._menu(menu, tr("sidebar.sort"))
        for sort in SORTS:
            self._choice(
                order,
                tr(f"sidebar.sort.{sort}"),
                model.arrangement.sort == sort,
                lambda s=sort: model.sort_by(s),
            )
        self._add(menu, tr("sidebar.folder.new"), lambda: self._new_folder([], where), "folder")
        everything = self._add(menu, tr("sidebar.choose_all"), choose_all)
        everything.setShortcut(QKeySequence(QKeySequence.StandardKey.SelectAll))
        everything.setEnabled(bool(model.ids()))
        menu.addSeparator()
        self._add(menu, tr("sidebar.bin"), self._wishes.bin_opened.emit, "trash")
        return menu

    # inside

    def _menu(self, within: QMenu | None = None, title: str = "", name: str = "") -> QMenu:
        """A menu that goes when it is closed, or one within another that goes with that."""
        menu = QMenu(title, within or self._parent)
        if within is None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        else:
            within.addMenu(menu)
        if name:
            menu.setIcon(icon(name, self._theme))
        return menu

    def _add(
        self, menu: QMenu, text: str, act: Callable[[], object], name: str = "", token: str = "ink-2"
    ) -> QAction:
        # An ampersand in a name is no shortcut.
        action = menu.addAction(text.replace("&", "&&"))
        if name:
            action.setIcon(icon(name, self._theme, token))
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _choice(self, menu: QMenu, text: str, on: bool, act: Callable[[], object]) -> None:
        action = self._add(menu, text, act)
        action.setCheckable(True)
        action.setChecked(on)

    def _new_folder(self, ids: list[str], where: QPoint) -> None:
        def make(name: str) -> None:
            self._model.keep_folder(name)
            if ids:
                self._wishes.moved.emit(ids, name)

        ask_name(self._theme, self._parent, tr("sidebar.folder.name"), where, make)

    def _new_tag(self, ids: list[str], where: QPoint) -> None:
        ask_name(
            self._theme,
            self._parent,
            tr("sidebar.tag.name"),
            where,
            lambda name: self._wishes.tagged.emit(ids, [name.lstrip("#＃") or name], []),
        )
