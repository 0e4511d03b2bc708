//! Which cell type a population consists of, as far as the words tell that it was made with.
//!
//! To the compiler all populations are of one type, but which parameters one has
//! depends on its cells. Names alone are looked at, and each means what it meant last.

use super::parameters::CELL_TYPES;
use crate::engine::assist::cursor::{Token, end_of_statement, opening};
use std::collections::BTreeMap;

/// Variables, and the cell type in the words each was made with.
#[derive(Debug, Clone, Default)]
pub(crate) struct CellTypes(BTreeMap<String, &'static str>);

impl CellTypes {
    /// Learns from the `let`s in some code.
    pub(crate) fn learn(&mut self, tokens: &[Token]) {
        for (at, token) in tokens.iter().enumerate() {
            if token.text != "let" {
                continue;
            }
            let names = &tokens[at + 1..];
            let is_mutable = names.first().is_some_and(|it| it.text == "mut");
            let Some(name) = names.get(usize::from(is_mutable)) else {
                continue;
            };
            let end = end_of_statement(tokens, at).unwrap_or(tokens.len());
            match self.mentioned(&tokens[(at + 2).min(end)..end]) {
                Some(cell) => self.0.insert(name.text.clone(), cell),
                None => self.0.remove(&name.text),
            };
        }
    }

    /// The cell type of what ends before token `end`: of `pop`, `pops[0].view(0..3)?`,
    /// `pynn::Population::new(1, HXNeuron::new())?`.
    pub(crate) fn before(&self, tokens: &[Token], end: usize) -> Option<&'static str> {
        self.mentioned(&tokens[start_of_chain(tokens, end)..end])
    }

    /// The first cell type, or variable with one, among these words.
    fn mentioned(&self, tokens: &[Token]) -> Option<&'static str> {
        tokens.iter().enumerate().find_map(|(at, token)| {
            let is_member = at > 0 && tokens[at - 1].text == ".";
            let known = CELL_TYPES.into_iter().find(|cell| *cell == token.text);
            known.or_else(|| self.0.get(&token.text).copied().filter(|_| !is_member))
        })
    }
}

/// Where the chain of names, calls and dots begins that ends before token `end`.
fn start_of_chain(tokens: &[Token], end: usize) -> usize {
    let mut start = end;
    while let Some(last) = start.checked_sub(1) {
        start = match tokens[last].text.as_str() {
            "?" | "." | "::" => last,
            ")" | "]" => match opening(tokens, last) {
                Some(open) => open,
                None => return start,
            },
            _ if tokens[last].is_word() => {
                let follows = last > 0 && matches!(tokens[last - 1].text.as_str(), "." | "::");
                if !follows {
                    return last;
                }
                last
            }
            _ => return start,
        };
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::assist::cursor::tokens;

    #[test]
    fn a_population_consists_of_what_it_was_made_of() {
        let mut learnt = CellTypes::default();
        learnt.learn(&tokens(
            "let neuron: HXNeuron = make();
             let noise = pynn::cells::SpikeSourcePoisson::new(1e5);
             let pop = pynn::Population::new(2, &neuron)?;
             let mut src = pynn::Population::new(10, noise.start(neuron))?;
             let some = src.view(0..3)?;
             let pops = [1, 2].map(|n| pynn::Population::new(n, CalibHXNeuronCoba::new()));
             let pop_of_nobody = make();
             let shadowed = HXNeuron::new(); let shadowed = 1;",
        ));
        for (code, expected) in [
            ("pop", Some("HXNeuron")),
            ("pop.view(0)?", Some("HXNeuron")),
            ("src", Some("SpikeSourcePoisson")),
            ("f(pop); some", Some("SpikeSourcePoisson")),
            ("pops[0].clone()?", Some("CalibHXNeuronCoba")),
            (
                "pynn::Population::new(1, CalibHXNeuronCuba::new())?",
                Some("CalibHXNeuronCuba"),
            ),
            ("pop_of_nobody", None),
            ("this.pop", None),
            ("shadowed", None),
            ("", None),
        ] {
            let tokens = tokens(code);
            assert_eq!(learnt.before(&tokens, tokens.len()), expected, "{code}");
        }
    }
}
