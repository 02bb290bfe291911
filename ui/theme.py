"""Colours, fonts and the style sheet, from the tokens in `resources/themes/*.toml`."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QProxyStyle
from shiboken6 import isValid

import resources

Scheme = Literal["light", "dark"]

_FOLDER = Path(resources.__path__[0]) / "themes"
_BODY = 15
ACCENTS = ("jieli", "indigo", "violet", "magenta", "graphite")
"""The colours that mean "holds the baton"; ours is in the themes, the others in `accents.toml`."""

_USES: dict[str, tuple[int, int, bool]] = {
    "h1": (20, 30, True),
    "h2": (18, 28, True),
    "h3": (17, 26, True),
    "h4": (15, 25, True),
    "table": (14, 22, False),
    "control": (13, 20, False),
    "control-bold": (13, 20, True),
    "caption": (12, 17, False),
    "caption-bold": (12, 17, True),
    "title": (24, 34, True),
    "detail": (17, 24, True),
    "header": (14, 20, True),
    "axis": (11, 14, False),
}
"""Size and line height in logical pixels, and whether the weight is 600."""

_QSS = """
QLineEdit, QAbstractSpinBox {
  background: %(bg-page)s; color: %(ink)s; border: 1px solid %(line-control)s; border-radius: 6px;
  padding: 0 10px; min-height: 28px; }
QLineEdit { lineedit-password-character: 8226; placeholder-text-color: %(ink-3)s; }
Field { placeholder-text-color: transparent; }
QLineEdit:focus, QAbstractSpinBox:focus { border: 2px solid %(accent)s; padding: 0 9px; min-height: 26px; }
QAbstractSpinBox { max-height: 28px; }
QAbstractSpinBox:focus { max-height: 26px; }
QLineEdit[low="true"] { min-height: 24px; max-height: 24px; }
QLineEdit[low="true"]:focus { min-height: 22px; max-height: 22px; }
QLineEdit[state="bad"] { border-color: %(bad-mark)s; padding-right: 30px; }
QLineEdit:disabled, QAbstractSpinBox:disabled {
  background: %(bg-hover)s; color: %(ink-off)s; border-color: %(line)s; }
QLineEdit[flat="true"], QAbstractSpinBox > QLineEdit, QComboBox > QLineEdit,
QAbstractSpinBox > QLineEdit:focus, QComboBox > QLineEdit:focus {
  border: 0; padding: 0; min-height: 0; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: 0; }
QMenu { background: %(bg-page)s; color: %(ink)s; border: 1px solid %(line-strong)s; padding: 4px; }
QMenu::item { padding: 5px 20px 5px 10px; border-radius: 4px; }
QMenu::icon { left: 8px; }
QMenu::indicator { left: 6px; }
QMenu::item:selected { background: %(bg-hover)s; }
QMenu::item:disabled { color: %(ink-off)s; }
QMenu::separator { height: 1px; background: %(line)s; margin: 4px 8px; }
QToolTip { background: %(bg-page)s; color: %(ink)s; border: 1px solid %(line-strong)s; padding: 0 1px; }
QComboBox QAbstractItemView {
  background: %(bg-page)s; color: %(ink)s; border: 1px solid %(line-strong)s; outline: 0; padding: 3px; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 7px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected, QComboBox QAbstractItemView::item:hover {
  background: %(bg-hover)s; color: %(ink)s; }
QFileDialog QPushButton {
  background: %(bg-page)s; color: %(ink)s; border: 1px solid %(line-strong)s; border-radius: 6px;
  padding: 0 12px; min-height: 28px; }
QFileDialog QPushButton:hover { background: %(bg-hover)s; }
QFileDialog QPushButton:pressed { background: %(bg-press)s; }
QFileDialog QPushButton:default { background: %(accent)s; color: %(on-accent)s; border-color: %(accent)s; }
QFileDialog QPushButton:disabled { background: %(bg-hover)s; color: %(ink-off)s; border-color: %(line)s; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 0; }
QScrollBar::handle { background: %(line-strong)s; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: %(line-control)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What the user chose of the looks. `body_size` is the transcript's text in logical pixels; an empty
    font is the system's, and one that is not there counts as empty; `dense` puts rows and lines closer."""

    body_size: int = _BODY
    accent: str = ACCENTS[0]
    text_font: str = ""
    code_font: str = ""
    dense: bool = False


_PLAIN = Look()


class Theme:
    """One set of colours and fonts. Cheap: colours and fonts are made when first asked for.

    Unknown tokens and uses raise `KeyError`: they are bugs.
    """

    def __init__(self, name: Scheme, values: dict[str, str], look: Look = _PLAIN) -> None:
        self.name: Scheme = name
        self.look = look
        self.body_size = look.body_size
        self._values = values
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[str, QFont] = {}

    def hex(self, token: str) -> str:
        """The colour of a role as `#RRGGBB`; code roles are `code-keyword`, `code-string`, …"""
        return self._values[token]

    def color(self, token: str) -> QColor:
        """The colour of a role; shared, do not change it."""
        colour = self._colours.get(token)
        if colour is None:
            colour = self._colours[token] = QColor(self._values[token])
        return colour

    def font(self, use: str) -> QFont:
        """The font of a use (`body`, `h1`…`h4`, `control`, `caption-bold`, `code` …); copy to change."""
        font = self._fonts.get(use)
        if font is None:
            size, bold = (
                (self.body_size, False)
                if use == "body"
                else (self.code_size, False)
                if use == "code"
                else _USES[use][::2]
            )
            font = QFont()
            own = self.look.code_font if use == "code" else self.look.text_font
            families = code_families() if use == "code" else ui_families()
            # Asking for a family that is not there makes Qt search all aliases, and warn.
            font.setFamilies([own, *families] if own and QFontDatabase.hasFamily(own) else families)
            font.setPixelSize(size)
            font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
            if use == "code":
                font.setStyleHint(QFont.StyleHint.Monospace)
            self._fonts[use] = font
        return font

    @property
    def code_size(self) -> int:
        """Pixels of code in blocks: 13 beside a text of 15."""
        return max(12, self.body_size - 2)

    def line_height(self, use: str) -> int:
        """Line height in logical pixels; 5/3 of the size for the transcript's text, 3/2 where it is dense."""
        if use == "body":
            return round(self.body_size * (3 / 2 if self.look.dense else 5 / 3))
        if use == "code":
            return self.code_size + (5 if self.look.dense else 7)
        return _USES[use][1]

    def closer(self, comfortable: int, dense: int) -> int:
        """A row's height or a gap in logical pixels, by the density the user chose."""
        return dense if self.look.dense else comfortable

    def palette(self) -> QPalette:
        """The palette for Fusion. The selection keeps the system's highlight colour."""
        role = QPalette.ColorRole
        palette = QPalette(QGuiApplication.palette())
        for key, token in (
            (role.Window, "bg-page"),
            (role.Base, "bg-page"),
            (role.AlternateBase, "bg-side"),
            (role.Button, "bg-page"),
            (role.WindowText, "ink"),
            (role.Text, "ink"),
            (role.ButtonText, "ink"),
            (role.BrightText, "ink"),
            (role.PlaceholderText, "ink-3"),
            (role.ToolTipBase, "bg-page"),
            (role.ToolTipText, "ink"),
            (role.Link, "accent"),
            (role.LinkVisited, "accent"),
            (role.Accent, "accent"),
            (role.Light, "bg-hover"),
            (role.Midlight, "bg-hover"),
            (role.Mid, "line-strong"),
            (role.Dark, "line-control"),
            (role.Shadow, "line-strong"),
        ):
            palette.setColor(key, self.color(token))
        off = QPalette.ColorGroup.Disabled
        for key in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(off, key, self.color("ink-off"))
        for key in (role.Base, role.Button):
            palette.setColor(off, key, self.color("bg-hover"))
        return palette

    def stylesheet(self) -> str:
        """The few rules set once on the application: fields, menus, scroll bars, tooltips."""
        return _QSS % self._values


@cache
def ui_families() -> list[str]:
    """Latin first, then the Simplified Chinese face by name (or Linux may pick Japanese glyphs)."""
    if sys.platform == "win32":
        return ["Segoe UI", "Microsoft YaHei UI"]
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    if sys.platform == "darwin":
        return [system, "PingFang SC"]
    desktop = [] if system.lower() in ("", "sans", "sans serif", "sans-serif", "system-ui") else [system]
    chinese = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")
    # Only families that exist: asking for a missing one makes Qt search all aliases, and warn.
    found = [name for name in ("Noto Sans", *chinese) if QFontDatabase.hasFamily(name)]
    return desktop + found or [system]


@cache
def has_chinese() -> bool:
    """Whether any font here has Chinese characters; known at once where one of the usual ones is there."""
    if sys.platform in ("win32", "darwin"):
        return True
    if any(name.endswith((" CJK SC", " Sans SC", "Micro Hei")) for name in ui_families()):
        return True
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))


@cache
def code_families() -> list[str]:
    """Fixed-width families, then the Chinese ones."""
    if sys.platform == "win32":
        return ["Cascadia Mono", "Consolas", "Microsoft YaHei UI"]
    if sys.platform == "darwin":
        return ["SF Mono", "Menlo", "PingFang SC"]
    names = ("Noto Sans Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "WenQuanYi Micro Hei Mono")
    found = [name for name in names if QFontDatabase.hasFamily(name)]
    return found or [QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()]


def load_theme(name: Scheme, look: Look | int = _PLAIN) -> Theme:
    """Read a theme's tokens, with the look chosen; a number stands for a look with that text size alone."""
    look = Look(look) if isinstance(look, int) else look
    values = _tables(f"{name}.toml")["colour"] | {
        f"code-{role}": value for role, value in _tables(f"{name}.toml")["code"].items()
    }
    if look.accent != ACCENTS[0]:
        # An accent this version does not know (a settings file of a later one) leaves ours.
        values |= _tables("accents.toml").get(f"{look.accent}.{name}", {})
    return Theme(name, values, look)


def accent_colour(name: Scheme, accent: str) -> QColor:
    """The colour of an accent, to be shown where it is chosen."""
    return load_theme(name, Look(accent=accent)).color("accent")


@cache
def _tables(file: str) -> dict[str, dict[str, str]]:
    """The tables of a theme file.

    The files are flat `name = "value"` lines, read without `tomllib`, whose import would cost ten times the
    rest of this on the way to the first paint. A test compares the two readings.
    """
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] = {}
    for line in (_FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            table = tables.setdefault(line.strip("[]"), {})
        elif '"' in line and not line.startswith("#"):
            key, value, _ = line.split('"', 2)
            table[key.rstrip(" =")] = value
    return tables


def system_scheme() -> Scheme:
    """What the desktop asks for; light where it does not say."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def even_strokes(environ: MutableMapping[str, str]) -> None:
    """Keep Chinese text from looking bold on a dark ground; to be called before the application is made.

    Qt has FreeType thicken the strokes of CFF fonts, as the usual Chinese ones of Linux are, and blends their
    edges by light; made for dark text on white, it makes light text on a dark ground look bold beside Latin
    text. A third of that thickening suits both. What the user has set stays.
    """
    if sys.platform.startswith("linux"):
        environ.setdefault("FREETYPE_PROPERTIES", _STROKES)


_STROKES = "cff:darkening-parameters=500,150,1000,100,1667,50,2333,0"
"""Stem width in thousandths of an em by size, and how much is added to it; FreeType's own begin at 400."""

_current: Theme | None = None
_style: QProxyStyle | None = None
_details = False


def apply(app: QApplication, theme: Theme, *, details: bool = False) -> None:
    """Give the application Fusion, palette, font and style sheet; `details` as in `apply_details`, which are
    kept once they were wanted."""
    global _current, _style
    _current = theme
    if _style is None or not isValid(_style):
        # It stays: to set another one goes through every widget there is.
        _style = QProxyStyle("Fusion")
        app.setStyle(_style)
    if details or _details:
        apply_details(theme)
    app.setPalette(theme.palette())
    app.setFont(theme.font("control"))
    app.setStyleSheet(theme.stylesheet())


def apply_details(theme: Theme) -> None:
    """Draw check boxes, radio buttons and drop-downs our way; for pages that have any.

    Not at the start: what is written in Python has to be loaded, brings Qt's largest enumerations, and slows
    every standard control down a little. It goes behind the style that is set: widgets that stand are not
    gone through, for nothing of theirs has another size.
    """
    global _details
    from ui.style import JieliStyle

    if _style is not None and isValid(_style):
        _details = True
        drawn = JieliStyle(theme.color, dark=theme.name == "dark")
        # Said to Python, too, which would else throw it away.
        drawn.setParent(_style)
        _style.setBaseStyle(drawn)


def has_details() -> bool:
    """Whether details are drawn our way."""
    return _details


def current() -> Theme:
    """The theme last applied. Small controls read it as they read the application's palette."""
    return _current if _current is not None else load_theme("light")
