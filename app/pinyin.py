"""The first letters of Chinese words: `字号` → `zh`, so that a setting is found by typing its initials.

GB 2312 orders its 3,755 common characters by their pronunciation (GB 2312-80, level 1, rows 16 to 55), so
the codes at which each letter begins are all that is needed. A character with several readings has the one
it is filed under; rarer ones have none.
"""

from __future__ import annotations

from bisect import bisect_right

_LETTERS = "abcdefghjklmnopqrstwxyz"
_BEGINS = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8, 0xC4C3,
    0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
_END = 0xD7F9


def initials(text: str) -> str:
    """The initials of the Chinese characters of a text, its Latin letters and digits as they are, in small
    letters; everything else is left out."""
    return "".join(map(_initial, text))


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    try:
        pair = character.encode("gb2312")
    except UnicodeEncodeError:
        return ""
    code = int.from_bytes(pair)
    return _LETTERS[bisect_right(_BEGINS, code) - 1] if _BEGINS[0] <= code <= _END else ""
