//! The use case: collect, judge, notify.

use super::{
    environment::{NotifyWhen, Settings},
    judge::{Times, judge},
    request::{InvalidRequest, Request},
};
use crate::{
    collect::Regions,
    collect::aws::{Access, AccessSettings, Question, record},
    engine::policy::Scope,
    evidence::Window,
    notify::{
        Publication,
        sns::{self, NotPublished},
        topic::TopicArn,
    },
    report::{
        answer::{self, Notification},
        message,
        wire::{Problem, Report, Status, Weight},
    },
};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use tokio::{sync::OnceCell, time::Instant};

pub use crate::report::answer::Answer;

/// A run that must count as failed, so that retries, alarms and the
/// dead-letter queue work.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The event is not understood.
    #[error(transparent)]
    InvalidRequest(#[from] InvalidRequest),
    /// There is no topic to publish to.
    #[error(
        "VPCE_GUARD_TOPIC_ARN is not set, and nothing was checked: set it, or ask for a dry run ({{\"dry_run\": true}})"
    )]
    NoTopic,
    /// The notification did not go out.
    #[error(
        "the run ended with status {status} and {findings} findings, but the notification could not be published: {source}"
    )]
    NotPublished {
        /// The report's status.
        status: &'static str,
        /// How many findings it has.
        findings: usize,
        /// Why.
        source: NotPublished,
    },
    /// Not one subnet could be judged.
    #[error("nothing could be judged: {why} ({notification})")]
    NothingJudged {
        /// The first error.
        why: String,
        /// What became of the notification.
        notification: String,
    },
}

impl RunError {
    /// A stable name that alarms and destinations can filter on.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "VpceGuard.InvalidRequest",
            Self::NoTopic => "VpceGuard.NoTopic",
            Self::NotPublished { .. } => "VpceGuard.NotPublished",
            Self::NothingJudged { .. } => "VpceGuard.NothingJudged",
        }
    }
}

/// The longest that publishing may take, where the run's end is not nearer.
const LONGEST_PUBLISH: Duration = Duration::from_secs(30);

/// Runs requests with one set of settings.
#[derive(Debug)]
pub struct Auditor {
    settings: Settings,
    /// Credentials and clients are made at the first request and kept.
    access: OnceCell<Access>,
}

impl Auditor {
    /// An auditor that has not yet looked for credentials.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            access: OnceCell::new(),
        }
    }

    /// Runs the request in an event. `end` is when the caller will be
    /// stopped: collecting ends before that, and what is there is reported
    /// and published.
    ///
    /// # Errors
    /// When the request is not understood, when nothing could be judged (it
    /// is published first), when the notification could not be published, or
    /// when there is nowhere to publish to.
    pub async fn run(
        &self,
        event: &Value,
        clock: fn() -> Timestamp,
        end: Option<Instant>,
    ) -> Result<Answer, RunError> {
        let request = Request::from_event(event)?;
        let access = self
            .access
            .get_or_init(|| async { Access::load(&AccessSettings::default()).await })
            .await;
        run(access, &self.settings, request, clock, end).await
    }
}

async fn run(
    access: &Access,
    settings: &Settings,
    request: Request,
    clock: fn() -> Timestamp,
    end: Option<Instant>,
) -> Result<Answer, RunError> {
    let topic = match (&settings.topic, request.dry_run) {
        (_, true) => None,
        (Some(topic), false) => Some(topic),
        (None, false) => return Err(RunError::NoTopic),
    };
    let started_at = clock();
    let narrowed = is_narrowed(&request, settings);
    let services = request
        .services
        .unwrap_or_else(|| settings.services.clone());
    let question = Question {
        regions: request.regions.unwrap_or_else(|| settings.regions.clone()),
        services: services.clone(),
        metrics: settings.config.metrics.clone(),
        window: Window::before(started_at, settings.lookback_hours),
        deadline: end.map(|end| stop_collecting(end, settings.config.deadline_reserve_seconds)),
        regions_at_once: settings.config.regions_at_once,
    };
    let collected = Box::pin(record(access, &question))
        .await
        .interpret(question.window);
    let times = Times {
        started_at,
        finished_at: clock(),
    };
    let scope = Scope {
        vpcs: request.vpc_ids,
        narrowed,
    };
    let report = judge(
        collected.snapshot,
        &collected.evidence,
        &services,
        &scope,
        &settings.config,
        times,
        request.full,
    );
    tracing::info!(
        status = report.status.name(),
        complete = report.complete,
        subnets = report.summary.subnets,
        findings = report.summary.findings,
        errors = report.errors.len(),
        "judged"
    );
    for error in &report.errors {
        tracing::warn!(
            operation = error.operation,
            region = error.region,
            code = error.code,
            "not read"
        );
    }
    let notification = notify(access, settings.notify, topic, &report, end).await?;
    if report.summary.judged == 0 && !report.complete {
        return Err(nothing_judged(&report, &notification));
    }
    Ok(answer::fit(
        Answer {
            report,
            notification,
        },
        answer::LIMIT,
    ))
}

/// Whether a request leaves out some of the configured Regions or services.
fn is_narrowed(request: &Request, settings: &Settings) -> bool {
    let services = request.services.as_ref().is_some_and(|asked| {
        let mut configured = settings.services.iter();
        configured.any(|service| !asked.contains(service))
    });
    let regions = match (&request.regions, &settings.regions) {
        (None | Some(Regions::All), _) => false,
        (Some(Regions::These(_)), Regions::All) => true,
        (Some(Regions::These(asked)), Regions::These(configured)) => {
            configured.iter().any(|region| !asked.contains(region))
        }
    };
    services || regions
}

/// Leaves `reserve` seconds before the end, or half of what is left where
/// that is less.
fn stop_collecting(end: Instant, reserve: u64) -> Instant {
    let now = Instant::now();
    let left = end.saturating_duration_since(now);
    now + left
        .saturating_sub(Duration::from_secs(reserve))
        .max(left / 2)
}

async fn notify(
    access: &Access,
    when: NotifyWhen,
    topic: Option<&TopicArn>,
    report: &Report,
    end: Option<Instant>,
) -> Result<Notification, RunError> {
    let not_published = |reason: &str| {
        Ok(Notification {
            published: false,
            message_ids: Vec::new(),
            reason: reason.to_owned(),
        })
    };
    let Some(topic) = topic else {
        return not_published("dry run");
    };
    let reason = match (when, report.status) {
        (NotifyWhen::Violations, Status::Compliant) => {
            return not_published("compliant, and VPCE_GUARD_NOTIFY is violations");
        }
        (NotifyWhen::Always, Status::Compliant) => "VPCE_GUARD_NOTIFY is always",
        (_, Status::Violations) => "violations were found",
        (_, Status::Incomplete) => "the run is not complete",
    };
    let message = message::message(report);
    let publication = Publication {
        subject: message.subject,
        body: message.body,
        attributes: message.attributes,
        deduplication_id: message.digest,
    };
    let time = end.map_or(LONGEST_PUBLISH, |end| {
        end.saturating_duration_since(Instant::now())
            .saturating_sub(Duration::from_secs(1))
            .clamp(Duration::from_secs(1), LONGEST_PUBLISH)
    });
    let id = sns::publish(access.sdk_config(), topic, &publication, time)
        .await
        .map_err(|source| RunError::NotPublished {
            status: report.status.name(),
            findings: report.summary.findings,
            source,
        })?;
    tracing::info!(message_id = id, "published");
    Ok(Notification {
        published: true,
        message_ids: vec![id],
        reason: reason.to_owned(),
    })
}

fn nothing_judged(report: &Report, notification: &Notification) -> RunError {
    let why = report.errors.first().map_or_else(
        || {
            let judged = report.findings.iter();
            let mut why = judged.filter(|finding| finding.weight == Weight::NotJudged);
            why.next().map_or_else(
                || "no subnet's path could be decided".to_owned(),
                |finding| finding.detail.clone(),
            )
        },
        Problem::line,
    );
    RunError::NothingJudged {
        why,
        notification: if notification.published {
            "this was published".to_owned()
        } else {
            format!("not published: {}", notification.reason)
        },
    }
}
