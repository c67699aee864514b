"""Templates of expressions, by kind of value.

`<kind>` stands for an expression of that kind, `<iv>` and the like for a
variable (see VARIABLES); `<kind:x>` gives it the name `<x>` for the rest of
the template. The first of each list is what shrinking ends at. An entry is
a text or (feature, text).

Values must not explode in hot loops: products and shifts of ints are masked,
products of mixed numbers have a constant factor, texts and lists are cut.
`<wide>` is always an int, of one to three digits of 30 bits mostly, and `<low>`
one that may be stored; `<qv>`, `<gv>`, `<tv>` and `<jv>` are never empty, nor `<av>` at first.
"""

Entry = str | tuple[str, str]

# Variables by placeholder: their names, and what they may start as.
VARIABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "iv": (("a", "b", "c"), (
        "0", "1", "-1", "7", "2**30 - 9", "-2**30 + 9", "2**30 + 1", "2**31 - 20", "2**60 - 33", "2**62 - 25", "-2**62 + 25",
        "2**63 - 30", "-2**63 + 5", "2**64 - 40", "2**64 + 7", "255", "256", "-5", "-6", "10**25",
    )),
    "fv": (("f", "g"), (
        "0.0", "1.5", "-0.0", "0.1", "1e308", "-1e308", "5e-324", "float('inf')", "float('-inf')", "float('nan')", "-2.5",
        "2.0**53", "2.0**62", "1e16", "-float('nan')",
    )),
    "nv": (("n", "m"), ("0", "1", "True", "0.5", "-0.0", "2**30 - 3", "2**62 - 3", "False", "-7", "2.0**53", "2**64")),
    "sv": (("s", "t"), ("''", "'a'", "'abc'", "'h\\xe9'", "'\\u20ac'", "'\\U0001f600x'", "'0123456789'", "str(12)")),
    "lv": (("l", "r"), ("[]", "[1]", "[1, 2, 3]", "[5, 4, 3, 2, 1, 0]", "list(range(8))", "[True, 0, 2**40]")),
    "dv": (("d", "e"), ("{}", "{0: 1}", "{1: 2, 3: 4}", "{'a': 1, 'b': 2}", "dict.fromkeys(range(4), 0)", "{0: 1, 'a': 2, None: 3}")),
    "zv": (("z",), ("set()", "{1}", "{1, 2, 3}", "set(range(6))", "{'a', 'b'}")),
    "kv": (("k",), ("b''", "b'ab'", "b'\\x00\\xff12345'", "bytes(range(6))")),
    "pv": (("p", "u"), ("()", "(1,)", "(1, 2)", "(1, 2.5, 'x')", "(0, (1, 2), [3])", "(True, None)")),
    # Ints around the ends of digits and machine words; lists, tuples, arrays and ranges of numbers.
    "wv": (("wa", "wb", "wc"), (
        "1", "2**30 - 3", "-2**30 + 3", "2**30", "2**31 - 5", "2**59 + 7", "2**60 - 5", "-2**60 + 2", "2**61 + 1", "2**62 - 3", "2**63 - 9", "-2**63 + 9",
        "-1", "0", "3", "-7", "-2**31", "2**64 - 3", "123456789012345678", "-2**45 + 1",
    )),
    "qv": (("xs", "ys"), (
        "[3, 1, 2, 0]", "[2**30 - 1, -2**30, 2**60, -1, 5]", "[0] * 5", "[2**62 + y for y in range(4)]", "list(range(2**30 - 3, 2**30 + 3))",
        "[-1, -2, 4, 2**31]", "[2**45] * 4", "[7]", "[2**63 - 1, 2**64, -2**63, 1]",
    )),
    "gv": (("fs", "gs"), (
        "[0.5, 1.5, 2.5]", "[0.0] * 4", "[-0.0, 1e308, float('nan'), 0.1]", "[y * 0.5 for y in range(6)]", "[1.0, 2.0**53, -3.25, 1e-3, 4.0]", "[1.5, 2]", "[0.25]",
    )),
    "tv": (("ts",), ("(1, 2, 3)", "(2**30 - 1, -2**40, 7, 2**60)", "(0,)", "tuple(range(2**30 - 2, 2**30 + 2))", "(3, -1, 0, 2, 1)", "(2**62, 2**63 - 1, -2**63)")),
    "av": (("ar", "br"), (
        "array.array('d', [0.5, 1.5, -0.0, 4.0])", "array.array('l', [1, -2, 3, 2**40])", "array.array('q', [0, 2**62, -2**63, 2**63 - 1])", "array.array('i', [5, -6, 2**31 - 1])",
        "array.array('B', [0, 1, 254, 255])", "array.array('B', bytes(range(6)))", "array.array('q', [2**30 - 1]) * 5", "array.array('d', [float('inf'), float('nan'), 1e308])",
    )),
    "jv": (("rg",), ("range(4)", "range(2**30 - 2, 2**30 + 3)", "range(5, -2, -2)", "range(2**60 - 1, 2**60 + 5, 3)", "range(0, -2**33, -2**31)", "range(2**63 - 2, 2**63 + 2)", "range(-2**30 - 1, -2**30 + 2)")),
    "vv": (("v", "w"), ("None", "0", "'v'", "2.5", "(1, 2)", "[1]", "True", "{'k': 1}")),
}  # fmt: skip

EXPRESSIONS: dict[str, list[Entry]] = {
    "int": [
        "<iv>", "i", "<c>", "<iv>", "(<int> + <int>)", "(<int> - <int>)", "(<int> * <c>)", "(<int> * <int> & <mask>)",
        "(<int> & <int>)", "(<int> | <int>)", "(<int> ^ <int>)", "(<int> // (<int> | 1))", "(<int> % <odd>)",
        "(<int> << (<int> & 7) & <mask>)", "(<int> >> (<int> & 31))", "(-<int>)", "(~<int>)", "(+<int>)", "abs(<int>)",
        "(<int> if <bool> else <int>)", "int(<bool>)", "(<bool>)", "min(<int>, <int>)", "max(<int>, <int>, <int>)",
        "(<int> and <int>)", "(<int> or <int>)", "(<int> ** 2 % <odd>)", "pow(<int>, 3, 10007)", "len(<str>)",
        "(<int> * -1)", "(1 << (<int> & 63))", "(not <int>)",
        ("walrus", "(<iv:x> := <int>)"), ("lambda", "(lambda y: y + <int>)(<int>)"), ("builtins", "divmod(<int>, <odd>)[1]"),
        ("builtins", "round(<int>, -1)"), ("builtins", "hash(<wide>)"), ("builtins", "(<int>).bit_length()"), ("builtins", "ord('x')"),
        ("comprehension", "sum([y * 2 for y in <list>])"), ("comprehension", "sum(y + <int> for y in <list>)"),
        ("comprehension", "len({y & 3 for y in <list>})"), ("comprehension", "len({y: i for y in <list> if y})"),
        ("comprehension", "sum([y + h for y in <list> for h in range(2)])"),
        ("list", "len(<list>)"), ("list", "sum(<list>)"), ("list", "(<lv:x>[<int> % len(<x>)] if <x> else 0)"),
        ("list", "(<lv:x>[-1] if <x> else -1)"), ("list", "<list>.count(<int>)"),
        ("dict", "<dv>.get(<int> % 8, 0)"), ("dict", "len(<dv>)"), ("set", "len(<set>)"), ("bytes", "(<kv:x>[<ix> % len(<x>)] if <x> else 0)"),
        ("call", "<call>"), ("call", "<call>"), ("call", "<call>"), ("object", "<attr>"), ("object", "<attr>"), ("object", "<attr>"),
        ("global", "G"), ("global", "G"), ("isinstance", "(1 if isinstance(<any>, <type>) else 2)"),
        ("closure", "inner(<int> & 1023)"), ("recursion", "fall(<ix>)"), ("generator", "sum(count_to(<ix>))"),
        ("generator", "next(iter(count_to(<ix>)), -1)"), ("dunder", "<dunder>"), ("dunder", "<dunder>"), ("varargs", "<starcall>"),
        ("any_all", "any(y > 2 for y in <list>)"), ("any_all", "all(map(abs, <list>))"), ("frames", "line()"),
        ("wide", "<wide>"), ("wide", "<wide>"), ("items", "len(<qv>)"), ("arrays", "len(<av>)"),
        ("slices", "len(<qv>[<ix>:-<ix>])"), ("slices", "len(<list>[<ix>::-1])"), ("slices", "sum(<lv>[<iv>:])"), ("slices", "sum(<lv>[::-2])"),
        ("characters", "ord(<char>)"), ("characters", "ord(chr(<int> & 127))"), ("extremes", "min(<iv>, <int>)"), ("extremes", "max(<int>, <iv>, <int>)"),
        ("computing", "(abs(<wide>) & <mask>)"), ("computing", "int(<iv>)"), ("computing", "int(<const_float>)"),
    ],
    "float": [
        "<fv>", "1.5", ("extremes", "min(<float>, <fv>, <float>)"), ("extremes", "max(<const_float>, <float>)"), ("computing", "math.sqrt(abs(<float>))"), ("computing", "math.fabs(<float>)"), ("calling_math", "math.sin(<float>)"), ("calling_math", "math.atan(<float>)"), ("calling_math", "math.tanh(<num>)"), ("calling_math", "math.exp(-abs(<float>))"), ("calling_math", "math.log(abs(<fv>) + 0.5)"), ("computing", "float(<wide>)"),
        ("computing", "math.sqrt(abs(<int1>))"), ("computing", "float(<float>)"), "(<float> + <float>)", "(<float> - <float>)", "(<float> * <float>)", "(<float> / (<float> or 1.0))",
        "(-<float>)", "(<float> * <int1>)", "(<int1> / <odd>)", "(<float> + <int1>)", "(<int1> - <float>)", "float(<int1>)", "abs(<float>)",
        "(<float> if <bool> else <float>)", "(<float> ** 2)", ("power", "(abs(<float>) ** 0.5)"), ("power", "((1.0 + abs(<fv>) % 7.0) ** <const_power>)"), ("power", "(2.5 ** (<ix> - 3))"), ("power", "((<ix> + 1) ** -0.5)"), "<const_float>", "(<float> // 0.75)", "(<float> % 3.5)", "min(<float>, <float>)",
        "(<float> and <float>)", "(0.0 * <float>)", "((<float> - <float>) * 0.0)",
        ("mixed", "float(<wide>)"), ("mixed", "(<wide> * <fv>)"), ("mixed", "(<fv> - <wide>)"), ("mixed", "(<wide> / <odd>)"), ("mixed", "(0.5 + <wide>)"),
        ("in_place", "float(<gv:x>[<sub> % len(<x>)])"), ("in_place", "(<gv:x>[-1] * 0.5)"), ("in_place", "(<gv:x>[0] + <fv>)"),
    ],
    "num": [
        "<nv>", "i", "<int1>", "<float1>", "(<num> + <num>)", "(<num> - <num>)", "(<num> * <c>)", "(<num> * 0.5)", "(-<num>)", "(<num> / <odd>)",
        "(<num> if <bool> else <num>)", "(<num> + True)", "(<num> or <num>)", "abs(<num>)", "max(<num>, <num>)", "(<num> // <odd>)",
    ],
    "bool": [
        "(i & 1)", "True", "(<int> < <int>)", "(<int> == <int>)", "(<int> > <int>)", "(<int> != <int>)", "(<int> <= <int>)", "(<int> >= <int>)",
        "(i % 3 == 0)", "(i < <K>)", "(i == <K>)", "(i > <K>)", "(not <bool>)", "(<bool> and <bool>)", "(<bool> or <bool>)",
        "(<float> < <float>)", "(<float> == <float>)", "(<num> < <num>)", "(<num> == <num>)", "(<str> == <str>)", "(<str> < <str>)",
        "(<vv> is None)", "(<vv> is not None)", "(<vv> == <vv>)", "(<int> < <int> < <int>)", "(0 <= <int> != <int>)", "bool(<any>)",
        ("list", "(<int> in <list>)"), ("dict", "(<ix> in <dv>)"), ("dict", "('a' not in <dv>)"), ("set", "(<int> in <set>)"), ("str", "('a' in <str>)"),
        ("list", "(<list> == <list>)"), ("list", "(<list> < <list>)"), ("tuple", "(<tuple> == <tuple>)"), ("set", "(<set> <= <set>)"),
        ("isinstance", "isinstance(<any>, <type>)"), ("isinstance", "(type(<any>) is <type>)"), ("isinstance", "(type(<vv>) is <type1>)"), ("isinstance", "isinstance(<vv>, <type1>)"), ("identity", "(<vv> is <vv>)"), ("identity", "(not <vv>)"), ("identity", "(<nv:x> == <x>)"), ("dunder", "<dunder_bool>"),
        ("characters", "(<char> == <char>)"), ("characters", "('a' <= <char> <= 'm')"), ("characters", "(<char> != 'a')"), ("extremes", "(max(<iv:x>, <iv:y>) is <y>)"),
        ("list", "(not <lv>)"), ("str", "(<sv> and 1)"), ("dict", "(not <dv>)"), ("bytes", "(<kv> == b'ab')"),
        ("wide", "(<wide> < <wide>)"), ("wide", "(<wv> == <wide>)"), ("wide", "(<wide> >= <wc>)"), ("wide", "(<wc> < <wide> <= <wc>)"), ("wide", "(-2**63 <= <wv> < 2**63)"),
        ("wide", "(<wide> > <wide> != <wide>)"), ("wide", "(<wide> & <wc>)"), ("items", "(0 <= <sub> < len(<qv>))"), ("items", "(<wide> in <qv>)"), ("ranges", "(<wide> in <jv>)"),
        ("mixed", "(<wide> < <fv>)"), ("mixed", "(<wv> == float(<wide>))"), ("mixed", "(<fv> <= <wide> < <fv>)"), ("in_place", "(<gv:x>[0] is <x>[-1])"),
    ],
    "str": [
        "<sv>", "'k'", ("characters", "<char>"), ("slices", "<str>[<ix>:<ix>]"), ("slices", "<sv>[-<ix>:<iv>]"), ("slices", "<sv>[<ix>::2]"), "(<str> + <str>)[-20:]", "str(<int1>)", "<sv>[<ix>:]", "(<sv> * (<ix> & 3))[:20]", "<sv>[:<ix>]", "repr(<sv>)[:20]",
        "(<str> if <bool> else <str>)", "<sv>.upper()", "<sv>.replace('a', 'bc')[:20]", "'-'.join([<str>, <str>])[:30]", "<sv>[::-1]",
        "(<sv:x>[<ix> % len(<x>)] if <x> else 'e')", "chr(97 + <ix>)",
        ("fstring", "f'{ <int>}'"), ("fstring", "f'{ <str>!r:>9}|{<num>}'[:30]"), ("fstring", "f'{ <int>:+x}{i:03d}'"), ("fstring", "f'{ <float>:.3e}'"),
        ("fstring", "f'{ <ov>}'[:20]"), ("fstring", "f'{ <any>!s:.10}'"), ("fstring", "('%d:%s' % (<int>, <str>))"), ("fstring", "'{:>5}'.format(<int1>)"),
    ],
    "list": [
        "<lv>", ("slices", "<list>[<ix>:-<ix>]"), ("slices", "<lv>[<ix>::-1]"), ("slices", "<lv>[<iv>:<iv>:<odd>]"), "[<int>, <int>]", "[]", "<lv>[<ix>:]", "(<lv> + [<int>])[-9:]", "sorted(<list>)", "(list(<pv>[:0]) + [i])", "<lv>[::-1]",
        "[*<lv>, <int>][-9:]", "(<lv> * 2)[:9]", "<lv>[-3:]",
        ("comprehension", "[y + 1 for y in <list>]"), ("comprehension", "[y for y in <list> if y > <int>]"), ("comprehension", "[y * h for y in <lv>[:3] for h in (1, 2)]"),
        ("comprehension", "[x for x in [y - 1 for y in <lv>]]"), ("mapzip", "list(map(int.__neg__, map(int, <lv>)))"), ("mapzip", "[x + y for x, y in zip(<list>, <list>)]"),
        ("mapzip", "list(map(lambda y: y ^ 1, <list>))"), ("mapzip", "[x * y for x, y in enumerate(<list>)]"), ("mapzip", "list(filter(None, <list>))"),
        ("sorting", "sorted(<list>, key=lambda y: -y)"), ("sorting", "sorted(<list>, key=lambda y: (y % 3, y), reverse=True)"), ("generator", "list(count_to(<ix>))"),
        ("generator", "[*count_to(3)]"), ("dict", "list(<dv>.values())"),
    ],
    "tuple": ["<pv>", ("slices", "<tuple>[<ix>:]"), ("slices", "<pv>[<ix>::-1]"), "(<int>, <int>)", "()", "(<pv> + (<int>,))[-4:]", "tuple(<list>)[:4]", "<pv>[:<ix>]", "(<any>, <any>)", "(*<pv>, i)[-4:]"],
    "set": ["<zv>", "{<int>, 1}", "(<zv> | {<ix>})", "(<zv> & {1, 2, 3})", "(<zv> - {<ix>})", "(<zv> ^ {<ix>})", "set(<list>)", "frozenset(<list>)"],
    "any": ["<int>", "<vv>", "None", "<num>", "<str1>", "<float>", "<tuple>", "<bool>", "<lv>", "<dv>", "<sv>", "(<any> if <bool> else <any>)",
            ("object", "<ov>"), ("set", "<set>"), ("bytes", "<kv>"), ("bytes", "bytes(<ix>)"), ("bytes", "(<kv> + b'x')[-8:]"), ("complex", "(<num> + 1j)"), ("subclass", "<odd_value>")],
    "wide": [
        "<wv>", "<wv>", "<wc>", "i", "(<wide> + <wide>)", "(<wide> - <wide>)", "(<wide> * <wide> & <wmask>)", "(<wide> * <wc> & <wmask>)", "(<wide> * <c>)", "(i * <wc>)",
        "(<wide> & <wide>)", "(<wide> | <wide>)", "(<wide> ^ <wide>)", "(-<wide>)", "(~<wide>)", "abs(<wide>)", "(<wide> << <count> & <wmask>)", "(<wide> >> <count>)",
        "(<wide> // <odd>)", "(<wide> % <odd>)", "(<wide> // (<wide> | 1))", "(<wide> % (<wide> | 1))", "(<wide> if <wide> < <wide> else <wide>)", "(1 << <count>)",
        "(-1 << <count>)", "(i << <count>)", "(<wide> % -7)", "(<wide> // -2**31)", "min(<wide>, <wide>)", "(<wv> * <wv> % <odd>)", "(<wide> >> <count> & <wmask>)",
        ("extremes", "max(<wide>, <wv>, <wide>)"), ("extremes", "min(<wv>, <wc>)"),
        "(<wv> * <wv> - <wide> & <wmask>)", "(<wv> * <odd> + <wv> & <wmask>)", "(<wv> * <wc> - <wv> * i & <wmask>)",
        ("walrus", "(<wv:x> := <low>)"), ("items", "<qv:x>[<sub> % len(<x>)]"), ("items", "<qv>[-1]"), ("items", "<qv>[0]"), ("items", "<qv:x>[~(<sub> % len(<x>))]"), ("items", "<tv:x>[<sub> % len(<x>)]"), ("items", "<tv>[-1]"),
        ("items", "<qv:x>[<qv:y>[<sub> % len(<y>)] % len(<x>)]"), ("items", "<qv:x>[<tv>[0] % len(<x>)]"), ("ranges", "<jv:x>[<sub> % len(<x>)]"), ("ranges", "<jv>[-1]"),
        ("bytes", "(<kv:x>[<sub> % len(<x>)] if <x> else 0)"), ("arrays", "len(<av>)"),
    ],
    # A str of one character, mostly.
    "char": [
        "'a'", "(<sv:x>[<ix> % len(<x>)] if <x> else 'e')", "(<sv:x>[-1] if <x> else '\\xe9')", "chr(97 + <ix>)", "chr(<iv> & 127)", "chr(<iv> & 255)", "<sv>[:1].ljust(1)",
        "'0123456789'[<ix>]", "'h\\xe9\\u20ac'[i % 3]",
    ],
    # A wide int that may be kept: it does not grow from iteration to iteration.
    "low": ["(<wide> & <wmask>)", "(<wide> & <wmask>)", "(<wide> % <odd>)", "((<wide> & 2**62 - 1) - 2**61)", "((<wide> & 0xffffffff) - 2**31)", "(-(<wide> & <wmask>))", "((<wide> & 2**64 - 1) - 2**63)"],
    "wc": ["(2**30 - 1)", "1", "(2**30)", "(-2**30)", "3", "(2**31)", "(2**60 - 1)", "(2**60)", "(-2**60)", "(2**62)", "(2**63 - 1)", "(2**63)", "(-2**63)", "(-2**31)", "1000003", "(2**59)", "-7", "(2**45 + 1)", "0"],
    "wmask": ["(2**60 - 1)", "(2**62 - 1)", "0x3fffffff", "0xffffffff", "(2**59 - 1)", "(2**63 - 1)", "(2**64 - 1)", "0xffffffffffff", "(2**61 - 1)", "(2**70 - 1)", "0xffff"],
    # How far to shift; `bad` may be negative, or more than there is memory for.
    "count": ["1", "(i & 7)", "29", "30", "31", "(i % 33)", "0", "(<wv> & 31)", "(<wv> & 63)", "59", "60", "62", "63", "64", "(i % 70)", "(i & 31)", "100"],
    "bad_count": ["(<K> - i)", "(<wv> % 67 - 2)", "(<wv> & 63)", "((<K> - i) * 3)", "(-1 if i == <K> else 5)", "(2**70 if i == <K> else 30)", "(i % 35 - 1)", "(<sub> % 70 - 1)", "<count>", "(-2**62 if i == <K> else i)", "(i * 9)"],
    "divisor": ["(<K> - i)", "(i % 3 - 1)", "(<wv> % 5 - 2)", "(<wv> & 3)", "((<wv> >> 3) % 9 - 4)", "((<K> - i) << 31)", "<wv>", "<wide>", "(-1 if i & 1 else 1)", "(<wv> >> 60)", "((i - <K>) * <wc>)", "(0 if i == <K> else <wc>)", "(<wc> * (i % 3 - 1))"],
    # Where in a sequence: often in it, from either end.
    "sub": ["(i & 3)", "(<wv> % 7)", "(<wv> & 3)", "i", "(i - <K>)", "(<wv> % 9 - 4)", "(<wv> >> 58)", "-1", "-2", "0", "1", "(-1 - (i & 3))", "(~i & 3)", "(<wv> // 2**58)", "<wv>", "(i >> 3)", "(i % 5 - 2)", "(2**62 + i if i == <K> else 0)",
            "(-2**31 if i > <K> else -1)", "(i & 1 == 1)", "((<wv> >> 28) & 3)", "(<wv> * 3 % 4)", "(i // 16)", "(2**30 - 1 - (i | 2**30 - 4))"],
    "nums": ["[i, 1, <wc>]", "[<low>] * 4", "[y * 2**29 for y in range(5)]", "[<low>, <low>]", "[True, 2**40, 0]", "[I(1), 2, 3, 4]", "list(<jv>)", "[i]", "list(<tv>)"],
    "floats": ["[1.5, <fv>]", "[<fv>] * 3", "[0.5, 2, 1e10]", "[float(i), -0.0]", "[F(1.5), 2.5]", "[y * 1.5 for y in range(4)]", "[True, 0.5]"],
    "array": ["array.array('d', [1.5, 2.5, 0.0])", "array.array('q', [1, 2**40, -3])", "array.array('l', [2**62, 5])", "array.array('i', range(5))", "array.array('B', b'ab\\xff')", "[1, 2.5, 3, 4]", "array.array('f', [1.5, 0.1, 2.0])",
              "array.array('H', [1, 65535, 3])", "array.array('Q', [2**64 - 1, 0, 1])", "array.array('b', [-128, 127, 0])", "[2**62, 1, 2]", "bytearray(b'\\x00\\xffab')", "b'bytes'", "range(2**30, 2**30 + 4)", "(1, 2**31, 3)", "array.array('I', [2**32 - 1, 7])",
              "array.array('d')", "L([1, 2, 3])", "array.array('d', <gv>)", "array.array('h', [i, -i])"],
    "put": ["<wide>", "<low>", "i", "<float>", "255", "256", "-1", "(2**31)", "(2**63)", "(-2**31 - 1)", "(<wide> & 255)", "(<wide> & 0x7fffffff)", "(i * 0.5)", "True", "'x'", "None", "(i & 127)", "I(5)", "(<wv> % 300 - 20)", "(2**63 - 1 + (i == <K>))"],
    "number_errors": ["(ZeroDivisionError, ValueError, OverflowError, MemoryError)", "(ArithmeticError, ValueError, MemoryError)", "Exception"],
    "item_errors": ["(IndexError, TypeError)", "(LookupError, TypeError, OverflowError)", "Exception"],
    "tc8": ["q", "l"],
    "tc": ["d", "l", "q", "i", "B", "b", "h", "Q", "f"],
    "odd_real": ["True", "2.5", "2**64", "-0.0", "F(1.5)", "float('nan')", "7", "-2**62", "1e300"],
    "odd_int": ["True", "2**64", "2**90", "-2**62", "I(3)", "0", "False", "2**30", "10**30", "-2**31", "7", "J(2**40)"],
    "int1": ["<iv>", "i", "<c>"],
    "float1": ["<fv>", "1.5"],
    "str1": ["<sv>", "'k'"],
    "ix": ["(i & 7)", "(i & 3)", "(i % 5)", "0", "2", "(<iv> & 7)"],
    "c": ["1", "0", "2", "-1", "3", "7", "-3", "10", "255", "256", "257", "-5", "-6", "1000", "(2**15)", "(2**29)", "(2**30 - 1)", "(2**30)", "(-2**30)", "(2**31)", "(2**60)", "(2**61)",
          "(2**62 - 1)", "(2**62)", "(-2**62)", "(2**63)", "(2**64)", "(2**64 - 1)", "(10**20)", "True", "False"],
    "mask": ["255", "0xffff", "0x3fffffff", "0x7fffffff", "0xffffffff", "(2**60 - 1)", "(2**62 - 1)", "(2**63 - 1)", "(2**64 - 1)", "(2**70 - 1)"],
    "odd": ["7", "3", "-3", "1", "(2**30 + 1)", "2**31", "(2**62 + 1)", "1000003", "(-2**62 - 1)"],
    "const_power": ["2", "0.5", "-1", "-0.0", "1.5", "3.0", "(<ix> * 0.25)"],
    "const_float": ["0.0", "-0.0", "1e308", "5e-324", "float('nan')", "float('inf')", "0.1", "2.0**62", "-1.0"],
    "type": ["int", "float", "str", "bool", "(int, str)", "tuple", "type(None)", "list", "object", "I", "C0"],
    "type1": ["int", "float", "str", "C0"],
    "odd_value": ["True", "2.5", "2**64", "-0.0", "None", "'text'", "I(3)", "F(1.5)", "S('sub')", "float('nan')", "1j", "[1]", "2**30", "-2**62"],
    "odd_scalar": ["True", "2.5", "2**64", "-0.0", "None", "I(3)", "F(1.5)", "float('nan')", "1j", "2**30", "-2**62"],
    "odd_number": ["True", "2.5", "2**64", "-0.0", "I(3)", "F(1.5)", "float('nan')", "2**30", "-2**62", "J(4)", "1e300"],
    "exc": ["ValueError", "KeyError", "ZeroDivisionError", "TypeError", "IndexError", "StopIteration", "AttributeError", "RuntimeError", "OSError", "E1", "E2"],
    "excs": ["Exception", "(ValueError, KeyError)", "E1", "ArithmeticError", "LookupError", "BaseException", "TypeError"],
    "cls": ["C0", "C1"],
    "ov": ["o", "q", "o2"],
    "attr": ["o.x", "o.y", "o.m(<int>)", "o.prop", "o.const", "C0.const", "o.desc", "o.missing", "o.cm(<int>)", "o.sm(<int>)", "o.many(<int>, b=<int>)",
             "q.x", "q.y", "q.area()", "getattr(o, 'x', 0)", "o2.m(<int>)", "o2.x", "o2.up(<int>)", "o.over(<int>)", "type(o).const", "o.lazy", "o(<int>)", "o.inst(<int>)",
             "C0(<int>).x", "C1().m(<int>)", "Q(<int>, 2).area()", "o.chain().x", "o.m.__self__.x", "nt.left", "o.cached"],
    "call": ["h0(<int>)", "h0(<int>)", "h1(<int>, <int>)", "h1(<int>)", "h1(y=<int>, x=<int>)", "h2(<int>)", "hk(<int>, z=<int>)", "hk(<int>)", "h3(<int>)",
             "hg(<int>)", "hc(<int>)", "hp(<int>)", "hloop(<ix>)"],
    "starcall": ["hs(<int>, <int>)", "hs(*<list>)", "hs(*(1, 2), **{'z': <int>})", "hs(<int>, k=1, **{'j': 2})", "h1(*(<int>, 3))", "hk(**{'x': 1, 'z': <int>})", "hs(*count_to(3), z=i)"],
    "dunder": ["int(D0 + <int>)", "int(<int> + D0)", "D0[<int>]", "len(D0)", "D0(<int>)", "(D0 - <int1>)", "int(-D0)", "(D0 * 2)", "(1 if D0 else 0)", "(D0 @ 2)", "sum(D0)", "int(D0 << <ix>)",
               "hash(D0)", "int(D0)", "D0.anything", "[*D0][0]", "(D0 ** 2)", "D0[1:<ix>]", "(3 - D0)", "divmod(D0, 7)", "{D0: 5}.get(D0, 1)"],
    "dunder_bool": ["(D0 == <int>)", "(D0 < <int>)", "(<int> in D0)", "bool(D0)", "(not D0)", "(D0 != <int>)", "(<int> > D0)", "(D0 is not None)", "(D0 == D0)"],
}  # fmt: skip
