//! The map of the library: its parts, their states and their calls. The list beside it says the same.

use crate::{
    layout::Layout,
    services::{Health, HealthCheck},
};

/// The map in a box of 720 × 356 units.
pub(super) struct Map {
    pub(super) boxes: Vec<MapBox>,
    pub(super) arrows: Vec<Arrow>,
}

/// A part of the library.
pub(super) struct MapBox {
    pub(super) name: &'static str,
    /// The left upper corner.
    pub(super) x: i32,
    pub(super) y: i32,
    /// The CSS class: `healthy`, `unavailable`, `silent`, or `plain` for a part that is not checked.
    pub(super) class: &'static str,
    /// The state in one or two words.
    pub(super) state: String,
    /// The duration of its check; empty if nothing was checked.
    pub(super) time: String,
}

/// A line from one box to another.
pub(super) struct Arrow {
    pub(super) from: (i32, i32),
    pub(super) to: (i32, i32),
}

/// The width and height of a box.
const WIDTH: i32 = 130;
const HEIGHT: i32 = 76;

/// The calls: from, to.
const CALLS: [(&str, &str); 11] = [
    ("browser", "frontend"),
    ("frontend", "lending"),
    ("frontend", "catalog"),
    ("frontend", "patrons"),
    ("frontend", "borrowing"),
    ("lending", "catalog"),
    ("lending", "patrons"),
    ("lending", "borrowing"),
    ("catalog", "catalogdb"),
    ("patrons", "patronsdb"),
    ("borrowing", "borrowdb"),
];

impl Map {
    /// The map with the states of catalog, patrons and borrowing, and of lending.
    pub(super) fn new(
        layout: &Layout<'_>,
        [catalog, patrons, borrowing]: [HealthCheck; 3],
        lending: HealthCheck,
    ) -> Self {
        let plain = |name, (x, y)| {
            let (state, time) = (String::new(), String::new());
            MapBox { name, x, y, class: "plain", state, time }
        };
        let state = |health| layout.text(state_key(health));
        let service = |name, at, check: HealthCheck| {
            let time = layout.texts.milliseconds(check.micros);
            let (class, state) = (class(check.health), state(check.health));
            MapBox { class, state, time, ..plain(name, at) }
        };
        let schema = |name, at, service: Health| {
            let (class, key) = match service {
                Health::Healthy => ("healthy", "map-healthy"),
                Health::Unavailable => ("unavailable", "map-no-answer"),
                Health::NotResponding => ("plain", "map-unknown"),
            };
            MapBox { class, state: layout.text(key), ..plain(name, at) }
        };
        let frontend = MapBox {
            class: "healthy",
            state: state(Health::Healthy),
            ..plain("frontend", (0, 280))
        };
        let boxes = vec![
            plain("browser", (0, 140)),
            frontend,
            service("lending", (195, 0), lending),
            service("catalog", (395, 0), catalog),
            service("patrons", (395, 140), patrons),
            service("borrowing", (395, 280), borrowing),
            schema("catalogdb", (590, 0), catalog.health),
            schema("patronsdb", (590, 140), patrons.health),
            schema("borrowdb", (590, 280), borrowing.health),
        ];
        let at = |name: &str| boxes.iter().find(|part| part.name == name);
        let arrow = |(from, to): (&str, &str)| {
            let (from, to) = (at(from)?, at(to)?);
            Some(match from.x == to.x {
                true => Arrow {
                    from: (from.x + WIDTH / 2, from.y + HEIGHT),
                    to: (to.x + WIDTH / 2, to.y),
                },
                false => Arrow {
                    from: (from.x + WIDTH, from.y + HEIGHT / 2),
                    to: (to.x, to.y + HEIGHT / 2),
                },
            })
        };
        let arrows = CALLS.into_iter().filter_map(arrow).collect();
        Self { boxes, arrows }
    }
}

fn class(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy",
        Health::Unavailable => "unavailable",
        Health::NotResponding => "silent",
    }
}

/// The key of the short text for a state.
fn state_key(health: Health) -> &'static str {
    match health {
        Health::Healthy => "map-healthy",
        Health::Unavailable => "map-unavailable",
        Health::NotResponding => "map-no-answer",
    }
}
