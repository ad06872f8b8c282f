"""Makes events in every configuration of mcp-agent's logging, and prints what each transport and listener saw. ``events_scenario.py STEPS``."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from mcp_engine.compat import mcp_agent as seams

seams.install(sys.argv[1].split(",") if sys.argv[1] else [])

from mcp_agent.config import LoggerSettings
from mcp_agent.logging import logger as logging_module
from mcp_agent.logging import transport as transports
from mcp_agent.logging.events import EventContext, EventFilter
from mcp_agent.logging.listeners import EventListener, FilteredListener
from mcp_agent.logging.logger import LoggingConfig, get_logger
from rich.console import Console

LEVELS = ("debug", "info", "warning", "error", "progress")


class Seen(logging.Handler):
    """All that was seen, by whom."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def note(self, who: str, *what: Any) -> None:
        self.lines.append(json.dumps([who, *what], default=str))

    def emit(self, record: logging.LogRecord) -> None:
        self.note("logging", record.levelname, record.getMessage(), getattr(record, "event_data", None))


class Display:
    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def update(self, event: Any) -> None:
        self.seen.note("progress", str(event), event.details)


class Upstream:
    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    async def send_log_message(self, level: str, data: dict[str, Any], logger: str | None = None) -> None:
        data.pop("timestamp")
        await asyncio.sleep(0)
        self.seen.note("upstream", level, data, logger)


class Bound:
    def __init__(self, upstream: Any) -> None:
        self.upstream_session = upstream


class Custom(EventListener):
    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    async def handle_event(self, event: Any) -> None:
        self.seen.note("custom", event.type, event.message)


class Failing(FilteredListener):
    async def handle_matched_event(self, event: Any) -> None:
        raise ValueError(f"no {event.message}")


def make_events(round: str) -> None:
    bound = get_logger("bound.one")
    plain = get_logger("mcp_agent.mcp.mcp_aggregator.x", session_id="s-1")
    for level in LEVELS[:4]:
        for logger in (plain, bound):
            getattr(logger, level)(f"{round} {level}", data={"api_key": "secret-1", "n": 1})
        getattr(plain, level)(f"{round} acts", name="named", data={"progress_action": "Calling Tool", "server_name": "s", "tool_name": "t", "agent_name": "a"})
        plain.event(level, None, f"{round} with a context", EventContext(session_id="s-2"), {})
    plain.progress(f"{round} halfway", percentage=0.5)
    bound.event("info", "n", f"{round} event", None, {"k": [1, 2]})


def refused() -> list[str]:
    words = []
    for etype, message, data in (("loud", "m", {}), ("debug", 5, {}), ("debug", "m", [1])):
        try:
            get_logger("bound.one").event(etype, None, message, None, data)  # type: ignore[arg-type]
        except ValueError as error:
            words.append(type(error).__name__)
    return words


async def settled() -> None:
    """Until every event that was made has been handled."""
    while emitting := [task for task in asyncio.all_tasks() if "emit" in str(task.get_coro())]:
        await asyncio.wait(emitting)
    await logging_module.AsyncEventBus.get()._queue.join()


async def play(kind: str, level: str, python_level: int, progress: bool, custom: bool, folder: Path, endpoint: str) -> list[str]:
    seen = Seen()
    transports.AsyncEventBus.reset()
    LoggingConfig._initialized = False
    logging_module._loggers.clear()
    root = logging.getLogger("mcp_agent")
    root.handlers, root.propagate = [seen], False
    root.setLevel(python_level)
    file = folder / f"{kind}-{level}-{python_level}-{progress}-{custom}.jsonl"
    console = io.StringIO()
    transports.console = Console(file=console, width=200)
    transports.print = lambda text: seen.note("printed", text)
    names = kind.split("+")
    settings = LoggerSettings(transports=names, path=str(file), http_endpoint=endpoint, batch_size=3)
    filter = EventFilter(min_level=level)
    transport = transports.create_transport(settings, filter)
    if progress:
        transports.AsyncEventBus.get(transport).add_listener("progress", logging_module.ProgressListener(display=Display(seen)))
    await LoggingConfig.configure(event_filter=filter, transport=transport, progress_display=False)
    bus = transports.AsyncEventBus.get()
    if custom:
        bus.add_listener("custom", Custom(seen))
        bus.add_listener("failing", Failing(EventFilter(min_level="error")))
    get_logger("bound.one", context=Bound(Upstream(seen)))
    make_events("first")
    seen.note("refused", refused())
    await settled()
    LoggingConfig.set_min_level("error")
    LoggingConfig.set_session_min_level("s-1", "error")
    filter.min_level = "warning"
    make_events("stricter")
    await settled()
    LoggingConfig.set_min_level("debug")
    root.setLevel(logging.DEBUG)
    filter.min_level = "debug"
    make_events("all")
    await settled()
    root.setLevel(logging.CRITICAL)
    make_events("last")
    await settled()
    await LoggingConfig.shutdown()
    if "http" in names:
        await _http_of(transport).stop()
    lines = seen.lines + [_without_time(line) for line in (file.read_text().splitlines() if file.exists() else [])]
    # Writing to a file is done by threads, which are not always done in the order that they were asked in.
    return sorted(lines) if "file" in names else [*lines, *(_without_stamp(line) for line in console.getvalue().splitlines())]


def _http_of(transport: Any) -> Any:
    return transport if isinstance(transport, transports.HTTPTransport) else next(one for one in transport.transports if isinstance(one, transports.HTTPTransport))


def _without_time(line: str) -> str:
    entry = json.loads(line)
    entry.pop("timestamp")
    return json.dumps(entry)


def _without_stamp(line: str) -> str:
    """A line of the console, without its time."""
    head, _, rest = line.partition("] ")
    return f"{head}] {rest.split(' ', 1)[-1]}" if rest else line


class Endpoint(BaseHTTPRequestHandler):
    batches: list[Any] = []

    def do_POST(self) -> None:
        events = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Endpoint.batches.append([{key: value for key, value in event.items() if key != "timestamp"} for event in events])
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}/"
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("none", "console", "file", "http", "console+http"):
            for level in LEVELS[:4]:
                for python_level, progress, custom in ((logging.WARNING, True, False), (logging.DEBUG, False, False), (logging.INFO, True, True)):
                    lines = asyncio.run(play(kind, level, python_level, progress, custom, Path(folder), endpoint))
                    print(json.dumps([[kind, level, python_level, progress, custom], lines]))
    print(json.dumps(["http", Endpoint.batches]))


if __name__ == "__main__":
    main()
