"""What an application does wrong is refused by its name, and says what would be right."""

from __future__ import annotations

import pytest
from loops import Run

from mcp_engine import Executor


def test_a_rate_has_three_numbers(run_asyncio: Run) -> None:
    async def main() -> None:
        async with Executor() as executor:
            with pytest.raises(ValueError, match="a rate is"):
                executor.lane(rate=(1, 2.0))  # type: ignore[arg-type]

    run_asyncio(main)
