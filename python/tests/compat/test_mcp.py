"""mcp_engine.compat.mcp beside the SDK: the same conversations, with every pair of a transport and a session."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

from conversations import PAIRS, all_outcomes, with_fast
from loops import Run

# The SDK's session leaves streams of its own open when a request cannot be sent.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")

FAST = [sys.executable, str(Path(__file__).parent / "fast_server.py")]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What comes of them with the SDK alone."""
    logging.disable(logging.CRITICAL)
    try:
        return all_outcomes(lambda main: asyncio.run(main()), PAIRS["sdk"], FAST, with_fast)
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("pair", ["ours", "our transport", "our session"])
def test_a_conversation_goes_as_with_the_sdk(run: Run, pair: str, expected: dict[str, Any]) -> None:
    found = all_outcomes(run, PAIRS[pair], FAST, with_fast)
    for name in with_fast:
        assert found[name] == expected[name], name
