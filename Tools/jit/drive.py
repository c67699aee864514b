"""What the Meson targets run: prepares the tree, drives CPython's configure and make, runs its tests.

    drive.py ACTION --config FILE [arguments of the action]

FILE is the JSON that meson.build writes at setup time; see Settings.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import base as bases
import dist
import tree as trees
from support import REPOSITORY, UserError, heed_interrupts, locked, main_wrapper, write_if_changed

SANITIZERS = {
    "address": "--with-address-sanitizer",
    "memory": "--with-memory-sanitizer",
    "thread": "--with-thread-sanitizer",
    "undefined": "--with-undefined-behavior-sanitizer",
}
ROOT = "@ROOT@"  # the folder of the repository, in a cross file
REGRTEST_RESOURCES = "all,-gui,-network,-largefile"

# Makefile variables that decide how objects are compiled.  CPython's make does not
# notice when they change, so the objects are thrown away then.
FLAG_VARIABLES = re.compile(rb"^(?:CC|OPT|BASECFLAGS|CONFIGURE_\w+|CPPFLAGS|CFLAGS\w*|PY_\w*FLAGS\w*)=.*$", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """Choices of one build folder: the Meson options as they are in meson.options, plus where things lie."""

    build: Path
    prefix: str
    jit: str
    pgo: bool
    lto: str
    llvm: str
    source: str
    tree: str
    pydebug: bool
    shared: bool
    sanitize: tuple[str, ...]
    optimization: str
    compiler: tuple[str, ...]
    cflags: tuple[str, ...]
    ldflags: tuple[str, ...]
    configure_arguments: tuple[str, ...]
    # Of cross builds only; ci/cross/README.rst says what they mean.
    target: str = ""
    host: str = ""
    build_python: str = ""
    host_arguments: tuple[str, ...] = ()
    host_environment: tuple[str, ...] = ()
    stencil_arguments: tuple[str, ...] = ()

    @property
    def tree_folder(self) -> Path:
        """The prepared tree: shared by all builds of a checkout unless it has a base of its own."""
        if self.tree:
            return REPOSITORY / self.tree
        return self.build / "tree" if self.source else REPOSITORY / "tree"

    @property
    def objects(self) -> Path:
        """Where configure and make run, or where Meson puts what it builds for Windows."""
        return self.build / ("ci/windows" if self.is_windows else "cpython")

    @property
    def python(self) -> Path:
        """The python that was built; make gives it a suffix where file names do not differ by case alone (macOS)."""
        if self.is_windows:
            return self.build / "python" / "python.exe"  # laid out like an installation
        suffixed = self.objects / "python.exe"
        return suffixed if suffixed.is_file() else self.objects / "python"

    @property
    def is_windows(self) -> bool:
        """Whether Meson builds it itself, because there is no configure."""
        return self.target.endswith("-windows")

    @property
    def native_python(self) -> Path:
        """The python that runs during a cross build; that of another build is its own."""
        if not self.target:
            return self.python
        return REPOSITORY / (self.build_python or "build/cpython/python")

    @property
    def site(self) -> Path:
        """What configure is told of the target because it cannot find it out (CONFIG_SITE); need not exist."""
        return REPOSITORY / "ci" / "cross" / f"{self.target}.site"

    @property
    def runner(self) -> list[str]:
        """What stands before a program of the target in a command; UserError when there is nothing to run it here."""
        if not self.target:
            return []
        path = REPOSITORY / "ci" / "targets" / f"{self.target}-run"
        if not path.exists():
            raise UserError(f"programs for {self.target} cannot be run here (there is no {path.relative_to(REPOSITORY)})")
        return [str(path)]


def read_settings(path: Path) -> Settings:
    """The settings that meson.build wrote; UserError when the file is missing."""
    try:
        table = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; run `meson setup build` first") from None
    lists = {key: tuple(str(part).replace(ROOT, str(REPOSITORY)) for part in value) for key, value in table.items() if isinstance(value, list)}
    return Settings(**{**table, **lists, "build": path.absolute().parent})


def split_compiler(compiler: Sequence[str]) -> tuple[list[str], str]:
    """A compiler command as (launcher such as ccache, the rest as one string)."""
    launcher = [part for part in compiler[:1] if Path(part).name in ("ccache", "sccache")]
    return launcher, shlex.join(compiler[len(launcher) :])


def known_compiler(compiler: str) -> str:
    """The command by a name that says what compiler it is.

    configure looks for gcc or clang in the name, and does profile-guided and
    link-time optimisation only where it finds one, without a word.
    """
    words = shlex.split(compiler)
    path = shutil.which(words[0])
    if path is None or re.search(r"gcc|clang", Path(words[0]).name):
        return compiler
    # `cc` is a link to gcc or clang; on macOS it is clang.
    real = Path(path).resolve()
    found = re.search(r"gcc|clang", real.name)
    plain = Path(path).with_name(found[0] if found else "clang" if sys.platform == "darwin" else "gcc")
    if plain.exists() and plain.resolve() == real:
        words[0] = plain.name if shutil.which(plain.name) == str(plain) else str(plain)
    elif found:
        words[0] = str(real)
    elif sys.platform == "darwin" and plain.exists():
        words[0] = str(plain)
    return shlex.join(words)


def configure_command(settings: Settings) -> list[str]:
    """Arguments of configure for these settings, its own path left out."""
    # Without the launcher: what configure is told here ends up in sysconfig, and
    # whoever builds extension modules with the installed python may lack ccache.
    _, compiler = split_compiler(settings.compiler)
    arguments = [
        f"--prefix={settings.prefix}",
        f"--enable-experimental-jit={settings.jit}",
        # That of a cross file has the name that configure is to know.
        f"CC={compiler if settings.target else known_compiler(compiler)}",
        # Generators of the build need 3.11; this Python is known to be that.
        f"PYTHON_FOR_REGEN={sys.executable}",
    ]
    if settings.pgo:
        arguments.append("--enable-optimizations")
    if settings.lto != "no":
        arguments.append({"yes": "--with-lto", "full": "--with-lto=full", "thin": "--with-lto=thin"}[settings.lto])
    if settings.pydebug:
        arguments.append("--with-pydebug")
    if settings.shared:
        arguments.append("--enable-shared")
    arguments += [SANITIZERS[name] for name in settings.sanitize]
    if not settings.pgo and not settings.pydebug:
        arguments.append(f"OPT=-DNDEBUG -g -O{settings.optimization} -Wall")
    if settings.cflags:
        arguments.append(f"CFLAGS={shlex.join(settings.cflags)}")
    if settings.ldflags:
        arguments.append(f"LDFLAGS={shlex.join(settings.ldflags)}")
    if settings.target:
        arguments += [f"--host={settings.host}", f"--build={build_triple(settings)}"]
        arguments += [f"--with-build-python={settings.native_python}", *settings.host_arguments]
    return arguments + list(settings.configure_arguments)


def build_triple(settings: Settings) -> str:
    """What configure calls this machine."""
    guess = ["sh", str(settings.tree_folder / "config.guess")]
    return subprocess.run(guess, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout.strip()


def check_native_python(settings: Settings) -> None:
    """UserError unless the python that a cross build runs is there, runs, and is of the release that is built."""
    python = settings.native_python
    wanted = trees.require(settings.tree_folder.resolve()).version
    hint = "run ci/build without --target, or name one that was built of this tree: -Dbuild-python="
    if not python.is_file():
        raise UserError(f"a cross build needs a python that runs here, but {python} is not there; {hint}")
    script = "import sys; print('.'.join(map(str, sys.version_info[:3])), hasattr(sys, '_jit'))"
    done = subprocess.run([str(python), "-I", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.stdout.split() != [wanted, "True"]:
        raise UserError(f"{python} is no python {wanted} of this tree; {hint}")


def environment(settings: Settings) -> dict[str, str]:
    """The environment for configure and make: the user's, plus which LLVM makes the stencils."""
    result = dict(os.environ)
    # make must not look for its own variables here, nor run the built python with ours.
    for name in ("MAKEFLAGS", "MAKELEVEL", "PYTHONPATH", "PYTHONHOME", "PYTHON_JIT"):
        result.pop(name, None)
    result.setdefault("JIT_STENCIL_CACHE", str(bases.default_cache() / "stencils"))
    if "address" in settings.sanitize:
        # What the build runs leaves memory to the system when it ends.
        result.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    if settings.target:
        # So that toolchains that ci/build installed are found.
        result["PATH"] = f"{REPOSITORY / '.cache' / 'bin'}{os.pathsep}{result.get('PATH', os.defpath)}"
        for entry in settings.host_environment:
            name, _, result[name] = entry.partition("=")
        if settings.site.exists():
            result["CONFIG_SITE"] = str(settings.site)
        if settings.stencil_arguments:
            result["CFLAGS_JIT"] = f"{shlex.join(settings.stencil_arguments)} {result.get('CFLAGS_JIT', '')}".strip()
    if settings.llvm:
        is_version = re.fullmatch(r"\d+(\.\d+)*", settings.llvm) is not None
        if is_version:
            result["LLVM_VERSION"] = settings.llvm
        else:
            folder = REPOSITORY / settings.llvm
            result["LLVM_TOOLS_INSTALL_DIR"] = str(folder / "bin" if (folder / "bin" / "clang").exists() else folder)
    return result


def run(command: Sequence[str], cwd: Path, env: dict[str, str], what: str) -> None:
    """Run a command with its output shown; UserError naming `what` when it fails."""
    heed_interrupts()
    sys.stdout.flush()
    status = subprocess.run(command, cwd=cwd, env=env).returncode
    if status:
        raise UserError(f"{what} failed (exit status {status}); its messages are above")


def prepare(settings: Settings) -> None:
    """Bring the prepared tree of this build up to date."""
    tree = settings.tree_folder.resolve()
    tree.parent.mkdir(parents=True, exist_ok=True)
    # Like every path in an option it counts from the repository; an absolute one stays what it is.
    source = REPOSITORY / settings.source if settings.source else None
    with locked(tree.parent):
        print(trees.prepare(trees.Project(), tree, source, bases.default_cache()))


def configure(settings: Settings) -> None:
    """Run configure if its arguments, LLVM, the base or configure itself changed since the last time."""
    tree = settings.tree_folder.resolve()
    if settings.target:
        check_native_python(settings)
    arguments = configure_command(settings)
    stamp = settings.objects / "configured.json"
    base = trees.require(tree).base
    state = {
        "arguments": arguments,
        "llvm": settings.llvm,
        "tree": str(tree),
        "base": base,
        "configure": hashlib.sha256((tree / "configure").read_bytes()).hexdigest(),
    }
    if settings.target:
        state["environment"] = list(settings.host_environment)
        state["site"] = settings.site.read_text("utf-8") if settings.site.exists() else ""
    old = json.loads(stamp.read_text("utf-8")) if stamp.is_file() else None
    if old == state:
        return
    if old is not None and (old["base"], old["tree"]) != (base, str(tree)):
        print("the base changed: building everything anew")
        shutil.rmtree(settings.objects)
    settings.objects.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    makefile = settings.objects / "Makefile"
    before = FLAG_VARIABLES.findall(makefile.read_bytes()) if makefile.is_file() else None
    command = [os.path.relpath(tree / "configure", settings.objects), "--quiet", *arguments]
    print(shlex.join(command))
    run(command, settings.objects, environment(settings), "configure")
    if before is not None and before != FLAG_VARIABLES.findall(makefile.read_bytes()):
        print("the compiler's flags changed: building everything anew")
        run(["make", "--silent", "clean"], settings.objects, environment(settings), "make clean")
    check_optimisation(settings, makefile.read_text("utf-8"))
    write_if_changed(stamp, (json.dumps(state, indent=1) + "\n").encode())


def check_optimisation(settings: Settings, makefile: str) -> None:
    """UserError if configure left out what was asked for, which it does for compilers that it does not know."""
    profile = re.search(r"^PGO_PROF_USE_FLAG=[ \t]*\S", makefile, re.MULTILINE)
    missing = [
        option
        for option, wanted, there in (("pgo", settings.pgo, profile), ("lto", settings.lto != "no", "-flto" in makefile))
        if wanted and not there
    ]
    if missing:
        _, compiler = split_compiler(settings.compiler)
        raise UserError(
            f"configure does not know how {compiler} does -D{missing[0]}; set CC to gcc or clang by its name, in a new build folder"
        )


def make(settings: Settings, *targets: str) -> None:
    """Run make in the build folder, by ccache if Meson found it and this is no profile-guided build; V=1 shows commands."""
    command = ["make", f"--jobs={os.cpu_count() or 1}", "--no-print-directory"]
    if not os.environ.get("V"):
        command.append("--silent")
    launcher, compiler = split_compiler(settings.compiler)
    if launcher and not settings.pgo:
        command.append(f"CC={shlex.join(launcher)} {compiler if settings.target else known_compiler(compiler)}")
    run([*command, *targets], settings.objects, environment(settings), "make")


def write_compile_commands(settings: Settings) -> None:
    """Write compile_commands.json for our C files, with the flags that the Makefile gives core files."""
    tree = settings.tree_folder.resolve()
    command = ["make", "--silent", "--no-print-directory", "--eval=print-flags: ; @echo $(CC) $(PY_CORE_CFLAGS)"]
    done = subprocess.run(
        [*command, "print-flags"], cwd=settings.objects, env=environment(settings), capture_output=True, text=True
    )
    if done.returncode:
        raise UserError(f"make cannot print its flags: {done.stderr.strip()}")
    flags = shlex.split(done.stdout)
    entries = [
        {
            "directory": str(settings.objects),
            "file": str(path),
            "arguments": [*flags, f"-I{tree / 'Python'}", "-c", str(path), "-o", f"Python/jit/{path.stem}.o"],
        }
        for path in sorted((tree / "Python" / "jit").resolve().glob("*.c"))
        if path.name != "jit_bytecodes.c"  # the generators read it, no compiler
    ]
    text = json.dumps(entries, indent=1) + "\n"
    write_if_changed(settings.build / "compile_commands.json", text.encode())


def ready(settings: Settings) -> None:
    """Tree and Makefile are up to date."""
    prepare(settings)
    configure(settings)


def build(settings: Settings) -> None:
    """Everything that `meson compile` does."""
    ready(settings)
    make(settings)
    write_compile_commands(settings)


def test(settings: Settings, arguments: Sequence[str]) -> None:
    """Run CPython's test runner with the built python; UserError when a test fails."""
    if not settings.python.exists():
        raise UserError("there is no python to test yet; run `meson compile` first")
    command = [*settings.runner, str(settings.python), "-m", "test", *arguments]
    folder = settings.build / "test"
    folder.mkdir(exist_ok=True)
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    run(command, folder, env, "the test run")


def install(settings: Settings) -> None:
    """make install into the prefix, below DESTDIR if that is set."""
    if not settings.python.exists():
        raise UserError("there is nothing to install yet; run `meson compile` first")
    destination = os.environ.get("DESTDIR", "")
    run(["make", "--no-print-directory", "install", f"DESTDIR={destination}"], settings.objects, environment(settings), "make install")


def act(action: str, settings: Settings, arguments: Sequence[str]) -> None:
    """Do what one Meson target asks for."""
    if action == "build":
        build(settings)
    elif action == "prepare":
        prepare(settings)
    elif action == "make":
        ready(settings)
        make(settings, *arguments)
    elif action == "dist":
        prepare(settings)
        dist.main(["--tree", str(settings.tree_folder), "--output", str(settings.build), *arguments])
    elif action == "install":
        install(settings)
    elif action == "test":
        test(settings, arguments)
    elif action == "regrtest":
        test(settings, ["-u", REGRTEST_RESOURCES, f"-j{os.cpu_count() or 1}", *arguments])
    elif action == "python":
        print(settings.python)
    elif action == "bench":
        tool = REPOSITORY / "ci" / "bench"
        labels = [f"--python=off={settings.python},PYTHON_JIT=0", f"--python=on={settings.python},PYTHON_JIT=1"]
        run([str(tool), f"--build={settings.build}", *labels, *arguments], settings.build, dict(os.environ), "the benchmark run")


ACTIONS = ("build", "prepare", "make", "dist", "install", "test", "regrtest", "bench", "python")


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--config", type=Path, required=True, help="settings.json in the Meson build folder")
    options, arguments = parser.parse_known_args(argv)
    act(options.action, read_settings(options.config), [part for part in arguments if part != "--"])
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
