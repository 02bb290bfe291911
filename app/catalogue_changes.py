"""What differs between two catalogues, in sentences a user can judge an update by."""

from __future__ import annotations

from app import wording
from app.i18n import tr
from providers.catalogue_types import Catalogue
from providers.spec import ProviderSpec

_SHOWN = 4
"""So many models are named; of more, the number is told."""


def changes(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """A sentence for every provider that came, went or differs, in the order of `after`."""
    lines: list[str] = []
    for spec in after.every():
        old = before.spec(spec.id)
        name = wording.provider_name(spec)
        if old is None:
            lines.append(tr("updates.added", name=name, n=len(spec.models)))
        elif old != spec:
            parts = _parts(old, spec)
            lines.append(tr("updates.changed", name=name, what=tr("updates.sep").join(parts)))
    lines += [
        tr("updates.removed", name=wording.provider_name(spec))
        for spec in before.every()
        if after.spec(spec.id) is None
    ]
    return tuple(lines)


def _parts(old: ProviderSpec, new: ProviderSpec) -> list[str]:
    was, now = {m.id: m for m in old.models}, {m.id: m for m in new.models}
    parts: list[str] = []
    if added := [m for m in now if m not in was]:
        parts.append(tr("updates.models_added", n=len(added), names=_names(added)))
    if gone := [m for m in was if m not in now]:
        parts.append(tr("updates.models_gone", n=len(gone), names=_names(gone)))
    for ident, model in now.items():
        if ident in was and was[ident].billing is not model.billing:
            before = tr(f"updates.billing_{was[ident].billing.value}")
            after = tr(f"updates.billing_{model.billing.value}")
            parts.append(tr("updates.billing", model=ident, before=before, after=after))
    if [r.base_url for r in old.regions] != [r.base_url for r in new.regions]:
        parts.append(tr("updates.address", url=new.base_url))
    if old.grants != new.grants:
        parts.append(tr("updates.grants"))
    if old.rules != new.rules:
        parts.append(tr("updates.rules"))
    if old.origin != new.origin:
        parts.append(tr(f"updates.from_{new.origin}"))
    if not parts or (len(parts) == 1 and old.origin != new.origin):
        parts.insert(0, tr("updates.details"))
    if new.checked:
        parts.append(tr("updates.dated", date=new.checked))
    return parts


def _names(idents: list[str]) -> str:
    shown = tr("updates.comma").join(idents[:_SHOWN])
    return shown if len(idents) <= _SHOWN else tr("updates.and_more", names=shown)
