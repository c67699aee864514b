"""Starts the Python under test and has it execute programs, in one long-lived process for each mode."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmark.running import signal_name
from support import UserError

WORKER = Path(__file__).parent / "worker" / "execute.py"
# Frozen modules, no site: a process starts in some 15 ms.
OPTIONS = ("-s", "-S", "-X", "frozen_modules=on", "-X", "faulthandler")


@dataclass(frozen=True)
class Outcome:
    """What a program did in a mode: what its runs showed, or how the process ended ("" if it did not)."""

    runs: tuple[str, ...] = ()
    references: int = 0
    ended: str = ""
    errors: str = ""  # the end of stderr, if the process ended
    jit: Mapping[str, int] = field(default_factory=dict, compare=False)
    good: bool = field(default=True, compare=False)  # the process can go on
    memory: int = field(default=0, compare=False)  # resident bytes afterwards
    seconds: float = field(default=0, compare=False)

    def same(self, other: "Outcome") -> bool:
        """Whether two outcomes show no difference."""
        return (self.runs, self.references, self.ended) == (other.runs, other.references, other.ended)


def environment(mode: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment: only the mode's options, and hashes that are the same everywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | dict(mode) | {"PYTHONHASHSEED": "0"}


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    return signal_name(-status) if status < 0 else f"exit status {status}"


class Worker:
    """One process in one mode; started when it is first needed."""

    def __init__(self, python: Path, mode: Mapping[str, str], timeout: float) -> None:
        self.python = python
        self.mode = mode
        self.timeout = timeout  # seconds for one program
        self.process: subprocess.Popen[bytes] | None = None
        self.errors: IO[bytes] | None = None
        self.history: list[str] = []  # what this process has executed
        self.first_memory = 0  # resident bytes after the first program

    def start(self) -> subprocess.Popen[bytes]:
        """The running process."""
        if self.process is None:
            self.errors = tempfile.TemporaryFile()  # noqa: SIM115 -- as long as the process
            try:
                self.process = subprocess.Popen(
                    [str(self.python), *OPTIONS, str(WORKER)],
                    env=environment(self.mode), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise UserError(f"{self.python} cannot be started any more ({error}); was it rebuilt?") from None
            self.history = []
            self.first_memory = 0
        return self.process

    def send(self, source: str) -> None:
        """Give it a program; receive() must follow."""
        process = self.start()
        self.history.append(source)
        request = {"source": source, "seconds": 2 * self.timeout}
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # receive() finds out how it ended

    def receive(self) -> Outcome:
        """What it said, waiting for it; a process that ended or said nothing in time is done with."""
        process = self.process
        assert process is not None and process.stdout is not None
        deadline = time.monotonic() + self.timeout
        data = bytearray()
        while not data.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                return Outcome(ended="hang", errors=self.stop())
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                status = process.wait()
                return Outcome(ended=how_it_ended(status), errors=self.stop())
            data += chunk
        outcome = to_outcome(json.loads(data))
        self.first_memory = self.first_memory or outcome.memory
        if not outcome.good:
            self.stop()
        return outcome

    def stop(self) -> str:
        """End the process; the end of what it wrote on stderr."""
        if self.process is None:
            return ""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                pass
        self.process = None
        assert self.errors is not None
        self.errors.seek(0)
        text = self.errors.read().decode("utf-8", "replace")
        self.errors.close()
        return text[-4000:]


def to_outcome(reply: dict[str, Any]) -> Outcome:
    """A worker's answer."""
    names = ("references", "jit", "good", "memory", "seconds")
    return Outcome(tuple(reply["runs"]), **{name: reply[name] for name in names})


class Crew:
    """One worker for each mode."""

    def __init__(self, python: Path, modes: Mapping[str, Mapping[str, str]], timeout: float) -> None:
        self.workers = {name: Worker(python, mode, timeout) for name, mode in modes.items()}

    def ask(self, source: str) -> dict[str, Outcome]:
        """What a program does in every mode: all at work at the same time."""
        for worker in self.workers.values():
            worker.send(source)
        return {name: worker.receive() for name, worker in self.workers.items()}

    def renew(self) -> None:
        """End all processes; new ones start when needed."""
        for worker in self.workers.values():
            worker.stop()


def ask_fresh(
    python: Path, modes: Mapping[str, Mapping[str, str]], sources: Sequence[str], timeout: float
) -> dict[str, Outcome]:
    """What the last of some programs does in every mode, after the others, in a new process for each mode."""
    crew = Crew(python, modes, timeout)
    try:
        for source in sources[:-1]:
            crew.ask(source)
        return crew.ask(sources[-1])
    finally:
        crew.renew()
