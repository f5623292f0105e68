//! The AWS Lambda function: an event in, an answer out, nothing else.

use crate::app::{
    environment::{InvalidSetting, Settings},
    run::{Answer, Auditor, RunError},
};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::time::Instant;
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Serves events until the environment is shut down.
///
/// # Errors
/// When the environment is configured wrongly, or the runtime ends.
pub async fn serve() -> Result<(), Error> {
    start_logging(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let settings = settings().inspect_err(|error| tracing::error!(%error, "not started"))?;
    let auditor = Auditor::new(settings);
    // Behind a pointer: the compiler need not look into the SDK's deep futures.
    let handle = |event| handle(&auditor, event).boxed_local();
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(auditor: &Auditor, event: LambdaEvent<Value>) -> Result<Answer, RunError> {
    auditor
        .run(&event.payload, now, end(event.context.deadline))
        .await
        .inspect_err(|error| tracing::error!(kind = error.kind(), %error, "failed"))
}

impl From<RunError> for Diagnostic {
    fn from(error: RunError) -> Self {
        Self {
            error_type: error.kind().to_owned(),
            error_message: error.to_string(),
        }
    }
}

fn settings() -> Result<Settings, InvalidSetting> {
    Settings::read(variable)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads the environment and passes it in"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads the clock and passes it in"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// When Lambda will stop us, from milliseconds since 1970.
fn end(deadline_ms: u64) -> Option<Instant> {
    let deadline = i64::try_from(deadline_ms).ok().filter(|ms| *ms > 0)?;
    let left = deadline.saturating_sub(now().as_millisecond()).max(0);
    Some(Instant::now() + std::time::Duration::from_millis(u64::try_from(left).ok()?))
}

/// One JSON object per line, as Lambda's own log controls expect, with the
/// request id in the span that the runtime opens.
fn start_logging(level: Option<&str>) {
    let level = level
        .and_then(|level| level.to_ascii_lowercase().parse().ok())
        .unwrap_or(LevelFilter::INFO);
    // The SDK's own messages repeat what we say of every failed call.
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("vpce_guard", level)
        .with_target("lambda_runtime", level);
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_filter(filter);
    tracing_subscriber::registry().with(layer).init();
}
