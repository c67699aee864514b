"""What the programs share."""

import signal
import traceback
import types
import zlib
from array import array

N = 1500                                # iterations that make a loop hot


if hasattr(signal, "setitimer"):
    SIGNAL = signal.SIGALRM

    def set_alarm(seconds, interval=0):
        signal.setitimer(signal.ITIMER_REAL, seconds, interval)
else:
    # Windows has no alarms: there, a thread does as if a signal had come.
    import _thread
    import threading

    SIGNAL = signal.SIGINT
    last = threading.Event(), None

    def set_alarm(seconds, interval=0):
        global last
        stop, thread = last
        stop.set()
        if thread is not None:
            thread.join()
        stop, thread = threading.Event(), None
        if seconds:
            thread = threading.Thread(target=ring, args=(stop, seconds, interval))
            thread.start()
        last = stop, thread

    def ring(stop, seconds, interval):
        while not stop.wait(seconds):
            _thread.interrupt_main(SIGNAL)
            if not interval:
                break
            seconds = interval


def where(exc):
    """[(function, line)] of an exception's traceback, outermost first; with
    the line inside the file."""
    # (Not extract_tb(), which looks each time whether the file has changed: slow where that is slow.)
    return [(frame.f_code.co_name, line) for frame, line in traceback.walk_tb(exc.__traceback__)]


def report(exc):
    """Prints an exception with the lines that it came through."""
    print(type(exc).__name__, exc.args, where(exc))


def attempt(function, *args):
    """Calls the function; prints its result or its exception."""
    try:
        print(repr(function(*args)))
    except Exception as exc:
        report(exc)


def tried(function, *args):
    """Its result, or its exception and where that comes from."""
    try:
        return function(*args)
    except Exception as exc:
        return type(exc).__name__, str(exc), where(exc)[1:]


def anew(function):
    """The function with code of its own, so that it is traced anew."""
    return types.FunctionType(function.__code__.replace(), function.__globals__, None, function.__defaults__,
                              function.__closure__)


def plain(v):
    """Something of known bits, whatever the sign of a NaN: other things than ints and floats with their types."""
    if type(v) is float:
        return "nan" if v != v else repr(v)
    return v if type(v) is int else (type(v).__name__, str(v))


def flat(values):
    """What is in (nested) sequences, in order."""
    for v in values:
        if isinstance(v, (list, tuple, bytes, bytearray, array)):
            yield from flat(v)
        else:
            yield plain(v)


def show(*values):
    """Prints how many there are, a checksum of all, and some of them."""
    everything = list(flat(values))
    print(len(everything), zlib.crc32(repr(everything).encode()), *everything[::len(everything) // 8 + 1])
