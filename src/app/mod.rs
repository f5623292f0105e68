//! The use case, and its configuration.

pub mod check;
pub mod config;
pub mod environment;
pub mod explain;
pub mod judge;
#[cfg(feature = "aws")]
pub mod profile;
pub mod request;
#[cfg(feature = "aws")]
pub mod run;
pub mod snapshot;
pub mod vocabulary;
