//! The variables of a session, as evcxr has them in its books.

use std::collections::BTreeMap;

/// Names and types.
pub(crate) type Variables = BTreeMap<String, String>;
