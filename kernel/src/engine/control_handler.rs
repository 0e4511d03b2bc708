//! What the engine answers at any time, from any thread, even while a cell runs.

use crate::engine::analysis_limits;
use crate::engine::assist::cursor::Cursor;
use crate::engine::assist::symbols::SymbolIndex;
use crate::engine::code::completeness;
use crate::engine::code::nesting;
use crate::engine::interrupt::InterruptController;
use crate::engine::output::pump::PumpHandle;
use hx_jupyter::{Completeness, Completions, ControlHandler, Description, MimeBundle};
use serde_json::json;
use std::sync::Arc;

pub(crate) struct EngineControls {
    pub(crate) interrupts: Arc<InterruptController>,
    pub(crate) pump_handle: PumpHandle,
    pub(crate) symbols: Arc<SymbolIndex>,
}

impl ControlHandler for EngineControls {
    fn describe(&self) -> Description {
        description()
    }

    fn is_complete(&self, code: &str) -> Completeness {
        // What is too deep is refused with a sentence when it is run.
        nesting::parse_with_room(code, || completeness::completeness(code))
            .unwrap_or(Completeness::Complete)
    }

    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        let found =
            nesting::parse_with_room(code, || self.symbols.complete(&Cursor::new(code, cursor)));
        Some(found.unwrap_or_else(|| Completions::none_at(cursor)))
    }

    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Option<MimeBundle>> {
        let found =
            nesting::parse_with_room(code, || self.symbols.inspect(&Cursor::new(code, cursor)));
        Some(found.flatten())
    }

    fn interrupt(&self) {
        self.interrupts.interrupt();
        // A cell that waits for its user has nothing else to stop.
        self.pump_handle.cancel_input();
    }

    fn hurry(&self) {
        analysis_limits::hurry();
    }

    fn shut_down(&self) {
        analysis_limits::stop();
        self.interrupts.shut_down();
    }
}

/// What a kernel says of itself.
pub(crate) fn description() -> Description {
    Description {
        implementation: "hxkernel".into(),
        implementation_version: env!("CARGO_PKG_VERSION").into(),
        banner: format!(
            "HXKernel {}: Rust with PyNN and an emulated BrainScaleS-2 chip",
            env!("CARGO_PKG_VERSION")
        ),
        language_info: json!({
            "name": "rust",
            "version": "2024",
            "mimetype": "text/rust",
            "file_extension": ".rs",
            "pygments_lexer": "rust",
            "codemirror_mode": "rust",
            "nbconvert_exporter": "script",
        }),
        help_links: vec![
            (
                "The Rust book".into(),
                "https://doc.rust-lang.org/book/".into(),
            ),
            (
                "PyNN".into(),
                "https://neuralensemble.org/docs/PyNN/".into(),
            ),
        ],
    }
}
