//! What evcxr has noted of a session, and how that is kept true where it cannot know: after
//! definitions that change, and when cells are undone.

pub(crate) mod departures;
pub(crate) mod dependencies;
pub(crate) mod implementations;
pub(crate) mod redefinition;
pub(crate) mod undo;
pub(crate) mod unkept;
pub(crate) mod variables;
