//! The examples in the guides for callers, run with curl, from the first to the last.

use std::{fs, process::Command};

use tests::{TestApp, TestDatabase, examples, project};

#[tokio::test]
async fn every_example_of_the_guides_does_what_it_says() {
    for guide in ["docs/API.md", "docs/DOCKER-DEMO.md"] {
        // As `cargo xtask up` starts it.
        let app = TestApp::start_on(TestDatabase::loaded().await, &[("show_work", "true")]);
        let examples = examples(&fs::read_to_string(project().join(guide)).unwrap());
        assert!(examples.len() > 20, "only {} examples in {guide}", examples.len());
        for example in examples {
            let here = example.command.replace("localhost:3000", &app.origin());
            let output = Command::new("sh").args(["-c", &here]).output().expect("sh and curl");
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(
                example.fits(&printed),
                "{guide}: {}\n{printed}\nbut not {}",
                example.command,
                example.expected
            );
        }
    }
}
