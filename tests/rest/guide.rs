//! The examples in docs/API.md, run as a reader runs them: with curl, from the first to the last.

use std::{fs, process::Command};

use tests::{TestApp, project};

#[tokio::test]
async fn every_example_of_the_guide_does_what_it_says() {
    let app = TestApp::start().await;
    let guide = fs::read_to_string(project().join("docs/API.md")).unwrap();
    let mut examples = 0;
    for block in guide.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.split("$ ").skip(1) {
            let (command, expected) = example.split_once('\n').unwrap();
            let here = command.replace("localhost:3000", &app.origin());
            let output = Command::new("sh").args(["-c", &here]).output().expect("sh and curl");
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(
                fits(&printed, expected.trim_end()),
                "{command}\n{printed}\nbut not {expected}"
            );
            examples += 1;
        }
    }
    assert!(examples > 20, "only {examples} examples");
}

/// Whether `text` is `pattern`, where `…` stands for anything.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut ends = rest.is_empty();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
        ends = part.is_empty() || rest.is_empty();
    }
    ends
}
