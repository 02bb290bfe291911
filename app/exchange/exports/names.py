"""Names of files that every system takes: Windows is the strictest, and exports travel."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
"""Characters of a name without its ending; Windows counts a whole path of 260."""

_MOST_BYTES = 200
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_SPACE = re.compile(r"\s+")


def safe_name(text: str, fallback: str) -> str:
    """`text` as a file's name: no separators, no control or direction marks, no name a device has."""
    text = unicodedata.normalize("NFC", _SPACE.sub(" ", text))
    # Marks that turn the direction of writing could make `exe.txt` of `txt.exe`.
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    text = _cut(_FORBIDDEN.sub("_", text).strip(" ."), LONGEST).rstrip(" .")
    if not text.strip("_ "):
        return fallback
    return f"_{text}" if _RESERVED.fullmatch(text) else text


def safe_file(text: str, fallback: str) -> str:
    """As `safe_name`, for a name with an ending, which is kept when the name is cut."""
    stem, dot, ending = text.rpartition(".")
    if not dot or not stem or not ending.isascii() or not ending.isalnum() or len(ending) > 10:
        return safe_name(text, fallback)
    return f"{safe_name(stem, fallback)}.{ending}"


class Names:
    """Names no two of which are the same, also where capitals do not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, name: str) -> str:
        """`name`, with a number before its ending when it is taken."""
        stem, dot, ending = name.rpartition(".")
        if not dot or not stem or " " in ending:
            stem, ending = name, ""
        found, number = name, 2
        while found.casefold() in self._taken:
            found = f"{stem} ({number}){dot and '.'}{ending}" if ending else f"{name} ({number})"
            number += 1
        self._taken.add(found.casefold())
        return found


def _cut(text: str, longest: int) -> str:
    text = text[:longest]
    while len(text.encode()) > _MOST_BYTES:
        text = text[:-1]
    return text
