//! The result of a check of the machine.

/// A detail of what is in order, or a sentence that says what is not and how to mend it.
pub(crate) type Outcome = Result<String, String>;
