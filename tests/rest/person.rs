//! Somebody at the pages with nothing but HTTP: keeps cookies as a browser does, and fills in forms.

use std::{cell::RefCell, collections::BTreeMap};

use tests::{Answer, Client, PIN};
use url::form_urlencoded;

/// A browser's cookies and the app they are of.
pub struct Person {
    client: Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Person {
    /// Somebody who has never been here.
    pub fn at(app: &Client) -> Person {
        Person { client: app.clone(), cookies: RefCell::default() }
    }

    /// Pete, who is logged in.
    pub fn patron(app: &Client) -> Person {
        let person = Person::at(app);
        let answer = person.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
        assert_eq!(answer.status, 303, "{}", answer.body);
        person
    }

    /// Marian, who is logged in; for a database that has her PIN.
    pub fn librarian(app: &Client) -> Person {
        let person = Person::at(app);
        let answer = person.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
        assert_eq!(answer.status, 303, "{}", answer.body);
        person
    }

    /// Fills in the login form.
    pub fn log_in(&self, first: &str, last: &str, number: &str, pin: &str) -> Answer {
        let token = self.token("/login");
        let names = [("user_first_name", first), ("user_last_name", last)];
        let card = [("user_lib_id", number), ("pin", pin), ("token", token.as_str())];
        self.post("/login", &[&names[..], &card].concat())
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Answer {
        self.keep_cookies(self.client().get(path))
    }

    /// Sends a form's fields.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let client = self.client().with("content-type", "application/x-www-form-urlencoded");
        self.keep_cookies(client.send_bytes("POST", path, body.as_bytes()))
    }

    /// The form token on a page.
    pub fn token(&self, path: &str) -> String {
        hidden(&self.get(path), "token")
    }

    /// The cookie's value, if there is one.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Puts a cookie into the browser, as somebody might who got at it.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Whom the pages take this person for.
    pub fn is_known_as(&self, name: &str) -> bool {
        self.get("/about").body.contains(&format!("<span class=\"who\">{name}</span>"))
    }

    fn client(&self) -> Client {
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() {
            self.client.clone()
        } else {
            self.client.with("cookie", pairs.join("; "))
        }
    }

    fn keep_cookies(&self, answer: Answer) -> Answer {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            if attributes.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }
}

/// What the first hidden field of this name on a page says.
pub fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no {name}: {page:?}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}
