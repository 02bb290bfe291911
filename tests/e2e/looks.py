"""What is wrong with a screen as it stands: text that is cut, parts that overlap, faint colours, words left
in the other language. Everything is found by looking at the real widgets and their pixels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from ui.buttons import Button, FocusRing
from ui.controls import Switch
from ui.settings.form import Segment
from ui.transcript.row import Row

SAYING = (QLabel, QAbstractButton, QComboBox)
CHINESE = re.compile(r"[\u3400-\u9fff]")
SLACK = 1
"""Advances are rounded; what is over by a pixel is not cut."""


def described(widget: QWidget) -> str:
    """A widget by its class, its ancestors and what it says, for a failure's message."""
    chain, parent = [type(widget).__name__], widget.parentWidget()
    while parent is not None and len(chain) < 5:
        chain.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(chain) + f" {text_of(widget)!r} {widget.toolTip()!r}"


def text_of(widget: QWidget) -> str:
    """What a widget says in so many words; nothing where it only paints."""
    match widget:
        case QComboBox():
            return widget.currentText()
        case QLabel() | QAbstractButton():
            return widget.text()
        case QLineEdit():
            return widget.placeholderText()
        case _:
            return ""


def visible(root: QWidget, without: type[QWidget] = FocusRing) -> Iterator[QWidget]:
    """What can be seen of a window, leaving out `without` and all in it, and other windows over it."""
    for child in root.findChildren(QWidget, "", Qt.FindChildOption.FindDirectChildrenOnly):
        if child.isVisible() and not child.isWindow() and not isinstance(child, without):
            yield child
            yield from visible(child, without)


def saying(root: QWidget) -> Iterator[QWidget]:
    """What can be seen and says something; messages themselves are the user's and the model's."""
    for widget in visible(root, Row):
        if isinstance(widget, SAYING) and text_of(widget):
            yield widget


def cut(root: QWidget) -> Iterator[str]:
    """Texts whose widget is too small for them and tells the rest nowhere; parts wider than their place."""
    for widget in saying(root):
        text = text_of(widget)
        if text in widget.toolTip() or _elided(widget):
            continue
        have = widget.size()
        if isinstance(widget, QLabel) and widget.wordWrap():
            if widget.heightForWidth(have.width()) > have.height() + SLACK:
                yield f"too low: {described(widget)}"
            # A word is not broken: the longest needs its place.
            words = max(text.replace("\u200b", " ").split(), key=len, default="")
            inner = widget.contentsRect().width()
            if (
                CHINESE.search(words) is None
                and widget.fontMetrics().horizontalAdvance(words) > inner + SLACK
            ):
                yield f"a word is too wide: {described(widget)}"
            continue
        need = widget.minimumSizeHint() if isinstance(widget, QLabel) else widget.sizeHint()
        if need.width() > have.width() + SLACK or need.height() > have.height() + SLACK:
            yield f"{need.toTuple()} in {have.toTuple()}: {described(widget)}"
    yield from _outside(root)


def _elided(widget: QWidget) -> bool:
    """Whether somebody wrote a shortened text into it on purpose, the whole being its accessible name."""
    return "…" in text_of(widget)[-1:] or (
        isinstance(widget, QLabel) and bool(widget.property("whole-text") or widget.accessibleDescription())
    )


def _outside(root: QWidget) -> Iterator[str]:
    for widget in saying(root):
        here: QWidget = widget
        while (parent := here.parentWidget()) is not None and here is not root:
            at = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
            area = parent.parentWidget()
            if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
                sideways = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
                if sideways and not 0 <= at.left() <= at.right() < parent.width() + SLACK:
                    yield f"reaches out of what scrolls: {described(widget)}"
                break
            if at.left() < -SLACK or at.right() >= parent.width() + SLACK:
                yield f"reaches out of {type(parent).__name__}: {described(widget)}"
                break
            here = parent


def overlapping(root: QWidget) -> Iterator[str]:
    """Siblings that say something and lie over each other."""
    by_parent: dict[int, list[QWidget]] = {}
    for widget in saying(root):
        if not isinstance(widget, FocusRing):
            by_parent.setdefault(id(widget.parentWidget()), []).append(widget)
    for siblings in by_parent.values():
        for number, one in enumerate(siblings):
            for other in siblings[number + 1 :]:
                shared = one.geometry().intersected(other.geometry())
                if shared.width() > SLACK and shared.height() > SLACK:
                    yield f"{described(one)} and {described(other)}"


def chinese(root: QWidget, known: str) -> Iterator[str]:
    """What is said in Chinese on a screen in English: texts, hints, names for screen readers, rows of lists.

    `known` holds the names and the user's own words that stay as they are.
    """
    for widget in visible(root, Row):
        spoken = {text_of(widget), widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
        interface = QAccessible.queryAccessibleInterface(widget) if isinstance(widget, SAYING) else None
        if interface is not None:
            spoken.add(interface.text(QAccessible.Text.Name))
        if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            for row in range(min(model.rowCount(QModelIndex()), 60)):
                index = model.index(row, 0, QModelIndex())
                spoken.update(
                    str(index.data(role) or "")
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
                )
        for text in spoken:
            left = [run for run in re.findall(r"[\u3400-\u9fff]+", text) if run not in known]
            if left:
                yield f"{left}: {described(widget)}"


def faint(root: QWidget) -> Iterator[str]:
    """Texts whose colour is under 4.5 : 1 on the ground they stand on, as it was painted."""
    image = root.grab().toImage()
    ratio = image.devicePixelRatio()
    for widget in saying(root):
        if not widget.isEnabled() or isinstance(widget, QComboBox | Switch | FocusRing):
            continue
        if isinstance(widget, QLabel) and "<" in widget.text():
            # It may bring colours of its own.
            continue
        ground = _ground(image, QRect(widget.mapTo(root, QPoint(0, 0)), widget.size()), ratio)
        if ground is None or isinstance(widget.parentWidget(), Segment):
            continue
        colour = _ink(widget)
        if colour is not None and contrast(colour, ground) < 4.5:
            yield f"{colour.name()} on {ground.name()}: {described(widget)}"


def _ink(widget: QWidget) -> QColor | None:
    if isinstance(widget, Button):
        from ui import theme as themes

        return themes.current().color(widget._colours()[2])
    if isinstance(widget, QLabel):
        return widget.palette().color(QPalette.ColorRole.WindowText)
    return None


def _ground(image: QImage, place: QRect, ratio: float) -> QColor | None:
    """The commonest colour where a widget stands; None where it is not to be seen."""
    seen = QRect(place.topLeft() * ratio, place.size() * ratio).intersected(image.rect())
    if seen.width() < 4 or seen.height() < 4:
        return None
    across, down = max(1, seen.width() // 24), max(1, seen.height() // 12)
    found = Counter(
        image.pixel(x, y)
        for x in range(seen.left(), seen.right() + 1, across)
        for y in range(seen.top(), seen.bottom() + 1, down)
    )
    return QColor.fromRgb(found.most_common(1)[0][0])


def around(root: QWidget, widget: QWidget) -> QImage:
    """A picture of a widget with what lies round it, where its focus ring may be."""
    place = QRect(widget.mapTo(root, QPoint(0, 0)), widget.size()).adjusted(-12, -12, 12, 12)
    return root.grab(place.intersected(root.rect())).toImage()


def laid_out(root: QWidget) -> tuple[tuple[int, int, int, int], ...]:
    """Where everything stands that says something; the same twice once layouts have come to rest."""
    return tuple(widget.geometry().getRect() for widget in saying(root))


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
