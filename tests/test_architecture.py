"""The house keeps its plan: who imports whom, what lies where, and what is not loaded at start.

Each rule is a function from a tree to its violations, so that the last tests can plant one of each.
"""

from __future__ import annotations

import ast
import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIRST_PAINT = "ui/window_app.py"
ENTRY = "app/__main__.py"
ROOMS = ("app", "providers", "ui")
MAX_LINES = 400

# Room: what of ours it must not import. Only the entry point ties all together.
FORBIDDEN = {"providers": {"app", "ui", "tests"}, "app": {"ui", "tests"}, "ui": {"providers", "tests"}}

# Library: the only places that may import it.
CONFINED = {
    "PySide6": ("ui/", ENTRY),
    "shiboken6": ("ui/", ENTRY),
    "qasync": ("ui/", ENTRY),
    "httpx": ("providers/",),
    "httpcore": ("providers/",),
    "sqlite3": ("app/store/",),
    "keyring": ("app/secrets.py",),
}

TOP_LEVEL = {
    ".ci", ".github", ".gitignore", "app", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "dev.py",
    "LICENSE", "providers", "pyproject.toml", "README.md", "README.zh-CN.md", "RELEASE.md", "resources",
    "tests", "ui",
}  # fmt: skip

LATE_IMPORT = ("importlib.import_module", "import_module", "__import__")

# The one colour that is data of a reader: what a provider file without a colour gets.
NEUTRAL_COLOUR = "providers/catalogue_file.py"

# Loaded when first needed, never at start: each costs more than the whole start may.
LATE = (
    "httpx", "httpcore", "jeepney", "keyring", "markdown_it", "pygments", "mdit_py_plugins", "cryptography",
    "ui.quota", "ui.settings", "ui.keys.listing", "ui.keys.key_button", "pypdf", "defusedxml",
)  # fmt: skip


def sources(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield path.relative_to(root).as_posix(), _parsed(path.read_text(encoding="utf-8"))


@functools.cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module named by an import, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in LATE_IMPORT and node.args:
            yield str(getattr(node.args[0], "value", ""))


def import_rule(root: Path) -> list[str]:
    found = []
    for name, tree in sources(root):
        if name == ENTRY:
            continue
        forbidden = FORBIDDEN[name.partition("/")[0]]
        found += [f"{name} imports {m}" for m in imports(tree) if m.partition(".")[0] in forbidden]
    return found


def needed_at_run_time(name: str, tree: ast.Module, known: set[str]) -> set[str]:
    """The modules of ours that one imports, also inside functions, but not for types alone."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in node.body
        for inner in ast.walk(part)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & known or {node.module or ""}
    return (found & known) - {name}


def import_circles(root: Path) -> list[str]:
    """Modules that need each other to run; an import inside a function only hides that they do."""
    trees = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): tree
        for name, tree in sources(root)
    }
    graph = {name: needed_at_run_time(name, tree, set(trees)) for name, tree in trees.items()}
    shrinking = True
    while shrinking:
        # What needs nothing that is left stands in no circle, nor does what nothing that is left needs.
        needed = {module for modules in graph.values() for module in modules}
        kept = {name for name, modules in graph.items() if modules and name in needed}
        shrinking = len(kept) < len(graph)
        graph = {name: graph[name] & kept for name in kept}
    return [f"{name} imports {', '.join(sorted(modules))}" for name, modules in sorted(graph.items())]


def confined_libraries(root: Path) -> list[str]:
    found = []
    for name, tree in sources(root):
        for module in imports(tree):
            places = CONFINED.get(module.partition(".")[0])
            if places is not None and not name.startswith(places):
                found.append(f"{name} imports {module}")
    return found


def no_exec(root: Path) -> list[str]:
    """A nested event loop stops every coroutine: dialogs and menus open, they never exec."""
    found = []
    for name, tree in sources(root):
        for node in ast.walk(tree):
            if name != ENTRY and isinstance(node, ast.Attribute) and node.attr in ("exec", "exec_"):
                found.append(f"{name}:{node.lineno} calls .exec")
            if name == FIRST_PAINT and isinstance(node, ast.Attribute) and node.attr == "processEvents":
                continue  # before there is an event loop; see the module
            if isinstance(node, ast.Attribute) and node.attr in ("processEvents", "asyncSlot", "asyncClose"):
                found.append(f"{name}:{node.lineno} uses {node.attr}")
            if isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & {
                "asyncSlot",
                "asyncClose",
            }:
                found.append(f"{name}:{node.lineno} imports asyncSlot or asyncClose")
    return found


def no_colours(root: Path) -> list[str]:
    """Colours live in resources/themes and resources/providers, never in Python."""
    found = []
    for name, tree in sources(root):
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if (
                name != NEUTRAL_COLOUR
                and isinstance(text, str)
                and re.search(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6})\b", text)
            ):
                found.append(f"{name}:{node.lineno} holds a colour")
    return found


def short_files(root: Path) -> list[str]:
    paths = [*root.glob("*.py")]
    for room in (*ROOMS, "tests"):
        paths += (root / room).rglob("*.py")
    lengths = [(p, len(p.read_text(encoding="utf-8").splitlines())) for p in paths]
    return [f"{p.relative_to(root).as_posix()} has {n} lines" for p, n in lengths if n > MAX_LINES]


def top_level(root: Path) -> list[str]:
    """Only what the plan names lies at the top (what git ignores aside)."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = None
    if shutil.which("git"):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        listed = done.stdout.splitlines() if done.returncode == 0 else None
    if listed is None:  # no git here, or an unpacked source archive
        names = {path.name for path in root.iterdir()}
        names -= {
            ".venv",
            ".git",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
            "build",
            "dist",
            "screenshots",
        }
        names -= {"PKG-INFO", "__pycache__"}
    else:
        names = {line.partition("/")[0] for line in listed}
    return sorted(names - TOP_LEVEL)


def loaded_at_start(root: Path) -> list[str]:
    """What the entry point and, for the window, the modules it imports first bring with them."""
    code = (
        "import sys, importlib.util, app.__main__\n"
        "if importlib.util.find_spec('ui.window_app'):\n"
        "    import ui.window_app\n"
        f"print(*(m for m in {LATE!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


RULES = [
    import_rule,
    import_circles,
    confined_libraries,
    no_exec,
    no_colours,
    short_files,
    top_level,
    loaded_at_start,
]


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


PLANTED = [
    (import_rule, "providers/x.py", "from app.errors import KnownError"),
    (import_rule, "app/x.py", "def f():\n    import ui.theme"),
    (import_rule, "ui/x.py", "from providers.spec import ModelSpec"),
    (confined_libraries, "app/x.py", "from PySide6.QtCore import QObject"),
    (confined_libraries, "ui/x.py", "import httpx"),
    (confined_libraries, "app/relay/x.py", "import sqlite3"),
    (confined_libraries, "app/store/x.py", "def f():\n    import keyring"),
    (confined_libraries, "app/x.py", "import importlib\nimportlib.import_module('httpx')"),
    (no_exec, "ui/x.py", "def f(dialog):\n    return dialog.exec()"),
    (no_exec, "ui/x.py", "from qasync import asyncSlot"),
    (no_exec, "ui/x.py", "def f(app):\n    app.processEvents()"),
    (no_colours, "ui/x.py", "INK = '#1A1E1C'"),
    (no_colours, "ui/x.py", "def f(c):\n    return f'color: #1A1E1C; {c}'"),
    (short_files, "app/x.py", "x = 1\n" * (MAX_LINES + 1)),
    (top_level, "helpers.py", ""),
    (loaded_at_start, "app/__main__.py", "import httpx"),
    (loaded_at_start, "ui/window_app.py", "import pygments"),
]


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_the_rule_finds_a_planted_violation(
    rule: Callable[[Path], list[str]], path: str, source: str, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    for room in (*ROOMS, "tests"):
        (tree / room).mkdir(parents=True)
        (tree / room / "__init__.py").touch()
    (tree / "app" / "__main__.py").touch()
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    assert rule(tree) == []
    (tree / path).write_text(source, encoding="utf-8")
    assert rule(tree) != []


def test_the_entry_point_may_tie_all_together(tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    (tmp_path / ENTRY).write_text(
        "import ui.x, providers.x, qasync\nfrom PySide6.QtWidgets import QApplication"
    )
    assert import_rule(tmp_path) == [] and confined_libraries(tmp_path) == []


def test_a_circle_is_found_also_when_it_is_hidden_in_a_function(tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    (tmp_path / "app/a.py").write_text("from app import b")
    (tmp_path / "app/b.py").write_text("from app.c import X\nimport json")
    (tmp_path / "app/c.py").write_text("if TYPE_CHECKING:\n    from app.a import Y")
    (tmp_path / "app/d.py").write_text("import app.a")
    assert import_circles(tmp_path) == []
    (tmp_path / "app/c.py").write_text("def f():\n    from app.a import Y")
    assert import_circles(tmp_path) == [
        "app.a imports app.b",
        "app.b imports app.c",
        "app.c imports app.a",
    ]
