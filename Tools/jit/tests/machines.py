"""The six targets' primitives, each compiled once for all test files, and a machine that runs them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from primitives import Primitive
from stencil_link import Tables
from stencil_machine import NATIVE, Machine, Native, compile_primitives

# All variants of the primitives are compiled and run as code for Linux, some also as code for the other systems.
LINUX = ("x86_64-pc-linux-gnu", "aarch64-unknown-linux-gnu")
OTHERS = ("x86_64-apple-darwin23.1.0", "aarch64-apple-darwin23.1.0", "x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc")
HOSTS = LINUX + OTHERS
SOME = {(3,), (7,), (3, 4), (7, 0), (5, 5), (4, 2), (4, 3)}


def wanted(host: str, registers: tuple[int, ...]) -> bool:
    """Whether there is the variant with these registers."""
    return host in LINUX or registers in SOME


@cache
def compiled(host: str) -> Tables:
    """The primitives for a host; raises one of stencils.FAILURES."""

    def chosen(primitive: Primitive, registers: tuple[int, ...]) -> bool:
        return wanted(host, registers)

    with TemporaryDirectory() as folder:
        return compile_primitives(Path(folder) / "source.c", host, wanted=chosen)


def machine_for(host: str) -> Machine:
    """A machine in which nothing has run; skips the test if there is none."""
    tables = compiled(host)
    if host == NATIVE:
        return Native(tables)
    from emulator import Emulated  # skips where unicorn is missing

    return Emulated(tables, host)
