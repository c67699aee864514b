"""The SDK for macOS, made of a ziglang package that is none."""

import subprocess
from pathlib import Path

import macos_sdk
import pytest
from support import UserError

ZLIB = """
/* a comment says
ZEXTERN int ZEXPORT deflateInit OF((z_streamp strm, int level)); */
ZEXTERN int ZEXPORT inflateInit2_ OF((z_streamp strm));
ZEXTERN uLong ZEXPORT crc32   OF((uLong crc));
ZEXTERN int ZEXPORTVA gzprintf Z_ARG((gzFile file));
ZEXTERN int ZEXPORTVA gzprintf(gzFile file);
"""
# Says its version, and writes what -femit-bin names.
ZIG = """#!/bin/sh
[ "$1" = version ] && echo {version} && exit
for argument; do
    case $argument in
        -femit-bin=*) echo "$*" >"${{argument#*=}}" ;;
    esac
done
exit {status}
"""


def package(folder: Path, version: str = macos_sdk.ZIG, status: int = 0) -> Path:
    """A folder as pip makes it."""
    libc = folder / "lib" / "libc"
    (libc / "include" / "any-darwin-any" / "sys").mkdir(parents=True)
    (libc / "include" / "any-darwin-any" / "zlib.h").write_text(ZLIB)
    (libc / "darwin").mkdir()
    (libc / "darwin" / "libSystem.tbd").write_text("targets: [ x86_64-macos, arm64e-macos ]\n")
    (folder / "zig").write_text(ZIG.format(version=version, status=status))
    (folder / "zig").chmod(0o755)
    return folder


def arguments(tmp_path: Path, ziglang: Path) -> list[str]:
    """The command line."""
    return ["--ziglang", str(ziglang), "--output", str(tmp_path / "a b" / "sdk"), "--bin", str(tmp_path / "bin")]


def test_what_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ziglang = package(tmp_path / "ziglang")
    assert macos_sdk.main(arguments(tmp_path, ziglang)) == 0
    sdk = tmp_path / "a b" / "sdk"
    lib = sdk / "usr" / "lib"
    assert (lib / "libSystem.tbd").read_text() == "targets: [ x86_64-macos, arm64-macos ]\n"
    assert (lib / "libm.tbd").read_text() == (lib / "libSystem.tbd").read_text()
    assert "symbols: [ _crc32, _deflateInit, _gzprintf, _inflateInit2_ ]" in (lib / "libz.tbd").read_text()
    assert (sdk / "System" / "Library" / "Frameworks" / "CoreFoundation.framework" / "CoreFoundation.tbd").is_file()
    assert "mach_vm_region" in (sdk / "usr" / "include" / "mach" / "mach_vm.h").read_text()
    assert "openpty" in (sdk / "usr" / "include" / "util.h").read_text()
    assert "-target aarch64-macos.11.0" in (lib / "arm64" / "libclang_rt.a").read_text()
    assert "-target x86_64-macos.11.0" in (lib / "x86_64" / "libclang_rt.a").read_text()
    (sdk / "kept").touch()
    assert macos_sdk.main(arguments(tmp_path, ziglang)) == 0
    assert (sdk / "kept").is_file()
    assert capsys.readouterr().err.splitlines() == [f"{sdk}: made", f"{sdk}: up to date"]


@pytest.mark.parametrize(("argument", "links"), [("main.o", True), ("-c", False), ("-E", False)])
def test_the_command(tmp_path: Path, argument: str, links: bool) -> None:
    macos_sdk.main(arguments(tmp_path, package(tmp_path / "ziglang")))
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "clang-19").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "path" / "clang-19").chmod(0o755)
    command = [str(tmp_path / "bin" / "aarch64-apple-macos-clang"), "a b", argument]
    done = subprocess.run(command, env={"PATH": f"{tmp_path / 'path'}:/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[:3] == ["--target=arm64-apple-macos11.0", "-isysroot", str(tmp_path / "a b" / "sdk")]
    assert ["a b", argument] == [each for each in lines if each in ("a b", argument)]
    assert ("-fuse-ld=lld-19" in lines, f"-L{tmp_path / 'a b' / 'sdk'}/usr/lib/arm64" in lines) == (links, links)


def test_no_package(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no ziglang package .* install ziglang==0.16.0"):
        macos_sdk.main(arguments(tmp_path, tmp_path))


def test_another_version(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is version 0.17.1; the macOS SDK is made of ziglang==0.16.0"):
        macos_sdk.main(arguments(tmp_path, package(tmp_path / "ziglang", version="0.17.1")))


def test_zig_fails(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not build the run-time library for aarch64: 1"):
        macos_sdk.main(arguments(tmp_path, package(tmp_path / "ziglang", status=1)))
    assert not (tmp_path / "a b" / "sdk").exists()


def test_another_zlib(tmp_path: Path) -> None:
    ziglang = package(tmp_path / "ziglang")
    (ziglang / "lib" / "libc" / "include" / "any-darwin-any" / "zlib.h").write_text("int crc32(void);\n")
    with pytest.raises(UserError, match="does not look like zlib.h"):
        macos_sdk.main(arguments(tmp_path, ziglang))
