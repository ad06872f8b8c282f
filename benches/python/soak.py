"""Proves that sessions leave nothing behind: soak.py --program MCP-ENGINE [--sessions N].

Each session is a client with a server of its own, opened, used and left in one of seven ways, under asyncio. Objects are made and dropped beside
it. What this process holds is looked at a hundred times: memory of its own, objects that the collector knows, descriptors, and children.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mcp_engine import ClosedError, Connection, Decoder, Error, compile_schema, dumps, encode_request, loads
from mcp_engine.client import Client

#: Memory may grow by a hundredth of what it is, or by what an allocator takes in a short run.
ALLOWED_PART, ALLOWED_BYTES = 0.01, 512 * 1024
#: Strings that fill the interpreter's table of them more than once.
INTERNED = 200_000
#: Objects that may be there beside those of the start, whatever the number of sessions.
ALLOWED_OBJECTS = 64


async def used(client: Client) -> None:
    """Closed after a call."""
    await client.connect()
    result = await client.call_tool("echo", {"text": "hello"})
    assert result.text == "hello", result.text
    await client.close()


async def abandoned(client: Client) -> None:
    """Closed while a call waits, twice, by another task."""
    await client.connect()
    call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 0.005}))
    await asyncio.sleep(0)
    await asyncio.gather(client.close(), client.close())
    await fails(call, ClosedError)


async def cancelled(client: Client) -> None:
    """A call is cancelled, another one answered."""
    await client.connect()
    call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60}))
    await client.ping()
    call.cancel()
    await fails(call, asyncio.CancelledError)
    await client.ping()
    await client.close()


async def timed_out(client: Client) -> None:
    """A call takes too long."""
    await client.connect()
    await fails(client.call_tool("sleep", {"seconds": 60}, timeout=0.001), TimeoutError)
    await client.close()


async def killed(client: Client) -> None:
    """The server dies during a call."""
    await client.connect()
    call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60}))
    await client.ping()
    for child in children():
        os.kill(child, signal.SIGKILL)
    await fails(call, ClosedError)
    await client.close()


async def refused(client: Client) -> None:
    """The server answers with an error, and the client is left in its block by an exception."""
    try:
        async with client:
            await client.call_tool("there is no such tool")
    except Error:
        pass


async def unopened(client: Client) -> None:
    """Closed while it connects."""
    opening = asyncio.ensure_future(client.connect())
    await asyncio.sleep(0)
    await client.close()
    await fails(opening, ClosedError)


WAYS: list[Callable[[Client], Awaitable[None]]] = [used, abandoned, cancelled, timed_out, killed, refused, unopened]


async def fails(call: Awaitable[object], kind: type[BaseException]) -> None:
    try:
        await call
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def objects(number: int) -> None:
    """Makes and drops one of each kind of object, and lets views outlive what they look into."""
    decoder = Decoder()
    line = encode_request(number, "tools/call", {"name": "echo", "arguments": {"text": "x" * (number % 5000)}})
    messages = decoder.feed(line + b"\n" + b"{no message}\n" + line[:-1])
    views = [message.raw_payload for message in messages if message.kind == "request"]
    batch = Decoder().feed_batch(line + b"\n")
    kept = memoryview(batch.table)
    del decoder, messages, batch
    assert len(views) == 1 and len(kept) > 0
    connection = Connection.client("soak", "1")
    assert connection is not None
    schema = compile_schema({"type": "object", "properties": {"n": {"type": "integer"}}})
    assert schema.is_valid(loads(dumps({"n": number}))) and not schema.is_valid({"n": "no"})
    try:
        loads("[" * 1000)
    except Error:
        pass


def settle() -> None:
    """Lets so many interned strings come and go that the interpreter has made its table of them anew, as large as it stays: it does so once, by itself."""
    for number in range(INTERNED):
        sys.intern(f"settled {number}")


def children() -> list[int]:
    return [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def held() -> tuple[int, int, int]:
    """Bytes, objects, and descriptors of this process. Of its pages those count that are no file's, wherever the system keeps them just now."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    pages = sum(int(status[kind].split()[0]) << 10 for kind in ("RssAnon", "VmSwap"))
    return pages, len(gc.get_objects()), len(os.listdir("/proc/self/fd"))


def growth(samples: list[tuple[int, int]]) -> tuple[float, float]:
    """By how much memory grows from the end of the warm-up to the end, by the line that fits best, and its mean."""
    warm = samples[len(samples) // 3 :]
    work, size = [float(at) for at, _ in warm], [float(size) for _, size in warm]
    slope = statistics.linear_regression(work, size).slope
    return slope * (work[-1] - work[0]), statistics.fmean(size)


async def soak(program: str, sessions: int) -> bool:
    samples: list[tuple[int, int]] = []
    settle()
    every = max(1, sessions // 100)
    for number in range(len(WAYS) * 2):
        await session(program, number)
    _, objects_before, descriptors_before = held()
    begun = time.monotonic()
    for number in range(sessions):
        await session(program, number)
        if number % every == 0:
            samples.append((number, held()[0]))
    took = time.monotonic() - begun
    _, objects_after, descriptors_after = held()
    grown, mean = growth(samples)
    left = len(children())
    rows = [
        ("sessions", f"{sessions} in {len(WAYS)} ways, {sessions / took:.0f} a second", True),
        ("memory", f"{100 * grown / mean:+.2f} % of {mean / 2**20:.1f} MB ({grown / 1024:+.0f} KB)", grown <= max(mean * ALLOWED_PART, ALLOWED_BYTES)),
        ("objects", f"{objects_before} -> {objects_after}", objects_after <= objects_before + len(samples) + ALLOWED_OBJECTS),
        ("descriptors", f"{descriptors_before} -> {descriptors_after}", descriptors_after <= descriptors_before),
        ("children left", str(left), left == 0),
    ]
    for what, figure, is_good in rows:
        print(f"{what:14}  {figure}  {'ok' if is_good else 'NOT OK'}")
    return all(is_good for *_, is_good in rows)


async def session(program: str, number: int) -> None:
    objects(number)
    await WAYS[number % len(WAYS)](Client.stdio(program, "serve"))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--sessions", type=int, default=100_000)
    chosen = options.parse_args()
    is_good = asyncio.run(soak(chosen.program, chosen.sessions))
    print("SOAK PASSED" if is_good else "SOAK FAILED")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
