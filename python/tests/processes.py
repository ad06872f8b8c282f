"""Code that tests run in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

__all__ = ["in_a_process_of_its_own"]


def in_a_process_of_its_own(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, timeout=60
    )
