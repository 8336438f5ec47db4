//! The lab: each visitor can break services for their own browser, to see how the library reacts.
//!
//! A cookie says which services are broken, and only this service's own clients act on it. No service and no other
//! visitor notices, and nothing is stored. It exists while the variable `show_work` is true.

use http::HeaderMap;
use service_kit::client::Fault;

use crate::{
    cookies::{Cookie, Cookies},
    csrf::csrf_token,
    environment::Environment,
};

/// The lab's page.
pub(crate) const PATH: &str = "/lab";

/// The services that can be broken.
pub(crate) const SERVICES: [&str; 4] = ["catalog", "patrons", "borrowing", "lending"];

/// The lab of the sender of a request, if there is one.
pub(crate) fn lab(headers: &HeaderMap, environment: &Environment<'_>) -> Option<Lab> {
    if !environment.show_work {
        return None;
    }
    let cookies = Cookies { secure: environment.secure_cookies };
    Lab::from_cookie(&cookies.read(headers, Cookie::Lab)?)
}

/// The faults of the services for one visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lab {
    /// In the order of [`SERVICES`].
    faults: [Option<Fault>; 4],
    /// The secret from which the CSRF token of the lab's forms is derived, because they also work without a session.
    secret: String,
}

impl Lab {
    /// Everything works. `secret` is random.
    pub(crate) fn new(secret: String) -> Self {
        Self { faults: [None; 4], secret }
    }

    /// The lab in a cookie's value; `None` if the frontend did not write it.
    pub(crate) fn from_cookie(value: &str) -> Option<Self> {
        let (letters, secret) = value.split_at_checked(SERVICES.len())?;
        let mut faults = [None; 4];
        for (fault, letter) in faults.iter_mut().zip(letters.chars()) {
            *fault = fault_of(&letter.to_string())?;
        }
        (!secret.is_empty()).then(|| Self { faults, secret: secret.to_owned() })
    }

    /// The cookie's value: a letter for each service, and the secret.
    pub(crate) fn to_cookie(&self) -> String {
        let letters: String = self.faults.iter().map(|fault| code(*fault)).collect();
        format!("{letters}{}", self.secret)
    }

    /// The fault of a service.
    pub(crate) fn fault(&self, service: &str) -> Option<Fault> {
        let index = SERVICES.iter().position(|name| *name == service)?;
        self.faults[index]
    }

    /// Breaks a service or repairs it.
    pub(crate) fn set_fault(&mut self, service: &str, fault: Option<Fault>) {
        if let Some(index) = SERVICES.iter().position(|name| *name == service) {
            self.faults[index] = fault;
        }
    }

    /// The broken services.
    pub(crate) fn broken(&self) -> impl Iterator<Item = (&'static str, Fault)> {
        SERVICES.into_iter().zip(self.faults).filter_map(|(name, fault)| Some((name, fault?)))
    }

    /// The CSRF token of the lab's forms.
    pub(crate) fn csrf_token(&self) -> String {
        csrf_token(&self.secret)
    }

    /// The secret of the token.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// The letter of a fault in cookies and forms.
pub(crate) fn code(fault: Option<Fault>) -> &'static str {
    match fault {
        None => "w",
        Some(Fault::Slow) => "s",
        Some(Fault::Silent) => "n",
        Some(Fault::Error) => "e",
    }
}

/// The fault of a letter, `None` if it has no meaning.
pub(crate) fn fault_of(code: &str) -> Option<Option<Fault>> {
    match code {
        "w" => Some(None),
        "s" => Some(Some(Fault::Slow)),
        "n" => Some(Some(Fault::Silent)),
        "e" => Some(Some(Fault::Error)),
        _ => None,
    }
}

/// The key of the text for what a service does.
pub(crate) fn text_key(fault: Option<Fault>) -> &'static str {
    match fault {
        None => "lab-works",
        Some(Fault::Slow) => "lab-slow",
        Some(Fault::Silent) => "lab-silent",
        Some(Fault::Error) => "lab-error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_survives_its_cookie() {
        let mut lab = Lab::new("secret".into());
        lab.set_fault("patrons", Some(Fault::Slow));
        lab.set_fault("lending", Some(Fault::Error));
        assert_eq!(lab.to_cookie(), "wswesecret");
        assert_eq!(Lab::from_cookie("wswesecret"), Some(lab.clone()));
        let broken: Vec<_> = lab.broken().collect();
        assert_eq!(broken, [("patrons", Fault::Slow), ("lending", Fault::Error)]);
        assert_eq!((lab.fault("lending"), lab.fault("other")), (Some(Fault::Error), None));
        for other in ["", "www", "wwww", "wxwwsecret", "wüwwsecret"] {
            assert_eq!(Lab::from_cookie(other), None, "{other}");
        }
    }
}
