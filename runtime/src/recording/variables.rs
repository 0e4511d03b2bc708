//! Names of what can be recorded and read.

use crate::Error;
use crate::cells::{Cell, is_neuron};

/// One or several names of variables: `"v"`, `["spikes", "v"]`, a `Vec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables(Vec<String>);

impl From<&str> for Variables {
    fn from(name: &str) -> Variables {
        Variables(vec![name.into()])
    }
}

impl<const N: usize> From<[&str; N]> for Variables {
    fn from(names: [&str; N]) -> Variables {
        Variables::from(names.as_slice())
    }
}

impl<const N: usize> From<&[&str; N]> for Variables {
    fn from(names: &[&str; N]) -> Variables {
        Variables::from(names.as_slice())
    }
}

impl From<String> for Variables {
    fn from(name: String) -> Variables {
        Variables(vec![name])
    }
}

impl From<&[&str]> for Variables {
    fn from(names: &[&str]) -> Variables {
        Variables(names.iter().map(|&name| name.into()).collect())
    }
}

impl From<Vec<&str>> for Variables {
    fn from(names: Vec<&str>) -> Variables {
        Variables::from(names.as_slice())
    }
}

impl From<Vec<String>> for Variables {
    fn from(names: Vec<String>) -> Variables {
        Variables(names)
    }
}

/// A variable that the emulated chip can record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variable {
    Spikes,
    Membrane,
}

impl Variable {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Variable::Spikes => "spikes",
            Variable::Membrane => "v",
        }
    }

    /// The variable of this name, if cells of this type can record it.
    pub(crate) fn parse(name: &str, cell: &Cell) -> Result<Variable, Error> {
        match (name, cell) {
            ("spikes", _) => Ok(Variable::Spikes),
            ("v", cell) if is_neuron(cell) => Ok(Variable::Membrane),
            ("exc_synin" | "inh_synin" | "adaptation", cell) if is_neuron(cell) => {
                Err(Error::NotEmulatedYet {
                    what: format!("a readout of '{name}'"),
                })
            }
            _ => Err(Error::UnknownRecordable {
                variable: name.into(),
                cell_type: cell.name(),
                recordable: cell.recordable().iter().map(|&name| name.into()).collect(),
            }),
        }
    }
}

/// What somebody wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything that was recorded.
    All,
    /// These.
    These(Vec<Variable>),
}

impl Wanted {
    pub(crate) fn has(&self, variable: Variable) -> bool {
        match self {
            Wanted::All => true,
            Wanted::These(variables) => variables.contains(&variable),
        }
    }
}

impl Variables {
    /// The variables, for recording them.
    pub(crate) fn to_record(&self, cell: &Cell) -> Result<Vec<Variable>, Error> {
        let parse = |name: &String| Variable::parse(name, cell);
        self.0.iter().map(parse).collect()
    }

    /// The variables, for reading them; `"all"` is everything.
    pub(crate) fn to_read(&self, cell: &Cell) -> Result<Wanted, Error> {
        if self.0.iter().any(|name| name == "all") {
            return Ok(Wanted::All);
        }
        self.to_record(cell).map(Wanted::These)
    }
}
