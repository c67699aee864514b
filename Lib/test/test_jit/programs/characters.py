"""Characters of strings: indexes, ord(), chr(), comparisons."""

import builtins

from common import N, anew, report, show, tried

TEXTS = ["hello, world (x + 1)", "caf\xe9 cr\xe8me", "\u4e2d\u6587 text", "\U0001f600 ok", "a", "\x00\x7f\x80\xff", "", "0123456789" * 9]


class Text(str):
    def __getitem__(self, i):
        return "sub" + str(i)

    def __eq__(self, other):
        return "equal"

    __hash__ = str.__hash__


def case_indexing():
    def run(text, step, n):
        out = []
        for i in range(n):
            out.append(text[i * step % len(text)])
            out.append(text[-1])
            out.append(text[0])
        return out
    for text in TEXTS + [Text("abc"), b"abc", ["p", "q"], ("r",)]:
        results = tried(anew(run), text, 3, N)
        show(results)
    for first in TEXTS[:4]:
        function = anew(run)
        for text in [first] * 3 + TEXTS:
            show(tried(function, text, 5, 300))


def case_out_of_range():
    def run(text, n):
        total = 0
        try:
            for i in range(n):
                total += ord(
                    text[
                        i // 100])
        except IndexError as exc:
            report(exc)
        return total
    for text in "0123456789abcdef", "0123456789abcd", "0123456789abcd\xe9", "":
        print(anew(run)(text, 1500))

    def negative(text, n):
        out = 0
        for i in range(n):
            out += ord(text[700 - i])
        return out
    for length in 701, 100, 1400, 799, 800:
        print(tried(anew(negative), "abcdefg" * (length // 7) + "x" * (length % 7), N))
    for index in True, 2**70, -2**70, None, 1.0, "x", 2**30, -1, -3, -4:
        print(tried(anew(lambda text, k: [text[k] for i in range(N)][-1]), "abc", index))


def case_identity():
    """Characters of latin-1 are one object each."""
    def run(text, kept):
        same = 0
        for i in range(N):
            c = text[i % len(text)]
            same += c is kept[i % len(text)]
            same += chr(ord(c)) is c
            same += text[-1] is kept[-1]
        return same
    for text in TEXTS:
        if text:
            function = anew(run)
            print(function(text, list(text)), function(text, [chr(ord(c)) for c in text]))


def case_ord():
    def run(values):
        out = []
        for i in range(N):
            try:
                out.append(ord(values[i % len(values)]))
            except Exception as exc:
                out.append((type(exc).__name__, str(exc)))
        return out
    values = ["a", "\0", "\x7f", "\x80", "\u20ac", "\U0001f600", "", "ab", b"x", b"", bytearray(b"y"), 5, None, Text("z"), Text("zz")]
    for value in values:
        print(anew(run)([value])[-1])
    print(anew(run)(["a"] * 40 + values)[-80:])


def case_chr():
    def run(values):
        out = []
        for i in range(N):
            try:
                out.append(chr(values[i % len(values)]))
            except Exception as exc:
                out.append((type(exc).__name__, str(exc)))
        return out
    values = [65, 0, 127, 128, 255, 256, 0x10ffff, 0x110000, -1, 2**30, -2**30, 2**40, 2**64, True, False, "a", None, 1.0]
    for value in values:
        print(ascii(anew(run)([value])[-1]))
    print(ascii(anew(run)([65] * 40 + values)[-80:]))

    def counted(n):
        text = ""
        for i in range(n):
            text += chr(i & 127) + chr(i % 300)
        return text
    print(ascii(counted(N))[-300:], len(counted(N)))


def case_comparisons():
    def run(text, other):
        counts = [0] * 10
        for i in range(N):
            c, d = text[i % len(text)], other[i % len(other)]
            counts[0] += c == "a"
            counts[1] += c != "b"
            counts[2] += "a" <= c <= "m"
            counts[3] += c == d
            counts[4] += c < d
            counts[5] += d >= c
            counts[6] += c == ""
            counts[7] += c == "ab"
            counts[8] += c != "\xe9"
            if text[i % len(text)] == "(":
                counts[9] += 1
            elif text[i % len(text)] in "hw":
                counts[9] += 100
        return counts
    for text in TEXTS + [Text("abc"), ["x", "y"]]:
        for other in TEXTS[:3] + [Text("q"), ["x", 3]]:
            print(tried(anew(run), text, other))


def case_a_character_that_is_another_object():
    """What compares equal need not be the same object, nor a str."""
    class Odd:
        def __eq__(self, other):
            return f"== {other}"

    def run(values, text):
        out = []
        for i in range(N):
            x = values[i % len(values)]
            c = text[i % len(text)]
            out.append(c == x)
            if x == c:
                out.append(x is c)
        return out[-20:]
    print(anew(run)(["a".join(["", ""])], "aab"), ord("a".join(["", ""])))
    print(anew(run)(["a", "a".join(["", ""]), str(b"a", "ascii"), Odd(), Text("a"), None, 97], "aab"))
    print(anew(run)(["a"], "aab"))


def case_scanning():
    """A lexer."""
    def tokens(text):
        found, i, n = [], 0, len(text)
        while i < n:
            c = text[i]
            if c == " ":
                i += 1
            elif "0" <= c <= "9":
                value = 0
                while i < n and "0" <= text[i] <= "9":
                    value = value * 10 + ord(text[i]) - 48
                    i += 1
                found.append(value)
            elif c.isalpha() or c == "_":
                start = i
                while i < n and (text[i].isalnum() or text[i] == "_"):
                    i += 1
                found.append(text[start:i])
            else:
                found.append(c)
                i += 1
        return found
    for text in "x1 = (foo_bar + 42) * 7 - y[12]", "\u4e2d + \xe9t\xe9 * 12", "caf\xe9(3)":
        result = tokens(text)
        for _ in range(40):
            assert tokens(text) == result
        print(ascii(result))
    print(len(tokens("ab+12*(c-3) " * 200 + "\xe9")))


def case_variables_that_change():
    def run(text, change):
        c = d = "z"
        total = 0
        for i in range(N):
            c = text[i % len(text)]
            if i == change:
                c = "word"
            if i == change + 100:
                c = 7
            d = c
            total += c == "a"
            total += d != "b"
            if type(c) is str and len(c) == 1:
                total += ord(c) - ord(d)
        return total, c, d
    for change in 1000, N:
        print(anew(run)("abc", change))


def case_hash_of_text():
    def run(text):
        h = 5381
        for i in range(len(text)):
            h = (h * 33 ^ ord(text[i])) & 0xffffffff
        return h
    for text in TEXTS:
        print(anew(run)(text * 300))

    def shift(text, k):
        out = []
        for i in range(len(text)):
            c = text[i]
            if "a" <= c <= "z":
                c = chr((ord(c) - 97 + k) % 26 + 97)
            out.append(c)
        return "".join(out)
    text = "the quick brown fox, caf\xe9" * 3
    for k in range(60):
        text = shift(text, k)
    print(text)


def case_names_bound_anew():
    def f(n, text):
        total = 0
        for i in range(n):
            total += ord(text[i & 3]) + (chr(97) == "a")
            if i == n - 100:
                builtins.ord = lambda c: 1000
            if i == n - 50:
                builtins.chr = lambda i: "b"
        return total
    kept = ord, chr
    try:
        print(f(N, "abcd"))
    finally:
        builtins.ord, builtins.chr = kept


def case_texts_that_grow():
    """`+=` may change a str where it is."""
    def f(n):
        text, out = "ab", 0
        for i in range(n):
            out += ord(text[i % 2]) + ord(text[-1])
            text += chr(97 + i % 26)
            out += (text[-1] == "c") + ord(text[-1])
            if len(text) > 20:
                text = text[:2]
            if i == n - 20:
                text += "\xe9"
            if i == n - 10:
                text += "\u4e2d"
        return out, text
    print(ascii(f(N)))
