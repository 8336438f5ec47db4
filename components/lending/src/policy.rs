//! The library's rules, from the component's variables.

use contract::lending::Rules;
use service_kit::{Environment, Problem, log, problem::unavailable};

/// The rules for loans and renewals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// `loan_limit`: the number of open loans that a patron may have.
    pub(crate) loan_limit: u16,
    /// `loan_days`: the length of a loan and of a renewal in days.
    pub(crate) loan_days: u16,
    /// `renewal_limit`: the number of times that a loan can be renewed.
    pub(crate) renewal_limit: u16,
    /// `block_when_overdue`: whether an overdue loan stops a patron from borrowing.
    pub(crate) block_when_overdue: bool,
}

impl Policy {
    /// Reads the variables.
    ///
    /// # Errors
    /// 503 that names an invalid variable. Not 500, because it can be corrected while the service runs. The log has the
    /// value.
    pub(crate) fn read(environment: &impl Environment) -> Result<Self, Problem> {
        Ok(Self {
            loan_limit: number(environment, "loan_limit", 1)?,
            loan_days: number(environment, "loan_days", 1)?,
            renewal_limit: number(environment, "renewal_limit", 0)?,
            block_when_overdue: value(environment, "block_when_overdue", |text| text.parse().ok())?,
        })
    }

    /// The rules in the contract's form.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            loan_limit: self.loan_limit,
            loan_days: self.loan_days,
            renewal_limit: self.renewal_limit,
            block_when_overdue: self.block_when_overdue,
        }
    }
}

/// A number from `min` to 1000.
fn number(environment: &impl Environment, name: &str, min: u16) -> Result<u16, Problem> {
    let in_range = |number: &u16| (min..=1000).contains(number);
    value(environment, name, |text| text.parse().ok().filter(in_range))
}

fn value<T>(
    environment: &impl Environment,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Problem> {
    let why = match environment.variable(name) {
        Ok(text) => match read(text.trim()) {
            Some(value) => return Ok(value),
            None => format!("{name}: `{text}` is not a valid value"),
        },
        Err(why) => format!("{name}: {why}"),
    };
    log::error("invalid variable", why);
    Err(unavailable(format!("the variable `{name}` is not valid; see this service's log"), 30))
}

#[cfg(test)]
mod tests {
    use service_kit::{database::DatabaseError, testing::TestEnvironment};

    use super::*;

    fn read(name: &str, text: &str) -> Result<Policy, Problem> {
        let mut environment = TestEnvironment::new(Err(DatabaseError::internal("none")));
        environment.variables = crate::tests::variables();
        environment.variables.retain(|(key, _)| *key != name);
        let names = ["loan_limit", "loan_days", "renewal_limit", "block_when_overdue"];
        let name = names.into_iter().find(|known| *known == name);
        environment.variables.extend(name.map(|name| (name, text.to_owned())));
        Policy::read(&environment)
    }

    #[test]
    fn the_variables_are_the_rules() {
        let policy = read("block_when_overdue", " true\n").unwrap();
        let expected =
            Policy { loan_limit: 4, loan_days: 14, renewal_limit: 2, block_when_overdue: true };
        assert_eq!(policy, expected);
        assert_eq!(read("loan_limit", "1").map(|policy| policy.loan_limit), Ok(1));
    }

    #[test]
    fn an_invalid_variable_is_503_with_its_name() {
        for (name, text) in [
            ("loan_limit", "abc"),
            ("loan_limit", ""),
            ("loan_limit", "-1"),
            // Nobody could borrow, though the pages offer it.
            ("loan_limit", "0"),
            ("loan_limit", "1001"),
            ("loan_days", "0"),
            ("loan_days", "14.5"),
            ("renewal_limit", "many"),
            ("block_when_overdue", "yes"),
        ] {
            let problem = read(name, text).unwrap_err();
            assert_eq!(problem.status(), 503, "{name} = {text:?}");
            let body = String::from_utf8(problem.into_response().into_body()).unwrap();
            assert!(body.contains(name), "{body}");
        }
    }
}
