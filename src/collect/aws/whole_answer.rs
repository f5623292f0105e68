//! Refuses XML that was cut off. The SDK's parser by itself accepts it: of a
//! truncated body whose length still matches the header it returned `Ok` with
//! the items that had arrived, and an audit would have judged half an account.

use aws_sdk_ec2::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::AfterDeserializationInterceptorContextRef,
};
use aws_sdk_ec2::error::BoxError;

/// An answer without its closing tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not whole: {0}")]
pub(super) struct CutAnswer(String);

/// Checks every successful answer of a service that speaks XML.
#[derive(Debug, Clone, Copy)]
pub(super) struct WholeAnswer;

impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success() {
            check(response.body().bytes().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The body must end with the closing tag of its first element.
fn check(body: &[u8]) -> Result<(), CutAnswer> {
    let body = body.trim_ascii();
    let Some(root) = root(body) else {
        return Err(CutAnswer(format!(
            "{} bytes and no XML element",
            body.len()
        )));
    };
    let closed = body
        .strip_suffix(b">")
        .and_then(|rest| rest.trim_ascii_end().strip_suffix(root))
        .is_some_and(|rest| rest.ends_with(b"</"));
    if closed {
        Ok(())
    } else {
        Err(CutAnswer(format!(
            "{} bytes without the closing tag of {}",
            body.len(),
            String::from_utf8_lossy(root)
        )))
    }
}

/// The name of the first element, past the declaration and comments.
fn root(mut body: &[u8]) -> Option<&[u8]> {
    loop {
        let open = body.iter().position(|b| *b == b'<')?;
        body = &body[open + 1..];
        if body.first().is_some_and(u8::is_ascii_alphabetic) {
            let end = body
                .iter()
                .position(|b| b.is_ascii_whitespace() || *b == b'>' || *b == b'/')?;
            return Some(&body[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><vpcSet><item/></vpcSet></DescribeVpcsResponse>\n";

    #[test]
    fn a_whole_answer_is_accepted() {
        assert_eq!(check(WHOLE.as_bytes()), Ok(()));
    }

    #[test]
    fn an_answer_cut_anywhere_is_refused() {
        let whole = WHOLE.trim_end().as_bytes();
        for end in 0..whole.len() {
            assert!(check(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_refused() {
        for body in ["", "{}", "<html><body>gateway time-out</body>", "<!-- -->"] {
            assert!(check(body.as_bytes()).is_err(), "{body}");
        }
    }
}
