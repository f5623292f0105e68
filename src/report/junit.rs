//! JUnit XML, for pipelines: the shape that Ant, Jenkins and GitLab read.
//!
//! There is a test suite per VPC with a test case per subnet and service and
//! one per endpoint; what belongs to no VPC stands in the suite of its Region
//! or account. The suite of the run comes first and has one case, that
//! everything was seen. A case has one result, the first that applies:
//!
//! | result | when |
//! |---|---|
//! | `failure` | a finding is a violation |
//! | `error` | something could not be judged or read: never a pass |
//! | `skipped` | what is wrong is exempt, with the reason; or no rule counts it; or an endpoint is not available |
//! | none | good; findings that are worth knowing stand in `system-out` |
//!
//! Rules judge endpoints that are available. One that is not, is `skipped`
//! where AWS says what state it is in, and an `error` where nobody knows.
//!
//! All texts of a case's findings stand in its result. An error is a case of
//! its own, as is a finding about an exemption, which belongs to no subnet and
//! service. Characters that XML cannot hold are written as U+FFFD.
//!
//! Source: <https://github.com/jenkinsci/xunit-plugin>, `junit-10.xsd`.

use super::{
    format::Context,
    text::{narrowed, seen},
    wire,
};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io,
};

/// Account, Region and VPC, as far as they are known.
type SuiteKey<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

type Suites<'a> = BTreeMap<SuiteKey<'a>, Vec<Case<'a>>>;

/// What a case is about.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Run(&'a wire::Report),
    Subnet(&'a wire::Subnet),
    Endpoint(&'a wire::Endpoint),
    Error(&'a wire::Problem),
    /// A finding that belongs to none of these.
    Alone,
}

/// A test case.
struct Case<'a> {
    subject: Subject<'a>,
    findings: Vec<&'a wire::Finding>,
}

/// How a case ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    Error,
    Skipped,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

/// Writes the document.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
    let run = [Case {
        subject: Subject::Run(report),
        findings: Vec::new(),
    }];
    let suites = suites(report);
    let mut counts = count(&run);
    for cases in suites.values() {
        counts.add(count(cases));
    }
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = counted(BytesStart::new("testsuites"), report.tool.name, counts);
    xml.write_event(Event::Start(root))?;
    suite(&mut xml, report, report.tool.name, &run)?;
    for (key, cases) in &suites {
        suite(&mut xml, report, &suite_name(*key), cases)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(out)
}

/// The cases by suite. They borrow from the report: no text is copied.
fn suites(report: &wire::Report) -> Suites<'_> {
    let mut suites = Suites::new();
    let mut places = HashMap::new();
    for subnet in report.subnets.iter().flatten() {
        let key = (
            subnet.account_id.as_deref(),
            Some(&*subnet.region),
            Some(&*subnet.vpc_id),
        );
        let place = add(&mut suites, key, Subject::Subnet(subnet));
        places.insert((key, &*subnet.subnet_id, Some(subnet.service)), place);
    }
    for endpoint in &report.endpoints {
        let key = (
            endpoint.account_id.as_deref(),
            Some(&*endpoint.region),
            Some(&*endpoint.vpc_id),
        );
        let place = add(&mut suites, key, Subject::Endpoint(endpoint));
        places.insert(
            (key, &*endpoint.vpc_endpoint_id, Some(endpoint.service)),
            place,
        );
    }
    for error in &report.errors {
        let key = (error.account_id.as_deref(), error.region.as_deref(), None);
        add(&mut suites, key, Subject::Error(error));
    }
    for finding in &report.findings {
        let key = (
            finding.account_id.as_deref(),
            finding.region.as_deref(),
            finding.vpc_id.as_deref(),
        );
        let id = finding
            .subnet_id
            .as_deref()
            .or(finding.vpc_endpoint_id.as_deref());
        let known = id.and_then(|id| places.get(&(key, id, finding.service)));
        let (key, at) = match known {
            Some(place) => *place,
            None => add(&mut suites, key, Subject::Alone),
        };
        if let Some(case) = suites.get_mut(&key).and_then(|cases| cases.get_mut(at)) {
            case.findings.push(finding);
        }
    }
    suites
}

/// Adds a case without findings, and says where it stands.
fn add<'a>(
    suites: &mut Suites<'a>,
    key: SuiteKey<'a>,
    subject: Subject<'a>,
) -> (SuiteKey<'a>, usize) {
    let cases = suites.entry(key).or_default();
    cases.push(Case {
        subject,
        findings: Vec::new(),
    });
    (key, cases.len() - 1)
}

fn count(cases: &[Case<'_>]) -> Counts {
    let ended = |ending| cases.iter().filter(|case| case.ending() == ending).count();
    Counts {
        tests: cases.len(),
        failures: ended(Ending::Failed),
        errors: ended(Ending::Error),
        skipped: ended(Ending::Skipped),
    }
}

fn suite_name((account, region, vpc): SuiteKey<'_>) -> String {
    if (account, region, vpc) == (None, None, None) {
        return "everywhere".to_owned();
    }
    let account = account.unwrap_or("unknown-account");
    let parts = [Some(account), region, vpc];
    parts.into_iter().flatten().collect::<Vec<_>>().join(".")
}

fn counted<'a>(element: BytesStart<'a>, name: &str, counts: Counts) -> BytesStart<'a> {
    let mut element = element;
    element.push_attribute(("name", &*clean(name)));
    for (key, count) in [
        ("tests", counts.tests),
        ("failures", counts.failures),
        ("errors", counts.errors),
    ] {
        element.push_attribute((key, count.to_string().as_str()));
    }
    element
}

fn suite<W: io::Write>(
    xml: &mut Writer<W>,
    report: &wire::Report,
    name: &str,
    cases: &[Case<'_>],
) -> io::Result<()> {
    let counts = count(cases);
    let mut element = counted(BytesStart::new("testsuite"), name, counts);
    element.push_attribute(("skipped", counts.skipped.to_string().as_str()));
    // The schema's time has no zone; ours is UTC.
    element.push_attribute(("timestamp", report.started_at.trim_end_matches('Z')));
    xml.write_event(Event::Start(element))?;
    for case in cases {
        case.write(xml, name)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

impl Case<'_> {
    fn ending(&self) -> Ending {
        let weighs = |weight| self.findings.iter().any(|found| found.weight == weight);
        let unknown = match self.subject {
            Subject::Run(report) => !report.complete,
            Subject::Subnet(subnet) => subnet.verdict == "unverifiable",
            Subject::Error(_) => true,
            Subject::Endpoint(endpoint) => {
                endpoint.state.is_none() || !endpoint.not_judged.is_empty()
            }
            Subject::Alone => false,
        };
        if weighs(wire::Weight::Violation) {
            Ending::Failed
        } else if unknown || weighs(wire::Weight::NotJudged) {
            Ending::Error
        } else if self.findings.iter().any(|found| found.exemption.is_some())
            || self.is_not_compliant()
        {
            Ending::Skipped
        } else {
            Ending::Passed
        }
    }

    /// Not good, whatever the rules make of it.
    fn is_not_compliant(&self) -> bool {
        match self.subject {
            Subject::Subnet(subnet) => subnet.verdict != "compliant",
            Subject::Endpoint(endpoint) => unavailable(endpoint).is_some(),
            Subject::Run(_) | Subject::Error(_) | Subject::Alone => false,
        }
    }

    fn name(&self) -> String {
        match self.subject {
            // The name says what a pass proves, so it is the same either way.
            Subject::Run(report) => {
                format!("everything{} was seen", narrowed(&report.scope, "of"))
            }
            Subject::Subnet(subnet) => match &subnet.name {
                Some(name) => format!("{} {} ({name})", subnet.subnet_id, subnet.service),
                None => format!("{} {}", subnet.subnet_id, subnet.service),
            },
            Subject::Endpoint(endpoint) => {
                format!("{} {}", endpoint.vpc_endpoint_id, endpoint.service)
            }
            Subject::Error(error) => format!("{} {}", error.operation, error.code),
            Subject::Alone => {
                let of = |found: &&wire::Finding| {
                    let id = found
                        .subnet_id
                        .as_deref()
                        .or(found.vpc_endpoint_id.as_deref());
                    let parts = [
                        id,
                        found.service,
                        Some(found.rule),
                        found.fingerprint.get(..8),
                    ];
                    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
                };
                self.findings.first().map(of).unwrap_or_default()
            }
        }
    }

    /// What the case says in one line.
    fn message(&self) -> String {
        let gaps = match self.subject {
            Subject::Endpoint(endpoint) => gaps(endpoint),
            Subject::Run(_) | Subject::Subnet(_) | Subject::Error(_) | Subject::Alone => None,
        };
        let titles: Vec<String> = self
            .findings
            .iter()
            .map(|found| format!("[{}] {}", found.severity, found.title))
            .chain(gaps)
            .collect();
        match self.subject {
            _ if !titles.is_empty() => titles.join("; "),
            Subject::Subnet(subnet) => subnet.reason.clone(),
            Subject::Error(error) => error.message.clone(),
            Subject::Run(report) => format!(
                "{}: {} not judged, {} errors",
                seen(report),
                report.summary.unverifiable,
                report.errors.len()
            ),
            Subject::Endpoint(_) | Subject::Alone => String::new(),
        }
    }

    /// What the result is called: the rule, or the error's code.
    fn kind(&self) -> &str {
        match self.subject {
            Subject::Error(error) => &error.code,
            Subject::Run(_) => "incomplete",
            // A note that stands beside does not say what is not known.
            Subject::Endpoint(_) if self.ending() == Ending::Error => "unverifiable",
            Subject::Subnet(_) | Subject::Endpoint(_) | Subject::Alone => self
                .findings
                .iter()
                .max_by_key(|found| (found.weight, found.severity))
                .map_or("unverifiable", |found| found.rule),
        }
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        match self.subject {
            Subject::Error(error) => lines.extend(error.hint.clone()),
            Subject::Subnet(subnet) if self.findings.is_empty() => {
                lines.push(subnet.reason.clone());
            }
            Subject::Endpoint(endpoint) => lines.extend(gaps(endpoint)),
            Subject::Run(_) | Subject::Subnet(_) | Subject::Alone => {}
        }
        for found in &self.findings {
            lines.push(format!(
                "[{}] {}: {}",
                found.severity, found.rule, found.title
            ));
            lines.push(found.detail.clone());
            if let Some(exemption) = &found.exemption {
                let until = exemption.until.as_deref().unwrap_or("without end");
                lines.push(format!("exempt ({until}): {}", exemption.reason));
            }
            lines.push(format!("fix: {}", found.remediation.summary));
            let commands = found.remediation.commands.iter();
            lines.extend(commands.map(|command| format!("  {command}")));
        }
        lines.join("\n")
    }

    /// Why it is skipped.
    fn excuse(&self) -> String {
        let reasons: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|found| Some(found.exemption.as_ref()?.reason.as_str()))
            .collect();
        match self.subject {
            _ if !reasons.is_empty() => format!("exempt: {}", reasons.join("; ")),
            Subject::Endpoint(endpoint) => gaps(endpoint).unwrap_or_default(),
            Subject::Run(_) | Subject::Subnet(_) | Subject::Error(_) | Subject::Alone => {
                "not good, but no rule counts it".to_owned()
            }
        }
    }

    fn write<W: io::Write>(&self, xml: &mut Writer<W>, suite: &str) -> io::Result<()> {
        let mut element = BytesStart::new("testcase");
        element.push_attribute(("name", &*clean(&self.name())));
        element.push_attribute(("classname", &*clean(suite)));
        element.push_attribute(("time", "0"));
        xml.write_event(Event::Start(element))?;
        let text = self.text();
        match self.ending() {
            Ending::Failed => result(xml, "failure", &self.message(), self.kind(), &text)?,
            Ending::Error => result(xml, "error", &self.message(), self.kind(), &text)?,
            Ending::Skipped => {
                let mut skipped = BytesStart::new("skipped");
                skipped.push_attribute(("message", &*clean(&self.excuse())));
                xml.write_event(Event::Empty(skipped))?;
                element_of(xml, &BytesStart::new("system-out"), &text)?;
            }
            Ending::Passed if self.findings.is_empty() => {}
            Ending::Passed => element_of(xml, &BytesStart::new("system-out"), &text)?,
        }
        xml.write_event(Event::End(BytesEnd::new("testcase")))
    }
}

/// The state of an endpoint that is known not to be available.
fn unavailable(endpoint: &wire::Endpoint) -> Option<&str> {
    let state = endpoint.state.as_deref()?;
    (!state.eq_ignore_ascii_case("available")).then_some(state)
}

/// Why an endpoint was not judged, if it was not.
fn gaps(endpoint: &wire::Endpoint) -> Option<String> {
    let state = match (&endpoint.state, unavailable(endpoint)) {
        (None, _) => Some("its state is not known".to_owned()),
        (Some(_), Some(state)) => Some(format!("its state is {state}")),
        (Some(_), None) => None,
    };
    let whys: Vec<String> = state
        .into_iter()
        .chain(endpoint.not_judged.iter().cloned())
        .collect();
    (!whys.is_empty()).then(|| format!("not judged: {}", whys.join("; ")))
}

fn result<W: io::Write>(
    xml: &mut Writer<W>,
    name: &'static str,
    message: &str,
    kind: &str,
    text: &str,
) -> io::Result<()> {
    let mut element = BytesStart::new(name);
    element.push_attribute(("message", &*clean(message)));
    element.push_attribute(("type", &*clean(kind)));
    element_of(xml, &element, text)
}

fn element_of<W: io::Write>(
    xml: &mut Writer<W>,
    element: &BytesStart<'_>,
    text: &str,
) -> io::Result<()> {
    let end = element.to_end().into_owned();
    xml.write_event(Event::Start(element.borrow()))?;
    xml.write_event(Event::Text(BytesText::new(&clean(text))))?;
    xml.write_event(Event::End(end))
}

/// The text without characters that no XML document can hold, escaped or not.
/// Source: <https://www.w3.org/TR/xml/#charsets>.
fn clean(text: &str) -> Cow<'_, str> {
    let refused = |c: char| {
        (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(refused) {
        Cow::Owned(text.replace(refused, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}
