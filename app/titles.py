"""What a conversation is called until the user names it: first words at once, something better later."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.directory import Directory
from app.errors import KnownError
from app.key_leaks import without_keys
from app.side_asks import SideAsks
from app.store.records import Conversation, Message
from app.store.store import Store

TITLE_LENGTH = 24
BETTER_LENGTH = 40
"""The longest title a model may give, in characters."""

_FEW = 6
"""In a conversation with more messages than this the first words are what the user knows it by."""

_EXCERPT = 700
_TOKENS = 60

_ZH = (
    "给下面这段对话起一个标题，让人在列表里一眼认出它。要求：用提问者的语言；中文不超过 14 个字，其他语言"
    "不超过 6 个词；说出具体的主题，不写“关于”“咨询”“对话”；不要标点、引号、表情和解释。只输出标题本身。\n\n"
    "提问：\n<<<\n{question}\n>>>\n\n回答：\n<<<\n{answer}\n>>>"
)
_EN = (
    "Give this conversation a title by which it is recognised in a list. Use the asker's language; at most "
    "six words, or 14 characters in Chinese; name the concrete subject; no punctuation, quotes or "
    "explanation. Output the title alone.\n\n"
    "Question:\n<<<\n{question}\n>>>\n\nAnswer:\n<<<\n{answer}\n>>>"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LABEL = re.compile(r"^(?:对话)?(?:标题|题目|title)\s*[:：]\s*", re.IGNORECASE)
_INSIDE = re.compile(r"\*\*|`")
"""Marks of Markdown that stay in the middle of a line."""
_AROUND = " \t#>*`_~\"'“”‘’「」『』《》〈〉【】[]()（）,，。.；;：:!！、-–—"


def title_from(text: str) -> str:
    """A title from the first words of a question: its first line, shortened at a word or a character."""
    # Whoever sends a key all the same still does not want it in the list.
    text = without_keys(text)
    line = next((part.strip(" #>*`\t") for part in text.splitlines() if part.strip(" #>*`\t")), "")
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[:TITLE_LENGTH]
    space = cut.rfind(" ")
    return (cut[:space] if space > TITLE_LENGTH // 2 else cut).rstrip("，,。.；;：: ") + "…"


def clean_title(text: str) -> str:
    """What a model answered, as a title: one line without marks around it; empty when it is of no use."""
    line = next((part.strip(_AROUND) for part in text.splitlines() if part.strip(_AROUND)), "")
    line = _INSIDE.sub("", _LABEL.sub("", line).strip(_AROUND))
    # Direction marks and other unseen characters could make a list unreadable.
    line = " ".join("".join(c for c in line if c.isprintable()).split())
    return line if len(line) <= BETTER_LENGTH else ""


class Titles:
    """Better titles, from a free leg of the conversation's own chain. `wanted` = the user's setting."""

    def __init__(
        self, store: Store, asks: SideAsks, directory: Directory, wanted: Callable[[], bool]
    ) -> None:
        self._store = store
        self._asks = asks
        self._directory = directory
        self.wanted = wanted
        self._asked: set[str] = set()

    async def improve(self, conversation: str) -> bool:
        """Give the conversation a better title if it still has its first words as one; at most one request
        per run of the program. Returns whether it has a new one."""
        if not self.wanted() or conversation in self._asked:
            return False
        found = await self._store.conversation(conversation)
        if found is None or found.deleted_at is not None or found.practice or found.title_by_user:
            return False
        question, answer = await self._beginning(found.head)
        if question is None or answer is None or found.title != title_from(question.text):
            return False
        try:
            chain = self._directory.chain(found.chain)
        except KnownError:
            return False
        helper = self._asks.helper(chain, answer.provider or "", found.pinned_leg)
        if helper is None:
            return False
        prompt = (_ZH if _CHINESE.search(question.text) else _EN).format(
            question=question.text[:_EXCERPT], answer=answer.text[:_EXCERPT]
        )
        said = await self._asks.ask(
            helper, prompt, purpose="title", max_tokens=_TOKENS, conversation=conversation
        )
        self._asked.add(conversation)
        title = clean_title(said or "")
        return bool(title) and await self._retitle(found, title)

    async def _beginning(self, head: str | None) -> tuple[Message | None, Message | None]:
        """The first question of the branch that ends in `head` and its answer, if that is whole and the
        branch is short. Only a few steps are gone: walking a long branch would take the store some time."""
        found: list[Message] = []
        while head is not None and len(found) < _FEW:
            found[:0] = await self._store.messages([head])
            head = found[0].parent if found else None
        if head is not None or [m.role for m in found[:2]] != ["user", "assistant"]:
            return None, None
        whole = found[1].status == "done" and bool(found[1].text.strip())
        return found[0], found[1] if whole else None

    async def _retitle(self, found: Conversation, title: str) -> bool:
        # The store looks once more: the user may have given a title meanwhile.
        return title != found.title and await self._store.retitle(found.id, found.title, title)
