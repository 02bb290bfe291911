"""`jieli doctor`: what this machine offers, what is in order and what is not, without sending anything."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TextIO

from app import wording
from app.catalogue_updates import problem_text
from app.clock import Clock
from app.commands.doctor_data import data_findings
from app.core import Core, endpoint_problem
from app.errors import KnownError
from app.i18n import tr
from app.logs import redactor
from app.options import Options
from app.relay.statuses import statuses
from app.settings import SettingsService
from app.store.database import sqlite_facts

HEALTHY, TROUBLED = 0, 1

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is in order, and what was found."""

    name: str
    state: Literal["ok", "note", "bad"]
    text: str


async def doctor(
    options: Options, core: Core, clock: Clock, environ: Mapping[str, str], version: str, out: TextIO
) -> int:
    """Print every finding; returns 1 when one of them is bad."""
    findings = [
        *_machine(version),
        *_settings(core.settings),
        *[Finding(*found) async for found in data_findings(core.store)],
        _engine(),
        *await _keyring(core),
        *_catalogue(core),
        *_legs(core, clock),
        *await _network(core.settings.current.proxy, environ),
    ]
    return _print(findings, options, out)


async def doctor_closed(
    options: Options,
    settings: SettingsService,
    trouble: KnownError,
    environ: Mapping[str, str],
    version: str,
    out: TextIO,
) -> int:
    """What can be said when the data could not be opened, for the reason `trouble`; returns 1."""
    findings = [
        *_machine(version),
        *_settings(settings),
        Finding(tr("doctor.database"), "bad", str(trouble)),
        _engine(),
        *await _network(settings.current.proxy, environ),
    ]
    return _print(findings, options, out)


def _print(findings: Sequence[Finding], options: Options, out: TextIO) -> int:
    marks = {"ok": "✓", "note": "·", "bad": "✗"}
    for finding in findings:
        if options.json:
            out.write(json.dumps(asdict(finding)) + "\n")
        else:
            out.write(f"{marks[finding.state]} {finding.name}: {finding.text}\n")
    return TROUBLED if any(finding.state == "bad" for finding in findings) else HEALTHY


def _machine(version: str) -> Iterator[Finding]:
    system = f"Python {platform.python_version()} · {platform.system()} {platform.machine()}"
    yield Finding(tr("doctor.version"), "ok", f"jieli {version} · {system}")
    with_display = sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    yield Finding(
        tr("doctor.display"),
        "ok" if with_display else "note",
        tr("doctor.display_yes") if with_display else tr("cli.no_display"),
    )


def _settings(settings: SettingsService) -> Iterator[Finding]:
    file = settings.file
    for trouble in ([file.problem] if file.problem else []) + list(file.notes):
        yield Finding(tr("doctor.settings"), "bad", str(trouble))
    if not file.problem and not file.notes:
        yield Finding(tr("doctor.settings"), "ok", str(file.path))
    for provider, url in settings.current.endpoints.items():
        if problem := endpoint_problem(url):
            yield Finding(tr("doctor.endpoint", provider=provider), "bad", str(problem))


def _engine() -> Finding:
    engine, with_fts = sqlite_facts()
    fts = tr("doctor.yes") if with_fts else tr("doctor.no")
    return Finding("SQLite", "ok" if with_fts else "note", f"{engine} · FTS5 {fts}")


async def _keyring(core: Core) -> Iterator[Finding]:
    try:
        state = await core.keys.storage_state()
    except KnownError as error:
        return iter([Finding(tr("doctor.keyring"), "bad", str(error))])
    if state.memory:
        return iter(
            [Finding(tr("doctor.keyring"), "note", str(state.reason or KnownError("keys.no_keyring")))]
        )
    return iter([Finding(tr("doctor.keyring"), "ok", state.name)])


def _catalogue(core: Core) -> Iterator[Finding]:
    own = [spec for spec in core.catalogue.every() if spec.origin != "builtin"]
    count = len(core.catalogue.every())
    yield Finding(tr("doctor.catalogue"), "ok", tr("doctor.providers", n=count, builtin=count - len(own)))
    for spec in own:
        path, date = core.catalogue.sources[spec.id], spec.checked or "–"
        text = tr(f"doctor.from_{spec.origin}", provider=spec.id, path=path, date=date)
        yield Finding(tr("doctor.catalogue"), "note", text)
    for problem in core.catalogue.problems:
        yield Finding(tr("doctor.catalogue"), "bad", problem_text(problem))


def _legs(core: Core, clock: Clock) -> Iterator[Finding]:
    specs = core.settings.current.chain
    broken = core.directory.problems(specs)
    for spec, error in broken.items():
        yield Finding(tr("doctor.leg", leg=spec), "bad", str(error))
    if specs and all(spec in broken for spec in specs):
        return
    chain = core.directory.chain([spec for spec in specs if spec not in broken] or None)
    if not chain:
        yield Finding(tr("doctor.chain"), "note", tr("cli.add_a_key"))
    now = clock.now()
    for status in statuses(chain, core.keys, core.health, core.settings.current.policy(), now):
        good = status.state in ("ready", "probing")
        name = tr("doctor.leg", leg=status.leg.id)
        yield Finding(name, "ok" if good else "note", wording.state_text(status, now))


async def _network(proxy: str, environ: Mapping[str, str]) -> list[Finding]:
    from providers.http import ProviderSetupError
    from providers.wire import HttpWire

    problem = await HttpWire(proxy=proxy).explain_setup()
    findings = _proxies(proxy, environ)
    if not isinstance(problem, ProviderSetupError):
        return list(findings)
    name = tr("doctor.proxy") if problem.variable == "proxy" else problem.variable
    text = tr(f"doctor.setup_{problem.reason}", value=problem.value)
    return [*(f for f in findings if f.name.upper() != name.upper()), Finding(name, "bad", text)]


def _proxies(proxy: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    yield Finding(tr("doctor.proxy"), "ok", redactor.clean(proxy))
    for name in _PROXIES:
        value = environ.get(name) or environ.get(name.lower())
        if value:
            yield Finding(name, "note", redactor.clean(value))
