//! The epoch of a service's data: the number of times that a demo was reset to its first day. See [`contract::demo`].

use contract::demo::{Epoch, InEpoch};
use spin_sdk::mysql::ParameterValue::Int64;

use crate::{
    Problem,
    database::{Columns, Database, DatabaseError},
    environment::Environment,
    problem::{bad_request, forbidden, unavailable},
    retry::in_transaction,
};

const CURRENT: &str = "SELECT number FROM epochs WHERE id = 1";

/// No other session changes the row until the transaction ends.
const HOLD: &str = "SELECT number FROM epochs WHERE id = 1 LOCK IN SHARE MODE";

/// Waits for every transaction that holds the epoch.
const START: &str = "UPDATE epochs SET number = ? WHERE id = 1 AND number < ?";

/// The largest step to a new epoch. Resets that were interrupted let services lag behind, but by far fewer epochs. A
/// request for a much larger number would leave none for later resets.
const MAX_STEP: u32 = 1000;

/// Refuses requests about a demo's reset unless the variable `demo_mode` is true.
///
/// # Errors
/// 403, or 503 when the variable is missing.
pub fn require_demo_mode(environment: &impl Environment) -> Result<(), Problem> {
    match environment.variable("demo_mode").as_deref().map(str::trim) {
        Ok("true") => Ok(()),
        Ok(_) => {
            Err(forbidden("only a demo can be reset, and the variable `demo_mode` is not true"))
        }
        Err(why) => Err(unavailable(format!("the variable `demo_mode`: {why}"), 60)),
    }
}

/// The current epoch.
///
/// # Errors
/// Those of [`Database::query`].
pub fn current(database: &impl Database) -> Result<u32, DatabaseError> {
    database.row(CURRENT, &[], read_epoch)
}

/// Locks the epoch until the transaction ends, if it is the `expected` one. Does nothing if `expected` is `None`.
///
/// # Errors
/// [`DatabaseError::Outdated`] in another epoch.
pub fn hold(database: &impl Database, expected: Option<Epoch>) -> Result<(), DatabaseError> {
    let Some(expected) = expected else { return Ok(()) };
    let current = database.row(HOLD, &[], read_epoch)?;
    if current == expected.get() {
        return Ok(());
    }
    Err(DatabaseError::Outdated(format!("epoch {current}, and the request is from {expected}")))
}

/// Starts `epoch` and runs `reset`, in one transaction, unless this epoch or a later one has begun. Returns the epoch of
/// the data afterward.
///
/// # Errors
/// 400 if `epoch` is more than 1000 above the current one; those of `reset`, and those of [`Database::query`]. On
/// error nothing is changed.
pub fn start(
    database: &impl Database,
    epoch: Epoch,
    reset: impl Fn() -> Result<(), DatabaseError>,
) -> Result<InEpoch, Problem> {
    let last = current(database)?.saturating_add(MAX_STEP);
    if epoch.get() > last {
        return Err(bad_request(format!("`demo.epoch` must be at most {last}")));
    }
    let number = || Int64(epoch.get().into());
    let started = in_transaction(database, &[], || {
        if database.execute(START, &[number(), number()])? > 0 {
            reset()?;
        }
        current(database)
    })?;
    Ok(InEpoch { epoch: started.try_into().map_err(DatabaseError::internal)? })
}

/// Reads an epoch as a column of another statement.
///
/// # Errors
/// Those of [`Columns::take`].
pub fn read_epoch(columns: &mut Columns) -> Result<u32, DatabaseError> {
    columns.take::<i32>()?.try_into().map_err(DatabaseError::internal)
}

#[cfg(test)]
mod tests {
    use spin_sdk::mysql::DbValue;

    use super::*;
    use crate::testing::{Reply, ScriptedDatabase, TestEnvironment};

    fn number(number: i32) -> Reply {
        Ok(vec![vec![DbValue::Int32(number)]])
    }

    fn rows_changed(rows: i64) -> Reply {
        Ok(vec![vec![DbValue::Int64(rows)]])
    }

    const DONE: Reply = Ok(Vec::new());

    #[test]
    fn only_a_demonstration_is_reset() {
        let mut environment = TestEnvironment::new(Err(DatabaseError::internal("none")));
        for (value, status) in
            [(None, 503), (Some("false"), 403), (Some(""), 403), (Some("1"), 403)]
        {
            environment.variables =
                value.map(|value| ("demo_mode", value.to_owned())).into_iter().collect();
            let problem = require_demo_mode(&environment).unwrap_err();
            assert_eq!(problem.status(), status, "{value:?}");
        }
        environment.variables = vec![("demo_mode", "true\n".to_owned())];
        assert_eq!(require_demo_mode(&environment), Ok(()));
    }

    #[test]
    fn facts_of_another_epoch_are_outdated() {
        let epoch = |number: u32| Epoch::try_from(number).ok();
        assert_eq!(hold(&&ScriptedDatabase::new([number(7)]), epoch(7)), Ok(()));
        for stale in [6, 8] {
            let held = hold(&&ScriptedDatabase::new([number(7)]), epoch(stale));
            assert!(matches!(held, Err(DatabaseError::Outdated(_))), "{held:?}");
        }
        let unasked = ScriptedDatabase::new([]);
        assert_eq!(hold(&&unasked, None), Ok(()));
        assert!(unasked.statements().is_empty());
    }

    #[test]
    fn an_epoch_starts_once() {
        for (changed, resets) in [(1, 1), (0, 0)] {
            let script = [number(6), DONE, rows_changed(changed), number(7), DONE];
            let database = ScriptedDatabase::new(script);
            let count = std::cell::Cell::new(0);
            let started = start(&&database, Epoch::try_from(7).unwrap(), || {
                count.set(count.get() + 1);
                Ok(())
            });
            assert_eq!(started.map(|started| started.epoch.get()), Ok(7));
            assert_eq!(count.get(), resets);
        }
    }

    #[test]
    fn an_epoch_far_ahead_is_refused_and_leaves_numbers_for_later_resets() {
        let start_from = |current, next: u32| {
            let script = [number(current), DONE, rows_changed(0), number(current), DONE];
            let database = ScriptedDatabase::new(script);
            start(&&database, Epoch::try_from(next).unwrap(), || Ok(()))
                .map(drop)
                .map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(start_from(7, 1007), Ok(()));
        for far in [1008, i32::MAX.cast_unsigned()] {
            assert_eq!(start_from(7, far), Err(400));
        }
    }
}
