//! Which component answers a path. The matching itself is the crate Spin uses; around it, as in
//! Spin, `/...` is how a route says "and everything below".
use anyhow::ensure;

use crate::{
    identifier::ComponentId,
    manifest::{HttpTrigger, Route},
};

/// Paths under this prefix are the runtime's own.
pub const WELL_KNOWN: &str = "/.well-known/spin/";

/// All the public routes of an app.
#[derive(Debug, Default)]
pub struct Router {
    table: routefinder::Router<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    component: ComponentId,
    /// As the manifest writes it.
    written: String,
    /// With a leading and without a trailing slash.
    normal: String,
}

/// What a path matched, or what stands in for that when a component is called by name.
#[derive(Debug, PartialEq)]
pub struct Match {
    /// The component to run.
    pub component: String,
    /// The part under the wildcard.
    pub path_info: String,
    /// The route, normalised.
    pub matched_route: String,
    /// The route as written.
    pub raw_route: String,
    /// What each `:name` of the route stands for.
    pub captures: Vec<(String, String)>,
}

impl Match {
    /// The match of a call from one component to another: the whole path is below the wildcard.
    pub fn of_component(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            path_info: path.to_owned(),
            matched_route: "/...".into(),
            raw_route: "/...".into(),
            captures: Vec::new(),
        }
    }

    /// The route as written, without its wildcard.
    pub fn component_route(&self) -> &str {
        self.raw_route.strip_suffix("/...").unwrap_or(&self.raw_route)
    }
}

impl Router {
    /// Builds the table from the triggers in the order of the file. Of two triggers with the same
    /// route the later one counts, as in Spin; each trigger that is never reached gives a line in
    /// the second part of the result.
    ///
    /// # Errors
    /// A route that is not a valid pattern.
    pub fn new(triggers: &[HttpTrigger]) -> anyhow::Result<(Self, Vec<String>)> {
        let mut targets: Vec<Target> = Vec::new();
        let mut unreached = Vec::new();
        for trigger in triggers {
            let Route::Path(written) = &trigger.route else { continue };
            let target = Target {
                component: trigger.component.clone(),
                written: written.clone(),
                normal: normalise(written),
            };
            if target.normal.starts_with(WELL_KNOWN) {
                unreached
                    .push(format!("{written} of {}: the runtime answers there", target.component));
            }
            match targets.iter_mut().find(|other| other.written == *written) {
                Some(other) => {
                    unreached.push(format!(
                        "{written} of {}: {} has it too",
                        other.component, target.component
                    ));
                    *other = target;
                }
                None => targets.push(target),
            }
        }
        let mut table = routefinder::Router::new();
        for target in targets {
            let pattern = pattern(&target.normal)
                .and_then(|pattern| table.add(pattern, target.clone()).map_err(anyhow::Error::msg));
            pattern.map_err(|error| {
                error.context(format!(
                    "the route {:?} of {} is not valid",
                    target.written, target.component
                ))
            })?;
        }
        Ok((Self { table }, unreached))
    }

    /// The best match of a request's path: at the first segment where two routes differ, text goes
    /// before `:name` and that before a wildcard.
    pub fn find(&self, path: &str) -> Option<Match> {
        let found = self.table.best_match(path)?;
        let captures = found.captures();
        let path_info = captures.wildcard().map(|rest| {
            // The table ignores slashes at the end, components are to see them.
            let end = if path.ends_with('/') { "/" } else { "" };
            if rest.is_empty() { end.to_owned() } else { format!("/{rest}{end}") }
        });
        Some(Match {
            component: found.component.to_string(),
            path_info: path_info.unwrap_or_default(),
            matched_route: found.normal.clone(),
            raw_route: found.written.clone(),
            captures: captures
                .iter()
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        })
    }

    /// Every route as a line for the user, with the component behind it.
    pub fn list(&self) -> impl Iterator<Item = (&str, &ComponentId)> {
        self.table.iter().map(|(_, target)| (target.written.as_str(), &target.component))
    }
}

fn normalise(route: &str) -> String {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.starts_with('/') || route.is_empty() { route.to_owned() } else { format!("/{route}") }
}

/// The route in the table's own notation.
fn pattern(route: &str) -> anyhow::Result<String> {
    let (path, wildcard) = match route.strip_suffix("/...").or_else(|| route.strip_suffix("/*")) {
        Some(path) => (path, "/*"),
        None => (route, ""),
    };
    let segments = || path.split('/');
    ensure!(
        !segments().any(|segment| segment == "..." || segment.starts_with('*')),
        "a wildcard may only be its last segment"
    );
    Ok(format!("{path}{wildcard}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> (Router, Vec<String>) {
        let trigger = |(route, component): &(&str, &str)| {
            toml::from_str(&format!("route = {route:?}\ncomponent = {component:?}")).unwrap()
        };
        Router::new(&routes.iter().map(trigger).collect::<Vec<_>>()).unwrap()
    }

    fn component(router: &Router, path: &str) -> String {
        router.find(path).map(|found| found.component).unwrap_or_default()
    }

    #[test]
    fn an_exact_route_ignores_slashes_around_the_path() {
        let (router, _) = router(&[("/books", "a")]);
        for path in ["/books", "/books/", "//books"] {
            assert_eq!(component(&router, path), "a", "{path}");
        }
        for path in ["/", "/book", "/books/1", "/Books"] {
            assert_eq!(component(&router, path), "", "{path}");
        }
    }

    #[test]
    fn a_wildcard_hands_on_what_is_below_it() {
        let (router, _) = router(&[("/books/...", "a")]);
        for (path, info) in [
            ("/books", ""),
            ("/books/", "/"),
            ("/books/7", "/7"),
            ("/books/7/", "/7/"),
            ("/books/a/b", "/a/b"),
        ] {
            let found = router.find(path).unwrap();
            assert_eq!(found.path_info, info, "{path}");
            assert_eq!(found.raw_route, "/books/...");
            assert_eq!(found.component_route(), "/books");
        }
        assert_eq!(component(&router, "/bookshelf"), "");
    }

    #[test]
    fn a_param_takes_one_segment_as_it_is() {
        let (router, _) = router(&[("/books/:book_id/...", "a"), ("/u/:name", "b")]);
        let found = router.find("/books/a%20b/c/d").unwrap();
        assert_eq!(found.captures, [("book_id".to_owned(), "a%20b".to_owned())]);
        assert_eq!(found.path_info, "/c/d");
        assert_eq!(component(&router, "/u/x"), "b");
        assert_eq!(component(&router, "/u/x/y"), "");
    }

    #[test]
    fn text_goes_before_params_and_params_before_wildcards() {
        let (router, _) =
            router(&[("/...", "all"), ("/a/...", "below"), ("/a/:x", "param"), ("/a/b", "exact")]);
        assert_eq!(component(&router, "/a/b"), "exact");
        assert_eq!(component(&router, "/a/c"), "param");
        assert_eq!(component(&router, "/a/b/c"), "below");
        assert_eq!(component(&router, "/a"), "below");
        assert_eq!(component(&router, "/b"), "all");
        assert_eq!(component(&router, "/"), "all");
    }

    #[test]
    fn of_equal_routes_the_last_counts_and_the_user_is_told() {
        let (router, unreached) = router(&[("/a", "one"), ("/a", "two")]);
        assert_eq!(component(&router, "/a"), "two");
        assert_eq!(unreached, ["/a of one: two has it too"]);
    }

    #[test]
    fn private_routes_are_not_in_the_table() {
        let private = toml::from_str("route = { private = true }\ncomponent = \"a\"").unwrap();
        let (router, _) = Router::new(&[private]).unwrap();
        assert_eq!(router.find("/"), None);
    }

    #[test]
    fn wildcards_in_the_middle_are_refused() {
        for route in ["/a/.../b", "/a/*/b", "/*x", "/:", ".../a"] {
            let trigger = format!("route = {route:?}\ncomponent = \"a\"");
            assert!(Router::new(&[toml::from_str(&trigger).unwrap()]).is_err(), "{route}");
        }
    }
}
