//! A call that failed, with everything needed to repeat it by hand.

use super::whole_answer::CutAnswer;
use crate::domain::problem::chain;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use std::{error::Error as StdError, future::Future};
use tokio::time::Instant;

/// The code where nothing gives credentials to sign a call with.
pub(super) const NO_CREDENTIALS: &str = "NoCredentials";

/// A call that gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed ({code}): {message}")]
pub struct Failure {
    /// As in the IAM action, e.g. `ec2:DescribeRouteTables`.
    pub operation: &'static str,
    /// AWS's error code, or one of ours for faults below AWS:
    /// `Timeout`, `ConnectionError`, `TruncatedAnswer`, `InvalidAnswer`,
    /// `DeadlineExceeded`, `EndlessPages`, `NoCredentials`, `NoRegion`.
    pub code: String,
    /// What happened.
    pub message: String,
}

impl Failure {
    /// A call that the SDK gave up.
    pub(super) fn of_call<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        if let Some(cut) = cause::<CutAnswer>(error) {
            return Self::new(operation, "TruncatedAnswer", cut.to_string());
        }
        if let Some(code) = error.code() {
            let message = error.message().unwrap_or("AWS gave no message");
            return Self::new(operation, code, message);
        }
        let text = chain(error);
        let code = match error {
            SdkError::TimeoutError(_) => "Timeout",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "Timeout",
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)
                if text.contains("credentials") =>
            {
                NO_CREDENTIALS
            }
            SdkError::DispatchFailure(_) => "ConnectionError",
            SdkError::ConstructionFailure(_) => "InvalidCall",
            SdkError::ServiceError(error) if error.raw().status().is_success() => "InvalidAnswer",
            SdkError::ServiceError(error) => {
                return Self::new(
                    operation,
                    format!("Http{}", error.raw().status().as_u16()),
                    "AWS answered with an error that has no code",
                );
            }
            // The SDK may add kinds of errors.
            SdkError::ResponseError(_) | _ => "InvalidAnswer",
        };
        Self::new(operation, code, text)
    }

    /// An answer that makes no sense.
    pub(super) fn of_answer(operation: &'static str, error: &dyn StdError) -> Self {
        Self::new(operation, "InvalidAnswer", error.to_string())
    }

    /// Nobody said which Region to ask.
    pub(super) fn no_region(operation: &'static str) -> Self {
        Self::new(operation, "NoRegion", "no Region is set to ask in")
    }

    pub(super) fn new(
        operation: &'static str,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            code: code.into(),
            message: message.into(),
        }
    }

    /// Why a fact is missing, as the end of a sentence.
    #[must_use]
    pub fn why(&self) -> String {
        format!("{} failed ({})", self.operation, self.code)
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.code.as_str() {
            "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException"
            | "AuthorizationError" | "Forbidden" => format!(
                "allow {} to the role that runs the audit, and look for a service control policy that denies it",
                self.operation
            ),
            "AuthFailure" | "UnrecognizedClientException" | "InvalidClientTokenId"
            | "SignatureDoesNotMatch" => {
                "check that the Region is enabled for the account and that the credentials are valid there; leave the Region out if it is not used".to_owned()
            }
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                "renew the credentials, then run the audit again".to_owned()
            }
            NO_CREDENTIALS => {
                "give the audit credentials, for example by AWS_PROFILE or a role".to_owned()
            }
            "RequestLimitExceeded" | "Throttling" | "ThrottlingException" | "SlowDown" => {
                "run the audit at another time, or for fewer Regions at once (collect.regions_at_once)".to_owned()
            }
            "Timeout" | "ConnectionError" => {
                "check the Region's name, and that the audit can reach the service's API: proxy, security group, and a NAT gateway or interface endpoint where it runs in a VPC".to_owned()
            }
            "TruncatedAnswer" | "InvalidAnswer" | "EndlessPages" => {
                "run the audit again; if it stays so, look for a proxy that changes answers".to_owned()
            }
            "DeadlineExceeded" => {
                "raise the function's timeout, or audit fewer Regions in one run".to_owned()
            }
            "NoRegion" => "set AWS_REGION, or name the Regions to audit".to_owned(),
            _ => "run the audit again; if it stays so, repeat the call by hand to see why".to_owned(),
        }
    }
}

/// Waits for a call until the deadline.
pub(super) async fn within<T>(
    deadline: Option<Instant>,
    operation: &'static str,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Some(deadline) = deadline else {
        return call.await;
    };
    tokio::time::timeout_at(deadline, call)
        .await
        .unwrap_or_else(|_| {
            Err(Failure::new(
                operation,
                "DeadlineExceeded",
                "no answer when the run had to end",
            ))
        })
}

fn cause<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next: Option<&'e (dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
