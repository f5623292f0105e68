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
        each(&mut target.answers.vpcs, |vpc: &mut shapes::Vpc| {
            self.text(&mut vpc.owner_id);
            self.tags(&mut vpc.tags);
        });
        each(
            &mut target.answers.subnets,
            |subnet: &mut shapes::Subnet| {
                self.text(&mut subnet.owner_id);
                self.tags(&mut subnet.tags);
            },
        );
        each(
            &mut target.answers.route_tables,
            |table: &mut shapes::RouteTable| {
                self.text(&mut table.owner_id);
                for route in &mut table.routes {
                    self.text(&mut route.core_network_arn);
                    self.text(&mut route.odb_network_arn);
                }
            },
        );
        each(
            &mut target.answers.vpc_endpoints,
            |endpoint: &mut shapes::VpcEndpoint| {
                self.text(&mut endpoint.owner_id);
                self.text(&mut endpoint.service_name);
                endpoint.policy_document = None;
            },
        );
        each(
            &mut target.answers.prefix_lists,
            |list: &mut shapes::PrefixList| {
                let is_aws = list.owner_id.as_deref().is_none_or(|owner| owner == "AWS");
                if let Some(name) = list.prefix_list_name.as_mut().filter(|_| !is_aws) {
                    *name = self.name("prefix-list", name);
                }
                self.text(&mut list.owner_id);
            },
        );
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
        let words: Vec<String> = problem
            .message
            .split(' ')
            .map(|word| self.accounts_in(&without_names(word)))
            .collect();
        problem.message = words.join(" ");
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

fn each<T>(list: &mut Fact<Vec<T>>, change: impl FnMut(&mut T)) {
    match list {
        Fact::Known(items) => items.iter_mut().for_each(change),
        Fact::Missing(_) => {}
    }
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
}
