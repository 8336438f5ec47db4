//! A visitor of the library's pages: actions in the browser, and checks of the page.
//!
//! Elements are found like assistive technology finds them, by role and accessible name. The pages have no scripts, so
//! the only event to wait for is the loading of a page.

use std::{
    cell::RefCell,
    fs,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread,
    time::Instant,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{Client, wait_for};

use crate::{
    artifacts,
    chromium::{CHROMIUM, Event, OpenPage, PATIENCE},
};

/// A visitor with a separate browser profile and one page.
pub struct Visitor {
    origin: String,
    page: OpenPage,
    events: Receiver<Event>,
    /// The answer and the violations of the current page
    shown: RefCell<Shown>,
}

/// A page's answer.
#[derive(Default)]
struct Shown {
    status: u64,
    html: String,
    /// The browser's complaints, such as violations of the content security policy
    objections: Vec<String>,
}

impl Visitor {
    /// A visitor of `app` whose browser runs no scripts, because the pages have to work without.
    pub fn of(app: &Client) -> Visitor {
        let visitor = Visitor::with_scripts(app);
        visitor.allow_scripts(false);
        visitor
    }

    /// A visitor whose browser runs scripts.
    pub fn with_scripts(app: &Client) -> Visitor {
        let (page, events) = CHROMIUM.open_page().unwrap_or_else(|why| panic!("{why}"));
        let visitor =
            Visitor { origin: app.origin(), page, events, shown: RefCell::new(Shown::default()) };
        visitor.call("Page.enable", json!({}));
        visitor.call("Page.setLifecycleEventsEnabled", json!({"enabled": true}));
        visitor.call("Network.enable", json!({}));
        visitor.call("Log.enable", json!({}));
        // Several pages are open at once, and each has to behave as if focused.
        visitor.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true}));
        visitor
    }

    /// Switches the pages to this language, by its own name, if they are in another.
    pub fn read_in(&self, language: &str) {
        self.visit("/about");
        if !self.find("link", Some(language)).is_empty() {
            self.follow(language);
        }
    }

    /// Types `path` into the address bar.
    pub fn visit(&self, path: &str) {
        let url = format!("{}{path}", self.origin);
        self.wait_for_page(&format!("{path} to come"), || {
            self.call("Page.navigate", json!({"url": url}));
        });
    }

    /// Follows the link with this name.
    pub fn follow(&self, name: &str) {
        self.wait_for_page(&format!("the page behind the link `{name}`"), || {
            self.click(&self.the("link", name));
        });
    }

    /// Clicks the button with this name, which loads a page.
    pub fn press(&self, name: &str) {
        self.wait_for_page(&format!("what the button `{name}` leads to"), || {
            self.click(&self.the("button", name));
        });
    }

    /// Clicks the button twice, before a page can load.
    pub fn press_twice(&self, name: &str) {
        self.wait_for_page(&format!("what the button `{name}` leads to"), || {
            let place = self.place_of(&self.the("button", name));
            self.click_at(place);
            self.click_at(place);
        });
    }

    /// Types into the field with this label, replacing its content.
    pub fn fill_in(&self, label: &str, text: &str) {
        let fields = ["textbox", "searchbox", "spinbutton"]
            .map(|role| self.find(role, Some(label)))
            .concat();
        assert_eq!(fields.len(), 1, "fields `{label}` on {}", self.place());
        let node = json!({"backendNodeId": fields[0]["backendDOMNodeId"]});
        let field = self.call("DOM.resolveNode", node)["object"]["objectId"].clone();
        let select = "function () { this.focus(); this.select(); }";
        let call = json!({"objectId": field, "functionDeclaration": select});
        self.call("Runtime.callFunctionOn", call);
        if text.is_empty() {
            self.key("Delete");
        } else {
            self.call("Input.insertText", json!({"text": text}));
        }
    }

    /// Fills in and submits the login form, in whichever language it is.
    pub fn log_in(&self, first: &str, last: &str, number: &str, pin: &str) {
        let fields =
            [("user_first_name", first), ("user_last_name", last), ("user_lib_id", number)];
        for (field, text) in fields {
            self.fill_in(&self.label(field), text);
        }
        if !pin.is_empty() {
            if self.find("textbox", Some("PIN")).is_empty() {
                self.open(&self.text_of("form.fields summary"));
            }
            self.fill_in("PIN", pin);
        }
        self.press(&self.text_of("form.fields button"));
    }

    /// The label of the field with this id.
    pub fn label(&self, field: &str) -> String {
        self.text_of(&format!("label[for={field}]"))
    }

    /// The text of the first element that a CSS selector selects.
    pub fn text_of(&self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector('{selector}').innerText"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Opens the details with this summary.
    pub fn open(&self, summary: &str) {
        let role = "DisclosureTriangle";
        self.click(&self.the(role, summary));
    }

    /// Opens the panel that shows how the page was made, and returns its summary.
    pub fn open_work(&self) -> String {
        let names = self.names("DisclosureTriangle");
        let panel = names.into_iter().find(|name| name.starts_with("How this page was made: "));
        let panel = panel.unwrap_or_else(|| panic!("no panel on {}", self.place()));
        self.open(&panel);
        panel
    }

    /// Chooses the radio button with this name in a group.
    pub fn choose(&self, group: &str, name: &str) {
        let group = &self.the("group", group)["backendDOMNodeId"];
        let query = json!({"backendNodeId": group, "role": "radio", "accessibleName": name});
        let answer = self.call("Accessibility.queryAXTree", query);
        self.click(&answer["nodes"][0]);
    }

    /// Goes back with the browser's own button.
    pub fn go_back(&self) {
        let history = self.call("Page.getNavigationHistory", json!({}));
        let current = history["currentIndex"].as_u64().expect("a place in the history");
        let before = usize::try_from(current).expect("a small number") - 1;
        let entry = json!({"entryId": history["entries"][before]["id"]});
        self.wait_for_page("the page before", || {
            self.call("Page.navigateToHistoryEntry", entry);
        });
    }

    /// Loads the page again with the browser's own button.
    pub fn reload(&self) {
        self.wait_for_page("the page again", || {
            self.call("Page.reload", json!({}));
        });
    }

    /// The answer's status.
    pub fn status(&self) -> u64 {
        self.shown.borrow().status
    }

    /// The answer's HTML.
    pub fn html(&self) -> String {
        self.shown.borrow().html.clone()
    }

    /// The browser's complaints about the page.
    pub fn objections(&self) -> Vec<String> {
        self.take_note_of_events();
        self.shown.borrow().objections.clone()
    }

    /// Path and query in the address bar.
    pub fn place(&self) -> String {
        let place = self.evaluate("location.pathname + location.search");
        place.as_str().expect("an address").to_owned()
    }

    /// The visible text.
    pub fn text(&self) -> String {
        self.evaluate("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that `text` is visible.
    #[track_caller]
    pub fn sees(&self, text: &str) {
        let shown = self.text();
        assert!(shown.contains(text), "`{text}` is not on {}:\n{shown}", self.place());
    }

    /// The names of everything on the page that has this role, in reading order.
    pub fn names(&self, role: &str) -> Vec<String> {
        self.find(role, None).iter().map(|node| property(&node["name"])).collect()
    }

    /// Asserts that `text` is not visible.
    #[track_caller]
    pub fn does_not_see(&self, text: &str) {
        let shown = self.text();
        assert!(!shown.contains(text), "`{text}` is on {}:\n{shown}", self.place());
    }

    /// Presses a key: `Tab`, `Enter` or `Delete`.
    pub fn key(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Delete" => (46, ""),
            _ => panic!("no key {key}"),
        };
        let event =
            |kind| json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
        let mut down = event("keyDown");
        down["text"] = text.into();
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", event("keyUp"));
    }

    /// Presses Tab until the element has the focus.
    pub fn tab_to(&self, role: &str, name: &str) {
        for _ in 0..300 {
            self.key("Tab");
            if self.has_focus(role, name) {
                return;
            }
        }
        panic!("the Tab key leads to no {role} `{name}` on {}", self.place());
    }

    /// Presses Enter on the focused element, which loads another page.
    pub fn enter(&self) {
        self.wait_for_page("what Enter leads to", || self.key("Enter"));
    }

    /// Waits until the element has the focus, which a page gives to a field only when it is rendered.
    pub fn sees_focus_on(&self, role: &str, name: &str) {
        let what = format!("the focus on the {role} `{name}` on {}", self.place());
        wait_for(&what, || self.has_focus(role, name));
    }

    fn has_focus(&self, role: &str, name: &str) -> bool {
        let element = self.element("document.activeElement");
        let answer = self.call(
            "Accessibility.getPartialAXTree",
            json!({"objectId": element, "fetchRelatives": false}),
        );
        let node = &answer["nodes"][0];
        property(&node["role"]) == role && property(&node["name"]) == name
    }

    /// Allows or blocks scripts.
    pub fn allow_scripts(&self, allowed: bool) {
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": !allowed}));
    }

    /// The value of a JavaScript expression, which the protocol evaluates even if the page's scripts are blocked.
    pub fn evaluate(&self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        );
        let exception = &answer["exceptionDetails"];
        assert!(exception.is_null(), "{}: {exception}", &expression[..expression.len().min(200)]);
        answer["result"]["value"].clone()
    }

    /// Sets the window's size, in CSS pixels of `zoom` screen pixels, and the preferred color scheme.
    pub fn resize(&self, (width, height): (u32, u32), zoom: u32, scheme: &str) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": zoom, "mobile": false}),
        );
        let preference = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": preference}));
    }

    /// The window as a PNG.
    pub fn window(&self) -> Vec<u8> {
        let answer = self.call("Page.captureScreenshot", json!({}));
        STANDARD.decode(answer["data"].as_str().unwrap_or_default()).expect("a picture")
    }

    /// The whole page as a PNG.
    ///
    /// # Errors
    /// Chromium's error message.
    pub fn picture(&self) -> Result<Vec<u8>, String> {
        let whole = json!({"captureBeyondViewport": true, "optimizeForSpeed": true});
        let answer = CHROMIUM.call(&self.page.session, "Page.captureScreenshot", whole)?;
        STANDARD.decode(answer["data"].as_str().unwrap_or_default()).map_err(|e| e.to_string())
    }

    /// Calls a method of the protocol that must succeed.
    pub fn call(&self, method: &str, params: Value) -> Value {
        CHROMIUM
            .call(&self.page.session, method, params)
            .unwrap_or_else(|why| panic!("{why}, at {}", self.origin))
    }

    /// The only element with this role and name.
    fn the(&self, role: &str, name: &str) -> Value {
        let mut found = self.find(role, Some(name));
        assert!(
            found.len() == 1,
            "{} × {role} `{name}` on {}, which has: {:?}",
            found.len(),
            self.place(),
            self.names(role)
        );
        found.remove(0)
    }

    fn find(&self, role: &str, name: Option<&str>) -> Vec<Value> {
        let mut query = json!({"objectId": self.element("document.body"), "role": role});
        if let Some(name) = name {
            query["accessibleName"] = name.into();
        }
        let mut answer = self.call("Accessibility.queryAXTree", query);
        let Value::Array(mut nodes) = answer["nodes"].take() else { return Vec::new() };
        nodes.retain(|node| node["ignored"] == false);
        nodes
    }

    fn element(&self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", json!({"expression": expression}));
        answer["result"]["objectId"].clone()
    }

    fn click(&self, node: &Value) {
        self.click_at(self.place_of(node));
    }

    /// The center of its visible part.
    fn place_of(&self, node: &Value) -> (f64, f64) {
        let node = json!({"backendNodeId": node["backendDOMNodeId"]});
        self.call("DOM.scrollIntoViewIfNeeded", node.clone());
        let quads = self.call("DOM.getContentQuads", node);
        let corner = |index: usize| quads["quads"][0][index].as_f64().expect("a place to click");
        (f64::midpoint(corner(0), corner(4)), f64::midpoint(corner(1), corner(5)))
    }

    fn click_at(&self, (x, y): (f64, f64)) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Performs `act`, and waits until the page that it loads is complete.
    fn wait_for_page(&self, what: &str, act: impl FnOnce()) {
        self.take_note_of_events();
        self.shown.take();
        act();
        let patience = Instant::now() + PATIENCE;
        let mut loader = Value::Null;
        loop {
            let rest = patience.saturating_duration_since(Instant::now());
            let (name, event) = match self.events.recv_timeout(rest) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => panic!("timed out waiting for {what}"),
                Err(RecvTimeoutError::Disconnected) => panic!("Chromium ended before {what}"),
            };
            self.take_note(&name, &event);
            match name.as_str() {
                "Page.frameNavigated" => {
                    let frame = &event["frame"];
                    assert!(frame["unreachableUrl"].is_null(), "no answer at {frame}");
                    loader = frame["loaderId"].clone();
                    // Restored from the back/forward cache: nothing is loaded.
                    if event["type"] == "BackForwardCacheRestore" {
                        return;
                    }
                }
                "Page.lifecycleEvent" if event["name"] == "load" && event["loaderId"] == loader => {
                    let body = self.call("Network.getResponseBody", json!({"requestId": loader}));
                    self.shown.borrow_mut().html =
                        body["body"].as_str().unwrap_or_default().to_owned();
                    return;
                }
                _ => {}
            }
        }
    }

    fn take_note_of_events(&self) {
        for (name, event) in self.events.try_iter() {
            self.take_note(&name, &event);
        }
    }

    fn take_note(&self, name: &str, event: &Value) {
        let mut shown = self.shown.borrow_mut();
        match name {
            "Network.responseReceived" if event["type"] == "Document" => {
                shown.status = event["response"]["status"].as_u64().expect("a status");
            }
            // An unreachable cover is not an error of the page.
            "Log.entryAdded" if event["entry"]["source"] != "network" => {
                shown.objections.push(event["entry"]["text"].to_string());
            }
            _ => {}
        }
    }
}

impl Drop for Visitor {
    /// After a failure, keeps the last page as an artifact.
    fn drop(&mut self) {
        if thread::panicking() {
            let test = thread::current().name().unwrap_or("test").replace("::", "-");
            let path = artifacts().join(format!("failed-{test}"));
            fs::write(path.with_extension("html"), self.html()).ok();
            if let Ok(picture) = self.picture() {
                fs::write(path.with_extension("png"), picture).ok();
            }
            eprintln!("what the visitor saw: {}.png and .html", path.display());
        }
        let profile = json!({"browserContextId": self.page.profile});
        CHROMIUM.call("", "Target.disposeBrowserContext", profile).ok();
    }
}

fn property(property: &Value) -> String {
    property["value"].as_str().unwrap_or_default().to_owned()
}
