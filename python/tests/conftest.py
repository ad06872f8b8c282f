"""What the tests share: event loops to run under, and servers to talk to."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from loops import Run

ROOT = Path(__file__).resolve().parents[2]

#: What tests do without where it is not installed, which CI may not do.
PACKAGES = ("mcp", "mcp_agent", "pydantic", "trio", "uvloop", "websockets")

if os.environ.get("CI") == "true":
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise pytest.UsageError(f"{package} is not installed, and its tests would not run")


def _run_asyncio(main: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(60):
            return await main()

    return asyncio.run(run())


def _run_uvloop(main: Callable[[], Awaitable[Any]]) -> Any:
    uvloop = pytest.importorskip("uvloop")

    async def run() -> Any:
        async with asyncio.timeout(60):
            return await main()

    return uvloop.run(run())


def _run_trio(main: Callable[[], Awaitable[Any]]) -> Any:
    trio = pytest.importorskip("trio")

    async def run() -> Any:
        with trio.fail_after(60):
            return await main()

    return trio.run(run)


@pytest.fixture(params=[_run_asyncio, _run_uvloop, _run_trio], ids=["asyncio", "uvloop", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine function to its end, under each event loop."""
    return request.param


@pytest.fixture
def run_asyncio() -> Run:
    """Runs a coroutine function to its end, under asyncio."""
    return _run_asyncio


@pytest.fixture(scope="session")
def engine() -> list[str]:
    """The everything server of the engine, in every revision."""
    program = os.environ.get("MCP_ENGINE_PROGRAM") or str(ROOT / "target/debug/mcp-engine")
    assert Path(program).exists(), f"build it first: {program}"
    return [program, "serve", "--stdio"]


@pytest.fixture(scope="session")
def scripted() -> list[str]:
    """A server that does what it is told, and nothing else: see scripted_server.py."""
    return [sys.executable, "-u", str(Path(__file__).parent / "scripted_server.py")]
