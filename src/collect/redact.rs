//! Takes out of a record what names people and accounts, and keeps what decides.
//!
//! Replaced: account ids wherever they stand, by made-up ones in their order;
//! values of the tags `Name` and `vpce-guard:exempt` and names of a customer's
//! prefix lists, by numbered words; in messages of AWS, what ARNs name and
//! encoded texts. Left out: every other tag but `vpce-guard:exempt-until`, and
//! the policies of endpoints, which name buckets and principals.
//! Kept: ids of resources, address blocks, Regions, names of services.
//!
//! The same text becomes the same word everywhere, and numbers follow the
//! order of appearance: nobody can find an account by trying all 10^12.

use super::{
    record::{Record, Target},
    shapes,
};
use crate::domain::{fact::Fact, ids::AccountId, problem::Problem};
use std::collections::BTreeMap;

/// Digits of an account id.
const DIGITS: usize = 12;

/// Words longer than this in a message are encoded data.
const LONGEST_WORD: usize = 64;

/// Redacts a record in place.
pub fn redact(record: &mut Record) {
    let mut masks = Masks::default();
    // Accounts first: then their ids are known inside longer words, too.
    for target in &mut record.targets {
        masks.known_accounts(target);
    }
    for target in &mut record.targets {
        masks.target(target);
    }
    for problem in &mut record.problems {
        masks.problem(problem);
    }
}

/// The made-up text of each that was replaced.
#[derive(Default)]
struct Masks {
    accounts: BTreeMap<String, String>,
    names: BTreeMap<&'static str, BTreeMap<String, String>>,
}

impl Masks {
    fn known_accounts(&mut self, target: &Target) {
        let own = target.account.as_ref().map(AccountId::as_str);
        let vpcs = target.answers.vpcs.known().into_iter().flatten();
        let subnets = target.answers.subnets.known().into_iter().flatten();
        let tables = target.answers.route_tables.known().into_iter().flatten();
        let endpoints = target.answers.vpc_endpoints.known().into_iter().flatten();
        let lists = target.answers.prefix_lists.known().into_iter().flatten();
        let owners = vpcs
            .map(|vpc| &vpc.owner_id)
            .chain(subnets.map(|subnet| &subnet.owner_id))
            .chain(tables.map(|table| &table.owner_id))
            .chain(endpoints.map(|endpoint| &endpoint.owner_id))
            .chain(lists.map(|list| &list.owner_id));
        let owners = own.into_iter().chain(owners.filter_map(Option::as_deref));
        for owner in owners {
            if owner.parse::<AccountId>().is_ok() {
                self.account(owner);
            }
        }
    }

    fn target(&mut self, target: &mut Target) {
        if let Some(account) = &target.account {
            target.account = self.account(account.as_str()).parse().ok();
        }
        self.list(&mut target.answers.vpcs, |masks, vpc| {
            masks.text(&mut vpc.owner_id);
            masks.tags(&mut vpc.tags);
        });
        self.list(&mut target.answers.subnets, |masks, subnet| {
            masks.text(&mut subnet.owner_id);
            masks.tags(&mut subnet.tags);
        });
        self.list(&mut target.answers.route_tables, |masks, table| {
            masks.text(&mut table.owner_id);
            for route in &mut table.routes {
                masks.text(&mut route.core_network_arn);
                masks.text(&mut route.odb_network_arn);
            }
        });
        self.list(&mut target.answers.vpc_endpoints, |masks, endpoint| {
            masks.text(&mut endpoint.owner_id);
            masks.text(&mut endpoint.service_name);
            endpoint.policy_document = None;
        });
        self.list(&mut target.answers.prefix_lists, |masks, list| {
            if let Some(name) = list
                .prefix_list_name
                .as_mut()
                .filter(|name| !is_of_aws(name))
            {
                *name = masks.name("prefix-list", name);
            }
            masks.text(&mut list.owner_id);
        });
        for problem in &mut target.problems {
            self.problem(problem);
        }
    }

    fn text(&mut self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.accounts_in(text);
        }
    }

    fn tags(&mut self, tags: &mut Vec<shapes::Tag>) {
        tags.retain_mut(|tag| {
            let kind = match tag.key.as_str() {
                "Name" => "name",
                "vpce-guard:exempt" => "reason",
                "vpce-guard:exempt-until" if is_date(&tag.value) => return true,
                // Without it the exemption would hold for ever.
                "vpce-guard:exempt-until" => "no-date",
                _ => return false,
            };
            // An empty one says that there is none.
            if !tag.value.trim().is_empty() {
                tag.value = self.name(kind, &tag.value);
            }
            true
        });
    }

    fn problem(&mut self, problem: &mut Problem) {
        if let Some(account) = &problem.account {
            problem.account = self.account(account.as_str()).parse().ok();
        }
        problem.message = self.prose(&problem.message);
        problem.hint = problem.hint.as_deref().map(|hint| self.prose(hint));
    }

    /// A text that AWS or somebody wrote, without the names in it.
    fn prose(&mut self, text: &str) -> String {
        let words = text.split_inclusive(char::is_whitespace);
        words
            .map(|word| {
                let end = word.trim_end().len();
                self.accounts_in(&without_names(&word[..end])) + &word[end..]
            })
            .collect()
    }

    fn list<T>(&mut self, list: &mut Fact<Vec<T>>, mut change: impl FnMut(&mut Self, &mut T)) {
        match list {
            Fact::Known(items) => items.iter_mut().for_each(|item| change(self, item)),
            Fact::Missing(why) => *why = self.prose(why),
        }
    }

    fn name(&mut self, kind: &'static str, text: &str) -> String {
        let names = self.names.entry(kind).or_default();
        let number = names.len() + 1;
        names
            .entry(text.to_owned())
            .or_insert_with(|| format!("{kind}-{number}"))
            .clone()
    }

    fn account(&mut self, id: &str) -> String {
        let number = self.accounts.len() + 1;
        self.accounts
            .entry(id.to_owned())
            .or_insert_with(|| format!("{number:0DIGITS$}"))
            .clone()
    }

    /// The text with every account id replaced: twelve digits that stand
    /// alone, or that are known to be one. Ids of resources stay whole.
    fn accounts_in(&mut self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let end = from
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(from.len());
            let (digits, after) = from.split_at(end);
            masked.push_str(before);
            let is_alone = !masked.ends_with(char::is_alphanumeric)
                && !after.starts_with(char::is_alphanumeric);
            if digits.len() == DIGITS && (is_alone || self.accounts.contains_key(digits)) {
                masked.push_str(&self.account(digits));
            } else {
                masked.push_str(digits);
            }
            rest = after;
        }
        masked + rest
    }
}

/// Whether a prefix list's name is of the form that AWS gives its own. A
/// customer may choose it, too; then it names a service and nobody.
fn is_of_aws(name: &str) -> bool {
    ["com.amazonaws.", "cn.com.amazonaws.", "com.amazon."]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether a text can be nothing but a date, with or without a time.
fn is_date(text: &str) -> bool {
    let text = text.trim();
    text.parse::<jiff::civil::Date>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
}

/// A word of a message without what an ARN names (roles, users, sessions) and
/// without encoded data.
fn without_names(word: &str) -> String {
    const INSTEAD: &str = "[redacted]";
    if let Some(at) = word.find("arn:") {
        let mut parts = word[at..].splitn(6, ':');
        let head: Vec<&str> = parts.by_ref().take(5).collect();
        if let Some(resource) = parts.next() {
            let kind = resource.split(['/', ':']).next().unwrap_or_default();
            return format!("{}{}:{kind}/{INSTEAD}", &word[..at], head.join(":"));
        }
    }
    if word.len() > LONGEST_WORD {
        return INSTEAD.to_owned();
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks() -> Masks {
        let mut masks = Masks::default();
        masks.account("111122223333");
        masks
    }

    #[test]
    fn the_same_account_is_the_same_made_up_one_everywhere() {
        let mut masks = masks();
        for (text, masked) in [
            ("111122223333", "000000000001"),
            (
                "arn:aws:networkmanager::111122223333:core-network/core-network-0ab",
                "arn:aws:networkmanager::000000000001:core-network/core-network-0ab",
            ),
            ("acct111122223333x", "acct000000000001x"),
            ("999988887777, 999988887777", "000000000002, 000000000002"),
            ("x 999988887777", "x 000000000002"),
            ("vpc-012345678901a", "vpc-012345678901a"),
            ("1234567890123", "1234567890123"),
            ("", ""),
        ] {
            assert_eq!(masks.accounts_in(text), masked, "{text}");
        }
    }

    #[test]
    fn a_message_names_nobody() {
        let mut problem = Problem {
            account: None,
            region: None,
            operation: "ec2:DescribeVpcs".to_owned(),
            code: "UnauthorizedOperation".to_owned(),
            message: format!(
                "User: arn:aws:sts::111122223333:assumed-role/audit/alice@example.com is not authorized. Encoded: {}",
                "a1".repeat(99)
            ),
            hint: None,
        };
        masks().problem(&mut problem);
        assert_eq!(
            problem.message,
            "User: arn:aws:sts::000000000001:assumed-role/[redacted] is not authorized. Encoded: [redacted]"
        );
    }

    #[test]
    fn what_is_missing_and_how_to_get_it_names_nobody() {
        let mut masks = masks();
        let mut missing: Fact<Vec<shapes::Vpc>> =
            Fact::Missing("denied to\narn:aws:iam::111122223333:user/alice".to_owned());
        masks.list(&mut missing, |_, _| {});
        let Fact::Missing(why) = missing else {
            panic!("it is still missing");
        };
        assert_eq!(why, "denied to\narn:aws:iam::000000000001:user/[redacted]");
    }

    #[test]
    fn a_customers_list_without_an_owner_loses_its_name() {
        assert!(!is_of_aws("acme-secret-partner"));
        assert!(is_of_aws("com.amazonaws.eu-west-1.s3"));
        assert!(is_of_aws("com.amazonaws.global.cloudfront.origin-facing"));
    }
}
