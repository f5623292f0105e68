//! An endpoint's policy in a line, and whether it plainly lets a bucket be
//! read. Not a simulator: what depends on a condition, on who asks or on a
//! variable is "cannot say".
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>.

use serde_json::{Map, Value};

/// What a policy says about reading from a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A statement allows it to everyone without a condition, and none denies.
    Allows,
    /// No statement could allow it, or one denies it to everyone without a condition.
    DoesNotAllow,
    /// It depends on something that the policy alone does not decide.
    CannotSay,
}

impl Access {
    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allows => "allows",
            Self::DoesNotAllow => "does_not_allow",
            Self::CannotSay => "cannot_say",
        }
    }
}

/// A policy, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPolicy {
    statements: Option<Vec<Statement>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    allow: bool,
    actions: Patterns,
    resources: Patterns,
    principals: Principals,
    conditions: Vec<String>,
}

/// Whom a statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Principals {
    Everyone,
    /// These, in words.
    Some(String),
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Patterns {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// How surely something matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    No,
    Perhaps,
    Surely,
}

impl EndpointPolicy {
    /// Reads a policy document. One that cannot be read says nothing, and is no error.
    #[must_use]
    pub fn read(document: &str) -> Self {
        Self {
            statements: serde_json::from_str::<Value>(document)
                .ok()
                .as_ref()
                .and_then(statements),
        }
    }

    /// Whether it is the default, which lets everyone do everything; `None`
    /// where the policy cannot be read.
    #[must_use]
    pub fn is_full_access(&self) -> Option<bool> {
        let statements = self.statements.as_ref()?;
        let denies = statements.iter().any(|statement| !statement.allow);
        Some(!denies && statements.iter().any(Statement::is_full))
    }

    /// What it restricts, in a line.
    #[must_use]
    pub fn summary(&self) -> String {
        /// More than a person reads in a line; the document has them all.
        const MOST: usize = 3;
        let Some(statements) = &self.statements else {
            return "the policy cannot be read as one".to_owned();
        };
        if self.is_full_access() == Some(true) {
            return "full access: everyone, every action, every resource".to_owned();
        }
        if statements.is_empty() {
            return "no statement: nothing is allowed".to_owned();
        }
        let mut texts: Vec<String> = statements
            .iter()
            .take(MOST)
            .map(Statement::summary)
            .collect();
        if statements.len() > MOST {
            texts.push(format!("and {} more statements", statements.len() - MOST));
        }
        texts.join("; ")
    }

    /// Whether objects of a bucket may be read (`s3:GetObject`) through the
    /// endpoint as far as its policy goes; with a key, that object.
    ///
    /// `partition` is that of the bucket's ARN, such as `aws`.
    #[must_use]
    pub fn reading(&self, partition: &str, bucket: &str, key: Option<&str>) -> Access {
        let Some(statements) = &self.statements else {
            return Access::CannotSay;
        };
        let objects = format!("arn:{partition}:s3:::{bucket}/{}", key.unwrap_or_default());
        // With a key it is one resource, without one all that begin so.
        let matches = |statement: &Statement| statement.matches(&objects, key.is_none());
        let found = |allow: bool, least: Match| {
            statements
                .iter()
                .any(|statement| statement.allow == allow && matches(statement) >= least)
        };
        if found(false, Match::Surely) || !found(true, Match::Perhaps) {
            Access::DoesNotAllow
        } else if found(true, Match::Surely) && !found(false, Match::Perhaps) {
            Access::Allows
        } else {
            Access::CannotSay
        }
    }
}

impl Statement {
    fn is_full(&self) -> bool {
        let everything = |patterns: &Patterns| match patterns {
            Patterns::These(these) => these.iter().any(|pattern| pattern == "*"),
            Patterns::AllBut(_) => false,
        };
        self.allow
            && everything(&self.actions)
            && everything(&self.resources)
            && self.principals == Principals::Everyone
            && self.conditions.is_empty()
    }

    fn matches(&self, objects: &str, all_that_begin_so: bool) -> Match {
        let resources = match &self.resources {
            Patterns::These(these) => these
                .iter()
                .map(|pattern| resource_match(pattern, objects, all_that_begin_so))
                .max()
                .unwrap_or(Match::No),
            Patterns::AllBut(others) => {
                let other = others
                    .iter()
                    .map(|pattern| resource_match(pattern, objects, all_that_begin_so))
                    .max()
                    .unwrap_or(Match::No);
                opposite(other)
            }
        };
        let reads = |pattern: &String| wildcard(&pattern.to_ascii_lowercase(), "s3:getobject");
        let actions = match &self.actions {
            Patterns::These(these) if these.iter().any(reads) => Match::Surely,
            Patterns::AllBut(others) if !others.iter().any(reads) => Match::Surely,
            Patterns::These(_) | Patterns::AllBut(_) => Match::No,
        };
        let matched = resources.min(actions);
        if matched == Match::Surely
            && (self.principals != Principals::Everyone || !self.conditions.is_empty())
        {
            return Match::Perhaps;
        }
        matched
    }

    fn summary(&self) -> String {
        let verb = if self.allow { "allows" } else { "denies" };
        let actions = self.actions.summary("every action");
        let resources = self.resources.summary("every resource");
        let mut text = format!("{verb} {actions} on {resources}");
        if let Principals::Some(principals) = &self.principals {
            text.push_str(" for ");
            text.push_str(principals);
        }
        if !self.conditions.is_empty() {
            text.push_str(" under a condition on ");
            text.push_str(&self.conditions.join(" and "));
        }
        text
    }
}

impl Patterns {
    fn summary(&self, all: &str) -> String {
        match self {
            Self::These(these) if these.iter().any(|pattern| pattern == "*") => all.to_owned(),
            Self::These(these) => few(these),
            Self::AllBut(others) => format!("{all} but {}", few(others)),
        }
    }
}

/// The first few of a list in words.
fn few(items: &[String]) -> String {
    const MOST: usize = 3;
    match items {
        [] => "nothing".to_owned(),
        items if items.len() <= MOST => items.join(", "),
        items => format!(
            "{} and {} more",
            items[..MOST].join(", "),
            items.len() - MOST
        ),
    }
}

fn opposite(matched: Match) -> Match {
    match matched {
        Match::No => Match::Surely,
        Match::Perhaps => Match::Perhaps,
        Match::Surely => Match::No,
    }
}

/// Whether a pattern matches `objects`, or all of the texts that begin so.
fn resource_match(pattern: &str, objects: &str, all_that_begin_so: bool) -> Match {
    if let Some((fixed, _)) = pattern.split_once("${") {
        let fixed_part = fixed.split(['*', '?']).next().unwrap_or_default();
        let could = objects.starts_with(fixed_part)
            || (all_that_begin_so && fixed_part.starts_with(objects));
        return if could { Match::Perhaps } else { Match::No };
    }
    if !all_that_begin_so {
        return if wildcard(pattern, objects) {
            Match::Surely
        } else {
            Match::No
        };
    }
    // A last `*` that may be empty here may stand for any longer text, too.
    if pattern.ends_with('*') && wildcard(pattern, objects) {
        return Match::Surely;
    }
    if begins(pattern, objects) {
        Match::Perhaps
    } else {
        Match::No
    }
}

/// Whether `pattern`, in which `*` stands for any text and `?` for any
/// character, matches all of `text`.
fn wildcard(pattern: &str, text: &str) -> bool {
    reach(pattern, text).last() == Some(&true)
}

/// Whether some text that `pattern` matches begins with `prefix`.
fn begins(pattern: &str, prefix: &str) -> bool {
    // Where a beginning of the pattern takes the prefix exactly, or a `*` is
    // open when the prefix ends, the rest of the pattern takes something.
    (0..=pattern.len())
        .filter(|end| pattern.is_char_boundary(*end))
        .any(|end| wildcard(&pattern[..end], prefix))
}

/// For each number of characters of `text`, whether all of `pattern` takes exactly those.
fn reach(pattern: &str, text: &str) -> Vec<bool> {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for symbol in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match symbol {
                '*' => reached[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && reached[at - 1],
                symbol => at > 0 && reached[at - 1] && text[at - 1] == symbol,
            };
        }
        reached = next;
    }
    reached
}

fn statements(document: &Value) -> Option<Vec<Statement>> {
    match document.get("Statement")? {
        Value::Array(statements) => statements.iter().map(statement).collect(),
        one @ Value::Object(_) => Some(vec![statement(one)?]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn statement(value: &Value) -> Option<Statement> {
    let members = value.as_object()?;
    let allow = match members.get("Effect")?.as_str()? {
        "Allow" => true,
        "Deny" => false,
        _ => return None,
    };
    Some(Statement {
        allow,
        actions: patterns(members, "Action", "NotAction")?,
        resources: patterns(members, "Resource", "NotResource")?,
        principals: principals(members)?,
        conditions: match members.get("Condition") {
            None => Vec::new(),
            Some(condition) => conditions(condition)?,
        },
    })
}

fn patterns(members: &Map<String, Value>, name: &str, not_name: &str) -> Option<Patterns> {
    match (members.get(name), members.get(not_name)) {
        (Some(these), None) => Some(Patterns::These(texts(these)?)),
        (None, Some(others)) => Some(Patterns::AllBut(texts(others)?)),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// One text or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(texts) => texts
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Whom a statement speaks of.
fn principals(members: &Map<String, Value>) -> Option<Principals> {
    if members.contains_key("NotPrincipal") {
        return Some(Principals::Some("everyone but some principals".to_owned()));
    }
    let named = match members.get("Principal")? {
        Value::String(text) => vec![text.clone()],
        Value::Object(kinds) => {
            let mut named = Vec::new();
            for of_kind in kinds.values() {
                named.extend(texts(of_kind)?);
            }
            named
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    Some(if named.iter().any(|name| name == "*") {
        Principals::Everyone
    } else {
        Principals::Some(few(&named))
    })
}

/// The keys that a condition looks at.
fn conditions(condition: &Value) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    for by_key in condition.as_object()?.values() {
        keys.extend(by_key.as_object()?.keys().cloned());
    }
    keys.sort();
    keys.dedup();
    Some(keys)
}
