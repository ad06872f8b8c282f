# Sourced by the scripts beside it: lays out what was built as it is installed.
# shellcheck shell=bash
# shellcheck source=scripts/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

# build_installed FLAG…: builds what is installed, each by itself: what one package switches on in a dependency is not for the others. What the one with
# the batteries depends on comes behind it, for Cargo gives both their files one name.
build_installed() {
    cargo build --locked "$@" -p mcp-engine-cli
    if [ -f "$root/bindings/c/full/Cargo.toml" ]; then c_libraries mcp-engine-c-full "$@"; fi
    c_libraries mcp-engine-c "$@"
}

# install_c BUILT PREFIX: the libraries for C that stand in the folder BUILT, with headers and what finds them, below PREFIX. Sets what templates have
# places for: version, native, abi.
install_c() {
    local built=$1 prefix=$2 package=$root/bindings/c/package
    version=$(cargo pkgid --locked -p mcp-engine-c | sed 's/.*[@#]//')
    native=$(native_libraries)
    mkdir -p "$prefix"/{include,lib/pkgconfig,lib/cmake/mcp_engine,share/man/man3,share/doc/mcp-engine}
    install -m 644 "$root"/include/mcp_engine.{h,hpp} "$prefix/include/"
    install_library "$built/libmcp_engine_c" mcp_engine "$prefix"
    write_pc mcp-engine mcp_engine "The Model Context Protocol without any I/O" "" "$prefix"
    if [ -f "$root/bindings/c/full/Cargo.toml" ]; then
        install_library "$built/libmcp_engine_full" mcp_engine_full "$prefix"
        write_pc mcp-engine-full mcp_engine_full "The Model Context Protocol: clients and servers" " -DMCPE_FULL=" "$prefix"
        components mcp-engine-c-full "$prefix"
    fi
    local file
    for file in mcp_engine-config.cmake mcp_engine-config-version.cmake; do
        filled "$package/$file.in" >"$prefix/lib/cmake/mcp_engine/$file"
    done
    awk -f "$package/functions.awk" "$root/include/mcp_engine.h" >"$prefix/share/man/man3/functions"
    filled "$package/mcp_engine.3.in" | sed -e "/@FUNCTIONS@/{
r $prefix/share/man/man3/functions
d
}" >"$prefix/share/man/man3/mcp_engine.3"
    rm "$prefix/share/man/man3/functions"
    install -m 644 "$root/LICENSE" "$root/docs/C_API.md" "$prefix/share/doc/mcp-engine/"
    components mcp-engine-c "$prefix"
}

# install_library FILE LIBRARY PREFIX: FILE.so and FILE.a, without debugging symbols, by the names that linkers and loaders look for.
install_library() {
    local file=$1 library=$2 lib=$3/lib soname
    soname=$(readelf -W -d "$file.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
    abi=${soname##*.so.}
    if [ "$soname" != "lib$library.so.$abi" ]; then
        printf 'error: the soname of %s.so is "%s"\n' "$file" "$soname" >&2
        exit 1
    fi
    strip --strip-unneeded -o "$lib/$soname.$version" "$file.so"
    strip --strip-debug -o "$lib/lib$library.a" "$file.a"
    chmod 755 "$lib/$soname.$version"
    ln -sf "$soname.$version" "$lib/$soname"
    ln -sf "$soname" "$lib/lib$library.so"
}

# write_pc NAME LIBRARY DESCRIPTION DEFINE PREFIX: what pkg-config reads.
write_pc() {
    filled "$root/bindings/c/package/library.pc.in" |
        sed -e "s/@NAME@/$1/" -e "s/@LIBRARY@/$2/" -e "s|@DESCRIPTION@|$3|" -e "s/@DEFINE@/$4/" >"$5/lib/pkgconfig/$1.pc"
}

# filled TEMPLATE: the template with what holds for every library in its places.
filled() {
    sed -e "s/@VERSION@/$version/g" -e "s/@ABI@/$abi/g" -e "s/@PRIVATE@/$native/g" -e "s/@PRIVATE_LIST@/${native// /;}/g" "$1"
}

# native_libraries: what a program needs beside a static library of Rust. Of C's own library and of what unwinds, the compiler knows where they are.
native_libraries() {
    local scratch flag wanted=""
    scratch=$(mktemp -d)
    for flag in $(rustc --crate-type staticlib --crate-name x --print native-static-libs -o "$scratch/libx.a" - </dev/null 2>&1 | sed -n 's/^note: native-static-libs: //p'); do
        case " $wanted -lc -lgcc_s " in
            *" $flag "*) ;;
            *) wanted="$wanted${wanted:+ }$flag" ;;
        esac
    done
    rm -r "$scratch"
    if [ -z "$wanted" ]; then
        printf 'error: rustc does not say what its libraries need\n' >&2
        exit 1
    fi
    printf '%s' "$wanted"
}

# install_program PROGRAM PREFIX: the program with its pages and completions.
install_program() {
    local program=$1 prefix=$2 share=$2/share
    mkdir -p "$prefix/bin" "$share"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d,doc/mcp-engine}
    strip --strip-unneeded -o "$prefix/bin/mcp-engine" "$program"
    chmod 755 "$prefix/bin/mcp-engine"
    "$prefix/bin/mcp-engine" manual "$share/man/man1"
    "$prefix/bin/mcp-engine" completions bash >"$share/bash-completion/completions/mcp-engine"
    "$prefix/bin/mcp-engine" completions zsh >"$share/zsh/site-functions/_mcp-engine"
    "$prefix/bin/mcp-engine" completions fish >"$share/fish/vendor_completions.d/mcp-engine.fish"
    install -m 644 "$root/LICENSE" "$root/README.md" "$share/doc/mcp-engine/"
    components mcp-engine-cli "$prefix"
}

# components PACKAGE PREFIX: a list of what is compiled into it.
components() {
    python3 "$root/scripts/sbom.py" "$1" "$2/share/doc/mcp-engine/$1.cdx.json"
}
