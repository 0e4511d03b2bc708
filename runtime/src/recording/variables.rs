//! Names of what can be recorded and read.

use crate::Error;
use crate::cells::Cell;
use hx_emulator::Observable;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variable {
    Spikes,
    Membrane,
    ExcitatoryInput,
    InhibitoryInput,
    Adaptation,
}

impl Variable {
    const ALL: [Variable; 5] = [
        Variable::Spikes,
        Variable::Membrane,
        Variable::ExcitatoryInput,
        Variable::InhibitoryInput,
        Variable::Adaptation,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Variable::Spikes => "spikes",
            Variable::Membrane => "v",
            Variable::ExcitatoryInput => "exc_synin",
            Variable::InhibitoryInput => "inh_synin",
            Variable::Adaptation => "adaptation",
        }
    }

    /// What the chip calls it, if it is analog.
    pub(crate) fn observable(self) -> Option<Observable> {
        match self {
            Variable::Spikes => None,
            Variable::Membrane => Some(Observable::Membrane),
            Variable::ExcitatoryInput => Some(Observable::ExcitatoryInput),
            Variable::InhibitoryInput => Some(Observable::InhibitoryInput),
            Variable::Adaptation => Some(Observable::Adaptation),
        }
    }

    /// The variable of this name, if cells of this type can record it.
    pub(crate) fn parse(name: &str, cell: &Cell) -> Result<Variable, Error> {
        let known = Variable::ALL.into_iter().find(|known| known.name() == name);
        known
            .filter(|_| cell.recordable().contains(&name))
            .ok_or_else(|| Error::UnknownRecordable {
                variable: name.into(),
                cell_type: cell.name(),
                recordable: cell.recordable().iter().map(|&name| name.into()).collect(),
            })
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
    /// Whether the variable of this name is among it.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Wanted::All => true,
            Wanted::These(variables) => variables.iter().any(|variable| variable.name() == name),
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
