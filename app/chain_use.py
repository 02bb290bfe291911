"""Conversations and the named chains they use."""

from __future__ import annotations

from app.chains import MARK
from app.store.store import Store


async def rename_chain(store: Store, old: str, new: str) -> int:
    """Let every conversation that uses the chain `old` use it by its new name; returns how many did."""
    users = [
        conversation
        for conversation in await store.conversations(None)
        if conversation.chain and MARK + old in conversation.chain
    ]
    for conversation in users:
        chain = tuple(MARK + new if spec == MARK + old else spec for spec in conversation.chain or ())
        await store.update_conversation(conversation.id, chain=chain)
    return len(users)
