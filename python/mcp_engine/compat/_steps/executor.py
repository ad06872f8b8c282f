"""The step ``executor``, first part: what ``AsyncioExecutor`` is given runs on the scheduler of the engine, where there is something to decide.

The limit, the timeout and the retries of its configuration hold, as they are when something is executed. Exceptions are returned, as before,
and logged with the same words. A class that has overridden how one task is executed goes on as before.
"""

from __future__ import annotations

import contextvars
import functools
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from types import ModuleType
from typing import Any

from ..._jobs import Failure
from .._patches import Patch, Undo
from .._switches import is_kept
from .methods import replace

__all__ = ["Executing"]


class Executing(Patch):
    """``AsyncioExecutor`` runs on ``mcp_engine.Executor``."""

    module = "mcp_agent.executor.executor"

    def apply(self, module: ModuleType) -> Undo:
        executor = module.AsyncioExecutor
        legacy = {name: getattr(executor, name) for name in (*TRACED, "_execute_task", "map")}
        own = {**_tasks(module), **_many(module, legacy), **_signals(module)}
        return replace(executor, **{name: _traced(module, name, method) for name, method in own.items()})


def _tasks(module: ModuleType) -> dict[str, Any]:
    """How one task is executed."""
    from . import engine

    base = module.Executor

    async def _execute_task(self: Any, task: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await engine.of(self, is_unlimited=_is_unlimited.get()).run(task, args, kwargs)
        except Exception as error:
            module.logger.error(f"Error executing task: {error}")
            return error

    async def execute(self: Any, task: Any, *args: Any, **kwargs: Any) -> Any:
        if type(self).execution_context is base.execution_context:
            return await self._execute_task(task, *args, **kwargs)
        async with self.execution_context():
            return await self._execute_task(task, *args, **kwargs)

    return {"_execute_task": _execute_task, "execute": execute}


def _many(module: ModuleType, legacy: dict[str, Any]) -> dict[str, Any]:
    """How many are."""
    from . import engine

    base, executor = module.Executor, module.AsyncioExecutor

    def is_own(self: Any, name: str) -> bool:
        """Whether somebody has a way of their own for one task, which is asked then."""
        return name in self.__dict__ or getattr(type(self), name) is not getattr(executor, name)

    told = functools.partial(_told, module)

    async def execute_many(self: Any, tasks: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        args = () if is_kept("arguments") else args
        if is_own(self, "_execute_task"):
            return await legacy["execute_many"](self, engine.all_bound(tasks, args, {}), **kwargs)
        if type(self).execution_context is base.execution_context:
            return told(await engine.of(self).gather(engine.all_bound(tasks, args, kwargs)))
        async with self.execution_context():
            return told(await engine.of(self).gather(engine.all_bound(tasks, args, kwargs)))

    async def execute_streaming(self: Any, tasks: Iterable[Any], *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        if is_own(self, "_execute_task"):
            async for result in legacy["execute_streaming"](self, list(tasks), *args, **kwargs):
                yield result
            return
        async with self.execution_context():
            calls = engine.all_bound(tasks, args, kwargs)
            completed = engine.of(self).as_completed(calls)
            try:
                async for result in completed:
                    (result,) = told([result])
                    if isinstance(result, BaseException) and not isinstance(result, Exception):
                        raise result
                    yield result
            finally:
                await completed.aclose()

    async def map(self: Any, func: Any, inputs: Sequence[Any], **kwargs: Any) -> list[Any]:
        if is_kept("map"):
            token = _is_unlimited.set(True)
            try:
                return await legacy["map"](self, func, inputs, **kwargs)
            finally:
                _is_unlimited.reset(token)
        if is_own(self, "_execute_task") or is_own(self, "execute"):
            found = await engine.of(self).map_by(lambda item: self.execute(functools.partial(func, item), **kwargs), inputs)
        else:
            found = await engine.of(self).gather([functools.partial(func, item, **kwargs) for item in inputs])
        flat: list[Any] = []
        for result in told(found):
            flat.extend(result if isinstance(result, list) else [result])
        return flat

    return {"execute_many": execute_many, "execute_streaming": execute_streaming, "map": map}


def _told(module: ModuleType, results: list[Any]) -> list[Any]:
    """Exceptions among the results, as they are returned."""
    if Failure not in map(type, results):
        return results
    for at, result in enumerate(results):
        if type(result) is Failure:
            results[at] = result.error
            if isinstance(result.error, Exception):
                module.logger.error(f"Error executing task: {result.error}")
    return results


def _signals(module: ModuleType) -> dict[str, Any]:
    """What is only freed from spans that nobody records."""
    base = module.Executor

    async def signal(self: Any, *args: Any, **kwargs: Any) -> None:
        await base.signal(self, *args, **kwargs)

    async def wait_for_signal(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await base.wait_for_signal(self, *args, **kwargs)

    return {"signal": signal, "wait_for_signal": wait_for_signal}


def _traced(module: ModuleType, name: str, method: Any) -> Any:
    """A method in a span, as before, but only where somebody records it: to write down the arguments costs more than to execute."""
    if name not in TRACED:
        return method
    recorded = module.telemetry.traced(f"AsyncioExecutor.{name}")(method)

    @functools.wraps(method)
    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        return (recorded if is_recorded(self) else method)(self, *args, **kwargs)

    return traced


def is_recorded(executor: Any) -> bool:
    """Whether spans go anywhere."""
    context = context_of(executor)
    if context is not None and context.tracing_enabled:
        return True
    # mcp-agent has imported it.
    trace: Any = sys.modules["opentelemetry.trace"]
    return not isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider))


def context_of(executor: Any) -> Any:
    """The context of an executor, where there is one: none is made by asking."""
    own = executor._context
    if own is not None:
        return own
    core = sys.modules.get(_core_of(type(executor).__module__)) or sys.modules.get("mcp_agent.core.context")
    if core is None:
        return None
    return core.get_current_request_context() or core._global_context


def _core_of(module: str) -> str:
    """The module of contexts beside that of an executor, which may belong to a copy of the sources."""
    return f"{module.removesuffix('mcp_agent.executor.executor')}mcp_agent.core.context"


#: Whether a task is executed for a map that keeps no limit.
_is_unlimited: contextvars.ContextVar[bool] = contextvars.ContextVar("is_unlimited", default=False)
#: What is executed in a span.
TRACED = ("execute", "execute_many", "execute_streaming", "signal", "wait_for_signal")
