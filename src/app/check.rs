//! The use case of the command line: judge an account, live or saved.

use super::{
    config::Config,
    judge::{Times, judge},
};
use crate::{
    collect::saved::{self, SavedError},
    domain::{
        ids::{Region, VpcId},
        service::Service,
    },
    engine::policy::Scope,
    evidence::{Evidence, Window},
    report::{
        fix::FixFormat,
        format::{Context, Format, Terminal},
    },
    rules::RULES,
};
use jiff::Timestamp;
use std::{collections::BTreeSet, io, path::Path};

#[cfg(feature = "aws")]
pub use crate::collect::aws::Progress;
pub use crate::report::wire::Report;

/// What to judge, and how.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// Services; empty: those of the configuration, else S3.
    pub services: Vec<Service>,
    /// VPCs; empty: all.
    pub vpcs: BTreeSet<VpcId>,
    /// The configuration.
    pub config: Config,
    /// How many hours of metrics to look back on.
    pub lookback_hours: u16,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

impl CheckRequest {
    fn services(&self) -> Vec<Service> {
        if !self.services.is_empty() {
            return self.services.clone();
        }
        let configured = self.config.services.clone();
        configured.unwrap_or_else(|| vec![Service::S3])
    }

    fn scope(&self) -> Scope {
        Scope {
            vpcs: self.vpcs.clone(),
            narrowed: false,
        }
    }
}

/// A saved account, judged.
#[derive(Debug)]
pub struct Judged {
    /// The report.
    pub report: Report,
    /// What in the files was not used.
    pub notes: Vec<String>,
}

/// Judges a saved account. Metrics are not part of one, so none are asked.
///
/// # Errors
/// When the files cannot be read as one whole account.
pub fn saved(
    request: &CheckRequest,
    path: &Path,
    regions: &[Region],
) -> Result<Judged, SavedError> {
    let started_at = (request.clock)();
    let saved = read_saved(path, regions)?;
    let window = Window {
        start: started_at,
        end: started_at,
    };
    let report = judge(
        saved.snapshot,
        &Evidence::none(window),
        &request.services(),
        &request.scope(),
        &request.config,
        Times {
            started_at,
            finished_at: (request.clock)(),
        },
        true,
    );
    Ok(Judged {
        report,
        notes: saved.notes,
    })
}

/// The facts about an account, and what was not used of their source.
pub type Account = saved::Saved;

/// Reads a saved account, or only some Regions of it.
pub(super) fn read_saved(path: &Path, regions: &[Region]) -> Result<Account, SavedError> {
    let one = match regions {
        [one] => Some(one),
        _ => None,
    };
    let mut saved = saved::read(path, one)?;
    if !regions.is_empty() {
        saved
            .snapshot
            .networks
            .retain(|network| regions.contains(&network.region));
    }
    Ok(saved)
}

/// Where to look in a live account.
#[cfg(feature = "aws")]
#[derive(Debug, Clone)]
pub struct Live {
    /// A profile of the AWS configuration.
    pub profile: Option<String>,
    /// Regions; empty: the one of the environment or profile.
    pub regions: Vec<Region>,
    /// Every enabled Region.
    pub all_regions: bool,
    /// Moved as the run goes on.
    pub progress: std::sync::Arc<Progress>,
}

/// Judges a live account; `None` where nothing says which Region.
#[cfg(feature = "aws")]
pub async fn live(request: &CheckRequest, place: &Live) -> Option<Report> {
    let started_at = (request.clock)();
    let services = request.services();
    let collected = collect_live(
        place,
        &services,
        &request.config,
        request.lookback_hours,
        started_at,
    )
    .await?;
    Some(judge(
        collected.snapshot,
        &collected.evidence,
        &services,
        &request.scope(),
        &request.config,
        Times {
            started_at,
            finished_at: (request.clock)(),
        },
        true,
    ))
}

/// Asks AWS; `None` where nothing says which Region.
#[cfg(feature = "aws")]
pub(super) async fn collect_live(
    place: &Live,
    services: &[Service],
    config: &Config,
    lookback_hours: u16,
    started_at: Timestamp,
) -> Option<crate::collect::aws::Collected> {
    use crate::collect::{
        Regions,
        aws::{Access, AccessSettings, Question, collect},
    };
    let access = Access::load(&AccessSettings {
        profile: place.profile.clone(),
        region: place.regions.first().cloned(),
        progress: std::sync::Arc::clone(&place.progress),
    })
    .await;
    let regions = if place.all_regions {
        Regions::All
    } else if place.regions.is_empty() {
        Regions::These(vec![access.home()?.clone()])
    } else {
        Regions::These(place.regions.clone())
    };
    let question = Question {
        regions,
        services: services.to_vec(),
        metrics: config.metrics.clone(),
        window: Window::before(started_at, lookback_hours),
        deadline: None,
        regions_at_once: config.regions_at_once,
    };
    Some(Box::pin(collect(&access, &question)).await)
}

/// Writes what mends a report's findings, and nothing else.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_fixes(report: &Report, format: FixFormat, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(format.document(report).as_bytes())
}

/// Writes a report.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(
    report: &Report,
    format: Format,
    terminal: Terminal,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let context = Context {
        rules: RULES,
        terminal,
    };
    format.write(report, &context, out)
}
