#!/usr/bin/env bash
# Builds what the pad computes as WebAssembly: target/pad/{login,enrol,permits,tokens}.wasm. Needs clang, llvm-ar and one of two
# compilers: that of rustup with its target wasm32-unknown-unknown, or Debian's rustc-web and cargo-web with rust-web-src, since Debian
# has the standard
# library for this target as source alone, and with lld. `--which` says whether one of them is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly TRIPLE=wasm32-unknown-unknown
readonly MODULES=(login enrol permits tokens)
readonly OUT=target/pad

# Sets `cargo` to a command that builds for the target, and `directory` to where it builds.
choose() {
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$TRIPLE/lib" ] || rustup target add "$TRIPLE" >/dev/null 2>&1; then
        cargo=(cargo build)
        directory=target
    elif [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
        # Bootstrapping is for -Zbuild-std alone.
        export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld
        cargo=(env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo build -Zbuild-std=std,panic_abort)
        # Nothing that one compiler has built can be read by the other.
        directory=target/debian
    else
        echo "no compiler for $TRIPLE: 'rustup target add $TRIPLE', or Debian's rustc-web, cargo-web and rust-web-src" >&2
        return 1
    fi
}

choose
if [ "${1:-}" = --which ]; then
    echo "${cargo[*]}"
    exit 0
fi
mkdir -p "$OUT"
for module in "${MODULES[@]}"; do
    "${cargo[@]}" --locked --target "$TRIPLE" --target-dir "$directory" --profile pad -p milagro-pad-wasm --features "$module"
    cp "$directory/$TRIPLE/pad/milagro_pad_wasm.wasm" "$OUT/$module.wasm"
done
