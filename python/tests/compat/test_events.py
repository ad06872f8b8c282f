"""The step ``events``: whoever sees events of mcp-agent sees the same ones, and those that nobody sees are not made."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp_agent")

from mcp_agent.agents import agent
from mcp_agent.logging import logger as logging_module
from mcp_agent.logging.events import Event, EventFilter
from mcp_agent.logging.listeners import EventListener
from mcp_agent.logging.logger import LoggingConfig, get_logger
from mcp_agent.logging.transport import AsyncEventBus
from mcp_agent.mcp import mcp_aggregator
from opentelemetry import trace

from mcp_engine.compat import mcp_agent


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    loggers = dict(logging_module._loggers)
    AsyncEventBus.reset()
    LoggingConfig._initialized = False
    logging_module._loggers.clear()
    yield
    mcp_agent.uninstall()
    AsyncEventBus.reset()
    logging_module._loggers.clear()
    logging_module._loggers.update(loggers)


def scenario(steps: str) -> list[str]:
    program = Path(__file__).with_name("events_scenario.py")
    done = subprocess.run([sys.executable, "-W", "ignore", str(program), steps], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_transport_and_listener_sees_at_every_level_what_it_saw_before() -> None:
    before, now = scenario(""), scenario("events")
    assert len(before) == 61 and sum(map(len, before)) > 500_000
    assert before == now


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events that loggers make."""
    messages: list[str] = []

    def make(**fields: Any) -> Event:
        messages.append(fields["message"])
        return Event(**fields)

    monkeypatch.setattr(logging_module, "Event", make)
    return messages


def with_logging(main: Any, **options: Any) -> None:
    async def run() -> None:
        await LoggingConfig.configure(progress_display=False, **options)
        try:
            await main(get_logger("one"))
        finally:
            await LoggingConfig.shutdown()

    asyncio.run(run())


def test_an_event_that_nobody_would_see_is_neither_made_nor_given_a_task(made: list[str]) -> None:
    async def main(logger: Any) -> None:
        before = len(asyncio.all_tasks())
        logger.debug("unseen")
        logger.info("unseen either", data={"n": 1})
        assert len(asyncio.all_tasks()) == before
        logger.error("seen")
        assert len(asyncio.all_tasks()) == before

    mcp_agent.install(["events"])
    with_logging(main, event_filter=EventFilter(min_level="info"))
    assert made == ["seen"]


def test_without_the_step_all_events_are_made(made: list[str]) -> None:
    async def main(logger: Any) -> None:
        logger.debug("unseen")

    with_logging(main, event_filter=EventFilter(min_level="info"))
    assert made == ["unseen"]


def test_a_level_that_is_changed_counts_from_the_next_event_on(made: list[str]) -> None:
    root = logging.getLogger("mcp_agent")
    level = root.level
    filter = EventFilter(min_level="warning")

    async def main(logger: Any) -> None:
        root.setLevel(logging.DEBUG)
        logger.info("one")
        filter.min_level = "info"
        logger.info("two")
        root.setLevel(logging.ERROR)
        logger.info("three")

    mcp_agent.install(["events"])
    try:
        with_logging(main, event_filter=filter)
    finally:
        root.setLevel(level)
    assert made == ["two"]


class Stranger(EventListener):
    def __init__(self) -> None:
        self.seen: list[str] = []

    async def handle_event(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.seen.append(event.message)


def test_a_listener_of_somebody_else_sees_everything(made: list[str]) -> None:
    stranger = Stranger()

    async def main(logger: Any) -> None:
        AsyncEventBus.get().add_listener("stranger", stranger)
        for number in range(100):
            logger.debug(f"{number}")
        await AsyncEventBus.get()._queue.join()

    mcp_agent.install(["events"])
    with_logging(main)
    assert stranger.seen == [f"{number}" for number in range(100)]


def test_a_filter_and_a_transport_of_somebody_else_are_asked_themselves(made: list[str]) -> None:
    class Odd(EventFilter):
        def matches(self, event: Event) -> bool:
            return event.message == "odd"

    class Kept:
        def __init__(self) -> None:
            self.seen: list[str] = []

        async def send_event(self, event: Event) -> None:
            self.seen.append(event.message)

    kept = Kept()

    async def main(logger: Any) -> None:
        logger.debug("odd")
        logger.debug("even")
        await asyncio.sleep(0)
        await AsyncEventBus.get()._queue.join()

    mcp_agent.install(["events"])
    with_logging(main, event_filter=Odd(), transport=kept)
    assert kept.seen == made == ["odd", "even"]


@pytest.mark.parametrize("module", [agent, mcp_aggregator])
def test_a_span_is_made_where_somebody_could_record_it_and_only_there(module: Any) -> None:
    class Context:
        tracing_enabled = False
        tracer: Any = None

    class Tracer:
        """One of the application's own."""

    unseen, traced, own = Context(), Context(), Context()
    traced.tracing_enabled = True
    own.tracer = Tracer()
    mcp_agent.install(["events"])
    before = trace.get_current_span()
    with module.get_tracer(unseen).start_as_current_span("unseen", kind=trace.SpanKind.CLIENT) as span:
        span.set_attribute("a", 1)
        assert isinstance(module.get_tracer(unseen), trace.Tracer)
        assert span is trace.INVALID_SPAN and trace.get_current_span() is before
    assert isinstance(module.get_tracer(traced), trace.ProxyTracer)
    assert module.get_tracer(own) is own.tracer
    mcp_agent.uninstall()
    assert isinstance(module.get_tracer(unseen), trace.ProxyTracer)


def test_events_that_wait_when_the_bus_stops_are_handed_on() -> None:
    stranger = Stranger()

    async def main(logger: Any) -> None:
        AsyncEventBus.get().add_listener("stranger", stranger)
        for number in range(10):
            logger.info(f"{number}")

    mcp_agent.install(["events"])
    with_logging(main)
    assert stranger.seen == [f"{number}" for number in range(10)]


def test_an_event_outside_of_a_loop_is_made_as_before() -> None:
    code = """
    import sys
    from mcp_engine.compat import mcp_agent
    mcp_agent.install(sys.argv[1:])
    from mcp_agent.logging import logger, transport
    bus = transport.AsyncEventBus.get()
    bus._running = True
    bus.init_queue = lambda: setattr(bus, "_queue", __import__("asyncio").Queue())
    logger.get_logger("one").info("no loop")
    print(bus._queue.get_nowait().message)
    """
    for steps in ([], ["events"]):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), *steps], capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == "no loop", done.stderr
