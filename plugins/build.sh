#!/usr/bin/env bash
# Builds the gates that ship with lockgate, and those among the examples, from source.
#
#   plugins/build.sh             writes <gate>.wasm and <gate>.lock into the folder of each gate
#   plugins/build.sh --out DIR   writes them into DIR, and nothing into the folders of the gates
#   plugins/build.sh --gate DIR  builds the gate of a folder of its own, as `cargo build --release` there does
#
# The compiler is that of rust-toolchain.toml if it has the target wasm32-unknown-unknown
# (`rustup target add wasm32-unknown-unknown`). Otherwise, on Debian, the script installs Debian's
# compiler and library source (packages rustc-web and rust-web-src) and builds the target's library
# from them once. The linker is always wasm-component-ld of the Rust toolchain.
#
# The same tools yield the same bytes in every checkout. Other versions may yield other bytes, so the
# .lock names the versions. It also holds a hash of the sources and one of the component, and
# `cargo test` refuses a component whose sources have changed since.
set -euo pipefail

# The folders of the gates; the last part is the name of the crate and of the gate.
readonly gates=(plugins/http-health plugins/compare examples/gates/synthetic-transaction)
readonly target=wasm32-unknown-unknown

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
say() { printf 'plugins/build.sh: %s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }
need() { command -v "$1" >/dev/null || fail "$1 is not installed; $2"; }

sha256() { # prints lines "<hex>  <name>", of the files given or of the standard input
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

main() {
    local out='' folder=''
    while (($#)); do
        case $1 in
        --out)
            [[ -n ${2:-} ]] || fail "--out needs a directory"
            out=$2
            shift 2
            ;;
        --gate)
            [[ -f ${2:-}/Cargo.toml ]] || fail "--gate needs the folder of a crate"
            folder=$(cd "$2" && pwd -P)
            shift 2
            ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && fail "unknown argument: $1" ;;
        esac
    done
    if [[ -n $out ]]; then
        mkdir -p "$out"
        out=$(cd "$out" && pwd -P)
    fi
    local target_dir=${CARGO_TARGET_DIR:-$root/target}
    mkdir -p "$target_dir"
    target_dir=$(cd "$target_dir" && pwd -P)

    cd "$root" # where rust-toolchain.toml applies
    need cargo 'see https://rustup.rs'
    need rustc 'see https://rustup.rs'
    forget_foreign_flags
    find_linker
    choose_compiler "$target_dir"

    if [[ -n $folder ]]; then
        build_folder "$folder" "$target_dir"
        return
    fi
    local gate
    for gate in "${gates[@]}"; do
        build "$(basename "$gate")" "$target_dir"
        deliver "$gate" "$target_dir" "${out:-$root/$gate}"
    done
}

# Flags and wrappers for other builds would change the bytes.
forget_foreign_flags() {
    unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET
    unset RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTC_BOOTSTRAP
    local name
    for name in $(compgen -e | grep -E '^CARGO_(PROFILE_|TARGET_WASM32_)' || true); do
        unset "$name"
    done
    export CARGO_INCREMENTAL=0
}

# wasm-component-ld makes a component from the output of rust-lld. Both come with the Rust toolchain.
# It finds rust-lld by PATH, so that cargo's flags contain no path of the machine. Sets `toolchain`.
find_linker() {
    local host linker_dir
    host=$(rustc -vV | sed -n 's/^host: //p')
    toolchain=$(rustc --print sysroot)
    linker_dir=$toolchain/lib/rustlib/$host/bin
    [[ -x $linker_dir/wasm-component-ld && -x $linker_dir/rust-lld ]] ||
        fail "no wasm-component-ld beside rust-lld in $linker_dir; use a Rust toolchain of rustup"
    export PATH=$linker_dir:$PATH
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-component-ld
}

# Sets `compiler`, `compiler_flags` and `guests_dir`, where cargo builds.
choose_compiler() {
    local target_dir=$1 libraries
    guests_dir=$target_dir/guests
    compiler=$toolchain/bin/rustc
    compiler_flags=()
    libraries=$("$compiler" --print target-libdir --target $target)
    if compgen -G "$libraries/libstd-*.rlib" >/dev/null; then
        say "compiler: $("$compiler" -V), which has $target"
        return
    fi
    say "$("$compiler" -V) lacks $target; trying Debian's compiler"
    command -v apt-get >/dev/null ||
        fail "this is not Debian; run: rustup target add $target"
    install_debian_compiler
    compiler=/usr/bin/rustc
    say "compiler: $($compiler -V)"
    make_sysroot "$target_dir"
}

install_debian_compiler() {
    if [[ -x /usr/bin/rustc && -f $(debian_library)/Cargo.lock ]]; then
        return
    fi
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "the packages rustc-web and rust-web-src are missing;" \
            "install them as root, or run: rustup target add $target"
        as_root=(sudo)
    fi
    say 'installing rustc-web and rust-web-src'
    "${as_root[@]}" apt-get update -q >&2 || say 'apt-get update failed; going on with old lists'
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends rustc-web rust-web-src >&2 ||
        fail "apt-get could not install rustc-web and rust-web-src; run: rustup target add $target"
    [[ -f $(debian_library)/Cargo.lock ]] ||
        fail "rust-web-src has no library source in /usr/lib/rustlib/src/rust/library"
}

# The folder changes with the version of the package; this link to it does not.
debian_library() { echo "$(readlink -f /usr/lib/rustlib/src/rust)/library"; }

# Builds the target's standard library from Debian's source, once for each version of the compiler.
make_sysroot() {
    local target_dir=$1 key sysroot host work
    key=$({ $compiler -vV && declare -f make_sysroot write_compiler_script; } | sha256 | cut -c1-16)
    host=$($compiler -vV | sed -n 's/^host: //p')
    sysroot=$target_dir/guest-sysroot-$key
    # Cargo does not notice another library of the same compiler, so each has its own folder.
    guests_dir=$target_dir/guests-$key
    if [[ ! -d $sysroot ]]; then
        say "building the standard library for $target (once)"
        work=$(mktemp -d "$target_dir/guest-sysroot-work.XXXXXX")
        # Expanded now: `work` is gone when the trap runs.
        # shellcheck disable=SC2064
        trap "rm -rf '$work'" EXIT
        mkdir -p "$work/empty/src" "$work/sysroot/lib/rustlib/$target/lib"
        printf '%s\n' '[package]' 'name = "empty"' 'edition = "2024"' '[workspace]' \
            '[profile.release]' 'opt-level = "s"' >"$work/empty/Cargo.toml"
        echo '#![no_std]' >"$work/empty/src/lib.rs"
        compiler_flags=(-Cembed-bitcode=yes)
        write_compiler_script "$work/guest-rustc" "$work"
        RUSTC_BOOTSTRAP=1 RUSTC=$work/guest-rustc cargo build --release --target $target \
            -Zbuild-std=std,panic_abort \
            --manifest-path "$work/empty/Cargo.toml" --target-dir "$work/target"
        cp "$work/target/$target/release/deps/"*.rlib "$work/sysroot/lib/rustlib/$target/lib/"
        rm "$work/sysroot/lib/rustlib/$target/lib/"libempty-*.rlib
        # Build scripts and procedural macros need the libraries of this machine.
        ln -s "$($compiler --print sysroot)/lib/rustlib/$host" "$work/sysroot/lib/rustlib/$host"
        mv -T "$work/sysroot" "$sysroot"
    fi
    compiler_flags=("--sysroot=$sysroot")
}

# Writes the program that cargo runs as the compiler. If these flags were in RUSTFLAGS, cargo would
# hash the paths in them into every symbol, and no two machines would build the same bytes.
write_compiler_script() {
    local script=$1 target_dir=$2
    local flags=("${compiler_flags[@]}"
        "--remap-path-prefix=$root=/lockgate" "--remap-path-prefix=$target_dir=/target")
    if [[ $compiler == /usr/bin/rustc ]]; then
        flags+=("--remap-path-prefix=$(debian_library)=/rust/library"
            "--remap-path-prefix=/usr/lib/rustlib/src/rust/library=/rust/library")
    else
        flags+=("--remap-path-prefix=$toolchain/lib/rustlib/src/rust=/rust")
    fi
    {
        echo '#!/usr/bin/env bash'
        printf 'compiler=%q\ncrates=%q\n' "$compiler" "${CARGO_HOME:-$HOME/.cargo}/registry/src"
        printf 'flags=('
        printf ' %q' "${flags[@]}"
        printf ' )\n'
        # Each registry mirror has a folder of its own for the crates: all are mapped to one.
        cat <<'END'
for folder in "$crates"/*/; do
    flags+=("--remap-path-prefix=${folder%/}=/crates")
done
exec "$compiler" "$@" "${flags[@]}"
END
    } >"$script"
    chmod +x "$script"
}

build() {
    local gate=$1 target_dir=$2
    say "building $gate"
    mkdir -p "$guests_dir"
    write_compiler_script "$guests_dir/guest-rustc" "$target_dir"
    RUSTC=$guests_dir/guest-rustc cargo build --locked --package "$gate" \
        --profile plugin --target $target --target-dir "$guests_dir"
}

# Gates of their own folders share what they depend on. The component goes to where cargo itself puts it.
build_folder() {
    local folder=$1 target_dir=$2 name
    name=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$folder/Cargo.toml" | head -n 1)
    say "building $name in $folder"
    mkdir -p "$guests_dir"
    write_compiler_script "$guests_dir/guest-rustc" "$target_dir"
    (cd "$folder" && RUSTC=$guests_dir/guest-rustc cargo build --release --target-dir "$guests_dir/folders")
    name=${name//-/_}.wasm
    mkdir -p "$folder/target/$target/release"
    cp "$guests_dir/folders/$target/release/$name" "$folder/target/$target/release/$name"
}

deliver() {
    local source=$1 target_dir=$2 folder=$3 gate built lock
    gate=$(basename "$source")
    built=$guests_dir/$target/plugin/${gate//-/_}.wasm
    # A core module has version 1 in the fifth byte, a component has 0d.
    [[ $(od -An -tx1 -j4 -N1 "$built" | tr -d ' ') == 0d ]] || fail "$built is not a component"
    if grep -qaF -e "$root/" -e "$target_dir/" -e "$toolchain/" \
        -e "${CARGO_HOME:-$HOME/.cargo}/" -e /usr/src/ -e /usr/lib/ "$built"; then
        fail "$built names a path of this machine"
    fi
    lock=$(mktemp "$folder/.$gate.lock.XXXXXX")
    write_lock "$source" "$built" >"$lock"
    chmod 644 "$lock"
    install -m 644 "$built" "$folder/$gate.wasm"
    mv "$lock" "$folder/$gate.lock"
    say "wrote $folder/$gate.wasm ($(wc -c <"$built" | tr -d ' ') bytes) and $folder/$gate.lock"
}

write_lock() {
    local source=$1 built=$2 gate
    gate=$(basename "$source")
    cat <<END
# Written by plugins/build.sh and checked by \`cargo test -p $gate\`. Do not edit.

# sha256 of the lines "<sha256>  <path>" of each source file, sorted by path byte by byte.
sources = "$(source_hash "$source")"
# sha256 of $gate.wasm.
component = "$(sha256 <"$built" | cut -d' ' -f1)"

# The tools that built it. Others may yield other bytes from the same sources.
rustc = "$("$compiler" -V)"
wasm-component-ld = "$(wasm-component-ld --version | head -n 1)"
wit-bindgen = "$(cargo tree --locked --package "$gate" --target $target --depth 2 \
        --edges normal --prefix none | sed -n 's/^wit-bindgen v\([^ ]*\).*/\1/p')"
END
}

# The sources are the repository's own files that become part of the component; tests do not. A crate in the gate's
# folder is a part of it too.
source_hash() {
    local source=$1
    {
        shopt -s nullglob
        printf '%s\n' plugins/build.sh plugins/sdk/rust/Cargo.toml "$source"/{,*/}Cargo.toml
        find "$source"/{,*/}src plugins/sdk/rust/{src,wit} -type f ! -name tests.rs ! -path '*/tests/*'
    } | LC_ALL=C sort | while IFS= read -r path; do sha256 "$path"; done | sha256 | cut -d' ' -f1
}

main "$@"
