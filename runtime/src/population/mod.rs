//! Populations and views of them.

mod create;
mod data;
mod record;
mod selection;
mod settings;
mod view;

pub use create::Population;
pub use selection::Selection;
pub(crate) use settings::parameters_set;
pub use view::PopulationView;
pub(crate) use view::{place, with_population};
