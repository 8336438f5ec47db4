//! `--component-id`: an app cut down to some of its components, as when each runs in pods of its own.
//! What is kept and what is refused is what `spin up --component-id` keeps and refuses.
use anyhow::{Context, bail, ensure};
use http::Uri;

use crate::{
    identifier::ComponentId,
    manifest::{Component, Manifest},
    outbound::component_of,
};

impl Manifest {
    /// Keeps the components `ids` and what triggers them; the variables stay, those of the components
    /// that go too, and whoever starts the app has to give the required ones.
    ///
    /// # Errors
    /// There is no such component, no trigger would be left, or a component that stays names one that
    /// goes in its allow list. A name that comes out of a variable is not looked at: the variable is
    /// how a component that runs elsewhere is reached, and in Spin it has no value yet.
    pub fn retain(&mut self, ids: &[String]) -> anyhow::Result<()> {
        let is_chosen = |id: &str| ids.iter().any(|chosen| chosen == id);
        for chosen in ids {
            ensure!(
                self.components.contains_key(chosen.as_str()),
                "there is no component `{chosen}`; the app has {}",
                self.components.keys().map(ComponentId::as_str).collect::<Vec<_>>().join(", ")
            );
        }
        self.trigger.http.retain(|trigger| is_chosen(trigger.component.as_str()));
        ensure!(!self.trigger.http.is_empty(), "no trigger has any of these components");
        let triggers = &self.trigger.http;
        self.components.retain(|id, _| triggers.iter().any(|trigger| trigger.component == *id));
        for (id, component) in &self.components {
            check_callees(component, &is_chosen)
                .with_context(|| format!("component `{id}` can't run without the others"))?;
        }
        Ok(())
    }
}

/// Refuses calls to other components that could only fail.
fn check_callees(component: &Component, is_chosen: &impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let written = component.allowed_outbound_hosts.iter().filter_map(|template| template.literal());
    for entry in written {
        let Ok(uri) = entry.parse::<Uri>() else { continue };
        match uri.host().and_then(component_of) {
            Some("*") => bail!(
                "its allowed_outbound_hosts has \"{entry}\", which only a whole app can have; name the components"
            ),
            Some(callee) if !is_chosen(callee) => bail!(
                "its allowed_outbound_hosts has \"{entry}\"; add --component-id {callee}, or let a variable give the \
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

    /// Three components: `caller` with this one entry in its allow list, `callee`, and one that no
    /// trigger has.
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
    fn what_is_chosen_stays_with_its_triggers() {
        let elsewhere = "http://example.com";
        assert_eq!(retained(elsewhere, &["caller"]).unwrap(), ["caller"]);
        assert_eq!(
            retained(elsewhere, &["callee", "caller", "callee"]).unwrap(),
            ["callee", "caller"]
        );
        assert_eq!(retained(elsewhere, &["callee", "untriggered"]).unwrap(), ["callee"]);
    }

    #[test]
    fn nothing_to_run_is_an_error() {
        let error = retained("http://example.com", &["caller", "ghost"]).unwrap_err();
        assert_eq!(error, "there is no component `ghost`; the app has callee, caller, untriggered");
        let error = retained("http://example.com", &["untriggered"]).unwrap_err();
        assert!(error.contains("no trigger"), "{error}");
    }

    #[test]
    fn who_calls_a_component_that_goes_can_t_stay() {
        let literal = "http://callee.spin.internal";
        let error = retained(literal, &["caller"]).unwrap_err();
        assert!(error.contains("`caller`") && error.contains("--component-id callee"), "{error}");
        assert!(retained(literal, &["caller", "callee"]).is_ok());
        assert!(retained(literal, &["callee"]).is_ok());
        let wildcard = "http://*.spin.internal";
        let error = retained(wildcard, &["caller", "callee"]).unwrap_err();
        assert!(error.contains("only a whole app"), "{error}");
        assert!(retained("http://{{ host }}.spin.internal", &["caller"]).is_ok());
    }
}
