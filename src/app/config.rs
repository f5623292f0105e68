//! The configuration file: raw TOML in, checked values out. An error names the
//! line and the key, and what is allowed.

use crate::{
    domain::{
        ids::{AccountId, Region, SubnetId, VpcId},
        service::Service,
    },
    engine::{
        policy::{ConfiguredExemption, IsolatedSubnets, Policy},
        severity::Severity,
    },
    evidence::metrics::{MetricSource, Quantity},
    rules,
};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the configuration says. The default is the empty configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Services, where neither command line nor environment names them.
    pub services: Option<Vec<Service>>,
    /// Decisions.
    pub policy: Policy,
    /// Metrics to look for; empty: metrics are off.
    pub metrics: Vec<MetricSource>,
    /// How many Regions to ask at once, 1 to 64.
    pub regions_at_once: usize,
    /// Seconds before the Lambda's end at which collecting stops, 3 to 300.
    pub deadline_reserve_seconds: u64,
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct InvalidConfig(String);

impl Default for Config {
    fn default() -> Self {
        Raw::default().check()
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// When it is no TOML, or a key or value is not known: names line and key.
    pub fn from_toml(text: &str) -> Result<Self, InvalidConfig> {
        toml::from_str::<Raw>(text)
            .map(Raw::check)
            .map_err(|error| InvalidConfig(error.to_string().trim_end().to_owned()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    services: Option<Services>,
    policy: RawPolicy,
    severity: BTreeMap<RuleId, Level>,
    metrics: RawMetrics,
    collect: RawCollect,
    exemptions: Vec<Exemption>,
}

impl Raw {
    fn check(self) -> Config {
        let metrics = match (self.metrics.enabled, self.metrics.sources) {
            (false, _) => Vec::new(),
            (true, None) => MetricSource::defaults(),
            (true, Some(sources)) => sources.into_iter().map(Source::check).collect(),
        };
        Config {
            services: self.services.map(|services| services.0),
            policy: Policy {
                severities: self
                    .severity
                    .into_iter()
                    .map(|(rule, level)| (rule.0, level.0))
                    .collect(),
                isolated_subnets: match self.policy.isolated_subnets {
                    RawIsolated::Violation => IsolatedSubnets::Violation,
                    RawIsolated::Allowed => IsolatedSubnets::Allowed,
                },
                exemptions: self
                    .exemptions
                    .into_iter()
                    .enumerate()
                    .map(|(at, exemption)| exemption.check(at))
                    .collect(),
            },
            metrics,
            regions_at_once: self.collect.regions_at_once.0,
            deadline_reserve_seconds: self.collect.deadline_reserve_seconds.0,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPolicy {
    isolated_subnets: RawIsolated,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawIsolated {
    #[default]
    Violation,
    Allowed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMetrics {
    enabled: bool,
    sources: Option<Vec<Source>>,
}

impl Default for RawMetrics {
    fn default() -> Self {
        Self {
            enabled: true,
            sources: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    namespace: NonEmpty,
    metric: NonEmpty,
    #[serde(default)]
    unit: Unit,
    endpoint_dimension: NonEmpty,
    dimensions: Option<BTreeSet<String>>,
}

impl Source {
    fn check(self) -> MetricSource {
        let endpoint_dimension = self.endpoint_dimension.0;
        MetricSource {
            namespace: self.namespace.0,
            metric: self.metric.0,
            quantity: match self.unit {
                Unit::Bytes => Quantity::Bytes,
                Unit::Count => Quantity::Count,
            },
            // The endpoint's own dimension is always one of them.
            dimensions: self.dimensions.map(|mut names| {
                names.insert(endpoint_dimension.clone());
                names
            }),
            endpoint_dimension,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    #[default]
    Bytes,
    Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCollect {
    regions_at_once: Bounded<1, 64, 8>,
    deadline_reserve_seconds: Seconds,
}

/// A number of `MIN` to `MAX`, `DEFAULT` where none is given.
#[derive(Debug, Deserialize)]
#[serde(try_from = "i64")]
struct Bounded<const MIN: usize, const MAX: usize, const DEFAULT: usize>(usize);

impl<const MIN: usize, const MAX: usize, const DEFAULT: usize> Default
    for Bounded<MIN, MAX, DEFAULT>
{
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<const MIN: usize, const MAX: usize, const DEFAULT: usize> TryFrom<i64>
    for Bounded<MIN, MAX, DEFAULT>
{
    type Error = String;

    fn try_from(given: i64) -> Result<Self, String> {
        usize::try_from(given)
            .ok()
            .filter(|number| (MIN..=MAX).contains(number))
            .map(Self)
            .ok_or_else(|| format!("{given} is out of range: allowed are {MIN} to {MAX}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "i64")]
struct Seconds(u64);

impl Default for Seconds {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<i64> for Seconds {
    type Error = String;

    fn try_from(given: i64) -> Result<Self, String> {
        u64::try_from(given)
            .ok()
            .filter(|seconds| (3..=300).contains(seconds))
            .map(Self)
            .ok_or_else(|| format!("{given} is out of range: allowed are 3 to 300 seconds"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Services(Vec<Service>);

impl TryFrom<Vec<String>> for Services {
    type Error = String;

    fn try_from(given: Vec<String>) -> Result<Self, String> {
        if given.is_empty() {
            return Err("no service is named: allowed are s3, dynamodb, s3express".to_owned());
        }
        given
            .iter()
            .map(|name| name.parse().map_err(|error| format!("{error}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct RuleId(String);

impl TryFrom<String> for RuleId {
    type Error = String;

    fn try_from(given: String) -> Result<Self, String> {
        if rules::find(&given).is_some() {
            return Ok(Self(given));
        }
        let all: Vec<&str> = rules::RULES.iter().map(|rule| rule.id).collect();
        Err(format!(
            "`{given}` is not a rule: there are {}",
            all.join(", ")
        ))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Level(Severity);

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(given: String) -> Result<Self, String> {
        given.parse().map(Self).map_err(|error| format!("{error}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct NonEmpty(String);

impl TryFrom<String> for NonEmpty {
    type Error = &'static str;

    fn try_from(given: String) -> Result<Self, &'static str> {
        if given.trim().is_empty() {
            Err("must not be empty")
        } else {
            Ok(Self(given))
        }
    }
}

/// Text that must parse as `T`.
#[derive(Debug, Clone)]
struct Parsed<T>(T);

impl<'de, T> Deserialize<'de> for Parsed<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "RawExemption")]
struct Exemption(RawExemption);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExemption {
    account: Option<Parsed<AccountId>>,
    region: Option<Parsed<Region>>,
    vpc: Option<Parsed<VpcId>>,
    subnet: Option<Parsed<SubnetId>>,
    tag: Option<RawTag>,
    reason: NonEmpty,
    until: Option<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTag {
    key: NonEmpty,
    value: Option<String>,
}

impl TryFrom<RawExemption> for Exemption {
    type Error = &'static str;

    fn try_from(raw: RawExemption) -> Result<Self, &'static str> {
        let selects = raw.account.is_some()
            || raw.region.is_some()
            || raw.vpc.is_some()
            || raw.subnet.is_some()
            || raw.tag.is_some();
        if selects {
            Ok(Self(raw))
        } else {
            Err("an exemption must say what it covers: account, region, vpc, subnet or tag")
        }
    }
}

impl Exemption {
    fn check(self, at: usize) -> ConfiguredExemption {
        let Self(raw) = self;
        ConfiguredExemption {
            place: format!("exemptions[{at}]"),
            account: raw.account.map(|id| id.0),
            region: raw.region.map(|region| region.0),
            vpc: raw.vpc.map(|id| id.0),
            subnet: raw.subnet.map(|id| id.0),
            tag: raw.tag.map(|tag| (tag.key.0, tag.value)),
            reason: raw.reason.0,
            until: raw.until.map(|day| day.0),
        }
    }
}

/// A day, as TOML's own date or as text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RawDay")]
struct Day(Date);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawDay {
    Text(String),
    Toml(toml::value::Datetime),
}

impl TryFrom<RawDay> for Day {
    type Error = String;

    fn try_from(raw: RawDay) -> Result<Self, String> {
        let text = match raw {
            RawDay::Text(text) => text,
            RawDay::Toml(datetime) => datetime.to_string(),
        };
        text.parse()
            .map(Self)
            .map_err(|_| format!("`{text}` is not a date: expected one such as 2026-12-31"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_configuration_is_the_default() {
        assert_eq!(Config::from_toml(""), Ok(Config::default()));
        assert_eq!(Config::default().metrics.len(), 3);
    }

    #[test]
    fn everything_can_be_set() {
        let config = Config::from_toml(
            r#"
            services = ["s3", "dynamodb"]
            [policy]
            isolated_subnets = "allowed"
            [severity]
            endpoint-idle = "low"
            [metrics]
            [[metrics.sources]]
            namespace = "Acme/Endpoints"
            metric = "Bytes"
            endpoint_dimension = "Endpoint"
            dimensions = ["Stage"]
            [collect]
            regions_at_once = 2
            deadline_reserve_seconds = 5
            [[exemptions]]
            vpc = "vpc-1"
            tag = { key = "team", value = "legacy" }
            reason = "moves in spring"
            until = 2026-12-31
            [[exemptions]]
            region = "eu-west-1"
            reason = "text dates work too"
            until = "2027-01-31"
            "#,
        )
        .unwrap();
        assert_eq!(config.policy.isolated_subnets, IsolatedSubnets::Allowed);
        assert_eq!(config.policy.severities["endpoint-idle"], Severity::Low);
        assert_eq!(config.metrics[0].dimensions.as_ref().unwrap().len(), 2);
        assert_eq!(
            config.policy.exemptions[0].until,
            Some(jiff::civil::date(2026, 12, 31))
        );
        assert_eq!(
            config.policy.exemptions[1].until,
            Some(jiff::civil::date(2027, 1, 31))
        );
    }

    #[test]
    fn metrics_that_are_off_ask_nothing() {
        let config = Config::from_toml("[metrics]\nenabled = false").unwrap();
        assert!(config.metrics.is_empty());
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let text = error("services = [\"s3\"]\n[policy]\nisolated_subnet = \"allowed\"");
        assert!(
            text.contains("line 3") && text.contains("isolated_subnet"),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_what_is_allowed() {
        for (toml, parts) in [
            (
                "\n[severity]\nendpoint-idle = \"severe\"",
                ["line 3", "`severe`", "critical"],
            ),
            (
                "[severity]\nendpoint-idel = \"low\"",
                ["line 2", "`endpoint-idel`", "endpoint-idle"],
            ),
            ("services = [\"sqs\"]", ["line 1", "`sqs`", "dynamodb"]),
            (
                "[[exemptions]]\nsubnet = \"vpc-1\"\nreason = \"x\"",
                ["line 2", "`vpc-1`", "subnet-"],
            ),
            (
                "[[exemptions]]\nvpc = \"vpc-1\"\nreason = \"x\"\nuntil = \"soon\"",
                ["line 4", "`soon`", "2026-12-31"],
            ),
            (
                "[collect]\nregions_at_once = 0",
                ["line 2", "0 is out of range", "64"],
            ),
            (
                "[[exemptions]]\nvpc = \"vpc-1\"\nreason = \" \"",
                ["line 3", "reason", "empty"],
            ),
            (
                "[[exemptions]]\nreason = \"all\"",
                ["line 1", "exemption", "subnet or tag"],
            ),
        ] {
            let text = error(toml);
            for part in parts {
                assert!(text.contains(part), "{part} is not in:\n{text}");
            }
        }
    }
}
