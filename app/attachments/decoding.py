"""Bytes to text: the encodings Chinese files come in, and refusal of what is no text."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the next one and must be looked for first
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\ufffe\uffff]")
_SAMPLE = 4096
_MOST_STRANGE = 0.01


def decode(data: bytes) -> str | None:
    """The text of a file with its line ends as `\\n`; None when it is none.

    Marked encodings first, then UTF-8, UTF-16 by where its zeros lie, then GB18030, which holds GBK.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _sound(data[len(mark) :], encoding)
    if (found := _sound(data, "utf-8")) is not None:
        return found
    head = data[:_SAMPLE]
    if head.count(0):
        # Latin letters and line ends in UTF-16 leave a zero in every second place.
        even, odd = head[0::2].count(0), head[1::2].count(0)
        return _sound(data, "utf-16-le" if odd >= even else "utf-16-be")
    return _sound(data, "gb18030")


def _sound(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    strange = len(_STRANGE.findall(text))
    if strange > len(text) * _MOST_STRANGE or (encoding == "utf-8" and "\0" in text):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
