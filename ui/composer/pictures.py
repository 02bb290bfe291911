"""Pictures made fit for sending and for showing. For worker threads, which `QImage` allows."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColorSpace, QImage, QImageReader, QImageWriter, QPainter

from app.errors import KnownError

SIDE = 2048
"""The longest side in pixels that is sent; vendors scale down what is larger, and count it first."""

BYTES = 1_500_000
"""The most one picture is sent with; SenseTime takes 90 s to refuse one of 4 MB."""

MOST_PIXELS = 120_000_000
_QUALITIES = (88, 80, 70, 55, 40)


def scale(data: bytes) -> tuple[str, bytes]:
    """An encoded picture as PNG or JPEG within `SIDE` and `BYTES`, upright; of an animation the first frame.

    Raises `KnownError` when it is none, damaged, or larger than anything a camera makes.
    """
    return encode(decode(data, SIDE))


def decode(data: bytes, side: int) -> QImage:
    """The picture, upright and with no side longer than `side` pixels."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if bytes(reader.format().data()) not in (b"png", b"jpeg", b"jpg", b"webp", b"gif", b"bmp"):
        raise KnownError("attach.bad_picture")
    size = reader.size()
    if size.width() * size.height() > MOST_PIXELS:
        raise KnownError("attach.huge_picture", most=MOST_PIXELS // 1_000_000)
    if size.isValid() and max(size.width(), size.height()) > side:
        # JPEG is decoded at the smaller size at once.
        reader.setScaledSize(
            size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
        )
    image = reader.read()
    if image.isNull():
        raise KnownError("attach.bad_picture")
    return fitted(image, side)


def fitted(image: QImage, side: int) -> QImage:
    """The picture with no side longer than `side`."""
    if max(image.width(), image.height()) <= side:
        return image
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)


def encode(image: QImage) -> tuple[str, bytes]:
    """MIME type and bytes: PNG where that is small (drawings, screens of text), JPEG else."""
    if image.colorSpace().isValid():
        image = image.convertedToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    image = fitted(image, SIDE)
    for key in image.textKeys():
        # Where a photograph was taken is nobody's business.
        image.setText(key, "")
    png = (
        _saved(image, b"PNG", -1)
        if image.width() * image.height() <= 2_200_000 or image.hasAlphaChannel()
        else b""
    )
    if png and len(png) <= BYTES // 3:
        return "image/png", png
    plain = _opaque(image)
    for quality in _QUALITIES:
        jpeg = _saved(plain, b"JPEG", quality)
        if len(jpeg) <= BYTES:
            return "image/jpeg", jpeg
    smaller = fitted(plain, SIDE // 2)
    return "image/jpeg", _saved(smaller, b"JPEG", 70)


def thumbnail(data: bytes, side: int) -> QImage:
    """The middle of the picture as a square of `side` pixels; raises `KnownError` as `decode` does."""
    image = decode(data, 4 * side)
    expanding = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    image = image.scaled(side, side, expanding, Qt.TransformationMode.SmoothTransformation)
    return image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)


def _opaque(image: QImage) -> QImage:
    """On white, as JPEG knows no transparency."""
    if not image.hasAlphaChannel():
        return image
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(Qt.GlobalColor.white)
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    return ground


def _saved(image: QImage, kind: bytes, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(quality)
    if not writer.write(image):
        raise KnownError("attach.bad_picture")
    return bytes(buffer.data().data())
