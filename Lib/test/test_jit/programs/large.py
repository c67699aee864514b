"""Code objects that are large: EXTENDED_ARG, many constants, names, loops."""

from common import attempt


def define(source, name="f"):
    namespace = {}
    exec(compile(source, "<large>", "exec"), namespace)
    return namespace[name]


def body(statements, indent=8):
    return "\n".join(" " * indent + s for s in statements)


def case_many_constants():
    f = define("def f(n):\n    t = 0\n    for i in range(n):\n" +
               body(f"t += i * {k + 1000}" for k in range(700)) + "\n    return t\n")
    print(f(3), f(300))


def case_many_names():
    source = "".join(f"g{k} = {k}\n" for k in range(400))
    source += "def f(n):\n    t = 0\n    for i in range(n):\n"
    source += body(f"t += g{k} - i" for k in range(400)) + "\n    return t\n"
    print(define(source)(300))


def case_many_attributes():
    source = "class C:\n    pass\ndef f(n):\n    c = C()\n    for i in range(n):\n"
    source += body(f"c.a{k} = i + {k}" for k in range(400))
    source += "\n" + body(f"c.a{k} += c.a{399 - k}" for k in range(400))
    source += "\n    return sum(vars(c).values()) + c.a399\n"
    print(define(source)(250))


def case_many_locals():
    source = "def f(n):\n" + body((f"v{k} = {k}" for k in range(300)), 4)
    source += "\n    for i in range(n):\n" + body(f"v{k} += v{(k + 1) % 300} % 3" for k in range(300))
    source += "\n    return sum(v for k, v in locals().items() if k != 'n')\n"
    print(define(source)(250))


def case_unbound_among_many_locals():
    source = "def f(n):\n" + body((f"v{k} = {k}" for k in range(300)), 4)
    source += "\n    for i in range(n):\n        v299 += 1\n        if i == 700:\n            del v298\n"
    source += "        v298\n"
    f = define(source)
    attempt(f, 600)
    attempt(f, 800)


def case_long_jumps():
    for size in (20, 30, 40, 50, 60, 100, 300, 3000, 14000):
        source = "def f(n):\n    t = 0\n    for i in range(n):\n        if i % 2:\n"
        source += body(("t += i" for k in range(size)), 12)
        source += "\n        else:\n            t -= 1\n            continue\n        t ^= 1\n    return t\n"
        f = define(source)
        print(size, f(300), f(400) if size < 1000 else "")


def case_long_while_loops():
    for size in (25, 120, 4000):
        source = "def f(n):\n    t = 0\n    while n:\n        n -= 1\n"
        source += body(f"t = t * 3 + {k % 7} & 0xffff" for k in range(size))
        source += "\n        if t == n: break\n    else:\n        t += 1000000\n    return t\n"
        print(size, define(source)(300))


def case_many_branches():
    source = "def f(x):\n    if x < 0: return -1\n"
    source += "".join(f"    elif x == {k}: return {k * 3}\n" for k in range(300))
    source += "    return None\n"
    f = define(source)
    total = 0
    for i in range(3000):
        r = f(i * 7 % 310)
        total += r if r is not None else 1
    print(total)


def case_many_loops_in_one_code_object():
    for loops in (200, 300, 600):
        source = "def f():\n    t = 0\n"
        source += "".join(f"    for i in range(260):\n        t += i ^ {k}\n" for k in range(loops))
        source += "    return t\n"
        f = define(source)
        print(loops, f(), f())


def case_many_nested_loops():
    source = "def f(n):\n    t = 0\n"
    for depth in range(12):
        source += "    " * (depth + 1) + f"for i{depth} in range(2):\n"
    source += "    " * 13 + "t += " + " + ".join(f"i{d}" for d in range(12)) + "\n    return t\n"
    print(define(source)(2))


def case_wide_calls_and_displays():
    args = ", ".join(f"i + {k}" for k in range(300))
    params = ", ".join(f"p{k}" for k in range(300))
    source = f"def g({params}): return p0 + p299\ndef f(n):\n    t = 0\n    for i in range(n):\n"
    source += f"        t += g({args})\n        x = [{args}]\n        y = ({args})\n"
    source += f"        z = {{{args}}}\n        t += x[299] + y[5] + len(z)\n"
    source += f"        {params} = x\n        t += p299\n"
    source += "        w = {" + ", ".join(f"'k{k}': i" for k in range(300)) + "}\n        t += w['k299']\n"
    source += "    return t\n"
    print(define(source)(250))


def case_keyword_calls_with_many_names():
    source = "def g(**kw): return sum(kw.values())\ndef f(n):\n    t = 0\n    for i in range(n):\n        t += g("
    source += ", ".join(f"k{k}=i" for k in range(300)) + ")\n    return t\n"
    print(define(source)(250))


def case_long_expressions():
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += (" + "(i + " * 60
    source += "1" + ")" * 60 + ")\n        t -= " + " - ".join(["i"] * 400) + "\n    return t\n"
    print(define(source)(400))


def case_deep_operand_stacks():
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += sum([" + "i, " * 20
    source += "".join("[i, " for _ in range(18)) + "i // (i - 350)" + "]" * 18 + "][:20])\n    return t\n"
    f = define(source)
    attempt(f, 300)
    attempt(f, 400)


def case_many_cells():
    source = "def f(n):\n" + body((f"v{k} = {k}" for k in range(280)), 4) + "\n    def g():\n        nonlocal "
    source += ", ".join(f"v{k}" for k in range(280)) + "\n"
    source += body(f"v{k} += 1" for k in range(280)) + "\n        return v279\n    t = 0\n"
    source += "    for i in range(n):\n        t += g() + v278\n    return t\n"
    print(define(source)(300))


def case_many_functions():
    source = "".join(f"def f{k}(x):\n    return x + {k}\n" for k in range(500))
    source += "def f(n):\n    t = 0\n    for i in range(n):\n"
    source += body(f"t += f{k}(i)" for k in range(500)) + "\n    return t\n"
    print(define(source)(60))


def case_many_exception_handlers():
    source = "def f(n):\n    t = 0\n    for i in range(n):\n"
    for k in range(120):
        source += f"        try:\n            t += 10 // (i % {k + 2})\n"
        source += f"        except ZeroDivisionError:\n            t -= {k}\n"
    source += "    return t\n"
    print(define(source)(300))
