"""Replacing methods of a class so that it can be undone."""

from __future__ import annotations

from typing import Any

from .._patches import Undo

__all__ = ["replace"]

_MISSING = object()


def replace(owner: type, **methods: Any) -> Undo:
    """Gives a class methods, in place of its own or of those that it inherits."""
    own = {name: owner.__dict__.get(name, _MISSING) for name in methods}
    for name, method in methods.items():
        setattr(owner, name, method)

    def undo() -> None:
        for name, method in own.items():
            if method is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, method)

    return undo
