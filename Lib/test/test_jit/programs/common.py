"""What the programs share."""

import traceback

N = 1500                                # iterations that make a loop hot


def where(exc):
    """[(function, line)] of an exception's traceback, outermost first; with
    the line inside the file."""
    return [(frame.name, frame.lineno) for frame in traceback.extract_tb(exc.__traceback__)]


def report(exc):
    """Prints an exception with the lines that it came through."""
    print(type(exc).__name__, exc.args, where(exc))


def attempt(function, *args):
    """Calls the function; prints its result or its exception."""
    try:
        print(repr(function(*args)))
    except Exception as exc:
        report(exc)
