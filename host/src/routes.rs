//! Maps request paths to components. Matching uses the same crate as Spin; as in Spin, a trailing `/...`
//! is the wildcard syntax of routes.
use anyhow::ensure;

use crate::{
    identifier::ComponentId,
    manifest::{HttpTrigger, Route},
};

/// The runtime itself answers paths with this prefix.
pub const WELL_KNOWN: &str = "/.well-known/spin/";

/// The public routes of an app.
#[derive(Debug, Default)]
pub struct Router {
    table: routefinder::Router<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    component: ComponentId,
    /// The route as written in the manifest.
    route: String,
    /// With a leading and without a trailing slash.
    normalized: String,
}

/// The route that a path matched, or its equivalent for a call from another component.
#[derive(Debug, PartialEq)]
pub struct Match {
    /// The component to run.
    pub component: String,
    /// The part of the path that the wildcard matched.
    pub path_info: String,
    /// The normalized route.
    pub matched_route: String,
    /// The route as written.
    pub raw_route: String,
    /// The name and value of each `:name` parameter.
    pub captures: Vec<(String, String)>,
}

impl Match {
    /// The match for a call from another component, in which the wildcard matches the whole path.
    pub fn for_internal_call(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            path_info: path.to_owned(),
            matched_route: "/...".into(),
            raw_route: "/...".into(),
            captures: Vec::new(),
        }
    }

    /// The route as written, without the wildcard.
    pub fn component_route(&self) -> &str {
        self.raw_route.strip_suffix("/...").unwrap_or(&self.raw_route)
    }
}

impl Router {
    /// Builds the router from the triggers in file order. If two triggers have the same route, the later
    /// one wins, as in Spin. The second part of the result describes each unreachable trigger.
    ///
    /// # Errors
    /// A route is not a valid pattern.
    pub fn new(triggers: &[HttpTrigger]) -> anyhow::Result<(Self, Vec<String>)> {
        let mut targets: Vec<Target> = Vec::new();
        let mut unreachable = Vec::new();
        for trigger in triggers {
            let Route::Path(route) = &trigger.route else { continue };
            let target = Target {
                component: trigger.component.clone(),
                route: route.clone(),
                normalized: normalize(route),
            };
            if target.normalized.starts_with(WELL_KNOWN) {
                unreachable.push(format!(
                    "{route} of {}: the runtime answers this path itself",
                    target.component
                ));
            }
            match targets.iter_mut().find(|other| other.route == *route) {
                Some(other) => {
                    unreachable.push(format!(
                        "{route} of {}: {} has the same route",
                        other.component, target.component
                    ));
                    *other = target;
                }
                None => targets.push(target),
            }
        }
        let mut table = routefinder::Router::new();
        for target in targets {
            let pattern = pattern(&target.normalized)
                .and_then(|pattern| table.add(pattern, target.clone()).map_err(anyhow::Error::msg));
            pattern.map_err(|error| {
                error.context(format!(
                    "the route {:?} of {} is not valid",
                    target.route, target.component
                ))
            })?;
        }
        Ok((Self { table }, unreachable))
    }

    /// The best match for a path. At the first segment where two routes differ, a literal takes precedence
    /// over `:name`, and `:name` over a wildcard.
    pub fn find(&self, path: &str) -> Option<Match> {
        let found = self.table.best_match(path)?;
        let captures = found.captures();
        let path_info = captures.wildcard().map(|rest| {
            // The routing crate drops a trailing slash, which components must see.
            let end = if path.ends_with('/') { "/" } else { "" };
            if rest.is_empty() { end.to_owned() } else { format!("/{rest}{end}") }
        });
        Some(Match {
            component: found.component.to_string(),
            path_info: path_info.unwrap_or_default(),
            matched_route: found.normalized.clone(),
            raw_route: found.route.clone(),
            captures: captures
                .iter()
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        })
    }

    /// All routes with their components.
    pub fn list(&self) -> impl Iterator<Item = (&str, &ComponentId)> {
        self.table.iter().map(|(_, target)| (target.route.as_str(), &target.component))
    }
}

fn normalize(route: &str) -> String {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.starts_with('/') || route.is_empty() { route.to_owned() } else { format!("/{route}") }
}

/// Translates the route to the syntax of the routing crate.
fn pattern(route: &str) -> anyhow::Result<String> {
    let (path, wildcard) = match route.strip_suffix("/...").or_else(|| route.strip_suffix("/*")) {
        Some(path) => (path, "/*"),
        None => (route, ""),
    };
    let segments = || path.split('/');
    ensure!(
        !segments().any(|segment| segment == "..." || segment.starts_with('*')),
        "a wildcard must be the last segment"
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
    fn a_wildcard_passes_the_rest_of_the_path() {
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
    fn a_parameter_matches_one_segment_undecoded() {
        let (router, _) = router(&[("/books/:book_id/...", "a"), ("/u/:name", "b")]);
        let found = router.find("/books/a%20b/c/d").unwrap();
        assert_eq!(found.captures, [("book_id".to_owned(), "a%20b".to_owned())]);
        assert_eq!(found.path_info, "/c/d");
        assert_eq!(component(&router, "/u/x"), "b");
        assert_eq!(component(&router, "/u/x/y"), "");
    }

    #[test]
    fn literals_win_over_parameters_and_parameters_over_wildcards() {
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
    fn the_last_of_equal_routes_wins_and_the_others_are_reported() {
        let (router, unreachable) = router(&[("/a", "one"), ("/a", "two")]);
        assert_eq!(component(&router, "/a"), "two");
        assert_eq!(unreachable, ["/a of one: two has the same route"]);
    }

    #[test]
    fn private_routes_match_no_path() {
        let private = toml::from_str("route = { private = true }\ncomponent = \"a\"").unwrap();
        let (router, _) = Router::new(&[private]).unwrap();
        assert_eq!(router.find("/"), None);
    }

    #[test]
    fn misplaced_wildcards_are_refused() {
        for route in ["/a/.../b", "/a/*/b", "/*x", "/:", ".../a"] {
            let trigger = format!("route = {route:?}\ncomponent = \"a\"");
            assert!(Router::new(&[toml::from_str(&trigger).unwrap()]).is_err(), "{route}");
        }
    }
}
