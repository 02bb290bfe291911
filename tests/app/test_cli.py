"""The command line is read as design §8 has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import parse
from app.errors import UsageError


def test_no_arguments_open_the_window() -> None:
    options = parse([], lambda: "1.0")
    assert options.command == "window"
    assert options.home is None
    assert options.endpoints == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "/h", "--endpoint", "zhipu=http://127.0.0.1:1/v1", "ask", "hi"],
        ["ask", "--home", "/h", "--endpoint", "zhipu=http://127.0.0.1:1/v1", "hi"],
    ],
)
def test_common_options_stand_before_or_after_the_command(arguments: list[str]) -> None:
    options = parse(arguments, lambda: "1.0")
    assert options.command == "ask"
    assert options.home == Path("/h")
    assert options.endpoints == {"zhipu": "http://127.0.0.1:1/v1"}
    assert options.prompt == "hi"


def test_home_and_endpoint_serve_the_window_too() -> None:
    options = parse(["--home", "/h", "--endpoint", "alibaba=https://a/v1"], lambda: "1.0")
    assert options.command == "window"
    assert options.home == Path("/h")
    assert options.endpoints == {"alibaba": "https://a/v1"}


def test_ask_takes_everything_of_the_design() -> None:
    options = parse(
        [
            *("ask", "--json", "--chain", "alibaba:qwen-plus, ollama:qwen3:8b，zhipu", "--spend", "allow"),
            *("--conversation", "c1", "--endpoint", "a=u=v", "--endpoint", "b=w", "问 题"),
        ],
        lambda: "1.0",
    )
    assert options.json
    assert options.chain == ("alibaba:qwen-plus", "ollama:qwen3:8b", "zhipu")
    assert options.spend == "allow"
    assert options.conversation == "c1"
    assert options.endpoints == {"a": "u=v", "b": "w"}
    assert options.prompt == "问 题"


def test_keys_take_a_provider_and_a_label() -> None:
    options = parse(["keys", "set", "zhipu", "--label", "公司"], lambda: "1.0")
    assert (options.action, options.provider, options.label) == ("set", "zhipu", "公司")
    assert parse(["keys", "list"], lambda: "1.0").provider is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "--chain", " , ", "x"],
        ["ask", "--spend", "lots", "x"],
        ["ask", "--endpoint", "zhipu", "x"],
        ["ask", "--endpoint", "=http://x", "x"],
        ["keys", "set"],
        ["keys", "eat", "zhipu"],
        ["fly"],
        ["--chian", "x"],
    ],
)
def test_a_wrong_line_is_one_sentence(arguments: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments, lambda: "1.0")
    sentence = str(caught.value)
    assert sentence
    assert "cli." not in sentence
    assert "\n\n" not in sentence


@pytest.mark.parametrize(
    "line",
    [
        ["quota", "set", "alibaba", "50", "--unit", "calls"],
        ["quota", "--unit", "calls", "set", "alibaba", "50"],
        ["quota", "set", "--unit", "calls", "alibaba", "50"],
        ["quota", "set", "alibaba", "--unit", "calls", "50"],
    ],
)
def test_options_may_stand_between_what_a_command_takes(line: list[str]) -> None:
    options = parse(line, lambda: "1")
    assert (options.action, options.provider, options.remaining) == ("set", "alibaba", "50")
    assert options.unit == "calls"
    for keys in (["keys", "test", "--json", "zhipu"], ["keys", "--json", "test", "zhipu"]):
        assert parse(keys, lambda: "1").provider == "zhipu"


@pytest.mark.parametrize("line", [["quota", "--json", "get"], ["keys", "list", "--json", "zhipu", "x"]])
def test_what_is_too_much_is_refused(line: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(line, lambda: "1")
