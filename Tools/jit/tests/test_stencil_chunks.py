"""Cutting the source: every stencil once, everything else in every chunk, lines and holes as in the source."""

import re
from pathlib import Path

import pytest
import stencil_chunks
from stencil_chunks import chunks, declared_holes, items, weaken

SOURCE = r"""// A comment with ; and { in it
#include "some.h"
#define BODY(x) do { \
        x; } while (0)
extern char _JIT_OPARG, _JIT_SP;   /* ; */
extern const char _JIT_OPERAND[];
extern int other[];
static const char text[] = { ';', '}', '"' };
struct pair { int a; int b; };
typedef struct { int a; } single;
static inline int twice(int x) { return x * 2; }

__attribute__((preserve_none)) long
_JIT_STENCIL_ONE(void *f)
{
    if (f) { BODY(f = "}{;"); }
    return 1;
}
__attribute__((preserve_none)) long _JIT_STENCIL_TWO(void *f) { return 2; }
#ifdef MORE
extern long after;
#endif
long _JIT_SHIM(void *f) { return _JIT_STENCIL_ONE(f); }
"""


def names(text: str) -> list[str]:
    """Stencils defined in a text."""
    return [re.search(r"_JIT_(?:STENCIL_)?(\w+)\(", item.text)[1] for item in items(text) if item.stencil]  # type: ignore[index]


def test_items_are_the_source() -> None:
    assert "".join(item.text for item in items(SOURCE)) == SOURCE
    assert names(SOURCE) == ["ONE", "TWO", "SHIM"]


def test_items_know_their_lines() -> None:
    for item in items(SOURCE):
        lines = SOURCE.split("\n")[item.line - 1 :]
        assert "\n".join(lines).endswith(SOURCE[SOURCE.index(item.text) + len(item.text.split("\n")[0]) :][-20:])
        assert item.text.split("\n")[0] in lines[0]


def test_each_stencil_is_in_one_chunk_and_the_rest_in_all() -> None:
    found = chunks(SOURCE, "x.c", 1)
    assert [names(text) for text in found] == [["ONE"], ["TWO"], ["SHIM"]]
    for text in found:
        for shared in ('#include "some.h"', "static inline int twice", "extern long after;", "#endif", "struct pair {"):
            assert shared in text


def test_chunks_keep_line_numbers() -> None:
    for text in chunks(SOURCE, "x.c", 1):
        number = 0
        for line in text.split("\n"):
            if mark := re.match(r'#line (\d+) "x.c"', line):
                number = int(mark[1]) - 1
            elif "_JIT_STENCIL_TWO(void" in line or line.startswith("extern long after"):
                assert SOURCE.split("\n")[number - 1] == line
            number += 1


def test_small_sources_stay_whole() -> None:
    assert chunks(SOURCE, "x.c", 3) == [f'#line 1 "x.c"\n{SOURCE}']


@pytest.mark.parametrize("macro", ["MAKE(_JIT_STENCIL_THREE)", "#define S(X) _JIT_STENCIL_ ## X"])
def test_sources_with_stencils_from_macros_stay_whole(macro: str) -> None:
    text = f"{SOURCE}{macro}\n"
    assert chunks(text, "x.c", 1) == [f'#line 1 "x.c"\n{text}']


def test_cut_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = chunks(SOURCE, "x.c", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert chunks(SOURCE, "x.c", 2) == before


def test_declared_holes() -> None:
    assert declared_holes(SOURCE) == {"_JIT_OPARG": False, "_JIT_OPERAND": True, "_JIT_SP": False}


def test_holes_become_weak() -> None:
    assert weaken(SOURCE) == f"#pragma weak _JIT_OPARG\n#pragma weak _JIT_OPERAND\n#pragma weak _JIT_SP\n{SOURCE}"


def test_chunked_result_equals_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import stencil_header
    import stencils

    text = "extern __attribute__((preserve_none)) long _JIT_CONTINUE(long);\nextern char _JIT_OPERAND[];\n"
    for index in range(9):
        text += (
            f"__attribute__((preserve_none)) long _JIT_STENCIL_N{index}(long x)\n"
            f'{{ x += {index} + (long)"s{index % 3}" + (long)_JIT_OPERAND;'
            "__attribute__((musttail)) return _JIT_CONTINUE(x); }\n"
        )
    source = tmp_path / "s.c"
    source.write_text(text)
    results = []
    for size in (100, 2):
        monkeypatch.setattr(stencil_chunks, "CHUNK", size)
        tables, target, _ = stencils.build(stencils.Options("x86_64-linux-gnu", source))
        results.append(stencil_header.write_header(tables, target, debug=False))
    assert results[0] == results[1]
