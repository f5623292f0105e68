//! The use case, and its configuration.

pub mod check;
pub mod config;
pub mod environment;
pub mod judge;
pub mod request;
#[cfg(feature = "aws")]
pub mod run;
pub mod snapshot;
pub mod vocabulary;
