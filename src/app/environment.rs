//! The Lambda's environment variables. A wrong value stops the function at
//! start with an error that names the variable, the value and what is allowed.

use super::config::Config;
use crate::{
    collect::Regions,
    domain::{ids::Region, service::Service},
    notify::topic::TopicArn,
};
use std::ops::RangeInclusive;

/// Hours of metrics to look back on unless something else is set.
pub const DEFAULT_LOOKBACK_HOURS: u16 = 24;

/// What may be asked for: `CloudWatch` keeps one-minute points for 15 days.
pub const LOOKBACK_HOURS: RangeInclusive<u16> = 1..=336;

/// When to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyWhen {
    /// When there is a violation or the run is not complete: silence would be
    /// read as good news.
    Violations,
    /// After every run.
    Always,
}

/// What the function is configured to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to publish; `None`: every request must be a dry run.
    pub topic: Option<TopicArn>,
    /// Regions to audit unless a request names others.
    pub regions: Regions,
    /// Services to audit unless a request names others.
    pub services: Vec<Service>,
    /// Hours of metrics to look back on, 1 to 336.
    pub lookback_hours: u16,
    /// When to publish.
    pub notify: NotifyWhen,
    /// Everything else.
    pub config: Config,
}

/// A variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is `{value}`: {problem}; allowed: {allowed}")]
pub struct InvalidSetting {
    variable: &'static str,
    value: String,
    problem: String,
    allowed: &'static str,
}

impl Settings {
    /// Reads the variables through `variable`. One that is empty counts as not set.
    ///
    /// # Errors
    /// At the first variable that has a wrong value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let get = |name: &str| {
            variable(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let config = match get("VPCE_GUARD_CONFIG") {
            None => Config::default(),
            Some(text) => Config::from_toml(&text).map_err(|error| {
                invalid("VPCE_GUARD_CONFIG", &text, &error, "TOML as in the README")
            })?,
        };
        Ok(Self {
            topic: topic(get("VPCE_GUARD_TOPIC_ARN"))?,
            regions: regions(get("VPCE_GUARD_REGIONS"), get("AWS_REGION"))?,
            services: services(get("VPCE_GUARD_SERVICES"), &config)?,
            lookback_hours: lookback_hours(get("VPCE_GUARD_LOOKBACK_HOURS"))?,
            notify: notify(get("VPCE_GUARD_NOTIFY").as_deref())?,
            config,
        })
    }
}

fn invalid(
    variable: &'static str,
    value: &str,
    problem: &dyn std::fmt::Display,
    allowed: &'static str,
) -> InvalidSetting {
    InvalidSetting {
        variable,
        value: value.to_owned(),
        problem: problem.to_string(),
        allowed,
    }
}

fn topic(value: Option<String>) -> Result<Option<TopicArn>, InvalidSetting> {
    let Some(value) = value else { return Ok(None) };
    value.parse().map(Some).map_err(|error| {
        invalid(
            "VPCE_GUARD_TOPIC_ARN",
            &value,
            &error,
            "the ARN of an SNS topic",
        )
    })
}

fn regions(value: Option<String>, own: Option<String>) -> Result<Regions, InvalidSetting> {
    const ALLOWED: &str = "`all`, or Regions separated by commas, such as `eu-west-1,us-east-1`";
    let (variable, value) = match (value, own) {
        (Some(value), _) => ("VPCE_GUARD_REGIONS", value),
        (None, Some(own)) => ("AWS_REGION", own),
        (None, None) => {
            return Err(invalid(
                "VPCE_GUARD_REGIONS",
                "",
                &"no Region is named, and AWS_REGION is not set",
                ALLOWED,
            ));
        }
    };
    if value == "all" {
        return Ok(Regions::All);
    }
    value
        .split(',')
        .map(|name| name.trim().parse::<Region>())
        .collect::<Result<_, _>>()
        .map(Regions::These)
        .map_err(|error| invalid(variable, &value, &error, ALLOWED))
}

fn services(value: Option<String>, config: &Config) -> Result<Vec<Service>, InvalidSetting> {
    let Some(value) = value else {
        return Ok(config.services.clone().unwrap_or_else(|| vec![Service::S3]));
    };
    value
        .split(',')
        .map(|name| name.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|error| {
            invalid(
                "VPCE_GUARD_SERVICES",
                &value,
                &error,
                "s3, dynamodb, s3express, separated by commas",
            )
        })
}

fn lookback_hours(value: Option<String>) -> Result<u16, InvalidSetting> {
    let Some(value) = value else {
        return Ok(DEFAULT_LOOKBACK_HOURS);
    };
    value
        .parse()
        .ok()
        .filter(|hours| LOOKBACK_HOURS.contains(hours))
        .ok_or_else(|| {
            invalid(
                "VPCE_GUARD_LOOKBACK_HOURS",
                &value,
                &"not a number of hours in range",
                "1 to 336",
            )
        })
}

fn notify(value: Option<&str>) -> Result<NotifyWhen, InvalidSetting> {
    match value {
        None | Some("violations") => Ok(NotifyWhen::Violations),
        Some("always") => Ok(NotifyWhen::Always),
        Some(other) => Err(invalid(
            "VPCE_GUARD_NOTIFY",
            other,
            &"not a known choice",
            "violations, always",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, InvalidSetting> {
        Settings::read(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_defaults_are_the_functions_own_region_s3_and_a_day() {
        let settings = read(&[("AWS_REGION", "eu-west-1"), ("VPCE_GUARD_CONFIG", "")]).unwrap();
        assert_eq!(
            settings.regions,
            Regions::These(vec!["eu-west-1".parse().unwrap()])
        );
        assert_eq!(settings.services, [Service::S3]);
        assert_eq!(
            (settings.lookback_hours, settings.notify),
            (24, NotifyWhen::Violations)
        );
        assert_eq!(settings.topic, None);
    }

    #[test]
    fn a_service_in_the_environment_wins_over_the_configuration() {
        let config = ("VPCE_GUARD_CONFIG", "services = [\"dynamodb\"]");
        let region = ("AWS_REGION", "eu-west-1");
        assert_eq!(
            read(&[config, region]).unwrap().services,
            [Service::DynamoDb]
        );
        let both = [config, region, ("VPCE_GUARD_SERVICES", "s3, s3express")];
        assert_eq!(
            read(&both).unwrap().services,
            [Service::S3, Service::S3Express]
        );
    }

    #[test]
    fn a_wrong_value_names_the_variable_the_value_and_what_is_allowed() {
        for (variable, value, allowed) in [
            ("VPCE_GUARD_TOPIC_ARN", "alerts", "ARN of an SNS topic"),
            ("VPCE_GUARD_REGIONS", "eu-west-1,,", "separated by commas"),
            ("VPCE_GUARD_REGIONS", "Ireland", "separated by commas"),
            ("VPCE_GUARD_SERVICES", "s3,sqs", "s3express"),
            ("VPCE_GUARD_LOOKBACK_HOURS", "0", "1 to 336"),
            ("VPCE_GUARD_LOOKBACK_HOURS", "337", "1 to 336"),
            ("VPCE_GUARD_LOOKBACK_HOURS", "a day", "1 to 336"),
            ("VPCE_GUARD_NOTIFY", "never", "always"),
            ("VPCE_GUARD_CONFIG", "metrics = 1", "TOML"),
        ] {
            let text = read(&[("AWS_REGION", "eu-west-1"), (variable, value)])
                .unwrap_err()
                .to_string();
            for part in [variable, value, allowed] {
                assert!(text.contains(part), "{part} is not in: {text}");
            }
        }
    }

    #[test]
    fn no_region_at_all_is_an_error() {
        let text = read(&[]).unwrap_err().to_string();
        assert!(
            text.contains("VPCE_GUARD_REGIONS") && text.contains("AWS_REGION"),
            "{text}"
        );
    }
}
