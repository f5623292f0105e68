//! Reads a list to its end, or not at all.

use super::failure::{Failure, within};
use std::{collections::BTreeSet, future::Future};
use tokio::time::Instant;

/// More pages than any account has: route tables come 100 to a page.
const MOST_PAGES: usize = 2_000;

/// Asks for page after page until there is no token, or an empty one, which
/// means the same. A page may be empty and still have a next one. A token
/// that comes back would go on for ever: it is an error.
pub(super) async fn all<T, Call, Page>(
    deadline: Option<Instant>,
    operation: &'static str,
    mut call: Call,
) -> Result<Vec<T>, Failure>
where
    Call: FnMut(Option<String>) -> Page,
    Page: Future<Output = Result<(Vec<T>, Option<String>), Failure>>,
{
    let mut items = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let (page, next) = within(deadline, operation, call(token)).await?;
        items.extend(page);
        let Some(next) = next.filter(|next| !next.is_empty()) else {
            return Ok(items);
        };
        if !seen.insert(next.clone()) {
            return Err(Failure::new(
                operation,
                "EndlessPages",
                "a page token came back, so the pages would never end",
            ));
        }
        token = Some(next);
    }
    Err(Failure::new(
        operation,
        "EndlessPages",
        format!("there was still a next page after {MOST_PAGES}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pages: Vec<(Vec<u8>, Option<&str>)>) -> Result<Vec<u8>, Failure> {
        let mut pages = pages.into_iter().cycle();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(all(None, "ec2:DescribeVpcs", |_| {
            let (items, token) = pages.next().unwrap();
            let token = token.map(str::to_owned);
            async move { Ok((items, token)) }
        }))
    }

    #[test]
    fn empty_pages_and_empty_tokens_are_no_special_case() {
        let pages = vec![
            (vec![1], Some("a")),
            (vec![], Some("b")),
            (vec![2], Some("")),
        ];
        assert_eq!(run(pages), Ok(vec![1, 2]));
    }

    #[test]
    fn a_token_that_comes_back_is_an_error_also_in_a_circle() {
        for pages in [
            vec![(vec![1], Some("a"))],
            vec![(vec![1], Some("a")), (vec![2], Some("b"))],
        ] {
            assert_eq!(run(pages).unwrap_err().code, "EndlessPages");
        }
    }

    #[test]
    fn pages_that_never_end_are_an_error() {
        let mut next = 0_u32;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let result: Result<Vec<()>, _> = runtime.block_on(all(None, "ec2:DescribeVpcs", |_| {
            next += 1;
            let token = next.to_string();
            async move { Ok((Vec::new(), Some(token))) }
        }));
        assert_eq!(result.unwrap_err().code, "EndlessPages");
    }
}
