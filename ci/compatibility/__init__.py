"""ci/compat: test suites of PyPI packages on two sides."""
