# Sourced by ci/build: installs what a build for Linux on AArch64 needs, and what runs it here.
install_packages_of_target() {
    # clang-19 by this very name, which ci/cross/aarch64-linux.ini calls; g++ for a test of exceptions.
    install_missing clang-19 gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
    make_sysroot .cache/aarch64-linux
}

# make_sysroot FOLDER: the libraries of the optional modules, and the C library to run with, in FOLDER/sysroot.
#
# They are Debian's packages for arm64. An apt with folders of its own gets them; the system's own does not learn of
# another architecture. The C library's headers are those of libc6-dev-arm64-cross.
make_sysroot() {
    local folder=$PWD/$1 wanted options archive name link stamp
    wanted=(
        libc6 libstdc++6 libbz2-dev libffi-dev libgdbm-compat-dev libgdbm-dev liblzma-dev libncurses-dev libreadline-dev
        libsqlite3-dev libssl-dev uuid-dev zlib1g-dev
    )
    stamp=$(sha256sum <"${BASH_SOURCE[0]}")
    if [ "$(cat "$folder/made-by" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder"/apt/{state/lists,cache/archives}/partial "$folder/sysroot"
    : >"$folder/apt/status"
    options=(
        -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64
        -o Dir::State="$folder/apt/state" -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt/cache"
        -o Acquire::Languages=none -o APT::Sandbox::User=root -o APT::Update::Post-Invoke::=true
        -o APT::Install-Recommends=false -o Debug::NoLocking=true
    )
    if ! apt-get "${options[@]}" update || ! apt-get "${options[@]}" install --yes --download-only "${wanted[@]}"; then
        echo "warning: the archives that apt knows have no packages for arm64: modules that need libraries are left out" >&2
        rm -rf "$folder"
        return
    fi
    for archive in "$folder"/apt/cache/archives/*.deb; do
        name=$(basename "$archive")
        case ${name%%_*} in
            # Compiling goes by the cross packages; the rest are programs that packages of libraries depend on.
            libc6-dev | linux-libc-dev | dpkg | tar | ncurses-bin) ;;
            *) dpkg-deb --extract "$archive" "$folder/sysroot" ;;
        esac
    done
    # Libraries that are links to /lib/... would not be found: the linker would take static ones, which no module can hold.
    find "$folder/sysroot" -type l -lname '/*' | while read -r link; do
        ln -sfrT "$folder/sysroot$(readlink "$link")" "$link"
    done
    rm -r "$folder/apt"
    echo "$stamp" >"$folder/made-by"
}
