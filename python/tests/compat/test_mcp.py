"""mcp_engine.compat.mcp beside the SDK: the same conversations, with every pair of a transport and a session."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

from conversations import PAIRS, Heard, connected, outcome, with_fast

# The SDK's session leaves streams of its own open when a request cannot be sent.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")

Run = Callable[[Callable[[], Awaitable[Any]]], Any]

FAST = [sys.executable, str(Path(__file__).parent / "fast_server.py")]


def all_outcomes(run: Run, pair: str) -> dict[str, Any]:
    """What comes of every conversation, one after another on one connection."""

    async def main() -> dict[str, Any]:
        heard = Heard()
        found = {}
        async with connected(PAIRS[pair], FAST, **heard.options()) as session:
            for name, conversation in with_fast.items():
                heard.all.clear()
                found[name] = await outcome(lambda conversation=conversation: conversation(session, heard))
        return found

    found = run(main)
    # While the warnings about them are off.
    gc.collect()
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What comes of them with the SDK alone."""
    logging.disable(logging.CRITICAL)
    try:
        return all_outcomes(lambda main: asyncio.run(main()), "sdk")
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("pair", ["ours", "our transport", "our session"])
def test_a_conversation_goes_as_with_the_sdk(run: Run, pair: str, expected: dict[str, Any]) -> None:
    found = all_outcomes(run, pair)
    for name in with_fast:
        assert found[name] == expected[name], name
