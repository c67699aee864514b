"""Fixtures that several test files use."""

from pathlib import Path

import pytest
from fake_project import Fake, make_fake


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """A tiny repository with its base in the cache."""
    return make_fake(tmp_path)
