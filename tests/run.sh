#!/usr/bin/env bash
# The one test command. Needs Rust and Python and gets everything else itself:
# the Rust tests, an installation under target/, and the end-to-end tests against it.
#
#   ./tests/run.sh [pytest arguments]
#
# HX_PREFIX=DIR tests the installation at DIR instead of making one.
# Prints one line for each part, and the whole output of a part that fails.
set -uo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repository
readonly work=$repository/target
readonly environment=$work/test-venv
readonly requirements=$repository/tests/requirements.txt
readonly nest_environment=$work/nest-venv
readonly nest_requirements=$repository/tests/nest/requirements.txt
failed=()

# Runs a command quietly. A failure shows what it said and is remembered.
part() {
    local title=$1 log status
    shift
    log=$(mktemp)
    printf '== %s ... ' "$title"
    SECONDS=0
    "$@" >"$log" 2>&1
    status=$?
    if ((status == 0)); then
        printf 'ok (%d s)\n' "$SECONDS"
    else
        printf 'FAILED (%d s)\n' "$SECONDS"
        cat "$log"
        failed+=("$title")
    fi
    rm -f "$log"
    return "$status"
}

conclude() {
    if ((${#failed[@]})); then
        printf '\nFAILED: %s\n' "${failed[@]}"
        exit 1
    fi
    printf '\nAll tests passed.\n'
    exit 0
}

# In release and for the very package that install.sh builds: then evcxr, with
# rust-analyzer in it, is compiled once. Tested together with the other crates it
# would get other features of their common dependencies and be compiled again.
kernel_tests() {
    cargo test --release --locked --manifest-path "$repository/Cargo.toml" --package hxkernel
}

other_rust_tests() {
    cargo test --release --locked --manifest-path "$repository/Cargo.toml" --workspace --exclude hxkernel
}

# make_environment DIR REQUIREMENTS [pip arguments]
# The mark is the requirements it was made for.
make_environment() {
    local directory=$1 wanted=$2
    shift 2
    cmp -s "$wanted" "$directory/made-for.txt" && return
    rm -rf "$directory"
    if ! python3 -m venv "$directory"; then
        echo "Python cannot make a virtual environment: 'apt-get install python3-venv'"
        return 1
    fi
    "$directory/bin/pip" install --quiet --disable-pip-version-check "$@" --requirement "$wanted" &&
        cp "$wanted" "$directory/made-for.txt"
}

# The same neuron in two programs that have nothing in common. Without what NEST's
# package asks for besides numpy, its installation is half as large.
nest_comparison() {
    make_environment "$nest_environment" "$nest_requirements" --no-deps --only-binary :all: || return
    cargo build --release --locked --manifest-path "$repository/Cargo.toml" \
        --package hx-emulator --example ideal_networks || return
    "$nest_environment/bin/python" "$repository/tests/nest/compare.py" \
        "${CARGO_TARGET_DIR:-$work}/release/examples/ideal_networks"
}

end_to_end_tests() {
    printf '== End-to-end tests of the kernel in %s\n' "$HX_PREFIX"
    (cd "$repository/tests" && "$environment/bin/python" -m pytest --quiet "$@") ||
        failed+=("End-to-end tests")
}

# rustup does not change the PATH of shells that are open already.
command -v cargo >/dev/null || export PATH="$HOME/.cargo/bin:$PATH"
mkdir -p "$work"

part "Imports between the floors of the crates" python3 "$repository/tests/floors.py"
part "Rust tests of the chip, the dialect and the protocol" other_rust_tests
part "The ideal chip against NEST" nest_comparison
part "Rust tests of the kernel (the first build takes some minutes)" kernel_tests
if [[ -z ${HX_PREFIX:-} ]]; then
    HX_PREFIX=$work/test-prefix
    part "Installation" "$repository/install.sh" --prefix "$HX_PREFIX" || conclude
fi
part "Python environment of the tests" make_environment "$environment" "$requirements" || conclude
export HX_PREFIX
end_to_end_tests "$@"
conclude
