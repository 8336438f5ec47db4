//! A service's access to the outside world: database, time, randomness, variables and streamed answers.

use std::time::SystemTime;

use crate::database::{Database, DatabaseError};

/// A service's access to the outside world. [`crate::spin::Spin`] implements it for components, `testing` for tests.
pub trait Environment {
    /// A database session.
    type Database: Database;

    /// Opens a session, which ends when it is dropped.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    fn open_database(&self) -> Result<Self::Database, DatabaseError>;

    /// The current time.
    fn now(&self) -> SystemTime;

    /// 256 unpredictable bits.
    fn random(&self) -> [u8; 32];

    /// Starts a streamed answer (200 with JSON), if the environment can stream.
    fn start_stream(&self) -> Option<Box<dyn BodySink>> {
        None
    }

    /// The value of one of the component's variables, as it was given.
    ///
    /// # Errors
    /// The reason why the variable has no value.
    fn raw_variable(&self, name: &str) -> Result<String, String>;

    /// The value of one of the component's variables, without the line breaks at its end: a value from a file, such as a
    /// mounted secret, has one.
    ///
    /// # Errors
    /// As [`Self::raw_variable`].
    fn variable(&self, name: &str) -> Result<String, String> {
        let value = self.raw_variable(name)?;
        Ok(value.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// The body of a streamed answer. Dropping it before [`Self::finish`] aborts the answer, so that the client notices
/// that it is incomplete.
pub trait BodySink {
    /// Sends a part of the body, waiting until the client takes it.
    ///
    /// # Errors
    /// Fails if the client is gone.
    fn write(&mut self, part: &[u8]) -> Result<(), Closed>;

    /// Ends the body.
    fn finish(self: Box<Self>);
}

/// The client is gone, or the request was HEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestEnvironment;

    #[test]
    fn a_variable_ends_before_its_line_break() {
        let mut environment = TestEnvironment::new(Err(DatabaseError::internal("none")));
        for (name, value, expected) in [
            ("api_token", "s3cret\n", "s3cret"),
            ("db_password", "p ss \r\n", "p ss "),
            ("loan_limit", "4\n\n", "4"),
            ("replica", " a\nb", " a\nb"),
            ("db_host", "\n", ""),
        ] {
            environment.variables = vec![(name, value.to_owned())];
            assert_eq!(environment.variable(name).as_deref(), Ok(expected), "{name}");
        }
        assert!(environment.variable("absent").is_err());
    }
}
