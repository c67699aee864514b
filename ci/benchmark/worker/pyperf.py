"""Stands in for pyperf inside a worker: times the one benchmark that is wanted, in this very process.

pyperf itself starts a process per run and decides how long to run; here the
caller does both, so that interpreters can be interleaved.  Programs see the
same names (`Runner`, `perf_counter`, `python_implementation`) and the same
arguments; only what they hand to `Runner.bench_*` is used differently.
"""

import argparse
import asyncio
import functools
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

# Seconds, monotonic.  --check replaces it by one that also looks at its caller.
perf_counter: Callable[[], float] = time.perf_counter


class Session(Protocol):
    """What decides which benchmark is run and what is done with it."""

    @property
    def observe(self) -> Callable[[str, object], object] | None:
        """Takes a place and a value seen there; None while timing."""

    def offer(self, name: str, timed: Callable[[int], float], inner_loops: int) -> None:
        """Called for each benchmark of the program; `timed(loops)` runs it and returns seconds."""


session: Session | None = None


def python_implementation() -> str:
    """Lower-case name of the running implementation: "cpython", "pypy"."""
    return sys.implementation.name


class Runner:
    """The part of pyperf.Runner that pyperformance's programs use."""

    def __init__(self, values: int | None = None, processes: int | None = None, add_cmdline_args: object = None) -> None:
        self.argparser = argparse.ArgumentParser()
        self.metadata: dict[str, object] = {}
        self.args: argparse.Namespace | None = None

    def parse_args(self, args: list[str] | None = None) -> argparse.Namespace:
        """Parse `args` (default: the command line) once."""
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_time_func(
        self, name: str, time_func: Callable[..., float], *args: Any, inner_loops: int | None = None, metadata: object = None
    ) -> None:
        """`time_func(loops, *args)` runs `loops` iterations and returns the seconds they took."""
        self._offer(name, lambda loops: time_func(loops, *args), inner_loops)

    def bench_func(
        self, name: str, func: Callable[..., object], *args: Any, inner_loops: int | None = None, metadata: object = None
    ) -> None:
        """`func(*args)` is one iteration."""
        call = functools.partial(func, *args) if args else func
        observe = session.observe if session is not None else None

        def timed(loops: int) -> float:
            iterations = range(loops)
            start = time.perf_counter()
            for _ in iterations:
                call()
            return time.perf_counter() - start

        def observed(loops: int) -> float:
            assert observe is not None
            start = time.perf_counter()
            for _ in range(loops):
                observe("result", call())
            return time.perf_counter() - start

        self._offer(name, observed if observe is not None else timed, inner_loops)

    def bench_async_func(
        self,
        name: str,
        func: Callable[..., Awaitable[object]],
        *args: Any,
        inner_loops: int | None = None,
        metadata: object = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        """`await func(*args)` is one iteration; each call makes its own event loop, outside the time."""
        observe = session.observe if session is not None else None

        async def timed(iterations: Iterable[int]) -> float:
            start = time.perf_counter()
            for _ in iterations:
                await func(*args)
            return time.perf_counter() - start

        async def observed(iterations: Iterable[int]) -> float:
            assert observe is not None
            start = time.perf_counter()
            for _ in iterations:
                observe("result", await func(*args))
            return time.perf_counter() - start

        body = observed if observe is not None else timed

        def run(loops: int) -> float:
            if loop_factory is None:
                return asyncio.run(body(range(loops)))
            loop = loop_factory()
            try:
                return loop.run_until_complete(body(range(loops)))
            finally:
                loop.close()

        self._offer(name, run, inner_loops)

    def _offer(self, name: str, timed: Callable[[int], float], inner_loops: int | None) -> None:
        if session is None:
            raise RuntimeError("this pyperf only works inside a worker of ci/bench")
        self.parse_args()
        session.offer(name, timed, inner_loops or 1)
