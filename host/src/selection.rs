//! `--component-id`: runs only some components of an app, as when each has its own pods.
//! Accepts and refuses the same selections as `spin up --component-id`.
use anyhow::{Context, bail, ensure};
use http::Uri;

use crate::{
    identifier::ComponentId,
    manifest::{Component, Manifest},
    outbound::component_of,
};

impl Manifest {
    /// Keeps the components `ids` and their triggers. All variables stay, so every required variable
    /// still needs a value.
    ///
    /// # Errors
    /// An id is unknown, no trigger would be left, or the allow list of a kept component names a removed
    /// one literally. Names from variables are not checked: a variable can hold the address of a component
    /// that runs elsewhere, and Spin has not resolved it at this point.
    pub fn retain(&mut self, ids: &[String]) -> anyhow::Result<()> {
        let is_selected = |id: &str| ids.iter().any(|selected| selected == id);
        for id in ids {
            ensure!(
                self.components.contains_key(id.as_str()),
                "there is no component `{id}`; the app has {}",
                self.components.keys().map(ComponentId::as_str).collect::<Vec<_>>().join(", ")
            );
        }
        self.trigger.http.retain(|trigger| is_selected(trigger.component.as_str()));
        ensure!(!self.trigger.http.is_empty(), "no [[trigger.http]] names any of these components");
        let triggers = &self.trigger.http;
        self.components.retain(|id, _| triggers.iter().any(|trigger| trigger.component == *id));
        for (id, component) in &self.components {
            check_callees(component, &is_selected)
                .with_context(|| format!("component `{id}` cannot run without the others"))?;
        }
        Ok(())
    }
}

/// Refuses an allow list that names a removed component, because such calls can only fail.
fn check_callees(component: &Component, is_selected: &impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let literals =
        component.allowed_outbound_hosts.iter().filter_map(|template| template.literal());
    for entry in literals {
        let Ok(uri) = entry.parse::<Uri>() else { continue };
        match uri.host().and_then(component_of) {
            Some("*") => bail!(
                "its allowed_outbound_hosts has \"{entry}\", which is valid only when all components run; name the components instead"
            ),
            Some(callee) if !is_selected(callee) => bail!(
                "its allowed_outbound_hosts has \"{entry}\"; add --component-id {callee}, or use a variable for the \
                 address"
            ),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three components: `caller` with `entry` as its allow list, `callee`, and one without a trigger.
    fn app(entry: &str) -> Manifest {
        toml::from_str(&format!(
            r#"
            spin_manifest_version = 2
            application = {{ name = "test" }}
            variables = {{ host = {{ default = "callee" }} }}
            trigger.http = [
                {{ route = "/...", component = "caller" }},
                {{ route = "/more", component = "caller" }},
                {{ route = {{ private = true }}, component = "callee" }},
            ]
            component.caller = {{ source = "a.wasm", allowed_outbound_hosts = ["{entry}"] }}
            component.callee = {{ source = "b.wasm" }}
            component.untriggered = {{ source = "c.wasm" }}
            "#
        ))
        .unwrap()
    }

    fn retained(entry: &str, ids: &[&str]) -> Result<Vec<String>, String> {
        let mut app = app(entry);
        let ids: Vec<_> = ids.iter().copied().map(str::to_owned).collect();
        app.retain(&ids).map_err(|error| format!("{error:#}"))?;
        let triggers = app.trigger.http.iter();
        assert!(
            triggers.into_iter().all(|trigger| app.components.contains_key(&trigger.component))
        );
        Ok(app.components.keys().map(ToString::to_string).collect())
    }

    #[test]
    fn selected_components_keep_their_triggers() {
        let elsewhere = "http://example.com";
        assert_eq!(retained(elsewhere, &["caller"]).unwrap(), ["caller"]);
        assert_eq!(
            retained(elsewhere, &["callee", "caller", "callee"]).unwrap(),
            ["callee", "caller"]
        );
        assert_eq!(retained(elsewhere, &["callee", "untriggered"]).unwrap(), ["callee"]);
    }

    #[test]
    fn an_unknown_or_untriggered_selection_is_an_error() {
        let error = retained("http://example.com", &["caller", "ghost"]).unwrap_err();
        assert_eq!(error, "there is no component `ghost`; the app has callee, caller, untriggered");
        let error = retained("http://example.com", &["untriggered"]).unwrap_err();
        assert!(error.contains("no [[trigger.http]]"), "{error}");
    }

    #[test]
    fn a_component_that_calls_a_removed_one_is_refused() {
        let literal = "http://callee.spin.internal";
        let error = retained(literal, &["caller"]).unwrap_err();
        assert!(error.contains("`caller`") && error.contains("--component-id callee"), "{error}");
        assert!(retained(literal, &["caller", "callee"]).is_ok());
        assert!(retained(literal, &["callee"]).is_ok());
        let wildcard = "http://*.spin.internal";
        let error = retained(wildcard, &["caller", "callee"]).unwrap_err();
        assert!(error.contains("only when all components run"), "{error}");
        assert!(retained("http://{{ host }}.spin.internal", &["caller"]).is_ok());
    }
}
