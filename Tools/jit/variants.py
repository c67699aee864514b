"""The long checks: builds that find what an ordinary one does not, and tests in them.

Each is built like the build at hand, in a folder below it, with one thing changed; a
second run only builds what is out of date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import drive


@dataclass(frozen=True)
class Variant:
    """What differs from the build at hand, and the environment that its tests need."""

    name: str
    settings: Mapping[str, Any]
    environment: Mapping[str, str]


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("debug", {"pydebug": True}, {}),
        Variant(
            "sanitize",
            {"sanitize": ("address", "undefined")},
            {
                # Python frees little at its end; a test of a full memory wants NULL; faulthandler has the signals.
                "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:handle_segv=0",
                "UBSAN_OPTIONS": "print_stacktrace=1",
                # So that the sanitizer sees each object.
                "PYTHONMALLOC": "malloc",
            },
        ),
        Variant("interpreter", {"jit": "interpreter"}, {}),
    )
}


def settings_of(base: drive.Settings, variant: Variant) -> drive.Settings:
    """The settings of a variant of a build: never optimized by a profile, which would take long."""
    changed = {"build": base.build / "long" / variant.name, "pgo": False, "lto": "no", **variant.settings}
    # The tree is that of the build at hand, wherever that is.
    return replace(base, tree=str(base.tree_folder), **changed)


def build(base: drive.Settings, name: str) -> drive.Settings:
    """Bring a variant up to date; its settings."""
    settings = settings_of(base, VARIANTS[name])
    drive.build(settings)
    return settings
