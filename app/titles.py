"""What a conversation is called until the user names it."""

from __future__ import annotations

TITLE_LENGTH = 24


def title_from(text: str) -> str:
    """A title from the first words of a question: its first line, shortened at a word or a character."""
    line = next((part.strip(" #>*`\t") for part in text.splitlines() if part.strip(" #>*`\t")), "")
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[:TITLE_LENGTH]
    space = cut.rfind(" ")
    return (cut[:space] if space > TITLE_LENGTH // 2 else cut).rstrip("，,。.；;：: ") + "…"
