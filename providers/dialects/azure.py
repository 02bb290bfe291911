"""Azure OpenAI: the OpenAI dialect under other addresses. Bodies and answers are those of
`providers.dialects.openai`; what Azure adds to them (filter results with empty `choices`) reads as life.

Two kinds of address: the classic one names the deployment in the path and takes an `api-version`; one that
holds `/openai/v1` is a plain OpenAI base URL. In both the model id is the name of the user's deployment.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from providers.base import ChatRequest, Endpoint
from providers.dialects import openai

API_VERSION = "2024-10-21"
"""The classic API's version where the provider file names none."""

RESOURCE = "{resource}"
"""Stands in a base URL for the user's resource; no request is sent while it does."""


def build(endpoint: Endpoint, request: ChatRequest) -> tuple[str, bytes]:
    """The URL and the body of a streaming chat request."""
    _, body = openai.build(endpoint, request)
    return url_of(endpoint), body


def url_of(endpoint: Endpoint) -> str:
    """Where chat requests to the endpoint's deployment go."""
    base = endpoint.base_url.rstrip("/")
    path = urlsplit(base).path
    if f"{path}/".find("/openai/v1/") >= 0:
        return f"{base}/chat/completions"
    if "/openai/deployments/" not in path:
        base = f"{base.removesuffix('/openai')}/openai/deployments/{quote(endpoint.model.id, safe='')}"
    version = endpoint.provider.api_version or API_VERSION
    return f"{base}/chat/completions?api-version={quote(version, safe='')}"
