# Sourced by ci/build: what a build for macOS needs is the same on both architectures.
. ci/targets/darwin.bash
