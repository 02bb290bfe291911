from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from app.attachments import limits, reading
from app.attachments.decoding import decode
from app.attachments.kinds import kind_of
from app.errors import KnownError
from tests import documents


def _scale(data: bytes) -> tuple[str, bytes]:
    return "image/png", data[:8]


def _read(path: Path):
    return reading.read_file(path, _scale)


def _refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(KnownError) as caught:
        _read(path)
    assert str(caught.value) != caught.value.key, "there are words for it"
    return caught.value.key


TEXT = "第一行：额度\n第二行 mixed text\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_usual_encoding_is_read(encoding: str) -> None:
    text = TEXT if not encoding.endswith("e") else "mixed text, mostly Latin 中文\n" * 3
    assert decode(text.encode(encoding)) == text
    assert decode(text.replace("\n", "\r\n").encode(encoding)) == text


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01" + bytes(300), os.urandom(4000), bytes(range(256)) * 20, b"\0" * 500]
)
def test_what_is_no_text_is_not_taken_for_one(data: bytes) -> None:
    assert decode(data) is None


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", b"\x89PNG\r\n\x1a\n....", "image"),
        ("photo", b"\xff\xd8\xff\xe0", "image"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        ("a.txt", b"%PDF-1.7", "pdf"),
        ("a.pdf", b"junk\n%PDF-1.7", "pdf"),
        ("notes.txt", b"about %PDF-1.7", "text"),
        ("a.pdf", b"no such thing", "unknown"),
        ("a.docx", b"PK\x03\x04", "docx"),
        ("a.xlsx", b"PK\x03\x04", "unknown"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "unknown"),
        ("Makefile", b"all:\n", "text"),
        ("a.csv", "姓名,分数".encode("gbk"), "text"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(name: str, head: bytes, kind: str) -> None:
    assert kind_of(name, head) == kind


def test_a_text_file_keeps_its_words_and_lines(tmp_path: Path) -> None:
    (tmp_path / "表.csv").write_bytes("姓名,分数\r\n李雷,90\r\n".encode("gbk"))
    found = _read(tmp_path / "表.csv")
    assert (found.kind, found.name, found.text, found.lines) == (
        "text", "表.csv", "姓名,分数\n李雷,90\n", 2,
    )  # fmt: skip
    assert found.original is None


def test_a_picture_goes_through_the_scaling(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    found = _read(tmp_path / "a.png")
    assert (found.kind, found.mime, len(found.data)) == ("image", "image/png", 8)


def test_a_pdf_gives_its_pages(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(documents.pdf("first page", "second page"))
    found = _read(tmp_path / "a.pdf")
    assert found.pages == 2
    assert found.text == "[p. 1]\nfirst page\n\n[p. 2]\nsecond page\n"
    assert found.original == (tmp_path / "a.pdf").read_bytes()
    assert found.original_mime == "application/pdf"


def test_a_docx_gives_paragraphs_and_tables(tmp_path: Path) -> None:
    cell = "<w:tc>{}</w:tc>"
    row = (
        "<w:tr>" + cell.format(documents.paragraph("甲")) + cell.format(documents.paragraph("乙")) + "</w:tr>"
    )
    fallback = (
        '<mc:Fallback xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        + documents.paragraph("twice")
        + "</mc:Fallback>"
    )
    body = documents.paragraph("标题 &amp; 说明") + f"<w:tbl>{row}{row}</w:tbl>" + fallback
    (tmp_path / "a.docx").write_bytes(documents.docx(body + documents.paragraph("完"), pages=3))
    found = _read(tmp_path / "a.docx")
    assert found.pages == 3
    assert found.text.splitlines() == ["标题 & 说明", "甲 \t乙", "甲 \t乙", "完"]


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert _refused(tmp_path / "a.pdf", documents.pdf("x")[:200]) == "attach.damaged"
    assert _refused(tmp_path / "b.pdf", documents.pdf("")) == "attach.no_text"
    assert _refused(tmp_path / "a.docx", b"PK\x03\x04" + bytes(50)) == "attach.damaged"
    assert _refused(tmp_path / "a.xlsx", b"PK\x03\x04" + bytes(50)) == "attach.unknown_kind"
    assert _refused(tmp_path / "a.bin", os.urandom(2000)) == "attach.unknown_kind"
    assert _refused(tmp_path / "a.txt", b"") == "attach.empty"
    assert _refused(tmp_path / "b.txt", b" \n" * 9) == "attach.empty"
    assert _refused(tmp_path / "c.txt", b"x" * (limits.TEXT_BYTES + 1)) == "attach.too_large"
    assert _refused(tmp_path / "d.txt", b"x " * 160_000) == "attach.too_long"
    with pytest.raises(KnownError, match=tmp_path.name):
        _read(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KnownError):
        _read(tmp_path / "pipe")


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "'
    + "x" * 1000
    + '">'
    + "".join(f'<!ENTITY {c} "{f"&{p};" * 50}">' for p, c in zip("abcd", "bcde", strict=True))
    + "]>"
)


@pytest.mark.parametrize("kind", ["pdf", "docx", "entities"])
def test_a_bomb_ends_in_a_sentence(tmp_path: Path, kind: str) -> None:
    made = {
        "pdf": lambda: documents.bomb_pdf(300),
        "docx": documents.bomb_docx,
        "entities": lambda: documents.docx(documents.paragraph("&e;"), prolog=ENTITIES),
    }[kind]()
    assert len(made) < 2_000_000
    name = f"a.{'pdf' if kind == 'pdf' else 'docx'}"
    assert _refused(tmp_path / name, made) in ("attach.damaged", "attach.too_long")


def test_a_document_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A reader that never ends, in the place of ours.
    monkeypatch.setattr(reading, "_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()
    with pytest.raises(KnownError) as caught:
        reading.read_document("pdf", "a.pdf", documents.pdf("x"), seconds=0.2)
    assert caught.value.key == "attach.too_slow"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("seed", range(6))
def test_mutilated_documents_never_do_worse(tmp_path: Path, seed: int) -> None:
    import random

    from app.attachments.documents import DocumentError, read_docx, read_pdf

    chance = random.Random(seed)
    whole_pdf = documents.pdf("one", "two", "three")
    whole_docx = documents.docx(documents.paragraph("一") * 20)
    for number in range(40):
        for whole, read in ((whole_pdf, read_pdf), (whole_docx, read_docx)):
            data = bytearray(whole[: chance.randrange(20, len(whole))] if number % 3 == 0 else whole)
            for _ in range(chance.randrange(1, 12)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            path = tmp_path / "mutilated"
            path.write_bytes(data)
            try:
                text, pages = read(path)
            except DocumentError:
                continue
            assert isinstance(text, str) and (pages is None or isinstance(pages, int))


def test_a_file_that_has_gone_is_told_from_a_folder(tmp_path: Path) -> None:
    keys: list[str] = []
    for path in (tmp_path / "gone.pdf", tmp_path):
        with pytest.raises(KnownError) as caught:
            _read(path)
        keys.append(caught.value.key)
    assert keys == ["attach.missing", "attach.no_file"]
