"""What programs are given to be observed by: emit(), look(), and tracing that can be switched on anywhere."""

import re
import sys
import types
from builtins import BaseException, dict, getattr, int, isinstance, len, str, tuple, type  # noqa: UP029 -- programs replace them
from collections.abc import Callable
from typing import Any

from encoding import FILENAME, encode, stack_of

MAX_EVENTS = 1000  # per run; what comes later is not recorded
MAX_LENGTH = 100_000  # characters per run
ADDRESS = re.compile("0x[0-9a-f]{6,}")
TOOL = 3  # of sys.monitoring


class Record:
    """What was observed of one run, in order, one line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.left = MAX_LENGTH

    def has_room(self) -> bool:
        """Whether more is recorded."""
        return len(self.lines) < MAX_EVENTS and self.left > 0

    def add(self, line: str) -> None:
        """Record a line, if there is room."""
        if self.has_room():
            self.lines.append(line)
            self.left -= len(line)

    def write(self, text: str) -> int:
        """What sys.stdout is to a program."""
        self.add(f"print {ADDRESS.sub('0x', text)!r}")
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


record = Record()
watched: list[types.CodeType] = []  # has local events
registered: list[int] = []  # events that have a callback


def begin() -> None:
    """Forget what was recorded."""
    global record
    record = Record()


def emit(*values: object) -> None:
    """Record values."""
    if record.has_room():
        record.add(f"emit {' '.join([encode(value) for value in values])}")


def look(depth: int = 3) -> None:
    """Record the frames of the program that called, with their locals."""
    if record.has_room():
        record.add(f"look {' | '.join(stack_of(sys._getframe(1), depth))}")


def is_ours(frame: types.FrameType) -> bool:
    """Whether a frame is one of the program's functions."""
    return frame.f_code.co_filename == FILENAME


def describe(arg: object) -> str:
    """An event's argument, short."""
    if type(arg) is tuple and len(arg) == 3 and isinstance(arg[1], BaseException):
        return type(arg[1]).__name__
    return encode(arg, 20)


def tracer_of(opcodes: bool, locals_too: bool) -> Callable[..., object]:
    """A trace function that records every event of the program's frames."""

    def tracer(frame: types.FrameType, event: str, arg: object) -> object:
        if not is_ours(frame) or not record.has_room():
            return None
        frame.f_trace_opcodes = opcodes
        where = f"{frame.f_code.co_qualname}:{frame.f_lineno}@{frame.f_lasti}"
        record.add(f"trace {event} {where} {describe(arg)}{encode(dict(frame.f_locals), 30) if locals_too else ''}")
        return tracer

    return tracer


def trace_on(opcodes: bool = False, callers: int = 0, locals_too: bool = False) -> None:
    """sys.settrace, and so many of the calling frames are traced too."""
    tracer = tracer_of(opcodes, locals_too)
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and callers > 0 and is_ours(frame):
        frame.f_trace = tracer
        frame.f_trace_opcodes = opcodes
        frame = frame.f_back
        callers -= 1
    sys.settrace(tracer)  # type: ignore[arg-type]


def trace_off() -> None:
    """No trace function."""
    sys.settrace(None)


def profiler(frame: types.FrameType, event: str, arg: object) -> None:
    """Records every event of the program's frames."""
    if is_ours(frame) and record.has_room():
        shown = getattr(arg, "__name__", "?") if event.startswith("c_") else encode(arg, 20)
        record.add(f"profile {event} {frame.f_code.co_qualname}:{frame.f_lineno}@{frame.f_lasti} {shown}")


def profile_on() -> None:
    """sys.setprofile."""
    sys.setprofile(profiler)


def profile_off() -> None:
    """No profile function."""
    sys.setprofile(None)


def monitor_on(*names: str, code: types.CodeType | None = None) -> None:
    """sys.monitoring of these events, everywhere or of one code object."""
    monitoring: Any = vars(sys)["monitoring"]  # since 3.12; the tools are checked for 3.11
    if monitoring.get_tool(TOOL) is None:
        monitoring.use_tool_id(TOOL, "fuzz")
    events = 0
    for name in names:
        event = getattr(monitoring.events, name)
        monitoring.register_callback(TOOL, event, callback_of(name))
        registered.append(event)
        events |= event
    if code is None:
        monitoring.set_events(TOOL, events)
    else:
        watched.append(code)
        monitoring.set_local_events(TOOL, code, events)


def callback_of(name: str) -> Callable[..., object]:
    """A callback that records an event of the program's code."""

    def callback(code: types.CodeType, *args: object) -> object:
        if code.co_filename == FILENAME and record.has_room():
            if name == "CALL" and type(args[1]) is types.MethodType:
                # Whether a call sees a method or its function depends on what is specialized.
                args = (args[0], args[1].__func__, args[1].__self__)
            shown = [str(arg) if type(arg) is int else describe(arg) for arg in args]
            record.add(f"monitor {name} {code.co_qualname} {' '.join(shown)}")
        return None

    return callback


def monitor_off() -> None:
    """No events, and no tool."""
    if not registered:
        return
    monitoring: Any = vars(sys)["monitoring"]  # since 3.12; the tools are checked for 3.11
    monitoring.set_events(TOOL, 0)
    while watched:
        monitoring.set_local_events(TOOL, watched.pop(), 0)
    while registered:
        monitoring.register_callback(TOOL, registered.pop(), None)
    monitoring.free_tool_id(TOOL)


GIVEN: dict[str, object] = {
    function.__name__: function
    for function in (emit, look, trace_on, trace_off, profile_on, profile_off, monitor_on, monitor_off)
}
