#!/usr/bin/env bash
# Installs HXKernel: the kernel, the runtime its cells compile against, and, where
# there is none, a JupyterLab to open notebooks in. Ends by executing the tutorial.
#
#   ./install.sh [--prefix DIR]      install under DIR (default: ~/.local)
#   ./install.sh --uninstall [--prefix DIR]
#
# Safe to run again at any time, also after it was interrupted.
set -euo pipefail

readonly repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly tutorial=$repository/notebooks/01-introduction.ipynb
readonly oldest_rustc=1.95
readonly needed_megabytes=4000
prefix=$HOME/.local
action=install

# --- saying things ---------------------------------------------------------

step() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() {
    printf '\ninstall.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit "${1:-0}"
}

while (($#)); do
    case $1 in
        --prefix) [[ $# -ge 2 && -n $2 ]] || fail "--prefix needs a directory"; prefix=$2; shift 2 ;;
        --prefix=*) prefix=${1#--prefix=}; shift ;;
        --uninstall) action=uninstall; shift ;;
        -h | --help) usage ;;
        *) printf 'install.sh: unknown option %s\n' "$1" >&2; usage 2 ;;
    esac
done
mkdir -p "$prefix" 2>/dev/null || fail "cannot write to $prefix: choose another place with --prefix DIR"
prefix=$(cd "$prefix" && pwd)
readonly prefix action
readonly share=$prefix/share/hxkernel
readonly environment=$share/venv
readonly hxkernel=$prefix/bin/hxkernel

# --- removing --------------------------------------------------------------

uninstall() {
    step "Removing HXKernel from $prefix"
    if [[ -x $hxkernel ]]; then
        "$hxkernel" uninstall --prefix "$prefix"
    fi
    # The links to the private environment, but nobody else's jupyter.
    local link
    for link in "$prefix"/bin/jupyter*; do
        if [[ -L $link && $(readlink "$link") == "$environment"/* ]]; then
            rm -f "$link"
        fi
    done
    if [[ -e $share/added-rust-src ]] && command -v rustup >/dev/null; then
        rustup component remove rust-src >/dev/null 2>&1 || note "rust-src stays in the toolchain: rustup could not remove it"
    fi
    rm -rf "$share" "$prefix/lib/hxkernel" "$prefix/share/jupyter/kernels/hxkernel" "$hxkernel"
    # Directories the installation made and nobody else uses.
    rmdir -p --ignore-fail-on-non-empty "$prefix/share/jupyter/kernels" "$prefix/lib" "$prefix/bin" 2>/dev/null || true
    note "done"
}

# --- what the machine must have --------------------------------------------

find_cargo() {
    command -v cargo >/dev/null || export PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null && command -v rustc >/dev/null ||
        fail "Rust is missing: install it with 'curl https://sh.rustup.rs -sSf | sh', then run this again"
    local version
    version=$(rustc --version | cut -d' ' -f2)
    [[ $(printf '%s\n%s\n' "$oldest_rustc" "$version" | sort -V | head -n 1) == "$oldest_rustc" ]] ||
        fail "rustc $version is too old, $oldest_rustc is needed: 'rustup update stable'"
    note "rustc $version"
}

find_linker() {
    command -v cc >/dev/null || fail "a C linker is missing: 'apt-get install gcc libc6-dev'"
    note "$(cc --version | head -n 1)"
}

# Types are inferred from the standard library's sources.
find_sources() {
    local library
    library=$(rustc --print sysroot)/lib/rustlib/src/rust/library
    if [[ ! -d $library ]]; then
        command -v rustup >/dev/null && rustup component add rust-src >/dev/null 2>&1 && [[ -d $library ]] ||
            fail "the sources of Rust's standard library are missing: 'rustup component add rust-src'"
        mkdir -p "$share"
        touch "$share/added-rust-src"
        note "added the component rust-src to the toolchain"
    fi
}

find_python() {
    command -v python3 >/dev/null || fail "Python is missing: 'apt-get install python3 python3-venv'"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
        fail "Python $(python3 -V | cut -d' ' -f2) is too old, 3.9 is needed: 'apt-get install python3'"
    note "$(python3 --version)"
}

find_space() {
    local directory free
    for directory in "$repository" "$prefix"; do
        free=$(df -Pm "$directory" | awk 'NR == 2 { print $4 }')
        ((free >= needed_megabytes)) ||
            fail "only $free MB are free at $directory, $needed_megabytes are needed: make room, or choose another place with --prefix"
    done
}

# --- building and installing -----------------------------------------------

build_kernel() {
    step "Building the kernel (the first time takes some minutes: rust-analyzer is inside)"
    cargo build --release --locked --quiet --manifest-path "$repository/Cargo.toml" --package hxkernel ||
        fail "the kernel does not build; the message above says why"
    local built=${CARGO_TARGET_DIR:-$repository/target}/release/hxkernel
    mkdir -p "$prefix/bin"
    if ! cmp -s "$built" "$hxkernel"; then
        # Renamed into place: a kernel that runs keeps the file it was started from.
        cp "$built" "$hxkernel.new"
        mv -f "$hxkernel.new" "$hxkernel"
    fi
    note "$("$hxkernel" --version) in $hxkernel"
}

register_kernel() {
    step "Building the runtime and registering the kernel"
    "$hxkernel" install --prefix "$prefix" | sed 's/^/   /'
}

# A Jupyter that can open and execute notebooks: the machine's own, else a private one.
find_jupyter() {
    step "Looking for Jupyter"
    if jupyter lab --version >/dev/null 2>&1 && jupyter nbconvert --version >/dev/null 2>&1; then
        jupyter=$(command -v jupyter)
        # The one linked by an earlier run of this script is the private one.
        [[ $(readlink -f "$jupyter") == "$environment"/* ]] || { note "$jupyter"; return; }
    fi
    jupyter=$environment/bin/jupyter
    if [[ ! -e $environment/complete ]]; then
        rm -rf "$environment"
        mkdir -p "$share"
        python3 -m venv "$environment" >/dev/null 2>&1 ||
            fail "Python cannot make a virtual environment: 'apt-get install python3-venv'"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$repository/kernel/assets/jupyter-requirements.txt" ||
            fail "JupyterLab cannot be installed from PyPI: check the network and run this again"
        touch "$environment/complete"
    fi
    # It looks for kernels in its own prefix.
    "$hxkernel" install --prefix "$environment" >/dev/null
    local name
    for name in jupyter jupyter-lab jupyter-nbconvert jupyter-kernelspec; do
        [[ -e $prefix/bin/$name || -L $prefix/bin/$name ]] || ln -s "$environment/bin/$name" "$prefix/bin/$name"
    done
    note "$jupyter (private to HXKernel)"
}

# --- showing that it works -------------------------------------------------

run_tutorial() {
    step "Executing the tutorial"
    local directory
    directory=$(mktemp -d)
    # shellcheck disable=SC2064  # expanded now: it is local
    trap "rm -rf '$directory'" EXIT
    JUPYTER_PATH="$prefix/share/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}" "$jupyter" nbconvert --log-level=ERROR \
        --to notebook --execute --output-dir "$directory" "$tutorial" ||
        fail "the tutorial does not run; '$hxkernel doctor' says what may be missing"
    python3 - "$directory/$(basename "$tutorial")" <<'PYTHON' | sed 's/^/   /'
import json, sys

notebook = json.load(open(sys.argv[1], encoding="utf-8"))
outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
for output in outputs:
    if output["output_type"] == "stream":
        print("".join(output["text"]), end="")
pictures = [
    output
    for output in outputs
    if {"image/svg+xml", "image/png"} & set(output.get("data", {}))
]
print(f"({len(pictures)} pictures)")
if not pictures:
    sys.exit("the tutorial drew no picture")
PYTHON
}

say_how_to_open() {
    step "Installed"
    local command=$jupyter
    if [[ $(command -v jupyter || true) == "$prefix/bin/jupyter" || $(command -v jupyter || true) == "$jupyter" ]]; then
        command=jupyter
    elif [[ $jupyter == "$environment"/* ]]; then
        note "To have 'jupyter' at hand in every terminal: export PATH=\"$prefix/bin:\$PATH\""
    fi
    if [[ $jupyter != "$environment"/* && $prefix != "$HOME/.local" ]]; then
        note "For Jupyter to find the kernel there: export JUPYTER_PATH=$prefix/share/jupyter"
    fi
    note "Open the tutorial with:"
    note "  $command lab $tutorial"
}

if [[ $action == uninstall ]]; then
    uninstall
    exit
fi
step "Looking at this machine"
find_cargo
find_linker
find_sources
find_python
find_space
build_kernel
register_kernel
find_jupyter
run_tutorial
say_how_to_open
