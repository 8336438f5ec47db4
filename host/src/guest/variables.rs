//! `fermyon:spin/variables`: a component reads its own variables.
use super::Guest;
use crate::bindings::variables::{Error, Host};

impl Host for Guest {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        if let Err(reason) = check_name(&name) {
            return Ok(Err(Error::InvalidName(format!("{name:?}: {reason}"))));
        }
        let component = &self.component;
        Ok(match component.variables.get(name.as_str()) {
            Some(value) => Ok(value.expose().to_owned()),
            None => Err(Error::Undefined(format!(
                "no variable for {:?}.{name:?}",
                component.id.as_str()
            ))),
        })
    }
}

/// Checks a requested name. As in Spin, this accepts slightly more names than a manifest can declare.
fn check_name(name: &str) -> Result<(), &'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        Err("must start with a lowercase ASCII letter")
    } else if !name.bytes().all(is_allowed) {
        Err("may contain only lowercase ASCII letters, digits and underscores")
    } else if name.ends_with('_') || name.contains("__") {
        Err("must not end with an underscore or have two in a row")
    } else {
        Ok(())
    }
}
