"""The wire: catalogue, HTTP streaming, dialects, error classes. No Qt, no storage, nothing of ours above.

Importing this package is cheap: httpx is loaded when the first `Wire` is built.
"""

from __future__ import annotations

from providers.classify import classify
from providers.failures import Failure, FailureKind, ProviderFailure

__all__ = ["Failure", "FailureKind", "ProviderFailure", "classify"]
