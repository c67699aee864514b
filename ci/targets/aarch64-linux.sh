# Sourced by ci/build: installs what a build for Linux on AArch64 needs, and what runs it here.
install_packages_of_target() {
    # clang-19 by this very name, which ci/cross/aarch64-linux.ini calls.
    install_missing clang-19 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
}
