"""Servers of functions, started for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from stage import Raw


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Starts servers to speak to byte by byte: with the arguments of served.py, or of another program."""
    started: list[Raw] = []

    def start(*arguments: str, **options: str) -> Raw:
        started.append(Raw(*arguments, **options))
        return started[-1]

    yield start
    for own in started:
        own.close()


@pytest.fixture
def over_http(raw: Callable[..., Raw]) -> Callable[..., str]:
    """Starts servers over HTTP; returns their URL."""

    def start(*arguments: str) -> str:
        stderr = raw(*arguments, "http").program.stderr
        assert stderr is not None
        return stderr.readline().decode().strip()

    return start
