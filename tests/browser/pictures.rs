//! The pictures in the README: small, and of the pages as they are.

use std::fs;

use tests::{TestApp, TestDatabase, project};

use crate::{artifacts, visitor::Visitor};

/// The folder of the README's pictures. To renew them: `cp target/test-artifacts/browser/readme/* docs/pictures/`.
const FOLDER: &str = "docs/pictures";

/// The size of a picture in pixels.
const SIZE: (u32, u32) = (960, 640);

/// The largest a picture may be, in bytes.
const MAX_BYTES: usize = 120_000;

#[tokio::test]
async fn the_readmes_pictures_show_the_pages() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("show_work", "true")]);
    let pete = Visitor::of(&app);
    pete.visit("/login");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    pete.visit("/book/8");
    pete.press("Borrow The Dance");
    pete.open_work();
    pete.evaluate("document.querySelector('.work').scrollIntoView()");
    take(&pete, "work-dark", "dark");
    pete.visit("/");
    take(&pete, "catalog-light", "light");
}

/// Takes a picture of the window, and checks the size of the README's.
fn take(visitor: &Visitor, name: &str, scheme: &str) {
    visitor.resize(SIZE, 1, scheme);
    let folder = artifacts().join("readme");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.png")), visitor.window()).unwrap();
    let path = project().join(FOLDER).join(format!("{name}.png"));
    let picture = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(picture.len() <= MAX_BYTES, "{name} has {} bytes", picture.len());
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((&picture[1..4], number(16), number(20)), (&b"PNG"[..], SIZE.0, SIZE.1), "{name}");
}
