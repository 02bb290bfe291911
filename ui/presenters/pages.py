"""The pages beside the chat, built when first shown: settings and first run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.catalogue_updates import Report, problem_text
from app.chain_use import rename_chain
from app.chains import Chains
from app.clock import Clock
from app.core import Core
from app.i18n import tr
from app.quota_words import QuotaWords
from app.tasks import TaskScope
from ui.main_window import MainWindow
from ui.pieces import Backstage, Making
from ui.presenters.bin_door import BIN, BinDoor
from ui.presenters.provider_views import ProviderViews
from ui.presenters.providers import ProvidersPresenter, Tools
from ui.presenters.quota_door import QUOTA
from ui.presenters.settings_parts import MODULES, release_presenter, serve_providers
from ui.presenters.welcome_door import WELCOME, WelcomeDoor
from ui.qt_kinds import loaded

if TYPE_CHECKING:
    from ui.presenters.assistant_settings import AssistantSettings
    from ui.presenters.data import DataPart
    from ui.presenters.grants import GrantsPresenter
    from ui.presenters.kept_forms import KeptForms
    from ui.presenters.key_storage import KeyStoragePresenter
    from ui.presenters.preferences import PreferencesPresenter
    from ui.presenters.releases import ReleasePresenter
    from ui.presenters.settings_parts import Served
    from ui.settings.index import Entry, SettingsIndex
    from ui.settings.page import SettingsPage
    from ui.welcome.page import WelcomePage

SETTINGS = "settings"


class Pages(QObject):
    """Signals: `practice_requested`, `start_requested` (begin to chat), both from the first-run page;
    `conversation_wanted(id)`, `quota_requested`, `quick_ask_requested`, `settings_built(page)`."""

    practice_requested = Signal()
    conversation_wanted = Signal(str)
    start_requested = Signal()
    quota_requested = Signal()
    quick_ask_requested = Signal()
    settings_built = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        core: Core,
        scope: TaskScope,
        clock: Clock,
        open_url: Callable[[str], None],
        version: str,
        tell: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._core = core
        self._scope = scope
        self._open_url = open_url
        self._version = version
        self._tell = tell
        self._clock = clock
        self._views = ProviderViews(
            core.providers, core.directory, core.keys, core.health, clock, core.ledger
        )
        self._providers = ProvidersPresenter(
            Tools(core.keys, core.checks, core.settings, self._views, scope, open_url)
        )
        self._providers.practice_requested.connect(self.practice_requested)
        self._providers.start_requested.connect(self.start_requested)
        self._providers.key_works.connect(self._key_works)
        self._providers.network_requested.connect(lambda: self.open_settings("network"))
        self._providers.address_requested.connect(self.edit_address)
        self._preferences: PreferencesPresenter | None = None
        self._making = Making(self._settings_steps, self._settings_made, self)
        self._settings_wanted: tuple[str | None, Callable[[], object] | None] | None = None
        window.page_changed.connect(self._changed_mind)
        self._served: Served | None = None
        self._ends = (
            core.catalogue.subscribe(self._catalogue_changed),
            core.providers.begin(scope.start, self._tell_update),
        )
        self.erase: Callable[[bool], Awaitable[None]] | None = None
        self.follow_up: Callable[[Callable[[], object], Callable[[], object]], None] = lambda _b, _a: None
        """Told how what goes with the change of a setting is taken back and done again."""
        self.did: Callable[[str, Callable[[], object], Callable[[], object]], None] = lambda *_: None
        """Told of what no setting keeps; see `SettingsUndo.did`."""
        self._index: SettingsIndex | None = None
        self._data: list[DataPart] = []
        self._settings_page: SettingsPage | None = None
        self._kept: KeptForms | None = None
        self._grants: GrantsPresenter | None = None
        self._storage: KeyStoragePresenter | None = None
        self._releases: ReleasePresenter | None = None
        self._assistants: AssistantSettings | None = None
        self.bin = BinDoor(window, core.store, scope, clock, self.conversation_wanted.emit, tell)
        self.welcome = WelcomeDoor(window, core, scope, self._providers)
        self.welcome.start_requested.connect(self.start_requested)
        self.welcome.own_requested.connect(self._enter_own)
        if core.settings.current.release_check:
            self._build_releases()

    def detach(self) -> None:
        """Let go of the services; the pages are about to be thrown away."""
        for end in self._ends:
            end()
        self._making.stop()
        self.bin.detach()
        if self._index is not None:
            self._index.stop()
        self._providers.detach()
        self.welcome.detach()
        for part in (
            *(self._preferences, self._grants, self._assistants, self._storage, self._releases),
            *(self._served or ()),
            *self._data,
        ):
            if part is not None:
                part.detach()

    def show_settings(self, section: str | None = None) -> SettingsPage:
        """Show the settings, at a section if one is given."""
        if self._settings_page is None:
            self._making.finish()
        page = self._settings_page
        assert page is not None
        if section is not None:
            page.show_section(section)
        self._enter_settings()
        return page

    def open_settings(self, section: str | None = None, then: Callable[[], object] | None = None) -> None:
        """Show the settings, at a section if one is given, and do `then`. What is not built yet is built
        between other things, and shown when it is there."""
        self._settings_wanted = (section, then)
        if self._settings_page is not None:
            self._settings_ready()
        else:
            self._making.begin()

    def _settings_ready(self) -> None:
        (section, then), self._settings_wanted = self._settings_wanted or (None, None), None
        page = self._settings_page
        assert page is not None

        def there() -> None:
            self._enter_settings()
            if then is not None:
                then()

        page.open_section(section or page.sections.section(), there)

    def _enter_settings(self) -> None:
        if self._window.page() != SETTINGS:
            if self._served is not None:
                self._served[0].look_for_servers()
            self._window.show_page(SETTINGS)

    def _settings_made(self) -> None:
        if self._settings_wanted is not None:
            self._settings_ready()

    @property
    def index(self) -> SettingsIndex:
        """What can be found in the settings."""
        if self._index is None:
            from ui.settings.index import SettingsIndex

            core = self._core
            self._index = SettingsIndex(
                self._window.theme,
                lambda: core.settings.current,
                lambda: list(core.catalogue.providers.values()),
            )
        return self._index

    def show_setting(self, entry: Entry) -> None:
        """Show a row of the settings that was found."""

        def go_to() -> None:
            if self._settings_page is not None and self._settings_page.search is not None:
                self._settings_page.search.go_to(entry)

        self.open_settings(then=go_to)

    def show_chain(self, name: str) -> None:
        """Show the chain of that name in the settings; empty = the one without a name."""
        self.open_settings(
            "relay", lambda: self._preferences is not None and self._preferences.chains.edit(name)
        )

    def show_keys(self) -> None:
        """Show where keys are managed."""
        self.open_settings("providers")

    def show_storage(self) -> None:
        """Show where keys are kept and what to do when that does not work."""
        self.open_settings("storage")

    def keyring_changed(self) -> None:
        """The keyring was tried elsewhere: say anew where keys are kept."""
        self._providers.show_storage()

    def show_provider(self, provider: str) -> None:
        """Show one provider and its keys."""
        self.open_settings(then=lambda: self._settings_page and self._settings_page.show_provider(provider))

    def correct_quota(self, leg: str) -> None:
        """Let the user say what the console shows for the grant of a leg (or for the grant of that id)."""
        self.open_settings("grants", lambda: self._grants is not None and self._grants.correct(leg))

    def edit_address(self, provider: str) -> None:
        """Show one provider with the keyboard in its base URL."""

        def edit() -> None:
            page = self._settings_page
            if page is not None:
                page.show_provider(provider)
                page.provider_page.edit_address()

        self.open_settings("providers", edit)

    def show_welcome(self) -> None:
        """Show the first-run page."""
        self.welcome.show()

    @property
    def _welcome_page(self) -> WelcomePage | None:
        return self.welcome.page

    def _enter_own(self) -> None:
        self.open_settings("providers", lambda: self._settings_page and self._settings_page.add.click())

    def open_key_page(self, provider: str) -> None:
        """Open the page of a provider where keys are made."""
        spec = self._core.catalogue.get(provider.partition(":")[0])
        if spec is not None and (spec.key_page or spec.console):
            self._open_url(spec.key_page or spec.console)

    def where(self) -> tuple[str, str, KeptForms | None]:
        """The page shown, the settings' section and what is being filled in, for a window built anew."""
        page = self._settings_page
        if page is None:
            return self._window.page(), "", self._kept
        from ui.presenters.kept_forms import kept_forms

        return self._window.page(), page.sections.section(), kept_forms(page, self._kept)

    def go(self, page: str, section: str, kept: KeptForms | None) -> None:
        """Show what `where` told, as soon as it is built."""
        self._kept = kept
        if page == SETTINGS:
            self.open_settings(section or None)
        elif page == WELCOME:
            self.welcome.open()
        elif page == QUOTA:
            self.quota_requested.emit()
        elif page == BIN:
            self.bin.open()

    def _settings_steps(self) -> Iterator[object]:
        yield from loaded(*MODULES)
        from ui.presenters.assistant_settings import AssistantSettings
        from ui.presenters.data import DataTools, data_parts
        from ui.presenters.grants import GrantsPresenter
        from ui.presenters.key_storage import KeyStoragePresenter
        from ui.presenters.preferences import PreferencesPresenter
        from ui.settings.finder import Finder
        from ui.settings.page import SettingsPage

        core = self._core
        self._window.use_details()
        yield
        page = SettingsPage(self._window.theme, whole=False)
        yield (backstage := Backstage(page, self._window.stack))
        yield from page.build()
        yield
        page.use_finder(Finder(self._window.theme, self.index))
        yield
        self._preferences = PreferencesPresenter(
            page,
            core.settings,
            self._views,
            core.paths,
            version=self._version,
            catalogue_problems=[problem_text(p) for p in core.catalogue.problems],
            tell=self._tell,
            chains=Chains(core.settings, core.directory),
            health=core.health,
            renamed=self._chain_renamed,
        )
        yield
        self._providers.serve_settings(page)
        yield
        self._storage = KeyStoragePresenter(page, core.keys, self._scope)
        self._storage.changed.connect(self._providers.show_storage)
        page.storage_retry_requested.connect(self.show_storage)
        self._build_releases().serve(page)
        self._served = serve_providers(page, core, self._scope, self._providers, self._tell)
        yield
        self._grants = GrantsPresenter(
            page,
            core.ledger,
            core.catalogue,
            QuotaWords(core.directory),
            self._clock,
            self._scope,
            lambda: self._window.toast,
            lambda *done: self.did(*done),  # noqa: PLW0108 - it is given later
            lambda: set(core.keys.with_keys(core.catalogue.providers)),
        )
        yield
        self._assistants = AssistantSettings(
            page,
            self._window,
            core.assistants,
            core.store,
            Chains(core.settings, core.directory),
            self._scope.start,
            self._tell,
        )
        yield
        assert self.erase is not None
        tools = (page, self._window, core, self._scope, self._tell, self.bin.open)
        self._data = data_parts(DataTools(*tools, self.conversation_wanted.emit, self.erase))
        page.back_requested.connect(lambda: self._window.show_page("chat"))
        yield
        backstage.enter()
        self._window.add_page(SETTINGS, page)
        self._settings_page = page
        if self._kept is not None:
            from ui.presenters.kept_forms import open_again

            open_again(page, self._kept)
        self.settings_built.emit(page)

    def _changed_mind(self, page: str) -> None:
        """The user went elsewhere while a page was being built."""
        if page != SETTINGS:
            self._settings_wanted = None

    def _chain_renamed(self, old: str, new: str) -> None:
        """Conversations that use a chain follow its name, and follow it back."""

        def follow(before: str, after: str) -> None:
            self._scope.start(rename_chain(self._core.store, before, after), "rename a chain")

        follow(old, new)
        self.follow_up(lambda: follow(new, old), lambda: follow(old, new))

    def check_balance(self, leg: str) -> None:
        """Somebody wants a leg to be looked at again: ask what its account holds, where that can be asked."""
        provider = leg.partition(":")[0]
        if self._core.providers.balances.offered(provider):
            self._scope.start(self._core.providers.look_again(provider), "balance")

    def _build_releases(self) -> ReleasePresenter:
        if self._releases is None:
            self._releases = release_presenter(
                self._core, self._window, self._clock, self._scope, self._version,
                lambda: self.open_settings("about"),
            )  # fmt: skip
        return self._releases

    def _catalogue_changed(self) -> None:
        self._providers.refill_soon()
        if self._preferences is not None:
            self._preferences.chains.show()

    def _key_works(self, provider: str) -> None:
        if self._served is not None:
            self._served[0].after_key(provider)
        else:
            self._scope.start(self._core.providers.after_key(provider), "after a key")

    def _tell_update(self, report: Report) -> None:
        """Newer provider facts came by themselves: say so. Without a network there is nothing to say."""
        if not (report.changes or report.refused):
            return

        def see() -> None:
            self.open_settings("facts", lambda: self._served and self._served[2].show_report(report))

        text = tr("updates.sep").join((*report.changes, *report.refused))
        self._window.notices.put("facts", tr("facts.updated", text=text), "info", tr("facts.see"), see)
