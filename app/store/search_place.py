"""Bringing a message that was found into the branch that is shown."""

from __future__ import annotations

import sqlite3

from app.store import messages


def show(db: sqlite3.Connection, conversation: str, message: str, at: float) -> bool:
    """Show the newest branch through `message`, unless the one shown has it; False when it is gone."""
    there = "SELECT 1 FROM message WHERE id = ? AND conversation = ?"
    if db.execute(there, (message, conversation)).fetchone() is None:
        return False
    if message not in messages.branch(db, conversation):
        messages.show_newest(db, conversation, message, at)
    return True
