"""Strings and bytes."""

from common import N, attempt, report


def case_concatenation():
    s = ""
    for i in range(N):
        s += "ab"
        s = s + chr(97 + i % 26)
    print(len(s), s[:20], s[-20:], hash(s) == hash(str(s)))
    t = "é"
    for i in range(N):
        t += "x" if i % 100 else "\u4e2d"
    print(len(t), t.count("\u4e2d"), ascii(t[:4]))


def case_inplace_concatenation_with_other_owners():
    s = "start"
    kept = []
    for i in range(300):
        if i % 50 == 0:
            kept.append(s)
        s += str(i)
    print([len(k) for k in kept], len(s), kept[0])

    def cell():
        text = ""

        def show():
            return len(text)
        for i in range(400):
            text += "yz"
            if i % 100 == 0:
                kept.append(show())
        return text
    print(len(cell()), kept[-4:])


def case_indexing():
    ascii_text, wide = "hello, world", "h\xe9llo \u4e2d\u6587 \U0001f600"
    out = []
    for i in range(N):
        out.append(ascii_text[i % 12])
        out.append(wide[i % len(wide)])
        out.append(ascii_text[-1 - i % 12])
    print(ascii("".join(out))[:300], hash("".join(out)) == hash("".join(list(out))))

    def bad(n):
        for i in range(n):
            ascii_text[i // 100]
    attempt(bad, 1200)
    attempt(bad, 1250)


def case_slices():
    text = "the quick brown fox jumps"
    total = 0
    out = set()
    for i in range(N):
        a, b = i % 25, i % 17
        piece = text[a:b] + text[b:a] + text[:a] + text[b:] + text[::-1][a:a + 2] + text[a::3]
        total += len(piece)
        out.add(piece)
    print(total, len(out), min(out), max(out))


def case_comparison_and_membership():
    words = ["apple", "pear", "fig", "appl" + "e", "\xe9t\xe9", ""]
    counts = [0] * 6
    for i in range(N):
        a, b = words[i % 6], words[i // 6 % 6]
        counts[0] += a == b
        counts[1] += a != b
        counts[2] += a < b
        counts[3] += a in b
        counts[4] += a not in "an apple and a fig"
        counts[5] += a >= b
    print(counts)


def case_f_strings():
    out = []
    for i in range(N):
        x = i / 8
        out.append(f"{i}")
        out.append(f"{i:05d}|{x:.3f}|{x!r}|{i!s:>6}|{'é'!a}|{i:#x}|{x:{i % 9 + 3}.1f}|{i=}")
        out.append(f"{'a' * (i % 3)}{None}{[i]}{i % 2 == 0}")
    text = "".join(out)
    print(len(text), text[:80], text[-120:])


class Formatted:
    def __init__(self, n):
        self.n = n

    def __format__(self, spec):
        if self.n == 900:
            raise ValueError(f"bad spec {spec}")
        return f"<{self.n}:{spec}>"

    def __str__(self):
        return "str" if self.n % 2 else "STR"

    def __repr__(self):
        return f"F({self.n})"


def case_format_methods():
    def run(start):
        total = 0
        for i in range(start, start + 700):
            f = Formatted(i)
            total += len(f"{f} {f!s} {f!r} {f:x}")
        return total
    attempt(run, 0)
    attempt(run, 500)

    def bad_result(n):
        class Wrong:
            def __format__(self, spec):
                return 3 if flip > 650 else "ok"
        text = ""
        for flip in range(n):
            text = f"{Wrong()}"
        return text
    attempt(bad_result, 600)
    attempt(bad_result, 700)


def case_percent_and_format():
    out = []
    for i in range(600):
        out.append("%s-%05.1f-%r" % (i, i / 3, str(i)))
        out.append("{:>4}{k:x}".format(i, k=i))
        out.append("%(a)s" % {"a": i})
    print(hash("".join(out)) == hash("".join(out)), out[0], out[-3:], len("".join(out)))


def case_methods():
    text = "  One two,THREE;four  "
    seen = {}
    for i in range(N):
        key = (text.strip().lower().replace("o", str(i % 10)).split(","),
               text.upper().startswith(" "), text.find("t", i % 9), text.partition(";")[2],
               "-".join([str(i), "x"]), text.title().isupper(), str(i).zfill(6),
               text.encode()[i % 20], "abc".islower(), text.count("e"))
        seen[repr(key)] = i
    print(len(seen), list(seen)[0], list(seen)[-1])


def case_str_calls():
    out = 0
    for i in range(N):
        for value in (i, i * 1.5, None, "s", (i,), [i], True):
            out += len(str(value)) + len(repr(value))
    print(out)


def case_bytes():
    data = bytes(range(256)) * 4
    total, copy = 0, bytearray()
    for i in range(len(data)):
        total += data[i] * i
        copy.append(data[i] ^ 255)
        copy += data[i:i + 1]
    print(total, len(copy), bytes(copy[:10]), data.find(b"\x80", 200))
    for b in copy:
        total ^= b
    view = memoryview(data)
    for i in range(0, 600, 2):
        total += view[i] + len(view[i:i + 3])
    print(total)


def case_iterating_text():
    vowels = others = 0
    for _ in range(60):
        for ch in "the five boxing wizards jump quickly":
            if ch in "aeiou":
                vowels += 1
            elif ch != " ":
                others += 1
    print(vowels, others)
    counts = {}
    for ch in "mississippi\u4e2d" * 200:
        counts[ch] = counts.get(ch, 0) + 1
    print(sorted((ord(c), n) for c, n in counts.items()))


def case_type_errors():
    def run(items):
        s = ""
        for item in items:
            s += item
        return len(s)
    attempt(run, ["a"] * N)
    attempt(run, ["a"] * 900 + [3] + ["b"] * 100)
    attempt(run, ["a"] * 900 + [b"3"])
    try:
        for i in range(N):
            "abc" + ("d" if i < 1000 else i)
    except TypeError as exc:
        report(exc)


def case_caesar_and_palindromes():
    def shift(text, k):
        out = []
        for ch in text:
            if "a" <= ch <= "z":
                out.append(chr((ord(ch) - 97 + k) % 26 + 97))
            else:
                out.append(ch)
        return "".join(out)
    text = "able was i ere i saw elba, said nobody"
    for k in range(60):
        text = shift(text, k)
    print(text)
    found = 0
    for i in range(3000):
        s = str(i)
        if s == s[::-1]:
            found += i
    print(found)


def case_surrogates_and_ascii_edges():
    total = 0
    for i in range(0, 0x11000, 40):
        c = chr(i)
        total = (total * 31 + ord(c) + len(repr(c)) + c.isprintable()) % 2**40
    print(total)


def case_format_gives_a_subclass():
    ended = []

    class S(str):
        def __del__(self):
            ended.append(len(self))

    class X:
        def __init__(self, kind):
            self.kind = kind

        def __format__(self, spec):
            return self.kind("abc")

    def f(x):
        return f"{x}" + "d"

    plain, other = X(str), X(S)
    total = 0
    for x in [plain] * N + [other] * 5:     # when it is long compiled
        total += len(f(x))
    print(total, type(f"{other}") is S, f(other), f(plain), len(ended))
