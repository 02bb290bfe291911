"""What a round of syncing did, in a sentence."""

from __future__ import annotations

from app.i18n import tr
from app.sync.engine import Done


def done_text(done: Done) -> str:
    """One sentence."""
    parts: list[str] = []
    if done.came:
        parts.append(tr("sync.came", n=done.came))
    if done.changed:
        parts.append(tr("sync.changed", n=done.changed))
    if done.went:
        parts.append(tr("sync.went", n=done.went))
    elif done.written:
        parts.append(tr("sync.wrote"))
    if done.waiting:
        parts.append(tr("sync.waiting", n=done.waiting))
    if done.ahead:
        parts.append(tr("sync.ahead", minutes=round(done.ahead / 60)))
    if not parts:
        return tr("sync.nothing")
    text = tr("sync.sep").join(parts)
    return tr("sync.end", text=text[:1].upper() + text[1:])
