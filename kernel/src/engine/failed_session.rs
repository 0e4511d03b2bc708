//! The engine of a session that cannot be: each cell is answered with the reason.
//!
//! A kernel that ends at once shows a user nothing but that it has died, and front ends
//! start it again and again.

use crate::engine::code::completeness;
use crate::engine::control_handler::description;
use crate::engine::report::diagnostics;
use hx_jupyter::{
    Cell, Completeness, Completions, ControlHandler, Description, Failure, MimeBundle, Output,
    ShellHandler,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers with a sentence that says what is wrong and how to mend it.
pub(crate) struct Unusable(String);

struct UnusableControls;

/// Prepares an engine that does nothing but say why.
pub(crate) fn prepare(
    sentence: String,
) -> (
    Arc<dyn ControlHandler>,
    impl FnOnce() -> Unusable + Send + 'static,
) {
    (Arc::new(UnusableControls), move || Unusable(sentence))
}

impl Unusable {
    fn failure(&self) -> Failure {
        diagnostics::plain("NoSession", &self.0)
    }
}

impl ShellHandler for Unusable {
    fn execute(&mut self, _: &Cell, _: &Output) -> Result<(), Failure> {
        Err(self.failure())
    }

    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>> {
        let names = expressions.keys();
        names
            .map(|name| (name.clone(), Err(self.failure())))
            .collect()
    }

    fn complete(&mut self, _: &str, cursor: usize) -> Completions {
        Completions::none_at(cursor)
    }

    fn inspect(&mut self, _: &str, _: usize) -> Option<MimeBundle> {
        None
    }
}

impl ControlHandler for UnusableControls {
    fn describe(&self) -> Description {
        description()
    }

    fn is_complete(&self, code: &str) -> Completeness {
        completeness::completeness(code)
    }

    fn interrupt(&self) {}

    fn shut_down(&self) {}
}
