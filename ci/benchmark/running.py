"""Starts one worker: one program, in one interpreter, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.programs import Program

WORKER = Path(__file__).with_name("worker")
WHOLE = WORKER / "whole.py"  # times whole runs, by the Python that runs this tool


@dataclass(frozen=True)
class Task:
    """What a worker is to do.  Mode "time": time for `seconds` and at least `samples` samples; "check": run
    `calls` times `loops` iterations (0: as many as fit into `seconds`) and say what they compute; "names": say
    which benchmarks there are; "count": run as a whole and say what the JIT's counters are.
    """

    program: Program
    mode: str = "time"
    seconds: float = 1.2
    samples: int = 3
    loops: int = 0
    calls: int = 0
    clock: str = "wall"

    def request(self, packages: Path | None) -> dict[str, object]:
        """What the worker reads."""
        return {
            "script": str(self.program.script(packages)),
            "name": self.program.name,
            "args": list(self.program.args),
            "observe": list(self.program.observe),
            "mode": self.mode,
            "seconds": self.seconds,
            "samples": self.samples,
            "loops": self.loops,
            "calls": self.calls,
            "clock": self.clock,
        }

    @property
    def whole(self) -> bool:
        """Whether processes are timed from the outside."""
        return self.program.whole and self.mode == "time"


@dataclass
class Answer:
    """What a worker said: its result, or one line on why there is none; and what the program printed."""

    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    output: str = ""


@dataclass(frozen=True)
class Place:
    """Where workers find things: installed packages (None: none), and a folder for byte code and temporary files."""

    packages: Path | None
    work: Path
    timeout: float = 300.0  # seconds for one worker


def ask(interpreter: Interpreter, task: Task, place: Place, variables: Mapping[str, str] | None = None) -> Answer:
    """Run the task in a new process of the interpreter and wait for it; never raises for what a program does."""
    with tempfile.TemporaryDirectory(dir=place.work, prefix=".worker-") as name:
        folder = Path(name)
        request, response, output = folder / "task.json", folder / "result.json", folder / "output"
        request.write_text(json.dumps(task.request(place.packages)))
        extra = {
            **({"PYTHONPATH": str(place.packages)} if place.packages else {}),
            # Not beside the packages: interpreters with equal names for .pyc files may number opcodes differently.
            "PYTHONPYCACHEPREFIX": str(place.work / f"pycache-{interpreter.cache}"),
            "PYTHONHASHSEED": "0",
            **(variables or {}),
        }
        if task.whole:
            program = [*interpreter.command, str(task.program.file), *task.program.args]
            command = [sys.executable, "-I", "-S", str(WHOLE), str(request), str(response), *program]
        else:
            command = [*interpreter.command, str(WORKER), str(request), str(response)]
        limit = place.timeout * (max(task.samples, 1) if task.whole else 1)
        status = run_limited(command, interpreter.environment(extra), output, limit)
        printed = output.read_text("utf-8", "replace")
        if status is None:
            return Answer(error=f"no end after {limit:.0f} s", output=printed)
        try:
            result: dict[str, Any] = json.loads(response.read_text("utf-8"))
        except (OSError, ValueError):
            return Answer(error=f"{how_it_ended(status)}: {last_line(printed)}", output=printed)
        if status != 0:
            return Answer(error=f"{how_it_ended(status)} after its result: {last_line(printed)}", output=printed)
        if result.get("status"):  # of a script that was run as a whole
            return Answer(error=f"{how_it_ended(result['status'])}: {last_line(printed)}", output=printed)
        return Answer(result, result.get("error"), printed)


def run_limited(
    command: list[str], environment: dict[str, str], output: Path, timeout: float, folder: Path | None = None
) -> int | None:
    """Run a command (in `folder`) with all it prints going to `output`; its exit status, None if it had to be killed.

    The command gets a process group of its own, so that nothing it started outlives it.
    """
    with (
        output.open("wb") as stream,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    return f"killed by {signal_name(-status)}" if status < 0 else f"ended with status {status}"


def signal_name(number: int) -> str:
    """A signal's name, or its number if it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_line(text: str) -> str:
    """The last line of what a program printed."""
    return (text.strip().splitlines() or ["it printed nothing"])[-1]
