"""Runs every check of this repository and counts: `N passed, N failed` is the last line.

    check.py --build DIR [--only NAME]... [--quick] [--long]

DIR is a Meson build folder.  The Python tools for the checks are installed once,
from requirements.txt, into a virtual environment below it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import base as bases
import check_clang
import drive
import other_targets
import parts
import stencil_check
import variants
from support import REPOSITORY, UserError, heed_interrupts, jit_modes, last_words, main_wrapper, sha256_of_file

REQUIREMENTS = Path(__file__).absolute().with_name("requirements.txt")

# Files of CPython's suite that reach most of what a JIT can break: the interpreter
# loop, frames, tracing, the object model, and some long-running plain Python.
CPYTHON_TESTS = """
test__opcode test_abc test_argparse test_array test_ast test_asyncgen test_asyncio.test_futures test_asyncio.test_tasks
test_augassign test_base64 test_baseexception test_bdb test_bigmem test_binop test_bisect test_bool test_bufio
test_builtin test_bytes test_calendar test_call test_capi test_charmapcodec test_class test_cmath test_cmd_line
test_code
test_codecs test_codeop test_collections test_colorsys test_compare test_compile test_complex test_configparser
test_contains test_contextlib test_contextlib_async test_copy test_coroutines test_cprofile test_csv test_ctypes
test_dataclasses test_datetime test_dbm_dumb test_decimal test_decorators test_deque test_descr test_dict
test_dictcomps test_dictviews test_difflib test_dis test_doctest test_dynamic test_dynamicclassattribute test_email
test_embed test_enum test_enumerate test_eof test_except_star test_exception_group test_exception_hierarchy
test_exception_variations test_exceptions test_extcall test_faulthandler test_filecmp test_fileinput test_finalization
test_float test_flufl test_fnmatch test_fork1 test_format test_fractions test_frame test_fstring test_funcattrs
test_functools test_gc test_generated_cases
test_generator_stop test_generators test_genericalias test_genexps test_getopt test_glob
test_global test_graphlib test_hash test_heapq test_html test_htmlparser test_import test_index test_inspect test_int
test_interpreters test_io test_ipaddress test_isinstance test_iter test_iterlen test_itertools test_json test_keyword
test_keywordonlyarg test_linecache test_list test_listcomps test_locale test_long test_marshal test_math
test_memoryview test_metaclass test_mimetypes test_minidom test_module test_monitoring test_named_expressions
test_numeric_tower test_opcache test_opcodes test_operator test_optparse test_ordered_dict test_pathlib test_patma
test_peepholer test_perf_profiler test_pickle test_pickletools test_pkgutil test_positional_only_arg test_pow
test_pprint test_print
test_profile test_property test_pulldom test_pyclbr test_queue test_raise test_random test_range test_re test_regrtest
test_reprlib test_richcmp test_runpy test_sched test_scope test_secrets test_set test_setcomps
test_shelve test_shlex test_slice test_sort test_sqlite3 test_statistics test_str test_string test_string_literals
test_strtod test_struct test_structseq test_subclassinit test_super test_symtable test_syntax test_sys
test_sys_setprofile test_sys_settrace test_tempfile test_textwrap test_threading test_threading_local test_timeit
test_tokenize test_tomllib test_tools test_trace test_traceback test_tracemalloc test_tuple
test_type_annotations test_type_cache
test_type_params test_typechecks test_types test_typing test_ucn test_unary test_unittest test_unpack test_unpack_ex
test_unparse test_urlparse test_userdict test_userlist test_utf8_mode test_uuid test_weakref test_weakset test_with
test_xml_etree test_yield_from test_zipfile test_zlib test_zoneinfo
""".split()

# Of these, the ones that also run under each stress mode of the JIT.
STRESS_TESTS = """
test_asyncgen test_asyncio.test_tasks test_bdb test_bool test_builtin test_call test_class test_collections test_compare
test_contextlib test_copy test_coroutines test_cprofile test_dataclasses test_deque test_descr test_dict test_dynamic
test_enum test_except_star test_exceptions test_extcall test_finalization test_float test_fractions test_frame
test_functools test_gc test_generators test_genexps test_heapq test_inspect test_int test_iter test_itertools test_json
test_list test_listcomps test_monitoring test_named_expressions test_opcache test_patma test_pickle test_property
test_raise test_re test_richcmp test_scope test_set test_slice test_sort test_statistics test_str test_super test_sys
test_sys_setprofile test_sys_settrace test_threading test_tokenize test_traceback test_tuple test_type_cache test_types
test_typing test_unpack test_unpack_ex test_userdict test_weakref test_with test_yield_from
""".split()

# Tests that fail now and then with every CPython 3.13, each with its report upstream.
FLAKY_TESTS = {
    "test_interrupt_main_subthread": "https://github.com/python/cpython/issues/118433",
}
IGNORED = [f"--ignore={name}" for name in FLAKY_TESTS]

TIMEOUT = 900  # seconds for one test file
VARIANT_TIMEOUT = 3600  # seconds: builds with assertions or sanitizers take their time
LEAKS_TIMEOUT = 4 * 3600  # a debug build runs test_jit six times
FUZZ_MINUTES, FUZZ_PROGRAMS = 2, 5000  # at most, for generated programs

JIT_ON = {"PYTHON_JIT": "1"}
EVERYDAY_MODES = ("off", "on", "warm")  # of the tests; the others stress the JIT


@dataclass
class Count:
    """Outcome of one check: how many passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Count") -> None:
        """Count another check's outcome too."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


@dataclass(frozen=True)
class Context:
    """What the checks work with: build folder, its settings, when all began if that matters; what they say of it at the end."""

    build: Path
    settings: drive.Settings
    quick: bool
    began: float | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def reports(self) -> Path:
        """Folder for the result files."""
        return self.build / "reports"

    def tool(self, name: str) -> str:
        """Path of a program of the checks' own environment, which is made if it is missing or outdated."""
        folder = self.build / "venv"
        stamp = folder / "requirements.sha256"
        wanted = f"{sha256_of_file(REQUIREMENTS)} {sys.version}"
        if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
            make_environment(folder)
            stamp.write_text(wanted, "utf-8")
        return str(folder / "bin" / name)


def make_environment(folder: Path) -> None:
    """Make a virtual environment with the pinned packages; UserError when pip cannot get them."""
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"the checks' packages could not be installed: {last_words(done)}")


def call(command: Sequence[str], cwd: Path, **variables: str) -> int:
    """Run a command with its output shown and give its exit status; a variable set to '' is removed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    environment = {key: value for key, value in environment.items() if value}
    heed_interrupts()
    sys.stdout.flush()
    return subprocess.run(command, cwd=cwd, env=environment).returncode


def read_junit(path: Path, status: int) -> Count:
    """Count the test cases of a JUnit file; a failure that no test case shows (a crash) counts as one."""
    count = Count()
    if path.is_file():
        found = Counter(map(parts.verdict, ElementTree.parse(path).getroot().iter("testcase")))
        count = Count(*(found[name] for name in parts.VERDICTS))
    if status and not count.failed:
        count.failed = 1
    return count


def run_pytest(context: Context, name: str = "pytest", tests: Sequence[str] = (), **variables: str) -> Count:
    """The build tools' own tests, or some of them."""
    report = context.reports / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [context.tool("python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *tests]
    return read_junit(report, call(command, REPOSITORY, **variables))


def run_stencils(context: Context) -> Count:
    """The stencils of all targets for which there are headers."""
    settings, cache = context.settings, bases.default_cache() / "stencils"
    tree, llvm = settings.tree_folder.resolve(), settings.llvm or None
    places = stencil_check.Places(tree, context.build, stencil_check.find_zig(), llvm, cache)
    passed, failed = stencil_check.check(list(stencil_check.HOSTS), places, asked=False)
    return Count(passed, failed)


def run_clang(context: Context) -> Count:
    """The stencils of all targets, made by other clangs, and the tests that run them."""

    def run_tests(name: str, tests: list[str], llvm: str) -> tuple[int, int]:
        count = run_pytest(context, name, tests, JIT_TEST_LLVM=llvm)
        return count.passed, count.failed

    python, tree = Path(context.tool("python")), context.settings.tree_folder.resolve()
    return Count(*check_clang.check(python, context.build, tree, run_tests))


def run_mypy(context: Context) -> Count:
    """Types of everything under Tools/jit and ci."""
    cache = context.build / "mypy-cache"
    status = call([context.tool("mypy"), "--strict", f"--cache-dir={cache}"], REPOSITORY)
    return Count(passed=int(status == 0), failed=int(status != 0))


def run_ruff(context: Context) -> Count:
    """Style of everything under Tools/jit and ci."""
    status = call([context.tool("ruff"), "check", "--no-cache", "Tools/jit", "ci"], REPOSITORY)
    return Count(passed=int(status == 0), failed=int(status != 0))


def run_regrtest(
    context: Context, name: str, arguments: Sequence[str], mode: Mapping[str, str] = JIT_ON, timeout: int = TIMEOUT
) -> Count:
    """Some of CPython's test runner, with the variables of a mode (by default: the JIT on) and seconds for each file."""
    python = context.settings.python
    if not python.exists():
        raise UserError(f"{python} does not exist; run ci/build (or `meson compile -C build`) first")
    report = context.reports / f"{name}.xml"
    report.unlink(missing_ok=True)
    folder = context.build / "test"
    folder.mkdir(exist_ok=True)
    jobs = max(os.cpu_count() or 1, 2)
    command = [*context.settings.runner, str(python), "-m", "test", "-W", f"-j{jobs}", f"--timeout={timeout}", f"--junit-xml={report}", *arguments]
    defaults = dict.fromkeys(parts.NOT_FOR_TESTS, "")
    return read_junit(report, call(command, folder, **mode, **defaults))


def run_jit(context: Context) -> Count:
    """Our execution tests, Lib/test/test_jit."""
    return run_regrtest(context, "test_jit", ["test_jit"])


def run_cpython(context: Context) -> Count:
    """The chosen part of CPython's suite."""
    tests = CPYTHON_TESTS[:: 10 if context.quick else 1]
    # test_optimizer has tests of the counters of rare events.
    return run_regrtest(context, "cpython", [*IGNORED, "test_optimizer", *tests])


def stress_modes() -> dict[str, dict[str, str]]:
    """Name and variables of each mode that stresses the JIT."""
    return {name: mode for name, mode in jit_modes().items() if name not in EVERYDAY_MODES}


def run_stress(context: Context, tests: Sequence[str] = STRESS_TESTS) -> Count:
    """The chosen part of CPython's suite under each stress mode."""
    total = Count()
    for name, mode in stress_modes().items():
        print(f"-- {name}: {' '.join(f'{key}={value}' for key, value in mode.items())}", flush=True)
        total.add(run_regrtest(context, f"stress-{name}", [*IGNORED, *tests], mode))
    return total


def run_variant(context: Context, name: str) -> Count:
    """Our tests, and some of CPython's, in another build (variants.py)."""
    variant = variants.VARIANTS[name]
    other = replace(context, settings=variants.build(context.settings, name))
    total = run_regrtest(other, f"{name}-jit", ["test_jit"], {**JIT_ON, **variant.environment}, VARIANT_TIMEOUT)
    total.add(run_regrtest(other, f"{name}-cpython", [*IGNORED, *STRESS_TESTS], {**JIT_ON, **variant.environment}))
    return total


def run_leaks(context: Context) -> Count:
    """Do references or memory blocks grow from one run of test_jit to the next?"""
    other = replace(context, settings=variants.build(context.settings, "debug"))
    return run_regrtest(other, "leaks", ["-R", "3:3", "test_jit"], timeout=LEAKS_TIMEOUT)


def run_fuzz(context: Context) -> Count:
    """Generated programs, the same ones each time, in all modes: passed are those that do the same in each."""
    report = context.reports / "fuzz.json"
    report.unlink(missing_ok=True)
    minutes = FUZZ_MINUTES / (10 if context.quick else 1)
    command = [context.tool("python"), str(REPOSITORY / "ci" / "fuzz"), "--python", str(context.settings.python), "--seed", "1"]
    command += ["--minutes", str(minutes), "--examples", str(FUZZ_PROGRAMS), "--work", str(context.build / "fuzz"), "--json", str(report)]
    status = call(command, REPOSITORY)
    counts = json.loads(report.read_text("utf-8")) if report.is_file() else {"programs": 0, "differences": 0}
    failed = counts["differences"] or int(status != 0)
    return Count(passed=max(counts["programs"] - failed, 0), failed=failed)


def run_targets(context: Context) -> Count:
    """Targets that this machine can run in an emulator, and those that it can build only (other_targets.py)."""
    heed_interrupts()
    total = Count()
    for outcome in other_targets.check(context.reports, context.began):
        total.add(Count(outcome.passed, outcome.failed, outcome.skipped))
        if outcome.remark:
            context.remarks.append(f"{outcome.target} {outcome.remark}")
    return total


CHECKS: dict[str, Callable[[Context], Count]] = {
    "pytest": run_pytest,
    "stencils": run_stencils,
    "mypy": run_mypy,
    "ruff": run_ruff,
    "test_jit": run_jit,
    "cpython": run_cpython,
    "stress": run_stress,
    "fuzz": run_fuzz,
    "targets": run_targets,
}

# What takes hours; --long runs these as well.
LONG_CHECKS: dict[str, Callable[[Context], Count]] = {
    "leaks": run_leaks,
    **{name: partial(run_variant, name=name) for name in variants.VARIANTS},
    "clang": run_clang,
    "stress-all": partial(run_stress, tests=CPYTHON_TESTS),
}


def run_all(checks: Mapping[str, Callable[[], Count]], title: str, more: Callable[[], list[str]]) -> int:
    """Run checks, print what each counted, `more` lines and the sum; exit status 1 when anything failed."""
    total = Count()
    lines: list[str] = []
    for name, check in checks.items():
        print(f"== {title}{name}", flush=True)
        began = time.monotonic()
        try:
            count = check()
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            count = Count(failed=1)
        total.add(count)
        seconds = time.monotonic() - began
        lines.append(f"{name:11} {count.passed:6} passed {count.failed:4} failed {count.skipped:5} skipped {seconds:7.0f} s")
    print("\n".join(["", *lines, *more()]))
    sys.stderr.flush()
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return int(total.failed > 0)


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file; exit status 1 when anything failed."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the Meson build folder")
    parser.add_argument("--only", action="append", choices=[*CHECKS, *LONG_CHECKS], help="run only this check (repeatable)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the chosen files of CPython's suite, and no other targets")
    parser.add_argument("--long", action="store_true", help="the checks that take hours as well")
    parser.add_argument("--began", type=float, help="Unix time from which the hour counts, within which a run of all is to end")
    options = parser.parse_args(argv)
    checks = CHECKS | LONG_CHECKS
    names = options.only or [name for name in (checks if options.long else CHECKS) if not options.quick or name != "targets"]
    build: Path = options.build.absolute()
    began = None if options.only or options.long else options.began
    context = Context(build, drive.read_settings(build / "settings.json"), options.quick, began)
    context.reports.mkdir(exist_ok=True)
    return run_all({name: partial(checks[name], context) for name in names}, "", lambda: context.remarks)


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
