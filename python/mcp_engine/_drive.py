"""The driver of a scheduler on one event loop: starts what is ready, stops what should, and gives results to whoever waits.

Coroutines run on the loop, each attempt in a task of its own, and functions on threads. One call of the scheduler goes with each turn of
the loop, whatever was submitted and given back since. A permit comes back only when nothing runs any more of what it was for.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent import futures
from typing import TYPE_CHECKING, Any

from ._core import Scheduler
from ._jobs import Batch, Call, Failure, Job, Stoppable, is_asynchronous, is_coroutine
from ._loops import Loop, Timer, running_loop
from ._threads import Runner
from .errors import ClosedError, MisuseError

if TYPE_CHECKING:
    from .executor import Lane

__all__ = ["Driver", "kind_of"]


def kind_of(error: BaseException) -> str | None:
    """What a policy knows a failure by: the name of its class."""
    return type(error).__name__


class Driver:
    """Drives a scheduler on the loop that runs when it is made."""

    def __init__(self, scheduler: Scheduler, threads: Runner, kind: Callable[[BaseException], str | None] = kind_of) -> None:
        self.scheduler = scheduler
        self.loop: Loop = running_loop()
        self.is_closed = False
        #: Jobs that something waits for or runs of, by tag.
        self.jobs: dict[int, Job] = {}
        self._threads = threads
        self._kind = kind
        self._asyncio = asyncio._get_running_loop()
        self._tags = 0
        #: How many jobs wait for their turn.
        self._waiting = 0
        #: Permits that are to be given back with success.
        self._returned: list[int] = []
        #: What threads have done, and whether the loop was told.
        # One for each job that runs at most.
        self._landed: deque[tuple[Job, Any, BaseException | None]] = deque()
        self._is_told = False
        self._turns = False
        self._timer: Timer | None = None
        self._due: float | None = None
        self._idle: list[Any] = []
        #: Who waits for room in a queue.
        self._crowded: list[Any] = []
        #: What runs in the task of its caller, by the number of its permit, and what of it was stopped.
        self._inline: dict[int, Stoppable] = {}
        self._stopped: set[int] = set()

    # What callers do.

    def submit(self, lane: Lane, calls: Sequence[Call], batch: Batch, at: int = 0) -> list[Job]:
        """Takes calls in, whose results are those of a batch from an index on. Raises LimitError, and then none was taken in."""
        self.assert_open()
        jobs = [Job(self, call, batch, index) for index, call in enumerate(calls, at)]
        first = self._tags
        # What is refused has its tags too: they come back with what is told of its end.
        self._tags += len(jobs)
        ids = self.scheduler.submit_many(lane.key, len(jobs), tag=first, **lane.times())
        batch.retries = lane.policy != 0
        self._waiting += len(jobs)
        known, tag = self.jobs, first
        for job, id in zip(jobs, ids, strict=True):
            job.id, job.tag = id, tag
            known[tag] = job
            tag += 1
        return jobs

    async def inline(self, lane: Lane, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs a coroutine function in the task of the caller, once it may run."""
        scheduler = self.scheduler
        if self._returned:
            self.turn()
        ready = scheduler.try_start(lane.key)
        if ready is None:
            return NOT_NOW
        try:
            result = await self._run_here(ready.id, function(*args, **kwargs))
        except BaseException:
            scheduler.complete(ready.id, "abandoned")
            self._forget_inline(ready.id)
            self.turn()
            raise
        self._returned.append(ready.id)
        self._forget_inline(ready.id)
        self.turn()
        return result

    async def _run_here(self, id: int, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Awaits a coroutine in the task of the caller, so that ``close`` can stop it."""
        if self._asyncio is None:
            return await self._run_here_in_trio(id, coroutine)
        task = asyncio.current_task(self._asyncio)
        if task is not None:
            self._inline[id] = task
        try:
            return await coroutine
        except asyncio.CancelledError:
            if task is not None and id in self._stopped:
                # It is the coroutine that was cancelled, and not its caller.
                task.uncancel()
            raise

    async def _run_here_in_trio(self, id: int, coroutine: Coroutine[Any, Any, Any]) -> Any:
        import trio

        with trio.CancelScope() as scope:
            self._inline[id] = scope
            return await coroutine
        raise futures.CancelledError

    def _forget_inline(self, id: int) -> None:
        self._inline.pop(id, None)
        self._stopped.discard(id)
        self._wake_idle()

    async def result_of(self, batch: Batch) -> Any:
        """The result of a batch of one."""
        await self.wait(batch)
        (result,) = batch.results
        if type(result) is Failure:
            raise result.error
        return result

    async def wait(self, batch: Batch) -> None:
        """Waits for a batch. A caller that is cancelled cancels it, and waits until it is gone."""
        stopped: BaseException | None = None
        cancelled = self.loop.cancelled
        while batch.left:
            waiter = self.loop.future()
            batch.waiters.append(waiter)
            try:
                await (waiter if stopped is None or self._asyncio is not None else self.loop.shield(waiter))
            except cancelled as error:
                stopped = error
                self.cancel(batch)
        if self._returned and not self._waiting:
            self.turn()
        if stopped is not None:
            raise stopped

    async def wait_next(self, batch: Batch) -> None:
        """Waits for the next result of a batch."""
        waiter = self.loop.future()
        batch.waiters.append(waiter)
        await waiter

    async def room(self) -> None:
        """Waits until something has begun or ended, so that there may be room in a queue."""
        waiter = self.loop.future()
        self._crowded.append(waiter)
        await waiter

    def cancel(self, batch: Batch) -> None:
        """Asks what is left of a batch to stop."""
        for job in [job for job in self.jobs.values() if job.batch is batch]:
            self.cancel_job(job)

    def cancel_job(self, job: Job) -> None:
        """Asks a job to stop, and again where it has not yet."""
        if job.tag not in self.jobs:
            return
        if job.outcome is not None:
            if job.task is not None:
                self._interrupt(job, job.task)
            return
        try:
            self.scheduler.cancel(job.id)
        except MisuseError:
            # It has ended, which this turn is about to say.
            return
        self.soon()

    async def drain(self) -> None:
        """Waits until nothing is left."""
        while self.jobs or self._inline:
            await self._next_end()

    async def drain_tasks(self) -> None:
        """Waits until nothing is left but functions on threads."""
        while self._inline or any(not job.threaded for job in self.jobs.values()):
            await self._next_end()

    async def _next_end(self) -> None:
        waiter = self.loop.future()
        self._idle.append(waiter)
        await waiter

    def close(self) -> None:
        """Takes nothing more in, and asks everything to stop."""
        self.is_closed = True
        for job in list(self.jobs.values()):
            self.cancel_job(job)
        for id, task in list(self._inline.items()):
            if id not in self._stopped:
                self._stopped.add(id)
                task.cancel()
        self.turn()

    def assert_open(self) -> None:
        if self.is_closed:
            raise ClosedError("the executor is closed", "misuse", "closed", "the executor is closed", None, -32603)
        if not self.loop.is_here():
            raise RuntimeError("the executor belongs to another event loop")

    # The scheduler and its time.

    def turn(self) -> None:
        """Gives back what is complete, starts what is ready, stops what should."""
        self._turns = False
        returned, self._returned = self._returned, []
        said = self.scheduler.turn(returned)
        if self._crowded and (returned or said is not None):
            _release(self._crowded)
        if said is None:
            if self._timer is not None:
                self._arm(None)
            return
        ready, stops, ended, due = said
        jobs = self.jobs
        for tag, outcome in stops:
            if (job := jobs.get(tag)) is not None:
                self._stop(job, outcome)
        for tag, outcome in ended:
            if (job := jobs.get(tag)) is not None and job.waits:
                self._drop(job, outcome)
        if ready:
            self._waiting -= len(ready)
            for id, tag, _ in ready:
                if (job := jobs.get(tag)) is not None:
                    self._start(job)
        if due != self._due:
            self._arm(due)

    def soon(self) -> None:
        """Has a turn before the loop waits again."""
        if not self._turns:
            self._turns = True
            self.loop.soon(self.turn)

    def _arm(self, due: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self.loop.later(max(0.0, due - time.monotonic()), self._on_time)

    def _on_time(self) -> None:
        self._timer = self._due = None
        self.turn()

    # From one state of a job to the next.

    def _start(self, job: Job) -> None:
        job.waits = job.attempt_stops = job.has_begun = False
        call: Any = job.call
        if job.outcome is not None:
            _close(call)
            return self._failed(job, None)
        if is_coroutine(call):
            return self._spawn(job, call)
        if not is_asynchronous(call):
            return self._start_on_thread(job, call)
        try:
            coroutine = call()
        except Exception as error:
            return self._failed(job, error)
        self._spawn(job, coroutine)

    def _spawn(self, job: Job, coroutine: Coroutine[Any, Any, Any]) -> None:
        context = job.batch.context.copy()
        loop = self._asyncio
        if loop is None:
            return self._spawn_trio(job, coroutine, context)
        if loop.get_task_factory() is None:
            job.task = asyncio.Task(self._attempt(job, coroutine), loop=loop, name=TASK_NAME, context=context)
        else:
            job.task = loop.create_task(self._attempt(job, coroutine), name=TASK_NAME, context=context)

    async def _attempt(self, job: Job, coroutine: Coroutine[Any, Any, Any]) -> None:
        job.has_begun = True
        try:
            if job.outcome is not None:
                coroutine.close()
                raise asyncio.CancelledError
            result = await coroutine
        except asyncio.CancelledError:
            self._failed(job, None)
        except BaseException as error:
            self._failed(job, error)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        else:
            self._succeeded(job, result)

    def _spawn_trio(self, job: Job, coroutine: Coroutine[Any, Any, Any], context: Any) -> None:
        import trio

        async def attempt(scope: trio.CancelScope) -> None:
            try:
                with scope:
                    result = await coroutine
            except trio.Cancelled:
                # The loop is about to end.
                self._failed(job, None)
                raise
            except BaseException as error:
                return self._failed(job, error)
            if scope.cancelled_caught:
                self._failed(job, None)
            else:
                self._succeeded(job, result)

        scope = trio.CancelScope()
        job.task = scope
        trio.lowlevel.spawn_system_task(attempt, scope, name=TASK_NAME, context=context)

    def _start_on_thread(self, job: Job, call: Callable[[], Any]) -> None:
        job.threaded = True
        context = job.batch.context.copy()
        try:
            self._threads.run(lambda: self._run_on_thread(job, context, call))
        except RuntimeError as error:
            job.threaded = False
            self._failed(job, error)

    def _run_on_thread(self, job: Job, context: Any, call: Callable[[], Any]) -> None:
        try:
            result, error = context.run(call), None
        except BaseException as raised:
            result, error = None, raised
        self._landed.append((job, result, error))
        if not self._is_told:
            self._is_told = True
            self.loop.from_thread(self._land)

    def _land(self) -> None:
        self._is_told = False
        while self._landed:
            job, result, error = self._landed.popleft()
            job.threaded = False
            if error is not None:
                self._failed(job, error)
            elif not is_coroutine(result):
                self._succeeded(job, result)
            elif job.outcome is None and not job.attempt_stops:
                self._spawn(job, result)
            else:
                result.close()
                self._failed(job, None)

    def _succeeded(self, job: Job, result: Any) -> None:
        if job.outcome is not None:
            return self._failed(job, None)
        self._returned.append(job.id)
        self._forget(job)
        job.batch.put(job.index, result)
        if self._waiting:
            self.soon()

    def _failed(self, job: Job, error: BaseException | None) -> None:
        """An attempt has failed, or was cancelled where there is no error."""
        job.task = None
        kind = "TimeoutError" if job.attempt_stops else None if error is None else self._kind(error)
        # A coroutine cannot begin again.
        if kind is None or job.outcome is not None or is_coroutine(job.call):
            settled = self.scheduler.complete(job.id, "abandoned")
        else:
            settled = self.scheduler.complete(job.id, "failed", kind=kind, random=random.getrandbits(64))
        self.soon()
        if settled.kind == "retries":
            job.waits = True
            self._waiting += 1
            return
        self._forget(job)
        self._put_failure(job, settled.outcome, error)

    def _stop(self, job: Job, outcome: str | None) -> None:
        """Something runs that should not any more."""
        if outcome is None:
            job.attempt_stops = True
        else:
            job.outcome = outcome
        if job.task is not None:
            self._interrupt(job, job.task)
        elif job.threaded and (outcome is not None or not job.batch.retries):
            # Nothing stops a function, but nobody has to wait for it, unless it is to be tried again.
            job.outcome = outcome or "timed_out"
            self._put_failure(job, job.outcome, None)

    def _interrupt(self, job: Job, task: Any) -> None:
        if job.has_begun or self._asyncio is None:
            task.cancel()
        elif task.cancelling():
            # Somebody else has cancelled it, and so it will never begin.
            _close(job.call)
            self._failed(job, None)

    def _drop(self, job: Job, outcome: str | None) -> None:
        """A job ends that does not run."""
        self._waiting -= 1
        _close(job.call)
        self._forget(job)
        self._put_failure(job, outcome, None)

    def _put_failure(self, job: Job, outcome: str | None, error: BaseException | None) -> None:
        batch, index = job.batch, job.index
        if type(batch.results[index]) is Failure:
            return
        if outcome == "timed_out":
            late = TimeoutError("it took too long")
            late.__cause__ = error
            error = late
        elif error is None or outcome == "cancelled":
            error = asyncio.CancelledError() if self._asyncio is not None else futures.CancelledError()
        batch.put(index, error, True)

    def _forget(self, job: Job) -> None:
        self.jobs.pop(job.tag, None)
        self._wake_idle()

    def _wake_idle(self) -> None:
        if self._idle:
            _release(self._idle)


def _release(waiting: list[Any]) -> None:
    for waiter in waiting:
        if not waiter.done():
            waiter.set_result(None)
    waiting.clear()


def _close(call: Any) -> None:
    """A coroutine that was never started is not waited for any more."""
    if is_coroutine(call):
        call.close()


#: What stands for a result that there is none of: the job has to be submitted.
NOT_NOW: Any = object()
TASK_NAME = "mcp-engine-job"
