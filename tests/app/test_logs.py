"""No key gets into the log: not in messages, arguments, tracebacks, notes, nor those of libraries."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app import logs
from app.logs import HIDDEN, LOG_FILE, Redactor, redactor


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """The log set up as the program does it, at debug level, and taken down again."""
    root = logging.getLogger()
    level = root.level
    levels = {name: logging.getLogger(name).level for name in logs._QUIET}
    handler = logs.set_up(tmp_path / "logs", {"JIELI_DEBUG": "1"})
    yield tmp_path / "logs" / LOG_FILE
    root.removeHandler(handler)
    handler.close()
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def secret() -> str:
    """A key of no known shape, with characters that are written differently in URLs and JSON."""
    made = f'Zq+{secrets.token_hex(12)}/"\\x='
    redactor.add(made)
    return made


def _call(secret: str) -> None:
    raise ConnectionError(f"refused for {secret}")


def test_messages_arguments_and_tracebacks_are_clean(log_file: Path, secret: str) -> None:
    log = logging.getLogger("app.test")
    log.warning("key " + secret)
    log.warning("key %s in %r", secret, {"Authorization": f"Bearer {secret}"})
    log.warning("url %s", f"https://host.invalid/?key={quote(secret, safe='')}")
    log.warning("bytes %r", secret.encode())
    log.warning("with the stack", stack_info=True)
    try:
        try:
            _call(secret)
        except ConnectionError as error:
            error.add_note(f"asked with {secret}")
            raise RuntimeError(f"wrapped {secret}") from error
    except RuntimeError:
        log.exception("failed with %s", secret)
    text = log_file.read_text(encoding="utf-8")
    assert secret[3:20] not in text
    assert text.count(HIDDEN) >= 8
    assert "ConnectionError: refused for" in text
    assert "Traceback" in text


def test_a_traceback_another_handler_formatted_first_is_clean(log_file: Path, secret: str) -> None:
    try:
        _call(secret)
    except ConnectionError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "boom", None, (type(error), error, None))
        record.exc_text = "".join(traceback.format_exception(error))
    logging.getLogger().handle(record)
    assert secret[3:20] not in log_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "template",
    [
        "sk-{}",
        "using sk-proj-{} now",
        "Authorization: Bearer {}",
        "{{'authorization': 'Bearer {}'}}",
        "(b'Authorization', b'Bearer {}')",
        "api_key={}&x=1",
        '"apiKey": "{}"',
        "bce-v3/ALTAK-{}/abc",
        "http://user:{}@proxy:8080",
        "ms-{}",
    ],
)
def test_what_looks_like_a_key_is_hidden_though_unknown(template: str) -> None:
    unknown = secrets.token_hex(16)
    cleaned = Redactor().clean(template.format(unknown))
    assert unknown not in cleaned
    assert HIDDEN in cleaned


def test_a_key_of_zhipu_shape_is_hidden() -> None:
    unknown = f"{secrets.token_hex(16)}.{'aB3' * 6}"
    assert unknown[:32] not in Redactor().clean(f"sent {unknown}")


@pytest.mark.parametrize(
    "text",
    [
        "GET http://127.0.0.1:8080/v1/chat/completions 429",
        "task-list skipped, risk-based, ask-again-later-with-a-long-name",
        "conversation 0123456789abcdef0123456789abcdef was deleted",
        "用户问：sk 是什么意思？",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Redactor().clean(text) == text


def test_a_secret_that_begins_like_another_is_hidden_whole() -> None:
    found = Redactor()
    found.add("abcdefgh")
    found.add("abcdefgh12345")
    assert found.clean("abcdefgh12345 abcdefgh") == f"{HIDDEN} {HIDDEN}"


def test_very_short_words_are_not_secrets() -> None:
    found = Redactor()
    found.add("the")
    assert found.clean("the other") == "the other"


def test_http_libraries_are_quiet_even_in_debug(log_file: Path) -> None:
    logging.getLogger("app").debug("seen")
    logging.getLogger("httpcore.http11").debug("send_request_headers [(b'X', b'Y')]")
    logging.getLogger("httpx").info("HTTP Request")
    text = log_file.read_text(encoding="utf-8")
    assert "seen" in text
    assert "send_request_headers" not in text
    assert "HTTP Request" not in text


def test_no_file_before_the_first_line(log_file: Path) -> None:
    assert not log_file.parent.exists()
    logging.getLogger("app").warning("now")
    assert log_file.exists()


def test_an_unwritable_folder_is_said_once_and_hurts_nobody(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_text("in the way")
    handler = logs.LazyFileHandler(tmp_path / "file" / "logs")
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "x", "levelno": logging.ERROR}))
    assert capsys.readouterr().err.count("no log file") == 1


def test_a_line_that_cannot_be_formatted_leaks_nothing(log_file: Path, secret: str, capsys) -> None:
    # Handed to our handler alone: pytest's own would raise.
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, logs.LazyFileHandler))
    handler.handle(logging.LogRecord("app", logging.ERROR, __file__, 1, "%d tokens", (secret,), None))
    logging.getLogger("app").warning("next")
    assert secret[3:20] not in capsys.readouterr().err
    text = log_file.read_text(encoding="utf-8")
    assert "next" in text
    assert secret[3:20] not in text
