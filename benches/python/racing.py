"""Processes that measure themselves, in turn: each prints microseconds of CPU time, one number for each cell."""

from __future__ import annotations

import statistics
import subprocess

#: The ratio of a contender's time to ours and the microseconds of ours, by what is done, beside whom, and on what.
Found = dict[tuple[str, str, str], tuple[float, float]]


def raced(what: str, rounds: int, cells: list[str], commands: dict[str, list[str]]) -> Found:
    """Races commands with `ours` among them, which all measure these cells. A ratio is taken within each round, and the median counts."""
    times: dict[str, list[list[float]]] = {name: [] for name in commands}
    for turn in range(rounds):
        for name in sorted(commands, reverse=turn % 2 == 1):
            times[name].append(said(commands[name]))
    found: Found = {}
    for at, cell in enumerate(cells):
        ours = [one[at] for one in times["ours"]]
        for name in commands.keys() - {"ours"}:
            ratio = statistics.median(other[at] / own for other, own in zip(times[name], ours, strict=True))
            if ratio == ratio:
                found[what, name, cell] = (ratio, statistics.median(ours))
    return found


def said(command: list[str]) -> list[float]:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{command} has failed: {done.stderr}")
    return [float(number) for number in done.stdout.split("\n")[-2].split()]


def gain(layer: str, found: Found, one: tuple[str, str, str], many: tuple[str, str, str]) -> Found:
    """What a call of ours costs one at a time, over what it costs when there are 64 at one time."""
    return {("64 at one time", "one at a time", layer): (found[one][1] / found[many][1], found[many][1])}
