//! Requests that schemathesis generates from docs/openapi.yaml: each operation with examples, with values at the edges,
//! with valid and invalid values by chance, and in sequences along the document's links.

use std::process::Command;

use tests::{TestApp, TestDatabase, from_xtask, is_long, note, project};

use crate::seed;

#[tokio::test]
async fn no_generated_request_has_an_undocumented_answer() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let folder = tempfile::tempdir().expect("a folder for the report");
    let (examples, seconds) = if is_long() { ("500", "300") } else { ("5", "20") };
    let output = Command::new(from_xtask("LIBRARY_TEST_SCHEMATHESIS"))
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(project().join("tests/fuzz/schemathesis.toml"))
        .arg("run")
        .arg(project().join("docs/openapi.yaml"))
        .args(["--url", &app.origin(), "--seed", &seed().to_string()])
        .args(["--max-examples", examples, "--max-time", seconds, "--generation-database", "none"])
        .output()
        .expect("schemathesis");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let figures = |line: &&str| line.contains(" generated") || line.starts_with("API Links:");
    for line in printed.lines().map(str::trim).filter(figures) {
        note(&format!("schemathesis: {line}"));
    }
}
