//! How deep code is nested, measured before anything parses it.
//!
//! Parsers, type inference and the compiler walk the tree of an expression by recursion,
//! and recursion needs stack: a text of 100,000 brackets would end the kernel. The measure
//! is one pass over the tokens without recursion, and for code that parses never less than
//! the depth of the tree but for a constant factor: an open bracket counts, and so does every
//! operator and keyword since the last `,` or `;` (`1 + 1 + 1` is a tree as deep as it is
//! long, `-` and `&` stand before each other, `else if` in one another). Rows of a table,
//! statements and items stand side by side and count nothing, however many there are.
//!
//! In code that does not parse, what separates elsewhere may be taken for part of what it
//! separates: `*;*;*;` is a deep tree. The tree is never deeper than there are operators,
//! keywords and open brackets in all, so a cell with many of them is parsed on a stack that
//! is large enough for as many levels, and its tree is measured.

use crate::engine::code::cell_text::{as_function, line_and_column};
use crate::engine::code::leading_lines;
use crate::engine::report::diagnostics;
use hx_jupyter::Failure;
use ra_ap_parser::{Edition, LexedStr, Step, SyntaxKind, TopEntryPoint};

/// The deepest nesting that is accepted.
///
/// Measured on the way through rust-analyzer, most kinds of nesting take 1 kB of stack
/// for each level, closures 5; [`STACK`](crate::toolchain::environment::STACK) is ten times of that.
pub(crate) const DEEPEST: usize = 5_000;

/// The most levels of a syntax tree for each that is measured.
const NODES: usize = 8;

/// What a thread with an ordinary stack (2 MB) can parse.
const SHALLOW: usize = 100;

/// The stack that parsing takes for each level, at the most, in bytes; the tests hold it
/// against every kind of nesting.
const STACK_PER_LEVEL: usize = 6 << 10;

/// The deepest place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nesting {
    depth: usize,
    /// How deep it might be if it does not parse.
    worst: usize,
    /// Where the text first becomes deeper than [`DEEPEST`].
    too_deep_at: Option<usize>,
}

/// Measures a cell: its Rust, and each line that is a command by itself.
pub(crate) fn of_cell(code: &str) -> Nesting {
    let (rust, lines) = leading_lines::blank(code);
    let of_commands = lines.into_iter().map(|start| {
        let line = code[start..].lines().next().unwrap_or_default();
        let of_line = of_tokens(line);
        Nesting {
            too_deep_at: of_line.too_deep_at.map(|at| start + at),
            ..of_line
        }
    });
    of_commands.fold(of_tokens(&rust), Nesting::or_deeper)
}

impl Nesting {
    fn or_deeper(self, other: Nesting) -> Nesting {
        Nesting {
            depth: self.depth.max(other.depth),
            worst: self.worst.max(other.worst),
            too_deep_at: self.too_deep_at.or(other.too_deep_at),
        }
    }

    /// True if some part of the code might be too deep, or the code has so many parts that
    /// nobody waits for rust-analyzer to complete a word in it.
    pub(crate) fn may_be_deep(&self) -> bool {
        self.worst > DEEPEST
    }

    /// Refuses what is too deep, with the place and what to do about it.
    pub(crate) fn check(&self, code: &str) -> Result<(), Failure> {
        let place = match self.too_deep_at {
            Some(at) => {
                let (line, column) = line_and_column(code, at);
                format!("line {line}, column {column}: here the code")
            }
            None if self.worst <= DEEPEST || self.has_shallow_tree(code) => return Ok(()),
            None => "this does not parse, and as far as it does it".to_owned(),
        };
        Err(diagnostics::plain(
            "NestedTooDeeply",
            &format!(
                "{place} is nested more than {DEEPEST} levels deep (brackets in brackets, or \
                 operators, calls and `else if` in one expression); divide it with `let` or \
                 functions, and read large data from a file"
            ),
        ))
    }

    /// True if the tree of the code is not deep, be the code a file's or a function's.
    fn has_shallow_tree(&self, code: &str) -> bool {
        let rust = leading_lines::blank(code).0;
        let function = as_function(&rust);
        let depth = self.with_room(|| depth_of_tree(&rust).max(depth_of_tree(&function)));
        depth.is_some_and(|depth| depth <= DEEPEST * NODES)
    }

    /// Parses on a stack that is large enough whatever the tree is; `None` if no such stack
    /// is to be had.
    fn with_room<T: Send>(&self, parse: impl FnOnce() -> T + Send) -> Option<T> {
        if self.worst <= SHALLOW {
            return Some(parse());
        }
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("deep code".into())
                .stack_size((2 << 20) + self.worst * STACK_PER_LEVEL)
                .spawn_scoped(scope, parse)
                .ok()?;
            match thread.join() {
                Ok(parsed) => Some(parsed),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// Parses on a stack that is large enough; `None` if the code is too deep, or no such
/// stack is to be had.
pub(crate) fn parse_with_room<T: Send>(code: &str, parse: impl FnOnce() -> T + Send) -> Option<T> {
    let nesting = of_cell(code);
    match nesting.too_deep_at {
        Some(_) => None,
        None => nesting.with_room(parse),
    }
}

/// The depth of the tree that the parser would make of a text. None is made: it would be
/// dropped by recursion, and that in another thread.
fn depth_of_tree(text: &str) -> usize {
    let input = LexedStr::new(Edition::Edition2024, text).to_input(Edition::Edition2024);
    let (mut depth, mut deepest) = (0_usize, 0);
    for step in TopEntryPoint::SourceFile.parse(&input).iter() {
        match step {
            Step::Enter { .. } => depth += 1,
            Step::Exit => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// An open bracket, or the text itself.
#[derive(Default)]
struct Level {
    /// What opens it.
    opening: Option<SyntaxKind>,
    /// How deep it lies itself.
    around: usize,
    /// How deep the expression that has not ended yet may be nested in itself.
    weight: usize,
    /// The weights from which the parts of open `<` count.
    generics: Vec<usize>,
    /// True if the parameters of a closure are being listed.
    in_parameters: bool,
    /// True if a block has ended, with which a statement may have ended.
    after_block: bool,
}

impl Level {
    fn end_of_part(&mut self) {
        if !self.in_parameters {
            self.weight = self.generics.last().copied().unwrap_or(0);
        }
    }

    fn end_of_statement(&mut self) {
        *self = Level {
            opening: self.opening,
            around: self.around,
            ..Level::default()
        };
    }
}

/// Measures Rust.
fn of_tokens(code: &str) -> Nesting {
    use SyntaxKind as K;
    // What stands at the start of a file may be taken for a shebang or frontmatter.
    let text = format!(";{code}");
    let lexed = LexedStr::new(Edition::Edition2024, &text);
    let mut nesting = Nesting {
        depth: 0,
        worst: 0,
        too_deep_at: None,
    };
    let mut levels = vec![Level::default()];
    let mut previous = K::SEMICOLON;
    let mut is_joint = false;
    for index in 1..lexed.len() {
        let kind = lexed.kind(index);
        if kind.is_trivia() {
            is_joint = false;
            continue;
        }
        let mut is_second = false;
        nesting.worst += usize::from(may_nest(kind));
        let level = levels.last_mut().expect("the text itself is never closed");
        if std::mem::take(&mut level.after_block) && starts_anew(kind) {
            level.end_of_statement();
        }
        match kind {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => {
                let follows =
                    matches!(previous, K::R_PAREN | K::R_BRACK | K::R_CURLY | K::QUESTION);
                level.weight += usize::from(follows && kind != K::L_CURLY);
                let inner = Level {
                    opening: Some(kind),
                    around: level.around + level.weight + 1,
                    ..Level::default()
                };
                levels.push(inner);
            }
            K::R_PAREN | K::R_BRACK | K::R_CURLY => {
                if let Some(opened) = closed_by(kind, &levels) {
                    levels.truncate(opened);
                    let level = levels.last_mut().expect("the text itself is never closed");
                    level.after_block = kind == K::R_CURLY;
                }
            }
            K::SEMICOLON => level.end_of_statement(),
            K::COMMA => level.end_of_part(),
            K::R_ANGLE if is_joint && previous == K::EQ => level.end_of_statement(),
            K::R_ANGLE if is_joint && previous == K::MINUS => {}
            K::R_ANGLE => {
                level.weight += 1;
                level.generics.pop();
            }
            K::L_ANGLE => {
                level.weight += 1;
                level.generics.push(level.weight);
            }
            K::PIPE => {
                level.weight += 1;
                level.in_parameters = !level.in_parameters && !ends_operand(previous);
            }
            // The second half of `+=`, `==`, `::` and `..`, after which no operator goes on.
            K::EQ | K::COLON | K::DOT if is_joint && (kind == K::EQ || kind == previous) => {
                is_second = true;
            }
            _ if may_nest(kind) => level.weight += 1,
            _ => {}
        }
        let depth = levels.last().map_or(0, |level| level.around + level.weight);
        if depth > nesting.depth {
            nesting.depth = depth;
            if depth > DEEPEST && nesting.too_deep_at.is_none() {
                nesting.too_deep_at = Some(lexed.text_start(index) - 1);
            }
        }
        previous = kind;
        is_joint = kind.is_punct() && !is_second;
    }
    nesting
}

/// True if a token may add a level to the tree.
fn may_nest(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    let closes = matches!(kind, K::R_PAREN | K::R_BRACK | K::R_CURLY | K::COMMA);
    !closes && (kind.is_punct() || kind.is_keyword(Edition::Edition2024) || kind == K::ERROR)
}

/// Which level a bracket closes: the innermost, if that is of its kind. A `}` closes the
/// innermost block whatever is open in it; any other stands there by mistake.
fn closed_by(closing: SyntaxKind, levels: &[Level]) -> Option<usize> {
    use SyntaxKind as K;
    let opening = match closing {
        K::R_PAREN => K::L_PAREN,
        K::R_BRACK => K::L_BRACK,
        _ => K::L_CURLY,
    };
    let found = levels
        .iter()
        .rposition(|level| level.opening == Some(opening))?;
    (opening == K::L_CURLY || found + 1 == levels.len()).then_some(found)
}

/// True if what follows a block can only be something beside it.
fn starts_anew(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    match kind {
        K::ELSE_KW | K::AS_KW => false,
        K::POUND => true,
        _ => !kind.is_punct() && kind != K::ERROR,
    }
}

/// True if a `|` after it stands between operands and not before a closure's parameters.
fn ends_operand(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    kind == K::IDENT
        || kind.is_literal()
        || matches!(
            kind,
            K::R_PAREN | K::R_BRACK | K::R_CURLY | K::QUESTION | K::SELF_KW | K::UNDERSCORE
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth_in_function(code: &str) -> usize {
        depth_of_tree(&as_function(code))
    }

    /// A start, what is repeated, a middle, and what closes it as often.
    const DEEP: &[(&str, &str, &str, &str)] = &[
        ("", "(", "1", ")"),
        ("", "[", "1", "]"),
        ("", "{", "1", "}"),
        ("", "(", "", ""),
        ("", "[{(", "", ""),
        ("", "vec![", "1", "]"),
        ("", "f(", "1", ")"),
        ("", "-", "1", ""),
        ("", "!", "1", ""),
        ("", "&", "1", ""),
        ("", "&mut ", "x", ""),
        ("", "*", "1", ""),
        ("", "|| ", "1", ""),
        ("", "|a, b| ", "1", ""),
        ("", "move |a, b| ", "1", ""),
        ("", "1 + ", "1", ""),
        ("", "a = ", "1", ""),
        ("", "a == ", "1", ""),
        ("", "a && ", "b", ""),
        ("", ".. ", "b", ""),
        ("a", " as T", "", ""),
        ("a", ".b", "", ""),
        ("a", ".b()", "", ""),
        ("a", "?", "", ""),
        ("a", "()", "", ""),
        ("a", "[0]", "", ""),
        ("a", "::b", "", ""),
        ("", "return ", "", ""),
        ("", "break 'a ", "", ""),
        ("", "'a: ", "loop {}", ""),
        ("", "if a { b } else ", "{ c }", ""),
        ("", "if a {", "b", "}"),
        ("", "if let ", "a", " = b { c }"),
        ("", "match a { b => ", "c", " }"),
        ("", "match ", "a", " {}"),
        ("", "unsafe {", "b", "}"),
        ("", "mod a { ", "", " }"),
        ("", "fn f() { ", "", " }"),
        ("", "fn f() -> impl Fn() -> ", "u8 {}", ""),
        ("let a: ", "Vec<", "u8", ">;"),
        ("let a: ", "A<u8, ", "u8", ">;"),
        ("let a: ", "(", "u8", ",);"),
        ("let a: ", "[", "u8", "; 1];"),
        ("let a: ", "&", "u8;", ""),
        ("let a: ", "*const ", "u8;", ""),
        ("let a: ", "fn(u8) -> ", "u8;", ""),
        ("let a: ", "fn(", "u8", ");"),
        ("let a: ", "<A as B<", "u8", ">>::C;"),
        ("let a: ", "Box<dyn Fn(u8, ", "u8", ")>;"),
        ("let a: ", "for<'a, 'b> ", "F;", ""),
        ("let ", "Some(", "a", ")"),
        ("let ", "&", "a = 1;", ""),
        ("let ", "A { a: ", "b", " }"),
        ("let ", "a @ ", "b = 1;", ""),
        ("use ", "a::{", "b", "};"),
        ("use ", "a::", "b;", ""),
        ("", "/* ", "", " */"),
        ("", "#[a(", "", ")]"),
        ("macro_rules! m { ", "($(", "a", ")*)"),
        ("f::<", "A<u8, ", "u8", ">();"),
        ("", "{} - ", "1", ""),
        ("", "if ", "{ a } ", "{ b }"),
        ("struct A<", "T: A<", "", ""),
        ("", "let a = || async move ", "{", ""),
    ];

    fn repeated((start, open, middle, close): (&str, &str, &str, &str), times: usize) -> String {
        format!(
            "{start}{}{middle}{}",
            open.repeat(times),
            close.repeat(times)
        )
    }

    #[test]
    fn no_kind_of_nesting_is_deeper_than_measured() {
        for kind in DEEP {
            let code = repeated(*kind, 200);
            let (tree, measured) = (depth_in_function(&code), of_cell(&code).depth);
            assert!(
                tree <= 20 + NODES * measured,
                "{kind:?}: a tree of {tree} levels was measured as {measured}"
            );
        }
    }

    #[test]
    fn no_text_is_too_deep_for_its_stack() {
        // Without a crate for properties, which would have rust-analyzer compiled once more
        // for the tests: the same texts every time, of pieces that nest and pieces that close.
        let mut pieces: Vec<&str> = DEEP.iter().flat_map(|it| [it.1, it.2, it.3]).collect();
        pieces.extend([
            ",", ";", "=>", "->", "<", ">", "|", "||", "else ", "}", ")", "]", "..", "::", "'a",
            "\"", "/*", "*/", "//", "\n", "#", "!", "r#\"", "ä", "0x", "async ", "dyn ", "where ",
            "impl ", ":a\n", "a", "1", "$", "@", "?", "let ", "=",
        ]);
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for round in 0..1500 {
            // A few kinds, each often: that is what grows deep.
            let some: Vec<&str> = (0..1 + random(4))
                .map(|_| pieces[random(pieces.len())])
                .collect();
            let in_order = random(2) == 0;
            let most = if round % 15 == 0 { 20_000 } else { 400 };
            let code: String = (0..random(most))
                .map(|at| {
                    some[if in_order {
                        at % some.len()
                    } else {
                        random(some.len())
                    }]
                })
                .collect();
            let nesting = of_cell(&code);
            let rust = leading_lines::blank(&code).0;
            let depth = nesting.with_room(|| depth_of_tree(&rust).max(depth_in_function(&rust)));
            let depth = depth.expect("a stack for so many levels");
            assert!(
                depth <= 20 + NODES * nesting.worst,
                "{some:?}: a tree of {depth} levels from {} tokens that nest",
                nesting.worst
            );
            if nesting.check(&code).is_ok() {
                assert!(
                    depth <= 20 + NODES * DEEPEST,
                    "{some:?}: a tree of {depth} levels"
                );
            }
        }
    }

    #[test]
    fn what_is_accepted_can_be_parsed() {
        for kind in DEEP {
            // The most that is accepted of this kind.
            let per_time = of_cell(&repeated(*kind, 1000)).depth.div_ceil(1000).max(1);
            let code = repeated(*kind, (DEEPEST - 100) / per_time);
            assert_eq!(of_cell(&code).too_deep_at, None, "{kind:?}");
            let depth = parse_with_room(&code, || depth_in_function(&code));
            assert!(depth.is_some(), "{kind:?}");
            assert!(of_cell(&code).check(&code).is_ok(), "{kind:?}");
        }
    }

    #[test]
    fn what_is_wide_counts_nothing() {
        for (start, part, end) in [
            ("let v = vec![", "vec![1.0, -2.0, 3.0],", "];"),
            ("let v = [", "(1, \"a\", Some(-x)),", "];"),
            ("f(", "a < b,", ")"),
            ("", "let a = f(1) + 2;\n", ""),
            ("", "fn f<T: A<B>>(a: &T) -> Vec<u8> { a }\n", ""),
            ("", "#[derive(Debug)] struct A { a: u8 }\n", ""),
            ("", "if a { b } else { c }\n", ""),
            ("match a {", "(1, _) | (_, 2) => {}\n", "}"),
            ("match a {", "A::B(a) if a == 1 => a + 1,\n", "}"),
            ("enum A {", "B(u8), C { c: u8 },", "}"),
            ("", "use a::{b, c};\n", ""),
            ("", "f(|a, b| a + b);\n", ""),
            ("// ", "( [ {", ""),
            ("\"", "( [ {", "\""),
        ] {
            let times = if part == "a < b," { 4000 } else { 50_000 };
            let code = format!("{start}{}{end}", part.repeat(times));
            let nesting = of_cell(&code);
            assert_eq!(nesting.too_deep_at, None, "{part}");
            assert!(
                nesting.depth < 20 || part == "a < b,",
                "{part}: {nesting:?}"
            );
        }
    }

    #[test]
    fn what_is_long_but_legitimate_is_accepted() {
        let sum = vec!["v[1] * w[2]"; 2000].join(" + ");
        let choice = format!("{} {{ 0 }}", "if x == 1 { 1 } else ".repeat(1000));
        let chain = format!("v.iter(){}.sum::<i32>()", ".map(|x| x + 1)".repeat(1000));
        for code in [sum, choice, chain] {
            assert_eq!(of_cell(&code).too_deep_at, None);
        }
    }

    #[test]
    fn what_is_too_deep_is_refused_with_its_place() {
        let code = format!(":help\nlet a = 1;\nlet ä = {}", "(".repeat(DEEPEST + 10));
        let nesting = of_cell(&code);
        let failure = nesting.check(&code).unwrap_err();
        assert!(
            failure.message.starts_with("line 3, column 5007: "),
            "{}",
            failure.message
        );
        assert!(parse_with_room(&code, || ()).is_none());
        let command = format!(":doc {}", "[".repeat(DEEPEST + 1));
        assert!(of_cell(&command).check(&command).is_err());
    }
}
