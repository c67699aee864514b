"""Lets the tests import what the launcher imports."""

import sys
from pathlib import Path

CI = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CI), str(CI.parent / "Tools" / "jit")]
