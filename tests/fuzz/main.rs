//! Generated input: requests by the OpenAPI document, raw bytes on the HTTP port, and unusual values for every endpoint.
//!
//! The parsers themselves are fuzzed beside their code, in modules named `properties`; `cargo xtask test fuzz` runs them
//! with many more inputs than `unit` does. All inputs come from one seed, which is printed: `--seed` repeats them.

mod bytes;
mod messages;
mod openapi;
mod values;

use std::time::Duration;

use proptest::test_runner::{Config, RngSeed, TestRunner};
use tests::{from_xtask, is_long};

/// The seed of all inputs of this run.
fn seed() -> u64 {
    from_xtask("LIBRARY_TEST_SEED").parse().expect("a seed")
}

/// A runner for `cases` inputs, a hundred times as many in the long form. It prints the smallest input that fails.
fn runner(cases: u32) -> TestRunner {
    let cases = if is_long() { cases * 100 } else { cases };
    let rng_seed = RngSeed::Fixed(seed());
    // A failure is repeated by its seed, not from a file.
    let mut config = Config { cases, rng_seed, failure_persistence: None, ..Config::default() };
    config.max_shrink_iters = 500;
    TestRunner::new(config)
}

/// The time for one kind of input in the long form, and in the short one.
fn time_limit() -> Duration {
    Duration::from_secs(if is_long() { 240 } else { 15 })
}
