//! What an event asks for. Any event can be the trigger; only what is
//! addressed to us is read, and that strictly: a typing error must not turn
//! "check this VPC" into "check everything" or the other way round.

use crate::{
    collect::Regions,
    domain::{ids::VpcId, service::Service},
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt::Display, str::FromStr};

/// A request. What is not set is taken from the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Regions to audit.
    pub regions: Option<Regions>,
    /// VPCs to audit; empty: all.
    pub vpc_ids: BTreeSet<VpcId>,
    /// Services to audit.
    pub services: Option<Vec<Service>>,
    /// Publish nothing.
    pub dry_run: bool,
    /// Whether the answer lists every subnet.
    pub full: bool,
}

/// A request that cannot be understood. Nothing was checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be understood, and nothing was checked: {0}")]
pub struct InvalidRequest(String);

const KEYS: &str = "regions, vpc_ids, services, dry_run, response";

impl Request {
    /// Reads an event: an `EventBridge` envelope (the request stands in
    /// `detail.vpce_guard`, if there is one), a request, `null` or `{}`.
    ///
    /// # Errors
    /// When a request has an unknown key or a value of a wrong type.
    pub fn from_event(event: &Value) -> Result<Self, InvalidRequest> {
        match event {
            Value::Null => Ok(Self::default()),
            Value::Object(event) if is_envelope(event) => {
                match event.get("detail").and_then(addressed_to_us) {
                    None => Ok(Self::default()),
                    Some(Value::Object(request)) => Self::from_object(&request),
                    Some(other) => Err(InvalidRequest(format!(
                        "`detail.vpce_guard` must be an object, not {}",
                        kind(&other)
                    ))),
                }
            }
            Value::Object(request) => Self::from_object(request),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(InvalidRequest(format!(
                    "an event must be an object or null, not {}",
                    kind(event)
                )))
            }
        }
    }

    fn from_object(object: &Map<String, Value>) -> Result<Self, InvalidRequest> {
        let mut request = Self::default();
        for (key, value) in object {
            match key.as_str() {
                "regions" => request.regions = Some(regions(value)?),
                "vpc_ids" => request.vpc_ids = list(key, value)?.into_iter().collect(),
                "services" => request.services = Some(list(key, value)?),
                "dry_run" => {
                    request.dry_run = value.as_bool().ok_or_else(|| {
                        InvalidRequest(format!(
                            "`dry_run` must be true or false, not {}",
                            kind(value)
                        ))
                    })?;
                }
                "response" => request.full = is_full(value)?,
                _ => {
                    return Err(InvalidRequest(format!(
                        "unknown key `{key}`: allowed are {KEYS}"
                    )));
                }
            }
        }
        Ok(request)
    }
}

fn is_envelope(event: &Map<String, Value>) -> bool {
    event.contains_key("source") && event.contains_key("detail-type")
}

/// The request in an envelope's `detail`, which `EventBridge` gives as an object
/// and `EventBridge` Scheduler as text that holds one.
fn addressed_to_us(detail: &Value) -> Option<Value> {
    match detail {
        Value::Object(detail) => detail.get("vpce_guard").cloned(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(mut detail)) => detail.remove("vpce_guard"),
            Ok(_) | Err(_) => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn regions(value: &Value) -> Result<Regions, InvalidRequest> {
    match value {
        Value::Array(names) if names.len() == 1 && names[0] == "all" => Ok(Regions::All),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => list("regions", value).map(Regions::These),
    }
}

fn list<T>(key: &str, value: &Value) -> Result<Vec<T>, InvalidRequest>
where
    T: FromStr,
    T::Err: Display,
{
    let Value::Array(items) = value else {
        return Err(InvalidRequest(format!(
            "`{key}` must be an array of strings, not {}",
            kind(value)
        )));
    };
    if items.is_empty() {
        return Err(InvalidRequest(format!(
            "`{key}` is empty: leave it out to check what is configured"
        )));
    }
    items
        .iter()
        .enumerate()
        .map(|(at, item)| match item.as_str() {
            Some(text) => text
                .parse()
                .map_err(|error| InvalidRequest(format!("`{key}[{at}]`: {error}"))),
            None => Err(InvalidRequest(format!(
                "`{key}[{at}]` must be a string, not {}",
                kind(item)
            ))),
        })
        .collect()
}

fn is_full(value: &Value) -> Result<bool, InvalidRequest> {
    match value.as_str() {
        Some("summary") => Ok(false),
        Some("full") => Ok(true),
        Some(other) => Err(InvalidRequest(format!(
            "`response` is `{other}`: allowed are summary, full"
        ))),
        None => Err(InvalidRequest(format!(
            "`response` must be a string (summary or full), not {}",
            kind(value)
        ))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(event: &Value) -> String {
        Request::from_event(event).unwrap_err().to_string()
    }

    #[test]
    fn null_an_empty_object_and_any_foreign_event_mean_everything() {
        for event in [
            json!(null),
            json!({}),
            json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}),
            json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}),
            json!({"source": "aws.ec2", "detail-type": "x", "detail": {"instance-id": "i-1"}}),
            json!({"source": "x", "detail-type": "x", "detail": "no JSON"}),
            json!({"source": "x", "detail-type": "x", "detail": [1]}),
            json!({"source": "x", "detail-type": "x"}),
        ] {
            assert_eq!(
                Request::from_event(&event),
                Ok(Request::default()),
                "{event}"
            );
        }
    }

    #[test]
    fn a_request_is_the_same_bare_in_a_detail_and_in_a_detail_that_is_text() {
        let request = json!({"regions": ["eu-west-1"], "vpc_ids": ["vpc-1"], "services": ["dynamodb"], "dry_run": true, "response": "full"});
        let parsed = Request::from_event(&request).unwrap();
        assert!(parsed.dry_run && parsed.full && parsed.vpc_ids.len() == 1);
        let detail = json!({"vpce_guard": request});
        for detail in [detail.clone(), json!(detail.to_string())] {
            let envelope = json!({"source": "x", "detail-type": "x", "detail": detail});
            assert_eq!(Request::from_event(&envelope).as_ref(), Ok(&parsed));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (event, part) in [
            (json!({"vpc_id": "vpc-1"}), "unknown key `vpc_id`"),
            (
                json!({"regions": "eu-west-1"}),
                "`regions` must be an array of strings, not a string",
            ),
            (json!({"regions": []}), "`regions` is empty"),
            (
                json!({"regions": [1]}),
                "`regions[0]` must be a string, not a number",
            ),
            (
                json!({"vpc_ids": ["subnet-1"]}),
                "`vpc_ids[0]`: `subnet-1` is not a VPC id",
            ),
            (json!({"services": ["sqs"]}), "`services[0]`: `sqs`"),
            (
                json!({"dry_run": "yes"}),
                "`dry_run` must be true or false, not a string",
            ),
            (
                json!({"dry_run": null}),
                "`dry_run` must be true or false, not null",
            ),
            (json!({"response": "all"}), "`response` is `all`"),
            (
                json!({"source": "x", "detail-type": "x", "detail": {"vpce_guard": []}}),
                "`detail.vpce_guard` must be an object, not an array",
            ),
            (json!("{}"), "not a string"),
            (json!(1), "not a number"),
            (json!(true), "not a boolean"),
            (json!([{}]), "not an array"),
        ] {
            assert!(error(&event).contains(part), "{event}: {}", error(&event));
        }
    }
}
