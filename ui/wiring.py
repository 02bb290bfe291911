"""Ties presenters, views and core together for one life of the window.

A plain composition: `Wiring` hands each presenter the two or three things it uses and connects their signals;
nothing gets the wiring. What a part does belongs into the part's own file, its line of wiring here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chains import Chains
from app.comparing import choosable
from app.errors import KnownError
from app.i18n import tr
from app.leg_names import LegNames
from app.policy import Spend
from ui.compare.presenter import Comparison
from ui.enclosing import Enclosing
from ui.exchange.export import Exporting
from ui.exchange.importing import Importing
from ui.keys import in_force
from ui.links import ask_to_open, open_own
from ui.presenters.assistants import AssistantChooser
from ui.presenters.chains import ChainChooser
from ui.presenters.chat import ChatPresenter, Views
from ui.presenters.conversations import ConversationsPresenter
from ui.presenters.erasing import Erasing
from ui.presenters.guarding import Guarding
from ui.presenters.idle import IdleJobs
from ui.presenters.month import MonthsBill
from ui.presenters.pages import Pages
from ui.presenters.quota_door import QuotaDoor
from ui.presenters.resending import Resending
from ui.presenters.sent import SentMarker
from ui.presenters.spend import SpendChooser
from ui.presenters.strip import Quota, StripPresenter
from ui.presenters.unlocking import Unlocking
from ui.search.finding import Finding
from ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from app.clock import Clock
    from app.core import Core
    from app.domain import Leg
    from app.settings import SettingsService
    from app.store.records import Conversation
    from app.tasks import TaskScope
    from ui.composer import Composer
    from ui.main_window import MainWindow
    from ui.presenters.turns import Turns
    from ui.relay_strip import RelayStrip
    from ui.state import WindowState


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of the window that stood before the data was open."""

    window: MainWindow
    composer: Composer
    strip: RelayStrip


class Wiring:
    """Presenters and transcript of one window; thrown away with it."""

    def __init__(
        self,
        views: Frame,
        core: Core,
        turns: Turns,
        scope: TaskScope,
        clock: Clock,
        settings: SettingsService,
        state: WindowState,
        version: str,
        tell: Callable[[BaseException], None],
    ) -> None:
        window = views.window
        self._views = views
        self._core = core
        self._turns = turns
        self._scope = scope
        self._settings = settings
        self._tell = tell
        self.transcript = TranscriptView(window.theme, LegNames(core.directory, core.keys), clock)
        window.set_transcript(self.transcript)
        self.chat = ChatPresenter(
            Views(window, self.transcript, views.composer),
            core.store,
            turns,
            scope,
            lambda url: ask_to_open(window, url),
        )
        self.chat.fresh_draft, self.chat.places = state.draft, state.places
        self.conversations = ConversationsPresenter(window, core.store, scope)
        chains = Chains(settings, core.directory)
        self.chains = ChainChooser(chains, settings, self._shown, self._keep_chain, scope.start)
        self.spend = SpendChooser(settings, self._shown, self._keep_spend, scope.start)
        self.chat.chain_wish, self.chat.spend_wish = lambda: self.chains.wish, lambda: self.spend.wish
        self.strip = StripPresenter(
            views.strip,
            window.notices,
            core.directory,
            core.keys,
            core.health,
            core.settings,
            clock,
            self._shown,
            chains,
            self.chains,
            Quota(core.ledger, self.spend, core.chat.agreed_to, core.providers.balances.offered),
        )
        self.assistants = AssistantChooser(
            window, self.transcript, core.assistants, core.store, self.chains, self._shown, scope.start
        )
        self.chat.assistant_wish = lambda: self.assistants.wish
        self.sent = SentMarker(
            self.transcript, core.store, turns, lambda: self.chat.conversation, scope.start
        )
        self.idle = IdleJobs(turns, core.idle, scope.start)
        self.month = MonthsBill(window.sidebar, core.store, core.ledger, core.directory, clock, scope.start)
        self.comparison = Comparison(
            window, views.composer, self.chat, core.store, turns, self.transcript.context.names, clock,
            scope.start, lambda url: ask_to_open(window, url), self._legs, state.compared,
        )  # fmt: skip
        self.chat.comparison, self.chat.doing.legs = self.comparison, self._legs
        self.resending = Resending(
            window.notices, core.store, turns, scope.start,
            lambda provider: (spec := core.catalogue.spec(provider)) is not None and spec.local,
        )  # fmt: skip
        self.chat.opened.connect(self.resending.opened)
        self.chat.doing.undoable = self.conversations.tidying.done
        self.transcript.wishes.compare.connect(self.comparison.pick)
        self.pages = Pages(window, core, scope, clock, open_own, version, tell)
        self.unlocking = Unlocking(
            window.notices, core.keys, core.store, turns, scope.start,
            again_in_column=self.comparison.again, show_storage=self.pages.show_storage,
            changed=self.pages.keyring_changed,
        )  # fmt: skip
        self.guarding = Guarding(window, core, self.pages, scope.start)
        self.quota = QuotaDoor(window, core, scope, clock, self.spend, tell)
        self.finding = Finding(
            window, core, scope, clock, settings, self.chat, self.transcript, turns, self.pages,
            self.conversations,
        )  # fmt: skip
        self.enclosing = Enclosing(
            window, core, scope, clock, self.chat, self.transcript, self.strip, turns, tell
        )
        self.guarding.watch(self.enclosing.enclosures)
        names = LegNames(core.directory, core.keys)
        self.exporting = Exporting(window, core.store, lambda *leg: names(*leg).name, clock, scope, tell)
        self.importing = Importing(
            window, core.imports, scope, tell, lambda: self.pages.open_settings("data")
        )
        self._connect()
        self._end_catalogue = core.catalogue.subscribe(self.strip.refresh)
        self._end_sync = core.sync.subscribe(self.chat.doing.synced)
        self._fill_menu()
        self.strip.refresh()
        window.sidebar.set_running(turns.conversations())

    def _connect(self) -> None:
        window, chat, pages, strip = self._views.window, self.chat, self.pages, self.strip
        self.conversations.open_requested.connect(chat.open)
        self.conversations.gone.connect(chat.forget)
        self.conversations.changed.connect(chat.refresh)
        self.conversations.changed.connect(strip.refresh)
        chat.opened.connect(self._opened)
        chat.wish.connect(self._wish)
        chat.writing.connect(lambda: self._scope.start(self._prepare(), "prepare"))
        window.header.chain_requested.connect(lambda: self.chains.popup(window.header.chain_button))
        self.chains.edit_requested.connect(pages.show_chain)
        self.assistants.manage_requested.connect(lambda: pages.open_settings("assistants"))
        self.conversations.changed.connect(lambda _: (self.assistants.refresh(), self.sent.refresh()))
        strip.chain_changed.connect(window.header.set_chain)
        strip.keys_requested.connect(pages.show_keys)
        strip.pin_requested.connect(self._pin)
        strip.correct_requested.connect(pages.correct_quota)
        self.quota.correct_requested.connect(pages.correct_quota)
        self.quota.keys_requested.connect(pages.show_keys)
        self.quota.turn_requested.connect(lambda turn: self.finding.go_to_message(*turn))
        pages.quota_requested.connect(self.quota.open)
        window.sidebar.quota_requested.connect(self.quota.open)
        in_force.shortcut("quota", window, self.quota.open)
        strip.balance_requested.connect(pages.check_balance)
        strip.key_requested.connect(lambda leg: pages.show_provider(leg.partition(":")[0]))
        strip.spend_requested.connect(lambda: self.spend.popup(self._views.strip.spend_button))
        self._views.strip.recheck_requested.connect(pages.check_balance)
        pages.practice_requested.connect(lambda: chat.new(practice=True))
        pages.start_requested.connect(chat.new)
        pages.conversation_wanted.connect(self._go_to)
        pages.erase = Erasing(window, self._core, self._turns, chat, self.conversations).erase
        self.transcript.wishes.picture.connect(self.exporting.picture)
        window.sidebar.wishes.can_export = True
        window.sidebar.wishes.exported.connect(self.exporting.offer)
        window.sidebar.wishes.imported.connect(lambda whole: self.importing.choose(folder=whole))
        window.sidebar.wishes.bin_opened.connect(pages.bin.open)
        for signal in (window.new_requested, window.sidebar.new_requested, window.header.new_requested):
            signal.connect(lambda *_: chat.new())
        for signal in (window.settings_requested, window.sidebar.settings_requested):
            signal.connect(lambda *_: pages.open_settings())
        window.escape_pressed.connect(lambda: window.show_page("chat"))

    def _fill_menu(self) -> None:
        header, chat = self._views.window.header, self.chat
        menu = header.menu
        menu.clear()
        menu.addAction(tr("shell.practice")).triggered.connect(lambda *_: chat.new(practice=True))
        assistant = menu.addAction(tr("assistants.choose"))
        assistant.triggered.connect(lambda: self.assistants.popup(header.more_button))
        leave = menu.addAction(tr("export.menu"))
        leave.triggered.connect(lambda *_: chat.conversation and self.exporting.offer([chat.conversation.id]))
        menu.aboutToShow.connect(lambda: leave.setEnabled(chat.conversation is not None))
        delete = menu.addAction(tr("shell.delete"))
        delete.triggered.connect(
            lambda *_: chat.conversation and self.conversations.delete(chat.conversation.id)
        )
        menu.aboutToShow.connect(lambda: delete.setEnabled(chat.conversation is not None))
        header.menu_changed()

    def detach(self) -> None:
        """Let go of the services; the views are about to be thrown away."""
        self._end_catalogue()
        self._end_sync()
        self.comparison.detach()
        self.resending.detach()
        self.chat.detach()
        self.conversations.detach()
        self.finding.detach()
        self.exporting.detach()
        self.importing.detach()
        self.enclosing.detach()
        self.strip.detach()
        for part in (self.assistants, self.sent, self.idle, self.month):
            part.detach()
        self.guarding.detach()
        self.unlocking.detach()
        self.pages.detach()
        self.quota.detach()
        self.transcript.shut_down()

    async def resume(self, before: Wiring) -> None:
        """Go on where the wiring of a window that is gone was."""
        await self.chat.resume(before.chat)
        self.chains.wish, self.spend.wish = before.chains.wish, before.spend.wish
        self.assistants.wish = before.assistants.wish
        before.conversations.tidying.hand_over(self.conversations.tidying)
        self.assistants.refresh()
        self.strip.refresh()

    @property
    def window(self) -> MainWindow:
        """The window all this serves."""
        return self._views.window

    def _legs(self) -> list[Leg]:
        usable = () if self.chat.practice else self._core.directory.usable()
        return choosable(self.strip.chain(), usable)

    # wishes

    def _go_to(self, conversation: str) -> None:
        if self._views.window.page() != "chat":
            self._views.window.show_page("chat")
        self.chat.open(conversation)

    def _shown(self) -> tuple[Conversation | None, bool]:
        return self.chat.conversation, self.chat.practice

    async def _keep_spend(self, conversation: str, spend: Spend | None) -> None:
        await self._core.store.update_conversation(conversation, spend=spend)

    async def _keep_chain(self, conversation: str, chain: tuple[str, ...] | None) -> None:
        await self._core.store.update_conversation(conversation, chain=chain)

    def _opened(self, _conversation: object) -> None:
        open_one = self.chat.conversation
        self.chains.forget()
        self.assistants.opened()
        self.sent.refresh()
        self.spend.forget()
        self._views.window.sidebar.set_open(open_one.id if open_one else None)
        self.strip.refresh()

    def _wish(self, action: str, argument: str) -> None:
        match action:
            case "add_provider":
                self.pages.welcome.open()
            case "correct_quota":
                self.pages.correct_quota(argument)
            case "replace_key" | "settings":
                self.pages.show_provider(argument.partition(":")[0])
            case "open_key_page":
                self.pages.open_key_page(argument)
            case "recheck" | "try_now":
                self.strip.try_now(argument)
                self.pages.check_balance(argument)
            case "pass_blocked":
                self._settings.change(pass_blocked=True)
            case "context":
                self.assistants.edit(to_summary=True)
            case "unlock":
                self.unlocking.unlock(argument)
            case _:
                pass

    async def _prepare(self) -> None:
        try:
            await self._core.prepare()
        except KnownError as error:
            self._tell(error)

    def _pin(self, leg: str | None) -> None:
        open_one = self.chat.conversation
        if open_one is not None:
            change = self._core.store.update_conversation(open_one.id, pinned_leg=leg)
            self._scope.start(change, "pin a leg")
