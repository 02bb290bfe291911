"""What the settings and the first-run page show of the providers, from catalogue, keys and health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import wording
from app.clock import Clock
from app.directory import PRACTICE, Directory
from app.domain import BillingClass, Leg, ProviderSpec
from app.errors import KnownError
from app.health_views import health_views
from app.i18n import tr
from app.keys import KeyService
from app.ledger.ledger import Ledger
from app.leg_names import LegNames
from app.policy import Policy
from app.provider_services import ProviderServices
from app.quota_words import amount_of_leg
from app.relay.health import Health
from app.relay.statuses import leg_status
from app.settings import Settings

if TYPE_CHECKING:
    from ui.settings.resting import Resting
    from ui.settings.values import ChainEntry, ModelRow, ProviderView
    from ui.welcome.cards import WelcomeCard


class ProviderViews:
    """Makes the values; holds nothing of its own."""

    def __init__(
        self,
        services: ProviderServices,
        directory: Directory,
        keys: KeyService,
        health: Health,
        clock: Clock,
        ledger: Ledger,
    ) -> None:
        self._ledger = ledger
        self._services = services
        self._directory = directory
        self._keys = keys
        self._health = health
        self._clock = clock

    def specs(self) -> Sequence[ProviderSpec]:
        """Every provider but the practice ones."""
        return [spec for spec in self._services.catalogue.every() if spec.dialect != PRACTICE]

    def views(self, settings: Settings) -> list[ProviderView]:
        """Every provider: those in the chain first and in its order, then the catalogue's."""
        ranks = {spec.partition(":")[0]: n for n, spec in reversed(list(enumerate(settings.chain)))}
        ordered = sorted(self.specs(), key=lambda spec: ranks.get(spec.id, len(ranks)))
        return [self._view(spec, settings) for spec in ordered]

    def cards(self) -> list[WelcomeCard]:
        """The first-run cards of the providers that need a key."""
        from ui.welcome.cards import welcome_card

        made: list[WelcomeCard] = []
        for spec in self.specs():
            if spec.local or spec.auth == "none" or not spec.models:
                continue
            records = self._keys.records(spec.id)
            if self._directory.region(spec).overseas and not records:
                continue
            works = next((r for r in records if r.check_kind == "ok"), None)
            shown = works or (records[0] if records else None)
            made.append(welcome_card(spec, last4=shown.last4 if shown else "", works=works is not None))
        return made

    def entries(self, specs: Sequence[str]) -> list[ChainEntry]:
        """The chain as the settings list it; an entry that names nothing any more says so."""
        broken = self._directory.problems(specs)
        return [self._entry(spec, str(broken[spec]) if spec in broken else "") for spec in specs]

    def choices(self, taken: Sequence[str]) -> list[ChainEntry]:
        """What could be added to the chain: each provider, and each of its models alone."""
        specs: list[str] = []
        for spec in self.specs():
            if spec.models:
                specs += [spec.id, *(f"{spec.id}:{model.id}" for model in spec.models)]
        return [self._entry(spec, "") for spec in specs if spec not in taken]

    def resting(self) -> list[Resting]:
        """What the relay leaves alone for now, and what is off until somebody acts."""
        from ui.settings.resting import Resting

        now = self._clock.now()
        names = {spec.id: wording.provider_name(spec) for spec in self.specs()}
        keys = {record.id: record for record in self._keys.records()}
        made: list[Resting] = []
        for view in health_views(
            self._health, now, LegNames(self._directory, self._keys), lambda p: names.get(p, p), keys
        ):
            if view.provider not in names:
                continue
            name = view.label
            if view.key_label:
                name = tr("health.named", name=name, label=view.key_label)
            state = tr(f"health.state_{view.state}")
            if view.until is not None:
                state = tr("health.until", state=state, when=wording.moment(view.until, now))
            words = tr("health.line", state=state, reason=view.reason)
            made.append(Resting(view.provider, view.model, view.key, name, view.state, words, view.vendor))
        return made

    def automatic(self) -> list[str]:
        """The chain as it is when the user made none."""
        return [item.spec for item in self._directory.chain([])]

    def chain_text(self) -> str:
        """Who would answer, in order; empty = nobody."""
        try:
            chain = self._directory.chain()
        except KnownError:
            return ""
        return " → ".join(wording.leg_name(item.legs[0]) for item in chain)

    def _entry(self, spec: str, problem: str) -> ChainEntry:
        from ui.settings.values import ChainEntry

        provider = self._services.catalogue.spec(spec.partition(":")[0])
        if provider is None or provider.dialect == PRACTICE or problem:
            return ChainEntry(spec, spec, "", "", problem=problem)
        if ":" in spec:
            name, note = wording.leg_name(self._directory.leg(spec)), ""
        else:
            model = self._directory.item(spec).legs[0].model
            name, note = wording.provider_name(provider), model.name or model.id
        return ChainEntry(spec, name, provider.glyph, provider.colour, note=note)

    def _view(self, spec: ProviderSpec, settings: Settings) -> ProviderView:
        from ui.settings.values import ProviderView

        own = settings.endpoints.get(spec.id)
        region = self._directory.region(spec)
        state, word = self._state(spec, settings.policy())
        return ProviderView(
            spec=spec,
            name=wording.provider_name(spec),
            glyph=spec.glyph,
            colour=spec.colour,
            keys=tuple(self._keys.records(spec.id)),
            region=None if own else region.id,
            base_url=self._directory.base_url(spec),
            on=spec.id not in settings.providers_off and not self._waits(spec, settings),
            models=tuple(self._models(spec, settings)),
            state=state,
            state_text=word,
            note=self._note(spec),
            overseas=not own and region.overseas,
            own=spec.origin == "user",
            listable=spec.dialect != "azure",
            balance=self._balance(spec),
        )

    def _waits(self, spec: ProviderSpec, settings: Settings) -> bool:
        """Whether it lies abroad and nobody has turned it on yet."""
        chosen = spec.id in settings.regions or spec.id in settings.endpoints
        return self._directory.region(spec).overseas and not chosen

    def _note(self, spec: ProviderSpec) -> str:
        if not spec.local:
            return ""
        running = any(server.provider == spec.id for server in self._services.models.running)
        return tr("settings.local.running", n=len(spec.models)) if running else tr("settings.local.silent")

    def _balance(self, spec: ProviderSpec) -> str | None:
        from ui.presenters.provider_asks import balance_text

        if spec.balance is None:
            return None
        report = self._services.balances.last(spec.id)
        return balance_text(report.text, report.at) if report is not None else ""

    def _models(self, spec: ProviderSpec, settings: Settings) -> list[ModelRow]:
        from ui.settings.values import ModelRow

        rows: list[ModelRow] = []
        gone = self._services.models.gone(spec.id)
        named = settings.own_models.get(spec.id, ())
        now = self._clock.now()
        # What nobody has a key for has nothing left to show.
        keyed = bool(self._keys.refs(spec.id))
        for model in spec.models:
            leg = self._directory.leg(f"{spec.id}:{model.id}")
            on = settings.models.get(leg.id, model.enabled)
            left = self._left(leg, settings, now) if keyed else ""
            rows.append(
                ModelRow(leg.id, model, leg.billing, on, left, gone=model.id in gone, named=model.id in named)
            )
        return rows

    def _left(self, leg: Leg, settings: Settings, now: float) -> str:
        """What a model has left; of one that would bill, what the spend guard does with it."""
        if leg.billing is BillingClass.PAID and settings.spend != "allow":
            return tr(f"strip.bills_{settings.spend}")
        amount = amount_of_leg(self._ledger.remaining(leg, now))
        if not amount and leg.billing is BillingClass.FREE and not leg.provider.local:
            return tr("settings.models.unmetered")
        return amount

    def _state(self, spec: ProviderSpec, policy: Policy) -> tuple[str, str]:
        if not spec.models:
            return ("paused" if spec.local else "no_key"), ""
        now = self._clock.now()
        leg = self._directory.item(spec.id).legs[0]
        status = leg_status(leg, self._keys, self._health, policy, now)
        return status.state, wording.state_text(status, now)
