"""How Meson's options reach configure and make."""

import configparser
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import base as bases
import drive
import pytest
import tree as trees
from support import REPOSITORY, UserError
from targets import TARGETS, find_target

DEFAULTS: dict[str, object] = {
    "prefix": "/usr/local",
    "jit": "yes-off",
    "pgo": False,
    "lto": "no",
    "llvm": "",
    "source": "",
    "tree": "",
    "pydebug": False,
    "shared": False,
    "sanitize": [],
    "optimization": "2",
    "compiler": ["ccache", "gcc"],
    "cflags": [],
    "ldflags": [],
    "configure_arguments": [],
}


def settings(folder: Path, **changes: object) -> drive.Settings:
    """Settings as meson.build would write them into `folder`."""
    (folder / "settings.json").write_text(json.dumps(DEFAULTS | changes))
    return drive.read_settings(folder / "settings.json")


def test_daily_build(tmp_path: Path) -> None:
    assert drive.configure_command(settings(tmp_path)) == [
        "--prefix=/usr/local",
        "--enable-experimental-jit=yes-off",
        "CC=gcc",  # ccache must not get into sysconfig
        f"PYTHON_FOR_REGEN={sys.executable}",
        "OPT=-DNDEBUG -g -O2 -Wall",
    ]


def test_fast_build_leaves_optimization_to_configure(tmp_path: Path) -> None:
    arguments = drive.configure_command(settings(tmp_path, pgo=True, lto="yes"))
    assert "--enable-optimizations" in arguments
    assert "--with-lto" in arguments
    assert not [argument for argument in arguments if argument.startswith("OPT=")]


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"lto": "thin"}, "--with-lto=thin"),
        ({"pydebug": True}, "--with-pydebug"),
        ({"shared": True}, "--enable-shared"),
        ({"sanitize": ["undefined"]}, "--with-undefined-behavior-sanitizer"),
        ({"cflags": ["-fhardened", "-DX=a b"]}, "CFLAGS=-fhardened '-DX=a b'"),
        ({"ldflags": ["-Wl,-z,now"]}, "LDFLAGS=-Wl,-z,now"),
        ({"configure_arguments": ["--without-ensurepip"]}, "--without-ensurepip"),
        ({"jit": "interpreter"}, "--enable-experimental-jit=interpreter"),
        ({"compiler": ["clang-19", "-m64"]}, "CC=clang-19 -m64"),
    ],
)
def test_option_becomes_argument(tmp_path: Path, changes: dict[str, object], argument: str) -> None:
    assert argument in drive.configure_command(settings(tmp_path, **changes))


@pytest.fixture
def compilers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with commands gcc-12, clang-19 and other, the only one in PATH."""
    for name in ("gcc-12", "clang-19", "other"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_cc_gets_the_name_that_configure_knows(compilers: Path) -> None:
    (compilers / "cc").symlink_to("gcc-12")
    assert drive.known_compiler("cc -m64") == f"{compilers}/gcc-12 -m64"
    (compilers / "gcc").symlink_to("gcc-12")
    assert drive.known_compiler("cc -m64") == "gcc -m64"
    assert drive.known_compiler(f"{compilers}/cc") == "gcc"


def test_cc_is_not_called_by_the_name_of_another_compiler(compilers: Path) -> None:
    (compilers / "cc").symlink_to("clang-19")
    (compilers / "gcc").symlink_to("gcc-12")
    assert drive.known_compiler("cc") == f"{compilers}/clang-19"
    (compilers / "clang").symlink_to("gcc-12")
    assert drive.known_compiler("cc") == f"{compilers}/clang-19"


@pytest.mark.parametrize("compiler", ["gcc-12 -m32", "clang-19", "missing", "x86_64-linux-gnu-gcc"])
def test_other_names_stay(compilers: Path, compiler: str) -> None:
    assert drive.known_compiler(compiler) == compiler


@pytest.mark.skipif(sys.platform == "darwin", reason="cc is clang there")
def test_what_nobody_knows_stays(compilers: Path) -> None:
    (compilers / "cc").symlink_to("other")
    assert drive.known_compiler("cc") == "cc"


@pytest.mark.parametrize(
    ("changes", "makefile", "missing"),
    [
        ({"pgo": True}, "PGO_PROF_USE_FLAG=\n", "pgo"),
        ({"pgo": True}, "PGO_PROF_USE_FLAG=  \nX=-fprofile-use\n", "pgo"),
        ({"pgo": True}, "PGO_PROF_USE_FLAG=-fprofile-use\n", None),
        ({"lto": "yes"}, "LDFLAGS=\n", "lto"),
        ({"lto": "full"}, "LDFLAGS=-flto\n", None),
        ({}, "PGO_PROF_USE_FLAG=\n", None),
    ],
)
def test_what_configure_leaves_out_is_an_error(
    tmp_path: Path, changes: dict[str, object], makefile: str, missing: str | None
) -> None:
    if missing is None:
        drive.check_optimisation(settings(tmp_path, **changes), makefile)
    else:
        with pytest.raises(UserError, match=f"-D{missing}; set CC to gcc or clang"):
            drive.check_optimisation(settings(tmp_path, **changes), makefile)


def test_llvm_is_a_version_or_a_folder(tmp_path: Path) -> None:
    assert drive.environment(settings(tmp_path, llvm="20"))["LLVM_VERSION"] == "20"
    folder = settings(tmp_path, llvm=str(tmp_path))
    assert drive.environment(folder)["LLVM_TOOLS_INSTALL_DIR"] == str(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "clang").touch()
    assert drive.environment(folder)["LLVM_TOOLS_INSTALL_DIR"] == str(tmp_path / "bin")


def test_tree_is_shared_unless_it_has_a_base_of_its_own(tmp_path: Path) -> None:
    assert settings(tmp_path).tree_folder == REPOSITORY / "tree"
    assert settings(tmp_path, source="/some.tar.xz").tree_folder == tmp_path / "tree"
    assert settings(tmp_path, tree="/elsewhere").tree_folder == Path("/elsewhere")


def test_ignored_interrupts_are_not_inherited(tmp_path: Path) -> None:
    script = "import signal, sys; sys.exit(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert subprocess.run([sys.executable, "-c", script]).returncode == 1
        drive.run([sys.executable, "-c", script], tmp_path, {}, "the check")
    finally:
        signal.signal(signal.SIGINT, before)


def test_failing_command_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^the thing failed \(exit status 3\); its messages are above$"):
        drive.run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {}, "the thing")


class FakeTree:
    """A prepared tree whose configure and Makefile only count how often they run."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        (self.tree / ".git").mkdir(parents=True)
        self.set_base("sha256:1")
        self.set_script("1")

    def set_base(self, base: str) -> None:
        """Pretend that the tree was prepared from another base."""
        stamp = {"format": 1, "version": "3.13.5", "base": base, "base_commit": "", "head": "", "lists": "", "patches": ""}
        (self.tree / ".git/jit-tree.json").write_text(json.dumps(stamp))

    def set_script(self, comment: str) -> None:
        """Write a configure that notes its run and makes a Makefile with the flags it was given."""
        script = self.tree / "configure"
        script.write_text(
            f"#!/bin/sh\n# {comment}\necho run >> runs\n"
            'for a in "$@"; do case $a in CFLAGS=*) f=$a;; esac; done\n'
            "printf '%s\\nclean:\\n\\techo clean >> runs\\n' \"${f:-CFLAGS=}\" > Makefile\n"
        )
        script.chmod(0o755)


def runs(chosen: drive.Settings) -> list[str]:
    """What ran in the objects' folder since it was made."""
    return (chosen.objects / "runs").read_text().split()


def test_configure_runs_only_when_something_changed(tmp_path: Path) -> None:
    fake = FakeTree(tmp_path)
    chosen = settings(tmp_path, tree=str(fake.tree))
    drive.configure(chosen)
    drive.configure(chosen)
    assert runs(chosen) == ["run"]
    fake.set_script("2")
    drive.configure(chosen)
    assert runs(chosen) == ["run", "run"]
    # Other flags: objects made with the old ones must go.
    drive.configure(settings(tmp_path, tree=str(fake.tree), cflags=["-g3"]))
    assert runs(chosen) == ["run", "run", "run", "clean"]
    # Another base: everything goes.
    fake.set_base("sha256:2")
    drive.configure(settings(tmp_path, tree=str(fake.tree), cflags=["-g3"]))
    assert runs(chosen) == ["run"]


def test_failed_configure_runs_again(tmp_path: Path) -> None:
    fake = FakeTree(tmp_path)
    chosen = settings(tmp_path, tree=str(fake.tree))
    good = (fake.tree / "configure").read_text()
    (fake.tree / "configure").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UserError, match="configure failed"):
        drive.configure(chosen)
    (fake.tree / "configure").write_text(good)
    drive.configure(chosen)
    assert runs(chosen) == ["run"]


def test_meson_states_the_pinned_version() -> None:
    pin = bases.read_pin()
    found = re.search(r"version: '([^']+)'", (REPOSITORY / "meson.build").read_text())
    assert found is not None
    assert found[1] == f"{pin.version}+{pin.revision}"


def test_both_names_of_the_options_are_one_file() -> None:
    assert (REPOSITORY / "meson_options.txt").resolve() == (REPOSITORY / "meson.options").resolve()


def test_meson_writes_the_settings_that_are_read() -> None:
    text = (REPOSITORY / "meson.build").read_text()
    for name in DEFAULTS:
        assert f"'{name}'" in text
    for name in CROSS:
        assert f"'{name}'" in text
    assert set(DEFAULTS) | set(CROSS) | {"build"} == set(drive.Settings.__dataclass_fields__)


def test_meson_setup_passes_options_on(tmp_path: Path) -> None:
    meson = shutil.which("meson") or str(REPOSITORY / ".cache/meson/bin/meson")
    options = ["-Djit=interpreter", "-Dlto=true", "-Dpgo=true", "-Dsanitize=undefined", "-Dllvm=20", "-Doptimization=1"]
    odd = ['-Dc_args=-DNAME="a b"', "-Dconfigure-args=['--with-suffix=.exe', '--quote=\"', '--x=back\\\\slash']", "--prefix=/opt/some where"]
    command = [meson, "setup", str(tmp_path / "build"), str(REPOSITORY), *options, *odd]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    read = drive.read_settings(tmp_path / "build" / "settings.json")
    assert (read.build, read.jit, read.lto, read.pgo) == (tmp_path / "build", "interpreter", "yes", True)
    assert (read.sanitize, read.llvm, read.optimization) == (("undefined",), "20", "1")
    assert (read.prefix, read.cflags) == ("/opt/some where", ("-DNAME=a b",))
    assert read.configure_arguments == ("--with-suffix=.exe", '--quote="', "--x=back\\slash")
    assert read.compiler


def test_bench_compares_this_build_with_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(drive, "run", lambda command, cwd, env, what: commands.append(list(command)))
    drive.act("bench", settings(tmp_path), ["--fast", "--output", "r"])
    python = tmp_path / "cpython" / "python"
    assert commands[0][1:] == [
        f"--build={tmp_path}", f"--python=off={python},PYTHON_JIT=0", f"--python=on={python},PYTHON_JIT=1",
        "--fast", "--output", "r",
    ]  # fmt: skip


CROSS: dict[str, object] = {
    "target": "aarch64-linux",
    "host": "aarch64-unknown-linux-gnu",
    "build_python": "",
    "compiler": ["ccache", "clang-19", "--target=aarch64-linux-gnu"],
    "host_arguments": ["AR=some-ar", "LDFLAGS=-L@ROOT@/lib"],
    "host_environment": ["PKG_CONFIG_LIBDIR=@ROOT@/pkgconfig"],
    "stencil_arguments": ["-isysroot", "/a b"],
}


def cross(folder: Path, **changes: object) -> drive.Settings:
    """Settings of a cross build whose tree and python are stand-ins below `folder`."""
    (folder / "tree").mkdir(exist_ok=True)
    (folder / "tree" / "config.guess").write_text("echo x86_64-some-machine\n")
    return settings(folder, **CROSS | {"tree": str(folder / "tree"), "build_python": str(folder / "python")} | changes)


def test_cross_build_tells_configure_both_machines(tmp_path: Path) -> None:
    arguments = drive.configure_command(cross(tmp_path))
    assert "CC=clang-19 --target=aarch64-linux-gnu" in arguments
    assert arguments[-5:] == [
        "--host=aarch64-unknown-linux-gnu",
        "--build=x86_64-some-machine",
        f"--with-build-python={tmp_path / 'python'}",
        "AR=some-ar",
        f"LDFLAGS=-L{REPOSITORY}/lib",
    ]


def test_cross_build_has_an_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFLAGS_JIT", "-DX")
    monkeypatch.setenv("PATH", "/bin")
    variables = drive.environment(cross(tmp_path))
    assert variables["PKG_CONFIG_LIBDIR"] == f"{REPOSITORY}/pkgconfig"
    assert variables["CFLAGS_JIT"] == "-isysroot '/a b' -DX"
    assert variables["CONFIG_SITE"] == str(REPOSITORY / "ci/cross/aarch64-linux.site")
    assert variables["PATH"] == f"{REPOSITORY}/.cache/bin:/bin"
    assert "CONFIG_SITE" not in drive.environment(cross(tmp_path, target="none"))


def test_native_python_is_the_one_of_the_native_build(tmp_path: Path) -> None:
    assert cross(tmp_path, build_python="").native_python == REPOSITORY / "build/cpython/python"
    assert cross(tmp_path, target="").native_python == tmp_path / "cpython" / "python"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "is not there; run ci/build without --target"),
        ("echo 3.13.0 True", "is no python 3.13.5 of this tree"),
        ("echo 3.13.5 False", "is no python 3.13.5 of this tree"),
        ("exit 3", "is no python 3.13.5 of this tree"),
        ("echo 3.13.5 True", None),
    ],
)
def test_native_python_must_be_of_this_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, message: str | None
) -> None:
    monkeypatch.setattr(trees, "require", lambda _: trees.Stamp(1, "3.13.5", "", "", "", "", ""))
    if script is not None:
        (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "python").chmod(0o755)
    if message is None:
        drive.check_native_python(cross(tmp_path))
    else:
        with pytest.raises(UserError, match=message):
            drive.check_native_python(cross(tmp_path))


def test_what_cannot_be_run_says_so(tmp_path: Path) -> None:
    assert settings(tmp_path).runner == []
    assert cross(tmp_path).runner == [str(REPOSITORY / "ci/targets/aarch64-linux-run")]
    with pytest.raises(UserError, match="programs for aarch64-darwin cannot be run here"):
        _ = cross(tmp_path, target="aarch64-darwin").runner


CROSS_FILES = sorted((REPOSITORY / "ci" / "cross").glob("*.ini"))


@pytest.mark.parametrize("path", CROSS_FILES, ids=lambda path: path.stem)
def test_cross_files_are_of_targets_that_are_known(path: Path) -> None:
    file = configparser.ConfigParser(interpolation=None, strict=True)
    file.read(path, "utf-8")
    properties = file["properties"]
    assert properties["jit_target"] == repr(path.stem)
    target = next(target for target in TARGETS if target.name == path.stem)
    assert file["host_machine"]["cpu_family"] == repr(target.arch)
    assert file["host_machine"]["system"] == repr(path.stem.partition("-")[2])
    if "configure_host" in properties:
        assert find_target(properties["configure_host"].strip("'")) is target
    script = REPOSITORY / "ci" / "targets" / f"{path.stem}.sh"
    sourced = ["bash", "-c", f"set -eu; . {script}; declare -F install_packages_of_target"]
    assert subprocess.run(sourced, cwd=REPOSITORY, capture_output=True, text=True).stdout == "install_packages_of_target\n"
    for shell in (script, script.with_name(f"{path.stem}-run")):
        if shell.exists():
            assert subprocess.run(["bash", "-n", str(shell)], capture_output=True, text=True).stderr == ""


def test_each_target_has_a_cross_file_or_is_this_machine() -> None:
    assert {path.stem for path in CROSS_FILES} <= {target.name for target in TARGETS}
    assert CROSS_FILES


def test_a_python_with_a_suffix(tmp_path: Path) -> None:
    """As make calls it where `python` and the folder `Python` are the same name."""
    found = settings(tmp_path)
    assert found.python.name == "python"
    found.objects.mkdir()
    (found.objects / "python.exe").touch()
    assert found.python.name == "python.exe"
