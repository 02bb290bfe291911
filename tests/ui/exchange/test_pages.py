"""HTML and PDF as files: what is in them, what they ask for, and that nothing a model wrote gets through."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from app.errors import KnownError
from app.exchange.exports.outlet import export
from app.exchange.exports.sinks import Format, Heading, Said
from app.store.records import Conversation
from tests import chromium_html
from tests.app.exchange import sample
from tests.app.parts import opened
from ui.exchange.export_door import make_page, prepare
from ui.exchange.export_html import POLICY
from ui.exchange.export_markup import Markup


async def _written(folder: Path, kind: Format) -> bytes:
    async with opened(folder) as store:
        await sample.fill(store)
        written = await export(
            store, (), kind, folder / f"out.{kind}", force=False, name_of=lambda *leg: "/".join(leg),
            page_maker=make_page, progress=lambda _: None,
        )  # fmt: skip
    return written.path.read_bytes()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.found


def test_a_page_holds_everything_and_names_nothing_to_load(arun: Callable[..., Any], tmp_path: Path) -> None:
    html = arun(_written(tmp_path, "html")).decode()
    tags = _tags(html)
    names = {tag for tag, _ in tags}
    assert not names & {"script", "iframe", "object", "embed", "base", "form", "video", "audio"}
    policies = [
        a["content"] for t, a in tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [POLICY]
    for tag, attributes in tags:
        for name in ("src", "srcset", "poster", "background", "data", "xlink:href", "action"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
        if tag == "link":
            assert (attributes["href"] or "").startswith("data:")
        if tag == "a" and attributes.get("href"):
            assert re.match(
                r"https?://|mailto:|#c\d|data:application/octet-stream;base64,", attributes["href"] or ""
            )
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<svg role=" in html and "∑" not in html.partition("<body>")[2].partition("<pre>")[0]
    assert '<span class="keyword">def</span>' in html and "<th" in html
    assert len([1 for t, _ in tags if t == "section"]) == 3
    assert "另一个版本" not in html


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "[x](vbscript:x 'y')",
        "[x](file:///etc/passwd)",
        '<a href="https://example.com" onclick="x()">y</a>',
        "`<img src=x onerror=alert(1)>`",
        "```html\n<script>x</script>\n```",
        "$\\href{javascript:x}{y}$ $\\text{<script>}$",
        "| <b> |\n|--|\n| <i onclick=1> |",
        "[a]: https://example.com \"' onload='x\"\n\n[a]",
    ],
)
def test_nothing_a_model_writes_becomes_markup(text: str) -> None:
    html = Markup().html(text) + Markup.plain(text)
    for tag, attributes in _tags(html):
        assert tag not in ("script", "img", "i", "b")
        assert not any(name.startswith("on") for name in attributes)
        href = attributes.get("href")
        assert href is None or href.startswith(("https://", "http://", "mailto:"))


@pytest.mark.skipif(chromium_html.CHROMIUM is None, reason="needs Chromium")
def test_a_real_browser_asks_for_nothing(arun: Callable[..., Any], tmp_path: Path) -> None:
    seen = chromium_html.look(arun(_written(tmp_path, "html")))
    assert seen.requests == []
    assert "速率与公式" in seen.dom and "<svg" in seen.dom
    bad = b'<!doctype html><img src="https://tracker.example.com/x.png"><link rel="icon" href="data:,">'
    # The watch itself sees what is asked for.
    assert any("tracker.example.com" in request for request in chromium_html.look(bad).requests)


def _text(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True)
    # Fonts share a shape between a character and the radical it is, and a PDF names shapes.
    return unicodedata.normalize("NFKC", done.stdout.decode()).translate({0x2EDA: "页"})


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's tools")
def test_a_pdf_has_chinese_code_tables_and_page_numbers(
    qapp: QApplication, arun: Callable[..., Any], tmp_path: Path
) -> None:
    assert arun(_written(tmp_path, "pdf")).startswith(b"%PDF-1")
    text = _text(tmp_path / "out.pdf")
    for words in (
        "速率与公式",
        "讲讲额度",
        "2,000,000 token",
        "剩下多少 token",
        "第一步",
        "第4页",
        "引用一句话",
    ):
        assert words in text, words
    # A formula is drawn rather than written, and nothing is left of our own links.
    assert "\\frac" not in text and "复制" not in text


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs poppler's tools")
def test_a_long_answer_goes_on_from_page_to_page(qapp: QApplication, tmp_path: Path) -> None:
    sink = make_page("pdf", tmp_path / "a.pdf", False)
    sink.begin([Heading("c", "长")])
    sink.open_conversation(Conversation("c", "长", 1e9, 1e9))
    message = sample.said("m", "c", None, "", 1, provider="zhipu", model="glm")
    for n in range(30):
        text = (
            "\n\n".join(f"第 {n}-{i} 段。" + "字" * 60 for i in range(10)) + "\n\n```\n" + "行\n" * 9 + "```"
        )
        sink.say(Said(replace(message, text=text), "GLM"))
    sink.close_conversation()
    pdf = sink.finish()
    text = _text(pdf)
    places = [text.index(f"第 {n}-{i} 段。") for n in range(30) for i in range(10)]
    assert places == sorted(places)
    # Parts never lie over each other: between two lines there is always white.
    subprocess.run(
        ["pdftoppm", "-r", "40", "-gray", "-png", "-f", "2", "-l", "3", pdf, tmp_path / "p"], check=True
    )
    for picture in sorted(tmp_path.glob("p-*.png")):
        image = QImage(str(picture))
        rows = [
            all(QColor(image.pixel(x, y)).lightness() > 200 for x in range(40, image.width() - 40, 3))
            for y in range(30, image.height() - 60)
        ]
        assert sum(rows) > len(rows) / 4


def test_what_the_disk_refuses_is_told(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(KnownError):
        make_page("pdf", tmp_path / "nowhere" / "a.pdf", False)
    with pytest.raises(KnownError):
        make_page("html", tmp_path / "nowhere" / "a.html", False)


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_given_up_it_leaves_nothing(qapp: QApplication, tmp_path: Path, kind: Format) -> None:
    assert prepare(kind) is (qapp if kind == "pdf" else None)
    place = tmp_path / "place"
    place.mkdir()
    sink = make_page(kind, place / "a", False)
    sink.begin([Heading("c", "x")])
    sink.open_conversation(Conversation("c", "x", 1e9, 1e9))
    sink.say(Said(sample.said("m", "c", None, "字" * 9000, 1), "我"))
    sink.abandon()
    assert list(place.iterdir()) == []
