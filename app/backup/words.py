"""What was backed up and restored, in sentences."""

from __future__ import annotations

from app.backup.service import Restored, Written
from app.i18n import tr
from app.store.merge import Merged


def written_text(written: Written) -> str:
    """What a backup holds, and who can read it."""
    done = tr(
        "backup.done",
        conversations=written.conversations,
        messages=written.messages,
        path=written.path,
        size=size_text(written.size),
    )
    return f"{done} {tr('backup.done_encrypted' if written.encrypted else 'backup.done_plain')}"


def size_text(size: int) -> str:
    """Bytes as people read them."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} KB"
    return f"{size / 1_000_000:.1f} MB" if size < 100_000_000 else f"{size / 1_000_000:.0f} MB"


def restored_text(restored: Restored) -> str:
    """What a restore brought."""
    brought = restored.brought
    sentences = [merged_text(restored.merged)]
    if brought.settings:
        sentences.append(tr("backup.brought_settings", n=len(brought.settings)))
    if brought.providers:
        names = tr("updates.sep").join(brought.providers)
        sentences.append(tr("backup.brought_providers", names=names))
    if brought.left:
        sentences.append(tr("backup.left", n=brought.left))
    return " ".join(sentences)


def merged_text(merged: Merged) -> str:
    """What a merge brought, in a sentence or two."""
    if merged.nothing:
        sentences = [tr("restore.nothing")]
    else:
        sentences = [
            tr(
                "restore.done",
                conversations=merged.conversations,
                messages=merged.messages,
                changed=merged.improved + merged.changed,
            )
        ]
    if merged.removed:
        sentences.append(tr("restore.removed", n=merged.removed))
    return " ".join(sentences)
