//! What the doors need of the rooms below to name things: they import `app` alone.

pub use crate::{
    collect::saved::SavedError,
    domain::{
        destination::Destination,
        ids::{Region, SubnetId, VpcId},
        service::Service,
    },
    engine::severity::Severity,
    report::harmless,
    report::{
        fix::FixFormat,
        format::{Format, Terminal},
    },
    rules::{RULES, find as find_rule},
};
