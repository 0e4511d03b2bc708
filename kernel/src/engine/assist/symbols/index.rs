//! What the runtime offers to cells: its public modules and what lies in them,
//! its types and their methods.
//!
//! Read once from the sources inside this binary, so it is always of the very
//! runtime that cells are compiled against.

use super::item::{self, Import, Item, Kind, Source, base_name};
use super::parameters::{self, Parameter};
use crate::toolchain::runtime;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The runtime's crates whose items cells can name, and where their sources lie.
const CRATES: [(&str, &str); 2] = [("pynn", "src"), ("hx_emulator", "emulator/src")];
/// Public for the code around a cell, not for the cell.
const INTERNAL: &str = "pynn::cell";
/// Where no chain of re-exports or dereferences is that long.
const LONGEST_CHAIN: usize = 8;

/// What the index holds.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Public path of a module, to what lies in it under which name.
    modules: BTreeMap<String, BTreeMap<String, Entry>>,
    types: Types,
    parameters: Vec<Parameter>,
}

/// Something in a module.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) item: Item,
    /// Public path, if it is a module.
    pub(crate) module: Option<String>,
}

/// Types and what belongs to them.
#[derive(Debug, Default)]
pub(crate) struct Types {
    members: HashMap<String, Vec<Item>>,
    dereferences: HashMap<String, String>,
}

impl Types {
    pub(crate) fn add(&mut self, source: &Source) {
        for item in &source.items {
            if let Some(owner) = &item.owner {
                self.add_member(owner, item.clone());
            }
        }
        for (from, to) in &source.dereferences {
            self.dereferences.insert(from.clone(), to.clone());
        }
    }

    pub(crate) fn add_member(&mut self, owner: &str, item: Item) {
        let members = self.members.entry(owner.to_owned()).or_default();
        members.retain(|it| it.name != item.name);
        members.push(item);
    }

    pub(crate) fn forget(&mut self, owner: &str) {
        self.members.remove(owner);
    }

    /// What belongs to a type itself, whether public or not.
    pub(crate) fn own_members(&self, of: &str) -> &[Item] {
        self.members.get(&base_name(of)).map_or(&[], Vec::as_slice)
    }

    /// The type and what it dereferences to, one after the other.
    pub(crate) fn chain(&self, of: &str) -> Vec<String> {
        let mut chain = vec![of.to_owned()];
        while let Some(next) = self.dereferences.get(&base_name(&chain[chain.len() - 1]))
            && chain.len() < LONGEST_CHAIN
        {
            chain.push(next.clone());
        }
        chain
    }
}

impl Index {
    /// Reads the sources.
    pub(crate) fn read() -> Index {
        let mut sources = BTreeMap::new();
        for (name, directory) in CRATES {
            read_module(
                name,
                &format!("{directory}/lib.rs"),
                directory,
                &mut sources,
            );
        }
        let mut index = Index::default();
        // Of two types with one name, that of the crate cells see first counts.
        for (name, _) in CRATES.iter().rev() {
            for (path, source) in &sources {
                if path.split("::").next() == Some(*name) {
                    index.types.add(source);
                }
            }
        }
        index.parameters = parameters::read();
        for parameter in &index.parameters {
            if let Some(builder) = parameter.builder() {
                index.types.add_member(&parameter.cell, builder);
            }
        }
        gather(
            "pynn",
            "pynn",
            &sources,
            &mut index.modules,
            &mut BTreeSet::new(),
        );
        index
    }

    pub(crate) fn types(&self) -> &Types {
        &self.types
    }

    pub(crate) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What lies in a public module.
    pub(crate) fn module(&self, path: &str) -> Option<&BTreeMap<String, Entry>> {
        self.modules.get(path)
    }

    /// The public type of this name, and the path of a module it lies in: the
    /// shortest, since that is how one names it.
    pub(crate) fn find_type(&self, name: &str) -> Option<(&str, &Item)> {
        let places = self.modules.iter().filter_map(|(path, names)| {
            let entry = names.get(name)?;
            matches!(entry.item.kind, Kind::Type | Kind::Trait)
                .then_some((path.as_str(), &entry.item))
        });
        places.min_by_key(|(path, _)| path.len())
    }

    /// Public methods, functions and fields of this name, of any public type.
    pub(crate) fn members_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Item> {
        let all = self.types.members.iter();
        all.filter(|(owner, _)| self.find_type(owner).is_some())
            .flat_map(|(_, members)| members)
            .filter(move |item| item.public && item.name == name)
    }
}

/// Reads the file of a module and those of the modules in it.
fn read_module(path: &str, file: &str, directory: &str, sources: &mut BTreeMap<String, Source>) {
    let Some(text) = runtime::source(file) else {
        return;
    };
    insert(path, item::read(text), directory, sources);
}

fn insert(path: &str, mut source: Source, directory: &str, sources: &mut BTreeMap<String, Source>) {
    for (module, body) in &mut source.modules {
        let (inner, below) = (
            format!("{path}::{}", module.name),
            format!("{directory}/{}", module.name),
        );
        match body.take() {
            Some(body) => insert(&inner, body, &below, sources),
            None => {
                read_module(&inner, &format!("{below}.rs"), &below, sources);
                read_module(&inner, &format!("{below}/mod.rs"), &below, sources);
            }
        }
        // Modules are documented inside.
        if let Some(found) = sources.get(&inner)
            && module.documentation.is_empty()
        {
            module.documentation.clone_from(&found.documentation);
        }
    }
    sources.insert(path.to_owned(), source);
}

/// Collects what is public in the module at `real` under the path `public`.
fn gather(
    real: &str,
    public: &str,
    sources: &BTreeMap<String, Source>,
    modules: &mut BTreeMap<String, BTreeMap<String, Entry>>,
    seen: &mut BTreeSet<String>,
) {
    let Some(source) = sources
        .get(real)
        .filter(|_| public != INTERNAL && seen.insert(real.into()))
    else {
        return;
    };
    let mut names = BTreeMap::new();
    let mut inner = Vec::new();
    let mut add = |name: &str, target: Target<'_>, at: String| match target {
        Target::Item(item) => {
            names.insert(
                name.to_owned(),
                Entry {
                    item: item.clone(),
                    module: None,
                },
            );
        }
        Target::Module(path) => {
            // Under the path it was declared at, if that is public.
            let at = if seen.contains(&path) {
                path.clone()
            } else {
                at
            };
            if at != INTERNAL {
                let item = module_item(name, sources.get(&path));
                names.insert(
                    name.to_owned(),
                    Entry {
                        item,
                        module: Some(at.clone()),
                    },
                );
                inner.push((path, at));
            }
        }
    };
    for item in source
        .items
        .iter()
        .filter(|item| item.public && item.owner.is_none())
    {
        add(&item.name, Target::Item(item), String::new());
    }
    for (module, _) in source.modules.iter().filter(|(module, _)| module.public) {
        let path = format!("{real}::{}", module.name);
        add(
            &module.name,
            Target::Module(path),
            format!("{public}::{}", module.name),
        );
    }
    for import in source.imports.iter().filter(|import| import.public) {
        if let Some(target) = follow(real, import, sources, 0) {
            add(&import.name, target, format!("{public}::{}", import.name));
        }
    }
    modules.insert(public.to_owned(), names);
    for (path, at) in inner {
        gather(&path, &at, sources, modules, seen);
    }
}

fn module_item(name: &str, source: Option<&Source>) -> Item {
    Item {
        name: name.to_owned(),
        kind: Kind::Module,
        owner: None,
        public: true,
        signature: format!("mod {name}"),
        documentation: source
            .map(|it| it.documentation.clone())
            .unwrap_or_default(),
        result_type: String::new(),
    }
}

enum Target<'a> {
    Item(&'a Item),
    /// Its real path.
    Module(String),
}

/// What an import in the module at `from` means.
fn follow<'a>(
    from: &str,
    import: &Import,
    sources: &'a BTreeMap<String, Source>,
    depth: usize,
) -> Option<Target<'a>> {
    let crate_name = from.split("::").next().unwrap_or(from);
    let mut here = from.to_owned();
    let last = import.path.len() - 1;
    for (index, segment) in import.path.iter().enumerate() {
        here = match segment.as_str() {
            "crate" => crate_name.to_owned(),
            "self" => here,
            "super" => here.rsplit_once("::")?.0.to_owned(),
            name if index == 0 && sources.contains_key(name) => name.to_owned(),
            name => match look_up(&here, name, index == last, sources, depth)? {
                Target::Module(path) => path,
                item => return Some(item),
            },
        };
    }
    Some(Target::Module(here))
}

/// A module and a function may share a name: on the way to something a module is
/// meant, at the `end` of the way the function.
fn look_up<'a>(
    module: &str,
    name: &str,
    end: bool,
    sources: &'a BTreeMap<String, Source>,
    depth: usize,
) -> Option<Target<'a>> {
    let source = sources.get(module).filter(|_| depth < LONGEST_CHAIN)?;
    let is_module = source.modules.iter().any(|(it, _)| it.name == name);
    let inner = || Target::Module(format!("{module}::{name}"));
    if is_module && !end {
        return Some(inner());
    }
    let own = source
        .items
        .iter()
        .find(|it| it.name == name && it.owner.is_none());
    if let Some(item) = own {
        return Some(Target::Item(item));
    }
    let import = source.imports.iter().find(|it| it.name == name);
    match import.and_then(|it| follow(module, it, sources, depth + 1)) {
        None => is_module.then(inner),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_can_name_is_found_and_nothing_else() {
        let index = Index::read();
        let names = |path: &str| -> Vec<&str> {
            index
                .module(path)
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect()
        };
        for name in [
            "Population",
            "run",
            "setup",
            "cells",
            "plt",
            "Chip",
            "Setup",
        ] {
            assert!(
                names("pynn").contains(&name),
                "{name} in {:?}",
                names("pynn")
            );
        }
        for name in ["cell", "population", "with_population", "network"] {
            assert!(!names("pynn").contains(&name), "{name}");
        }
        assert!(names("pynn::cells").contains(&"HXNeuron"));
        assert!(!names("pynn::cells").contains(&"read_each"));
        assert!(names("pynn::plt").contains(&"plot"));
        assert!(names("pynn::prelude").contains(&"display"));
        let plt = &index.module("pynn::prelude").unwrap()["plt"];
        assert_eq!(plt.module.as_deref(), Some("pynn::plt"));
        let run = &index.module("pynn").unwrap()["run"].item;
        assert_eq!(
            run.signature,
            "fn run(duration: impl Number) -> Result<(), Error>"
        );
        assert!(run.documentation.starts_with("Runs the network"));
        assert_eq!(
            index.types().chain("Population"),
            ["Population", "PopulationView"]
        );
    }

    #[test]
    fn the_builders_of_the_tables_of_parameters_are_methods_with_their_ranges() {
        let index = Index::read();
        let of = |cell: &str, name: &str| {
            let members = index.types().own_members(cell);
            let found = members.iter().find(|it| it.name == name);
            found.unwrap().signature.clone()
        };
        for (name, values) in [
            ("leak_v_leak", "0 to 1022, DAC code"),
            ("threshold_enable", "true or false"),
            ("constant_current_type", "0 or 1"),
            (
                "refractory_period_refractory_time",
                "0 to 255, clock cycles",
            ),
        ] {
            assert!(of("HXNeuron", name).ends_with(&format!("// {values}")));
        }
        assert_eq!(
            of("CalibHXNeuronCoba", "tau_syn_e"),
            "fn tau_syn_e(self, value: impl Into<ParameterValue>) -> CalibHXNeuronCoba \
             // 0.3 to 30 µs; 10 if it is not set"
        );
        assert!(of("CalibHXNeuronCuba", "v_rest").ends_with("; 80 if it is not set"));
        // Written out in the runtime, not made by a macro.
        assert!(of("SpikeSourcePoisson", "duration").starts_with("fn duration(mut self"));
    }
}
