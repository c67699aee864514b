"""What ci/windows/meson.build runs: the python that makes frozen modules, stencils, and the layout of an installation.

    windows_build.py --config FILE native-python
    windows_build.py --config FILE stencils OUTPUT DEPFILE
    windows_build.py --config FILE layout FOLDER         FOLDER is made like an installation, from what was built
    windows_build.py --config FILE install               the same for `meson install`, below DESTDIR

FILE is the settings.json of the build folder (see drive.py).
"""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import drive
import stencils
from support import UserError, main_wrapper

HERE = "ci/windows"  # where Meson puts what ci/windows/meson.build makes, in the build folder
PROGRAMS = (".exe",)
LIBRARIES = (".dll",)
MODULES = (".pyd",)
# What drive.py has in its environment for the program that makes stencils.
CONCERNING_STENCILS = ("LLVM_VERSION", "LLVM_TOOLS_INSTALL_DIR", "JIT_STENCIL_CACHE")
# venv copies these to new environments.
LAUNCHERS = {name: f"Lib/venv/scripts/nt/{name}" for name in ("venvlauncher.exe", "venvwlauncher.exe")}


@dataclass(frozen=True)
class Copy:
    """One file of an installation: where it is now, and where it belongs in there."""

    source: Path
    place: str


def stencil_arguments(settings: drive.Settings, output: Path, depfile: Path) -> list[str]:
    """The command line of stencils.py for Windows."""
    tree, made = settings.tree_folder.resolve(), settings.build / HERE
    host = f"{settings.target.partition('-')[0]}-pc-windows-{'gnu' if settings.stencil_arguments else 'msvc'}"
    arguments = [
        "--host",
        host,
        "--source",
        str(tree / "jit_stencil_source.c"),
        "--primitives",
        str(tree / "jit_primitive_source.c"),
    ]
    arguments += ["--output", str(output), "--depfile", str(depfile)]
    include = tree / "Include"
    for folder in (made, include, include / "internal", include / "internal" / "mimalloc", tree / "PC"):
        arguments += ["--include", str(folder)]
    arguments += ["--include", str(tree / "Python")]
    # Traces are part of the program that python313.dll is: nothing is imported.
    defines = "-DPy_BUILD_CORE -DPy_ENABLE_SHARED -D_Py_JIT -D_Py_TIER2=1 -DNDEBUG"
    if settings.pydebug:
        defines = defines.replace("-DNDEBUG", "-D_DEBUG -DPy_DEBUG")
    flags = " ".join((defines, shlex.join(settings.stencil_arguments), os.environ.get("CFLAGS_JIT", "")))
    return [*arguments, "--cflags", flags]


def built(settings: drive.Settings) -> Iterator[Path]:
    """Programs, libraries and modules that Meson made."""
    for path in sorted((settings.build / HERE).iterdir()):
        if path.suffix in PROGRAMS + LIBRARIES + MODULES:
            yield path


def copies(settings: drive.Settings) -> Iterator[Copy]:
    """Every file of an installation."""
    tree = settings.tree_folder.resolve()
    for path in built(settings):
        if path.name in LAUNCHERS:
            yield Copy(path, LAUNCHERS[path.name])
        elif path.suffix == ".pyd":
            yield Copy(path, f"DLLs/{path.name}")
        else:
            yield Copy(path, path.name)
    for path in sorted((settings.build / HERE).glob("*.a")):
        if path.name.endswith(".dll.a") and path.name.startswith("libpython"):
            yield Copy(path, f"libs/{path.name}")
    yield Copy(settings.build / HERE / "pyconfig.h", "include/pyconfig.h")
    for folder, place in (("Include", "include"), ("Lib", "Lib")):
        # Our own files are links in a tree.
        for root, folders, names in os.walk(tree / folder, followlinks=True):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            below = Path(root).relative_to(tree / folder)
            for name in sorted(names):
                if not name.endswith(".pyc"):
                    yield Copy(Path(root) / name, (Path(place) / below / name).as_posix())


def lay_out(settings: drive.Settings, folder: Path) -> None:
    """Make a folder like an installation; copies only what changed, and leaves what it does not know."""
    count = 0
    for copy in copies(settings):
        goal = folder / copy.place
        before, after = (path.stat() if path.exists() else None for path in (goal, copy.source))
        if after is None:
            raise UserError(f"{copy.source} is missing; run `meson compile` first")
        if before and (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            continue
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.unlink(missing_ok=True)
        shutil.copy2(copy.source, goal)
        count += 1
    print(f"{folder}: {count} files copied")


def install(settings: drive.Settings) -> None:
    """What `meson install` does, which names the place."""
    prefix = os.environ.get("MESON_INSTALL_DESTDIR_PREFIX")
    if not prefix:
        raise UserError("run this through `meson install`")
    lay_out(settings, Path(prefix))


def main(argv: Sequence[str]) -> int:
    """Command line, see the top of this file."""
    parser = argparse.ArgumentParser(description="the parts of a Windows build that Meson cannot do")
    parser.add_argument("--config", type=Path, required=True, help="settings.json of the build folder")
    parser.add_argument("action", choices=("native-python", "stencils", "layout", "install"))
    parser.add_argument("argument", nargs="*", type=Path)
    options = parser.parse_args(argv)
    settings = drive.read_settings(options.config)
    given: list[Path] = options.argument
    wanted = {"stencils": 2, "layout": 1}.get(options.action, 0)
    if len(given) != wanted:
        raise UserError(f"{options.action} takes {wanted} arguments, not {len(given)}")
    if options.action == "native-python":
        drive.check_native_python(settings)
        print(settings.native_python)
    elif options.action == "stencils":
        environment = drive.environment(settings)
        os.environ.update({key: environment[key] for key in CONCERNING_STENCILS if key in environment})
        return stencils.main(stencil_arguments(settings, given[0], given[1]))
    elif options.action == "layout":
        lay_out(settings, given[0])
    else:
        install(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
