# Sourced by ci/build: installs what a build for Windows on AArch64 needs. It does not run here.
. ci/targets/windows.bash
packages_of_target=()
