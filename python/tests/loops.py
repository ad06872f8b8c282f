"""What tests say of the event loops that they run under."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["Run"]

#: Runs a coroutine function under an event loop.
Run = Callable[[Callable[[], Awaitable[Any]]], Any]
