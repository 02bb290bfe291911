"""A summary of what a conversation no longer sends: only when the user wants it, only by a free leg."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.directory import Directory
from app.errors import KnownError
from app.side_asks import Helper, SideAsks
from app.store.records import Conversation, Message
from app.store.store import Store

LONGEST = 6_000
"""Characters of a summary, made or written by the user."""

_WORTHWHILE = 1_500
"""So many characters must have been left out since the last summary before another one is made."""

_TOKENS = 900
_PIECE = 400
_DEFAULT_WINDOW = 8_000
_MOST_READ = 40_000
"""Characters handed over at once."""

_ASK = (
    "下面是一段对话中较早的部分，之后不会再完整发送。把它压缩成一份备忘，供继续对话时参考，用对话的语言写，"
    "不超过 {most} 字。保留：用户的目标和要求、已经确定的结论和决定、重要的数字、名字、文件名、代码接口、"
    "还没有解决的问题。不要评论，不要编造，只输出备忘。\n"
    "(Condense this earlier part of a conversation into notes for going on with it, in its own language: "
    "goals, decisions, figures, names, code interfaces, open questions. Output the notes alone.)\n\n"
    "{before}{talk}"
)
_BEFORE = "已有的备忘 (notes so far):\n{summary}\n\n接着的对话 (then):\n"


class Summaries:
    """Keeps `Conversation.summary` up to date. `wanted` = the user's setting, off by default."""

    def __init__(
        self, store: Store, asks: SideAsks, directory: Directory, wanted: Callable[[], bool]
    ) -> None:
        self._store = store
        self._asks = asks
        self._directory = directory
        self.wanted = wanted

    async def refresh(self, conversation: str) -> bool:
        """Sum up what the newest answer was given without, if that has grown; returns whether it was done."""
        if not self.wanted():
            return False
        found = await self._store.conversation(conversation)
        if found is None or found.deleted_at is not None or found.practice:
            return False
        left = await self._left_out(found)
        if sum(len(m.text) for m in left) < _WORTHWHILE:
            return False
        helper = self._helper(found)
        if helper is None:
            return False
        before = found.summary if await self._holds(found) else ""
        said = await self._asks.ask(
            helper,
            _prompt(before, left, helper.leg.model.context or _DEFAULT_WINDOW),
            purpose="summary",
            max_tokens=_TOKENS,
            conversation=conversation,
        )
        summary = (said or "").strip()[:LONGEST]
        now = await self._store.conversation(conversation)
        if not summary or now is None or now.summary != found.summary:
            # The user has written one of their own meanwhile.
            return False
        return await self._store.update_conversation(conversation, summary=summary, summary_until=left[-1].id)

    async def _left_out(self, found: Conversation) -> list[Message]:
        """The messages before the first one sent last, without those the summary already speaks for."""
        newest = await self._store.messages([found.head] if found.head else [])
        first = newest[0].facts.get("from") if newest else None
        ids = await self._store.branch(found.id) if first else []
        if first not in ids:
            return []
        begin = ids.index(found.summary_until) + 1 if found.summary_until in ids else 0
        return await self._store.messages(ids[begin : ids.index(first)])

    async def _holds(self, found: Conversation) -> bool:
        """Whether the summary speaks for the branch shown."""
        return bool(found.summary) and found.summary_until in await self._store.branch(found.id)

    def _helper(self, found: Conversation) -> Helper | None:
        try:
            chain = self._directory.chain(found.chain)
        except KnownError:
            return None
        return self._asks.helper(chain, only=found.pinned_leg)


def _prompt(before: str, left: Sequence[Message], window: int) -> str:
    """What is asked: as much of every message as half the window allows, none left out."""
    # Chinese needs about two thirds of a token a character, so half the window is careful.
    budget = min(window // 2, _MOST_READ)
    each = max(_PIECE, budget // max(1, len(left)))
    said = [f"[{'user' if m.role == 'user' else 'assistant'}] {_shortened(m.text, each)}" for m in left]
    # Should even the pieces be too many, the newest are worth most.
    while len(said) > 1 and sum(map(len, said)) > budget:
        del said[0]
    told = _BEFORE.format(summary=before) if before else ""
    return _ASK.format(most=_TOKENS // 2, before=told, talk="\n\n".join(said))


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most * 2 // 3]} … {text[-most // 3 :]}"
