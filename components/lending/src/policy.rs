//! What this library allows, from the component's variables.

use service_kit::{Problem, problem::unavailable};

/// The rules for a new loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LendPolicy {
    /// How many books a patron may have at a time.
    pub(crate) limit: u16,
    /// How many days later a book is due.
    pub(crate) days: u16,
    /// Whether a patron with an overdue book gets no other.
    pub(crate) block_when_overdue: bool,
}

/// The rules for a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RenewPolicy {
    /// How often one loan may be renewed.
    pub(crate) limit: u16,
    /// By how many days.
    pub(crate) days: u16,
}

/// Gives the value of a variable, or says why there is none.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Result<String, String>;

impl LendPolicy {
    /// Reads `loan_limit`, `loan_days` and `block_when_overdue`.
    ///
    /// # Errors
    /// 503 when one makes no sense: it can be set right while we run. The log says which.
    pub(crate) fn read(variables: Variables) -> Result<Self, Problem> {
        Ok(Self {
            limit: number(variables, "loan_limit", 0)?,
            days: number(variables, "loan_days", 1)?,
            block_when_overdue: value(variables, "block_when_overdue", |text| text.parse().ok())?,
        })
    }
}

impl RenewPolicy {
    /// Reads `renewal_limit` and `loan_days`.
    ///
    /// # Errors
    /// As [`LendPolicy::read`].
    pub(crate) fn read(variables: Variables) -> Result<Self, Problem> {
        Ok(Self {
            limit: number(variables, "renewal_limit", 0)?,
            days: number(variables, "loan_days", 1)?,
        })
    }
}

/// A number from `least` to 1000.
fn number(variables: Variables, name: &str, least: u16) -> Result<u16, Problem> {
    let in_range = |number: &u16| (least..=1000).contains(number);
    value(variables, name, |text| text.parse().ok().filter(in_range))
}

fn value<T>(
    variables: Variables,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Problem> {
    let why = match variables(name) {
        Ok(text) => match read(text.trim()) {
            Some(value) => return Ok(value),
            None => format!("`{text}` makes no sense"),
        },
        Err(why) => why,
    };
    eprintln!("the variable {name}: {why}");
    Err(unavailable(
        "the rules of lending are not set up; this service's log says what is wrong",
        30,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(
        name: &str,
        text: &str,
    ) -> (Result<LendPolicy, Problem>, Result<RenewPolicy, Problem>) {
        let variables = |asked: &str| match asked {
            _ if asked == name => Ok(text.to_owned()),
            "loan_limit" => Ok("4".to_owned()),
            "loan_days" => Ok("14".to_owned()),
            "renewal_limit" => Ok("2".to_owned()),
            "block_when_overdue" => Ok("false".to_owned()),
            _ => Err("undefined".to_owned()),
        };
        (LendPolicy::read(&variables), RenewPolicy::read(&variables))
    }

    #[test]
    fn the_variables_are_the_rules() {
        let (lend, renew) = policy("block_when_overdue", " true\n");
        assert_eq!(lend, Ok(LendPolicy { limit: 4, days: 14, block_when_overdue: true }));
        assert_eq!(renew, Ok(RenewPolicy { limit: 2, days: 14 }));
        assert_eq!(policy("loan_limit", "0").0.map(|policy| policy.limit), Ok(0));
    }

    #[test]
    fn one_that_makes_no_sense_is_503_for_whom_it_concerns() {
        for (name, text) in [
            ("loan_limit", "abc"),
            ("loan_limit", ""),
            ("loan_limit", "-1"),
            ("loan_limit", "1001"),
            ("loan_days", "0"),
            ("loan_days", "14.5"),
            ("block_when_overdue", "yes"),
        ] {
            let problem = policy(name, text).0.unwrap_err();
            assert_eq!(problem.status(), 503, "{name} = {text:?}");
        }
        let (lend, renew) = policy("renewal_limit", "many");
        assert!(lend.is_ok());
        assert_eq!(renew.unwrap_err().status(), 503);
    }
}
