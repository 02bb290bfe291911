"""Conversations as one HTML file that asks nothing of anybody: styles, pictures and files are inside it.

A policy in its head forbids the browser to load or run anything, so that whatever a model wrote cannot make
the page call somewhere. Colours follow the reader's system.
"""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Sequence
from html import escape
from pathlib import Path

import resources
from app.exchange.exports.files import StagedFile, told
from app.exchange.exports.markdown import broken_off, day, plain_mime
from app.exchange.exports.names import safe_file
from app.exchange.exports.sinks import Heading, Said
from app.i18n import language, tr
from app.store.entries import Attachment
from app.store.records import Conversation
from ui.exchange.export_markup import Markup
from ui.render.code import ROLES

_THEMES = Path(resources.__path__[0]) / "themes"
_TOKENS = ("bg-page", "bg-sunken", "bg-user", "line", "ink", "ink-2", "ink-3", "accent")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:var(--bg-page);color:var(--ink);
font:15px/25px "Segoe UI",-apple-system,"Noto Sans","Microsoft YaHei UI","PingFang SC",
"Noto Sans CJK SC",sans-serif}
main{max-width:800px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:24px;line-height:34px;font-weight:600;margin:0 0 4px;overflow-wrap:anywhere}
section+section{border-top:1px solid var(--line);margin-top:48px;padding-top:32px}
article{margin:24px 0;overflow-wrap:anywhere}
article>header{font-weight:600;font-size:13px;line-height:20px;margin-bottom:4px}
article>header span,.time,.ended,details summary,.language{color:var(--ink-3);font-weight:400;font-size:12px;
line-height:18px}
.user .plain{background:var(--bg-user);border-radius:8px;padding:8px 14px}
.plain{white-space:pre-wrap}
.body h1{font-size:20px;line-height:30px}.body h2{font-size:18px;line-height:28px}
.body h3{font-size:17px;line-height:26px}.body h4,.body h5,.body h6{font-size:15px;line-height:25px}
.body h1,.body h2,.body h3,.body h4,.body h5,.body h6{font-weight:600;margin:16px 0 8px}
p,ul,ol,blockquote{margin:8px 0}
a{color:var(--accent)}
blockquote{border-left:2px solid var(--line);padding-left:12px;margin-left:0;color:var(--ink-2)}
code,pre{font:13px/20px "Cascadia Mono",Consolas,Menlo,"Noto Sans Mono","DejaVu Sans Mono",
"Noto Sans Mono CJK SC",monospace}
code{background:var(--bg-sunken);border-radius:4px;padding:1px 4px}
.code{border:1px solid var(--line);border-radius:8px;margin:12px 0;background:var(--bg-sunken)}
.code pre{margin:0;padding:8px 12px;overflow-x:auto}.code code{padding:0;background:none}
.language{border-bottom:1px solid var(--line);padding:4px 12px}
.wide{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;font-size:14px;line-height:22px}
th,td{border:1px solid var(--line);padding:2px 12px;text-align:left}
th{background:var(--bg-sunken);font-weight:600}
hr{border:0;border-top:1px solid var(--line);margin:16px 0}
img{max-width:100%;border-radius:8px;display:block;margin:8px 0}
details{margin:8px 0}details>div{border-left:1px solid var(--line);padding-left:12px;color:var(--ink-2)}
nav{margin-bottom:48px}nav ol{columns:2;padding-left:24px}
.heavy{font-style:normal;font-weight:600}
@media (max-width:600px){nav ol{columns:1}}
@media print{main{max-width:none;padding:0}.code pre{white-space:pre-wrap}article{break-inside:auto}
article>header,h1,h2,h3{break-after:avoid}section+section{break-before:page;border:0}}
"""


class HtmlFile:
    """A `PageSink`."""

    def __init__(self, path: Path, *, force: bool) -> None:
        self._force = force
        self._markup = Markup()
        self._staged = StagedFile(path)
        self._count = 0

    def begin(self, headings: Sequence[Heading]) -> None:
        """Write the head and, for more than one conversation, what is in the file."""
        title = headings[0].title if len(headings) == 1 else tr("export.title", n=len(headings))
        self._write(
            f'<!doctype html>\n<html lang="{"zh-CN" if language() == "zh" else "en"}">\n<head>\n'
            '<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta http-equiv="x-dns-prefetch-control" content="off">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            '<link rel="icon" href="data:,">\n'
            f"<title>{escape(title)}</title>\n<style>{colours()}{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        )
        if len(headings) > 1:
            self._write(f"<nav>\n<h1>{escape(title)}</h1>\n<ol>\n")
            for number, heading in enumerate(headings, 1):
                self._write(f'<li><a href="#c{number}">{escape(heading.title)}</a></li>\n')
            self._write("</ol>\n</nav>\n")

    def open_conversation(self, conversation: Conversation) -> None:
        """Begin a section."""
        self._count += 1
        title = escape(conversation.title or tr("sidebar.untitled"))
        self._write(
            f'<section id="c{self._count}">\n<h1>{title}</h1>\n'
            f'<div class="time">{day(conversation.created_at)}</div>\n'
        )
        if conversation.system.strip():
            self._fold(tr("export.system"), Markup.plain(conversation.system))

    def say(self, said: Said) -> None:
        """Add a message."""
        message = said.message
        column = f" ({said.column})" if said.column else ""
        self._write(
            f'<article class="{message.role}">\n<header>{escape(said.speaker)}{column} '
            f"<span>{day(message.created_at)}</span></header>\n"
        )
        for part in said.parts:
            self._part(part)
        if message.reasoning.strip():
            self._fold(tr("export.thinking"), self._markup.html(message.reasoning))
        if message.text.strip():
            if message.role == "user":
                self._write(Markup.plain(message.text))
            else:
                self._write(f'<div class="body">{self._markup.html(message.text)}</div>\n')
        if ended := broken_off(message):
            self._write(f'<div class="ended">{escape(ended)}</div>\n')
        self._write("</article>\n")

    def close_conversation(self) -> None:
        """End the section."""
        self._write("</section>\n")

    def finish(self) -> Path:
        """Put the file in its place."""
        self._write("</main>\n</body>\n</html>\n")
        self._staged.put(force=self._force)
        return self._staged.path

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._staged.drop()

    def _fold(self, title: str, html: str) -> None:
        self._write(f"<details><summary>{escape(title)}</summary><div>{html}</div></details>\n")

    def _part(self, part: Attachment) -> None:
        """A picture is shown, anything else can be saved; both are in the file."""
        data = base64.b64encode(part.data).decode("ascii")
        mime, name = plain_mime(part.mime), escape(part.name or tr("export.attachment"))
        if mime in _PICTURES:
            self._write(f'<img alt="{name}" title="{name}" src="data:{mime};base64,{data}">\n')
        else:
            file = escape(safe_file(part.name, tr("export.attachment")))
            link = f"data:application/octet-stream;base64,{data}"
            self._write(f'<p><a download="{file}" href="{link}">{name}</a></p>\n')

    def _write(self, text: str) -> None:
        with told(self._staged.path):
            self._staged.file.write(text.encode("utf-8", "replace"))


def colours() -> str:
    """Both themes as CSS variables, and the classes of code."""
    light, dark = (_values(name) for name in ("light", "dark"))
    roles = "".join(f".code .{role}{{color:var(--code-{role})}}" for role in ROLES)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}{roles}"


def _values(theme: str) -> str:
    found = tomllib.loads((_THEMES / f"{theme}.toml").read_text(encoding="utf-8"))
    named = {token: found["colour"][token] for token in _TOKENS}
    named |= {f"code-{role}": found["code"][role] for role in ROLES}
    return "".join(f"--{name}:{value};" for name, value in named.items())
