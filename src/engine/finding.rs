//! One thing that is wrong. Its text is written when it is reported, so that
//! judging a million subnets writes none.

use super::{
    case::{EndpointCase, ExemptionCase, SubnetCase},
    exemption::Exemptions,
    rule::{Check, Rule, Text},
    severity::Severity,
};

/// What a finding is about.
#[derive(Debug, Clone)]
pub enum Subject<'m> {
    /// A subnet and a service.
    Subnet(SubnetCase<'m>),
    /// A subnet and a service that could not be judged, and why.
    NotJudged(SubnetCase<'m>, Vec<String>),
    /// An endpoint. There are few of them, and the case is large.
    Endpoint(Box<EndpointCase<'m>>),
    /// An exemption, as an index into the evaluation's.
    Exemption(usize),
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Finding<'m> {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How much it matters, after the policy.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject<'m>,
    /// The exemption that covers it, as an index into the evaluation's.
    pub exemption: Option<usize>,
}

impl Finding<'_> {
    /// A violation: severity low or above, not exempt, and judged.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        match self.subject {
            Subject::NotJudged(..) => false,
            Subject::Subnet(_) | Subject::Endpoint(_) | Subject::Exemption(_) => {
                self.severity >= Severity::Low && self.exemption.is_none()
            }
        }
    }

    /// What it says. `exemptions` are those of the same evaluation.
    #[must_use]
    pub fn text(&self, exemptions: &Exemptions<'_>) -> Text {
        match (&self.rule.check, &self.subject) {
            (Check::Subnet { explain, .. }, Subject::Subnet(case)) => explain(case),
            (Check::NotJudged { explain }, Subject::NotJudged(case, why)) => explain(case, why),
            (Check::Endpoint { explain, .. }, Subject::Endpoint(case)) => explain(case),
            (Check::Exemption { explain, .. }, Subject::Exemption(at)) => explain(&ExemptionCase {
                exemption: &exemptions.all()[*at],
                seen_in_full: true,
            }),
            // `evaluate` pairs each check with its own subject; a summary is
            // still true should that ever change.
            (_, _) => Text {
                title: self.rule.summary.to_owned(),
                detail: self.rule.summary.to_owned(),
                fix: format!("read the page of {}", self.rule.id),
                actions: Vec::new(),
            },
        }
    }
}
