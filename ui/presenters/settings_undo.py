"""Takes back what the user changed in the settings, step by step, across languages, themes and windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer

from app.i18n import tr
from app.settings import Settings, SettingsService
from ui.presenters.setting_words import undone
from ui.toast import UNDO_SECONDS, Toast

MOST = 100
"""So many steps can be taken back."""

_GONE = object()


@dataclass(slots=True)
class _Step:
    """What one act changed: fields before and after, and what else goes back and comes again with it. `words`
    say what was done where no field tells."""

    before: dict[str, Any]
    after: dict[str, Any]
    back: list[Callable[[], object]] = field(default_factory=list)
    again: list[Callable[[], object]] = field(default_factory=list)
    words: str = ""


class SettingsUndo(QObject):
    """Hears of every change made by the user's hand, wherever; lives as long as the program.

    `toast` gives the bar of the window as it is then. Changes of one turn of the event loop are one step.
    """

    def __init__(self, settings: SettingsService, toast: Callable[[], Toast]) -> None:
        super().__init__()
        self._settings = settings
        self._toast = toast
        self._steps: list[_Step] = []
        self._undone: list[_Step] = []
        self._working = False
        self._open = False
        self._said: Callable[[], None] | None = None
        self._past = QTimer(self)
        self._past.setSingleShot(True)
        self._past.setInterval(UNDO_SECONDS * 1000)
        self._past.timeout.connect(self._forget)
        settings.subscribe(self._changed)

    def undo(self) -> None:
        """Take the last step back and say so; without one nothing happens."""
        if self._steps:
            step = self._steps.pop()
            self._undone.append(step)
            self._put(step.after, step.before, step.back)
            words = step.words and tr("undone.plain", name=step.words)
            self._say(step.before, step.after, "undone.redo", self.redo, words)

    def redo(self) -> None:
        """Do what was taken back last once more."""
        if self._undone:
            step = self._undone.pop()
            self._steps.append(step)
            self._put(step.before, step.after, step.again)
            self._say(step.after, step.before, "window.undo", self.undo, step.words)

    def did(self, words: str, back: Callable[[], object], again: Callable[[], object]) -> None:
        """Something was done in the settings that no setting keeps: say it, and have it in the order."""
        self._undone.clear()
        self._open = False
        self._steps.append(_Step({}, {}, [back], [again], words))
        del self._steps[:-MOST]
        self._say({}, {}, "window.undo", self.undo, words)

    def attach(self, back: Callable[[], object], again: Callable[[], object]) -> None:
        """The change just made has a part outside the settings: `back` and `again` do that part."""
        if self._open and self._steps:
            self._steps[-1].back.append(back)
            self._steps[-1].again.append(again)

    def say_again(self) -> None:
        """The window was built anew, perhaps because of what was taken back: say it there."""
        if self._said is not None:
            self._said()

    def _changed(self, before: Settings, after: Settings) -> None:
        if self._working or self._settings.by_itself:
            return
        names = [f.name for f in fields(Settings) if getattr(before, f.name) != getattr(after, f.name)]
        was = {name: getattr(before, name) for name in names}
        now = {name: getattr(after, name) for name in names}
        self._undone.clear()
        self._forget()
        if self._open and self._steps:
            step = self._steps[-1]
            step.before = {**was, **step.before}
            step.after = {**step.after, **now}
            return
        self._steps.append(_Step(was, now))
        del self._steps[:-MOST]
        self._open = True
        QTimer.singleShot(0, self, self._close)

    def _close(self) -> None:
        self._open = False

    def _put(self, away: dict[str, Any], to: dict[str, Any], also: list[Callable[[], object]]) -> None:
        current = self._settings.current
        values = {name: _merged(getattr(current, name), away[name], to[name]) for name in to}
        self._open = False
        self._working = True
        try:
            self._settings.change(**values)
        finally:
            self._working = False
        for act in also:
            act()

    def _say(
        self, now: dict[str, Any], was: dict[str, Any], action: str, act: Callable[[], None], words: str = ""
    ) -> None:
        # In the language and in the window there are by then.
        self._said = lambda: self._toast().show_text(words or undone(was, now), tr(action), act)
        self._past.start()
        self._said()

    def _forget(self) -> None:
        self._said = None


def _merged(current: object, away: object, to: object) -> object:
    """The value to go to. Of a mapping only what the step changed goes back, if more has changed since."""
    if not isinstance(current, Mapping) or current == away:
        return to
    old, new = cast("Mapping[str, Any]", away), cast("Mapping[str, Any]", to)
    merged = dict(cast("Mapping[str, Any]", current))
    for name in {*old, *new}:
        if old.get(name, _GONE) != new.get(name, _GONE):
            if name in new:
                merged[name] = new[name]
            else:
                merged.pop(name, None)
    return merged
