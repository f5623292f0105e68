//! Asks every rule about every case.

use super::{
    case::{EndpointCase, ExemptionCase, SubnetCase},
    exemption::{Exemptions, Origin},
    finding::{Finding, Subject},
    model::{Model, NetworkModel},
    path::{Cause, Path, Via, ViaKind, Ways},
    policy::{Policy, Scope},
    rule::{Check, Outcome, Rule},
    severity::Severity,
};
use crate::evidence::{Evidence, metrics::Telemetry};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What is said of a subnet and service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every address takes a good endpoint.
    Compliant,
    /// Not so.
    Violation,
    /// Not so, and accepted.
    Exempt,
    /// Not known.
    Unverifiable,
}

impl Verdict {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Violation => "violation",
            Self::Exempt => "exempt",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// One subnet and service, judged.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'m> {
    /// The case.
    pub case: SubnetCase<'m>,
    /// The path.
    pub path: Path,
    /// The verdict.
    pub verdict: Verdict,
}

/// All judgements of a run.
#[derive(Debug)]
pub struct Evaluation<'m> {
    /// One per subnet and service, by network, subnet and service.
    pub judgements: Vec<Judgement<'m>>,
    /// Endpoints of the audited services, by network and id.
    pub endpoints: Vec<EndpointCase<'m>>,
    /// By network: those about subnets, then those about endpoints; exemptions last.
    pub findings: Vec<Finding<'m>>,
    /// The exemptions that findings point to.
    pub exemptions: Exemptions<'m>,
    /// Whether everything that was asked could be judged.
    pub complete: bool,
}

/// Networks in which something could not be read or judged, by index.
type Gaps = BTreeSet<usize>;

/// Judges everything in `scope` by `rules`. `today` (UTC) decides which
/// exemptions still hold, however old the facts are.
#[must_use]
pub fn evaluate<'m>(
    model: &'m Model<'m>,
    evidence: &Evidence,
    policy: &'m Policy,
    scope: &Scope,
    rules: &'static [&'static Rule],
    today: Date,
) -> Evaluation<'m> {
    let mut run = Run::new(model, policy, scope, rules, today);
    for (index, network) in model.networks.iter().enumerate() {
        run.subnets(index, network);
        run.endpoints(index, network, evidence);
    }
    run.evaluation.complete = run.gaps.is_empty();
    run.exemptions();
    run.evaluation
}

struct Run<'m, 's> {
    model: &'m Model<'m>,
    policy: &'m Policy,
    scope: &'s Scope,
    rules: &'static [&'static Rule],
    evaluation: Evaluation<'m>,
    gaps: Gaps,
}

impl<'m, 's> Run<'m, 's> {
    fn new(
        model: &'m Model<'m>,
        policy: &'m Policy,
        scope: &'s Scope,
        rules: &'static [&'static Rule],
        today: Date,
    ) -> Self {
        Self {
            model,
            policy,
            scope,
            rules,
            evaluation: Evaluation {
                judgements: Vec::new(),
                endpoints: Vec::new(),
                findings: Vec::new(),
                exemptions: Exemptions::new(model, policy, scope, today),
                complete: true,
            },
            gaps: model
                .networks
                .iter()
                .enumerate()
                .filter(|(_, network)| !network.network.is_whole())
                .map(|(index, _)| index)
                .collect(),
        }
    }

    fn severity(&self, rule: &Rule, judged: Severity) -> Severity {
        self.policy
            .severities
            .get(rule.id)
            .copied()
            .unwrap_or(judged)
    }

    fn subnets(&mut self, index: usize, network: &'m NetworkModel<'m>) {
        let Some(subnets) = network.network.subnets.known() else {
            return;
        };
        let services = network.services.len();
        self.evaluation.judgements.reserve(subnets.len() * services);
        let scope = self.scope;
        // All look-ups in one tight loop first: they wait for memory, and the
        // processor then waits for several of them at once.
        let subnets: Vec<_> = subnets
            .values()
            .filter(|subnet| scope.includes(&subnet.vpc))
            .map(|subnet| (subnet, network.effective(subnet)))
            .collect();
        for (subnet, effective) in subnets {
            for service_index in 0..services {
                self.subnet(
                    index,
                    SubnetCase {
                        model: network,
                        subnet,
                        service_index,
                        effective,
                    },
                );
            }
        }
    }

    fn subnet(&mut self, network: usize, case: SubnetCase<'m>) {
        let path = case.path();
        let mut unknown = match path {
            Path::Unverifiable => case.unknown(),
            Path::GatewayEndpoint | Path::Partial | Path::Bypass | Path::NoRoute => Vec::new(),
        };
        let mut exempt = false;
        if path != Path::Unverifiable {
            for rule in self.rules {
                let Check::Subnet { judge, .. } = rule.check else {
                    continue;
                };
                match judge(&case) {
                    Outcome::Clear => {}
                    Outcome::NotJudged(why) => unknown.push(why),
                    Outcome::Violated(judged) => {
                        let severity = self.severity(rule, judged);
                        // What the policy made a note of was still accepted.
                        let exemption = (judged.max(severity) >= Severity::Low)
                            .then(|| {
                                let exemptions = &self.evaluation.exemptions;
                                exemptions.cover_subnet(network, &case, || is_isolated(&case))
                            })
                            .flatten();
                        exempt |= exemption.is_some();
                        self.evaluation.findings.push(Finding {
                            rule,
                            severity,
                            subject: Subject::Subnet(case),
                            exemption,
                        });
                    }
                }
            }
        }
        if !unknown.is_empty() || path == Path::Unverifiable {
            self.gaps.insert(network);
            self.not_judged(case, &unknown);
        }
        let verdict = match path {
            Path::GatewayEndpoint => Verdict::Compliant,
            Path::Unverifiable => Verdict::Unverifiable,
            Path::Partial | Path::Bypass | Path::NoRoute if exempt => Verdict::Exempt,
            Path::Partial | Path::Bypass | Path::NoRoute => Verdict::Violation,
        };
        self.evaluation.judgements.push(Judgement {
            case,
            path,
            verdict,
        });
    }

    fn not_judged(&mut self, case: SubnetCase<'m>, why: &[String]) {
        for rule in self.rules {
            if matches!(rule.check, Check::NotJudged { .. }) {
                self.evaluation.findings.push(Finding {
                    rule,
                    severity: self.severity(rule, rule.severity),
                    subject: Subject::NotJudged(case, why.to_vec()),
                    exemption: None,
                });
            }
        }
    }

    fn endpoints(&mut self, index: usize, network: &'m NetworkModel<'m>, evidence: &Evidence) {
        let key = (
            network.network.account.clone(),
            network.network.region.clone(),
        );
        let answer = evidence.metrics.get(&key);
        let window = *evidence.windows.get(&key).unwrap_or(&evidence.window);
        let mut cases: Vec<EndpointCase<'m>> = network
            .services
            .iter()
            .flat_map(|service| {
                service
                    .endpoints
                    .iter()
                    .map(move |endpoint| (service.service, *endpoint))
            })
            .filter(|(_, endpoint)| self.scope.includes(&endpoint.vpc))
            .map(|(service, endpoint)| EndpointCase {
                model: network,
                endpoint,
                service,
                telemetry: answer.map_or(Telemetry::Off, |answer| answer.of(endpoint)),
                window,
                not_judged: Vec::new(),
            })
            .collect();
        cases.sort_by(|a, b| a.endpoint.id.cmp(&b.endpoint.id));
        for mut case in cases {
            case.not_judged = self.endpoint(index, &case);
            self.evaluation.endpoints.push(case);
        }
    }

    /// Judges an endpoint, and says why a rule could not.
    fn endpoint(&mut self, network: usize, case: &EndpointCase<'m>) -> Vec<String> {
        let mut not_judged = Vec::new();
        if case.endpoint.is_available() != Some(true) {
            return not_judged;
        }
        for rule in self.rules {
            let Check::Endpoint { judge, .. } = rule.check else {
                continue;
            };
            match judge(case) {
                Outcome::Violated(judged) => {
                    let severity = self.severity(rule, judged);
                    let exemption = (judged.max(severity) >= Severity::Low)
                        .then(|| self.evaluation.exemptions.cover_endpoint(network, case))
                        .flatten();
                    self.evaluation.findings.push(Finding {
                        rule,
                        severity,
                        subject: Subject::Endpoint(Box::new(case.clone())),
                        exemption,
                    });
                }
                Outcome::NotJudged(why) => {
                    self.gaps.insert(network);
                    not_judged.push(why);
                }
                Outcome::Clear => {}
            }
        }
        not_judged
    }

    /// Judges exemptions, last, when it is known which of them were used.
    fn exemptions(&mut self) {
        for (at, exemption) in self.evaluation.exemptions.all().iter().enumerate() {
            if !self.is_concerned(exemption.origin) {
                continue;
            }
            let case = ExemptionCase {
                exemption,
                seen_in_full: self.scope.is_everything() && self.saw_all_of(exemption.origin),
            };
            for rule in self.rules {
                if let Check::Exemption { judge, .. } = rule.check
                    && let Outcome::Violated(severity) = judge(&case)
                {
                    self.evaluation.findings.push(Finding {
                        rule,
                        severity: self.severity(rule, severity),
                        subject: Subject::Exemption(at),
                        exemption: None,
                    });
                }
            }
        }
    }

    /// Whether an exemption speaks of something that this run looks at.
    fn is_concerned(&self, origin: Origin<'_>) -> bool {
        match origin {
            Origin::SubnetTag(..) | Origin::VpcTag(..) => true,
            Origin::IsolatedAllowed => false,
            Origin::Configured(exemption) => self.model.networks.iter().any(|model| {
                let subnets = model.network.subnets.known();
                let subnet = exemption.subnet.as_ref();
                let elsewhere = subnet
                    .and_then(|id| subnets?.get(id))
                    .is_some_and(|subnet| !self.scope.includes(&subnet.vpc));
                exemption.speaks_of(model.network)
                    && exemption
                        .vpc
                        .as_ref()
                        .is_none_or(|vpc| self.scope.includes(vpc))
                    && !elsewhere
            }),
        }
    }

    /// Whether the run saw everything that an exemption could cover: at least
    /// one network that it speaks of, and each of them without a gap.
    fn saw_all_of(&self, origin: Origin<'_>) -> bool {
        let mut spoken_of = self
            .model
            .networks
            .iter()
            .enumerate()
            .filter(|(_, model)| match origin {
                Origin::SubnetTag(own, _) | Origin::VpcTag(own, _) => std::ptr::eq(own, *model),
                Origin::IsolatedAllowed => false,
                Origin::Configured(exemption) => exemption.speaks_of(model.network),
            })
            .map(|(index, _)| !self.gaps.contains(&index))
            .peekable();
        spoken_of.peek().is_some() && spoken_of.all(|whole| whole)
    }
}

/// Whether a subnet has neither a route to the service nor a way out.
fn is_isolated(case: &SubnetCase<'_>) -> bool {
    let cut = case.decision().is_some_and(|decision| {
        // A blackhole is a way out that broke, which nobody meant.
        let no_way = |via: &Via| matches!(via.kind, ViaKind::None | ViaKind::Local);
        decision.path == Path::NoRoute
            && decision.cause() == Some(Cause::RouteMissing)
            && decision.ways.via.iter().all(no_way)
    });
    let gets_out = |ways: Option<&Ways>| {
        ways.is_some_and(|ways| ways.via.iter().any(|via| case.gets_out(via.kind)))
    };
    cut && !(case.subnet.ipv6 && gets_out(case.ipv6_ways()))
        && !(case.subnet.dns64 && gets_out(case.nat64_ways()))
}
