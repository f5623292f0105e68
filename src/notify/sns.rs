//! Publishes to an SNS topic, at most once per call on a standard topic.

use super::{Publication, topic::TopicArn};
use crate::domain::problem::chain;
use aws_config::SdkConfig;
use aws_sdk_sns::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata as _, SdkError},
    operation::publish::PublishError,
    types::MessageAttributeValue,
};
use std::time::Duration;

/// The IAM action of the one call that this room makes.
pub const IAM_ACTION: &str = "sns:Publish";

/// How often a refused message is tried.
const ATTEMPTS: u32 = 4;

/// All messages of a FIFO topic stay in order.
const GROUP: &str = "vpce-guard";

/// A message that did not reach the topic, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{IAM_ACTION} to {topic} failed ({code}): {message}; {hint}")]
pub struct NotPublished {
    /// The topic.
    pub topic: String,
    /// AWS's error code, or `Timeout`, or `ConnectionError`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Publishes and gives SNS's id of the message.
///
/// On a standard topic a message that may have arrived is never sent again:
/// only a refusal is tried anew. On a FIFO topic SNS drops what it has seen
/// by the deduplication id, so there every fault is tried anew.
///
/// # Errors
/// When SNS did not take the message within `time`.
pub async fn publish(
    config: &SdkConfig,
    topic: &TopicArn,
    publication: &Publication,
    time: Duration,
) -> Result<String, NotPublished> {
    let client = client(config, topic);
    let attempts = async {
        let mut pause = Duration::from_millis(500);
        let mut attempt = 1;
        loop {
            match send(&client, topic, publication).await {
                Err(error) if attempt < ATTEMPTS && is_refusal(&error) => {
                    tracing::warn!(attempt, "SNS refused the message for now");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    attempt += 1;
                }
                result => return result.map_err(|error| not_published(topic, &error)),
            }
        }
    };
    tokio::time::timeout(time, attempts)
        .await
        .unwrap_or_else(|_| {
            Err(NotPublished {
                topic: topic.to_string(),
                code: "Timeout".to_owned(),
                message: format!("no answer within {} s", time.as_secs()),
                hint: hint("Timeout"),
            })
        })
}

fn client(config: &SdkConfig, topic: &TopicArn) -> Client {
    let mut settings = aws_sdk_sns::config::Builder::from(config)
        .region(aws_config::Region::new(topic.region().to_owned()));
    if !topic.is_fifo() {
        settings = settings.retry_config(RetryConfig::disabled());
    }
    // `publish` bounds the whole; the connection's own bounds stay as they are.
    let timeouts = config
        .timeout_config()
        .map(TimeoutConfig::to_builder)
        .unwrap_or_default()
        .disable_operation_timeout()
        .build();
    Client::from_conf(settings.timeout_config(timeouts).build())
}

async fn send(
    client: &Client,
    topic: &TopicArn,
    publication: &Publication,
) -> Result<String, SdkError<PublishError>> {
    let mut call = client
        .publish()
        .topic_arn(topic.as_str())
        .subject(&publication.subject)
        .message(&publication.body)
        .message_structure("json");
    if topic.is_fifo() {
        call = call
            .message_group_id(GROUP)
            .message_deduplication_id(&publication.deduplication_id);
    }
    for (name, kind, value) in &publication.attributes {
        let attribute = MessageAttributeValue::builder()
            .data_type(*kind)
            .string_value(value)
            .build()
            .map_err(SdkError::construction_failure)?;
        call = call.message_attributes(*name, attribute);
    }
    let answer = call.send().await?;
    Ok(answer.message_id().unwrap_or_default().to_owned())
}

/// Whether SNS surely did not take the message, and may later.
fn is_refusal(error: &SdkError<PublishError>) -> bool {
    matches!(
        error.code(),
        Some(
            "Throttling"
                | "ThrottlingException"
                | "ThrottledException"
                | "Throttled"
                | "RequestLimitExceeded"
                | "KMSThrottling"
                | "KMSThrottlingException"
        )
    )
}

fn not_published(topic: &TopicArn, error: &SdkError<PublishError>) -> NotPublished {
    let code = error.code().map_or_else(
        || match error {
            SdkError::TimeoutError(_) => "Timeout".to_owned(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "Timeout".to_owned(),
            SdkError::DispatchFailure(_) => "ConnectionError".to_owned(),
            SdkError::ServiceError(error) => format!("Http{}", error.raw().status().as_u16()),
            // The SDK may add kinds of errors.
            SdkError::ConstructionFailure(_) | SdkError::ResponseError(_) | _ => {
                "InvalidAnswer".to_owned()
            }
        },
        str::to_owned,
    );
    let message = error.message().map_or_else(|| chain(error), str::to_owned);
    NotPublished {
        topic: topic.to_string(),
        hint: hint(&code),
        code,
        message,
    }
}

fn hint(code: &str) -> &'static str {
    match code {
        "NotFound" | "NotFoundException" => {
            "create the topic, or set VPCE_GUARD_TOPIC_ARN to one that exists"
        }
        "AuthorizationError"
        | "AuthorizationErrorException"
        | "AccessDenied"
        | "AccessDeniedException" => {
            "allow sns:Publish on the topic to the function's role, and in the topic's policy where it belongs to another account"
        }
        code if code.starts_with("KMS") => {
            "allow kms:GenerateDataKey* and kms:Decrypt on the topic's key to the function's role"
        }
        "InvalidParameter" | "InvalidParameterException" => {
            "check the topic's attributes, such as a lowered MaximumMessageSize"
        }
        "Timeout" | "ConnectionError" => {
            "check that the function can reach SNS in the topic's Region"
        }
        _ => "look at the error, then invoke the function again",
    }
}
