"""The checks of a target that was built on another machine, and their table: what `ci/test --target TARGET` runs.

    check_target.py --build DIR [--only NAME]... [--quick] [--resume]

DIR is the Meson build folder of a cross build, or of this machine's own, for its row.  What the target computes with
the JIT on is compared with what it computes with the JIT off, on the same emulator: tests that fail either way are no
fault of the JIT's, and are listed.  The last line is `N passed, N failed`.  A run that was cut off goes on with
--resume: files of tests that passed with the same program are not run again.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import check_names
import drive
import images
import macos_image
import windows_image
from check import CPYTHON_TESTS, IGNORED, JIT_ON, STRESS_TESTS, Context, Count, run_all, run_pytest, stress_modes
from parts import VERDICTS, Part, Result, Runner, jit_parts
from support import REPOSITORY, main_wrapper, write_if_changed

JIT_OFF = {"PYTHON_JIT": "0"}
MACOS_SDK = REPOSITORY / ".cache" / "macos-sdk"  # ci/targets/darwin.bash makes it
WINDOWS_DEFINITIONS = REPOSITORY / ".cache" / "ziglang" / "lib" / "libc" / "mingw"  # ci/targets/windows.bash

# The programs of the set that must print the same everywhere.
PROGRAMS = "richards,deltablue,nbody,spectral_norm,fannkuch,raytrace,chaos"
PROGRAM_SECONDS = {False: 1.0, True: 0.2}  # how long native runs of each, which say how often; by `quick`


@dataclass(frozen=True)
class Way:
    """How a target's programs are run on this machine, and what of the checks that leaves out."""

    slower: int  # times, at most; timeouts grow by it
    stress: Sequence[str] = tuple(STRESS_TESTS)  # CPython's files that are also run in the modes that stress the JIT
    system: Sequence[str] = ()  # CPython's files that are run beside those that the machine itself runs
    fatal: Sequence[str] = ()  # their cases that end or stop an emulator, whatever program does what they do


# Of these, the files that take nine tenths of the time, which is hours in each mode where programs run ten times slower.
LONG_STRESS = """
test_asyncio.test_tasks test_dataclasses test_deque test_enum test_exceptions test_gc test_heapq test_inspect test_itertools
test_json test_pickle test_re test_set test_statistics test_str test_sys test_threading test_tokenize test_traceback test_tuple
test_weakref
""".split()

# Files that reach what a build for Windows may lack: the first of them is in --quick as well.
WINDOWS_TESTS = """
test_selectors test_asyncio.test_proactor_events test_asyncio.test_selector_events test_asyncio.test_sslproto
test_asyncio.test_streams test_asyncio.test_windows_events test_asyncio.test_windows_utils test_bz2 test_fileio test_ftplib
test_getpass test_hashlib test_httplib test_httpservers test_imaplib test_lzma test_mmap test_msvcrt test_ntpath test_os
test_poplib test_signal test_smtplib test_socket test_ssl test_stat test_strptime test_subprocess test_thread
test_time test_unicodedata test_urllib2_localnet test_winapi test_winconsoleio test_winreg test_xmlrpc
""".split()

# It writes paths beyond what it has for them, and without a console, sends Ctrl-Break to all.
WINE_FATAL = ["test_getcwd_long_path", "*.Win32KillTests.*"]

WAYS = {
    "": Way(slower=3),  # this machine itself, as check.py has it
    "aarch64-linux": Way(slower=12, stress=tuple(name for name in STRESS_TESTS if name not in LONG_STRESS)),
    "x86_64-windows": Way(slower=6, system=WINDOWS_TESTS, fatal=WINE_FATAL),
}

# The build tools' tests of stencils and of what they are made from; by the target's name, each has its own in them.
STENCIL_TESTS = ("test_conformance", "test_conventions", "test_objects", "test_primitive*", "test_*stencil*", "test_*unwind*")

# What --quick runs: within ten minutes of one core, as a part of the checks of the machine itself. (All of test_jit takes
# an emulator hours.) Files and classes of test_jit that reach what depends on the processor and the system; of
# test_execution, numbers in all modes. Of these, what takes longest is left out: what it does is done by others too, more
# often or in another process.
QUICK_JIT = """
unwind_walk unwind lifetime executor optimize_calls.CFunctionTest optimize_floats.OperationTest execution.ArithmeticTest
""".split()
QUICK_LEFT_OUT = """
BacktraceTest.test_in_a_child BacktraceTest.test_from_a_bridge BacktraceTest.test_from_a_loop BacktraceTest.test_from_an_inlined_function
LeakTest.test_dropped_programs MemoryTest.test_memory_does_not_grow MemoryTest.test_each_trace_has_its_own_flag
MemoryTest.test_ten_thousand_hot_functions
""".split()
QUICK_TESTS = "test_generators test_float test_list test_dict test_descr test_sys_settrace".split()


@dataclass
class Row:
    """One target's line of the table, as far as it is known."""

    target: str
    cells: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The row with its heading, for people and for the documentation."""
        names = ["target", *self.cells]
        values = [self.target, *self.cells.values()]
        widths = [max(len(name), len(value)) for name, value in zip(names, values, strict=True)]
        rule = "  ".join("=" * width for width in widths)
        lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in (names, values)]
        return "\n".join([rule, lines[0], rule, lines[1], rule])


@dataclass(frozen=True)
class Target:
    """What the checks of a target work with; `resume` as in Runner."""

    context: Context
    row: Row
    resume: bool = False

    @property
    def settings(self) -> drive.Settings:
        """The settings of the cross build."""
        return self.context.settings

    @property
    def way(self) -> Way:
        """How its programs are run; UserError if they are not."""
        _ = self.settings.runner
        return WAYS[self.settings.target]

    def run(self, check: str, parts: Sequence[Part], mode: Mapping[str, str], arguments: Sequence[str] = ()) -> Result:
        """Run parts of CPython's test runner in a mode."""
        settings, context = self.settings, self.context
        runner = Runner(
            command=settings.runner,
            program=settings.python,
            folder=context.build / "test",
            reports=context.reports,
            arguments=arguments,
            timeout=300 * self.way.slower,
            jobs=max(os.cpu_count() or 1, 2),
            resume=self.resume,
        )
        return runner.run(check, parts, mode)


def run_stencils(target: Target) -> Count:
    """The stencils of the target: built, verified, and those of its instruction set run against what they must do."""
    arch, _, system = target.row.target.partition("-")
    # (In the names of classes there is no underscore.)
    chosen = f"({arch} or {arch.replace('_', '')}) and {system}"
    tests = REPOSITORY / "Tools" / "jit" / "tests"
    files = sorted({str(path) for pattern in STENCIL_TESTS for path in tests.glob(f"{pattern}.py")})
    count = run_pytest(target.context, "stencils", ["-k", chosen, *files])
    header = target.settings.objects / "jit_stencils.h"
    number = re.search(r"^#define JIT_STENCIL_COUNT (\d+)$", header.read_text("utf-8"), re.MULTILINE) if header.is_file() else None
    target.row.cells["stencils verified"] = f"{count.passed} of {count.passed + count.failed}" + (f", {number[1]} in it" if number else "")
    return count


def run_jit(target: Target) -> Count:
    """Our execution tests."""
    quick = target.context.quick
    parts = [Part(f"test_jit.test_{name}") for name in QUICK_JIT] if quick else jit_parts(REPOSITORY)
    result = target.run("test_jit", parts, JIT_ON, [f"--ignore=*.{name}" for name in QUICK_LEFT_OUT] if quick else [])
    count = counted(result)
    target.row.cells["test_jit"] = f"{count.passed} of {count.passed + count.failed}"
    return count


def counted(result: Result) -> Count:
    """How many cases passed, failed and were skipped."""
    return Count(*(result.number(verdict) for verdict in VERDICTS))


def run_files(target: Target, name: str, tests: Sequence[str], mode: Mapping[str, str]) -> Result:
    """Run files of CPython's suite in a mode."""
    return target.run(name, [Part(test) for test in tests], mode, [*IGNORED, *(f"--ignore={case}" for case in target.way.fatal)])


def compare(off: Mapping[str, str], on: Mapping[str, str], name: str) -> Count:
    """What became of each case with the JIT off and in a mode: passed are those that passed in both."""
    count = Count()
    for case in sorted(off.keys() | on.keys()):
        before, after = off.get(case, "absent"), on.get(case, "absent")
        if before != after:
            print(f"DIFFERS {case}: {before} with the JIT off, {after} as {name}")
            count.failed += 1
        elif after == "passed":
            count.passed += 1
        else:
            count.skipped += 1
    return count


def run_cpython(target: Target) -> Count:
    """The chosen part of CPython's suite, with the JIT off and on."""
    system = target.way.system
    tests = [*QUICK_TESTS, *system[:1]] if target.context.quick else [*CPYTHON_TESTS, *system]
    off = run_files(target, "cpython-off", tests, JIT_OFF)
    on = run_files(target, "cpython-on", tests, JIT_ON)
    count = compare(off.verdicts, on.verdicts, "cpython-on")
    failing = sorted(name for name, verdict in on.verdicts.items() if verdict == "failed")
    for name in failing:
        print(f"fails {name}")
    target.row.cells["CPython's files"] = f"{len(on.files)} of {len(tests)}"
    target.row.cells["cases passed"] = f"{count.passed}"
    target.row.cells["fail on and off"] = f"{len(failing)}"
    target.row.cells["on = off"] = "yes" if not count.failed else f"{count.failed} differ"
    return count


def run_stress(target: Target) -> Count:
    """Files of CPython's suite under the stress modes; with --quick none."""
    total = Count()
    if target.context.quick:
        return total
    tests = target.way.stress
    off = run_files(target, "stress-off", tests, JIT_OFF)
    for name, mode in stress_modes().items():
        on = run_files(target, f"stress-{name}", tests, mode)
        total.add(compare(off.verdicts, on.verdicts, f"stress-{name}"))
    same = f"{total.passed} of {total.passed + total.failed}"
    target.row.cells["stress cases"] = f"{same}, {len(off.files)} of {len(tests)} files in {len(stress_modes())} modes"
    return total


def run_programs(target: Target) -> Count:
    """Programs of the set, with the JIT off and on, compute what they do natively with the JIT off."""
    wrapper = target.context.build / "run-python"
    command = " ".join(f"'{word}'" for word in (*target.settings.runner, str(target.settings.python)))
    write_if_changed(wrapper, f'#!/bin/sh\nexec {command} "$@"\n'.encode())
    wrapper.chmod(0o755)
    sides = [("native", target.settings.native_python, "0"), ("off", wrapper, "0"), ("on", wrapper, "1")]
    labels = [f"--python={label}={path},PYTHON_JIT={jit}" for label, path, jit in sides]
    seconds = PROGRAM_SECONDS[target.context.quick]
    arguments = ["--check", f"--programs={PROGRAMS}", f"--seconds={seconds}", f"--build={target.context.build}", *labels]
    done = subprocess.run([str(REPOSITORY / "ci" / "bench"), *arguments], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    print(done.stdout, flush=True)
    same = len(re.findall(r"^same ", done.stdout, re.MULTILINE))
    wanted = len(PROGRAMS.split(","))
    target.row.cells["programs the same"] = f"{same} of {wanted}"
    return Count(passed=same, failed=wanted - same)


def run_images(target: Target) -> Count:
    """What can be seen of programs and modules without running them (macos_image.py, windows_image.py)."""
    if target.settings.is_windows:
        found = windows_image.check(target.settings.objects, WINDOWS_DEFINITIONS, target.settings.target)
    else:
        found = macos_image.check(target.settings.objects, MACOS_SDK, target.settings.target)
    count = Count(*images.report(found))
    target.row.cells["images right"] = f"{count.passed} of {len(found)}"
    return count


def run_names(target: Target) -> Count:
    """Modules that have all the names that they should, by what is described of them (check_names.py)."""
    settings, context = target.settings, target.context
    packages, work = context.build / "names", context.build / "test"
    work.mkdir(exist_ok=True)
    check_names.install(context.tool("pip"), packages)
    native = check_names.lacking([str(settings.native_python)], packages, work)
    found = check_names.found(check_names.lacking([*settings.runner, str(settings.python)], packages, work), native)
    for name, reason in found.items():
        print(f"lacks {name}: {reason or 'no reason is known'}")
    wrong = {name.partition(".")[0] for name, reason in found.items() if not reason}
    count = Count(passed=len(set(check_names.MODULES) - wrong), failed=len(wrong))
    target.row.cells["modules with all names"] = f"{count.passed} of {len(check_names.MODULES)}"
    return count


CHECKS: dict[str, Callable[[Target], Count]] = {
    "stencils": run_stencils,
    "images": run_images,
    "names": run_names,
    "programs": run_programs,
    "test_jit": run_jit,
    "cpython": run_cpython,
    "stress": run_stress,
}


def checks_of(target: str, quick: bool) -> list[str]:
    """The names of the checks that a target ("" is this machine) has: not all run here, and images are looked at where there is a tool for it.

    The tests of stencils are those of all targets that the machine's own checks run, so the quick part leaves them out.
    """
    # Names are asked for on Windows: elsewhere, configure has its own tests of what there is.
    left_out = ("stencils", "images") if target.endswith("-windows") else ("stencils", "images", "names")
    runs = [name for name in CHECKS if name not in left_out] if target in WAYS else []
    return [*([] if quick else ["stencils"]), *(["images"] if target.endswith(("-darwin", "-windows")) else []), *runs]


def name_of(settings: drive.Settings) -> str:
    """The target of a build; that of this machine's own is what the machine is."""
    return settings.target or f"{platform.machine().replace('arm64', 'aarch64')}-{sys.platform}"


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file; exit status 1 when anything failed."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the Meson build folder")
    parser.add_argument("--only", action="append", choices=CHECKS, help="run only this check (repeatable)")
    parser.add_argument("--quick", action="store_true", help="a chosen part, of some minutes")
    parser.add_argument("--resume", action="store_true", help="do not run again what passed with the same program")
    options = parser.parse_args(argv)
    build: Path = options.build.absolute()
    context = Context(build, drive.read_settings(build / "settings.json"), options.quick)
    context.reports.mkdir(exist_ok=True)
    target = Target(context, Row(name_of(context.settings), {"builds": "yes" if context.settings.python.exists() else "no"}), options.resume)
    names = options.only or checks_of(context.settings.target, options.quick)
    return run_all({name: partial(CHECKS[name], target) for name in names}, f"{target.row.target}: ", lambda: ["", target.row.text(), ""])


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
