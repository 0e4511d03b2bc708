//! Whatever a cell says to the dialect: no panic, no number that is none, and for what
//! cannot be an error that names it.
//!
//! The suite tries the same few hundred programs every time. `HX_FUZZ_SECONDS=600` goes on
//! with others for so long; `-- --nocapture` then says how many there were.

mod program;
mod values;

use program::{Program, any_program};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::{Duration, Instant};

/// Programs tried in the suite, and between two looks at the clock.
const CASES: u32 = 300;

fn runner(seed: Option<u64>) -> TestRunner {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 5000,
        ..Config::default()
    };
    let rng = match seed {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(seed) => {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
        }
    };
    TestRunner::new_with_rng(config, rng)
}

#[test]
fn whatever_a_cell_says_is_done_or_refused_by_name() {
    let seconds = std::env::var("HX_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let length = Duration::from_secs(seconds.unwrap_or(0));
    let start = Instant::now();
    let mut rounds = 0;
    let slowest = std::cell::Cell::new(Duration::ZERO);
    let outcomes = std::cell::RefCell::new(program::Outcomes::default());
    loop {
        let first = std::env::var("HX_FUZZ_SEED")
            .ok()
            .and_then(|text| text.parse::<u64>().ok());
        let seed = (rounds > 0).then(|| first.unwrap_or(0) + rounds);
        let outcome = runner(seed).run(&any_program(), |program: Program| {
            let begun = Instant::now();
            let done = program.run();
            slowest.set(slowest.get().max(begun.elapsed()));
            outcomes.borrow_mut().count(&done?);
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("round {rounds}: {error}");
        }
        rounds += 1;
        if rounds.is_multiple_of(100) {
            println!("round {rounds}, the slowest took {:?}", slowest.get());
        }
        if start.elapsed() >= length {
            break;
        }
    }
    println!(
        "{} programs, the slowest took {:?}",
        rounds * u64::from(CASES),
        slowest.get()
    );
    println!("{}", outcomes.borrow());
}
