"""What programs refer to by name: functions and classes, added to a program when their name occurs in it.

Each has one or more variants, of which one is chosen; `<kind>` is expanded as
in expressions, but there are no variables of a function at hand.
"""

Variants = tuple[str, ...]

IMPORTS = {
    name: f"import {name}" for name in ("sys", "gc", "types", "weakref", "signal", "_thread", "builtins", "functools", "operator", "math", "warnings", "itertools", "array")
}  # fmt: skip

HELPERS: dict[str, Variants] = {
    "G": ("G = <c>",),
    "H": ("H = <c>",),
    "line": ("def line():\n    return sys._getframe(1).f_lineno",),
    "poke": ("def poke(name, value, depth=1):\n    sys._getframe(depth).f_locals[name] = value",),
    "peek": ("def peek(name):\n    return sys._getframe(1).f_locals.get(name)",),
    # Called from helpers, dunder methods, finalizers: changes something at its n-th call, in the middle of whatever its callers do.
    "hook": ("def hook():\n    global hooked\n    hooked += 1\n    if hooked == <K>:\n        <change>",
             "def hook():\n    global hooked\n    hooked += 1\n    if hooked == <K2>:\n        <change>\n    elif hooked == <K>:\n        <change>",
             "def hook():\n    global hooked\n    hooked += 1\n    if hooked % 16 == 9:\n        <change>",
             "def hook():\n    global hooked\n    hooked += 1\n    if hooked in (<K>, <K2>):\n        raise <exc>('hook')"),
    "hooked": ("hooked = 0",),
    "global_count": ("def global_count():\n    global counted\n    counted += 1\n    if counted == <K>:\n        del counted\n        counted = 1.5\ncounted = 0", "def global_count():\n    global counted\n    counted = (counted, 1)[0] + 1\n    hook()\ncounted = 1"),
    # Dies all the time, and does something rarely: what writes into its caller's locals, or notes where it died.
    "Rare": (
        "class Rare:\n    def __init__(self, name='', value=3, now=False):\n        self.name, self.value, self.now = name, value, now\n    def __del__(self):\n        if self.now:\n            sys._getframe(1).f_locals[self.name] = self.value\n"
        "    def me(self):\n        return 1\n    def __len__(self):\n        return 5",
        "class Rare:\n    def __init__(self, name='', value=3, now=False):\n        self.name, self.value, self.now = name, 3, now\n    def __del__(self):\n        frame = sys._getframe(1)\n        place = frame.f_code.co_name, frame.f_lineno, frame.f_lasti\n"
        "        places[place] = places.get(place, 0) + 1\n    def me(self):\n        return self.value\n    def __bool__(self):\n        return self.now",
        "class Rare:\n    def __init__(self, name='', value=3, now=False):\n        self.name, self.value, self.now = name, value, now\n    def __del__(self):\n        if self.now:\n            hook()\n            self.name and look(2)\n"
        "    def me(self):\n        return self.value\n    def __len__(self):\n        return 0",
        "class Rare:\n    __slots__ = ('name', 'value', 'now')\n    def __init__(self, name='', value=3, now=False):\n        self.name, self.value, self.now = name, 2, now\n    def __del__(self):\n        hook()\n        if self.now:\n            raise E1(self.name)\n"
        "    def me(self):\n        return 4",
    ),
    "places": ("places = {}",),
    "ignore": ("def ignore(x, y=None):\n    x = y\n    y = None\n    return 1", "def ignore(*args):\n    args = None\n    return 2", "def ignore(x, y=None):\n    del x\n    return 1"),
    "hold": ("def hold(*args):\n    return Rare(*args)", "def hold(*args):\n    x = Rare(*args)\n    return x"),
    # Skips a line of its caller, by a trace function that assigns f_lineno; never backwards, where the same would come again.
    "jump": (
        "def jump():\n    first = sys._getframe(1).f_lineno\n    def tracer(frame, event, arg):\n        if event == 'line':\n            sys.settrace(None)\n            frame.f_trace = None\n            try:\n"
        "                if frame.f_lineno > first:\n                    frame.f_lineno += 1\n"
        "            except ValueError as error:\n                emit('no jump', str(error))\n        return tracer\n    sys._getframe(1).f_trace = tracer\n    sys.settrace(tracer)",
    ),
    # Frames that outlive their calls.
    "keep": ("def keep():\n    kept.append(sys._getframe(1))\n    del kept[:-3]",),
    "kept": ("kept = []",),
    "side_by_side": (
        "def side_by_side(function, *args):\n    out, locks = [], [_thread.allocate_lock() for _ in range(2)]\n    def body(lock):\n        try:\n            out.append(function(*args))\n        finally:\n            lock.release()\n"
        "    for lock in locks:\n        lock.acquire()\n        _thread.start_new_thread(body, (lock,))\n    out.append(function(*args))\n    for lock in locks:\n        lock.acquire()\n    return out",
    ),
    "quiet": (
        "def quiet(n):\n    total, seen = 0, []\n    for y in range(n):\n        total = total * 3 + y & 0xffffff\n        seen.append(total)\n    return total, len(seen)",
        "def quiet(n):\n    total = 0\n    for y in quiet_gen(n):\n        total += quiet2(y)\n    return total\ndef quiet2(y):\n    return y ^ 3\ndef quiet_gen(n):\n    for y in range(n):\n        yield y",
        "def quiet(n):\n    made = {}\n    for y in range(n):\n        made[y & 7] = (y, made.get(y & 3))\n        if len(made) > 6:\n            made.clear()\n    return sorted(made)",
    ),
    "fall": (
        "def fall(x):\n    return fall(x - 1) + x if x > 0 else <c>",
        "def fall(x):\n    if x <= 0:\n        return <c>\n    y = fall(x - 1)\n    return y ^ x",
        "def fall(x):\n    try:\n        return fall(x - 1) if x > 0 else 1 // x\n    except ZeroDivisionError:\n        return <c>",
    ),
    # Not by way of an __init__: how deep that gets depends on whether the call is specialized, which is not the JIT's.
    "deep": (
        "def deep(x):\n    return deep(x + 1)",
        "def deep(x):\n    y = x + 1\n    try:\n        return deep(y)\n    finally:\n        y = x",
        "def deep(x):\n    for _ in (1,):\n        z = [deep(x + 1)]\n    return z",
        "def deep(x):\n    return sum(deep(y) for y in (x,))",
        "def deep(x):\n    return deep2(x)\ndef deep2(x):\n    return deep(x) + 1",
        "class Deep:\n    def __getattr__(self, name):\n        return self.more\ndef deep(x):\n    return Deep().any",
    ),
    "count_to": (
        "def count_to(n):\n    for y in range(n):\n        yield y",
        "def count_to(n):\n    for y in range(n):\n        hook()\n        yield y",
        "def count_to(n):\n    with Cm() as z:\n        yield 1\n        yield from range(n)\n        hook()", "def count_to(n):\n    yield from [y + 1 for y in range(n)]\n    return 3",
        "def count_to(n):\n    y = 0\n    while y < n:\n        yield y * <c>\n        y += 1",
        "def count_to(n):\n    if n > 0:\n        yield n\n        yield from count_to(n - 1)",
        "def count_to(n):\n    try:\n        for y in range(n):\n            got = yield y\n            if got is not None:\n                yield got\n    finally:\n        tick('closed')",
    ),
    "talk": (
        "def talk(n):\n    total = n\n    while total < 2**70:\n        try:\n            got = yield total\n            total += got if got is not None else 1\n"
        "        except ValueError as error:\n            total += 1000\n    return total",
        "def talk(n):\n    for y in range(n, n + 60):\n        got = yield y\n        if got:\n            yield got + y\n    return 'done'",
        "def talk(n):\n    got = yield n\n    while True:\n        try:\n            got = yield (got or 0) + n\n        except E1:\n            return n\n        except ValueError:\n            got = 5",
        "def talk(n):\n    return (yield from inner_talk(n))\ndef inner_talk(n):\n    while True:\n        try:\n            n = (n + ((yield n) or 1)) & 0xffffffff\n        except GeneratorExit:\n            tick('exit')\n            raise\n"
        "        except ValueError:\n            yield -1",
    ),
    "co": (
        "async def co(x):\n    return x + 1",
        "async def co(x):\n    return await co2(x) + <c>\nasync def co2(x):\n    return x ^ 5",
        "async def co(x):\n    y = await Pause(x)\n    return y + x",
        "async def co(x):\n    async with Acm():\n        return x + await co2(x)\nasync def co2(x):\n    if x == <K>:\n        raise E1(x)\n    return 1",
        "async def co(x):\n    total = 0\n    async for y in agen(x & 3):\n        total += y\n    return total",
    ),
    "Pause": ("class Pause:\n    def __init__(self, x):\n        self.x = x\n    def __await__(self):\n        got = yield self.x\n        return got if type(got) is int else <c>",),
    "Acm": ("class Acm:\n    async def __aenter__(self):\n        return self\n    async def __aexit__(self, *exc):\n        return exc[0] is not None",),
    "agen": (
        "async def agen(n):\n    for y in range(n):\n        yield y",
        "async def agen(n):\n    try:\n        for y in range(n + 1):\n            got = yield y\n            if got:\n                await Pause(got)\n    except ValueError:\n        yield 99\n    finally:\n        tick('agen')",
        "async def agen(n):\n    z = [y async for y in agen2(n)]\n    for y in z:\n        yield y\nasync def agen2(n):\n    while n > 0:\n        n -= 1\n        yield n",
    ),
    "drive": (
        "def drive(coroutine, limit=20):\n    got = None\n    try:\n        while limit > 0:\n            got = coroutine.send(got)\n            limit -= 1\n        coroutine.close()\n    except StopIteration as stop:\n        return stop.value\n    return 0",
    ),
    "tick": ("def tick(what):\n    ticks[what] = ticks.get(what, 0) + 1\n    if ticks[what] in (1, 30):\n        emit(what, ticks[what])",),
    "ticks": ("ticks = {}",),
    "I": ("class I(int):\n    pass", "class I(int):\n    def __add__(self, other):\n        return int(self) - other", "class I(int):\n    def __add__(self, other):\n        hook()\n        return int(self) + 1\n    __radd__ = __add__", "class I(int):\n    def __radd__(self, other):\n        return 5\n    __slots__ = ()",
          "class I(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = int.__hash__\n    def __lt__(self, other):\n        return True", "class I(int):\n    def __index__(self):\n        return 1\n    def __bool__(self):\n        return False"),
    # What says of itself what it is not.
    "Masked": (
        "class Masked:\n    def __init__(self, x=1):\n        self.x = x\n    @property\n    def __class__(self):\n        hook()\n        return int",
        "class Masked:\n    x = 2\n    def __init__(self, x=1):\n        self.n = x\n    @property\n    def __class__(self):\n        self.n += 1\n        if self.n % 16 == 9:\n            raise E1('class')\n        return C0 if self.n % 3 else Masked",
        "class Masked:\n    x = 3\n    def __init__(self, x=1):\n        pass\n    def __getattribute__(self, name):\n        if name == '__class__':\n            tick('class')\n            return str\n        return object.__getattribute__(self, name)",
        "class Masked(C0):\n    __class__ = int",
        "class Masked(C0):\n    @property\n    def __class__(self):\n        poke('a', 2.5, 2)\n        return C1",
    ),
    "Masked0": ("class Masked0(C0):\n    @property\n    def __class__(self):\n        return int", "class Masked0(C0):\n    @property\n    def __class__(self):\n        hook()\n        return C1"),
    "Sized": (
        "class Sized:\n    def __init__(self, n=2):\n        self.n = n\n    def __len__(self):\n        return self.n",
        "class Sized:\n    def __init__(self, n=2):\n        self.n = n\n    def __len__(self):\n        hook()\n        return 3",
        "class Sized:\n    def __init__(self, n=2):\n        self.n = n\n    def __len__(self):\n        self.n += 1\n        return -1 if self.n % 16 == 5 else self.n",
        "class Sized:\n    def __init__(self, n=2):\n        self.n = n\n    def __len__(self):\n        self.n += 1\n        if self.n % 16 == 5:\n            raise E1('len')\n        return self.n & 7",
        "class Sized:\n    def __init__(self, n=2):\n        self.n = n\n    def __len__(self):\n        self.n += 1\n        return sys.maxsize + self.n - <K>",
        "class Sized(list):\n    def __init__(self, n=2):\n        super().__init__(range(n))\n    def __len__(self):\n        return 40",
    ),
    # What C compares and hashes.
    "Key": (
        "class Key:\n    def __init__(self, v):\n        self.v = v\n    def __eq__(self, other):\n        return self.v == other.v\n    def __lt__(self, other):\n        return self.v < other.v\n    def __gt__(self, other):\n        return self.v > other.v\n    def __hash__(self):\n        return hash(self.v)",
        "class Key:\n    def __init__(self, v):\n        self.v = v\n    def __eq__(self, other):\n        if not isinstance(other, Key):\n            return NotImplemented\n        return self is other or self.v == other.v\n    def __lt__(self, other):\n        v = self.v\n        hook()\n        return v < other.v\n    __gt__ = __lt__\n    def __hash__(self):\n        return self.v & 1",
        "class Key:\n    def __init__(self, v):\n        self.v = v\n    def __eq__(self, other):\n        hook()\n        v = other.v\n        return v == self.v\n    def __lt__(self, other):\n        return NotImplemented if self.v == 2 else self.v < other.v\n    def __gt__(self, other):\n        return other.v < self.v\n    def __hash__(self):\n        hook()\n        return hash((self.v, 1))",
        "class Key:\n    count = 0\n    def __init__(self, v):\n        self.v = v\n    def __eq__(self, other):\n        Key.count += 1\n        if Key.count == <K>:\n            raise E1('eq')\n        return self.v == other.v\n    def __lt__(self, other):\n        x, y = self.v, other.v\n        return 1 if x < y else []\n    def __gt__(self, other):\n        return self.v > other.v\n    def __hash__(self):\n        return 1",
    ),
    "Mod": ("class Mod(types.ModuleType):\n    @property\n    def value(self):\n        return <c>", "class Mod(types.ModuleType):\n    def __getattribute__(self, name):\n        return 3 if name == 'value' else super().__getattribute__(name)",
            "class Mod(types.ModuleType):\n    def __getattr__(self, name):\n        hook()\n        return 6", "class Mod(types.ModuleType):\n    pass"),
    "mod": ("mod = types.ModuleType('mod')\nmod.value, mod.fn = <c>, h0", "mod = types.ModuleType('mod')\nmod.fn = h0\nmod.__getattr__ = lambda name: <c>"),
    "J": ("class J(int):\n    def __mul__(self, other):\n        return NotImplemented\n    def __add__(self, other):\n        return J(int.__add__(self, int(other)))",),
    "F": ("class F(float):\n    pass", "class F(float):\n    def __radd__(self, other):\n        return 2.5\n    def __gt__(self, other):\n        return True", "class F(float):\n    def __mul__(self, other):\n        return -0.0"),
    "S": ("class S(str):\n    pass", "class S(str):\n    def __add__(self, other):\n        return 'added'", "class S(str):\n    def __eq__(self, other):\n        return True\n    __hash__ = str.__hash__"),
    "L": ("class L(list):\n    pass", "class L(list):\n    def __getitem__(self, index):\n        return 9", "class L(list):\n    def __iter__(self):\n        return iter((1, 2))\n    def __len__(self):\n        return 1"),
    "T": ("class T(dict):\n    def __missing__(self, key):\n        return 4", "class T(dict):\n    def __getitem__(self, key):\n        return 6"),
    "E1": ("class E1(Exception):\n    pass", "class E1(ValueError):\n    def __init__(self, *args):\n        super().__init__(*args)\n        self.extra = 1"),
    "E2": ("class E2(E1):\n    pass", "class E2(KeyError):\n    def __str__(self):\n        return 'E2'"),
    "Cm": (
        "class Cm:\n    def __init__(self, swallow=False):\n        self.swallow = swallow\n    def __enter__(self):\n        return 3\n    def __exit__(self, kind, value, tb):\n        return self.swallow",
        "class Cm:\n    def __init__(self, swallow=False):\n        self.swallow = swallow\n    def __enter__(self):\n        return self.swallow\n    def __exit__(self, *exc):\n        if exc[0]:\n            tick('exit')\n        return self.swallow and exc[0] is not None",
        "class Cm:\n    def __init__(self, swallow=False):\n        self.swallow = swallow\n    def __enter__(self):\n        hook()\n        return 1\n    def __exit__(self, *exc):\n        hook()\n        return self.swallow",
        "class Cm:\n    __slots__ = ('swallow',)\n    def __init__(self, swallow=False):\n        self.swallow = swallow\n    def __enter__(self):\n        return 1\n    def __exit__(self, kind, value, tb):\n        if kind is KeyError:\n            raise E1('from exit') from value\n        return self.swallow",
    ),
    "manager": (
        "import contextlib\n@contextlib.contextmanager\ndef manager(x):\n    try:\n        yield x\n    except ValueError:\n        tick('managed')\n    finally:\n        tick('end')",
    ),
    "Fin": (
        "class Fin:\n    def __init__(self, name, value, depth=1):\n        self.what = name, value, depth\n    def __del__(self):\n        name, value, depth = self.what\n        frame = sys._getframe(depth)\n"
        "        if name in frame.f_locals:\n            frame.f_locals[name] = value",
    ),
    "Note": ("class Note:\n    def __init__(self, what):\n        self.what = what\n    def __del__(self):\n        tick(self.what)",
             "class Note:\n    def __init__(self, what):\n        self.what = what\n    def __del__(self):\n        emit('del', self.what)",
             "class Note:\n    def __init__(self, what):\n        self.what = what\n    def __del__(self):\n        hook()",
             "class Note:\n    def __init__(self, what):\n        self.what = what\n    def __del__(self):\n        look(2)\n        raise E1(self.what)"),
    "Act": ("class Act:\n    def __init__(self, action):\n        self.action = action\n    def __del__(self):\n        self.action()",),
    "nt": ("import collections\nNt = collections.namedtuple('Nt', 'left right')\nnt = Nt(<c>, 2)",),
    "Point": ("class Point:\n    __match_args__ = ('x', 'y')\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n    def __eq__(self, other):\n        return type(other) is Point and (self.x, self.y) == (other.x, other.y)",
              "class Point:\n    __match_args__ = ('x', 'y')\n    def __init__(self, x, y):\n        hook()\n        self.x, self.y = x, y\n    def __eq__(self, other):\n        hook()\n        return self.x == other.x", "class Point:\n    __slots__ = __match_args__ = ('x', 'y')\n    def __init__(self, x, y):\n        self.x, self.y = x, y"),
    "Meta": ("class Meta(type):\n    def __call__(cls, *args):\n        made = super().__call__(*args)\n        made.meta = 1\n        return made\n    def __instancecheck__(cls, value):\n        return value == 3\n    @property\n    def size(cls):\n        return <c>",
             "class Meta(type):\n    def __getattr__(cls, name):\n        return len(name)\n    def __new__(meta, name, bases, space):\n        space['added'] = 11\n        return super().__new__(meta, name, bases, space)\n    def __len__(cls):\n        return 2\n    size = 3"),
    "Meta2": ("class Meta2(type):\n    def __instancecheck__(cls, value):\n        hook()\n        return type(value) is int", "class Meta2(type):\n    size = 4"),
    "M": ("class M(metaclass=Meta):\n    def __init__(self, x=1):\n        self.x = x",),
    "depth": ("def depth():\n    frame, n = sys._getframe(), 0\n    while frame:\n        frame, n = frame.f_back, n + 1\n    return n",),
    "count_tb": ("def count_tb(error):\n    tb, n = error.__traceback__, 0\n    while tb:\n        tb, n = tb.tb_next, n + 1\n    return n",),
    "shared": ("def shared_code(x):\n    return where + x\nshares = [types.FunctionType(shared_code.__code__, {'where': y}) for y in (<c>, <c>)]\ndef shared(which):\n    return shares[which]",
               "def shared_code(x):\n    for _ in range(2):\n        x = len((x,)) + where\n    return x\nshares = [types.FunctionType(shared_code.__code__, space) for space in ({'where': 2}, {'where': <c>, 'len': lambda x: 8})]\n"
               "def shared(which):\n    return shares[which]"),
    "other": ("space = {'G': <c>}\nexec('def other(x):\\n    return x + G', space)\nother = space['other']", "space = {'__builtins__': {'len': lambda x: 41}}\nexec('def other(x):\\n    return len((x,)) + 1', space)\nother = space['other']"),
    "in_thread": ("def in_thread(function, *args):\n    done, out = _thread.allocate_lock(), []\n    done.acquire()\n    def body():\n        try:\n            out.append(function(*args))\n        except Exception as error:\n            out.append(error)\n"
                  "        finally:\n            done.release()\n    _thread.start_new_thread(body, ())\n    done.acquire()\n    return out",),
    "worker": ("def worker(n):\n    total = 0\n    for y in range(n):\n        total += y\n        if y == 30:\n            look(1)\n    return total", "def worker(n):\n    total = []\n    for y in count_to(n):\n        total.append(y)\n    return len(total)"),
    "range_of": ("def range_of(real):\n    return lambda *args: list(real(*args))[:50]",),
    "C0b": ("class C0b(C0):\n    const = 3\n    def m(self, v):\n        return v ^ 3",),
    "D0": ("D0 = D(<c>)",),
    "SIGUSR1": ("def on_signal(number, frame):\n    global G\n    G = 33\n    emit('signal', frame)\nsignal.signal(signal.SIGUSR1, on_signal)", "def on_signal(number, frame):\n    look(2)\nsignal.signal(signal.SIGUSR1, on_signal)",
                "def on_signal(number, frame):\n    C0.m = lambda self, v: 1\nsignal.signal(signal.SIGUSR1, on_signal)"),
    "SIGUSR2": ("def on_alarm(number, frame):\n    raise E1(number)\nsignal.signal(signal.SIGUSR2, on_alarm)",),
    # Functions that are called while hot.
    "h0": ("def h0(x):\n    return x + <c>", "def h0(x):\n    return x ^ <mask>", "def h0(x):\n    y = x & <mask>\n    if y > <c>:\n        return y\n    return -y", "def h0(x):\n    return h0b(x) - 1\ndef h0b(x):\n    return x + G",
           "def h0(x):\n    tick('h0')\n    return x", "def h0(x):\n    hook()\n    return x + G", "def h0(x):\n    y = x & 7\n    keep()\n    return y", "def h0(x):\n    y = x\n    if y & 15 == 9:\n        jump()\n    y = 3\n    return y", "def h0(x):\n    y = x\n    hook()\n    return y - x + <c>",
           "def h0(x):\n    y = [x]\n    for z in y:\n        hook()\n        y = z\n    return y"),
    "h1": ("def h1(x, y=<c>):\n    return x - y", "def h1(x, y=<c>):\n    return x if x > y else y", "def h1(x, y=<c>):\n    z = (x, y)\n    a, b = z\n    return b - a"),
    "h2": ("def h2(x):\n    try:\n        return x // (x & 3)\n    except ZeroDivisionError:\n        return -1", "def h2(x):\n    for y in range(3):\n        if y == x & 3:\n            return y\n    else:\n        return 9",
           "def h2(x):\n    with Cm(True):\n        if x & 7 == 5:\n            raise ValueError(x)\n        return x\n    return -2", "def h2(x):\n    try:\n        return x\n    finally:\n        tick('finally')",
           "def h2(x):\n    while True:\n        try:\n            if x & 1:\n                break\n            return x\n        finally:\n            hook()\n    return 1", "def h2(x):\n    with Cm(True) as y:\n        hook()\n        return x\n    return y or 2",
           "def h2(x):\n    for y in (1, 2, 3):\n        try:\n            hook()\n            if y == 2:\n                return x\n        except Exception:\n            continue\n    return 5",
           "def h2(x):\n    try:\n        return h3(x)\n    except E1 as error:\n        return len(error.args)"),
    "h3": ("def h3(x):\n    if ticks.get('h3', 0) == <K>:\n        tick('h3')\n        raise E1(x)\n    tick('h3')\n    return 1", "def h3(x):\n    look(2) if x == <K> else None\n    return x",
           "def h3(x):\n    global G\n    G = (G + x) & <mask>\n    return G"),
    "hk": ("def hk(x, *, z=<c>):\n    return x - z", "def hk(x=1, y=2, *, z=<c>):\n    return x + y + z"),
    "hs": ("def hs(*args, **kwargs):\n    return len(args) * 10 + len(kwargs)", "def hs(x=0, *args, z=1, **kwargs):\n    return len(args) + z + len(kwargs)"),
    "hg": ("def hg(x):\n    return G + x", "def hg(x):\n    return len((x, H)) + H", "def hg(x):\n    return abs(x) + G + H", "def hg(x):\n    y = G\n    hook()\n    return y + G", "def hg(x):\n    y = len((x,))\n    hook()\n    return y + len((x, y)) + H"),
    "hc": ("def make_hc():\n    n = 0\n    def hc(x):\n        nonlocal n\n        n = (n + x) & <mask>\n        return n\n    return hc\nhc = make_hc()", "def make_hc():\n    n = <c>\n    return lambda x: n + x\nhc = make_hc()"),
    "hp": ("hp = functools.partial(lambda x, y: x - y, <c>)", "hp = functools.lru_cache(maxsize=4)(lambda x: x ^ 3)", "hp = operator.neg", "hp = (1).__add__", "hp = abs"),
    "hloop": ("def hloop(x):\n    y = 0\n    for j in range(x):\n        y += j\n    return y", "def hloop(x):\n    y = 1\n    while x > 0:\n        x -= 1\n        y = y * 3 & <mask>\n    return y"),
}  # fmt: skip

# Members of the classes, by the regular expression of what needs them.
C0_HEAD = ("class C0:", "class C0(Base):", "class C0(metaclass=Meta):", "class C0:\n    z = <c>")
C0_INIT = ("    def __init__(self, x=1):\n        self.x = x\n        self.y = <c>", "    def __init__(self, x=1):\n        self.x = x\n        hook()\n        self.y = x", "    def __init__(self, x=1):\n        self.y = 2\n        self.x = x\n        self.fn = h0",
           "    x = 1\n    y = <c>\n    def __init__(self, x=1):\n        self.x = x", "    def __new__(cls, x=1):\n        self = object.__new__(cls)\n        self.y = <c>\n        return self\n    def __init__(self, x=1):\n        self.x = x")  # fmt: skip
MEMBERS: dict[str, Variants] = {
    r"\.prop\b": ("    @property\n    def prop(self):\n        return self.x + <c>\n    @prop.setter\n    def prop(self, value):\n        self.y = value", "    @property\n    def prop(self):\n        return len('abc')", "    @property\n    def prop(self):\n        hook()\n        return self.y\n    @prop.setter\n    def prop(self, value):\n        hook()\n        self.x = value"),
    r"\.m\b|\.over\b": ("    def m(self, v):\n        return self.x + v", "    def m(self, v):\n        self.y = v\n        return self.x", "    def m(self, v, w=2):\n        return v - w", "    def m(self, v):\n        hook()\n        return self.x", "    def m(self, v):\n        y = self.x\n        hook()\n        return y - self.x + self.y", "    def m(self, v):\n        self.x = (self.x + v) & <mask>\n        return self.y"),
    r"\.const\b": ("    const = <c>",),
    r"\.desc\b": ("    desc = Desc()",),
    r"\.missing\b": ("    def __getattr__(self, name):\n        if name == 'missing':\n            return 7\n        raise AttributeError(name)", "    def __getattr__(self, name):\n        tick('getattr')\n        return len(name)"),
    r"\.cm\b": ("    @classmethod\n    def cm(cls, v):\n        return v + 1",),
    r"\.sm\b": ("    @staticmethod\n    def sm(v):\n        return v ^ 1",),
    r"\.many\b": ("    def many(self, a=1, b=2, *args, **kwargs):\n        return a - b",),
    r"\.over\b": ("    def over(self, v):\n        return self.m(v) + 1",),
    r"\.lazy\b": ("    @functools.cached_property\n    def lazy(self):\n        tick('lazy')\n        return <c>",),
    r"\bo\(": ("    def __call__(self, v):\n        return v + self.x",),
    r"\.inst\b": ("    def inst(self, v):\n        return v",),
    r"\.chain\b": ("    def chain(self):\n        return self",),
    r"\.cached\b": ("    def __getattribute__(self, name):\n        if name == 'cached':\n            return 3\n        return object.__getattribute__(self, name)", "    cached = 4"),
    r"\.up\b": ("    def up(self, v):\n        return v",),
}  # fmt: skip
C1_MEMBERS: dict[str, Variants] = {
    r"\.up\b": ("    def up(self, v):\n        return super().up(v) + 1", "    def up(self, v):\n        return super(C1, self).up(v) + __class__.__name__.count('C')"),
    r"\.m\b": ("    def m(self, v):\n        return v - 1", "    def m(self, v):\n        return super().m(v) ^ 2", "    def m(self, v, w=3):\n        return v"),
    r"\.const\b": ("    const = <c>", "    const = property(lambda self: 8)"),
    r"\.prop\b": ("    prop = 6", "    @property\n    def prop(self):\n        return super().prop"),
}  # fmt: skip
CLASSES: dict[str, Variants] = {
    "Base": ("class Base:\n    base = 1\n    def up(self, v):\n        return v", "class Base:\n    __slots__ = ('__dict__', '__weakref__')"),
    "Desc": ("class Desc:\n    def __get__(self, instance, owner):\n        return 5 if instance is None else instance.x\n    def __set__(self, instance, value):\n        instance.y = value", "class Desc:\n    def __get__(self, instance, owner):\n        hook()\n        return 2\n    def __set__(self, instance, value):\n        hook()", "class Desc:\n    def __get__(self, instance, owner):\n        tick('desc')\n        return <c>"),
    "Q": ("class Q:\n    __slots__ = ('x', 'y')\n    def __init__(self, x=1, y=2):\n        self.x = x\n        self.y = y\n    def area(self):\n        return self.x * self.y & <mask>",
          "class Q0:\n    __slots__ = ('x',)\nclass Q(Q0):\n    __slots__ = ('y', '__weakref__')\n    def __init__(self, x=1, y=2):\n        self.y, self.x = y, x\n    def area(self):\n        return self.y"),
}  # fmt: skip

# Dunder methods of class D, each with variants; a `bad` one raises or changes something at its n-th call.
DUNDERS: dict[str, Variants] = {
    "__add__": ("return self.v + other", "hook()\n        return self.v", "return NotImplemented if type(other) is float else 3", "tick('add')\n        return D(self.v)"),
    "__radd__": ("return other - self.v", "return 4"),
    "__sub__": ("return self.v - other", "hook()\n        return self.v - other",),
    "__rsub__": ("return other + 1",),
    "__mul__": ("return self.v * 2 & 255", "return NotImplemented"),
    "__matmul__": ("return 12",),
    "__pow__": ("return 13",),
    "__lshift__": ("return self.v",),
    "__divmod__": ("return self.v + 1",),
    "__getitem__": ("return index if type(index) is int else 1", "hook()\n        return 4", "return self.v", "tick('getitem')\n        return 2"),
    "__eq__": ("return self.v == other", "hook()\n        return self is other", "return NotImplemented", "tick('eq')\n        return False"),
    "__lt__": ("return self.v < other", "hook()\n        return True", "return []", "return NotImplemented"),
    "__contains__": ("return item == 3", "hook()\n        return True", "tick('contains')\n        return ''"),
    "__call__": ("return args[0] + 1", "hook()\n        return len(args)", "self.v = (self.v + 1) & 15\n        return self.v"),
    "__len__": ("return 3", "hook()\n        return 4", "self.n += 1\n        return self.n % 5", "self.n += 1\n        if self.n == <K>:\n            raise E1('len')\n        return 2"),
    "__bool__": ("return self.v > 2", "hook()\n        return True", "self.n += 1\n        return self.n % 3 == 0", "self.n += 1\n        if self.n == <K>:\n            raise ValueError('bool')\n        return True"),
    "__neg__": ("return -self.v", "hook()\n        return 7",),
    "__int__": ("return self.v", "hook()\n        return 6",),
    "__hash__": ("return 3", "hook()\n        return 5", "tick('hash')\n        return self.v"),
    "__iter__": ("return iter((1, 2, self.v))", "hook()\n        return iter((3, 4))", "yield self.v\n        yield 2", "self.n += 1\n        if self.n == <K>:\n            raise E2('iter')\n        return iter([self.v])"),
    "__getattr__": ("return 1", "if name.startswith('__'):\n            raise AttributeError(name)\n        hook()\n        return 2", "if name.startswith('__'):\n            raise AttributeError(name)\n        tick('missing')\n        return 8"),
}  # fmt: skip
DUNDER_ARGUMENTS = {
    "__getitem__": ", index", "__contains__": ", item", "__call__": ", *args", "__len__": "", "__bool__": "", "__neg__": "", "__int__": "", "__hash__": "", "__iter__": "",
    "__getattr__": ", name",
}  # fmt: skip
