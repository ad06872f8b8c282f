"""The step ``executor``, third part: runs that have ended stay ended, and are not kept for ever.

The registry of the engine stands beside that of mcp-agent: it is told of every run and of its end, and says which ones are over for long
enough.
"""

from __future__ import annotations

import functools
import itertools
import os
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..._core import Runs, Scheduler
from .._patches import Patch, Undo
from .._switches import is_kept
from .methods import replace
from .signals import Kept, kept_of

if TYPE_CHECKING:
    import asyncio

__all__ = ["Registering", "Running"]

#: Runs that have ended and are kept, and for how many seconds, unless ``MCP_ENGINE_FINISHED_RUNS`` and ``MCP_ENGINE_FINISHED_SECONDS`` say more.
FINISHED_RUNS = 1024
FINISHED_SECONDS = 3600.0


class Running(Patch):
    """``Workflow`` does not resume what has ended, and takes its signals along at the end."""

    module = "mcp_agent.executor.workflow"

    def apply(self, module: ModuleType) -> Undo:
        workflow = module.Workflow
        legacy_run, legacy_resume, legacy_cancel = workflow.run_async, workflow.resume, workflow.cancel

        @functools.wraps(legacy_run)
        async def run_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            execution = await legacy_run(self, *args, **kwargs)
            task, kept = self._run_task, _kept_by(self)
            if task is not None and kept is not None:
                run_id = self._run_id
                task.add_done_callback(lambda _: kept.forget(run_id=run_id))
            return execution

        @functools.wraps(legacy_resume)
        async def resume(self: Any, *args: Any, **kwargs: Any) -> Any:
            if self._run_id and _is_over(self) and not is_kept("resume"):
                self._logger.error(f"Cannot resume workflow run {self._run_id}: it has ended")
                return False
            return await legacy_resume(self, *args, **kwargs)

        @functools.wraps(legacy_cancel)
        async def cancel(self: Any) -> Any:
            # A signal to what has ended would wait for a run of the same id.
            return True if self._run_id and _has_ended(self) else await legacy_cancel(self)

        return replace(workflow, run_async=run_async, resume=resume, cancel=cancel)


class Registering(Patch):
    """``InMemoryWorkflowRegistry`` forgets runs that have ended."""

    module = "mcp_agent.executor.workflow_registry"

    def apply(self, module: ModuleType) -> Undo:
        registry = module.InMemoryWorkflowRegistry
        legacy = registry.register

        @functools.wraps(legacy)
        async def register(
            self: Any, workflow: Any, run_id: str | None = None, workflow_id: str | None = None, task: Any = None
        ) -> None:
            await legacy(self, workflow, run_id, workflow_id, task)
            if task is not None:
                run, group = run_id or workflow.run_id, workflow_id or workflow.id
                if "_mcp_engine" not in self.__dict__:
                    self._mcp_engine = _Retention(self)
                self._mcp_engine.follow(run, group, task)

        return replace(registry, register=register)


class _Retention:
    """Follows the runs of one registry, and takes out those that are over for long enough."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry
        self._scheduler = Scheduler(tasks=MOST)
        finished = int(os.environ.get("MCP_ENGINE_FINISHED_RUNS", FINISHED_RUNS))
        seconds = float(os.environ.get("MCP_ENGINE_FINISHED_SECONDS", FINISHED_SECONDS))
        self._runs = Runs(
            self._scheduler, runs=MOST, finished=finished, finished_seconds=seconds, name_bytes=1 << 16, bytes=1 << 32
        )
        self._tags = itertools.count()
        #: The run and its workflow, by the tag that the engine knows it by.
        self._known: dict[int, tuple[str, str]] = {}
        #: The last tag of a run: one may be begun again.
        self._last: dict[str, int] = {}

    def follow(self, run_id: str, workflow_id: str, task: asyncio.Task[Any]) -> None:
        tag = next(self._tags)
        try:
            run = self._runs.open(workflow_id, f"{tag}", tag=tag)
        except BaseException:
            # What the registry does not know cannot be cancelled by it later.
            task.cancel()
            raise
        self._runs.start(run)
        self._known[tag] = (run_id, workflow_id)
        self._last[run_id] = tag
        task.add_done_callback(lambda done: self._ended(run, done))
        self._forget()

    def _ended(self, run: int, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self._runs.cancel(run)
        elif task.exception() is not None:
            self._runs.fail(run)
        else:
            self._runs.finish(run)
        self._forget()

    def _forget(self) -> None:
        self._runs.handle_timeout()
        while (event := self._scheduler.poll_event()) is not None:
            self._runs.scope_ended(event.id, event.outcome or "cancelled")
        while self._runs.poll_event() is not None:
            pass
        for tag in self._runs.forgotten():
            run_id, workflow_id = self._known.pop(tag)
            if self._last.get(run_id) == tag:
                del self._last[run_id]
                if not is_kept("retention"):
                    self._take_out(run_id, workflow_id)

    def _take_out(self, run_id: str, workflow_id: str) -> None:
        registry = self._registry
        registry._workflows.pop(run_id, None)
        registry._tasks.pop(run_id, None)
        runs = registry._workflow_ids.get(workflow_id, [])
        if run_id in runs:
            runs.remove(run_id)
        if not runs:
            registry._workflow_ids.pop(workflow_id, None)


def _has_ended(workflow: Any) -> bool:
    return workflow._run_task is not None and workflow._run_task.done()


def _is_over(workflow: Any) -> bool:
    """Whether a run has ended, or is about to with that status."""
    return _has_ended(workflow) or (workflow._run_task is not None and workflow.state.status in ("completed", "error", "cancelled"))


def _kept_by(workflow: Any) -> Kept | None:
    """The signals that are kept where the run gets its own from."""
    handler = getattr(getattr(workflow.context, "executor", None), "signal_bus", None)
    return kept_of(handler) if any(base.__name__ == "AsyncioSignalHandler" for base in type(handler).__mro__) else None


#: Runs that one registry knows.
MOST = 1 << 20
