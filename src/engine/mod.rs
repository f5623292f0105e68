//! Judges a snapshot. Pure and total: no clock, no I/O, same input, same result.

pub mod case;
pub mod endpoint_policy;
pub mod evaluate;
pub mod exemption;
pub mod explain;
pub mod finding;
pub mod fix;
pub mod longest_prefix;
pub mod matching;
pub mod model;
pub mod path;
pub mod policy;
pub mod private_names;
pub mod reason;
pub mod router;
pub mod rule;
pub mod severity;
