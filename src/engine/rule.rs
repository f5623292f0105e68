//! A rule: data about it, and plain functions.

use super::{
    case::{EndpointCase, ExemptionCase, SubnetCase},
    fix::Action,
    severity::Severity,
};

/// A rule. Help, reports, documents and docs are all derived from this.
#[derive(Debug)]
pub struct Rule {
    /// Stable, kebab-case; part of the contract.
    pub id: &'static str,
    /// One line, no full stop.
    pub summary: &'static str,
    /// The severity of most of its findings; a judgement may say another.
    pub severity: Severity,
    /// The page about it, in Markdown.
    pub page: &'static str,
    /// What it judges, and how.
    pub check: Check,
}

/// What a rule judges. One finding at most per case, by construction.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Each subnet and service whose path is known.
    Subnet {
        /// The judgement.
        judge: fn(&SubnetCase<'_>) -> Outcome,
        /// The text of a finding.
        explain: fn(&SubnetCase<'_>) -> Text,
    },
    /// Each subnet and service that another rule or the engine could not judge.
    NotJudged {
        /// The text of a finding, from the reasons.
        explain: fn(&SubnetCase<'_>, &[String]) -> Text,
    },
    /// Each available endpoint of an audited service.
    Endpoint {
        /// The judgement.
        judge: fn(&EndpointCase<'_>) -> Outcome,
        /// The text of a finding.
        explain: fn(&EndpointCase<'_>) -> Text,
    },
    /// Each exemption by tag or configuration.
    Exemption {
        /// The judgement.
        judge: fn(&ExemptionCase<'_>) -> Outcome,
        /// The text of a finding.
        explain: fn(&ExemptionCase<'_>) -> Text,
    },
}

/// What came of one rule in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong.
    Clear,
    /// Something is, and this is how much it matters.
    Violated(Severity),
    /// It cannot be said, for this reason.
    NotJudged(String),
}

impl Outcome {
    /// Violated with `severity` where `wrong`.
    #[must_use]
    pub fn violated_if(wrong: bool, severity: Severity) -> Self {
        if wrong {
            Self::Violated(severity)
        } else {
            Self::Clear
        }
    }
}

/// What a finding says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What is wrong, in a few words.
    pub title: String,
    /// Why we say so, in sentences.
    pub detail: String,
    /// What to do, in a sentence.
    pub fix: String,
    /// What does it, in order; empty where the sentence says why.
    pub actions: Vec<Action>,
}
