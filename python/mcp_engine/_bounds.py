"""What lanes are told, and how what has failed is tried again: a mistake is said where it is made, and not when the first task comes."""

from __future__ import annotations

from dataclasses import dataclass

from ._core import Scheduler

__all__ = ["Rate", "Retry", "assert_lane", "assert_rate"]

#: Starts, the seconds in which they fall, and how many may come at once.
Rate = tuple[int, float, int]

PRIORITIES = ("low", "normal", "high", "urgent")
#: The largest share of a lane.
MOST_WEIGHT = 1024
#: Seconds that are as good as for ever: 31 years.
LONGEST = 1e9
#: The largest number that is counted with.
MOST = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Retry:
    """How what has failed is tried again.

    Attributes:
        attempts: How many there are in all.
        initial: Seconds before the second one.
        factor: What each wait is multiplied by to get the next.
        most: Seconds that a wait takes at most.
        jitter: The part of a wait that is random, from 0 to 1.
        final: Names of exceptions after which there is no other attempt.

    Raises:
        ValueError: a number is out of its range.
    """

    attempts: int = 3
    initial: float = 0.1
    factor: float = 2.0
    most: float = 30.0
    jitter: float = 0.0
    final: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _assert_retry(self.attempts, self.initial, self.factor, self.most, self.jitter)

    def add_to(self, scheduler: Scheduler, pattern: str) -> int:
        """Makes it the policy for a pattern of names, and returns its number."""
        return scheduler.set_policy(
            pattern,
            attempts=self.attempts,
            initial=self.initial,
            factor=self.factor,
            most=self.most,
            jitter=self.jitter,
            final_kinds=list(self.final),
        )


def assert_lane(
    *,
    concurrency: int | None,
    weight: int,
    rate: Rate | None,
    queued: int,
    priority: str,
    timeout: float | None,
    total: float | None,
) -> None:
    """Raises ValueError for what no lane can be."""
    if concurrency is not None:
        _assert_count("concurrency", concurrency)
    _assert_count("queued", queued)
    _assert_count("weight", weight, MOST_WEIGHT)
    if priority not in PRIORITIES:
        raise ValueError(f"a priority is one of {', '.join(PRIORITIES)}, and not {priority!r}")
    for name, seconds in (("timeout", timeout), ("total", total)):
        if seconds is not None:
            _assert_seconds(name, seconds)
    assert_rate(rate)


def assert_rate(rate: Rate | None) -> None:
    """Raises ValueError for what is no rate."""
    if rate is None:
        return
    if not isinstance(rate, tuple) or len(rate) != 3:
        raise ValueError(f"a rate is (starts, seconds, how many at once), and not {rate!r:.80}")
    starts, seconds, burst = rate
    _assert_count("the starts of a rate", starts)
    _assert_count("what may start at once", burst)
    _assert_seconds("the time of a rate", seconds)
    if seconds == 0:
        raise ValueError("the time of a rate must be more than 0")


def _assert_retry(attempts: int, initial: float, factor: float, most: float, jitter: float) -> None:
    """Raises ValueError for what is no way to try again."""
    _assert_count("attempts", attempts)
    _assert_seconds("initial", initial)
    _assert_seconds("most", most)
    if not 0 <= factor <= LONGEST:
        raise ValueError(f"factor must be a number from 0 on, and not {factor}")
    if not 0 <= jitter <= 1:
        raise ValueError(f"jitter must be from 0 to 1, and not {jitter}")


def _assert_count(name: str, count: int, most: int = MOST) -> None:
    if not 1 <= count <= most:
        raise ValueError(f"{name} must be from 1 to {most}, and not {count}")


def _assert_seconds(name: str, seconds: float) -> None:
    # What is no number is in no range.
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"{name} must be from 0 to {LONGEST:.0f} seconds, and not {seconds}")
