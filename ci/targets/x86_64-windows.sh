# Sourced by ci/build: installs what a build for Windows on x86-64 needs, and wine, which runs it.
. ci/targets/windows.bash
packages_of_target=(wine wine64)
