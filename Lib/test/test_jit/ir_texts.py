"""What the tests of the IR's text and of its verifier share."""

import re
import sys
import textwrap
import unittest

from .support import HAS_MACHINE_CODE

HEADER = "== trace 1  f (f.py:1)  after build  ops 5->9  0.01 ms  loop\n"
ENDS = ("JUMP_TO_TOP", "EXIT_TRACE", "JUMP_RETURN")

needs_parser = unittest.skipUnless(HAS_MACHINE_CODE, "micro-ops are interpreted as they are")


def parse(text):
    """The text of a trace, printed again, and the broken invariant or None."""
    return sys._jit.parse_ir(text)


def traces(dump):
    """The texts of the traces of a dump."""
    return ["== trace" + text for text in re.split(r"(?m)^== trace", dump)[1:]]


def variants(text):
    """The broken and the valid trace of a case's text; both get an end if the text has none."""
    lines = textwrap.dedent(text).strip("\n").splitlines()
    end = [] if any(name in text for name in ENDS) else ["v99 - JUMP_TO_TOP []"]
    return [HEADER + "\n".join([line[1:].lstrip() for line in lines if line[0] != other] + end) + "\n"
            for other in "><"]


class Cases:
    """Each of CASES: what is said of the broken trace, and the text of both, see variants()."""

    def test_cases(self):
        for said, text in self.CASES:
            broken, valid = variants(text)
            with self.subTest(text=broken):
                self.assertEqual(parse(broken)[1], said)
            with self.subTest(text=valid):
                self.assertIsNone(parse(valid)[1])

    def test_cases_round_trip(self):
        for said, text in self.CASES:
            for variant in variants(text):
                printed = parse(variant)[0]
                self.assertEqual(printed.split(), variant.split())
                self.assertEqual(parse(printed)[0], printed)
