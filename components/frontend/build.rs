//! Gives every file in `templates/assets` a name that changes with its content, for `src/assets.rs`.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../templates/assets");
    let folder = folder.canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut files = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();

    let (mut names, mut list) = (String::new(), String::new());
    for file in files {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let extension = file.extension().and_then(|extension| extension.to_str());
        let (extension, content_type) = match extension {
            Some("css") => ("css", "text/css; charset=utf-8"),
            Some("svg") => ("svg", "image/svg+xml"),
            _ => return Err(format!("{}: which content type is that?", file.display()).into()),
        };
        // No defence against anybody, only a name of its own for each content. Another release of Rust
        // may choose other names, which costs one more download.
        let mut hasher = DefaultHasher::new();
        fs::read(&file)?.hash(&mut hasher);
        let path = format!("/assets/{stem}.{:016x}.{extension}", hasher.finish());
        let name = format!("{stem}_{extension}").to_uppercase();
        writeln!(names, "/// Where `{stem}.{extension}` is served.")?;
        writeln!(names, "pub(crate) const {name}: &str = {path:?};")?;
        writeln!(
            list,
            "    Asset {{ path: {name}, content_type: {content_type:?}, bytes: include_bytes!({file:?}) }},"
        )?;
    }
    let code = format!("{names}\nconst ALL: &[Asset] = &[\n{list}];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("assets.rs"), code)?;
    Ok(())
}
