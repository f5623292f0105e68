//! The table on terminals of every width.

use crate::account::clean;
use crate::report::{every_outcome_report, report};
use unicode_width::UnicodeWidthStr as _;
use vpce_guard::{
    report::{
        format::{Context, Format, Terminal},
        wire::Report,
    },
    rules::RULES,
};

fn table(report: &Report, terminal: Terminal) -> String {
    let context = Context {
        rules: RULES,
        terminal,
    };
    let mut out = Vec::new();
    Format::Table.write(report, &context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn wide(width: usize) -> Terminal {
    Terminal {
        width: Some(width),
        colours: false,
    }
}

#[test]
fn a_terminal_of_any_width_shows_every_subnet_whole() {
    let report = every_outcome_report();
    for width in [1, 20, 40, 60, 72, 80, 100, 120, 160, 300] {
        let table = table(&report, wide(width));
        for subnet in report.subnets.iter().flatten() {
            assert!(
                table.contains(&subnet.subnet_id),
                "{width}: {}",
                subnet.subnet_id
            );
        }
    }
}

#[test]
fn no_line_but_a_command_is_wider_than_the_terminal() {
    let report = every_outcome_report();
    for width in [40, 60, 72, 80, 100, 120, 160, 300] {
        let table = table(&report, wide(width));
        for line in table.lines() {
            let word = line
                .split_whitespace()
                .map(str::len)
                .max()
                .unwrap_or_default();
            // A word that is longer than the line stays whole: ids are copied.
            let whole = word + 3 > width;
            assert!(
                line.width() <= width || line.starts_with("     ") || whole,
                "{width}: {line}"
            );
        }
    }
}

#[test]
fn a_pipe_and_a_terminal_with_no_color_get_no_escape_sequences() {
    assert!(!table(&every_outcome_report(), Terminal::default()).contains('\u{1b}'));
}

#[test]
fn a_terminal_gets_colours_and_the_same_text() {
    let report = every_outcome_report();
    let coloured = table(
        &report,
        Terminal {
            width: Some(100),
            colours: true,
        },
    );
    assert!(coloured.contains("\u{1b}[31mviolation\u{1b}[0m"));
    assert!(coloured.contains("\u{1b}[32mcompliant\u{1b}[0m"));
    let mut plain = String::new();
    for (at, part) in coloured.split('\u{1b}').enumerate() {
        plain.push_str(if at == 0 {
            part
        } else {
            part.split_once('m').unwrap().1
        });
    }
    assert_eq!(plain, table(&report, wide(100)));
}

#[test]
fn a_name_cannot_move_the_cursor_or_break_the_columns() {
    let mut report = report(&clean());
    let subnets = report.subnets.as_mut().unwrap();
    subnets[0].name = Some("a\u{1b}[2J\nb".to_owned());
    subnets[1].name = Some("名前".to_owned());
    let table = table(&report, Terminal::default());
    assert!(!table.contains('\u{1b}'));
    let at = |name: &str| {
        let line = table.lines().find(|line| line.contains(name)).unwrap();
        line[..line.find("rtb-").unwrap()].width()
    };
    assert_eq!(at("a [2J b"), at("名前"));
}

#[test]
fn the_worst_vpc_stands_first_and_the_answer_last() {
    let table = table(&every_outcome_report(), Terminal::default());
    let first = table.lines().find(|line| line.starts_with("vpc-")).unwrap();
    assert!(first.contains("in violation"), "{first}");
    let answer = table.find("violations of the private path").unwrap();
    assert!(table.find("Not everything was seen").unwrap() < answer);
}
