"""How often a term stands in the messages of a conversation, for finding in what is open."""

from __future__ import annotations

import sqlite3

_HOLDING = "SELECT id, text FROM message WHERE conversation = ? AND text LIKE ? ESCAPE '\\'"


def count(db: sqlite3.Connection, conversation: str, term: str) -> dict[str, int]:
    """By message id; messages without the term are left out. Case makes no difference, in any script."""
    if not term:
        return {}
    wanted = term.lower()
    # LIKE folds the case of ASCII only: letters beyond it are any character to it and looked at here.
    pattern = "".join(_escaped(c) if c.isascii() or c.lower() == c.upper() else "_" for c in term)
    found = {
        m: text.lower().count(wanted) for m, text in db.execute(_HOLDING, (conversation, f"%{pattern}%"))
    }
    return {message: n for message, n in found.items() if n}


def _escaped(char: str) -> str:
    return f"\\{char}" if char in "%_\\" else char
