//! Random sessions of types: exactly those that depend on a changed definition change.
//!
//! The oracle is the generator, which knows what refers to what since it wrote it.

use super::{Definitions, Externals, Kind};
use std::collections::BTreeSet;

/// SplitMix64, Steele et al. 2014: small, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// What a definition is: enough to write it, and to write it changed.
#[derive(Clone)]
struct Spec {
    form: usize,
    /// Types of its members, as written.
    members: Vec<String>,
    /// The definitions it refers to.
    refers_to: BTreeSet<usize>,
    is_in_module: bool,
    /// Changed by a change of the definition itself.
    version: usize,
}

const FORMS: usize = 9;

/// A type that refers to definitions before `limit`.
fn some_type(
    random: &mut Random,
    specs: &[Spec],
    depth: usize,
    refers_to: &mut BTreeSet<usize>,
) -> String {
    let inner = |random: &mut Random, refers_to: &mut BTreeSet<usize>| {
        some_type(random, specs, depth + 1, refers_to)
    };
    match random.below(if depth > 3 { 3 } else { 9 }) {
        0 => random
            .one_of(&["u8", "i64", "f64", "bool", "String"])
            .to_owned(),
        1 | 2 if !specs.is_empty() => {
            let index = random.below(specs.len());
            refers_to.insert(index);
            name_in_type(index, &specs[index])
        }
        3 => format!("Vec<{}>", inner(random, refers_to)),
        4 => format!("Option<Box<{}>>", inner(random, refers_to)),
        5 => format!(
            "({}, {})",
            inner(random, refers_to),
            inner(random, refers_to)
        ),
        6 => format!(
            "fn({}) -> {}",
            inner(random, refers_to),
            inner(random, refers_to)
        ),
        7 => format!(
            "std::collections::HashMap<String, {}>",
            inner(random, refers_to)
        ),
        _ => "u32".to_owned(),
    }
}

/// How a definition is mentioned where a type is wanted.
fn name_in_type(index: usize, spec: &Spec) -> String {
    let path = path(index, spec);
    match spec.form {
        3 => format!("Box<dyn {path}>"),
        5 => format!("[u8; {path}]"),
        6 => format!("[u8; {path}()]"),
        7 => format!("<{path} as Has>::Inside{index}"),
        _ => path,
    }
}

fn path(index: usize, spec: &Spec) -> String {
    match spec.is_in_module {
        true => format!("crate::m{index}::T{index}"),
        false => format!("T{index}"),
    }
}

fn written(index: usize, spec: &Spec, noise: &str) -> String {
    let name = format!("T{index}");
    let see = if spec.is_in_module { "pub " } else { "" };
    let version = spec.version;
    let members = |separator: &str, named: bool| {
        let members = spec.members.iter().enumerate();
        let texts = members.map(|(at, of)| match named {
            true => format!("field{at}_{version}: {of}"),
            false => of.clone(),
        });
        texts.collect::<Vec<_>>().join(separator)
    };
    let text = match spec.form {
        0 => format!("{see}struct {name} {{ {} }}", members(", ", true)),
        1 => format!(
            "{see}struct {name}({}, [u8; {version}]);",
            members(", ", false)
        ),
        2 => format!(
            "{see}enum {name} {{ First{version}({}), Second }}",
            members(", ", false)
        ),
        3 => format!(
            "{see}trait {name} {{ fn ask{version}(&self, a: {}) {{ let _body = 1; }} }}",
            members(") { } fn more(&self, a: ", false)
        ),
        4 => format!(
            "{see}type {name} = ({}, [u16; {version}]);",
            members(", ", false)
        ),
        5 => format!(
            "{see}const {name}: usize = {version} + std::mem::size_of::<({},)>();",
            members(", ", false)
        ),
        6 => format!(
            "{see}const fn {name}() -> usize {{ {version} + std::mem::size_of::<({},)>() }}",
            members(", ", false)
        ),
        7 => format!(
            "{see}struct {name}; impl Has for {name} {{ type Inside{index} = ([u8; {version}], {}); fn f() {{}} }}",
            members(", ", false)
        ),
        _ => format!(
            "{see}union {name} {{ a{version}: u8, b: std::mem::ManuallyDrop<({},)> }}",
            members(", ", false)
        ),
    };
    match spec.is_in_module {
        true => format!("mod m{index} {{ use super::*; {noise} {text} }}"),
        false => format!("{noise} {text}"),
    }
}

fn session(random: &mut Random, specs: &[Spec], noise: &str) -> String {
    let mut texts: Vec<String> = specs
        .iter()
        .enumerate()
        .map(|(index, spec)| written(index, spec, noise))
        .collect();
    // evcxr writes items in any order.
    for last in (1..texts.len()).rev() {
        texts.swap(last, random.below(last + 1));
    }
    texts.join("\n")
}

fn some_session(random: &mut Random) -> Vec<Spec> {
    let mut specs: Vec<Spec> = Vec::new();
    for _ in 0..2 + random.below(10) {
        let mut refers_to = BTreeSet::new();
        let members = (0..1 + random.below(3))
            .map(|_| some_type(random, &specs, 0, &mut refers_to))
            .collect();
        specs.push(Spec {
            form: random.below(FORMS),
            members,
            refers_to,
            is_in_module: random.below(3) == 0,
            version: 1,
        });
    }
    specs
}

/// What depends on a definition, itself included: later ones refer to earlier ones only.
fn dependents(specs: &[Spec], changed: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([changed]);
    for (index, spec) in specs.iter().enumerate() {
        if spec.refers_to.iter().any(|it| found.contains(it)) {
            found.insert(index);
        }
    }
    found
}

fn fingerprints_of_types(source: &str, specs: &[Spec]) -> Vec<u64> {
    let definitions = Definitions::of(source);
    let types = specs.iter().enumerate();
    types
        .map(|(index, spec)| {
            let written = format!("Vec<{}>", name_in_type(index, spec));
            definitions.fingerprint_of_type(&written)
        })
        .collect()
}

fn identities(source: &str) -> BTreeSet<(String, u64)> {
    let definitions = Definitions::of(source);
    definitions
        .iter()
        .filter(|it| it.kind == Kind::Type)
        .map(|it| {
            (
                it.path.clone(),
                definitions.fingerprint(it, &Externals::new()),
            )
        })
        .collect()
}

#[test]
fn a_type_changes_exactly_with_what_it_depends_on() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let mut specs = some_session(&mut random);
        let before = session(&mut random, &specs, "");
        let noise = "/// A comment.\n#[derive(Debug, Clone)] #[allow(dead_code)] ";
        let same = session(&mut random, &specs, noise);
        assert_eq!(identities(&before), identities(&same), "{before}\n\n{same}");
        let changed = random.below(specs.len());
        let expected = dependents(&specs, changed);
        specs[changed].version = 2;
        let after = session(&mut random, &specs, "");
        let pairs = fingerprints_of_types(&before, &specs);
        let pairs = pairs.iter().zip(fingerprints_of_types(&after, &specs));
        let differing: BTreeSet<usize> = pairs
            .enumerate()
            .filter(|(_, (before, after))| *before != after)
            .map(|(index, _)| index)
            .collect();
        assert_eq!(
            differing, expected,
            "seed {seed}, T{changed} changed\n{before}"
        );
    }
}

#[test]
fn everything_that_can_shape_a_type_counts() {
    let base = "struct A { x: B } ";
    for (before, after, is_same) in [
        (
            "type B = [u8; L]; const L: usize = M + 1; const M: usize = 1;",
            "type B = [u8; L]; const L: usize = M + 1; const M: usize = 2;",
            false,
        ),
        (
            "macro_rules! B { () => { u8 } }",
            "macro_rules! B { () => { u64 } }",
            false,
        ),
        (
            "use m::*; mod m { pub struct B(u8); } mod n { pub struct B(u8); }",
            "use n::*; mod m { pub struct B(u8); } mod n { pub struct B(u8); }",
            false,
        ),
        (
            "use m::B; mod m { pub struct B(u8); } mod n { pub struct B(u8); }",
            "use n::B; mod m { pub struct B(u8); } mod n { pub struct B(u8); }",
            false,
        ),
        (
            "use m::C as B; mod m { pub struct C(u8); }",
            "use m::C as B; mod m { pub struct C(u16); }",
            false,
        ),
        (
            "type B = std::iter::Peekable<I>; struct I; impl Iterator for I { type Item = u8; }",
            "type B = std::iter::Peekable<I>; struct I; impl Iterator for I { type Item = u64; }",
            false,
        ),
        (
            "struct B([u8; E::Y as usize]); enum E { X = 1, Y }",
            "struct B([u8; E::Y as usize]); enum E { X = 2, Y }",
            false,
        ),
        (
            "struct B([u8; Y as usize]); enum E { X = 1, Y } use E::*;",
            "struct B([u8; Y as usize]); enum E { X = 2, Y } use E::*;",
            false,
        ),
        (
            "struct B; impl B { const N: usize = 1; } struct C([u8; B::N]);",
            "struct B; impl B { const N: usize = 2; } struct C([u8; B::N]);",
            true,
        ),
        ("#[repr(C)] struct B(u8, u16);", "struct B(u8, u16);", false),
        (
            "#[cfg(test)] struct B(u8);",
            "#[cfg(not(test))] struct B(u8);",
            false,
        ),
        (
            "struct B(u8);",
            "pub(crate) struct B(u8); fn f() {} impl B { fn g(&self) {} } use m::*; mod m {}",
            true,
        ),
        (
            "struct B(u8);",
            "struct B(u8); impl std::ops::Add for B { type Output = B; }",
            true,
        ),
        (
            "struct B(u8);",
            "struct B(u8); enum E { A, B(B) } fn x() {}",
            true,
        ),
        (
            "struct B(u8); impl Drop for B { fn drop(&mut self) {} }",
            "struct B(u8); impl Drop for B { fn drop(&mut self) { f(); } }",
            true,
        ),
    ] {
        let [one, other] = [before, after]
            .map(|more| Definitions::of(&format!("{base}{more}")).fingerprint_of_type("Option<A>"));
        assert_eq!(one == other, is_same, "{before} / {after}");
    }
}

#[test]
fn names_of_other_crates_are_not_the_sessions() {
    let definitions = Definitions::of("struct Vec(u8); mod m { pub struct Rc; }");
    let nothing = Definitions::of("");
    for (written, is_same) in [
        ("::std::vec::Vec<u8>", true),
        ("std::vec::Vec<u8>", true),
        ("Vec<u8>", false),
        ("std::rc::Rc<Vec>", false),
    ] {
        let fingerprint = definitions.fingerprint_of_type(written);
        assert_eq!(
            fingerprint == nothing.fingerprint_of_type(written),
            is_same,
            "{written}"
        );
    }
}

#[test]
fn another_build_of_a_crate_changes_what_mentions_it() {
    let source = "use shapes::Circle; struct A(Circle); struct B(u8); struct C(shapes::Square);";
    let definitions = Definitions::of(source);
    let changed: Vec<&str> = definitions
        .iter()
        .filter(|it| it.kind == Kind::Type)
        .filter(|it| {
            let [one, other] = [1, 2].map(|identity| {
                let externals = Externals::from([("shapes".to_owned(), identity)]);
                definitions.fingerprint(it, &externals)
            });
            one != other
        })
        .map(|it| it.path.as_str())
        .collect();
    assert_eq!(changed, ["A", "C"]);
}
