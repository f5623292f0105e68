//! Every rule. To add one: write its file and page, and name it below.

mod fix;

use crate::engine::rule::Rule;

macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(mod $name;)+
        /// All rules, in the order of help and documents.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),+];
    };
}

rules![
    gateway_route_missing,
    gateway_route_blackhole,
    gateway_route_shadowed,
    gateway_route_wrong_target,
    endpoint_unavailable,
    endpoint_unattached,
    endpoint_idle,
    endpoint_unobserved,
    ipv6_bypass,
    nat64_bypass,
    subnet_unverifiable,
    exemption_expired,
    exemption_unused,
];

/// The rule of an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let mut seen = BTreeSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.id), "two rules are called `{}`", rule.id);
            assert!(
                rule.id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "`{}` is not kebab-case",
                rule.id,
            );
        }
    }

    #[test]
    fn summaries_are_one_line_without_full_stop_and_pages_start_with_the_id() {
        for rule in RULES {
            assert!(
                !rule.summary.ends_with('.') && !rule.summary.contains('\n'),
                "{}",
                rule.id
            );
            assert!(
                rule.page.starts_with(&format!("# {}\n", rule.id)),
                "{}",
                rule.id
            );
        }
    }
}
