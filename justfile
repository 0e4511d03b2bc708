# Short names for what CONTRIBUTING.md lists. `just` alone shows them.

prefix := "target/test-prefix"

_default:
    @just --list

# Install what is checked out under target/.
install:
    ./install.sh --prefix {{prefix}}

# Run all tests, or those that pytest's arguments choose.
test *arguments:
    ./tests/run.sh {{arguments}}

# Run end-to-end tests on the installation that tests/run.sh has made, in its environment.
e2e *arguments:
    cd tests && HX_PREFIX={{justfile_directory()}}/{{prefix}} ../target/test-venv/bin/python -m pytest {{arguments}}

# Check what has to hold for every commit.
ci:
    .ci/run

# Format and lint.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets --release --locked -- -D warnings

# Build the documentation of all crates.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --release --locked

# Write docs/transfer.md anew from the tables of the emulator.
transfer:
    cargo run --release --locked -p hx-emulator --example transfer_table > docs/transfer.md
