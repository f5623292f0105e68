//! What a document of fixes says beside its code: the same in every format.

use super::{
    Place, aws_cli,
    plan::{Attach, ByHand, Create, Plan},
    quote::comment,
};
use std::collections::BTreeSet;

/// The most subjects that a comment names.
const MOST_NAMES: usize = 8;

impl Plan<'_> {
    /// What the document is and does; `changes`: whether anything in it is code.
    pub(super) fn header(&self, changes: bool) -> Vec<String> {
        let mut said = vec![format!(
            "Fixes by {} {}: {} to make, {} to add to, {} by hand.",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            counted(self.create.len(), "gateway endpoint"),
            counted(self.attach.len(), "gateway endpoint"),
            counted(self.by_hand.len(), "fix"),
        )];
        if self.exempt > 0 {
            let findings = counted(self.exempt, "exempt finding");
            said.push(format!("{findings} left out."));
        }
        said.extend(self.gaps.iter().cloned());
        if !self.create.is_empty() {
            said.push(
                "A new endpoint gets AWS's default policy, which allows every action on every resource: give it one of yours where other endpoints have one.".to_owned(),
            );
        }
        if changes {
            said.push(
                "A new endpoint route breaks the open connections of its subnets to the service; they reconnect through the endpoint.".to_owned(),
            );
        }
        said.iter().map(|line| comment(line)).collect()
    }

    /// What is not done by code, as comments.
    pub(super) fn by_hand_as_comments(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.by_hand.is_empty() {
            lines.push(String::new());
            lines.push(comment(
                "By hand: what takes something away, needs a look first, or has no form in code.",
            ));
        }
        for by_hand in &self.by_hand {
            lines.push("#".to_owned());
            lines.extend(by_hand.lines());
        }
        lines
    }
}

impl Create<'_> {
    /// What it makes and mends, as a comment.
    pub(super) fn heading(&self) -> String {
        comment(&format!(
            "Gateway endpoint of {} for {}{}: mends {}",
            self.endpoint.service.title(),
            self.endpoint.vpc,
            in_place(self.place),
            some(&self.mends)
        ))
    }
}

impl Attach<'_> {
    /// What it changes and mends, as a comment.
    pub(super) fn heading(&self) -> String {
        let tables = counted(self.tables.len(), "more table");
        comment(&format!(
            "{tables} for {}{}: mends {}",
            self.endpoint,
            in_place(self.place),
            some(&self.mends)
        ))
    }
}

impl ByHand<'_> {
    fn lines(&self) -> Vec<String> {
        let finding = self.finding;
        let mut lines = vec![
            comment(&format!(
                "{} of {}{}: {}",
                finding.rule,
                some(&self.concerns),
                in_place(self.place),
                finding.title
            )),
            comment(&format!("  {}", finding.remediation.summary)),
        ];
        let commands = self
            .actions
            .iter()
            .map(|action| comment(&format!("    {}", aws_cli::action(action, self.place))));
        lines.extend(commands);
        lines
    }
}

fn in_place(place: Place<'_>) -> String {
    match (place.account, place.region) {
        (Some(account), "") => format!(" (account {account})"),
        (Some(account), region) => format!(" (account {account}, {region})"),
        (None, "") => String::new(),
        (None, region) => format!(" ({region})"),
    }
}

fn some(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(MOST_NAMES).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn counted(count: usize, what: &str) -> String {
    let ending = match (count, what.ends_with('x')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {what}{ending}")
}
