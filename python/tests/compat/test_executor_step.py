"""The step `executor` of mcp_engine.compat.mcp_agent: each bug is there without it, is gone with it, and comes back by its switch."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
import uuid
import warnings
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from buses import bus_that_ends

pytest.importorskip("mcp_agent")
pytestmark = pytest.mark.filterwarnings("ignore")

with warnings.catch_warnings():
    # mcp-agent is older than its libraries.
    warnings.simplefilter("ignore")
    from mcp_agent.app import MCPApp
    from mcp_agent.config import LoggerSettings, Settings, WorkflowTaskRetryPolicy
    from mcp_agent.executor.executor import AsyncioExecutor, ExecutorConfig
    from mcp_agent.executor.workflow import Workflow, WorkflowResult
    from mcp_agent.executor.workflow_registry import InMemoryWorkflowRegistry
    from mcp_agent.executor.workflow_signal import AsyncioSignalHandler, Signal

from mcp_engine.compat import mcp_agent

Behaviour = Callable[[], Awaitable[Any]]


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    mcp_agent.uninstall()


def settings(**more: Any) -> Settings:
    return Settings(logger=LoggerSettings(type="none", progress_display=False), **more)


def in_an_app(behaviour: Callable[[Any], Awaitable[Any]], **more: Any) -> Any:
    async def main() -> Any:
        async with asyncio.timeout(30), bus_that_ends():
            async with MCPApp(name="tests", settings=settings(**more)).run() as app:
                return await behaviour(app)

    return asyncio.run(main())


def executor_of(app: Any, **config: Any) -> AsyncioExecutor:
    executor = AsyncioExecutor(config=ExecutorConfig(**config))
    executor._context = app.context
    return executor


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


class Waiting(Workflow[str]):
    """Waits to be resumed, and returns what it is resumed with."""

    async def run(self, *_: Any) -> WorkflowResult[str]:
        value = await self.executor.wait_for_signal("resume", workflow_id=self.id, run_id=self.run_id)
        return WorkflowResult(value=value)


async def started(app: Any) -> Waiting:
    workflow = await Waiting.create(context=app.context)
    pending = app.context.executor.signal_bus._pending_signals
    before = len(pending.get("resume", ()))
    await workflow.run_async()
    await until(lambda: len(pending.get("resume", ())) == len(pending.get("cancel", ())) == before + 1)
    return workflow


async def end_of(workflow: Waiting) -> str:
    await asyncio.wait([workflow._run_task], timeout=1.0)
    return workflow.state.status


async def cancelling_one_run(app: Any) -> Any:
    first, second = await started(app), await started(app)
    await first.cancel()
    await end_of(first)
    for _ in range(20):
        await asyncio.sleep(0)
    statuses = [first.state.status, second.state.status]
    await second.resume("resume", "go on")
    await end_of(second)
    return statuses


async def a_map(app: Any) -> Any:
    executor, now, peak = executor_of(app), 0, 0
    executor.config.max_concurrent_activities = 2

    async def work(item: int) -> int:
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        await asyncio.sleep(0.001)
        now -= 1
        return item

    assert await executor.map(work, list(range(10))) == list(range(10))
    return peak


async def positional_arguments(app: Any) -> Any:
    async def add(*numbers: int) -> int:
        return sum(numbers)

    return await app.executor.execute_many([add, add], 1, 2)


async def retries(app: Any) -> Any:
    attempts = []

    async def flaky() -> int:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("not yet")
        return len(attempts)

    policy = {"maximum_attempts": 3, "initial_interval": 0.001}
    found = await executor_of(app, retry_policy=policy).execute(flaky)
    late = await executor_of(app, timeout_seconds=timedelta(seconds=0.02)).execute(functools.partial(asyncio.sleep, 0.1, "late"))
    return type(found).__name__, type(late).__name__


async def resuming_what_has_ended(app: Any) -> Any:
    workflow = await started(app)
    await workflow.resume("resume", "value")
    await end_of(workflow)
    return await workflow.resume(), workflow.state.status


async def a_signal_before_the_wait(app: Any) -> Any:
    bus = app.executor.signal_bus
    await bus.signal(Signal(name="early", payload="here", run_id="r"))
    try:
        return await bus.wait_for_signal(Signal(name="early", run_id="r"), timeout_seconds=0.02)
    except TimeoutError as error:
        return str(error)


async def many_runs(app: Any) -> Any:
    registry = InMemoryWorkflowRegistry()
    for n in range(5):
        workflow = await Waiting.create(context=app.context)
        workflow._workflow_id, workflow._run_id = "waiting", f"{n}"
        task = asyncio.create_task(asyncio.sleep(0))
        await registry.register(workflow, task=task)
        await task
        await asyncio.sleep(0)
    assert (len(registry._tasks), len(registry._workflow_ids["waiting"])) == (len(registry._workflows),) * 2
    return [workflow.run_id for workflow in await registry.list_workflows()]


FIXES = [
    ("cancel", cancelling_one_run, ["cancelled", "cancelled"], ["cancelled", "running"]),
    ("map", a_map, 10, 2),
    ("arguments", positional_arguments, [0, 0], [3, 3]),
    ("retries", retries, ("OSError", "str"), ("int", "TimeoutError")),
    ("resume", resuming_what_has_ended, (True, "running"), (False, "completed")),
    ("mailbox", a_signal_before_the_wait, "Timeout waiting for signal early", "here"),
    ("retention", many_runs, ["0", "1", "2", "3", "4"], ["3", "4"]),
]


@pytest.mark.parametrize("switch, behaviour, legacy, fixed", FIXES, ids=[fix[0] for fix in FIXES])
def test_a_bug_is_there_without_the_step_and_gone_with_it(
    switch: str, behaviour: Any, legacy: Any, fixed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_ENGINE_FINISHED_RUNS", "2")
    assert in_an_app(behaviour) == legacy
    mcp_agent.install(["executor"])
    assert in_an_app(behaviour) == fixed
    mcp_agent.install(["executor"], legacy=[switch])
    assert in_an_app(behaviour) == legacy
    mcp_agent.install(["executor"], legacy=[other for other, *_ in FIXES if other != switch])
    assert in_an_app(behaviour) == fixed
    mcp_agent.uninstall()
    monkeypatch.setenv("MCP_ENGINE_LEGACY", f"{switch},")
    mcp_agent.install(["executor"])
    assert in_an_app(behaviour) == legacy
    mcp_agent.uninstall()
    assert in_an_app(behaviour) == legacy


def test_a_switch_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no switch 'nonsense'"):
        mcp_agent.install(["executor"], legacy=["nonsense"])
    assert mcp_agent.status()["executor"] == "off"


def test_results_and_exceptions_are_those_without_the_step() -> None:
    class Callable_:
        async def __call__(self, word: str) -> str:
            return word

    async def behaviour(app: Any) -> Any:
        executor = app.executor

        async def fine(word: str = "fine") -> str:
            return word

        async def fails(*_: str, **__: str) -> None:
            raise KeyError("mine")

        async def cancels() -> None:
            raise asyncio.CancelledError

        def plain(word: str = "plain") -> str:
            return word

        def makes(word: str = "made") -> Any:
            return fine(word)

        def thread() -> bool:
            return threading.current_thread() is threading.main_thread()

        shown = lambda value: f"{type(value).__name__} {value}"
        one = [await executor.execute(task) for task in (fine, fine(), fails, plain, makes, thread, functools.partial(fine, "partial"))]
        one += [await executor.execute(task, "word") for task in (fine, plain, makes, Callable_())]
        one += [await executor.execute(task, word="keyword") for task in (fine, plain, makes)]
        many = await executor.execute_many([fine, fine(), fails, plain, makes, cancels])
        many += await executor.execute_many([fine, plain, fails], word="keyword")
        many += await executor.execute_many([])
        streamed = sorted([shown(result) async for result in executor.execute_streaming([fine, fails, plain], "word")])
        mapped = await executor.map(lambda word: fails() if word == "b" else fine(word), ["a", "b", "c"])
        mapped += await executor.map(lambda n: [n, n], [1, 2])
        try:
            await executor.execute(cancels)
        except asyncio.CancelledError:
            one.append("cancelled")
        return [shown(result) for result in one + many + mapped], streamed

    legacy = in_an_app(behaviour)
    mcp_agent.install(["executor"])
    assert in_an_app(behaviour) == legacy


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("verb", ["execute", "execute_many", "execute_streaming", "map", "limited"])
def test_a_cancelled_caller_cancels_its_own(verb: str, steps: int) -> None:
    mcp_agent.install(["executor"])

    async def behaviour(app: Any) -> None:
        begun, ended = [], []

        async def work(*_: Any) -> None:
            begun.append(1)
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(1)

        executor = executor_of(app, max_concurrent_activities=2 if verb == "limited" else None)

        async def call() -> None:
            if verb == "execute":
                await executor.execute(work)
            elif verb == "map":
                await executor.map(work, [1, 2, 3])
            elif verb == "execute_streaming":
                async for _ in executor.execute_streaming([work, work()]):
                    pass
            else:
                await executor.execute_many([work, work(), work])

        other = asyncio.create_task(app.executor.execute(asyncio.sleep, 0.05, "done"))
        caller = asyncio.create_task(call())
        for _ in range(steps):
            await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert len(begun) == len(ended)
        assert await other == "done"

    in_an_app(behaviour)


def test_a_thousand_at_one_time_and_timeouts_of_callers() -> None:
    mcp_agent.install(["executor"])

    async def behaviour(app: Any) -> None:
        async def work(n: int) -> int:
            await asyncio.sleep(0)
            return n

        calls = [functools.partial(work, n) for n in range(1000)]
        assert await app.executor.execute_many(calls) == list(range(1000))
        assert await executor_of(app, max_concurrent_activities=3).execute_many(calls) == list(range(1000))
        assert await app.executor.map(time.sleep, [0.0] * 1000) == [None] * 1000
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await app.executor.execute_many([functools.partial(asyncio.sleep, 3600)] * 1000)

    in_an_app(behaviour)


def test_without_limits_each_call_is_a_task_with_a_context_of_its_own() -> None:
    mcp_agent.install(["executor"])
    who = contextvars.ContextVar("who", default="nobody")

    async def behaviour(app: Any) -> None:
        async def work(name: str) -> tuple[str, Any]:
            seen = who.get()
            who.set(name)
            await asyncio.sleep(0)
            assert who.get() == name
            return seen, asyncio.current_task()

        who.set("caller")
        found = await app.executor.execute_many([work("a"), work("b"), functools.partial(work, "c")])
        assert [seen for seen, _ in found] == ["caller"] * 3
        assert len({task for _, task in found} | {asyncio.current_task()}) == 4
        assert who.get() == "caller"

        made: list[str] = []

        def factory(loop: Any, coroutine: Any, **more: Any) -> Any:
            made.append(coroutine.__name__)
            return asyncio.Task(coroutine, loop=loop, **more)

        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        await app.executor.execute_many([work("a"), work("b")])
        loop.set_task_factory(None)
        assert made.count("work") == 2

    in_an_app(behaviour)


def test_a_coroutine_that_is_given_twice_fails_once_as_without_the_step() -> None:
    async def behaviour(app: Any) -> Any:
        async def work() -> str:
            await asyncio.sleep(0.001)
            return "done"

        once = work()
        begun = work()
        waiting = asyncio.ensure_future(begun)
        await asyncio.sleep(0)
        found = await app.executor.execute_many([once, once, begun])
        return [f"{type(one).__name__} {one}" for one in found], await waiting

    legacy = in_an_app(behaviour)
    mcp_agent.install(["executor"])
    assert in_an_app(behaviour) == legacy == (["str done"] + ["RuntimeError coroutine is being awaited already"] * 2, "done")


@pytest.mark.parametrize("steps", [[], ["executor"]])
def test_who_does_not_stop_is_waited_for(steps: list[str]) -> None:
    mcp_agent.install(steps)

    async def behaviour(app: Any) -> None:
        ended, may_end = [], asyncio.Event()

        async def stubborn() -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await may_end.wait()
                ended.append(1)

        caller = asyncio.create_task(app.executor.execute_many([stubborn(), stubborn()]))
        for _ in range(5):
            await asyncio.sleep(0)
        caller.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not caller.done() and not ended
        may_end.set()
        await asyncio.wait([caller])
        assert caller.cancelled() and len(ended) == 2

    in_an_app(behaviour)


def test_policies_are_found_by_names() -> None:
    mcp_agent.install(["executor"])
    policies = {
        "*": WorkflowTaskRetryPolicy(maximum_attempts=1),
        "tools.*": WorkflowTaskRetryPolicy(maximum_attempts=2, initial_interval=0.001),
        "search": WorkflowTaskRetryPolicy(maximum_attempts=3, initial_interval=0.001),
        "tools.web.search": WorkflowTaskRetryPolicy(maximum_attempts=4, initial_interval=0.001, non_retryable_error_types=["ValueError"]),
    }

    async def behaviour(app: Any) -> list[int]:
        counts = []
        for name, error in [
            ("other", OSError),
            ("tools.read", OSError),
            ("files.search", OSError),
            ("tools.web.search", OSError),
            ("tools.web.search", ValueError),
        ]:
            attempts: list[int] = []

            @app.workflow_task(name=name)
            async def task(error: type[Exception] = error, attempts: list[int] = attempts) -> None:
                attempts.append(1)
                raise error("always")

            (result,) = await app.executor.execute_many([task])
            assert type(result) is error
            counts.append(len(attempts))
            app.context.task_registry._activities.clear()
        return counts

    assert in_an_app(behaviour, workflow_task_retry_policies=policies) == [1, 2, 3, 4, 1]


def test_loops_and_threads_have_the_same_executor() -> None:
    mcp_agent.install(["executor"])

    async def behaviour(app: Any) -> None:
        executor = executor_of(app, max_concurrent_activities=2)
        task = functools.partial(asyncio.sleep, 0.001, "done")
        elsewhere = [asyncio.to_thread(lambda: asyncio.run(executor.execute_many([task] * 10))) for _ in range(3)]
        for results in await asyncio.gather(executor.execute_many([task] * 10), *elsewhere):
            assert results == ["done"] * 10

    in_an_app(behaviour)


def test_signals_reach_whom_they_name() -> None:
    mcp_agent.install(["executor"])

    async def main() -> None:
        bus = AsyncioSignalHandler()
        addresses = [{}, {"workflow_id": "w"}, {"workflow_id": "w", "run_id": "1"}, {"run_id": "2"}]
        for sent, reached in [({}, [0, 1, 2, 3]), ({"workflow_id": "w"}, [0, 1, 2, 3]), ({"workflow_id": "x"}, [0, 3]), ({"workflow_id": "w", "run_id": "1"}, [0, 1, 2])]:
            waits = [asyncio.create_task(bus.wait_for_signal(Signal(name="s", **address))) for address in addresses]
            await asyncio.sleep(0)
            await bus.signal(Signal(name="s", payload=str(sent), **sent))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert [n for n, wait in enumerate(waits) if wait.done()] == reached
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            assert bus._pending_signals == {}

    asyncio.run(main())


def test_what_is_kept_is_bounded_in_order_and_goes_with_its_run() -> None:
    from mcp_engine.compat._steps.signals import KEPT_SIGNALS, kept_of

    mcp_agent.install(["executor"])

    async def main() -> None:
        bus = AsyncioSignalHandler()
        for n in range(KEPT_SIGNALS + 10):
            await bus.signal(Signal(name="s", payload=str(n), run_id="1"))
        assert len(kept_of(bus)) == KEPT_SIGNALS
        waited = [await bus.wait_for_signal(Signal(name="s", run_id="1")) for _ in range(2)]
        assert waited == ["10", "11"]
        kept_of(bus).forget(run_id="1")
        with pytest.raises(TimeoutError):
            await bus.wait_for_signal(Signal(name="s", run_id="1"), timeout_seconds=0.01)

    asyncio.run(main())


def test_who_waits_when_the_step_is_taken_back_is_woken_nevertheless() -> None:
    async def main() -> None:
        bus = AsyncioSignalHandler()
        mcp_agent.install(["executor"])
        ours = asyncio.create_task(bus.wait_for_signal(Signal(name="s")))
        await asyncio.sleep(0)
        mcp_agent.uninstall()
        theirs = asyncio.create_task(bus.wait_for_signal(Signal(name="s")))
        await asyncio.sleep(0)
        await bus.signal(Signal(name="s", payload="one"))
        assert [await ours, await theirs] == ["one", "one"]
        theirs = asyncio.create_task(bus.wait_for_signal(Signal(name="s")))
        await asyncio.sleep(0)
        mcp_agent.install(["executor"])
        await bus.signal(Signal(name="s", payload="two"))
        assert await theirs == "two"

    asyncio.run(main())


def test_an_application_runs_signals_resumes_and_cancels_its_workflows() -> None:
    mcp_agent.install()

    async def main() -> None:
        app = MCPApp(name="whole", settings=settings())

        @app.workflow_task(name="whole.shout")
        async def shout(word: str) -> str:
            return word.upper()

        @app.workflow
        class Approval(Workflow[str]):
            @app.workflow_run
            async def run(self, word: str) -> WorkflowResult[str]:
                loud = await self.executor.execute(shout, word)
                by = await self.executor.wait_for_signal("approve", workflow_id=self.id, run_id=self.run_id)
                return WorkflowResult(value=f"{loud} by {by}")

        async with bus_that_ends(), app.run() as running:
            registry = running.context.workflow_registry
            runs = []
            for word in ("one", "two", "three"):
                workflow = await Approval.create(context=running.context)
                execution = await workflow.run_async(word)
                uuid.UUID(execution.run_id)
                runs.append((execution.run_id, workflow))
            # Two at once, before any of them has begun to wait.
            assert await registry.resume_workflow(run_id=runs[0][0], signal_name="approve", payload="Ada")
            assert await registry.cancel_workflow(run_id=runs[1][0])
            await asyncio.wait([runs[0][1]._run_task, runs[1][1]._run_task], timeout=10)
            statuses = [await registry.get_workflow_status(run_id=run) for run, _ in runs]
            assert [status["status"] for status in statuses] == ["completed", "cancelled", "running"]
            assert statuses[0]["result"]["value"] == "ONE by Ada"
            assert not await registry.resume_workflow(run_id=runs[0][0])
            # The last run of a workflow is meant where no run is named.
            assert await registry.resume_workflow(workflow_id="Approval", signal_name="approve", payload="Bob")
            assert (await runs[2][1]._run_task).value == "THREE by Bob"
            assert {status["status"] for status in await registry.list_workflow_statuses()} == {"completed", "cancelled"}
            assert not await registry.cancel_workflow(run_id="nobody")

    asyncio.run(main())
