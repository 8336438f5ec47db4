//! The persistence lab loses no data, leaves nothing behind, and changes no cluster by mistake.

use std::path::Path;

use tests::{from_xtask, run_xtask};

#[test]
fn the_lab_loses_nothing_and_leaves_nothing_behind() {
    let runtime = from_xtask("LIBRARY_TEST_RUNTIME");
    let (succeeded, printed) =
        run_xtask(&["lab", "persistence", "--no-build", "--runtime", &runtime]);
    assert!(succeeded, "{printed}");
    let mut rest = printed.as_str();
    for said in [
        "1. Borrow",
        "patron 1 borrows book 7: lent",
        "2. Kill the database",
        "the app's health: 503",
        "all 3 loans are there",
        "3. Delete the app",
        "no longer responds",
        "all 3 loans are there",
        "4. Write a backup",
        "the app's health: 503",
        "all 3 loans are there",
        "5. Compare",
        "borrowdb.loans",
        "patronsdb.pins",
        "tables are the same: nothing was lost",
    ] {
        let (_, after) = rest.split_once(said).unwrap_or_else(|| panic!("no {said:?}: {printed}"));
        rest = after;
    }
    let folder = printed.split("uses its own data folder, ").nth(1).unwrap();
    let folder = folder.split(';').next().unwrap();
    assert!(!Path::new(folder).parent().unwrap().exists(), "{folder} is still there");
    for pid in printed.split("pid ").skip(1).map(|rest| rest.split(',').next().unwrap()) {
        assert!(!Path::new("/proc").join(pid).exists(), "a database still runs: {pid}");
    }
}

#[test]
fn a_missing_cluster_is_reported_at_once() {
    let (succeeded, printed) =
        run_xtask(&["lab", "persistence", "--cluster", "--context", "no-such-context"]);
    assert!(!succeeded && !printed.contains("1. Borrow"), "{printed}");
    let said = ["kubectl can't reach a cluster", "kubectl, which is not on PATH"];
    assert!(said.iter().any(|said| printed.contains(said)), "{printed}");
    assert!(printed.contains("--context") || printed.contains("install it"), "{printed}");
}
