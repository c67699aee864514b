"""Tests of the JIT: that programs compute the same with it as without it."""

import os
from test.support import load_package_tests


def load_tests(*args):
    return load_package_tests(os.path.dirname(__file__), *args)
