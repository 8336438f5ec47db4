//! The reset of a demo to its first day: lending resets the three services with data, one after another.
//!
//! Each reset has a number, the epoch. An answer about a book or a patron includes the service's epoch, and the ledger
//! refuses a loan that was decided with data of another epoch than its own. So nothing is lent during a reset, and no
//! earlier loan remains after it.

use domain::Whole;
use serde::{Deserialize, Serialize};

use crate::endpoint::json_input;

/// The number of times that the demo was reset.
pub type Epoch = Whole<0, 2_147_483_647>;

/// `{"demo": {epoch}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct StartEpochRequest {
    /// The epoch to start.
    pub demo: InEpoch,
}

/// The epoch of a service. Epochs only increase: starting one that is not later than the service's own changes nothing,
/// so a reset may be repeated, and two may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct InEpoch {
    /// Its number.
    pub epoch: Epoch,
}

/// The differences between a service's rows and those of the first day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowsSinceFirstDay {
    /// The epoch.
    pub epoch: u32,
    /// Rows that the first day did not have.
    pub added: u64,
    /// Rows with other values.
    pub changed: u64,
    /// Rows that are gone.
    pub removed: u64,
}

/// The loans since the first day, which had none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoansSinceFirstDay {
    /// The epoch.
    pub epoch: u32,
    /// Loans, open and returned.
    pub loans: u64,
    /// Those of them that are open.
    pub open: u64,
}

/// The data that a reset discards. If the epochs differ, a reset was interrupted, and nothing is lent until another reset
/// completes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SinceFirstDay {
    /// The books.
    pub books: RowsSinceFirstDay,
    /// The patrons.
    pub patrons: RowsSinceFirstDay,
    /// The loans.
    pub loans: LoansSinceFirstDay,
}

impl SinceFirstDay {
    /// The epochs of the three services.
    pub fn epochs(&self) -> [u32; 3] {
        [self.books.epoch, self.patrons.epoch, self.loans.epoch]
    }
}

json_input!(StartEpochRequest);
