"""The programs in this very process, so that `-m test -R 3:3` sees what their traces leak."""

import os
import sys
import unittest

from . import driver
from .support import PROGRAMS, case_names, program_path, requires_jit

# What these do to a process stays, or takes long: they are for processes of their own.
ELSEWHERE = {"common", "recursing", "large"}


@requires_jit
class LeakTest(unittest.TestCase):
    """Each case runs twice here (driver.py), with whatever options this process has."""

    def setUp(self):
        sys.path.insert(0, PROGRAMS)
        self.addCleanup(sys.path.remove, PROGRAMS)
        self.addCleanup(self.forget_programs)

    def forget_programs(self):
        # (What they import stays: a library imported anew each time would look like a leak. By their names:
        # nothing is left in them that tells where they come from.)
        for file in os.listdir(PROGRAMS):
            sys.modules.pop(os.path.splitext(file)[0], None)

    def test_programs(self):
        for file in sorted(os.listdir(PROGRAMS)):
            program, extension = os.path.splitext(file)
            if extension != ".py" or program in ELSEWHERE:
                continue
            namespace = driver.load(program_path(program))
            for name in case_names(program):
                with self.subTest(program=program, case=name):
                    self.assertNotEqual(driver.run_case(namespace[name]), "")
            namespace.clear()


if __name__ == "__main__":
    unittest.main()
