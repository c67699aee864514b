"""Gets the CPython release that the fork is built on, and checks that it is the one.

Tried in order: what the user names, a cached download, python.org, and Debian's
source package through the mirror that this machine's apt already uses.
"""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from support import REPOSITORY, UserError, sha256_of_file

TIMEOUT = 30  # seconds without a byte before a download counts as failed
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Pin:
    """The pinned release: version, our revision, tarball name, its URL, SHA-256, date (Unix seconds), Debian's names."""

    version: str
    revision: str
    tarball: str
    url: str
    sha256: str
    date: int
    debian_suite: str
    debian_source: str
    debian_orig: str


@dataclass(frozen=True)
class Base:
    """A base to unpack: a tarball or a folder, its version, what identifies it, and a remark for the user."""

    path: Path
    version: str
    identity: str
    remark: str


def read_pin(path: Path = REPOSITORY / "cpython" / "pin.toml") -> Pin:
    """The pin file's contents; UserError when a field is missing."""
    table = tomllib.loads(path.read_text("utf-8"))
    try:
        debian = table["debian"]
        return Pin(
            table["version"], table["revision"], table["tarball"], table["url"], table["sha256"], table["date"],
            debian["suite"], debian["source"], debian["orig"],
        )  # fmt: skip
    except KeyError as error:
        raise UserError(f"{path.name} lacks the field {error}") from None


def default_cache() -> Path:
    """Where downloads are kept when nobody says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cpython-jit"


def version_of_header(text: str, where: str) -> str:
    """The version that a patchlevel.h states; UserError when it states none."""
    found = re.search(r'^#define\s+PY_VERSION\s+"([^"]+)"', text, re.MULTILINE)
    if not found:
        raise UserError(f"{where} is not a CPython source tree (no PY_VERSION in Include/patchlevel.h)")
    return found[1]


def check_version(version: str, pin: Pin, where: str) -> None:
    """Refuse a base of another feature release than the pin's."""
    series = pin.version.rsplit(".", 1)[0]
    if not version.startswith(series + "."):
        raise UserError(f"{where} is CPython {version}; this fork needs {series}.x (pinned: {pin.version})")


def named(source: Path, pin: Pin) -> Base:
    """The base that the user named: a tarball (checked by its sum if it is the pinned version) or a folder."""
    if source.is_dir():
        header = source / "Include" / "patchlevel.h"
        if not header.is_file():
            raise UserError(f"{source} is not a CPython source tree (it has no Include/patchlevel.h)")
        if (source / "Makefile").exists():
            raise UserError(f"{source} has been built in; run `make distclean` there or name a clean tree")
        version = version_of_header(header.read_text("utf-8"), str(source))
        check_version(version, pin, str(source))
        remark = f"the folder {source} (CPython {version}) cannot be checked by a sum and is taken as it is"
        # A folder can change without notice, so only its version identifies it.
        return Base(source, version, f"folder:{version}", remark)
    if not source.is_file():
        raise UserError(f"{source} does not exist; name a CPython 3.13 tarball or source folder")
    found = sha256_of_file(source)
    if found == pin.sha256:
        return Base(source, pin.version, f"sha256:{found}", "")
    version = version_in_tarball(source)
    check_version(version, pin, str(source))
    if version == pin.version:
        raise UserError(
            f"{source} is not the {pin.tarball} that is pinned: its sha256 is {found}, expected {pin.sha256}"
        )
    remark = f"{source} is CPython {version}, not the pinned {pin.version}: its checksum is unknown and is not checked"
    return Base(source, version, f"sha256:{found}", remark)


def version_in_tarball(path: Path) -> str:
    """The CPython version of an unchecked tarball."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.count("/") == 2 and member.name.endswith("/Include/patchlevel.h"):
                    stream = archive.extractfile(member)
                    if stream is not None:
                        return version_of_header(stream.read().decode("utf-8"), str(path))
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise UserError(f"{path} cannot be read as a tarball ({reason})") from None
    raise UserError(f"{path} is not a CPython source tarball (no Include/patchlevel.h in it)")


def download(url: str, target: Path) -> None:
    """Fetch one file; OSError when that fails."""
    request = urllib.request.Request(url, headers={"User-Agent": "cpython-jit-build"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, target.open("wb") as stream:
        shutil.copyfileobj(answer, stream)


def apt_mirrors() -> list[str]:
    """The Debian archives in this machine's apt configuration, in its order, security archives left out."""
    try:
        done = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)"], capture_output=True, text=True
        )
    except FileNotFoundError:
        return []
    mirrors: list[str] = []
    for line in done.stdout.splitlines():
        origin, _, uri = line.partition("|")
        # Before the first `apt-get update` the origin is not known yet; then only
        # something that is called debian counts as a Debian archive.
        unknown = "ORIGIN" in origin or not origin
        is_debian = "debian" in uri if unknown else origin == "Debian"
        if is_debian and ":" in uri and "security" not in uri and uri not in mirrors:
            mirrors.append(uri)
    return mirrors


def from_debian(pin: Pin, mirror: str, work: Path) -> Path:
    """Download Debian's source package below `work` with an apt of its own; OSError when it has none."""
    if not KEYRING.exists():
        raise OSError(f"{KEYRING} is missing (package debian-archive-keyring)")
    for name in ("state/lists/partial", "cache/archives/partial", "parts", "got"):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    sources = work / "apt.sources"
    sources.write_text(
        f"Types: deb-src\nURIs: {mirror}\nSuites: {pin.debian_suite}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    options = {
        # Only our one source; the system's lists, caches and state stay untouched.
        "Dir::Etc::sourcelist": str(sources),
        "Dir::Etc::sourceparts": str(work / "parts"),
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": str(work / "parts"),
        "Dir::State": str(work / "state"),
        "Dir::State::lists": str(work / "state" / "lists"),
        "Dir::State::status": str(work / "status"),
        "Dir::Cache": str(work / "cache"),
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "APT::Sandbox::User": "root",  # the private folders are not readable for _apt
        "APT::Update::Post-Invoke::": "true",
    }
    command = ["apt-get", "-qq", *(part for pair in options.items() for part in ("-o", "=".join(pair)))]
    steps = (["update"], ["source", "--download-only", "--only-source", f"{pin.debian_source}/{pin.debian_suite}"])
    for step in steps:
        done = subprocess.run([*command, *step], cwd=work / "got", capture_output=True, text=True)
        if done.returncode:
            words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise OSError(f"apt-get {step[0]}: {words[-1]}")
    tarball = work / "got" / pin.debian_orig
    if not tarball.is_file():
        raise OSError(f"the source package holds no {pin.debian_orig}")
    return tarball


def fetch(pin: Pin, cache: Path) -> Path:
    """The pinned tarball in `cache`, downloaded there if need be; never leaves an unchecked file behind."""
    kept = cache / pin.tarball
    if kept.is_file():
        if sha256_of_file(kept) == pin.sha256:
            return kept
        raise UserError(f"{kept} has a wrong sha256 (expected {pin.sha256}); delete it and try again")
    cache.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as name:
        work = Path(name)
        got = work / pin.tarball
        print(f"fetching {pin.url}", flush=True)
        try:
            download(pin.url, got)
            return keep(got, kept, pin, "python.org")
        except OSError as error:
            failures.append(f"python.org: {error}")
        for mirror in apt_mirrors():
            print(f"python.org does not answer; fetching Debian's source package from {mirror}", flush=True)
            try:
                return keep(from_debian(pin, mirror, work / "apt"), kept, pin, mirror)
            except OSError as error:
                failures.append(f"{mirror}: {error}")
                shutil.rmtree(work / "apt", ignore_errors=True)
    raise UserError(
        f"{pin.tarball} could not be had ({'; '.join(failures)}); "
        "download it yourself and name it with --source (Meson: -Dcpython-source=)"
    )


def keep(got: Path, kept: Path, pin: Pin, where: str) -> Path:
    """Move a checked download into the cache; UserError when its sum is wrong."""
    found = sha256_of_file(got)
    if found != pin.sha256:
        raise UserError(f"{pin.tarball} from {where} has the sha256 {found}, expected {pin.sha256}; nothing was kept")
    os.replace(got, kept)
    return kept


def find(pin: Pin, source: Path | None, cache: Path) -> Base:
    """The base to build on: `source` if named, else the pinned tarball from cache or network."""
    if source is not None:
        return named(source, pin)
    return Base(fetch(pin, cache), pin.version, f"sha256:{pin.sha256}", "")


def unpack(base: Base, target: Path) -> None:
    """Put the base's files into the new folder `target`, all with the same, present time stamp."""
    if base.path.is_dir():
        ignored = shutil.ignore_patterns(".git", "__pycache__", "*.pyc", "*.o")
        shutil.copytree(base.path, target, symlinks=True, ignore=ignored, copy_function=copy_without_time)
        return
    try:
        with tarfile.open(base.path) as archive:
            for member in archive:
                _, _, inner = member.name.partition("/")
                if inner:
                    unpack_member(archive, member, target, inner)
    except (tarfile.TarError, EOFError) as error:
        raise UserError(f"{base.path} cannot be unpacked: {error}") from None


def unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path, inner: str) -> None:
    """Write one member below `target`, without its owner and time stamp.

    By hand, because Python 3.11.2 has no extraction filters.  The time stamp is
    the present: objects that were compiled from another base are then older.
    """
    if inner.startswith("/") or ".." in inner.split("/"):
        raise UserError(f"the tarball holds a path that leaves its folder: {member.name}")
    path = target / inner
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        path.symlink_to(member.linkname)
        return
    stream = archive.extractfile(member) if member.isfile() else None
    if stream is None:
        raise UserError(f"the tarball holds something that is no plain file: {member.name}")
    with path.open("wb") as output:
        shutil.copyfileobj(stream, output)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


def copy_without_time(source: str, target: str) -> str:
    """Copy contents and mode of one file, not its time stamp."""
    shutil.copyfile(source, target)
    shutil.copymode(source, target)
    return target
