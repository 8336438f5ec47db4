//! Properties of every CSV file, backup and URL, tested with generated ones.

use std::{collections::BTreeMap, io::Write};

use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::*, sample::Index, sample::select};
use sha2::{Digest, Sha256};

use crate::{
    Files, Names, Pin,
    backup::{self, TableSummary},
    demo,
    server::Server,
};

/// Cells, separators and line ends in any order, mostly as in a CSV file.
fn csv() -> impl Strategy<Value = String> {
    let part = select(vec![
        "id,title,author,count,thumbnailUrl\n",
        "title,id,author,thumbnailUrl,count\r\n",
        "1,",
        "2,T,A,2,\n",
        "T",
        "\"",
        "\"\"",
        ",",
        ";",
        "\n",
        "\r",
        " ",
        "\u{feff}",
        "\0",
        "https://example.org/a",
        "9999",
        "-5",
    ]);
    prop_oneof![
        4 => vec(part, 0..25).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
    ]
}

const ROWS: [&str; 2] = ["[\"1\",\"Title\"]\n", "[\"2\",null]\n"];

/// A small complete backup.
fn backup() -> Vec<u8> {
    let digest = Sha256::digest(ROWS.concat().as_bytes());
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let tables = BTreeMap::from([("catalogdb.books", TableSummary { rows: 2, sha256 })]);
    let header = serde_json::json!({
        "format": 1, "library": "0.1.0", "taken_at": "2026-01-02T03:04:05Z", "server": "11", "schemas": {"catalogdb": 1},
    });
    let mut manifest = header.clone();
    manifest["tables"] = serde_json::json!(tables);
    let first = serde_json::json!({ "library_backup": header });
    let table =
        serde_json::json!({"table": {"name": "catalogdb.books", "columns": ["id", "title"]}});
    let last = serde_json::json!({ "manifest": manifest });
    format!("{first}\n{table}\n{}{last}\n", ROWS.concat()).into_bytes()
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// The verdict of `verify` on these bytes.
fn verify(bytes: &[u8]) -> Result<backup::Manifest, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(backup::verify(file.path())).map_err(|error| error.to_string())
}

proptest! {
    #[test]
    fn any_csv_file_is_read_or_refused_with_file_and_line(text in csv()) {
        let mut files = Files::built_in();
        files.catalog_demo = text;
        if let Err(error) = demo::parse(&files) {
            let error = error.to_string();
            prop_assert!(error.starts_with("catalog_demo.csv, line ") && !error.contains('\n'), "{}", error);
        }
    }

    #[test]
    fn a_damaged_backup_is_refused(at in any::<Index>(), byte in any::<u8>(), cut in any::<Index>()) {
        let (plain, whole) = (backup(), compressed(&backup()));
        let intact = verify(&whole);
        prop_assert!(intact.is_ok(), "{:?}", intact);
        // A changed byte in the compressed file is detected, or is one without meaning, such as the time in the header.
        let mut damaged = whole.clone();
        damaged[at.index(whole.len())] = byte;
        if let Ok(manifest) = verify(&damaged) {
            prop_assert_eq!(Ok(manifest), intact.clone());
        }
        prop_assert!(verify(&whole[..cut.index(whole.len())]).is_err());
        prop_assert!(verify(&compressed(&plain[..cut.index(plain.len())])).is_err());
        // The checksum detects a changed row.
        let rows = plain.windows(4).position(|window| window == b"[\"1\"").unwrap();
        let mut changed = plain.clone();
        changed[rows + at.index(ROWS.concat().len())] = byte;
        prop_assert!(changed == plain || verify(&compressed(&changed)).is_err());
    }

    #[test]
    fn any_file_is_read_or_refused(bytes in vec(any::<u8>(), 0..200), lines in vec("[ -~]{0,40}", 0..5)) {
        for bytes in [bytes.clone(), compressed(&bytes), compressed(lines.join("\n").as_bytes())] {
            prop_assert!(verify(&bytes).is_err());
        }
    }

    #[test]
    fn any_url_is_read_or_refused_without_its_password(text in any::<String>(), password in "[a-zA-Z0-9%:/@]{8,20}", host in "[a-z0-9.:\\[\\]%]{0,12}") {
        for url in [text, format!("mysql://root:{password}@{host}/"), format!("mysql://{host}:{password}")] {
            if let Err(error) = Server::from_url(&url) {
                prop_assert!(!error.to_string().contains(&password), "{}", error);
            }
        }
    }

    #[test]
    fn any_pin_and_suffix_is_read_or_refused(text in any::<String>(), ascii in "[ -~]{0,70}") {
        for text in [&text, &ascii] {
            if let Ok(pin) = Pin::new(text) {
                prop_assert_eq!(format!("{pin:?}"), "Pin(..)");
            }
            if let Ok(names) = Names::with_suffix(text) {
                prop_assert!(names.schema(crate::Store::Catalog).bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            }
        }
    }
}
