//! The committed table of transfer functions is the one the emulator computes with.

#[path = "../examples/transfer_table.rs"]
mod transfer_table;

#[test]
fn the_document_is_up_to_date() {
    let committed = std::fs::read_to_string(transfer_table::FILE).unwrap_or_default();
    assert!(
        committed == transfer_table::document(),
        "docs/transfer.md is not what the tables say; \
         run `cargo run -p hx-emulator --example transfer_table`"
    );
}
