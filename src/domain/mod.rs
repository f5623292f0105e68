//! What an account's network is. Depends on nothing else in this crate.

pub mod address;
pub mod endpoint;
pub mod fact;
pub mod ids;
pub mod partition;
pub mod prefix_list;
pub mod problem;
pub mod route;
pub mod service;
pub mod snapshot;
pub mod subnet;
pub mod tags;
pub mod vpc;
