"""What programs are compared under: environment variables for each mode. Imports nothing.

Python/jit/README.rst says what the stress modes do. A further mode needs only a row here.
"""

ON = {"PYTHON_JIT": "1", "PYTHON_JIT_VERIFY": "1"}

# Few repetitions make things hot, for programs that run for milliseconds.
WARM = ON | {"PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": "20",
             "PYTHON_JIT_RESUME_INITIAL_VALUE": "20",
             "PYTHON_JIT_SIDE_EXIT_INITIAL_VALUE": "3",
             "PYTHON_JIT_RATE": "0"}


def stress(what):
    """The variables for stress of some kinds."""
    return WARM | {"PYTHON_JIT_STRESS": what}


MODES = {
    "off": {"PYTHON_JIT": "0"},
    "on": ON,
    "unoptimized": WARM | {"PYTHON_JIT_OPTIMIZE": "0"},
    "warm": WARM,
    "hot": ON | {"PYTHON_JIT_STRESS": "hot"},
    "guards": stress("guards:5"),
    "evict": stress("evict:7"),
    "escapes": stress("escapes"),
    "alloc": stress("alloc:29"),
    "noexec": stress("noexec:9"),
    "misallocate": stress("misallocate:97"),
}

# What has to be above zero for a case that has run, where it is not "entries": all that
# was compiled may be evicted before it is entered, and it may be right to compile nothing.
SIGN_OF_LIFE = {"evict": "traces", "off": None, "alloc": None, "noexec": None}
