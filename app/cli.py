"""The command line: what may be asked, and nothing of how it is done."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from app.errors import UsageError
from app.i18n import tr
from app.options import Command, KeyAction, Options
from app.unicode import sound


class _Parser(argparse.ArgumentParser):
    """argparse with our exit path: a wrong command line is one sentence and status 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("cli.usage", detail=message, usage=" ".join(self.format_usage().split()))


class _VersionAction(argparse.Action):
    """`--version`, looked up only when asked for: reading it costs a few milliseconds of every start."""

    def __init__(self, option_strings: list[str], dest: str, look_up: Callable[[], str]) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS)
        self._look_up = look_up

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        parser.exit(message=f"jieli {self._look_up()}\n")


def parse(arguments: list[str], version: Callable[[], str]) -> Options:
    """Read a command line.

    Raises `UsageError` for one that cannot be meant; `SystemExit(0)` after `--help` and `--version`.
    """
    parser = _build(version)
    parsed, rest = parser.parse_known_args(arguments)
    if parsed.command == "search":
        parsed.words += rest
    elif parsed.command in _LATE:
        rest = _fill(parsed, rest)
    if parsed.command != "search" and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return _options(parsed)


_LATE = {"keys": ("provider",), "quota": ("action", "provider", "remaining")}
"""Arguments that may be left out. Once an option stood in their place, argparse takes them for left out, and
what comes behind the option for too much."""


def _fill(parsed: argparse.Namespace, rest: list[str]) -> list[str]:
    """Give `rest` to the arguments that are still missing; returns what is too much."""
    for name in _LATE[parsed.command]:
        if rest and getattr(parsed, name) is None and not rest[0].startswith("--"):
            if name == "action" and rest[0] != "set":
                break
            setattr(parsed, name, rest[0])
            rest = rest[1:]
    return rest


def _build(version: Callable[[], str]) -> _Parser:
    common = _Parser(add_help=False)
    shared = common.add_argument_group(tr("cli.group_common"))
    # SUPPRESS: a default given by the sub-parser would overwrite what stood before the command.
    quiet = argparse.SUPPRESS
    shared.add_argument("--home", metavar="DIR", default=quiet, help=tr("cli.home"))
    shared.add_argument(
        "--endpoint", metavar="PROVIDER=URL", action="append", default=quiet, help=tr("cli.endpoint")
    )
    shared.add_argument("--debug", action="store_true", default=quiet, help=tr("cli.debug"))

    parser = _Parser(prog="jieli", description=tr("cli.about"), parents=[common], allow_abbrev=False)
    parser.add_argument("--version", action=_VersionAction, look_up=version)
    parser.add_argument("--practice", action="store_true", help=tr("cli.practice"))
    parser.add_argument("--quick-ask", action="store_true", help=tr("cli.quick_ask"))
    parser.add_argument("--self-test", action="store_true", help=tr("cli.self_test"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    ask = commands.add_parser("ask", help=tr("cli.ask"), parents=[common], allow_abbrev=False)
    ask.add_argument("--json", action="store_true", help=tr("cli.json"))
    ask.add_argument("--chain", metavar="LEG,LEG…", help=tr("cli.chain"))
    ask.add_argument("--spend", choices=("never", "ask", "allow"), help=tr("cli.spend"))
    ask.add_argument("--conversation", metavar="ID", help=tr("cli.conversation"))
    ask.add_argument("prompt", metavar="PROMPT", help=tr("cli.prompt"))

    keys = commands.add_parser("keys", help=tr("cli.keys"), parents=[common], allow_abbrev=False)
    keys.add_argument("action", choices=("set", "list", "remove", "test"), help=tr("cli.key_action"))
    keys.add_argument("provider", metavar="PROVIDER", nargs="?", help=tr("cli.provider"))
    keys.add_argument("--label", metavar="L", default="", help=tr("cli.label"))
    keys.add_argument("--json", action="store_true", help=tr("cli.json"))

    quota = commands.add_parser("quota", help=tr("cli.quota"), parents=[common], allow_abbrev=False)
    quota.add_argument("action", choices=("set",), nargs="?", help=tr("cli.quota_set"))
    quota.add_argument("provider", metavar="PROVIDER[:MODEL]", nargs="?", help=tr("cli.quota_target"))
    quota.add_argument("remaining", metavar="REMAINING", nargs="?", help=tr("cli.quota_remaining"))
    quota.add_argument("--unit", choices=("tokens", "calls"), help=tr("cli.quota_unit"))
    quota.add_argument("--expires", metavar="DATE", help=tr("cli.quota_expires"))
    quota.add_argument("--json", action="store_true", help=tr("cli.json"))

    # `-word` is a word that must not be there, so that no option may be as short as that.
    search = commands.add_parser(
        "search", help=tr("cli.search"), parents=[common], allow_abbrev=False, add_help=False
    )
    search.add_argument("--help", action="help", help=tr("cli.help"))
    search.add_argument("--json", action="store_true", help=tr("cli.json"))
    search.add_argument("--best", action="store_true", help=tr("cli.search_best"))
    search.add_argument("--limit", metavar="N", type=_count, default=50, help=tr("cli.search_limit"))
    search.add_argument("words", metavar="WORDS", nargs="*", help=tr("cli.search_words"))

    restore = commands.add_parser("restore", help=tr("restore.help"), parents=[common], allow_abbrev=False)
    restore.add_argument("--json", action="store_true", help=tr("cli.json"))
    restore.add_argument("file", metavar="FILE", help=tr("restore.file"))
    backup = commands.add_parser("backup", help=tr("backup.help"), parents=[common], allow_abbrev=False)
    backup.add_argument("--json", action="store_true", help=tr("cli.json"))
    backup.add_argument("--encrypt", action="store_true", help=tr("backup.encrypt"))
    backup.add_argument("file", metavar="FILE", help=tr("backup.file"))
    for kept in (backup, restore):
        kept.add_argument("--passphrase-fd", metavar="N", type=int, help=tr("backup.fd"))
    sync = commands.add_parser("sync", help=tr("sync.help"), parents=[common], allow_abbrev=False)
    sync.add_argument("--json", action="store_true", help=tr("cli.json"))

    export = commands.add_parser("export", help=tr("export.help"), parents=[common], allow_abbrev=False)
    export.add_argument("--format", choices=("md", "json", "html", "pdf"), help=tr("export.format_help"))
    ids = export.add_argument("--conversation", metavar="ID", nargs="+", action="extend")
    ids.dest, ids.help = "conversations", tr("export.conversation_help")
    export.add_argument("--output", metavar="PATH", required=True, help=tr("export.output_help"))
    export.add_argument("--force", action="store_true", help=tr("export.force_help"))
    export.add_argument("--json", action="store_true", help=tr("cli.json"))

    bring = commands.add_parser("import", help=tr("import.help"), parents=[common], allow_abbrev=False)
    bring.add_argument("--json", action="store_true", help=tr("cli.json"))
    bring.add_argument("files", metavar="FILE", nargs="+", help=tr("import.files"))

    doctor = commands.add_parser("doctor", help=tr("cli.doctor"), parents=[common], allow_abbrev=False)
    doctor.add_argument("--json", action="store_true", help=tr("cli.json"))
    return parser


def _options(parsed: argparse.Namespace) -> Options:
    command: Command = parsed.command or "window"
    provider: str | None = getattr(parsed, "provider", None)
    action: KeyAction = getattr(parsed, "action", None) or "list"
    if command == "quota" and action == "set" and getattr(parsed, "remaining", None) is None:
        raise UsageError("cli.quota_needs")
    if command == "keys" and action != "list" and provider is None:
        raise UsageError("cli.keys_need_provider", action=action)
    chain: str | None = getattr(parsed, "chain", None)
    return Options(
        command=command,
        home=_home(getattr(parsed, "home", None)),
        endpoints=_endpoints(getattr(parsed, "endpoint", None) or []),
        debug=getattr(parsed, "debug", False),
        practice=getattr(parsed, "practice", False),
        quick_ask=getattr(parsed, "quick_ask", False),
        self_test=getattr(parsed, "self_test", False),
        json=getattr(parsed, "json", False),
        chain=None if chain is None else _chain(chain),
        spend=getattr(parsed, "spend", None),
        conversation=_sound(getattr(parsed, "conversation", None)),
        words=tuple(sound(word) for word in getattr(parsed, "words", ())),
        limit=getattr(parsed, "limit", 50),
        best=getattr(parsed, "best", False),
        prompt=_sound(getattr(parsed, "prompt", "")) or "",
        action=action,
        provider=provider,
        label=_sound(getattr(parsed, "label", "")) or "",
        file=getattr(parsed, "file", ""),
        files=tuple(getattr(parsed, "files", ())),
        format=getattr(parsed, "format", None),
        conversations=tuple(sound(one) for one in getattr(parsed, "conversations", None) or ()),
        output=getattr(parsed, "output", ""),
        force=getattr(parsed, "force", False),
        encrypt=getattr(parsed, "encrypt", False),
        passphrase_fd=getattr(parsed, "passphrase_fd", None),
        remaining=_sound(getattr(parsed, "remaining", "")) or "",
        unit=getattr(parsed, "unit", None),
        expires=_sound(getattr(parsed, "expires", None)),
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(tr("cli.search_count", text=text))
    return int(text)


def _home(text: str | None) -> Path | None:
    # An unset variable in a script must not put everything into the folder it happens to run in.
    if text is not None and not text.strip():
        raise UsageError("cli.empty_home")
    return None if text is None else Path(text)


def _sound(text: str | None) -> str | None:
    # Bytes that are no text in the terminal's encoding arrive as lone surrogates.
    return None if text is None else sound(text)


def _chain(text: str) -> tuple[str, ...]:
    legs = tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())
    if not legs:
        raise UsageError("cli.empty_chain")
    return legs


def _endpoints(pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        provider, equals, url = pair.partition("=")
        if not equals or not provider.strip() or not url.strip():
            raise UsageError("cli.endpoint_form", text=pair)
        found[provider.strip()] = url.strip()
    return found
