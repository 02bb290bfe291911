"""Every text exists in both languages, every key used exists, and no key lies about unused."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "i18n"
ROOMS = ("app", "providers", "ui")

# Keys that are put together at run time: whatever stands behind these is looked up by a value.
HINTS = "hint."


def entries(folder: Path) -> Iterator[tuple[Path, str, dict[str, str]]]:
    for path in sorted(folder.glob("*.json")):
        for key, entry in json.loads(path.read_text(encoding="utf-8")).items():
            yield path, key, entry


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def incomplete(folder: Path) -> list[str]:
    """Entries without one of the languages, with unequal placeholders, or under another area's name."""
    found = []
    seen: set[str] = set()
    for path, key, entry in entries(folder):
        where = f"{path.name}: {key}"
        if key in seen:
            found.append(f"{where} stands twice")
        seen.add(key)
        if not {"zh", "en"} <= entry.keys() <= {"zh", "en", "one"}:
            found.append(f"{where} has {sorted(entry)}")
            continue
        if not entry["zh"].strip() or not entry["en"].strip():
            found.append(f"{where} has an empty text")
        if placeholders(entry["zh"]) != placeholders(entry["en"]):
            found.append(f"{where} has unequal placeholders")
        if not placeholders(entry.get("one", "")) <= placeholders(entry["en"]):
            found.append(f"{where} has other placeholders in the singular")
        # "token" is the word in both languages.
        english = re.sub(r"\btokens?\b", "", entry["en"])
        words = re.search(r"[a-z]{4}", re.sub(r"\{\w*\}", "", english)) and entry["zh"] != entry["en"]
        if words and not re.search(r"[\u4e00-\u9fff]", entry["zh"]):
            found.append(f"{where} has no Chinese in its Chinese text")
        if re.search(r"[\u4e00-\u9fff]", entry["en"]) and "接力" not in entry["en"]:
            found.append(f"{where} has Chinese in its English text")
    return found


def strings(root: Path) -> tuple[dict[str, str], set[str], set[str]]:
    """Keys looked up by name (with their place), all string constants, and beginnings of f-strings."""
    called: dict[str, str] = {}
    constants: set[str] = set()
    beginnings: set[str] = set()
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    name = ast.unparse(node.func).rpartition(".")[2]
                    if name in ("tr", "KnownError", "UsageError") and isinstance(node.args[0].value, str):
                        called[node.args[0].value] = f"{path.relative_to(root).as_posix()}:{node.lineno}"
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    constants.add(node.value)
                if (
                    isinstance(node, ast.JoinedStr)
                    and node.values
                    and isinstance(node.values[0], ast.Constant)
                ):
                    beginnings.add(str(node.values[0].value))
    return called, constants, {b for b in beginnings if re.fullmatch(r"[a-z_]+\.[a-z0-9_.]*", b)}


def missing(root: Path, folder: Path) -> list[str]:
    known = {key for _, key, _ in entries(folder)}
    called, _, _ = strings(root)
    return [f"{place} looks up {key}" for key, place in called.items() if key not in known]


def unused(root: Path, folder: Path) -> list[str]:
    called, constants, beginnings = strings(root)
    used = called.keys() | constants
    dynamic = (HINTS, *beginnings)
    return [key for _, key, _ in entries(folder) if key not in used and not key.startswith(dynamic)]


def test_every_entry_is_whole() -> None:
    assert incomplete(FOLDER) == []


def test_every_key_in_the_code_exists() -> None:
    assert missing(ROOT, FOLDER) == []


def test_every_key_is_used() -> None:
    assert unused(ROOT, FOLDER) == []


def test_every_hint_of_the_catalogue_exists() -> None:
    known = {key for _, key, _ in entries(FOLDER)}
    named = set()
    for path in (ROOT / "resources" / "providers").glob("*.toml"):
        named |= set(re.findall(r'\bhint\s*=\s*"([a-z0-9_]+)"', path.read_text(encoding="utf-8")))
    assert {f"hint.{name}" for name in named} - known == set()


BROKEN = [
    {"a.x": {"zh": "字"}},
    {"a.x": {"zh": "字", "en": ""}},
    {"a.x": {"zh": "剩 {n}", "en": "left"}},
    {"a.x": {"zh": "{n} 个", "en": "{n} items", "one": "{count} item"}},
    {"a.x": {"zh": "left", "en": "still left"}},
    {"a.x": {"zh": "剩", "en": "剩"}},
    {"a.x": {"zh": "剩", "en": "left", "many": "left"}},
]


@pytest.mark.parametrize("entry", BROKEN)
def test_a_broken_entry_is_found(entry: dict[str, dict[str, str]], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a.fine": {"zh": "好", "en": "fine"}}), encoding="utf-8")
    assert incomplete(tmp_path) == []
    (tmp_path / "b.json").write_text(json.dumps(entry), encoding="utf-8")
    assert len(incomplete(tmp_path)) == 1


def test_missing_and_unused_keys_are_found(tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    folder = tmp_path / "i18n"
    folder.mkdir()
    names = ("a.used", "a.idle", "a.kind_auth", "hint.x")
    texts = {key: {"zh": "好", "en": "fine"} for key in names}
    (folder / "a.json").write_text(json.dumps(texts), encoding="utf-8")
    source = "tr('a.used')\ntr(f'a.kind_{k}')\ntr('a.gone')\nraise errors.KnownError('a.gone2', n=1)\n"
    (tmp_path / "ui" / "x.py").write_text(source)
    assert missing(tmp_path, folder) == ["ui/x.py:3 looks up a.gone", "ui/x.py:4 looks up a.gone2"]
    assert unused(tmp_path, folder) == ["a.idle"]
