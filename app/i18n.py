"""Text for users in Chinese and English, both from the same files so that neither can be forgotten.

Each `resources/i18n/<area>.json` maps `"area.name"` to `{"zh": …, "en": …}` with `str.format` placeholders.
English plurals: a value `"one"` beside them is used when `n == 1`. JSON rather than TOML because these
files are read before the first paint and the JSON parser is an order of magnitude faster.
"""

from __future__ import annotations

import json
import locale
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["zh", "en"]
Spoken = Literal["zh", "en", "pseudo"]
"""`pseudo` is English made longer, with accents and brackets: what is cut off or not translated shows."""

OVERRIDE = "JIELI_LANGUAGE"
"""An environment variable that goes before the settings, for trying a language out."""

_FROM, _TO = "\ufdd0", "\ufdd1"
"""What marks a value's ends while it is set into a Chinese text; no characters of any text."""
_TOGETHER = re.compile(f"(?<=[一-鿿]) (?={_FROM}[一-鿿])|(?<=[一-鿿]{_TO}) (?=[一-鿿])")
_APART = re.compile(f"(?<=[一-鿿])(?={_FROM}[A-Za-z0-9])|(?<=[A-Za-z0-9]{_TO})(?=[一-鿿])")
_EDGES = re.compile(f"[{_FROM}{_TO}]")

_texts: dict[str, dict[str, str]] = {}
_language: Language = "zh"
_pseudo = False
_elsewhere: tuple[Language, dict[str, str]] | None = None
_ACCENTED = str.maketrans("aceinouyAEIOUC", "áçéíñóúýÁÉÍÓÚÇ")


def load(folder: Path) -> None:
    """Read every `*.json` of `folder`; called once by the entry point and by the tests."""
    for path in sorted(folder.glob("*.json")):
        _texts.update(json.loads(path.read_text(encoding="utf-8")))


def set_language(language: Spoken) -> None:
    """Choose the language of every `tr` from now on; windows are rebuilt by their owner."""
    global _language, _pseudo
    _pseudo = language == "pseudo"
    _language = "en" if language == "pseudo" else language


def chosen_language(setting: str, environ: Mapping[str, str] | None = None) -> Spoken:
    """What the settings ask for (`system`, `zh` or `en`), unless the environment asks for another."""
    asked = (os.environ if environ is None else environ).get(OVERRIDE, "")
    if asked in ("zh", "en", "pseudo"):
        return asked
    return setting if setting in ("zh", "en") else system_language(environ)


def language() -> Language:
    """The language in use."""
    return _language


def system_language(environ: Mapping[str, str] | None = None) -> Language:
    """Chinese unless the system clearly speaks another language."""
    env = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.get(name, "")
        if value and value.partition(".")[0] not in ("C", "POSIX"):
            return "zh" if value.lower().startswith("zh") else "en"
    if environ is None and os.name == "nt":
        name = locale.getlocale()[0] or ""
        return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
    return "zh"


def tr(key: str, **values: object) -> str:
    """The text of `key` in the language in use, with its placeholders filled.

    A missing key is a bug that must not take the window down: the key itself is returned, and a test
    makes sure that no key used in the code is missing.
    """
    entry = _texts.get(key)
    if entry is None:
        return key
    text = entry[_language]
    if _language == "en" and values.get("n") == 1:
        text = entry.get("one", text)
    if values:
        text = _set_in(text, values) if _language == "zh" else text.format(**values)
    return _lengthened(text) if _pseudo else text


def _set_in(text: str, values: Mapping[str, object]) -> str:
    """Chinese with its placeholders filled: one space between Chinese and Latin or digits, none between
    Chinese and Chinese. Which of the two stands at a placeholder is known only now: 通义千问, DeepSeek."""
    words = {name: f"{_FROM}{it}{_TO}" if isinstance(it, str) and it else it for name, it in values.items()}
    text = text.format(**words)
    if _FROM not in text:
        return text
    return _EDGES.sub("", _APART.sub(" ", _TOGETHER.sub("", text)))


def _lengthened(text: str) -> str:
    """A text as some other language might have it: 40 % longer, with accents, between brackets."""
    more = "".join(" " if n % 7 == 0 else "~" for n in range(1, len(text) * 2 // 5 + 1))
    return f"[{text.translate(_ACCENTED)}{more}]" if text else text


def elsewhere(text: str) -> str:
    """What a text without placeholders reads in the other language; empty for any other text."""
    global _elsewhere
    if not _elsewhere or _elsewhere[0] != _language:
        other = "en" if _language == "zh" else "zh"
        _elsewhere = _language, {entry[_language]: entry[other] for entry in _texts.values()}
    return _elsewhere[1].get(text, "")


def keys() -> frozenset[str]:
    """Every key that is loaded."""
    return frozenset(_texts)
