"""Times whole runs of a command: `python -I -S whole.py TASK.json RESULT.json COMMAND...`.

A process of its own, and a small one: the peak memory that the system tells
of a command is never less than what its parent used.
"""

import json
import os
import sys
import time
from typing import Any


def once(command: list[str]) -> tuple[int, float, float, int]:
    """Run the command; its exit status as subprocess gives it, wall seconds, processor seconds, peak memory in bytes."""
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return os.waitstatus_to_exitcode(status), seconds, usage.ru_utime + usage.ru_stime, memory


def run(task: dict[str, Any], command: list[str]) -> dict[str, object]:
    """Run the command for task["seconds"] and at least task["samples"] times, or until it fails."""
    values: list[float] = []
    ends: list[float] = []
    peak = 0
    begin = time.perf_counter()
    while len(values) < task["samples"] or time.perf_counter() - begin < task["seconds"]:
        status, seconds, processor, memory = once(command)
        if status:
            return {"status": status}
        values.append(processor if task["clock"] == "cpu" else seconds)
        ends.append(time.perf_counter() - begin)
        peak = max(peak, memory)
    # busy: a script may wait, or use several processors, so its share of one says nothing about the machine.
    return {"values": values, "ends": ends, "loops": [1] * len(values), "busy": 1.0, "peak_memory": peak}


def main() -> None:
    """Read the task, run the command, write the result."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        task = json.load(stream)
    result = run(task, sys.argv[3:])
    with open(sys.argv[2], "w", encoding="utf-8") as stream:
        json.dump(result, stream)


main()
