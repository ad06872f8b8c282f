"""The steps of ``mcp_engine.compat.mcp_agent``: what each changes, and how."""

from __future__ import annotations

from collections.abc import Callable

from .._patches import Patch
from .cosine import Cosine
from .executor import Executing
from .schema import ToolOutput
from .signals import Signalling
from .workflows import Registering, Running

__all__ = ["STEPS"]

#: The steps, by name.
STEPS: dict[str, Callable[[], list[Patch]]] = {
    "schema": lambda: [ToolOutput()],
    "cosine": lambda: [Cosine()],
    "executor": lambda: [Executing(), Signalling(), Running(), Registering()],
}
