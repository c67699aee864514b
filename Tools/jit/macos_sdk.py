"""Makes a small macOS SDK and the compiler commands that use it, out of a ziglang package.

    macos_sdk.py --ziglang FOLDER --output FOLDER --bin FOLDER

FOLDER of --ziglang is the package `ziglang` from PyPI where pip put it.  It holds Apple's C headers and a text stub of
libSystem under their own licences (APSL); what CPython and the JIT need beside them is made here:

    usr/include/util.h                      openpty() and its like
    usr/include/mach/mach_vm.h              memory of other tasks
    usr/lib/lib{c,dl,m,pthread,util}.tbd    libSystem, as Apple's SDK has them
    usr/lib/libz.tbd                        what zlib.h declares, from the system's libz.1.dylib
    CoreFoundation.framework                a stub without symbols: configure links with it, nothing uses it
    usr/lib/ARCH/libclang_rt.a              clang's run-time library (__isPlatformVersionAtLeast), built from zig's source

In the folder of --bin, ARCH-apple-macos-clang is Debian's clang-19 with lld-19 and all flags for this SDK.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support import UserError, digest, main_wrapper, write_if_changed

DEPLOYMENT = "11.0"  # the first macOS for ARM, and the first with pthread_jit_write_protect_np()
ZIG = "0.16.0"  # lld 19 refuses the stub of 0.17.1, and 0.15.2 lacks headers of CommonCrypto
LLVM = 19
ARCHITECTURES = {"aarch64": "arm64", "x86_64": "x86_64"}  # zig's name -> Apple's
ALIASES = ("c", "dl", "m", "pthread", "util")

UTIL_H = """\
/* Of libutil, which is part of libSystem. */
#ifndef _UTIL_H_
#define _UTIL_H_
#include <sys/types.h>
#include <sys/ioctl.h>
#include <termios.h>
int login_tty(int fd);
int openpty(int *primary, int *replica, char *name, struct termios *termp, struct winsize *winp);
pid_t forkpty(int *primary, char *name, struct termios *termp, struct winsize *winp);
#endif
"""

MACH_VM_H = """\
/* Of libSystem: other tasks' memory. */
#ifndef _mach_vm_user_
#define _mach_vm_user_
#include <mach/mach_types.h>
#include <mach/vm_region.h>
kern_return_t mach_vm_read_overwrite(task_t task, mach_vm_address_t address, mach_vm_size_t size,
                                     mach_vm_address_t data, mach_vm_size_t *done);
kern_return_t mach_vm_write(task_t task, mach_vm_address_t address, vm_offset_t data, mach_msg_type_number_t size);
kern_return_t mach_vm_region(task_t task, mach_vm_address_t *address, mach_vm_size_t *size, vm_region_flavor_t flavor,
                             vm_region_info_t info, mach_msg_type_number_t *count, mach_port_t *name);
#endif
"""

STUB = """\
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '{path}'
current-version: {version}
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ {symbols} ]
...
"""

# (argument, why)
COMPILER = (
    ("--target={apple}-apple-macos{deployment}", "Mach-O for this oldest macOS"),
    ("-isysroot {sdk}", "headers and libraries"),
    ("-Wno-nullability-completeness", "Apple's headers say of some pointers, and not of all, whether they may be null"),
)
LINKER = (
    ("-fuse-ld=lld-19", "the only linker for Mach-O that Debian has"),
    ("-mlinker-version=711", "clang must not use the options that ld64 had before -platform_version, which lld lacks"),
    ("-L{sdk}/usr/lib/{apple}", "where clang's run-time library is"),
    ("-lclang_rt", "__isPlatformVersionAtLeast(), which clang takes from a library that Debian does not have"),
)


@dataclass(frozen=True)
class Sdk:
    """Where the package is, where the SDK and the commands go."""

    ziglang: Path
    output: Path
    bin: Path

    def check(self) -> None:
        """UserError if the package is not the one that is known to work."""
        zig = self.ziglang / "zig"
        if not zig.is_file():
            raise UserError(f"{self.ziglang} is no ziglang package (it holds no zig); install ziglang=={ZIG} from PyPI")
        done = subprocess.run([str(zig), "version"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.stdout.strip() != ZIG:
            raise UserError(f"{zig} is version {done.stdout.strip() or 'unknown'}; the macOS SDK is made of ziglang=={ZIG}")

    def key(self) -> str:
        """Identifies what the SDK is made of."""
        return digest({"zig": ZIG.encode(), "script": Path(__file__).read_bytes()})

    def make(self) -> bool:
        """Make all of it, unless it is there already; True if it was made."""
        self.check()
        for zig_name, apple in ARCHITECTURES.items():
            write_command(self.bin / f"{zig_name}-apple-macos-clang", apple, self.output.absolute())
        stamp = self.output / "sdk.json"
        if stamp.is_file() and json.loads(stamp.read_text("utf-8")).get("key") == self.key():
            return False
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sdk-", dir=self.output.parent) as name:
            root = Path(name) / "sdk"
            self.fill(root)
            if self.output.exists():
                shutil.rmtree(self.output)
            root.rename(self.output)
        return True

    def fill(self, root: Path) -> None:
        """The SDK in an empty folder."""
        libc = self.ziglang / "lib" / "libc"
        include, lib = root / "usr" / "include", root / "usr" / "lib"
        shutil.copytree(libc / "include" / "any-darwin-any", include)
        (include / "util.h").write_text(UTIL_H)
        (include / "mach").mkdir(exist_ok=True)
        (include / "mach" / "mach_vm.h").write_text(MACH_VM_H)
        lib.mkdir()
        # Programs for arm64e (with pointer authentication) and arm64 have the same libSystem.
        stub = (libc / "darwin" / "libSystem.tbd").read_text("utf-8").replace("arm64e-macos", "arm64-macos")
        (lib / "libSystem.tbd").write_text(stub)
        for alias in ALIASES:
            (lib / f"lib{alias}.tbd").symlink_to("libSystem.tbd")
        write_stub(lib / "libz.tbd", "/usr/lib/libz.1.dylib", "1.2.12", declared(include / "zlib.h"))
        framework = root / "System" / "Library" / "Frameworks" / "CoreFoundation.framework"
        framework.mkdir(parents=True)
        path = "/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation"
        write_stub(framework / "CoreFoundation.tbd", path, "150", [])
        for zig_name, apple in ARCHITECTURES.items():
            (lib / apple).mkdir()
            self.run_time_library(zig_name, lib / apple / "libclang_rt.a")
        settings = {"key": self.key(), "Version": DEPLOYMENT, "MaximumDeploymentTarget": f"{DEPLOYMENT}.99"}
        (root / "sdk.json").write_text(json.dumps(settings, indent=1) + "\n")

    def run_time_library(self, architecture: str, output: Path) -> None:
        """clang's run-time library; nothing of the interpreter is built by zig."""
        command = [str(self.ziglang / "zig"), "build-lib", "-target", f"{architecture}-macos.{DEPLOYMENT}", "-O", "ReleaseSmall"]
        # -fno-compiler-rt: this is compiler-rt itself.
        command += ["-fno-compiler-rt", "-fstrip", "--name", "clang_rt", f"-femit-bin={output}"]
        command += ["--cache-dir", str(output.parent / "cache"), str(self.ziglang / "lib" / "compiler_rt.zig")]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode or not output.is_file():
            raise UserError(f"zig could not build the run-time library for {architecture}: {done.stderr.strip() or done.returncode}")
        shutil.rmtree(output.parent / "cache", ignore_errors=True)


def declared(header: Path) -> list[str]:
    """The functions that zlib.h declares as the library's."""
    text = header.read_text("utf-8")
    names = set(re.findall(r"^\s*ZEXTERN\b[^;(]*?\bZEXPORT(?:VA)?\s+(\w+)\s*(?:OF\s*)?\(", text, re.MULTILINE))
    if "inflateInit2_" not in names or "crc32" not in names:
        raise UserError(f"{header} does not look like zlib.h")
    return sorted(names)


def write_stub(path: Path, install_name: str, version: str, names: Sequence[str]) -> None:
    """A text stub of a library of the system."""
    path.write_text(STUB.format(path=install_name, version=version, symbols=", ".join(f"_{name}" for name in names)))


def write_command(path: Path, apple: str, sdk: Path) -> None:
    """The compiler: a shell script that adds the flags."""
    values = {"apple": apple, "sdk": f"'{sdk}'", "deployment": DEPLOYMENT}

    def words(table: Sequence[tuple[str, str]]) -> str:
        return " ".join(text.format(**values) for text, _ in table)

    reasons = "".join(f"# {text.format(**values)}: {why}\n" for text, why in COMPILER + LINKER)
    # Where nothing is linked, clang would warn of what is for the linker only.
    script = f"""\
#!/bin/sh
# Made by Tools/jit/macos_sdk.py: clang for macOS.
{reasons}for argument; do
    case $argument in
        -c | -E | -S | -M | -MM | -fsyntax-only | --version | -v) exec clang-{LLVM} {words(COMPILER)} "$@" ;;
    esac
done
exec clang-{LLVM} {words(COMPILER)} "$@" {words(LINKER)}
"""
    write_if_changed(path, script.encode())
    path.chmod(0o755)


def main(argv: Sequence[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ziglang", type=Path, required=True, help="the package's folder")
    parser.add_argument("--output", type=Path, required=True, help="the SDK")
    parser.add_argument("--bin", type=Path, required=True, help="where the compiler commands go")
    options = parser.parse_args(argv)
    sdk = Sdk(options.ziglang, options.output, options.bin)
    print(f"{options.output}: {'made' if sdk.make() else 'up to date'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
