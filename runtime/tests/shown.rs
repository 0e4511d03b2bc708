//! Tables of values that are only `Debug`: what is in their cells, and which values have none.

use pynn::display::{Plain, Rich as _};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Debug};
use std::time::Duration;

/// Shown as `display` shows what is only `Debug`, and as the last expression of a cell is.
struct Only<T>(T);

impl<T: Debug> Debug for Only<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Debug> Plain for Only<T> {}

/// A `Debug` that writes any text.
struct Raw(String);

impl Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn html(value: impl Debug) -> Option<String> {
    Only(value).bundle().get("text/html").map(str::to_owned)
}

/// The cells of a table, line by line, and what stands below it.
fn table(value: impl Debug) -> Option<(Vec<Vec<String>>, String)> {
    let html = html(value)?;
    let (table, below) = html.split_once("</table><p>").expect("a table");
    let lines = table.split("<tr>").skip(1).map(|line| {
        let cells = line.split("</t").filter_map(|cell| {
            let (tag, text) = cell.split_once("\">")?;
            assert!(tag.contains("text-align:"), "{tag}");
            Some(unescaped(text))
        });
        cells.collect()
    });
    let below = below.strip_suffix("</p>").expect("one paragraph");
    Some((lines.collect(), unescaped(below)))
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>', '"']), "{text}");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Numbers that look random and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn text(&mut self, alphabet: &[&str], longest: usize) -> String {
        let length = self.below(longest + 1);
        (0..length)
            .map(|_| alphabet[self.below(alphabet.len())])
            .collect()
    }

    fn number(&mut self) -> f64 {
        let numbers = [0.0, -0.0, 1.5, -2e-300, 1e21, f64::NAN, f64::NEG_INFINITY];
        numbers[self.below(numbers.len())]
    }
}

/// All that means something in a `Debug` text, and some that does not.
const SIGNS: [&str; 24] = [
    "(", ")", "[", "]", "{", "}", ", ", ",", ": ", ":", "\"", "\\", "'", " ", "..", "P", "Some(",
    "x: ", "1", "-0.5", "µ", "\n", "<b>", "&",
];

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Unit,
    Tuple(i64, char),
    Fields { name: String },
}

#[derive(Debug, Clone)]
struct Record {
    number: f64,
    text: String,
    kind: Kind,
    list: Vec<Option<u8>>,
    pair: (char, String),
    nothing: (),
    r#type: BTreeMap<String, i8>,
}

fn record(dice: &mut Dice) -> Record {
    let kinds = [
        Kind::Unit,
        Kind::Tuple(-(dice.below(100) as i64), '\''),
        Kind::Fields {
            name: dice.text(&SIGNS, 3),
        },
    ];
    let character = |dice: &mut Dice| {
        let sign = SIGNS[dice.below(SIGNS.len())];
        sign.chars().next().expect("no sign is empty")
    };
    Record {
        number: dice.number(),
        text: dice.text(&SIGNS, 8),
        kind: kinds[dice.below(kinds.len())].clone(),
        list: vec![Some(dice.below(9) as u8), None][..dice.below(3)].to_vec(),
        pair: (character(dice), dice.text(&SIGNS, 4)),
        nothing: (),
        r#type: (0..dice.below(2))
            .map(|n| (dice.text(&SIGNS, 3), n as i8))
            .collect(),
    }
}

impl Record {
    fn fields(&self) -> Vec<String> {
        let Record {
            number,
            text,
            kind,
            list,
            pair,
            nothing,
            r#type,
        } = self;
        let fields: [&dyn Debug; 7] = [number, text, kind, list, pair, nothing, r#type];
        fields.map(|field| format!("{field:?}")).to_vec()
    }
}

#[test]
fn a_cell_is_the_debug_text_of_its_field() {
    let dice = &mut Dice(20);
    for _ in 0..500 {
        let records: Vec<Record> = (0..=dice.below(5)).map(|_| record(dice)).collect();
        let (lines, below) = table(&records).expect("a table");
        let header = [
            "", "number", "text", "kind", "list", "pair", "nothing", "type",
        ];
        assert_eq!(lines[0], header);
        for (number, (line, record)) in lines[1..].iter().zip(&records).enumerate() {
            assert_eq!(line[0], number.to_string());
            assert_eq!(line[1..], record.fields());
        }
        assert_eq!(lines.len(), records.len() + 1);
        assert!(
            below.starts_with(&format!("Record: {} row", records.len())),
            "{below}"
        );
        assert!(below.ends_with(" × 7 columns"), "{below}");

        // The same records as tuples, in a deque; and by key.
        let tuples: VecDeque<_> = records
            .iter()
            .map(|r| (r.number, r.text.clone(), r.kind.clone()))
            .collect();
        let (lines, _) = table(&tuples).expect("a table");
        assert_eq!(lines[0], ["", "0", "1", "2"]);
        for (line, record) in lines[1..].iter().zip(&records) {
            assert_eq!(line[1..], record.fields()[..3]);
        }
        let keyed: BTreeMap<(String, usize), Record> = (0..)
            .zip(&records)
            .map(|(n, r)| ((r.text.clone(), n), r.clone()))
            .collect();
        let (lines, _) = table(&keyed).expect("a table");
        for (line, (key, record)) in lines[1..].iter().zip(&keyed) {
            assert_eq!(line[0], format!("{key:?}"));
            assert_eq!(line[1..], record.fields());
        }
    }
}

#[test]
fn a_matrix_is_a_table_of_its_numbers() {
    let (lines, below) =
        table([[1.5, -2e-7, f64::NAN], [f64::INFINITY, 0.0, 3.0]]).expect("a table");
    let expected = [
        ["", "0", "1", "2"],
        ["0", "1.5", "-2e-7", "NaN"],
        ["1", "inf", "0.0", "3.0"],
    ];
    assert_eq!(lines, expected);
    assert_eq!(below, "2 rows × 3 columns");
    let (lines, below) = table(Some(vec![vec![Some("<a>"), None]])).expect("a table");
    assert_eq!(lines, [["", "0", "1"], ["0", "Some(\"<a>\")", "None"]]);
    assert_eq!(below, "Some: 1 row × 2 columns");
}

#[test]
fn only_columns_of_numbers_stand_on_the_right() {
    let html = html([(1, "a", Some(1)), (-2, "b", None)]).expect("a table");
    let row = html.split("<tr>").nth(2).expect("a row");
    let alignments: Vec<&str> = row
        .split("text-align:")
        .skip(1)
        .map(|cell| &cell[..cell.find(';').expect("an end")])
        .collect();
    assert_eq!(alignments, ["right", "right", "left", "left"]);
}

#[test]
fn a_long_table_is_cut_in_its_middle() {
    let matrix: Vec<Vec<usize>> = (0..1_000)
        .map(|row| (0..50).map(|c| 100 * row + c).collect())
        .collect();
    let (lines, below) = table(&matrix).expect("a table");
    assert_eq!(below, "1000 rows × 50 columns");
    assert_eq!(lines.len(), 1 + 60 + 1);
    assert!(lines.iter().all(|line| line.len() == 1 + 20 + 1));
    assert_eq!(lines[30][0], "29");
    assert!(lines[31].iter().all(|cell| cell == "…"));
    assert_eq!(lines[32][0], "970");
    assert_eq!(lines[1][10..=12], ["9", "…", "40"]);
    assert_eq!(lines[61][21], "99949");
    // Its text ends earlier and says so.
    let bundle = Only(&matrix).bundle();
    assert!(bundle.plain_text().len() < 20_000 && bundle.plain_text().contains("…"));

    // A table too long to be written whole shows its beginning.
    let (lines, below) = table(vec![(0, "x"); 10_000_000]).expect("a table");
    assert_eq!(lines.len(), 1 + 60 + 1);
    assert_eq!((&*lines[60][0], &*lines[61][0]), ("59", "…"));
    let rows = below.strip_prefix("more than ").expect("nobody counted");
    assert!(rows.ends_with(" rows × 2 columns"), "{below}");

    // One whose first row is as long as a text may be, too.
    let (_, below) = table(vec![vec![0.5; 10_000]; 3]).expect("a table");
    assert_eq!(below, "3 rows × 10000 columns");
    let (lines, _) = table([(1, "x".repeat(1_000))]).expect("a table");
    assert_eq!(lines[1][2], format!("\"{}…", "x".repeat(79)));
}

#[test]
fn what_is_no_table_is_text() {
    let none: [&dyn Debug; 18] = [
        &1,
        &"[(1, 2)]",
        &[1, 2],
        &[Some(1), Some(2)],
        &(1, 2),
        &((1, 2), (3, 4)),
        &Vec::<(i32, i32)>::new(),
        &vec![vec![0; 0]; 2],
        &vec![vec![1, 2], vec![3]],
        &[[[1, 2]]],
        &[vec![record(&mut Dice(1))]],
        &record(&mut Dice(1)),
        &[Kind::Unit, Kind::Tuple(1, 'x')],
        &std::collections::BTreeSet::from([(1, 2)]),
        &BTreeMap::from([("a", 1)]),
        &BTreeMap::from([("a", Duration::from_millis(3))]),
        &[Raw("P { x: 1, 2 }".into())],
        &[Raw("P { x: 1 } + P".into())],
    ];
    for value in none {
        assert_eq!(html(value), None, "{value:?}");
        let text = format!("{value:?}");
        assert!(text.len() > 100 || Only(value).bundle().plain_text() == text);
    }
}

#[test]
fn any_text_can_be_shown() {
    let dice = &mut Dice(7);
    for length in [5, 40, 300, 3_000] {
        for _ in 0..500 {
            let text = dice.text(&SIGNS, length);
            let texts = [
                text.clone(),
                format!("[{text}]"),
                format!("[P {{ x: {text} }}]"),
            ];
            for text in texts {
                let shown = Only(Raw(text.clone())).bundle();
                let words = |text: &str| text.replace([' ', '\n', ','], "");
                if text.len() <= 10_000 {
                    assert_eq!(words(shown.plain_text()), words(&text));
                }
            }
        }
    }
}

#[test]
fn no_text_takes_long() {
    // 26 megabytes: were the time to grow with the square, this would not end.
    for part in [
        "[", "[[", "(1, ", "[(1, ", "[P { x: ", "{1: {", "'", "\"", "\\", "[\"", "'\\u{", ", ",
        ": ",
    ] {
        // A list of records at first, so that a megabyte is written.
        for begin in ["", "[(1, 2), "] {
            let text = format!("{begin}{}", part.repeat(1_000_000 / part.len()));
            let shown = Only(Raw(text)).bundle();
            assert!(shown.plain_text().len() < 50_000, "{part}");
        }
    }
}
