"""Runs the set of benchmark programs, and CPython's test suite, over several interpreters and compares them."""
