"""Judges the steps of mcp_engine.compat.mcp_agent by the tests of mcp-agent itself: whatever passes without them has to pass with them.

``accept.py SOURCES [all|undone|each|STEP,STEP…]…`` runs them below the sources of mcp-agent by the interpreter that it is run with: once without steps, then
with all of them, after all were taken back, with each of them alone, or with some.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mcp_engine.compat._steps import STEPS

FOLDERS = ("mcp", "agents", "executor", "logging", "tracing", "server")
#: How many pass without a step. Fewer are a sign that something is missing, and that nothing is judged.
EXPECTED = 264
#: What pytest says when tests have failed: that is judged by their names.
JUDGED = (0, 1)


def main(sources: Path, *ways: str) -> int:
    """Runs the tests in all ways that are named, and says which of them break what."""
    without = passes(sources, "none")
    print(f"  without: {len(without)} pass")
    if len(without) < EXPECTED:
        print(f"error: {EXPECTED} have to pass without the steps")
        return 1
    judged = [judge(sources, without, *way) for way in expanded(ways or ("all", "undone"))]
    return 0 if all(judged) else 1


def expanded(ways: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The options of every run."""
    options: list[tuple[str, ...]] = []
    for way in ways:
        if way == "undone":
            options.append(("all", "--engine-undo"))
        else:
            options.extend((name,) for name in (STEPS if way == "each" else (way,)))
    return options


def judge(sources: Path, without: set[str], steps: str, *options: str) -> bool:
    """Whether all that passes without steps passes with these."""
    with_steps = passes(sources, steps, *options)
    broken = sorted(without - with_steps)
    print(f"  {' '.join((steps, *options))}: {len(with_steps)} pass, {len(broken)} broken")
    for name in broken:
        print(f"    BROKEN: {name}")
    return not broken


def passes(sources: Path, steps: str, *options: str) -> set[str]:
    """The names of the tests that pass with some steps, all at once or the second time: by chance, mcp-agent's event bus swallows the
    cancellation that is to end it, and a test hangs."""
    names, has_failed = played(sources, steps, *options)
    return names | played(sources, steps, *options)[0] if has_failed else names


def played(sources: Path, steps: str, *options: str) -> tuple[set[str], bool]:
    """Runs the tests: which have passed, and whether others have not."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "passes.json")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "steps_plugin", "--timeout", "120"]
        command += ["--engine-passes", str(file), "--engine-steps", steps, *options, *(f"tests/{name}" for name in FOLDERS)]
        # The sources are kept as they are, and the plugin is found beside this file.
        paths = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
        environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            print(done.stdout[-20_000:], done.stderr[-5_000:])
        if done.returncode not in JUDGED:
            sys.exit(f"pytest ended with {done.returncode}")
        return set(json.loads(file.read_text())), done.returncode != 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *sys.argv[2:]))
