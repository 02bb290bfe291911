"""What the two special marks promise: a real screen, a real Secret Service."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.display
def test_a_marked_test_shows_real_windows(qtbot) -> None:
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QWidget

    widget = QWidget()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    assert QGuiApplication.platformName() != "offscreen"


@pytest.mark.secretservice
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Secret Service is Linux's")
def test_a_marked_test_reaches_an_unlocked_collection() -> None:
    import secretstorage

    connection = secretstorage.dbus_init()
    try:
        assert not secretstorage.get_default_collection(connection).is_locked()
    finally:
        connection.close()
