//! Proves for every subnet that traffic to S3 and DynamoDB stays on its VPC
//! gateway endpoint.
//!
//! Facts flow one way, through rooms that each do one thing:
//!
//! ```text
//!  AWS ──► collect ──► Snapshot ─┐
//!  files ─►   │                  ├──► engine + rules ──► Report ──► report ──► stdout, SNS
//!  metrics ─► evidence ► Evidence┘    pure, no clock, no I/O
//!               ▲                                          ▲
//!       everything that can fail                 nothing can fail
//! ```
//!
//! | room | imports | holds |
//! |---|---|---|
//! | [`domain`] | nothing | what an account's network is |
//! | [`evidence`] | `domain` | what was seen of traffic |
//! | [`engine`] | `domain`, `evidence` | which route wins, verdicts, policy |
//! | [`rules`] | `domain`, `evidence`, `engine` | one file per rule |
//! | [`collect`] | `domain`, `evidence` | AWS and its answers → domain |
//! | [`report`] | `domain`, `evidence`, `engine` | report → bytes |
//! | [`notify`] | `domain` | sends bytes |
//! | [`app`] | all of these | the use case and its configuration |
//! | `cli`, `lambda` | `app` | two doors into the same use case |
//!
//! What always holds:
//!
//! 1. Unknown is never clean: a denied, cut or garbled answer is
//!    [`domain::fact::Fact::Missing`] and ends in `unverifiable`.
//! 2. Wrong states cannot be written: checked ids, enums with a named unknown.
//! 3. A path is computed once per route table, service and address family.
//! 4. The same facts give the same report to the byte; the time is passed in.
//! 5. Partial results are the normal case, and the report says so.
//! 6. The wire format is not the domain: it stands in [`report::wire`].
//!
//! To add a rule: its file and page in `rules/`, one word in `rules/mod.rs`.
//! A service: one variant in [`domain::service::Service`]. A format of the
//! report: its file and one line in [`report::format`]; of fixes: the same in
//! [`report::fix`].

pub mod app;
#[cfg(feature = "cli")]
pub mod cli;

pub mod collect;
pub mod domain;
pub mod engine;
pub mod evidence;

#[cfg(feature = "lambda")]
pub mod lambda;
pub mod notify;
pub mod report;
pub mod rules;
