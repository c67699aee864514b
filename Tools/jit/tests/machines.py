"""The six targets' primitives, each compiled once for all test files, and a machine that runs them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from primitive_cases import CALLING
from primitives import Primitive
from stencil_link import Tables
from stencil_machine import NATIVE, Machine, Native, compile_primitives
from targets import find_target

LINUX = ("x86_64-pc-linux-gnu", "aarch64-unknown-linux-gnu")
OTHERS = ("x86_64-apple-darwin23.1.0", "aarch64-apple-darwin23.1.0", "x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc")
HOSTS = LINUX + OTHERS
SOME = {(3,), (7,), (3, 4), (7, 0), (5, 5), (4, 2), (4, 3)}


def linux_of(host: str) -> str:
    """The host with the same processor that runs Linux."""
    return next(each for each in LINUX if find_target(each) == find_target(host).portable)


def wanted(host: str, primitive: Primitive, registers: tuple[int, ...]) -> bool:
    """Whether to run a variant: as code for Linux all, else some, for they are the same (test_conformance.py), but what calls."""
    return host in LINUX or registers in SOME or primitive.name in CALLING


@cache
def kept() -> TemporaryDirectory[str]:
    """What is compiled, so that this is done once for a processor."""
    return TemporaryDirectory()


@cache
def compiled(host: str) -> Tables:
    """The primitives for a host; raises one of stencils.FAILURES."""
    with TemporaryDirectory() as folder:
        return compile_primitives(Path(folder) / "source.c", host, cache=Path(kept().name))


def machine_for(host: str) -> Machine:
    """A machine in which nothing has run; skips the test if there is none."""
    tables = compiled(host)
    if host == NATIVE:
        return Native(tables)
    from emulator import Emulated  # skips where unicorn is missing

    return Emulated(tables, host)
