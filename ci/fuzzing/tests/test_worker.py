"""What the worker records: values to the bit, tracebacks, frames; and that it forgets."""

import array
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from encoding import encode
from fuzzing.workers import OPTIONS, WORKER, Worker, environment


class Held:
    """An instance that refers to itself."""

    __slots__ = ("__dict__", "x")
    x: object
    y: int


class Whole(int):
    """A subclass that lies about itself."""

    def __repr__(self) -> str:
        return "lie"


def test_scalars_are_exact() -> None:
    nan = float("nan")
    assert [encode(x) for x in (1, True, 1.0, -0.0, "1", b"1", None)] == ["1", "True", "0x1.0000000000000p+0", "-0x0.0p+0", "'1'", "b'1'", "None"]
    (other,) = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0001))
    assert encode(nan) == encode(-nan) != encode(other)
    assert encode(complex(0.0, -0.0)) != encode(complex(0.0, 0.0))
    assert encode(2**300) == hex(2**300)


def test_containers_and_cycles() -> None:
    cycle: list[object] = [1]
    cycle.append(cycle)
    assert encode(cycle) == "[1, #0]"
    assert encode({"b": (1,), "a": [True]}) == "{'b': (1), 'a': [True]}"
    assert encode({1}) != encode(frozenset({1}))
    held = Held()
    held.x = held
    held.y = 2
    assert encode(held) == "Held( y=2, x=#0)"
    assert encode(Whole(3)) == "Whole(3)"
    assert encode(array.array("d", [-0.0])) == "array('d', [-0x0.0p+0])"
    assert encode(array.array("q", [1])) != encode(array.array("l", [1])) != encode([1])


def test_exceptions_show_causes_and_notes() -> None:
    try:
        try:
            raise KeyError("k")
        except KeyError as error:
            raise ValueError(1) from error
    except ValueError as error:
        error.add_note("n")
        text = encode(error)
    assert "ValueError (1)" in text and "cause={KeyError ('k')" in text and "notes=['n']" in text and "suppressed" in text


def run(*sources: str) -> list[tuple[str, ...]]:
    """What the runs of some programs show, executed by one worker under the Python of the tests."""
    worker = Worker(Path(sys.executable), {}, 20)
    try:
        found = []
        for source in sources:
            worker.send(source)
            outcome = worker.receive()
            assert outcome.ended == "", outcome.errors
            found.append(outcome.runs)
        return found
    finally:
        worker.stop()


def test_runs_are_the_text_then_main_then_the_text() -> None:
    assert run("n = 0\nemit('text')\ndef main():\n    global n\n    n += 1\n    emit(n)\nmain()\n") == [("emit 'text'\nemit 1", "emit 2", "emit 'text'\nemit 1")]


def test_what_is_recorded() -> None:
    source = """\
import warnings
class A:
    def __del__(self):
        emit('del')
        1 / 0
def f(x):
    y = x
    look()
    A()
    print('p')
    warnings.warn('w')
    raise ValueError(x)
f(1)
"""
    lines = run(source)[0][0].split("\n")
    assert lines[0].startswith("look f:8@") and "{x=1, y=1} | <module>:13@" in lines[0]
    assert lines[1] == "emit 'del'" and lines[2].startswith("unraisable {ZeroDivisionError")
    assert lines[3:5] == ["print 'p'", r"print '\n'"] and lines[5] == "warning UserWarning w 11"
    assert lines[6].startswith("raised {ValueError (1) [<module>:13@") and "f:12@" in lines[6]


def test_nothing_is_left_for_the_next_program() -> None:
    spoil = """\
import builtins, gc, signal, sys
builtins.len = builtins.extra = 5
sys.setrecursionlimit(200)
sys.settrace(lambda *args: None)
sys.setprofile(lambda *args: None)
signal.signal(signal.SIGUSR1, lambda *args: emit('handler'))
gc.enable()
sys.modules['fake'] = sys
sys.unraisablehook = None
"""
    look = """\
import builtins, gc, signal, sys
emit(len('abc'), hasattr(builtins, 'extra'), sys.getrecursionlimit(), sys.gettrace(), sys.getprofile(), gc.isenabled(), 'fake' in sys.modules)
signal.raise_signal(signal.SIGUSR1)
"""
    clean, _, after = run(look, spoil, look)
    assert clean == after and "emit 3 False 1000 None None False False" in after[0]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the address space in /proc")
def test_memory_is_limited() -> None:
    assert run("try:\n    bytearray(3 << 30)\nexcept MemoryError:\n    emit('refused')\nemit(len(bytearray(1 << 20)))\n")[0][0] == "emit 'refused'\nemit 1048576"


def test_an_orphan_ends_by_itself() -> None:
    process = subprocess.Popen([sys.executable, *OPTIONS, str(WORKER)], env=environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"source": "while True: pass\n", "seconds": 0.5}).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(20) == -signal.SIGXCPU
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
def test_monitoring_is_recorded_and_forgotten() -> None:
    source = "def f(x):\n    return x\nmonitor_on('PY_RETURN')\nf(3)\n"
    first, again = run(source, "def f(x):\n    return x\nf(3)\n")
    assert "monitor PY_RETURN f" in first[0] and again == ("", "", "")


def test_a_file_is_shown_to_people(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("emit(1)\n")
    done = subprocess.run(
        [sys.executable, *OPTIONS, str(WORKER), str(tmp_path / "p.py")], env=environment({}) | {"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    assert "== run 0\nemit 1\n" in done.stdout
    assert json.loads(json.dumps(done.stderr))
