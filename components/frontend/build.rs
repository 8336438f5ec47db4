//! Names every file in `templates/assets`, and the stylesheet made of those in `templates/styles`, by a hash of its
//! content, for `src/assets.rs`; makes a table of each file in `templates/texts`, for `src/language.rs`; and compresses
//! `docs/openapi.yaml`, for `src/pages/files.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Message, PatternElement, Resource},
    parser, serializer,
};
use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};

#[path = "../build.rs"]
mod component;

/// With this heap in bytes, most pages need not grow their memory, which costs a system call for each step and another one
/// to shrink it again.
const INITIAL_HEAP: u32 = 320 * 1024;

/// The parts of the stylesheet in their order: of two rules with the same weight, the later one wins.
const STYLES: [&str; 13] = [
    "base.css",
    "layout.css",
    "books.css",
    "forms.css",
    "notices.css",
    "prose.css",
    "about.css",
    "lists.css",
    "book.css",
    "loans.css",
    "desk.css",
    "forced-colors.css",
    "print.css",
];

fn main() -> Result<(), Box<dyn Error>> {
    component::main();
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=--initial-heap={INITIAL_HEAP}");
    }
    let templates = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../templates");
    let templates = templates.canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut assets = Assets { out: &out, names: String::new(), list: String::new() };

    let mut paths = Vec::new();
    for file in files(&templates.join("assets"))? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = assets.add(name, &fs::read(&file)?)?;
        paths.push((format!("url(\"{name}\")"), path));
    }
    // The stylesheet last, because it names others.
    let style = paths.iter().fold(style(&templates.join("styles"))?, |css, (url, path)| {
        css.replace(url, &format!("url({path:?})"))
    });
    assets.add("library.css", style.as_bytes())?;

    let Assets { names, list, .. } = assets;
    let code = format!("{names}\nconst ALL: &[Asset] = &[\n{list}];\n");
    fs::write(out.join("assets.rs"), code)?;

    for file in files(&templates.join("texts"))? {
        let tag = file.file_stem().and_then(|tag| tag.to_str()).unwrap_or_default();
        let table = messages(&fs::read_to_string(&file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        fs::write(out.join(format!("texts_{tag}.rs")), table)?;
    }

    // Constants are a part of every instance's memory, and few requests read this document.
    let openapi = templates.join("../docs/openapi.yaml");
    println!("cargo::rerun-if-changed={}", openapi.display());
    let compressed = compress_to_vec(&fs::read(&openapi)?, CompressionLevel::BestCompression as u8);
    fs::write(out.join("openapi.yaml.deflate"), compressed)?;
    Ok(())
}

/// The messages of a Fluent file, sorted by their keys, as the code of a slice.
fn messages(file: &str) -> Result<String, Box<dyn Error>> {
    let resource = parser::parse(file).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut messages = BTreeMap::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let key = message.id.name;
        if messages.insert(key, value(message)).is_some() {
            return Err(format!("there are two messages {key}").into());
        }
    }
    let rows = messages.iter().map(|(key, value)| format!("    ({key:?}, {value}),\n"));
    Ok(format!("&[\n{}]", rows.collect::<String>()))
}

/// The code for a message: its text if it is always the same, otherwise its source.
fn value(message: Message<&str>) -> String {
    let elements = message.value.iter().flat_map(|pattern| &pattern.elements);
    let texts: Option<String> = elements
        .map(|element| match element {
            PatternElement::TextElement { value } => Some(*value),
            PatternElement::Placeable { .. } => None,
        })
        .collect();
    texts.map_or_else(
        || {
            let source = serializer::serialize(&Resource { body: vec![Entry::Message(message)] });
            format!("Message::Pattern({source:?})")
        },
        |text| format!("Message::Text({text:?})"),
    )
}

/// The code for `src/assets.rs`: a constant with the path of each file, and the list of all.
struct Assets<'a> {
    out: &'a Path,
    names: String,
    list: String,
}

impl Assets<'_> {
    /// Adds a file and returns the path under which it is served.
    fn add(&mut self, file: &str, content: &[u8]) -> Result<String, Box<dyn Error>> {
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "woff2" => "font/woff2",
            _ => return Err(format!("{file}: unknown content type").into()),
        };
        // The hash only has to differ for each content. Another release of Rust may compute other hashes, which costs
        // one more download.
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let path = format!("/assets/{stem}.{:016x}.{extension}", hasher.finish());
        let name = format!("{stem}_{extension}").to_uppercase().replace('-', "_");
        let copy = self.out.join(file);
        fs::write(&copy, content)?;
        writeln!(self.names, "/// The path of `{file}`.")?;
        writeln!(self.names, "pub(crate) const {name}: &str = {path:?};")?;
        writeln!(
            self.list,
            "    Asset {{ path: {name}, content_type: {content_type:?}, bytes: include_bytes!({copy:?}) }},"
        )?;
        Ok(path)
    }
}

/// The parts of the stylesheet in `folder`, one after another: browsers ask for one file.
fn style(folder: &Path) -> Result<String, Box<dyn Error>> {
    let found: BTreeSet<PathBuf> = files(folder)?.into_iter().collect();
    let listed: BTreeSet<PathBuf> = STYLES.iter().map(|part| folder.join(part)).collect();
    if let Some(file) = found.symmetric_difference(&listed).next() {
        return Err(format!("{}: not both in the folder and in STYLES", file.display()).into());
    }
    let parts = STYLES.iter().map(|part| fs::read_to_string(folder.join(part)));
    Ok(parts.collect::<Result<Vec<_>, _>>()?.join("\n"))
}

/// The files in `folder`, sorted. The build runs again when one of them changes.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = entries.collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}
