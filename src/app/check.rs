//! The use case of the command line: judge an account, live or saved.

use super::{
    config::Config,
    judge::{Times, judge},
};
use crate::{
    collect::{
        record::{Collected, Record},
        saved::{self, Saved, SavedError},
    },
    domain::{
        ids::{Region, VpcId},
        service::Service,
    },
    engine::policy::Scope,
    evidence::Window,
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

/// Judges a saved account, with the traffic that was saved of it.
///
/// # Errors
/// When the files cannot be read as one whole account.
pub fn saved(
    request: &CheckRequest,
    path: &Path,
    regions: &[Region],
) -> Result<Judged, SavedError> {
    let started_at = (request.clock)();
    let Saved {
        mut record,
        taken_at,
        mut notes,
    } = saved::read(path, regions)?;
    let services = request.services();
    if request.config.metrics.is_empty() {
        for target in &mut record.targets {
            target.traffic = None;
        }
    }
    notes.extend(leave_out_other_traffic(&mut record, &services));
    let window = Window {
        start: started_at,
        end: started_at,
    };
    let collected = record.interpret(window);
    let mut report = judged(request, collected, started_at);
    report.taken_at = taken_at.map(|time| time.to_string());
    Ok(Judged { report, notes })
}

fn judged(request: &CheckRequest, collected: Collected, started_at: Timestamp) -> Report {
    judge(
        collected.snapshot,
        &collected.evidence,
        &request.services(),
        &request.scope(),
        &request.config,
        Times {
            started_at,
            finished_at: (request.clock)(),
        },
        true,
    )
}

/// Traffic that was asked about for other services says nothing about an
/// endpoint of these: silence would read as a finding.
fn leave_out_other_traffic(record: &mut Record, services: &[Service]) -> Option<String> {
    let mut asked = None;
    for target in &mut record.targets {
        let other = target.traffic.take_if(|traffic| {
            let mut services = services.iter();
            services.any(|service| !traffic.services.contains(service))
        });
        asked = asked.or(other);
    }
    let names = |services: &[Service]| {
        let names: Vec<&str> = services.iter().map(|service| service.name()).collect();
        names.join(", ")
    };
    asked.map(|traffic| {
        format!(
            "the saved metrics are about {} and not about {}, so traffic is left out: save with the same --service",
            names(&traffic.services),
            names(services)
        )
    })
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

/// A live account that cannot be asked.
#[cfg(feature = "aws")]
#[derive(Debug, thiserror::Error)]
pub enum CannotAsk {
    /// Nothing says which Region.
    #[error(
        "no Region: give --region or --all-regions, or set AWS_REGION or a region in the profile"
    )]
    NoRegion,
    /// The profile is nowhere.
    #[error(transparent)]
    NoSuchProfile(#[from] super::profile::NoSuchProfile),
}

/// Judges a live account.
///
/// # Errors
/// When nothing says which Region, or the profile is nowhere.
#[cfg(feature = "aws")]
pub async fn live(request: &CheckRequest, place: &Live) -> Result<Report, CannotAsk> {
    let started_at = (request.clock)();
    let window = Window::before(started_at, request.lookback_hours);
    let record = Box::pin(ask(request, place, started_at)).await?;
    let collected = record.interpret(window);
    Ok(judged(request, collected, started_at))
}

/// Writes what mends a report's findings, and nothing else.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_fixes(report: &Report, format: FixFormat, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(format.document(report).as_bytes())
}

/// Asks a live account what `request` needs.
#[cfg(feature = "aws")]
pub(super) async fn ask(
    request: &CheckRequest,
    place: &Live,
    started_at: Timestamp,
) -> Result<Record, CannotAsk> {
    use crate::collect::{
        Regions,
        aws::{Access, AccessSettings, Question, record},
    };
    super::profile::check(place.profile.as_deref())?;
    let access = Access::load(&AccessSettings {
        profile: place.profile.clone(),
        region: place.regions.first().cloned(),
        progress: std::sync::Arc::clone(&place.progress),
    })
    .await;
    let regions = if place.all_regions {
        access.home().ok_or(CannotAsk::NoRegion)?;
        Regions::All
    } else if place.regions.is_empty() {
        let home = access.home().ok_or(CannotAsk::NoRegion)?;
        Regions::These(vec![home.clone()])
    } else {
        Regions::These(place.regions.clone())
    };
    let question = Question {
        regions,
        services: request.services(),
        metrics: request.config.metrics.clone(),
        window: Window::before(started_at, request.lookback_hours),
        deadline: None,
        regions_at_once: request.config.regions_at_once,
    };
    Ok(Box::pin(record(&access, &question)).await)
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
