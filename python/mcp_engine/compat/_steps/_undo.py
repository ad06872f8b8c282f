"""Taking attributes back."""

from __future__ import annotations

from typing import Any

from .._patches import Undo

__all__ = ["undo_of"]


def undo_of(owner: Any, **before: Any) -> Undo:
    """Sets attributes to what they were. Those that there were not are named with ``None``."""

    def undo() -> None:
        for name, value in before.items():
            if value is None:
                delattr(owner, name)
            else:
                setattr(owner, name, value)

    return undo
