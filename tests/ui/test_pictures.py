from __future__ import annotations

import random
import struct
import zlib

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtWidgets import QApplication

from app.errors import KnownError
from ui.composer import pictures


def _encoded(image: QImage, kind: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.encode()))
    assert writer.write(image)
    return bytes(buffer.data().data())


def _image(width: int, height: int, colour: str = "red") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def _noise(width: int, height: int) -> QImage:
    raw = random.Random(3).randbytes(width * height * 4)
    return QImage(raw, width, height, QImage.Format.Format_RGB32).copy()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp"])
def test_any_usual_picture_becomes_png_or_jpeg(qapp: QApplication, kind: str) -> None:
    mime, data = pictures.scale(_encoded(_image(40, 30), kind))
    assert mime in ("image/png", "image/jpeg")
    found = QImage.fromData(data)
    assert (found.width(), found.height()) == (40, 30)
    assert abs(found.pixelColor(9, 9).red() - 255) < 4


def test_large_ones_are_scaled_and_kept_small(qapp: QApplication) -> None:
    mime, data = pictures.scale(_encoded(_noise(2600, 1300), "jpeg"))
    found = QImage.fromData(data)
    assert mime == "image/jpeg"
    assert len(data) <= pictures.BYTES
    assert found.width() in (2048, 1024) and abs(found.width() - 2 * found.height()) <= 2


def test_a_photograph_lying_on_its_side_is_put_upright(qapp: QApplication) -> None:
    # JPEG with an EXIF block that says: turn by 90°.
    jpeg = _encoded(_image(40, 20), "jpeg")
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x0112, 3, 1, 6, 0) + b"\0\0\0\0"
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    _mime, data = pictures.scale(turned)
    found = QImage.fromData(data)
    assert (found.width(), found.height()) == (20, 40)
    assert b"Exif" not in data


def test_of_an_animation_the_first_frame(qapp: QApplication) -> None:
    # Two frames of one pixel, white then black.
    head = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0"
    white = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    black = b",\0\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0"
    _mime, data = pictures.scale(head + white + black + b";")
    assert QImage.fromData(data).pixelColor(0, 0) == QColor("white")


def test_transparency_becomes_white_in_jpeg(qapp: QApplication) -> None:
    image = _noise(800, 800).convertToFormat(QImage.Format.Format_ARGB32)
    image.setPixelColor(0, 0, QColor(0, 0, 0, 0))
    for x in range(32):
        for y in range(32):
            image.setPixelColor(x, y, QColor(0, 0, 0, 0))
    mime, data = pictures.encode(image)
    assert mime == "image/jpeg"
    assert QImage.fromData(data).pixelColor(8, 8).lightness() > 230


def _huge_png(side: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.qt_log_ignore("JPEG", extend=True)
def test_what_is_made_to_do_harm_is_refused(qapp: QApplication) -> None:
    for data, key in (
        (_huge_png(60_000), "attach.huge_picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "attach.bad_picture"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "attach.bad_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attach.bad_picture"),
        (_encoded(_image(40, 30), "png")[:40], "attach.bad_picture"),
    ):
        with pytest.raises(KnownError) as caught:
            pictures.scale(data)
        assert caught.value.key == key


def test_a_thumbnail_is_the_middle_as_a_square(qapp: QApplication) -> None:
    image = _image(300, 100, "blue")
    for x in range(100, 200):
        for y in range(100):
            image.setPixelColor(x, y, QColor("red"))
    found = pictures.thumbnail(_encoded(image, "png"), 64)
    assert (found.width(), found.height()) == (64, 64)
    assert found.pixelColor(32, 32).red() > 240 and found.pixelColor(3, 32).red() > 200
