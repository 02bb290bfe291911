"""Formulas as SVG, without Qt: what transcript and exports draw alike.

ziamath draws with its own mathematical font. What it does not know it writes as red text or leaves out, so a
formula is drawn only when each of its characters can be; Chinese in `\\text{…}` is one that cannot.
"""

from __future__ import annotations

import re

LONGEST = 2_000
"""A formula of more characters is not drawn."""

_WRAPPED = re.compile(r"^\s*(?:\$\$(.*?)\$\$|\\\[(.*?)\\\]|\\\((.*?)\\\)|\$(.*?)\$)\s*$", re.DOTALL)
_CONFUSED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    UnboundLocalError,
    ValueError,
)
"""What ziamath's and its helper's code runs into over formulas they do not understand."""

UNKNOWN = re.compile(r"\\tag|\\label|\\ref|\\require|\\def|\\newcommand|\\href|\\includegraphics|\\unicode")


def inside(source: str) -> tuple[str, bool]:
    """A formula without its marks, and whether it stands by itself. Empty when it has not ended."""
    found = _WRAPPED.match(source)
    if found is None:
        return "", False
    display = found[1] if found[1] is not None else found[2]
    if display is not None:
        return display.strip(), True
    return (found[3] if found[3] is not None else found[4] or "").strip(), False


def svg_of(latex: str, size: int, colour: str, *, display: bool) -> tuple[str, float, float, float] | None:
    """SVG, width, and heights above and below the line; None when the formula cannot be drawn faithfully."""
    from latex2mathml import exceptions
    from ziamath.config import config
    from ziamath.zmath import Latex

    wrong = tuple(e for e in vars(exceptions).values() if isinstance(e, type) and issubclass(e, Exception))
    config.svg2 = False
    try:
        made = Latex(latex, size=size, color=colour, inline=not display)
        if not _faithful(made):
            return None
        # Lines over and under are drawn black whatever the colour is.
        svg = made.svg().replace('fill="black"', f'fill="{colour}"')
    except (*wrong, *_CONFUSED):
        return None
    found = re.search(r'viewBox="([-\d.e]+) ([-\d.e]+) ([-\d.e]+) ([-\d.e]+)"', svg)
    if found is None:
        return None
    _, y, width, height = (float(n) for n in found.groups())
    return svg, width, -y, height + y


def _faithful(made: object) -> bool:
    """Whether every character of the formula has a glyph and no command was left as text."""
    tree = getattr(made, "mathml", None)
    font = getattr(made, "font", None)
    if tree is None or font is None:
        return False
    for text in tree.itertext():
        if "\\" in text:
            return False
        if any(ord(c) > 127 and not _INVISIBLE.match(c) and not font.glyphindex(c) for c in text):
            return False
    return True


_INVISIBLE = re.compile(r"[\s\u2000-\u200f\u2060-\u206f\ufe00-\ufe0f]")
