#!/usr/bin/env bash
# HXKernel beside the stock kernel, evcxr_jupyter 0.22: runs the tests of the faults
# of the latter against both and prints the table that is in README.md.
#
#   ./tests/stock.sh [--measure]
#
# --measure also times cells on both (some minutes, on a machine that does nothing else).
# Compiles the stock kernel once, which takes ten minutes, and is therefore no part of
# run.sh; run that one first, since its installation and its Python are used here.
# HX_PREFIX=DIR takes the installation at DIR, HX_STOCK=DIR the stock kernel there.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repository
readonly work=$repository/target
readonly version=0.22.0
readonly python=$work/test-venv/bin/python
readonly prefix=${HX_PREFIX:-$work/test-prefix}
readonly stock=${HX_STOCK:-$work/stock}
readonly results=$work/stock-results

command -v cargo >/dev/null || export PATH="$HOME/.cargo/bin:$PATH"
for needed in "$python" "$prefix/bin/hxkernel"; do
    if [[ ! -x $needed ]]; then
        echo "There is no $needed: run tests/run.sh first." >&2
        exit 2
    fi
done

# As published: with the versions of its own lock file.
if [[ ! -x $stock/bin/evcxr_jupyter ]]; then
    CARGO_TARGET_DIR=$stock/build cargo install --locked evcxr_jupyter \
        --version "$version" --root "$stock"
    rm -r "$stock/build"
fi
mkdir -p "$stock/share/jupyter" "$results"
JUPYTER_PATH=$stock/share/jupyter "$stock/bin/evcxr_jupyter" --install >/dev/null

# Runs the tests; which of them failed is in the results.
faults() {
    (cd "$repository/tests" && HX_PREFIX=$prefix "$python" -m pytest --quiet \
        --tb=line --junitxml="$1" e2e/test_stock_faults.py) >&2 || (($? == 1))
}

# What never comes on the stock kernel is not waited for long.
HX_STOCK=$stock HX_PATIENCE=15 faults "$results/stock.xml"
(unset HX_STOCK && faults "$results/hxkernel.xml")
"$python" "$repository/tests/stock_table.py" "$results/stock.xml" "$results/hxkernel.xml"
if [[ ${1:-} == --measure ]]; then
    echo
    "$python" "$repository/tests/benchmarks/cells.py" --prefix "$prefix" --stock "$stock"
fi
