"""The optimizer's rewrites are true, and the prover tells those that are not."""

from pathlib import Path

import prove
import pytest
from support import UserError

RULES = prove.read_rules()


def test_there_are_rules() -> None:
    assert len(RULES) >= 11


@pytest.mark.parametrize("name", RULES)
def test_rule_is_true(name: str) -> None:
    assert prove.prove(RULES[name]) == []


@pytest.mark.parametrize(
    "equations",
    [
        "NOT(p) = p",
        "CMP(a, b) = INT_LT(a, b)",
        "GUARD_FALSE(CMP(a, b)) = GUARD_CMP(a, b)",
        "SAME(a, b) = 0",
        "SAME(a, b) = 0, if type(a) == type(b)",
        "GUARD_TRUE(p) = nothing",
        "BOOL(0) = True",
        "NOT(NOT(k)) = NOT(k)",
        "NOT(NOT(p)) = p, NOT(p) = p",
    ],
)
def test_wrong_rule_is_told(equations: str) -> None:
    assert prove.prove(equations) != []


@pytest.mark.parametrize("equations", ["WHAT(a) = a", "NOT(z) = z", "NOT(a) = a * 2"])
def test_unknown_words(equations: str) -> None:
    with pytest.raises(UserError):
        prove.prove(equations)


def test_no_table(tmp_path: Path) -> None:
    header = tmp_path / "jit.h"
    header.write_text("")
    with pytest.raises(UserError, match="has no JIT_RULES"):
        prove.read_rules(header)
