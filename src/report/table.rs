//! The report for a terminal: the subnets by VPC, worst first, then what to
//! do, and the answer last, where a terminal stops.

mod rows;

use super::{
    format::{Context, Terminal},
    text::{self, LABEL, Line},
    wire,
};
use crate::engine::severity::Severity;
use anstyle::{AnsiColor, Style};
use rows::{
    FIRST_LINE, GAP, HEADS, Layout, Row, Vpc, WAY, Widths, cells, layout, rank, vpcs, widths,
};
use std::{collections::BTreeMap, io};
use unicode_width::UnicodeWidthStr as _;

/// Writes the report as text.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let paper = Paper {
        terminal: context.terminal,
        out,
    };
    paper.report(report)
}

/// Where the text goes, and how.
struct Paper<'a> {
    terminal: Terminal,
    out: &'a mut dyn io::Write,
}

impl Paper<'_> {
    fn report(mut self, report: &wire::Report) -> io::Result<()> {
        self.subnets(report)?;
        let violations = text::groups(text::violations(report));
        let subnet_names = subnet_names(report);
        for (at, group) in violations.iter().enumerate() {
            writeln!(self.out)?;
            for line in text::paragraph(at + 1, group, &subnet_names) {
                self.line(&line, group.finding.severity)?;
            }
        }
        self.notes(report)?;
        if !report.complete {
            for gap in text::gaps(report) {
                for line in gap.lines() {
                    self.prose(line, "   ")?;
                }
            }
        }
        writeln!(self.out)?;
        for (at, line) in text::head(report).lines().enumerate() {
            if at == 0 {
                let line = self.wrapped(line, "");
                self.styled(answer_style(report.status), &line.join("\n"))?;
                writeln!(self.out)?;
            } else {
                self.prose(line, "          ")?;
            }
        }
        Ok(())
    }

    fn subnets(&mut self, report: &wire::Report) -> io::Result<()> {
        let vpcs = vpcs(report);
        let widths = widths(&vpcs);
        let layout = layout(&widths, self.terminal.width);
        if let (Layout::Columns(columns), false) = (&layout, vpcs.is_empty()) {
            let heads = HEADS.map(str::to_owned);
            writeln!(self.out, "  {}", cells(&heads, columns, &widths))?;
        }
        let names = names(report);
        for vpc in &vpcs {
            self.vpc_head(vpc, names.get(vpc.first.vpc_id.as_str()).copied())?;
            for (subnet, row) in &vpc.rows {
                self.row(subnet, row, &layout, &widths)?;
            }
        }
        Ok(())
    }

    fn vpc_head(&mut self, vpc: &Vpc<'_>, name: Option<&str>) -> io::Result<()> {
        let of_verdict = |verdict| {
            let rows = vpc.rows.iter();
            rows.filter(|(subnet, _)| subnet.verdict == verdict).count()
        };
        let all = vpc.rows.len();
        let mut parts = Vec::new();
        let wrong = of_verdict("violation");
        match (wrong, of_verdict("unverifiable")) {
            (0, 0) => {}
            (0, unknown) => parts.push(format!("{unknown} of {all} not judged")),
            (wrong, 0) => parts.push(format!("{wrong} of {all} in violation")),
            (wrong, unknown) => parts.push(format!(
                "{wrong} of {all} in violation, {unknown} not judged"
            )),
        }
        // A subnet is compliant by its IPv4 path alone; other rules may object.
        if vpc.findings > wrong {
            parts.push(format!("{} below", text::plural(vpc.findings, "violation")));
        }
        let state = if parts.is_empty() {
            "nothing wrong".to_owned()
        } else {
            parts.join("; ")
        };
        let place = [
            Some(vpc.first.vpc_id.as_str()),
            name,
            Some(&vpc.first.region),
            vpc.first.account_id.as_deref(),
        ];
        let place: Vec<&str> = place.into_iter().flatten().collect();
        let head = text::harmless(&format!("{}: {state}", place.join("  ")));
        writeln!(self.out)?;
        for line in self.wrapped(&head, "  ") {
            self.styled(Style::new().bold(), &line)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        subnet: &wire::Subnet,
        row: &Row,
        layout: &Layout,
        widths: &Widths,
    ) -> io::Result<()> {
        let verdict = verdict_style(subnet.verdict);
        match layout {
            Layout::Columns(columns) => {
                let mut line = cells(row, columns, widths);
                let width = self.terminal.width.unwrap_or(usize::MAX);
                // One long way must not break the columns of all other rows.
                let long_way = (line.width() + GAP > width).then_some(&row[WAY]);
                if long_way.is_some() {
                    line = cells(row, &columns[..columns.len() - 1], widths);
                }
                let (first, rest) = line.split_at(row[0].len());
                write!(self.out, "  ")?;
                self.styled(verdict, first)?;
                writeln!(self.out, "{rest}")?;
                if let Some(way) = long_way {
                    let indent = " ".repeat(GAP + widths[0] + GAP);
                    self.prose(&format!("{indent}{way}"), &indent)?;
                }
                Ok(())
            }
            Layout::TwoLines => {
                let line = cells(row, &FIRST_LINE, widths);
                let (first, rest) = line.split_at(row[0].len());
                write!(self.out, "  ")?;
                self.styled(verdict, first)?;
                writeln!(self.out, "{rest}")?;
                let below = [&row[4], &row[5], &row[6]];
                let below: Vec<&str> = below
                    .into_iter()
                    .map(String::as_str)
                    .filter(|cell| !cell.is_empty())
                    .collect();
                let indent = " ".repeat(GAP + widths[0] + GAP);
                self.prose(&format!("{indent}{}", below.join("  ")), &indent)
            }
            Layout::Stack => {
                self.styled(verdict, &row[0])?;
                writeln!(self.out, " {} {}", row[1], row[2])?;
                for cell in row[3..].iter().filter(|cell| !cell.is_empty()) {
                    self.prose(&format!("  {cell}"), "  ")?;
                }
                Ok(())
            }
        }
    }

    /// What is known and does not count: accepted, or only worth knowing.
    fn notes(&mut self, report: &wire::Report) -> io::Result<()> {
        let of_weight = |accepted: bool| {
            text::groups(report.findings.iter().filter(move |finding| {
                finding.weight == wire::Weight::Note && finding.exemption.is_some() == accepted
            }))
        };
        for (head, groups) in [
            ("Accepted by an exemption:", of_weight(true)),
            ("Worth knowing:", of_weight(false)),
        ] {
            if !groups.is_empty() {
                writeln!(self.out, "\n{head}")?;
            }
            for group in groups {
                let finding = group.finding;
                let where_to = if group.subnets.is_empty() {
                    finding.vpc_endpoint_id.clone().unwrap_or_default()
                } else {
                    text::some(&group.subnets, " ")
                };
                let why = finding.exemption.as_ref().map_or_else(
                    || finding.title.clone(),
                    |exemption| {
                        let until = exemption.until.as_deref();
                        let until = until.map_or(String::new(), |day| format!(", until {day}"));
                        format!("{} ({}{until})", exemption.reason, exemption.source)
                    },
                );
                let line = format!(
                    " - [{}] {} {where_to}: {}",
                    finding.severity,
                    finding.rule,
                    text::short(&why)
                );
                self.prose(&line, "   ")?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &Line, severity: Severity) -> io::Result<()> {
        match line {
            Line::Title(title) => {
                for line in self.wrapped(title, "   ") {
                    self.styled(severity_style(severity), &line)?;
                    writeln!(self.out)?;
                }
                Ok(())
            }
            Line::Labelled(..) => self.prose(&line.plain(), &" ".repeat(3 + LABEL)),
            // A command is copied as it is, so it is never broken.
            Line::Command(_) => writeln!(self.out, "{}", line.plain()),
        }
    }

    fn prose(&mut self, text: &str, indent: &str) -> io::Result<()> {
        for line in self.wrapped(text, indent) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn wrapped(&self, text: &str, indent: &str) -> Vec<String> {
        let Some(width) = self.terminal.width else {
            return vec![text.to_owned()];
        };
        // Deep indents leave no room on a narrow terminal.
        let indent = if indent.len() * 3 > width {
            "  "
        } else {
            indent
        };
        let options = textwrap::Options::new(width)
            .subsequent_indent(indent)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::wrap(text, options)
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect()
    }

    fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.terminal.colours {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            write!(self.out, "{text}")
        }
    }
}

fn subnet_names(report: &wire::Report) -> text::Names<'_> {
    let subnets = report.subnets.iter().flatten();
    subnets
        .filter_map(|subnet| Some((subnet.subnet_id.as_str(), subnet.name.as_deref()?)))
        .collect()
}

fn names(report: &wire::Report) -> BTreeMap<&str, &str> {
    let vpcs = report.vpcs.iter().flatten();
    vpcs.filter_map(|vpc| Some((vpc.vpc_id.as_str(), vpc.name.as_deref()?)))
        .collect()
}

fn verdict_style(verdict: &str) -> Style {
    colour(match rank(verdict) {
        0 => AnsiColor::Red,
        1 => AnsiColor::Yellow,
        2 => AnsiColor::Cyan,
        _ => AnsiColor::Green,
    })
}

fn severity_style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical | Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low | Severity::Info => AnsiColor::Cyan,
    };
    self::colour(colour).bold()
}

fn answer_style(status: wire::Status) -> Style {
    colour(match status {
        wire::Status::Violations => AnsiColor::Red,
        wire::Status::Incomplete => AnsiColor::Yellow,
        wire::Status::Compliant => AnsiColor::Green,
    })
    .bold()
}

fn colour(colour: AnsiColor) -> Style {
    colour.on_default()
}
