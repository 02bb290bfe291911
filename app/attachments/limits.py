"""How much may go with one question. Sizes in bytes, lengths in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.errors import KnownError

if TYPE_CHECKING:
    from app.attachments.enclosure import Enclosure

MOST_ITEMS = 10
MOST_PICTURES = 8

DOCUMENT_BYTES = 20_000_000
"""A PDF or DOCX file."""

TEXT_BYTES = 2_000_000
"""A file that is text as it stands."""

PICTURE_BYTES = 40_000_000
"""A picture before it is scaled down; photographs of today have up to 25 MB."""

FILE_CHARACTERS = 300_000
"""The text of one file: about the window of the largest free models."""

MESSAGE_CHARACTERS = 500_000

LONG_PASTE = 20_000
"""A pasted text longer than this is offered to be attached instead."""


def check_room(held: Sequence[Enclosure], new: Enclosure) -> None:
    """Raise `KnownError` when `new` is too much beside what is attached already."""
    if len(held) >= MOST_ITEMS:
        raise KnownError("attach.too_many", most=MOST_ITEMS)
    if new.kind == "image" and sum(one.kind == "image" for one in held) >= MOST_PICTURES:
        raise KnownError("attach.too_many_pictures", most=MOST_PICTURES)
    if sum(one.characters for one in held) + new.characters > MESSAGE_CHARACTERS:
        raise KnownError("attach.too_much", name=new.name, most=MESSAGE_CHARACTERS)
