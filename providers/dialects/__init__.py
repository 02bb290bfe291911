"""The languages providers speak: how a request is written and how an answer is read, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from providers.base import ChatRequest, Endpoint

if TYPE_CHECKING:
    from providers.dialects.reader import Reader


class MakeReader(Protocol):
    """Makes the reader of one answer of an endpoint."""

    def __call__(self, endpoint: Endpoint, *, content_type: str = "", status: int = 200) -> Reader: ...


class Dialect(NamedTuple):
    """`build` makes the URL and the body of a streaming chat request, `reader` reads the answer."""

    build: Callable[[Endpoint, ChatRequest], tuple[str, bytes]]
    reader: MakeReader


_known: dict[str, Dialect] = {}


def speak(name: str) -> Dialect:
    """The dialect of that name; an unknown one is taken for `openai`."""
    found = _known.get(name)
    if found is None:
        found = _known[name] = _load(name)
    return found


def _load(name: str) -> Dialect:
    from providers.dialects import openai

    if name == "ollama":
        from providers.dialects import ollama

        return Dialect(ollama.build, ollama.LinesReader)
    if name == "azure":
        from providers.dialects import azure

        return Dialect(azure.build, openai.AnswerReader)
    return Dialect(openai.build, openai.AnswerReader)
