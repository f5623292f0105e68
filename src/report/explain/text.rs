//! An explanation for a person: the answer first, then what speaks for it,
//! then what to do.

use super::{
    super::{format::Terminal, text::harmless},
    Document, MatchedRoute, Routes, ShownEndpoint,
};
use std::io;

/// Where lines break when nothing is known of a terminal; also the widest that reads well.
const WIDTH: usize = 100;

/// More addresses or blocks than this are counted, not listed.
const MOST: usize = 3;

/// Writes the document as text.
pub(super) fn write(of: &Document, terminal: Terminal, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = Text {
        out,
        width: terminal.width.unwrap_or(WIDTH).clamp(40, WIDTH),
        whole: terminal.width.unwrap_or(WIDTH),
        colours: terminal.colours,
    };
    text.answer(of)?;
    text.notes(&of.notes)?;
    text.subnet(of)?;
    text.destination(of)?;
    text.addresses(of)?;
    for routes in &of.routes {
        text.routes(routes, of)?;
    }
    text.endpoints(&of.endpoints)?;
    text.fixes(of)
}

struct Text<'o> {
    out: &'o mut dyn io::Write,
    /// Where sentences break.
    width: usize,
    /// What a line of a table may take.
    whole: usize,
    colours: bool,
}

impl Text<'_> {
    fn answer(&mut self, of: &Document) -> io::Result<()> {
        let lines = fill(&of.sentence, self.width);
        let (first, rest) = lines
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        // The word that answers stands before the first colon.
        let (word, after) = first.split_once(':').unwrap_or((first, ""));
        if self.colours {
            let colour = match of.verdict {
                "endpoint" => 32,
                "undecided" => 33,
                _ => 31,
            };
            self.line(&format!("1;{colour}"), &format!("{word}:"), after)?;
        } else {
            self.plain(first)?;
        }
        for line in rest {
            self.plain(line)?;
        }
        Ok(())
    }

    /// Every line goes through here: what others wrote, such as a tag, must
    /// not act on the terminal.
    fn line(&mut self, colour: &str, marked: &str, plain: &str) -> io::Result<()> {
        let (marked, plain) = (harmless(marked), harmless(plain));
        if marked.is_empty() {
            writeln!(self.out, "{plain}")
        } else {
            writeln!(self.out, "\u{1b}[{colour}m{marked}\u{1b}[0m{plain}")
        }
    }

    fn plain(&mut self, text: &str) -> io::Result<()> {
        self.line("", "", text)
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        self.plain("")?;
        for line in fill(text, self.width) {
            if self.colours {
                self.line("1", &line, "")?;
            } else {
                self.plain(&line)?;
            }
        }
        Ok(())
    }

    /// A paragraph behind a mark.
    fn item(&mut self, mark: &str, text: &str) -> io::Result<()> {
        let indent = mark.chars().count();
        let mut before = mark.to_owned();
        for line in fill(text, self.width.saturating_sub(indent)) {
            self.plain(&format!("{before}{line}"))?;
            before = " ".repeat(indent);
        }
        Ok(())
    }

    fn notes(&mut self, notes: &[String]) -> io::Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        self.heading("Why")?;
        for note in notes {
            self.item("  - ", &sentence(note))?;
        }
        Ok(())
    }

    fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.item(&format!("  {name:<12}"), value)
    }

    fn subnet(&mut self, of: &Document) -> io::Result<()> {
        let subnet = &of.subnet;
        self.heading("Subnet")?;
        let parts = [
            Some(subnet.subnet_id.clone()),
            subnet.name.as_ref().map(|name| format!("\"{name}\"")),
            subnet.cidr_block.clone(),
            subnet.ipv6.then(|| "with IPv6".to_owned()),
        ];
        self.fact("subnet", &join(parts))?;
        let parts = [
            Some(subnet.vpc_id.clone()),
            subnet.vpc_name.as_ref().map(|name| format!("\"{name}\"")),
            subnet
                .account_id
                .as_ref()
                .map(|account| format!("account {account}")),
            Some(subnet.region.clone()),
        ];
        self.fact("VPC", &join(parts))?;
        match &of.route_table {
            Some(table) => {
                let how = match table.association {
                    "main" => "the VPC's main table, since the subnet is associated with no other",
                    _ => "associated with the subnet",
                };
                self.fact("route table", &format!("{}: {how}", table.route_table_id))
            }
            None => self.fact("route table", "not known"),
        }
    }

    fn destination(&mut self, of: &Document) -> io::Result<()> {
        let destination = &of.destination;
        let Some(host) = &destination.host else {
            return Ok(());
        };
        self.heading("Destination")?;
        let title = destination.host_title.unwrap_or_default();
        self.fact("name", &format!("{host}: {title}"))?;
        if let Some(region) = &destination.region {
            self.fact("Region", region)?;
        }
        if let Some(bucket) = &destination.bucket {
            self.fact("bucket", bucket)?;
        }
        if let Some(key) = &destination.key {
            self.fact("object", key)?;
        }
        Ok(())
    }

    fn addresses(&mut self, of: &Document) -> io::Result<()> {
        if of.addresses.is_empty() {
            return Ok(());
        }
        self.heading(match of.destination.addresses_from {
            "dns" => "Addresses, from DNS where this program runs",
            _ => "Addresses, as given",
        })?;
        let mut rows = vec![["ADDRESS", "IN PREFIX LIST", "PACKETS"].map(str::to_owned)];
        rows.extend(of.addresses.iter().map(|address| {
            let list = match (&address.prefix_list_id, &address.prefix_list_cidr) {
                (Some(list), Some(block)) => format!("{list} ({block})"),
                (_, _) => "no".to_owned(),
            };
            let translated = match &address.translated {
                Some(translated) => format!("go to {translated} and "),
                None => String::new(),
            };
            [
                address.address.clone(),
                list,
                format!("{translated}{}", address.text),
            ]
        }));
        self.table(&rows)
    }

    fn routes(&mut self, routes: &Routes, of: &Document) -> io::Result<()> {
        let table = of
            .route_table
            .as_ref()
            .map_or("the table", |table| table.route_table_id.as_str());
        let shown = match routes.of.as_slice() {
            few if few.len() <= 2 => few.join(" and "),
            many => format!("{} and {} more", many[0], many.len() - 1),
        };
        self.heading(&format!(
            "Routes of {table} that match {shown}, in order of precedence"
        ))?;
        let heads = [
            "",
            "MATCHES BY",
            "ROUTE",
            "KIND",
            "TARGET",
            "STATE",
            "RESULT",
        ];
        let mut rows = vec![heads.map(str::to_owned)];
        rows.extend(routes.matches.iter().map(row));
        if !routes.matches.is_empty() {
            self.table(&rows)?;
        } else if routes.unplaced == 0 {
            self.item("  ", "no route matches: the packets are dropped")?;
        }
        if !routes.unrouted.is_empty() && !routes.matches.is_empty() {
            self.item("  ", &format!("no route for {}", few(&routes.unrouted)))?;
        }
        if routes.unplaced > 0 {
            let count = plural(routes.unplaced, "route");
            self.item(
                "  ",
                &format!(
                    "{count} of the table cannot be placed, since what it matches is not known"
                ),
            )?;
        }
        if routes.others > 0 {
            let count = plural(routes.others, "other route");
            let verb = if routes.others == 1 { "does" } else { "do" };
            self.item("  ", &format!("{count} {verb} not match"))?;
        }
        Ok(())
    }

    fn endpoints(&mut self, endpoints: &[ShownEndpoint]) -> io::Result<()> {
        if endpoints.is_empty() {
            return Ok(());
        }
        self.heading("Endpoint")?;
        for endpoint in endpoints {
            let routed = match (endpoint.kind.as_str(), endpoint.in_route_table) {
                ("Gateway", true) => Some("the table has a route to it".to_owned()),
                ("Gateway", false) => Some("the table has no route to it".to_owned()),
                (_, _) => None,
            };
            let parts = [
                Some(format!(
                    "{} endpoint, {}",
                    endpoint.kind,
                    endpoint.state.as_deref().unwrap_or("state not given")
                )),
                endpoint.ip_address_type.clone(),
                routed,
                endpoint.private_dns.map(|dns| match dns {
                    "whole_vpc" => "private DNS for the whole VPC".to_owned(),
                    "inbound_only" => "private DNS for inbound resolver endpoints only".to_owned(),
                    _ => "no private DNS".to_owned(),
                }),
            ];
            self.item(
                "  ",
                &format!("{}: {}", endpoint.vpc_endpoint_id, join(parts)),
            )?;
            let policy = endpoint.policy.as_deref();
            self.fact("  policy", policy.unwrap_or("not among the answers"))?;
        }
        Ok(())
    }

    fn fixes(&mut self, of: &Document) -> io::Result<()> {
        if of.findings.is_empty() && of.advice.is_empty() {
            return Ok(());
        }
        self.heading("What to do")?;
        for advice in &of.advice {
            self.item("  - ", &sentence(advice))?;
        }
        for finding in &of.findings {
            let summary = format!(
                "{} ({}, severity {})",
                finding.remediation.summary, finding.rule, finding.severity
            );
            self.item("  - ", &sentence(&summary))?;
            for command in &finding.remediation.commands {
                // Never broken: it is to be copied.
                self.plain(&format!("      {command}"))?;
            }
        }
        Ok(())
    }

    /// Columns as wide as their widest cell; where those do not fit, one
    /// field per line.
    fn table<const N: usize>(&mut self, rows: &[[String; N]]) -> io::Result<()> {
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        });
        // The indent, and two spaces between columns.
        if widths.iter().sum::<usize>() + 2 * N > self.whole {
            return self.fields(rows);
        }
        for row in rows {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            self.plain(&format!("  {}", cells.join("  ").trim_end()))?;
        }
        Ok(())
    }
}

impl Text<'_> {
    /// Each row as a block, of which a column without a heading is the mark.
    fn fields<const N: usize>(&mut self, rows: &[[String; N]]) -> io::Result<()> {
        let Some((heads, rows)) = rows.split_first() else {
            return Ok(());
        };
        let label = heads.iter().map(|head| head.chars().count()).max();
        let label = label.unwrap_or_default();
        for row in rows {
            let named = || heads.iter().zip(row);
            let mut mark = named()
                .find(|(head, cell)| head.is_empty() && !cell.is_empty())
                .map_or("-", |(_, cell)| cell.as_str());
            for (head, cell) in named().filter(|(head, _)| !head.is_empty()) {
                self.item(&format!("  {mark:1} {head:label$}  "), cell)?;
                mark = "";
            }
        }
        Ok(())
    }
}

fn row(route: &MatchedRoute) -> [String; 7] {
    let mark = match route.wins {
        "all" | "some" => "*",
        "undecided" => "?",
        _ => "",
    };
    let why = match route.wins_cidrs.as_slice() {
        cidrs if cidrs.is_empty() || route.wins == "undecided" => route.why.clone(),
        cidrs => format!("wins {}", few(cidrs)),
    };
    // Of a whole list the number says more than one of its blocks.
    let blocks = if route.blocks > route.cidrs.len() {
        format!("{} blocks", route.blocks)
    } else {
        few(&route.cidrs)
    };
    [
        mark.to_owned(),
        blocks,
        route.destination.clone(),
        route.rank.replace('_', " "),
        route.target.clone().unwrap_or_else(|| "none".to_owned()),
        route.state.clone(),
        why,
    ]
}

fn few(items: &[String]) -> String {
    match items {
        items if items.len() <= MOST => items.join(", "),
        items => format!(
            "{} and {} more",
            items[..MOST].join(", "),
            items.len() - MOST
        ),
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 {
        format!("{count} {what}")
    } else {
        format!("{count} {what}s")
    }
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// With a capital letter and a full stop; an id, a name or an address keeps its case.
fn sentence(text: &str) -> String {
    let first = text.split([' ', ',']).next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_ascii_lowercase());
    let mut letters = text.chars();
    let start = match letters.next() {
        Some(letter) if is_word => letter.to_ascii_uppercase().to_string(),
        Some(letter) => letter.to_string(),
        None => String::new(),
    };
    let stop = if text.contains("://") && !text.contains(' ') {
        ""
    } else {
        "."
    };
    format!("{start}{}{stop}", letters.as_str())
}

/// Breaks a text between words into lines of at most `width`; a longer word stays whole.
fn fill(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
