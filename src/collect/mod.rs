//! Brings facts in: AWS's answers, in the shapes that the AWS CLI prints, and
//! their one interpretation. Whatever fails becomes a missing fact and a
//! [`crate::domain::problem::Problem`]; nothing that failed is ever empty.

#[cfg(feature = "aws")]
pub mod aws;
pub mod interpret;
pub mod record;
pub mod redact;
pub mod saved;
pub mod shapes;

use crate::domain::ids::Region;

/// Which Regions to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// Every Region that is enabled for the account.
    All,
    /// These.
    These(Vec<Region>),
}
