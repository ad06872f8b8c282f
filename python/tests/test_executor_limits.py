"""The limits of an executor and its lanes: how much runs, how much waits, how fast things start, and what no lane can be."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from gauge import Gauge, nap, never
from loops import Run

from mcp_engine import Executor, LimitError, Retry


def test_a_thousand_at_one_time_and_a_map_that_keeps_its_limit(run: Run) -> None:
    async def main() -> None:
        wide, narrow = Gauge(), Gauge()
        async with Executor(concurrency=1000) as executor:
            assert await executor.gather(*[wide.work(n) for n in range(1000)]) == list(range(1000))
            assert await executor.map(narrow.work, range(1000), limit=7) == list(range(1000))
        assert (wide.peak, narrow.peak) == (1000, 7)

    run(main)


def test_a_map_takes_items_only_when_they_may_run(run: Run) -> None:
    async def main() -> None:
        taken = 0

        def items() -> Any:
            nonlocal taken
            for n in range(10_000):
                taken += 1
                yield n
                assert taken - gauge.all <= 5

        gauge = Gauge()
        async with Executor(queued=10) as executor:
            assert await executor.map(gauge.work, items(), limit=5) == list(range(10_000))
            with pytest.raises(ValueError):
                await executor.map(gauge.work, [], limit=0)

    run(main)


def test_too_much_is_refused_before_anything_runs(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor(concurrency=2, queued=10) as executor:
            with pytest.raises(LimitError, match="queued"):
                await executor.gather(*[gauge.work() for _ in range(11)])
            assert (gauge.all, executor.running) == (0, 0)
            assert await executor.map(gauge.work, range(100)) == list(range(100))
            jobs = [executor.submit(never) for _ in range(12)]
            with pytest.raises(LimitError):
                executor.submit(never)
            for job in jobs:
                job.cancel()

    run(main)


def test_lanes_have_limits_and_shares_of_their_own(run: Run) -> None:
    async def main() -> None:
        order: list[str] = []

        async def note(word: str) -> None:
            order.append(word)
            await nap()

        gauge = Gauge()
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(concurrency=1)
            urgent = executor.lane(priority="urgent", weight=1024)
            jobs = [lane.submit(note, "low") for _ in range(4)] + [urgent.submit(note, "high") for _ in range(4)]
            for job in jobs:
                await job
            assert order.index("high") < 2 and order[-1] == "low"
        async with Executor(concurrency=8) as executor:
            await executor.lane(concurrency=2).gather(*[gauge.work() for _ in range(20)])
        assert gauge.peak == 2

    run(main)


def test_rates_hold_things_back(run: Run) -> None:
    async def main() -> None:
        async with Executor(rate=(100, 1.0, 1)) as executor:
            begun = time.monotonic()
            await executor.map(lambda _: nap(), range(6))
            assert time.monotonic() - begun >= 0.05

    run(main)


def test_a_map_waits_for_room_where_others_have_filled_the_lane(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(queued=2)
            others = [lane.submit(gauge.work, n) for n in range(3)]
            assert await lane.map(gauge.work, range(20), limit=2) == list(range(20))
            assert [await job for job in others] == [0, 1, 2]
            # The last of the others may end long before the map begins.
            assert await lane.map(gauge.work, range(3)) == [0, 1, 2]

    run(main)


def test_a_map_that_waits_for_room_can_be_cancelled(run_asyncio: Run) -> None:
    async def main() -> None:
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(queued=1)
            blocked = [lane.submit(never) for _ in range(2)]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await lane.map(len, ["a"])
            for job in blocked:
                job.cancel()

    run_asyncio(main)


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"queued": 0},
        {"weight": 0},
        {"weight": 1025},
        {"priority": "soon"},
        {"timeout": float("nan")},
        {"timeout": -1.0},
        {"total": float("inf")},
        {"rate": (0, 1.0, 1)},
        {"rate": (1, 0.0, 1)},
        {"rate": (1, 1.0, 0)},
        {"rate": (1 << 40, 1.0, 1)},
    ],
)
def test_a_lane_that_cannot_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Executor().lane(**wrong)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"initial": float("inf")}, {"most": -1.0}, {"factor": float("nan")}, {"jitter": 2.0}])
def test_a_retry_that_cannot_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Retry(**wrong)
