//! Words and numbers of the page.

use crate::domain::service::Service;

/// The name that people know a service by.
pub(super) fn service(name: &str) -> &str {
    match name.parse::<Service>() {
        Ok(service) => service.title(),
        Err(_) => name,
    }
}

/// A number with a comma after each thousand.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many there are.
pub(super) fn count(value: usize) -> String {
    number(value as u64)
}

/// How many there are of something.
pub(super) fn plural(value: usize, noun: &str) -> String {
    let end = if value == 1 { "" } else { "s" };
    format!("{} {noun}{end}", count(value))
}

/// Bytes, as they are and in a unit that can be grasped.
#[expect(
    clippy::cast_precision_loss,
    reason = "the number itself stands beside it"
)]
pub(super) fn bytes(value: u64) -> String {
    let exact = format!("{} bytes", number(value));
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut rest = value as f64 / 1000.0;
    for unit in units {
        if rest < 1.0 {
            return exact;
        }
        if rest < 1000.0 {
            return format!("{rest:.1} {unit} ({exact})");
        }
        rest /= 1000.0;
    }
    exact
}

/// A time of the report, for people: `2026-11-30 12:00:03 UTC`.
pub(super) fn time(time: &str) -> String {
    match time.strip_suffix('Z').and_then(|time| time.split_once('T')) {
        Some((day, clock)) => format!("{day} {clock} UTC"),
        None => time.to_owned(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The first few of some items in a sentence, and how many more there are.
pub(super) fn some<S: AsRef<str>>(items: &[S], most: usize) -> String {
    if items.len() <= most {
        return listed(items);
    }
    let mut shown: Vec<&str> = items[..most].iter().map(AsRef::as_ref).collect();
    let more = format!("{} more", count(items.len() - most));
    shown.push(&more);
    listed(&shown)
}

/// A verdict in words.
pub(super) fn verdict(name: &str) -> &str {
    match name {
        "compliant" => "On the endpoint",
        "violation" => "Violation",
        "exempt" => "Exempt",
        "unverifiable" => "Not judged",
        other => other,
    }
}

/// How many have a verdict.
pub(super) fn tally(value: usize, name: &str) -> String {
    match name {
        "violation" => plural(value, "violation"),
        other => format!("{} {}", count(value), verdict(other).to_lowercase()),
    }
}

/// A path in words.
pub(super) fn path(name: &str) -> &str {
    match name {
        "gateway_endpoint" => "gateway endpoint",
        "partial" => "partly around it",
        "bypass" => "around it",
        "no_route" => "dropped",
        "unverifiable" => "not known",
        other => other,
    }
}

/// The order of verdicts, what needs a person first.
pub(super) fn rank(verdict: &str) -> u8 {
    match verdict {
        "unverifiable" => 1,
        "exempt" => 2,
        "compliant" => 3,
        // `violation`; and a word of a later release must not hide at the end.
        _ => 0,
    }
}
