"""Where the next message goes when not to the end: in place of a question, or under an earlier answer."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import tr
from ui.composer import Composer
from ui.notices import NoticeArea

NOTICE = "place"


@dataclass(frozen=True, slots=True)
class Aimed:
    """`instead` of a question or `under` an answer; `parked` is what was being written before a question took
    the composer, None where nothing had to give way. `written` is what the composer held when it was left."""

    says: str
    instead: str | None = None
    under: str | None = None
    parked: str | None = None
    written: str = ""


class Aim:
    """Says where the next message goes, in a bar with a way back. What was being written is never lost: it
    waits while a question is edited, and comes back when that is sent or given up."""

    def __init__(self, composer: Composer, notices: NoticeArea) -> None:
        self._composer = composer
        self._notices = notices
        self._now: Aimed | None = None

    @property
    def instead(self) -> str | None:
        """The question that is edited."""
        return self._now.instead if self._now else None

    @property
    def under(self) -> str | None:
        """The answer that is followed."""
        return self._now.under if self._now else None

    @property
    def aimed(self) -> bool:
        """Whether the next message goes elsewhere than to the end."""
        return self._now is not None

    def edit(self, question: str, text: str) -> None:
        """Put a question into the composer; sending it makes a version of it."""
        parked = self._now.parked if self._now is not None else None
        if parked is None:
            parked = self._composer.text()
        self._take(Aimed("chat.editing", instead=question, parked=parked))
        self._composer.set_text(text)
        self._composer.lend(question)
        self._composer.setFocus()

    def follow(self, answer: str) -> None:
        """The next message follows that answer."""
        self.cancel()
        self._take(Aimed("chat.branching", under=answer))
        self._composer.setFocus()

    def cancel(self) -> None:
        """Go to the end again; what was being written before comes back."""
        before = self._now
        self.clear()
        if before is not None and before.parked is not None:
            self._composer.set_text(before.parked)

    def sent(self) -> None:
        """The message is stored, and the composer empty again."""
        self.cancel()

    def clear(self) -> None:
        """Forget it, without a word about the composer's text: another page is shown."""
        self._now = None
        self._composer.give_back()
        self._notices.clear(NOTICE)

    def draft(self) -> str:
        """What the conversation keeps as its draft."""
        parked = self._now.parked if self._now is not None else None
        return self._composer.draft() if parked is None else self._composer.keepable(parked)

    def leave(self) -> Aimed | None:
        """What to come back to when another page is shown meanwhile."""
        now = self._now
        if now is None:
            return None
        return Aimed(now.says, now.instead, now.under, now.parked, self._composer.text())

    def come_back(self, left: Aimed) -> None:
        """Take up again what was left."""
        self._take(left)
        if left.parked is not None:
            self._composer.set_text(left.written)
        if left.instead is not None:
            self._composer.lend(left.instead)

    def _take(self, aimed: Aimed) -> None:
        self._now = aimed
        back = "chat.give_up" if aimed.instead is not None else "chat.to_the_end"
        self._notices.put(NOTICE, tr(aimed.says), "info", tr(back), self.cancel)
