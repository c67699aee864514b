# Sourced by the files of the Windows targets: installs what their builds need, and what runs x86-64 programs here.

ZIG_VERSION=0.16.0 # has clang 21; as for macOS

install_packages_of_target() {
    install_missing clang-19 llvm-19 gcc make tcl perl "${packages_of_target[@]}" # tcl: for SQLite's sources, perl: for OpenSSL's
    local venv=.cache/ziglang-$ZIG_VERSION python
    python=$(find_python)
    if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import ziglang' 2>/dev/null; then
        echo "installing ziglang $ZIG_VERSION into $venv"
        "$python" -m venv --clear "$venv" && "$venv/bin/pip" install --quiet "ziglang==$ZIG_VERSION" ||
            fail "ziglang $ZIG_VERSION could not be installed with pip"
    fi
    mkdir -p .cache/bin
    ln -sfn "$("$venv/bin/python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')" .cache/ziglang
    ln -sfn ../ziglang/zig .cache/bin/zig
    write_compiler "${target%-windows}"
    PATH=$PWD/.cache/bin:$PATH ci/targets/windows-libraries .cache/windows-libraries "${target%-windows}"
}

# write_compiler ARCHITECTURE: the command that the cross file calls. Debian's clang compiles (the one that makes the stencils,
# a third faster than zig, and ccache knows it) with zig's headers of mingw-w64; zig links, with the libraries that it makes.
write_compiler() {
    local language name=.cache/bin/$1-windows-cc
    cat >"$name.new" <<END
#!/bin/sh
here=\$(dirname "\$0")
mode=link language=c
for argument; do
    case \$argument in
        -c | -E | -S | --version | -dM | -print-*) mode=compile ;;
        *.cpp) language=c++ ;;
        -Wl,--version)
            # Meson before 1.6 does not know zig's linker, but the one that it is made of.
            echo "LLD (compatible with GNU linkers), as zig ld"
            exit
            ;;
    esac
done
if [ \$mode = link ]; then
    exec "\$here/zig" cc -target $1-windows-gnu "\$@"
elif [ \$language = c++ ]; then
    # Only zig knows how its headers of C++ are to be used.
    exec "\$here/zig" c++ -target $1-windows-gnu "\$@"
fi
# UCRT: mingw's headers describe an older C library unless they are told.
exec \$(command -v ccache) clang-19 --target=$1-w64-windows-gnu -nostdlibinc -D_UCRT -D__MSVCRT_VERSION__=0xE00 \\
    -isystem "\$here/../ziglang/lib/libc/include/any-windows-any" "\$@"
END
    chmod +x "$name.new"
    mv "$name.new" "$name"
}
