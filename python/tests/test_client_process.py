"""The client and the process that it is in: its end, its forks, its interpreters, and what importing does."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from processes import in_a_process_of_its_own


def test_the_interpreter_may_end_with_a_connection_open(engine: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, sys
        from mcp_engine.client import Client
        async def main():
            global client
            client = Client.stdio(*sys.argv[1:])
            print((await client.call_tool("echo", {"text": "hi"})).text)
        asyncio.run(main())
        """,
        *engine,
    )
    assert (done.returncode, done.stdout) == (0, "hi\n"), done


STUBBORN = """
import json, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "initialize":
        told = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "stubborn", "version": "1"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": told}), flush=True)
open(sys.argv[1], "w").write("the end was heard")
time.sleep(3600)
"""


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "raise KeyError", "os.fork() or sys.exit()"])
def test_no_server_outlives_an_interpreter_that_ends_without_closing(end: str, tmp_path: Path) -> None:
    done = in_a_process_of_its_own(
        f"""
        import asyncio, os, sys
        from mcp_engine.client import Client
        async def main():
            global client
            client = Client.stdio(*sys.argv[1:], versions=["2025-06-18"])
            await client.connect()
            print(client._link.channel.pid, flush=True)
            {end}
        asyncio.run(main())
        """,
        sys.executable,
        "-c",
        STUBBORN,
        str(tmp_path / "heard"),
    )
    assert (tmp_path / "heard").read_text() == "the end was heard"
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout.split()[0]), 0)


IGNORES_ALL = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(3600)"


@pytest.mark.parametrize("opened", ["Wire.open(program)", "Channel.open(program, 'a', '1')"])
@pytest.mark.parametrize("then", ["one.close()", "del one", "pass"])
def test_no_program_outlives_an_interpreter_that_has_no_client(opened: str, then: str) -> None:
    done = in_a_process_of_its_own(
        f"""
        import select, sys
        from mcp_engine import Channel, Program, Wire
        program = Program(*sys.argv[1:])
        one = {opened}
        select.select([one.descriptors()[0]], [], [])
        print(one.pid)
        {then}
        """,
        sys.executable,
        "-c",
        IGNORES_ALL,
    )
    assert done.returncode == 0, done
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_a_program_that_has_ended_is_not_waited_for() -> None:
    done = in_a_process_of_its_own(
        """
        import gc, select, time
        from mcp_engine import Program, Wire
        for _ in range(3):
            one = Wire.open(Program("true"))
            select.select([one.ended], [], [])
        print(time.monotonic())
        """
    )
    assert done.returncode == 0 and time.monotonic() - float(done.stdout) < 1.5, done


def test_a_fork_leaves_the_parent_its_connection(engine: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, os, sys
        from mcp_engine.client import Client
        async def main():
            async with Client.stdio(*sys.argv[1:]) as client:
                assert (await client.call_tool("echo", {"text": "before"})).text == "before"
                child = os.fork()
                if child == 0:
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                print((await client.call_tool("echo", {"text": "after"})).text)
        asyncio.run(main())
        """,
        *engine,
    )
    assert (done.returncode, done.stdout) == (0, "after\n"), done


def test_a_process_that_was_forked_is_told_that_it_cannot_start_servers(scripted: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, os, sys
        from mcp_engine.client import Client
        async def main():
            async with Client.stdio(*sys.argv[1:]) as client:
                await client.call_tool("echo", {"text": "before"})
        asyncio.run(main())
        if os.fork() == 0:
            try:
                asyncio.run(main())
            except RuntimeError as error:
                os.write(1, str(error).encode())
            os._exit(0)
        os.wait()
        """,
        *scripted,
    )
    assert "was forked" in done.stdout, done


def test_importing_starts_nothing_and_loads_little() -> None:
    done = in_a_process_of_its_own(
        """
        import sys, threading
        import mcp_engine
        heavy = {"asyncio", "pydantic", "numpy", "mcp", "httpx", "anyio"} & set(sys.modules)
        print(len(__import__("os").listdir("/proc/self/task")), sorted(heavy))
        """
    )
    assert done.stdout == "1 []\n", done


def test_a_sub_interpreter_gets_an_import_error() -> None:
    done = in_a_process_of_its_own(
        """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import mcp_engine
        one = interpreters.create()
        code = "try:\\n import mcp_engine\\nexcept ImportError:\\n print('refused')\\nelse:\\n print('taken')"
        interpreters.run_string(one, code)
        """
    )
    assert "refused" in done.stdout, done
