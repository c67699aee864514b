"""Puts a process back into the state it had before a program ran."""

import _thread
import builtins
import gc
import signal
import sys
import time
import types
import warnings

import observing
from encoding import encode

HANDLED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM)
THREAD_WAIT = 5.0  # seconds for a program's threads to end


def unraisable(args: "sys.UnraisableHookArgs") -> None:
    """Records exceptions of finalizers and callbacks."""
    observing.record.add(f"unraisable {encode(args.exc_value)} {encode(args.object, 5)}")


def show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: object = None, line: str | None = None
) -> None:
    """Records a warning."""
    observing.record.add(f"warning {category.__name__} {message} {lineno}")


def unexpected_signal(number: int, frame: object) -> None:
    """Records a signal for which the program has no handler."""
    observing.record.add(f"signal {number}")


class State:
    """What programs may change, as it was when this was made."""

    def __init__(self) -> None:
        for number in HANDLED:
            signal.signal(number, unexpected_signal)
        self.builtins = dict(vars(builtins))
        self.modules = {name: dict(vars(sys.modules[name])) for name in ("operator", "math", "functools", "gc")}
        self.names = set(sys.modules)
        self.recursion = sys.getrecursionlimit()
        self.switch = sys.getswitchinterval()
        self.handlers = {number: signal.getsignal(number) for number in (*HANDLED, signal.SIGINT)}
        self.streams = sys.stdout, sys.stderr
        self.threads = _thread._count()

    def prepare(self) -> None:
        """Before each run: collections only when a program asks, since the JIT's objects count as allocations."""
        gc.disable()
        sys.unraisablehook = unraisable
        warnings.showwarning = show_warning
        warnings.simplefilter("always")
        sys.stdout = sys.stderr = observing.record

    def restore(self) -> bool:
        """After each run; False if the process is not fit for another program."""
        sys.stdout, sys.stderr = self.streams
        observing.monitor_off()
        restore_dict(vars(builtins), self.builtins)
        for name, namespace in self.modules.items():
            restore_dict(vars(sys.modules[name]), namespace)
        for name in set(sys.modules) - self.names:
            del sys.modules[name]
        sys.setrecursionlimit(self.recursion)
        sys.setswitchinterval(self.switch)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self.handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        sys.set_asyncgen_hooks(None, None)
        gc.disable()
        gc.set_threshold(700, 10, 10)
        warnings.resetwarnings()
        deadline = time.monotonic() + THREAD_WAIT
        while _thread._count() > self.threads and time.monotonic() < deadline:
            time.sleep(0.001)
        return _thread._count() <= self.threads


def restore_dict(namespace: dict[str, object], saved: dict[str, object]) -> None:
    """Make a namespace hold what it held, without touching what did not change."""
    if namespace == saved and list(namespace) == list(saved):
        return
    for name in list(namespace):
        if name not in saved:
            del namespace[name]
    for name, value in saved.items():
        if namespace.get(name, types) is not value:
            namespace[name] = value
