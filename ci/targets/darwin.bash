# Sourced by ci/build, for both architectures: installs what a build for macOS needs. Nothing of it runs here.
install_packages_of_target() {
    # clang-19 and lld-19 by these very names, which Tools/jit/macos_sdk.py calls; llvm-19 for llvm-ar-19 and its like.
    install_missing clang-19 lld-19 llvm-19
    local version=0.16.0 python # what macos_sdk.py is made for
    local venv=.cache/ziglang-$version
    python=$(find_python)
    if ! "$venv/bin/python" -c 'import ziglang' 2>/dev/null; then
        echo "installing ziglang $version into $venv"
        "$python" -m venv --clear "$venv" && "$venv/bin/pip" install --quiet "ziglang==$version" ||
            fail "ziglang $version, which the macOS SDK is made of, could not be installed with pip"
    fi
    "$python" Tools/jit/macos_sdk.py --output .cache/macos-sdk --bin .cache/bin --ziglang \
        "$("$venv/bin/python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')" ||
        fail "the macOS SDK could not be made"
}
