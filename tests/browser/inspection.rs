//! Checks for every page: accessible in light and dark, valid, and complete at every width.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    sync::LazyLock,
};

use serde_json::{Value, json};
use tests::{is_long, project};

use crate::{artifacts, visitor::Visitor};

/// Widths in CSS pixels: phone, tablet, desktop.
const WIDTHS: [u32; 3] = [320, 768, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// A width and a color scheme.
type Look = (u32, &'static str);

/// The looks of the short form, with both schemes and the narrowest and the widest layout.
const SHORT_LOOKS: [Look; 2] = [(320, "light"), (1280, "dark")];

/// WCAG 2.2 at level AA, with the earlier versions that it includes.
const STANDARD: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// The rules whose outcome depends on colors and sizes.
const RULES_OF_LOOKS: [&str; 4] =
    ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];

static AXE: LazyLock<String> = LazyLock::new(|| {
    fs::read_to_string(here().join("node_modules/axe-core/axe.min.js")).expect("axe-core")
});

/// The languages of the pages, as each calls itself. A new visitor gets the first.
pub const LANGUAGES: [&str; 2] = ["English", "Deutsch"];

/// Texts that are the same in every language: names of programs, projects and services.
const NAMES: [&str; 11] = [
    "(OpenAPI 3.1).",
    "Project Gutenberg",
    "Spin",
    "borrowing",
    "catalog",
    "frontend",
    "in Spin",
    "lending",
    "mysql",
    "openapi.yaml",
    "patrons",
];

/// Every text on the page that is ours, and not a book's or a person's: what is shown, and the names of fields.
const OUR_TEXTS: &str = "(() => {
    const theirs = 'bdi, code, svg, .book-author, button .visually-hidden, .action .visually-hidden';
    const data = new Set([...document.querySelectorAll('bdi')].map(e => e.innerText.trim()));
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        if (!node.parentElement.closest(theirs)) texts.push(node.data);
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
        for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
            texts.push(element.getAttribute(name) ?? '');
    const ours = texts.map(text => text.trim());
    // Without a small letter it is a number, a card's number or an abbreviation.
    return ours.filter(text => /\\p{Ll}/u.test(text) && !data.has(text));
})()";

/// Complaints about several pages, reported together at the end.
#[derive(Default)]
pub struct Inspection {
    pages: Vec<String>,
    complaints: Vec<String>,
    /// The texts of each page in the first language.
    english: BTreeMap<String, BTreeSet<String>>,
}

impl Inspection {
    /// Inspects the visitor's page, and saves pictures as `name`: the short form on a phone in light and on a desktop in
    /// dark, the long form at every width in both. In another language than English, compares its texts with those of the
    /// English page of this name, which comes first; the short form then saves no pictures.
    pub fn look_at(&mut self, visitor: &Visitor, name: &str) {
        let language = visitor.evaluate("document.documentElement.lang");
        let texts: BTreeSet<String> =
            serde_json::from_value(visitor.evaluate(OUR_TEXTS)).expect("texts");
        if language == "en" {
            self.english.insert(name.to_owned(), texts);
            self.look_at_all(visitor, name, &looks());
            return;
        }
        let english =
            self.english.get(name).unwrap_or_else(|| panic!("{name} was not seen in English"));
        let left = texts.intersection(english).filter(|text| !NAMES.contains(&text.as_str()));
        let left = left.map(|text| format!("{name}: left in English: {text}"));
        self.complaints.extend(left);
        // Its elements and colors are the same. The short form looks only for texts that don't fit.
        let name = format!("{}-{name}", language.as_str().unwrap_or_default());
        let mut looks = looks();
        looks.retain(|(_, scheme)| is_long() && *scheme == "light");
        self.look_at_all(visitor, &name, &looks);
    }

    fn look_at_all(&mut self, visitor: &Visitor, name: &str, looks: &[Look]) {
        fs::write(artifacts().join(format!("{name}.html")), visitor.html()).expect("an artifact");
        self.pages.push(format!("{name}.html"));
        for objection in visitor.objections() {
            self.complaints.push(format!("{name}: the browser says: {objection}"));
        }
        if !looks.is_empty() {
            // axe-core is our script, not the page's, and needs timers.
            visitor.allow_scripts(true);
            visitor.evaluate(&AXE);
        }
        // Only what is open is seen.
        visitor.evaluate("document.querySelectorAll('.work').forEach(panel => panel.open = true)");
        for (index, (width, scheme)) in looks.iter().enumerate() {
            visitor.resize((*width, 800), 1, scheme);
            let place = format!("{name}-{width}-{scheme}");
            let picture = visitor.picture().expect("a picture");
            fs::write(artifacts().join(format!("{place}.png")), picture).expect("an artifact");
            // All rules in the widest look, which hides the least.
            let rules = if index + 1 == looks.len() || is_long() {
                json!({"type": "tag", "values": STANDARD})
            } else {
                json!({"type": "rule", "values": RULES_OF_LOOKS})
            };
            self.complaints.extend(axe(visitor, rules).map(|what| format!("{place}: {what}")));
        }
        if is_long() {
            save_other_media(visitor, name);
        }
        // The last two are windows of 1280 and of 640 pixels at 200% zoom.
        for (width, zoom) in WIDTHS.map(|width| (width, 1)).into_iter().chain([(640, 2), (320, 2)])
        {
            visitor.resize((width, 800), zoom, "light");
            let place = format!("{name}: {width} at {zoom}00 %");
            self.complaints.extend(sideways(visitor).map(|what| format!("{place}: {what}")));
        }
        visitor.call("Emulation.clearDeviceMetricsOverride", json!({}));
        visitor.call("Emulation.setEmulatedMedia", json!({"media": "", "features": []}));
        visitor.allow_scripts(false);
    }

    /// Validates the HTML of all pages.
    ///
    /// # Panics
    /// If there are complaints; the message lists all of them.
    pub fn finish(mut self) {
        let output = Command::new("node")
            .arg(here().join("node_modules/html-validate/bin/html-validate.mjs"))
            .arg("--config")
            .arg(here().join("htmlvalidate.json"))
            .args(["--max-warnings=0", "--formatter=text"])
            .args(&self.pages)
            .current_dir(artifacts())
            .output()
            .expect("node");
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            self.complaints.push(String::from_utf8_lossy(&said).into_owned());
        }
        assert!(self.complaints.is_empty(), "{}", self.complaints.join("\n"));
    }
}

/// The looks to inspect: in the long form every width in every color scheme.
fn looks() -> Vec<Look> {
    if is_long() {
        SCHEMES.into_iter().flat_map(|scheme| WIDTHS.map(|width| (width, scheme))).collect()
    } else {
        SHORT_LOOKS.into()
    }
}

/// Pictures in other media, to look at. Their rules have their own tests.
fn save_other_media(visitor: &Visitor, name: &str) {
    visitor.resize((1280, 800), 1, "light");
    let high_contrast = json!([{"name": "forced-colors", "value": "active"}]);
    for (medium, media) in [
        ("forced-colors", json!({"media": "", "features": high_contrast})),
        ("print", json!({"media": "print", "features": []})),
    ] {
        visitor.call("Emulation.setEmulatedMedia", media);
        let picture = visitor.picture().expect("a picture");
        fs::write(artifacts().join(format!("{name}-{medium}.png")), picture).expect("an artifact");
    }
}

fn here() -> std::path::PathBuf {
    project().join("tests/browser")
}

/// The elements that are too wide, if the page scrolls horizontally.
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

/// The violations of `rules` that axe-core finds.
fn axe(visitor: &Visitor, rules: Value) -> impl Iterator<Item = String> {
    let options = json!({
        "runOnly": rules,
        // The only rule of 2.2, which is off by default.
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
