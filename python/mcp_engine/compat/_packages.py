"""The packages that steps change: whether they are here, and in a version that is known."""

from __future__ import annotations

import importlib.util
import sys
from importlib import metadata

__all__ = ["is_missing", "unsupported"]

#: By module: the name of the package, its first version that is known, and the first one that is not.
_KNOWN = {
    "mcp": ("mcp", (1, 23), (2,)),
    "mcp_agent": ("mcp-agent", (0, 2, 6), (0, 2, 7)),
}


def unsupported(module: str) -> str | None:
    """Why a module must not be changed: its package has another version than those that are known."""
    name, first, behind = _KNOWN.get(module.partition(".")[0], (None, (), ()))
    if name is None:
        return None
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
    if first <= _numbers(version) < behind:
        return None
    return f"{name} {version} is not supported, {_text(first)} and newer below {_text(behind)} are"


def is_missing(module: str) -> bool:
    """Whether the package of a module can be imported by no name."""
    package = module.partition(".")[0]
    return f"src.{package}" not in sys.modules and importlib.util.find_spec(package) is None


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
