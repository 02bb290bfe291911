"""Going to what was found: the conversation, the branch that holds the message, the message itself."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import tr
from app.store.store import Store
from ui.presenters.chat import ChatPresenter
from ui.presenters.turns import Turns
from ui.search.presenter import Chosen
from ui.transcript.view import TranscriptView


async def go_to(
    chosen: Chosen,
    chat: ChatPresenter,
    transcript: TranscriptView,
    store: Store,
    turns: Turns,
    say: Callable[[str], None],
) -> None:
    """Show what was chosen. A branch is not changed under an answer that is being written: that is said."""
    hit = chosen.hit
    if hit.message is None:
        chat.open(hit.conversation)
        return
    await chat.save_draft()
    ids = await store.branch(hit.conversation)
    if hit.message not in ids:
        if turns.running(hit.conversation) is not None:
            say(tr("search.busy"))
        elif not await store.show_message(hit.conversation, hit.message):
            say(tr("search.gone"))
    open_one = chat.conversation
    if open_one is None or open_one.id != hit.conversation or hit.message not in ids:
        await chat.show(hit.conversation)
    else:
        chat.open(hit.conversation)
    if chat.conversation is not None and chat.conversation.id == hit.conversation:
        transcript.jump_to(hit.message, chosen.words)
