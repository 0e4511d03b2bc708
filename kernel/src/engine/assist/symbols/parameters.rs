//! The parameters of all cell types, read from the runtime's tables of them.
//!
//! The tables are arguments of macros that make the builder methods; syntax
//! alone does not know those, so the rows are read here.

use super::item::{Item, Kind};
use crate::toolchain::runtime;
use ra_ap_syntax::ast::{self, HasModuleItem as _};
use ra_ap_syntax::{AstNode as _, Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxToken};
use std::collections::BTreeMap;

/// The type whose builder methods the table of codes makes.
const HX_NEURON: &str = "HXNeuron";

/// Every cell type a population can be made of.
pub(crate) const CELL_TYPES: [&str; 6] = [
    HX_NEURON,
    "CalibHXNeuronCuba",
    "CalibHXNeuronCoba",
    "SpikeSourceArray",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonOnChip",
];

/// True if cells of this type are sources of spikes, not neurons.
pub(crate) fn is_source(cell: &str) -> bool {
    cell.starts_with("SpikeSource")
}

/// The parameters of sources, which are too few for a table in the runtime: cell type,
/// name, values, meaning.
const OF_SOURCES: [(&str, &str, &str, &str); 7] = [
    (
        "SpikeSourceArray",
        "spike_times",
        "times in ms, at least 0",
        "When the sources send: one train for all, or a list of trains.",
    ),
    (
        "SpikeSourcePoisson",
        "rate",
        "at least 0 Hz",
        "How many spikes a second of the chip's own time a source sends on average.",
    ),
    (
        "SpikeSourcePoisson",
        "start",
        "at least 0 ms",
        "When the sources begin.",
    ),
    (
        "SpikeSourcePoisson",
        "duration",
        "at least 0 ms",
        "For how long the sources send.",
    ),
    (
        "SpikeSourcePoissonOnChip",
        "rate",
        "Hz; 7.45 Hz to 125 MHz for all sources together",
        "How many spikes a second of the chip's own time each source sends on average.",
    ),
    (
        "SpikeSourcePoissonOnChip",
        "seed",
        "0 to 4294967295",
        "Seed of the generator.",
    ),
    (
        "SpikeSourcePoissonOnChip",
        REALISED_RATE,
        "Hz; can be read only",
        "What the generator's codes make of the rate.",
    ),
];
/// What can be read but not set.
const REALISED_RATE: &str = "realised_rate";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The cell type that has it.
    pub(crate) cell: String,
    pub(crate) name: String,
    /// The builder method the runtime's macro makes for it.
    builder: Option<String>,
    /// Its values and their unit on one line: `0 to 1022, DAC code`.
    values: String,
    meaning: String,
}

impl Parameter {
    pub(crate) fn can_be_set(&self) -> bool {
        self.name != REALISED_RATE
    }

    /// The builder method made for it.
    pub(crate) fn builder(&self) -> Option<Item> {
        let name = self.builder.clone()?;
        let (cell, values) = (&self.cell, &self.values);
        Some(Item {
            kind: Kind::Method,
            owner: Some(cell.clone()),
            public: true,
            signature: format!(
                "fn {name}(self, value: impl Into<ParameterValue>) -> {cell} // {values}"
            ),
            documentation: format!(
                "{}\n\nValues: {values}. One for all neurons, or an array or `Vec` with one for each.\nA value out of range is refused where the cell is used.",
                self.meaning,
            ),
            result_type: cell.clone(),
            name,
        })
    }

    /// The parameter as a name in a string.
    pub(crate) fn name_in_text(&self) -> Item {
        Item {
            name: self.name.clone(),
            kind: Kind::Field,
            owner: None,
            public: true,
            signature: self.values.clone(),
            documentation: format!(
                "{}\n\nValues: {}. A parameter of `{}`.",
                self.meaning, self.values, self.cell
            ),
            result_type: String::new(),
        }
    }
}

/// The parameters of all cell types, those of one type together.
pub(crate) fn read() -> Vec<Parameter> {
    let source = |path| runtime::source(path).unwrap_or_default();
    let mut parameters = read_codes(source("src/cells/parameters.rs"));
    parameters.extend(read_targets(source("src/cells/targets.rs")));
    parameters.extend(OF_SOURCES.map(|(cell, name, values, meaning)| Parameter {
        cell: cell.into(),
        name: name.into(),
        builder: None,
        values: values.into(),
        meaning: meaning.into(),
    }));
    parameters
}

/// The rows of the table of codes.
fn read_codes(source: &str) -> Vec<Parameter> {
    let file = SourceFile::parse(source, Edition::Edition2024).tree();
    let mut ranges = BTreeMap::new();
    let mut parameters = Vec::new();
    for item in file.items() {
        match item {
            ast::Item::MacroRules(it) if is_called(&it, "kind") => {
                ranges = read_kinds(&tokens(it.token_tree()));
            }
            ast::Item::MacroCall(it) if is_call_of(&it, "table") => {
                parameters = read_rows(&tokens(it.token_tree()), &ranges);
            }
            _ => {}
        }
    }
    parameters
}

/// The rows of the tables of targets: `CELL, TABLE, "title";` and then
/// `method, "name", default, smallest, largest, "unit", "range", "meaning";`.
fn read_targets(source: &str) -> Vec<Parameter> {
    let file = SourceFile::parse(source, Edition::Edition2024).tree();
    let mut parameters = Vec::new();
    for item in file.items() {
        let ast::Item::MacroCall(it) = item else {
            continue;
        };
        if !is_call_of(&it, "targets") {
            continue;
        }
        let mut cell = String::new();
        for row in tokens(it.token_tree()).split(|token| token.text() == ";") {
            match words(row)[..] {
                [of, _, _] => cell = of.into(),
                [method, name, _, range, meaning] => parameters.push(Parameter {
                    cell: cell.clone(),
                    name: name.into(),
                    builder: Some(method.into()),
                    // In which case the name is written is seen.
                    values: range
                        .split(" As a name:")
                        .next()
                        .unwrap_or(range)
                        .trim_end_matches('.')
                        .into(),
                    meaning: meaning.into(),
                }),
                _ => {}
            }
        }
    }
    parameters
}

fn is_call_of(it: &ast::MacroCall, name: &str) -> bool {
    it.path().is_some_and(|it| it.syntax().text() == name)
}

fn is_called(it: &impl ast::HasName, name: &str) -> bool {
    it.name().is_some_and(|it| it.text() == name)
}

fn tokens(tree: Option<ast::TokenTree>) -> Vec<SyntaxToken> {
    let all = tree
        .into_iter()
        .flat_map(|tree| tree.syntax().descendants_with_tokens());
    all.filter_map(NodeOrToken::into_token)
        .filter(|token| !token.kind().is_trivia())
        .collect()
}

/// The arms of the macro that says what a kind is: `(NAME) => { … Code(LARGEST) }`.
fn read_kinds(tokens: &[SyntaxToken]) -> BTreeMap<String, String> {
    let mut ranges = BTreeMap::new();
    let mut name = String::new();
    for pair in tokens.windows(3) {
        let [first, second, third] = pair else { break };
        if first.text() == "(" && third.text() == ")" {
            match second.kind() {
                SyntaxKind::IDENT => name = second.text().to_owned(),
                SyntaxKind::INT_NUMBER => {
                    let range = match second.text() {
                        "1" => "0 or 1".to_owned(),
                        largest => format!("0 to {largest}"),
                    };
                    ranges.insert(name.clone(), range);
                }
                _ => {}
            }
        } else if third.text() == "Flag" {
            ranges.insert(name.clone(), "true or false".into());
        }
    }
    ranges
}

/// The rows: `name, kind, "unit", "meaning";`.
fn read_rows(tokens: &[SyntaxToken], ranges: &BTreeMap<String, String>) -> Vec<Parameter> {
    let rows = tokens.split(|token| token.text() == ";");
    rows.filter_map(|row| {
        let [name, kind, unit, meaning] = words(row)[..] else {
            return None;
        };
        let range = ranges.get(kind)?;
        Some(Parameter {
            cell: HX_NEURON.into(),
            name: name.into(),
            builder: Some(name.into()),
            values: match unit {
                "" => range.clone(),
                unit => format!("{range}, {unit}"),
            },
            meaning: meaning.into(),
        })
    })
    .collect()
}

/// The names and the texts, without their quotation marks, of a row.
fn words(row: &[SyntaxToken]) -> Vec<&str> {
    row.iter()
        .filter(|token| matches!(token.kind(), SyntaxKind::IDENT | SyntaxKind::STRING))
        .map(|token| token.text().trim_matches('"'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cell: &str) -> Vec<Parameter> {
        let all = read().into_iter();
        all.filter(|parameter| parameter.cell == cell).collect()
    }

    /// As many as the macros make: every line of the tables.
    #[test]
    fn every_row_of_the_tables_is_read() {
        let rows = |file: &str| {
            let table = runtime::source(file).unwrap();
            table.lines().filter(|line| line.ends_with("\";")).count()
        };
        assert_eq!(of(HX_NEURON).len(), rows("src/cells/parameters.rs"));
        // Each of the two tables of targets has a title that ends like a row.
        let targets = of("CalibHXNeuronCuba").len() + of("CalibHXNeuronCoba").len();
        assert_eq!(targets + 2, rows("src/cells/targets.rs"));
    }

    #[test]
    fn the_cell_types_are_those_of_the_runtime_and_each_has_parameters() {
        let source = runtime::source("src/cells/mod.rs").unwrap();
        let variants = source.split_once("pub enum Cell {").unwrap().1;
        let variants = variants.split_once('}').unwrap().0;
        assert_eq!(
            variants.matches("),").count(),
            CELL_TYPES.len(),
            "{variants}"
        );
        for cell in CELL_TYPES {
            assert!(variants.contains(&format!("{cell}({cell})")), "{cell}");
            assert!(!of(cell).is_empty(), "{cell}");
        }
    }

    #[test]
    fn a_source_has_the_parameters_that_the_runtime_names() {
        for (cell, file) in [
            ("SpikeSourceArray", "spike_source_array"),
            ("SpikeSourcePoisson", "spike_source_poisson"),
            ("SpikeSourcePoissonOnChip", "spike_source_poisson_on_chip"),
        ] {
            let source = runtime::source(&format!("src/cells/{file}.rs")).unwrap();
            let names = of(cell);
            for parameter in &names {
                assert!(source.contains(&format!("\"{}\"", parameter.name)));
            }
            let documented = source
                .split_once("The names of all parameters: ")
                .unwrap()
                .1;
            let documented = documented.lines().next().unwrap();
            let settable = names.iter().filter(|it| it.can_be_set()).count();
            assert_eq!(documented.matches('`').count(), 2 * settable, "{cell}");
        }
    }
}
