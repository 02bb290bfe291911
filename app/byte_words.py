"""Amounts of bytes in words."""

from __future__ import annotations


def byte_text(size: int) -> str:
    """`820 B`, `3.4 KB`, `12.0 MB`, `1.5 GB`: thousands, as disks are sold and file managers count."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("KB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"
