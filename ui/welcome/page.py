"""The first-run page: one page, no wizard; paste starts the check; the practice relay is always there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.policy import Spend
from ui.controls import Button, button, label
from ui.exchange.import_offer import ImportOffer
from ui.letting_go import let_go
from ui.pieces import at_once
from ui.settings.check_news import CheckNews
from ui.settings.form import Adaptive, column, scrolled, wrapping
from ui.settings.values import check_state
from ui.theme import Theme
from ui.welcome.bar_room import BarRoom
from ui.welcome.card import CardWidget
from ui.welcome.cards import WelcomeCard, best_first
from ui.welcome.demo import PracticeCard
from ui.welcome.painted import Foot, Logo, Shield
from ui.welcome.paste import PasteBar
from ui.welcome.side import SideOffers

SHOWN = 7
"""So many providers are shown before the rest is asked for."""
SIDE_BY_SIDE = 1000


class WelcomePage(QWidget):
    """A pure view. `key_pasted(provider, secret)` starts a check whose course comes back by `set_check`.

    `any_pasted(secret)`: a key whose provider is to be asked for (`paste.ask`); `whose_answered(provider)`
    and `card_answered(card's provider, provider)` tell. `step_requested(provider, action, argument)` is the
    next step a check named. `local_chosen(provider)` is a server found on this computer; `own_requested()`:
    enter an address of one's own.
    """

    key_pasted = Signal(str, str)
    any_pasted = Signal(str)
    whose_answered = Signal(str)
    whose_dismissed = Signal()
    card_answered = Signal(str, str)
    step_requested = Signal(str, str, str)
    local_chosen = Signal(str)
    own_requested = Signal()
    open_url = Signal(str)
    practice_requested = Signal()
    start_requested = Signal()
    import_requested = Signal(bool)

    def __init__(self, theme: Theme, *, whole: bool = True) -> None:
        """`whole` = built now; without it whoever makes it goes through `build` first."""
        super().__init__()
        self._theme = theme
        self.cards: dict[str, CardWidget] = {}
        self._ahead: CardWidget | None = None
        self._open = ""
        self._unfolded = self._follows = self._built = False
        self._note = tr("welcome.step.paste.note")
        self._news: dict[str, CheckNews] = {}
        if whole:
            at_once(self.build())

    def build(self) -> Iterator[object]:
        """Make what is in it, in pieces."""
        # From the outside in: what is put into something else late takes its looks over once more.
        theme = self._theme
        box = column(self)
        self._content = QWidget()
        self._bar_room = BarRoom(scrolled(self._content), self._spread)
        box.addWidget(self._bar_room.area, 1)
        self._outer = column(self._content, spacing=28, margins=(64, 24, 64, 12))
        self._outer.addWidget(self._build_title())
        yield
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(32)
        self._outer.addLayout(self._columns)
        self._outer.addStretch(1)
        self._columns.addWidget(self._build_list(), 1)
        side = QWidget()
        self._side = column(side, spacing=16)
        self._columns.addWidget(side, 0, Qt.AlignmentFlag.AlignTop)
        yield
        self.paste = PasteBar(theme)
        self.paste.pasted.connect(self.any_pasted)
        self.paste.answered.connect(self.whose_answered)
        self.paste.dismissed.connect(self.whose_dismissed)
        self._side.addWidget(self.paste)
        yield
        self.practice = PracticeCard(theme)
        self.practice.requested.connect(self.practice_requested)
        self._side.addWidget(self.practice)
        yield
        self.offers = SideOffers(theme)
        self.offers.local_chosen.connect(self.local_chosen)
        self.bring = ImportOffer(theme)
        self.bring.requested.connect(lambda: self.import_requested.emit(False))
        for part in (self.offers, self.bring):
            self._side.addWidget(part)
        yield
        box.addWidget(self._build_foot())
        yield
        self.set_spend("never")
        self.set_chain_text("")
        self._built = True
        self._spread()
        self._arrange()

    # values in

    def set_providers(self, cards: Iterable[WelcomeCard]) -> None:
        """Show these providers, best offer first; the open card stays open, at first the best one is.

        A card about which there is nothing new stays as it is, with what is being written into it.
        """
        ordered = best_first(cards)
        before, self.cards = self.cards, {}
        # What is thrown away takes the keyboard with it.
        held = next(
            ((provider, widget.keyboard_at()) for provider, widget in before.items() if widget.keyboard_at()),
            None,
        )
        same = {card.provider for card in ordered if (w := before.get(card.provider)) and w.card == card}
        for provider, widget in before.items():
            self._list.removeWidget(widget)
            if provider not in same:
                let_go(widget)
                widget.hide()
                widget.deleteLater()
        for card in ordered:
            if card.provider in same:
                self.cards[card.provider] = before[card.provider]
                self._list.addWidget(before[card.provider])
                continue
            ahead, self._ahead = self._ahead, None
            widget = ahead if ahead is not None and ahead.card == card else self._make(card)
            self.cards[card.provider] = widget
            self._list.addWidget(widget)
            news = self._news.get(card.provider)
            # What a later check found elsewhere, in the settings say, is newer than what was shown here.
            if news is not None and card.last4 and not (card.works and news.state in ("bad", "unsure")):
                widget.show_news(news)
        if self._open not in self.cards:
            self._open = next(iter(self.cards), "")
        dates = [card.checked for card in ordered if card.checked]
        self._dated.setText(tr("welcome.sorted.checked", date=min(dates)) if dates else tr("welcome.sorted"))
        self._own.show()
        known = {card.needs_real_name for card in ordered}
        self._anonymous.setVisible(False in known and len(known) > 1)
        self._arrange()
        if held is not None and held[0] in self.cards and held[0] not in same:
            self.cards[held[0]].put_keyboard(held[1])

    def fill(self, cards: Iterable[WelcomeCard]) -> Iterator[object]:
        """Show these providers, a card at a time."""
        ordered = best_first(cards)
        for count, card in enumerate(ordered, 1):
            made = self._make(card, whole=False)
            yield from made.build(self._note)
            made.set_note(self._note)
            self._ahead = made
            yield
            self.set_providers(ordered[:count])
            yield

    def set_check(self, provider: str, state: str, text: str) -> None:
        """How a key's check stands: `checking`, `ok`, a failure kind; and the sentence to show."""
        self.show_check(provider, CheckNews(check_state(state), text))

    def show_check(self, provider: str, news: CheckNews) -> None:
        """A check with its one next step and the vendor's words; it stays when the cards are made anew."""
        self._news[provider] = news
        card = self.cards.get(provider)
        if card is not None:
            card.show_news(news)
            self._enable_start()
            self._lead_on(card, news)

    def set_storage_note(self, text: str) -> None:
        """The line that says where a pasted key is kept (keyring, or only in memory and why)."""
        self._note = text
        for card in self.cards.values():
            card.set_note(text)

    def set_spend(self, spend: Spend) -> None:
        """The spend guard's word in the foot."""
        match spend:
            case "never":
                self._guard.setText(tr("welcome.spend.never"))
            case "ask":
                self._guard.setText(tr("welcome.spend.ask"))
            case "allow":
                self._guard.setText(tr("welcome.spend.allow"))

    def set_chain_text(self, text: str) -> None:
        """Who would answer, e.g. `智谱 GLM-4.7-Flash`; empty = nobody yet."""
        self._chain.setText(tr("welcome.chain", legs=text) if text else tr("welcome.chain.none"))

    def show_provider(self, provider: str) -> None:
        """Open a provider's card with the keyboard in its field."""
        if provider in self.cards:
            self._unfolded = self._unfolded or provider not in list(self.cards)[:SHOWN]
            self._toggle(provider, True)
            self.cards[provider].focus_field()

    # building

    def _make(self, card: WelcomeCard, *, whole: bool = True) -> CardWidget:
        widget = CardWidget(self._theme, card, self._note, whole=whole)
        widget.opened.connect(partial(self._toggle, card.provider))
        widget.pasted.connect(partial(self.key_pasted.emit, card.provider))
        widget.page_requested.connect(partial(self.open_url.emit, card.key_page))
        widget.step_requested.connect(partial(self.step_requested.emit, card.provider))
        widget.answered.connect(partial(self.card_answered.emit, card.provider))
        return widget

    def _build_title(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(Logo(), 0, Qt.AlignmentFlag.AlignTop)
        words = QWidget()
        lines = column(words, spacing=2)
        lines.addWidget(wrapping(tr("welcome.title"), "title", "ink"))
        lines.addWidget(wrapping(tr("welcome.subtitle"), "control", "ink-2"))
        row.addWidget(words, 1)
        return made

    def _build_list(self) -> QWidget:
        words = QWidget()
        words.setMinimumHeight(20)
        row = QHBoxLayout(words)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(label(tr("welcome.pick"), "control-bold", "ink"))
        self._dated = wrapping(tr("welcome.sorted"), "caption", "ink-3")
        row.addWidget(self._dated, 1)
        self._anonymous = QCheckBox(tr("welcome.anonymous"))
        self._anonymous.setAccessibleName(tr("welcome.anonymous"))
        self._anonymous.toggled.connect(self._arrange)
        self._anonymous.hide()
        self._more = button("", "link", trailing="chevron-down")
        self._more.clicked.connect(self._unfold)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        made = QWidget()
        box = column(made, spacing=8)
        box.addWidget(Adaptive(words, self._anonymous))
        box.addLayout(self._list)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(16)
        foot.addWidget(self._more)
        # Below the providers, and so not before there are any: it would stand in their place and move.
        self._own = button(tr("welcome.own"), "link")
        self._own.clicked.connect(self.own_requested)
        self._own.hide()
        foot.addWidget(self._own)
        foot.addStretch(1)
        box.addLayout(foot)
        box.addStretch(1)
        return made

    def _build_foot(self) -> QWidget:
        foot = Foot(self._theme)
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 11, 24, 12)
        row.setSpacing(12)
        self._foot_row = row
        self._guard = wrapping("", "caption", "ink-2")
        self._chain: QLabel = wrapping("", "caption", "ink-3")
        self._chain.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.start = button(tr("welcome.start"), "primary", size="send")
        self.start.clicked.connect(self.start_requested)
        self.start.setEnabled(False)
        guard = QHBoxLayout()
        guard.setSpacing(6)
        guard.addWidget(Shield(self._theme))
        guard.addWidget(self._guard, 1)
        row.addLayout(guard, 3)
        row.addWidget(self._chain, 4)
        row.addWidget(self.start)
        return foot

    # behaviour

    def take_focus(self) -> None:
        """Let a key be pasted at once; else Qt would give the keyboard to whatever comes after what hid."""
        self.paste.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Button):
            # Who has just pasted and agreed with Enter goes on with it.
            focused.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        """Lay the parts out for the width there is, once they are there."""
        if not self._built:
            return
        wide = self.width() >= SIDE_BY_SIDE
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)
        side = 64 if wide else 24
        self._outer.setContentsMargins(side, 24 if wide else 16, side + self._bar_room.missing(), 12)
        self._foot_row.setContentsMargins(side, 11, side + self._bar_room.width(), 12)
        self.practice.set_wide(not wide)
        # Beside the list the card begins where the first provider does, below the heading.
        self._side.setContentsMargins(0, 28 if wide else 0, 0, 0)

    def _lead_on(self, card: CardWidget, news: CheckNews) -> None:
        """Put the keyboard on what comes next, unless its user has gone elsewhere meanwhile."""
        if news.state == "checking":
            self._follows = True
            return
        here = self.focusWidget() if self.isVisible() else None
        if not self._follows or (here is not None and self.practice.isAncestorOf(here)):
            return
        self._follows = False
        if news.state == "ok":
            self.start.setFocus(Qt.FocusReason.TabFocusReason)
        elif news.step:
            card.put_keyboard("step")

    def _toggle(self, provider: str, on: bool) -> None:
        card = self.cards[provider]
        asked = card.get.hasFocus()
        self._open = provider if on else ""
        self._arrange()
        if asked:
            card.focus_field()

    def _unfold(self) -> None:
        self._unfolded = True
        rest = list(self.cards.values())[SHOWN:]
        self._arrange()
        if rest:
            rest[0].head.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        """Which cards are shown, which is open, and which of them are joined."""
        only = self._anonymous.isChecked() and not self._anonymous.isHidden()
        fitting = [w for w in self.cards.values() if not only or w.card.needs_real_name is False]
        shown = fitting if self._unfolded else fitting[:SHOWN]
        for provider, widget in self.cards.items():
            widget.set_open(provider == self._open)
            widget.setVisible(widget in shown)
        for i, widget in enumerate(shown):
            above = shown[i - 1] if i else None
            below = shown[i + 1] if i + 1 < len(shown) else None
            widget.place(
                first=above is None or above.is_open,
                last=below is None or below.is_open,
                top=8 if widget.is_open and above is not None else 0,
                bottom=8 if widget.is_open and below is not None else 0,
            )
        hidden = len(fitting) - len(shown)
        self._more.setVisible(hidden > 0)
        self._more.setText(tr("welcome.more", n=hidden))
        self._more.updateGeometry()
        self._enable_start()

    def _enable_start(self) -> None:
        self.start.setEnabled(any(card.works for card in self.cards.values()))
