//! `/about`: a description of the library, and the state of its services and its database as a map and as a list.

mod map;

use askama::Template;
use contract::work::Process;
use futures::join;
use http::StatusCode;
use service_kit::log;

use crate::{
    context::RequestContext,
    handler::PageResult,
    html::page,
    layout::Layout,
    services::{Health, HealthCheck},
};
use map::Map;

#[derive(Template)]
#[template(path = "pages/about.html")]
struct AboutPage<'a> {
    layout: Layout<'a>,
    map: Map,
    parts: Vec<Part>,
}

/// A part of the library, its state and its purpose.
struct Part {
    name: &'static str,
    is_healthy: bool,
    /// The state in words.
    state: String,
    /// The duration of the health check and, while `show_work` is on, the process that answered it.
    facts: Vec<String>,
    text: String,
}

/// `GET /about`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let services = context.services;
    let (catalog, patrons, borrowing, lending, layout) = join!(
        services.catalog.health(),
        services.patrons.health(),
        services.borrowing.health(),
        services.lending.health(),
        Layout::new_with_loans(context, "/about"),
    );
    let databases = [("catalog", catalog), ("patrons", patrons), ("borrowing", borrowing)];
    let mut parts = vec![frontend(context, &layout)];
    parts.extend(databases.map(|(name, check)| {
        let state = layout.text(state_key(check.health));
        service(&layout, name, check, state)
    }));
    let state = lending_state(&layout, lending.health, databases);
    parts.push(service(&layout, "lending", lending, state));
    let healths = databases.map(|(_, check)| check.health);
    let (is_healthy, mysql) = mysql_state(healths);
    parts.push(Part {
        name: "mysql",
        is_healthy,
        state: layout.text(mysql),
        facts: Vec::new(),
        text: layout.text("about-mysql"),
    });
    let map = Map::new(&layout, databases.map(|(_, check)| check), lending);
    Ok(page(StatusCode::OK, &AboutPage { layout, map, parts }))
}

/// This service, which is healthy if it answers.
fn frontend(context: &RequestContext<'_>, layout: &Layout<'_>) -> Part {
    Part {
        name: "frontend",
        is_healthy: true,
        state: layout.text("health-healthy"),
        facts: context.environment.process.iter().flat_map(|of| describe(layout, of)).collect(),
        text: layout.text("about-frontend"),
    }
}

fn service(layout: &Layout<'_>, name: &'static str, check: HealthCheck, state: String) -> Part {
    let time = layout.texts.milliseconds(check.micros);
    let process = process_of(name);
    let process = process.iter().flat_map(|process| describe(layout, process));
    Part {
        name,
        is_healthy: check.health == Health::Healthy,
        state,
        facts: [time].into_iter().chain(process).collect(),
        text: layout.text(&format!("about-{name}")),
    }
}

/// The process that answered the health check of a service, if services tell how they work.
fn process_of(service: &str) -> Option<Process> {
    let calls = log::work(0)?.calls;
    let call = calls
        .into_iter()
        .find(|call| call.service == service && call.endpoint.ends_with("/healthz"))?;
    call.work?.process
}

/// A process in words.
fn describe(layout: &Layout<'_>, process: &Process) -> Vec<String> {
    let with = |key, name: &'static str, value: &str| {
        layout.texts.with(key, &[(name, value.to_owned().into())])
    };
    let replica = Some(&process.replica).filter(|replica| !replica.is_empty());
    let uptime = process.uptime.map(|seconds| match seconds {
        0..120 => layout.counted("about-uptime-seconds", seconds),
        120..7200 => layout.counted("about-uptime-minutes", seconds / 60),
        _ => layout.counted("about-uptime-hours", seconds / 3600),
    });
    let version = with("about-version", "version", &process.version);
    let runtime = with("about-runtime", "runtime", &process.runtime);
    let replica = replica.map(|replica| with("about-replica", "name", replica));
    [Some(version), Some(runtime), replica, uptime].into_iter().flatten().collect()
}

/// The key of the text for the state of a service with a database.
fn state_key(health: Health) -> &'static str {
    match health {
        Health::Healthy => "health-healthy",
        Health::Unavailable => "health-no-database",
        Health::NotResponding => "health-not-responding",
    }
}

/// Lending is as healthy as the services that it needs.
fn lending_state(
    layout: &Layout<'_>,
    lending: Health,
    databases: [(&str, HealthCheck); 3],
) -> String {
    let unhealthy = databases.iter().filter(|(_, check)| check.health != Health::Healthy);
    let unhealthy: Vec<_> = unhealthy.map(|(name, _)| *name).collect();
    match lending {
        Health::Unavailable if unhealthy.is_empty() => layout.text("health-unavailable"),
        Health::Unavailable => {
            let names = unhealthy.join(", ");
            layout.texts.with("health-waiting", &[("names", names.into())])
        }
        health => layout.text(state_key(health)),
    }
}

/// The state of MySQL, derived from the three services that use it: whether it is healthy, and the key of the text.
fn mysql_state(services: [Health; 3]) -> (bool, &'static str) {
    if services.contains(&Health::Healthy) {
        (true, "health-healthy")
    } else if services.contains(&Health::Unavailable) {
        (false, "health-unreachable")
    } else {
        (false, "health-unknown")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_that_reaches_mysql_proves_that_it_responds() {
        use Health::{Healthy, NotResponding, Unavailable};
        assert_eq!(mysql_state([Healthy, Unavailable, NotResponding]).1, "health-healthy");
        assert_eq!(mysql_state([Unavailable, NotResponding, Unavailable]).1, "health-unreachable");
        assert_eq!(mysql_state([NotResponding; 3]).1, "health-unknown");
    }
}
