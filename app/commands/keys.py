"""`jieli keys`: set, list, remove and test keys. A secret never stands on the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TextIO

from app import wording
from app.commands.reading import read_hidden
from app.core import Core
from app.domain import KeyRef
from app.errors import KnownError, named_by_hand
from app.i18n import tr
from app.keycheck import OK, KeyCheck
from app.keys import ENV_PREFIX
from app.options import Options
from app.store.entries import KeyRecord

DONE, FAILED = 0, 1


async def keys(options: Options, core: Core, out: TextIO, err: TextIO) -> int:
    """Do what was asked; returns the exit status. Raises `KnownError`."""
    provider = options.provider
    if provider is not None:
        with named_by_hand():
            spec = core.directory.item(provider).legs[0].provider
        # `provider:model` means the keys of the provider: nothing would find one kept under another name.
        provider = spec.id
        if options.action != "list" and spec.auth == "none":
            raise KnownError("cli.key_not_needed", provider=wording.provider_name(spec))
    match options.action:
        case "set":
            return await _set(options, core, _given(provider), err)
        case "list":
            return _list(options, core, provider, out)
        case "remove":
            return await _remove(options, core, _given(provider), err)
        case "test":
            return await _test(options, core, _given(provider), out)


def _given(provider: str | None) -> str:
    # The command line was refused long before without one.
    assert provider is not None
    return provider


async def _set(options: Options, core: Core, provider: str, err: TextIO) -> int:
    state = await core.keys.storage_state()
    if state.memory:
        variable = f"{ENV_PREFIX}{provider.upper()}"
        err.write(tr("cli.key_not_kept", variable=variable) + "\n")
        if state.reason is not None:
            err.write(f"{state.reason}\n")
        return FAILED
    secret = read_hidden(tr("cli.key_prompt", provider=_name(core, provider)))
    record = await core.keys.add(provider, secret, options.label)
    await core.ledger.sync()
    values = _shown(core, record)
    err.write(tr("cli.key_saved", where=state.name, **values) + "\n")
    return DONE


def _list(options: Options, core: Core, provider: str | None, out: TextIO) -> int:
    providers = [provider] if provider is not None else list(core.catalogue.providers)
    records = [record for one in providers for record in core.keys.records(one)]
    if options.json:
        for record in records:
            out.write(json.dumps(asdict(record)) + "\n")
        return DONE
    if not records:
        out.write(
            (tr("cli.key_none", provider=provider) if provider is not None else tr("cli.keys_none")) + "\n"
        )
    for record in records:
        out.write(
            f"{record.provider:<14} …{record.last4:<6} {_label(record):<16} {_state(record)}".rstrip() + "\n"
        )
    return DONE


async def _remove(options: Options, core: Core, provider: str, err: TextIO) -> int:
    record = _one(core, provider, options.label)
    await core.keys.remove(record.id)
    err.write(tr("cli.key_removed", **_shown(core, record)) + "\n")
    return DONE


async def _test(options: Options, core: Core, provider: str, out: TextIO) -> int:
    records = core.keys.records(provider)
    if options.label:
        records = [_one(core, provider, options.label)]
    if not records:
        raise KnownError("cli.key_none", provider=provider)
    status = DONE
    for record in records:
        found = await core.checks.check(KeyRef(record.id, record.provider, record.label, record.last4))
        if not found.usable:
            status = FAILED
        if options.json:
            out.write(json.dumps(_check_json(record, found)) + "\n")
        else:
            out.write(f"{record.provider} …{record.last4} {_label(record)}: {found.text}\n")
        out.flush()
    return status


def _check_json(record: KeyRecord, found: KeyCheck) -> dict[str, object]:
    failure = found.failure
    return {
        "provider": record.provider,
        "label": record.label,
        "last4": record.last4,
        "kind": found.kind,
        "usable": found.usable,
        "text": found.text,
        "finding": found.finding,
        "step": found.step.action if found.step else None,
        "goes_to": (found.step.argument or None) if found.step else None,
        "status": failure.status if failure else None,
        "code": failure.code if failure else None,
        "message": failure.message if failure else "",
    }


def _one(core: Core, provider: str, label: str) -> KeyRecord:
    """The key meant: the one of that label, or the only one."""
    known = core.keys.records(provider)
    records = [record for record in known if not record.id.startswith("env:")]
    if not records and known:
        raise KnownError("keys.from_environment", name=known[0].label)
    if not records:
        raise KnownError("cli.key_none", provider=provider)
    if label:
        records = [record for record in records if record.label == label]
        if not records:
            raise KnownError("cli.key_no_label", provider=provider, label=label)
    if len(records) > 1:
        labels = ", ".join(f"{record.label or '–'} (…{record.last4})" for record in records)
        raise KnownError("cli.key_which", provider=provider, n=len(records), labels=labels)
    return records[0]


def _name(core: Core, provider: str) -> str:
    return wording.provider_name(core.directory.item(provider).legs[0].provider)


def _label(record: KeyRecord) -> str:
    return tr("cli.key_env") if record.id.startswith("env:") else record.label


def _shown(core: Core, record: KeyRecord) -> dict[str, object]:
    return {"provider": _name(core, record.provider), "label": record.label, "last4": record.last4}


def _state(record: KeyRecord) -> str:
    if record.check_kind is None:
        return ""
    if record.check_kind == OK:
        return OK
    return wording.failure_text(record.check_kind, record.check_hint, provider=record.provider)
