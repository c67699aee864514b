"""The table of programs and the selection by name."""

from pathlib import Path

import pytest

from benchmark.programs import read_set, select
from support import UserError


def test_the_set_has_56_programs_each_once() -> None:
    names = [program.name for program in read_set()]
    assert len(names) == len(set(names)) == 56


def test_selection_keeps_the_order_of_the_set() -> None:
    chosen = select(read_set(), "yaml, nbody,scimark_l*")
    assert [program.name for program in chosen] == ["nbody", "scimark_lu", "yaml"]


def test_a_wrong_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UserError, match="no program is called nbodi; did you mean nbody"):
        select(read_set(), "nbodi")


def test_an_unknown_field_is_an_error(tmp_path: Path) -> None:
    table = tmp_path / "programs.toml"
    table.write_text('x = { flags = ["-O"] }\n')
    with pytest.raises(UserError, match="x has the unknown field flags"):
        read_set(table)


def test_script_is_below_the_packages() -> None:
    (program,) = select(read_set(), "scimark_fft")
    assert program.script(Path("p")) == Path("p/pyperformance/data-files/benchmarks/bm_scimark/run_benchmark.py")
    assert program.args == ("fft",)
