"""The sections of the settings page, built when first needed: in pieces, or at once where need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.settings import Settings
from ui.pieces import Backstage, Pieces, at_once
from ui.settings.form import scrolled
from ui.settings.kinds import KINDS
from ui.settings.parts import left
from ui.settings.sections import Section
from ui.theme import Theme

Filling = Callable[[Any], Iterator[object] | None]
"""Gives a section its content; one that takes long yields in between."""


class Sections(QObject):
    """`made(section)` before anything is shown in one, `whole(name)` once it is filled and its page stands in
    the stack."""

    made = Signal(object)
    whole = Signal(str)

    def __init__(self, theme: Theme, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._theme = theme
        self._stack = stack
        self._settings: Settings | None = None
        self._fillings: dict[str, Filling] = {}
        self._servers: dict[str, list[Callable[[Any], None]]] = {}
        self._sections: dict[str, Section] = {}
        self._pages: dict[str, QWidget] = {}
        self._building: dict[str, Pieces] = {}

    def stands(self, name: str) -> bool:
        """Whether a section is there whole."""
        return name in self._sections and name not in self._building

    def page(self, name: str) -> QWidget:
        """What the stack shows for a section that stands."""
        return self._pages[name]

    def begin(self, name: str) -> None:
        """Build a section between other things; `whole` tells when it is there."""
        if name in self._sections:
            return
        section = self._sections[name] = KINDS[name](self._theme, whole=False)
        backstage = Backstage(self._pages.setdefault(name, scrolled(left(section))), self._stack)

        def done() -> None:
            del self._building[name]
            backstage.enter()
            self.whole.emit(name)

        self._building[name] = Pieces(self._steps(name, section, backstage), done, self)

    def whole_one(self, name: str) -> Section:
        """A section with all that is in it, built now if it is not yet."""
        self.begin(name)
        if name in self._building:
            self._building[name].finish()
        return self._sections[name]

    def show_settings(self, settings: Settings) -> None:
        """Show these settings wherever a section stands, and in those to come."""
        self._settings = settings
        for name, section in self._sections.items():
            if name not in self._building:
                section.show_settings(settings)

    def fill(self, name: str, filling: Filling) -> None:
        """Give a section its content now, or when it is built."""
        self._fillings[name] = filling
        if self.stands(name):
            at_once(filling(self._sections[name]) or ())

    def serve(self, name: str, server: Callable[[Any], None]) -> None:
        """Hand a section to `server` once, now or when it is built; there may be several servers."""
        if self.stands(name):
            server(self._sections[name])
        else:
            self._servers.setdefault(name, []).append(server)

    def _steps(self, name: str, section: Section, backstage: Backstage) -> Iterator[object]:
        yield backstage
        yield from section.build()
        self.made.emit(section)
        filled: Filling | None = None
        shown: Settings | None = None
        servers = self._servers.setdefault(name, [])
        # What comes in between is seen to as well: nothing is left when the last step has been taken.
        while servers or filled is not self._fillings.get(name) or shown is not self._settings:
            if shown is not self._settings:
                shown = self._settings
                if shown is not None:
                    section.show_settings(shown)
            elif filled is not self._fillings.get(name):
                filled = self._fillings[name]
                yield from filled(section) or ()
            else:
                servers.pop(0)(section)
            yield
