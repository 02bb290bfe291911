"""The small window over the main one, with an answer in it."""

from __future__ import annotations

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
