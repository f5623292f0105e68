//! Reports as bytes. Nothing here can fail for a reason of its own.

pub mod answer;
pub mod build;
pub mod message;
pub mod table;
pub mod wire;
