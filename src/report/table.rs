//! The report for a terminal: a line per subnet, worst first, then what to do.

use super::{format::Context, message, wire};
use std::io;

/// Writes the report as text.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
    let mut subnets: Vec<&wire::Subnet> = report.subnets.iter().flatten().collect();
    subnets.sort_by_key(|subnet| {
        (
            order(subnet.verdict),
            &subnet.region,
            &subnet.vpc_id,
            &subnet.subnet_id,
            subnet.service,
        )
    });
    let rows: Vec<[&str; 6]> = subnets
        .iter()
        .map(|subnet| {
            [
                subnet.verdict,
                subnet.path,
                subnet.service,
                subnet.region.as_str(),
                subnet.vpc_id.as_str(),
                subnet.subnet_id.as_str(),
            ]
        })
        .collect();
    let heads = ["VERDICT", "PATH", "SERVICE", "REGION", "VPC", "SUBNET"];
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].len());
            cells.chain([heads[column].len()]).max().unwrap_or_default()
        })
        .collect();
    for row in std::iter::once(&heads).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    write!(out, "\n{}", message::text(report))
}

fn order(verdict: &str) -> u8 {
    match verdict {
        "violation" => 0,
        "unverifiable" => 1,
        "exempt" => 2,
        _ => 3,
    }
}
