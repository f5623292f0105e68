//! The Lambda's answer: the report and what became of the notification,
//! within Lambda's limit.

use super::{text::worst_first, wire};
use serde::Serialize;

/// The most bytes of a synchronous answer: 6 MB.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const LIMIT: usize = 6 * 1024 * 1024;

/// What became of the notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// Whether it was sent.
    pub published: bool,
    /// SNS's ids of it.
    pub message_ids: Vec<String>,
    /// Why, or why not.
    pub reason: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The report; with `subnets` only where they were asked for.
    #[serde(flatten)]
    pub report: wire::Report,
    /// What became of the notification.
    pub notification: Notification,
}

/// Cuts an answer to `limit` bytes: first subnets from the end, then endpoints
/// and all but the worst findings. Says so, and how much is left out.
#[must_use]
pub fn fit(mut answer: Answer, limit: usize) -> Answer {
    if size(&answer) <= limit {
        return answer;
    }
    answer.report.truncated = Some(true);
    let mut omitted = wire::Omitted::default();
    answer.report.omitted = Some(omitted);
    if let Some(subnets) = answer.report.subnets.take() {
        answer.report.subnets = Some(Vec::new());
        let rest = size(&answer);
        let kept = fitting(&subnets, limit.saturating_sub(rest + MARGIN));
        omitted.subnets = subnets.len() - kept;
        answer.report.subnets = Some(subnets.into_iter().take(kept).collect());
    }
    answer.report.omitted = Some(omitted);
    if size(&answer) > limit {
        omitted.endpoints = answer.report.endpoints.len();
        answer.report.endpoints.clear();
        let mut findings = std::mem::take(&mut answer.report.findings);
        findings.sort_by_key(worst_first);
        let rest = size(&answer);
        let kept = fitting(&findings, limit.saturating_sub(rest + MARGIN));
        omitted.findings = findings.len() - kept;
        answer.report.findings = findings.into_iter().take(kept).collect();
        answer.report.omitted = Some(omitted);
    }
    answer
}

/// Room for the digits of the counts, which the cut itself adds.
const MARGIN: usize = 256;

/// How many items from the front fit into `room` bytes, commas included.
fn fitting<T: Serialize>(items: &[T], room: usize) -> usize {
    let mut left = room;
    items
        .iter()
        .take_while(|item| match left.checked_sub(size(item) + 1) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .count()
}

/// How many bytes a value takes as JSON, without writing it anywhere: of a
/// large report, memory would hold a second one.
pub(super) fn size(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Our documents hold strings, numbers and lists only: always serializable.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}
