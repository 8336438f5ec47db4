//! Holds a page to what every page has to be: accessible, valid, and whole at every width, in light and dark.

use std::{fs, process::Command, sync::LazyLock};

use serde_json::{Value, json};
use tests::project;

use crate::{artefacts, visitor::Visitor};

/// Widths in CSS pixels: a phone's, a tablet's, a desktop's.
const WIDTHS: [u32; 3] = [320, 768, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// WCAG 2.2 at level AA, which includes what came before.
const STANDARD: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

static AXE: LazyLock<String> = LazyLock::new(|| {
    fs::read_to_string(here().join("node_modules/axe-core/axe.min.js")).expect("axe-core")
});

/// Several pages' complaints, told together at the end.
#[derive(Default)]
pub struct Inspection {
    pages: Vec<String>,
    complaints: Vec<String>,
}

impl Inspection {
    /// Looks at the page that `visitor` is on in every width and scheme, and takes its pictures as `name`.
    pub fn look_at(&mut self, visitor: &Visitor, name: &str) {
        fs::write(artefacts().join(format!("{name}.html")), visitor.html()).expect("an artefact");
        self.pages.push(format!("{name}.html"));
        for objection in visitor.objections() {
            self.complaints.push(format!("{name}: the browser says: {objection}"));
        }
        // Our own program, not the page's, and it needs the timers that scripts have.
        visitor.allow_scripts(true);
        visitor.evaluate(&AXE);
        for width in WIDTHS {
            for scheme in SCHEMES {
                show(visitor, width, 1, scheme);
                let place = format!("{name}-{width}-{scheme}");
                let picture = visitor.picture().expect("a picture");
                fs::write(artefacts().join(format!("{place}.png")), picture).expect("an artefact");
                self.complaints.extend(sideways(visitor).map(|what| format!("{place}: {what}")));
                self.complaints.extend(axe(visitor).map(|what| format!("{place}: {what}")));
            }
        }
        // A window of 1280 and of 640 pixels at 200 %.
        for width in [640, 320] {
            show(visitor, width, 2, "light");
            let place = format!("{name}: {width} at 200 %");
            self.complaints.extend(sideways(visitor).map(|what| format!("{place}: {what}")));
        }
        visitor.call("Emulation.clearDeviceMetricsOverride", json!({}));
        visitor.call("Emulation.setEmulatedMedia", json!({"features": []}));
        visitor.allow_scripts(false);
    }

    /// Has the HTML of all pages validated.
    ///
    /// # Panics
    /// When there is any complaint about any page, with all of them.
    pub fn finish(mut self) {
        let output = Command::new("node")
            .arg(here().join("node_modules/html-validate/bin/html-validate.mjs"))
            .arg("--config")
            .arg(here().join("htmlvalidate.json"))
            .args(["--max-warnings=0", "--formatter=text"])
            .args(&self.pages)
            .current_dir(artefacts())
            .output()
            .expect("node");
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            self.complaints.push(String::from_utf8_lossy(&said).into_owned());
        }
        assert!(self.complaints.is_empty(), "{}", self.complaints.join("\n"));
    }
}

fn here() -> std::path::PathBuf {
    project().join("tests/browser")
}

/// Gives the window a width, in CSS pixels of `zoom` screen pixels, and the person's taste.
fn show(visitor: &Visitor, width: u32, zoom: u32, scheme: &str) {
    visitor.call(
        "Emulation.setDeviceMetricsOverride",
        json!({"width": width, "height": 800, "deviceScaleFactor": zoom, "mobile": false}),
    );
    let taste = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    visitor.call("Emulation.setEmulatedMedia", json!({"features": taste}));
}

/// What is too wide, if the page scrolls sideways.
fn sideways(visitor: &Visitor) -> Option<String> {
    let widest = visitor.evaluate(
        "(() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) return null;
            const wide = [...document.body.querySelectorAll('*')]
                .filter(e => e.getBoundingClientRect().right > room);
            return wide.slice(0, 5).map(e => e.outerHTML.slice(0, 80)).join('\\n');
        })()",
    );
    widest.as_str().map(|wide| format!("scrolls sideways, because of:\n{wide}"))
}

/// What axe-core finds.
fn axe(visitor: &Visitor) -> impl Iterator<Item = String> {
    let options = json!({
        "runOnly": {"type": "tag", "values": STANDARD},
        // The one rule of 2.2, which is off unless it is asked for.
        "rules": {"target-size": {"enabled": true}},
        "resultTypes": ["violations"],
    });
    let found = visitor.evaluate(&format!("axe.run({options}).then(found => found.violations)"));
    let Value::Array(violations) = found else { panic!("axe-core says {found}") };
    violations.into_iter().map(|violation| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let nodes = nodes.map(|node| format!("  {} {}", node["html"], node["failureSummary"]));
        format!("{}\n{}", violation["help"], nodes.collect::<Vec<_>>().join("\n"))
    })
}
