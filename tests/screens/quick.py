"""The small window over the main one, with an answer in it."""

from __future__ import annotations

import random
import string

from tests.screens.stage import Stage
from ui.transcript.answer import AnswerRow


async def quick_ask(stage: Stage) -> None:
    """A question that was answered, in the middle of the main window."""
    await stage.until(stage.window.sidebar.model.conversations)
    stage.shell.quick_ask()
    assert stage.shell._desktop is not None
    quick = stage.shell._desktop._quick
    assert quick is not None
    await quick.resume(next(iter(stage.window.sidebar.model.conversations())).id, "")
    view = quick.window.transcript
    await stage.until(lambda: any(isinstance(row, AnswerRow) for row in view.window_.rows))
    place = quick.window.frameGeometry()
    place.moveCenter(stage.window.geometry().center())
    quick.window.move(place.topLeft())
    await stage.still()


async def quick_ask_empty(stage: Stage) -> None:
    """The field alone, as it opens."""
    stage.shell.quick_ask()
    assert stage.shell._desktop is not None and stage.shell._desktop._quick is not None
    window = stage.shell._desktop._quick.window
    place = window.frameGeometry()
    place.moveCenter(stage.window.geometry().center())
    window.move(place.topLeft())
    await stage.still()


async def quick_ask_key(stage: Stage) -> None:
    """A key in the field that a vendor's form gives away."""
    await quick_ask_empty(stage)
    assert stage.shell._desktop is not None and stage.shell._desktop._quick is not None
    quick = stage.shell._desktop._quick
    quick.window.editor.setPlainText(_made(32) + "." + _made(16, string.ascii_letters + string.digits))
    await stage.until(lambda: quick.guard.bar is not None)
    await stage.still()


async def key_guard(stage: Stage) -> None:
    """A key in a question that was about to be sent."""
    question = "curl https://api.example.com/v1/models -H 'Authorization: Bearer {}'"
    stage.window.composer.set_text(question.format("sk-" + _made(32)))
    stage.window.composer.send()
    await stage.still()


def _made(length: int, signs: str = "0123456789abcdef") -> str:
    """The same in every run, and nobody's key."""
    lots = random.Random(length)
    return "".join(lots.choice(signs) for _ in range(length))
