"""Colours for code: Pygments tokens mapped to the theme's six roles, lazily and in slices."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Role = Literal["keyword", "string", "number", "function", "class", "comment"]
ROLES: tuple[Role, ...] = ("keyword", "string", "number", "function", "class", "comment")

LIMIT = 50_000
"""Code longer than this (in characters) stays plain."""

_ROLE_OF: dict[str, Role | None] = {
    "Token.Keyword": "keyword",
    "Token.Keyword.Constant": "number",
    "Token.Keyword.Type": "class",
    "Token.Operator.Word": "keyword",
    "Token.Literal.String": "string",
    "Token.Literal.Number": "number",
    "Token.Literal.Date": "number",
    "Token.Name.Constant": "number",
    "Token.Name.Function": "function",
    "Token.Name.Attribute": "function",
    "Token.Name.Decorator": "function",
    "Token.Name.Property": "function",
    "Token.Name.Class": "class",
    "Token.Name.Builtin": "class",
    "Token.Name.Builtin.Pseudo": None,
    "Token.Name.Exception": "class",
    "Token.Name.Tag": "keyword",
    "Token.Name.Entity": "number",
    "Token.Comment": "comment",
    "Token.Comment.Preproc": "keyword",
    "Token.Generic.Inserted": "string",
    "Token.Generic.Deleted": "keyword",
    "Token.Generic.Heading": "function",
    "Token.Generic.Subheading": "function",
    "Token.Generic.Prompt": "comment",
}

_LABELS = {
    "py": "Python",
    "python": "Python",
    "python3": "Python",
    "js": "JavaScript",
    "javascript": "JavaScript",
    "ts": "TypeScript",
    "typescript": "TypeScript",
    "jsx": "JSX",
    "tsx": "TSX",
    "json": "JSON",
    "html": "HTML",
    "css": "CSS",
    "xml": "XML",
    "yaml": "YAML",
    "yml": "YAML",
    "toml": "TOML",
    "sql": "SQL",
    "sh": "Shell",
    "shell": "Shell",
    "bash": "Bash",
    "c": "C",
    "cpp": "C++",
    "c++": "C++",
    "csharp": "C#",
    "c#": "C#",
    "cs": "C#",
    "java": "Java",
    "go": "Go",
    "golang": "Go",
    "rust": "Rust",
    "rs": "Rust",
    "kotlin": "Kotlin",
    "swift": "Swift",
    "php": "PHP",
    "ruby": "Ruby",
    "lua": "Lua",
    "r": "R",
    "md": "Markdown",
    "markdown": "Markdown",
    "diff": "Diff",
    "ini": "INI",
    "dockerfile": "Dockerfile",
    "latex": "LaTeX",
    "tex": "LaTeX",
    "vue": "Vue",
    "powershell": "PowerShell",
}


def label(language: str) -> str:
    """The language as a heading names it; what the fence says when we know no better."""
    return _LABELS.get(language.lower(), language)


_lexers: dict[str, Lexer | None] = {}


def load(language: str) -> Lexer | None:
    """The lexer of that name, None when Pygments has none. The first use of a language imports its module,
    which takes tens of milliseconds: call it on a worker thread."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    name = language.lower()
    if name not in _lexers:
        try:
            _lexers[name] = get_lexer_by_name(name, stripnl=False, ensurenl=False) if name else None
        except ClassNotFound:
            _lexers[name] = None
    return _lexers[name]


def is_loaded(language: str) -> bool:
    """Whether `load` would return at once."""
    return not language or language.lower() in _lexers


def loaded(language: str) -> Lexer | None:
    """The lexer when it is loaded already; None too when there is none."""
    return _lexers.get(language.lower())


@lru_cache(maxsize=512)
def _role(token: object) -> Role | None:
    name = str(token)
    while name != "Token":
        if name in _ROLE_OF:
            return _ROLE_OF[name]
        name = name.rpartition(".")[0]
    return None


def spans(code: str, with_lexer: Lexer) -> Iterator[tuple[int, int, Role]]:
    """Yield (start, length, role) in UTF-16 units, as Qt counts. Lexes as it is consumed."""
    wide = [i for i, c in enumerate(code) if c > "\uffff"] if not code.isascii() else []
    for index, token, value in with_lexer.get_tokens_unprocessed(code):
        role = _role(token)
        if role is None or not value:
            continue
        if wide:
            yield index + bisect_left(wide, index), utf16(value), role
        else:
            yield index, len(value), role


def utf16(text: str) -> int:
    """The length of `text` as Qt counts it."""
    return len(text) if text.isascii() else len(text) + sum(1 for c in text if c > "\uffff")
