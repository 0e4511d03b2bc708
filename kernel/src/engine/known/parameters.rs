//! The parameters of a neuron circuit, read from the runtime's table of them.
//!
//! The table is the argument of a macro that makes the builder methods; syntax
//! alone does not know those, so the rows are read here.

use super::item::{Item, Kind};
use ra_ap_syntax::ast::{self, HasModuleItem as _};
use ra_ap_syntax::{AstNode as _, Edition, NodeOrToken, SourceFile, SyntaxKind, SyntaxToken};
use std::collections::BTreeMap;

/// The type whose builder methods the table makes.
pub(crate) const OWNER: &str = "HXNeuron";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// The values it can have, in words.
    pub(crate) range: String,
    pub(crate) unit: String,
    pub(crate) meaning: String,
}

impl Parameter {
    /// Its values on one line: `0 to 1022, DAC code`.
    pub(crate) fn values(&self) -> String {
        match self.unit.as_str() {
            "" => self.range.clone(),
            unit => format!("{}, {unit}", self.range),
        }
    }

    /// The builder method made for it.
    pub(crate) fn builder(&self) -> Item {
        Item {
            name: self.name.clone(),
            kind: Kind::Method,
            owner: Some(OWNER.into()),
            public: true,
            signature: format!(
                "fn {}(self, value: impl Into<ParameterValue>) -> {OWNER} // {}",
                self.name,
                self.values()
            ),
            documentation: format!(
                "{}\n\nValues: {}. One for all neurons, or an array or `Vec` with one for each.\nA value out of range is refused where the cell is used.",
                self.meaning,
                self.values()
            ),
            gives: OWNER.into(),
        }
    }

    /// The parameter as a name in a string.
    pub(crate) fn name_in_text(&self) -> Item {
        Item {
            name: self.name.clone(),
            kind: Kind::Field,
            owner: None,
            public: true,
            signature: self.values(),
            documentation: format!("{}\n\nValues: {}.", self.meaning, self.values()),
            gives: String::new(),
        }
    }
}

/// Reads the rows of the table out of its source.
pub(crate) fn read(source: &str) -> Vec<Parameter> {
    let file = SourceFile::parse(source, Edition::Edition2024).tree();
    let mut ranges = BTreeMap::new();
    let mut parameters = Vec::new();
    for item in file.items() {
        match item {
            ast::Item::MacroRules(it) if is_called(&it, "kind") => {
                ranges = read_kinds(&tokens(it.token_tree()));
            }
            ast::Item::MacroCall(it)
                if it.path().is_some_and(|it| it.syntax().text() == "table") =>
            {
                parameters = read_rows(&tokens(it.token_tree()), &ranges);
            }
            _ => {}
        }
    }
    parameters
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
        let words: Vec<&str> = row
            .iter()
            .filter(|token| matches!(token.kind(), SyntaxKind::IDENT | SyntaxKind::STRING))
            .map(SyntaxToken::text)
            .collect();
        let [name, kind, unit, meaning] = words[..] else {
            return None;
        };
        Some(Parameter {
            name: name.into(),
            range: ranges.get(kind)?.clone(),
            unit: unit.trim_matches('"').into(),
            meaning: meaning.trim_matches('"').into(),
        })
    })
    .collect()
}
