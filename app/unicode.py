"""Text as it may reach us from command lines, pipes and pasteboards, made fit to store and to send."""

from __future__ import annotations

import locale


def sound(text: str) -> str:
    """`text` without lone surrogates, which no file, database or request can hold.

    Two halves of one character are joined; a half without its other becomes U+FFFD.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def decoded(raw: bytes) -> str:
    """The text of a pipe or a file: UTF-8 with or without its mark, else the system's encoding."""
    for encoding in ("utf-8-sig", locale.getpreferredencoding(do_setlocale=False)):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}


def harmless(text: str) -> str:
    """`text`, character for character, without what a terminal obeys: it could set the pasteboard, or wipe
    out what stands above it."""
    return text if text.isprintable() else text.translate(_CONTROLS)
