//! The results as tables and as JSON.

use serde::Serialize;

use crate::{meter::Statements, wrk::Measured};

/// The results of one route.
#[derive(Debug, Serialize)]
pub struct RouteFigures {
    /// The route's name.
    pub name: &'static str,
    /// The load generator's measurements.
    pub measured: Measured,
    /// Requests per second.
    pub rate: f64,
    /// The app's processor time per request, in microseconds.
    pub app_cpu: f64,
    /// The database server's processor time per request, in microseconds; absent if it runs elsewhere.
    pub database_cpu: Option<f64>,
    /// SQL statements per request.
    pub statements: f64,
    /// Database commands per request.
    pub round_trips: f64,
    /// Calls from service to service per request.
    pub calls: f64,
    /// The native program on the same route.
    pub native: Option<Native>,
}

/// The results of the native program on a route.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Native {
    /// Requests per second.
    pub rate: f64,
    /// Processor time of the program for one request, in microseconds.
    pub cpu: f64,
}

/// An empty answer, the lower bound for the cost of every route.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Empty {
    /// Requests per second of a component that answers with nothing.
    pub component: f64,
    /// The runtime's processor time for one of them, in microseconds.
    pub component_cpu: f64,
    /// Requests per second of the native program where it answers with nothing.
    pub native: f64,
}

impl RouteFigures {
    /// Divides the counts by the number of requests.
    pub fn new(
        name: &'static str,
        measured: Measured,
        app_seconds: f64,
        database_seconds: Option<f64>,
        counted: Statements,
        calls: f64,
    ) -> RouteFigures {
        let requests = measured.requests.max(1) as f64;
        RouteFigures {
            name,
            rate: measured.rate(),
            app_cpu: app_seconds * 1e6 / requests,
            database_cpu: database_seconds.map(|seconds| seconds * 1e6 / requests),
            statements: counted.executed as f64 / requests,
            round_trips: counted.round_trips as f64 / requests,
            calls,
            native: None,
            measured,
        }
    }

    /// The route's rate as a share of the native program's.
    fn share_of_native(&self) -> Option<f64> {
        Some(self.rate / self.native?.rate)
    }

    /// The route's rate as a share of what an empty component with the same SQL would do: the time of an empty component,
    /// and the time that the statements add to the native program's.
    fn share_of_bound(&self, empty: Option<Empty>) -> Option<f64> {
        let (empty, native) = (empty?, self.native?);
        let seconds = 1.0 / empty.component + 1.0 / native.rate - 1.0 / empty.native;
        Some(self.rate * seconds)
    }
}

/// The results of one run.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Books, patrons and closed loans in the database.
    pub data: crate::data::Size,
    /// Milliseconds from the start of the process to its first response.
    pub start_ms: f64,
    /// Resident memory before any load, in MiB.
    pub idle_mib: f64,
    /// Resident memory while 64 clients load the front page, in MiB.
    pub loaded_mib: f64,
    /// The floor of each request.
    pub empty: Option<Empty>,
    /// Bytes of each component, by its name.
    pub components: Vec<(String, u64)>,
    /// The routes.
    pub routes: Vec<RouteFigures>,
}

impl Figures {
    /// Prints the tables.
    pub fn print(&self) {
        println!(
            "\n{:<22} {:>8} {:>8} {:>8} {:>7} {:>7} {:>5} {:>6} {:>6} {:>9} {:>9} {:>8} {:>8}",
            "route",
            "req/s",
            "p50 ms",
            "p99 ms",
            "app µs",
            "db µs",
            "SQL",
            "trips",
            "calls",
            "native/s",
            "native µs",
            "÷native",
            "÷bound"
        );
        let share = |share: Option<f64>| share.map_or("".to_owned(), |share| format!("{share:.2}"));
        let whole = |value: Option<f64>| value.map_or("".to_owned(), |value| format!("{value:.0}"));
        for route in &self.routes {
            println!(
                "{:<22} {:>8.0} {:>8.2} {:>8.2} {:>7.0} {:>7} {:>5.1} {:>6.1} {:>6.1} {:>9} {:>9} {:>8} {:>8}",
                route.name,
                route.rate,
                route.measured.p50 as f64 / 1e3,
                route.measured.p99 as f64 / 1e3,
                route.app_cpu,
                whole(route.database_cpu),
                route.statements,
                route.round_trips,
                route.calls,
                whole(route.native.map(|native| native.rate)),
                whole(route.native.map(|native| native.cpu)),
                share(route.share_of_native()),
                share(route.share_of_bound(self.empty)),
            );
        }
        if let Some(empty) = self.empty {
            println!(
                "{:<22} {:>8.0} {:>25.0} {:>30.0}",
                "nothing", empty.component, empty.component_cpu, empty.native
            );
            println!("÷bound: of an empty component with the same SQL");
        }
        println!(
            "\n{} books, {} patrons, {} closed loans",
            self.data.books, self.data.patrons, self.data.loans
        );
        println!("start to first answer: {:.0} ms", self.start_ms);
        println!(
            "resident memory: {:.0} MiB idle, {:.0} MiB with 64 clients",
            self.idle_mib, self.loaded_mib
        );
        for (name, bytes) in &self.components {
            println!("{name}.wasm: {:.0} KiB", *bytes as f64 / 1024.0);
        }
    }
}

/// Prints each route's growth in latency from the smallest to the largest data.
pub fn print_growth(runs: &[Figures]) {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return };
    println!("\np50 in ms, one client");
    for route in &first.routes {
        let of = |figures: &Figures| {
            figures
                .routes
                .iter()
                .find(|other| other.name == route.name)
                .map(|found| found.measured.p50 as f64 / 1e3)
        };
        let all: Vec<_> = runs.iter().filter_map(of).map(|p50| format!("{p50:>9.2}")).collect();
        // A list of all rows is not measured in a large library.
        let growth =
            of(last).zip(of(first)).map_or(String::new(), |(l, f)| format!("× {:.1}", l / f));
        println!("{:<22} {}   {growth}", route.name, all.join(" "));
    }
}
