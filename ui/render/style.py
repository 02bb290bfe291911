"""Colours and sizes the renderer writes into its HTML, taken from the theme once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.render.code import ROLES

if TYPE_CHECKING:
    from ui.theme import Theme

BULLET = "•"
"""Before each item of a list whose format has this as the prefix of its numbers, a mark is to be painted."""


@dataclass(frozen=True, slots=True)
class RenderStyle:
    """Everything in `#rrggbb` and logical pixels; `mono` is a CSS font-family list.

    `body` is the transcript's text size (13–20); lines are `leading` times it, rounded. `code` maps
    the six code roles (see `ui.render.code`) to colours.
    """

    ink: str
    ink_2: str
    ink_3: str
    accent: str
    line: str
    page: str
    sunken: str
    mono: str
    code: Mapping[str, str]
    body: int = 15
    leading: float = 5 / 3

    @property
    def line_height(self) -> int:
        """Height of a line of body text."""
        return round(self.body * self.leading)

    def heading(self, level: int) -> tuple[int, int]:
        """Size and line height of a heading (1–6)."""
        size, height = {1: (20, 30), 2: (18, 28), 3: (17, 26)}.get(level, (15, 25))
        return round(size * self.body / 15), round(height * self.body / 15)


def style_of(theme: Theme) -> RenderStyle:
    """The renderer's share of a theme."""
    families = ",".join(f"'{name}'" for name in theme.font("code").families())
    return RenderStyle(
        ink=theme.hex("ink"),
        ink_2=theme.hex("ink-2"),
        ink_3=theme.hex("ink-3"),
        accent=theme.hex("accent"),
        line=theme.hex("line"),
        page=theme.hex("bg-page"),
        sunken=theme.hex("bg-sunken"),
        mono=families,
        code={role: theme.hex(f"code-{role}") for role in ROLES},
        body=theme.body_size,
        leading=3 / 2 if theme.look.dense else 5 / 3,
    )
