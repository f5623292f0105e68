//! Sends what is ready to be sent. Knows bytes, not reports.

#[cfg(feature = "aws")]
pub mod sns;
pub mod topic;

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// One line.
    pub subject: String,
    /// The body.
    pub body: String,
    /// Attributes: name, data type and value.
    pub attributes: Vec<(&'static str, &'static str, String)>,
    /// The same for the same message, for channels that drop what they have seen.
    pub deduplication_id: String,
}
