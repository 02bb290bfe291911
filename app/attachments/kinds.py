"""What a file is, by its first bytes; its name only where these say nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

FileKind = Literal["image", "pdf", "docx", "text", "unknown"]

MIME = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "bmp")
DOCUMENTS = ("pdf", "docx")
TEXTS = (
    "txt",
    "md",
    "csv",
    "tsv",
    "json",
    "log",
    "html",
    "xml",
    "yaml",
    "py",
    "js",
    "java",
    "c",
    "cpp",
    "sql",
)
"""Endings a file dialog names; any other file that turns out to be text is taken as well."""

_OFFICE = ("doc", "xls", "xlsx", "ppt", "pptx", "wps", "et", "dps", "pdf", "docx")
_PACKED = ("zip", "rar", "7z", "gz", "exe", "mp3", "mp4", "heic", "heif", "avif", "tif", "tiff", "psd")


def kind_of(name: str, head: bytes) -> FileKind:
    """What to read this file as; `head` are its first 1,024 bytes or more."""
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")):
        return "image"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if head.startswith(b"BM") and ending == "bmp":
        return "image"
    if b"%PDF-" in head[:1024] and (head.startswith(b"%PDF-") or ending == "pdf"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx" if ending in ("docx", "docm", "dotx") else "unknown"
    return "unknown" if ending in (*_OFFICE, *_PACKED) else "text"
