//! The pages: what they show a command print is what it prints.
//!
//! A fenced block of the language `console` holds commands (`$ vpce-guard ..`), each with its output below it. Every
//! command runs in a shell, in a folder that has `examples/` and nothing else; the commands of a page follow each other
//! there. A line `…` stands for lines that were left out. `make docs` writes the outputs anew.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Stands for the lines that a page leaves out.
const CUT: &str = "…";
/// Stands for every time of a run, so that a page does not change with each one.
const A_TIME: &str = "2026-07-01T06:00:00Z";

/// The pages with commands, and those that link to them.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![
        PathBuf::from("README.md"),
        PathBuf::from("examples/README.md"),
    ];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if Path::new(ROOT).join(&path).is_dir() {
                // The rules' pages are written by another test, which empties their folder.
                if !path.ends_with("rules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|kind| kind == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn read(page: &Path) -> String {
    fs::read_to_string(Path::new(ROOT).join(page)).unwrap()
}

/// Where the commands of a page run.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        symlink(
            Path::new(ROOT).join("examples"),
            folder.path().join("examples"),
        )
        .unwrap();
        Self(folder)
    }

    /// What a person sees: both outputs, as on a terminal of 100 columns without colours.
    fn run(&self, command: &str) -> Vec<String> {
        let program = Path::new(env!("CARGO_BIN_EXE_vpce-guard"));
        let mut path = program.parent().unwrap().as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(self.0.path())
            .env_clear()
            .envs([
                ("NO_COLOR", "1"),
                ("COLUMNS", "100"),
                ("LC_ALL", "C.UTF-8"),
                ("HOME", "/nonexistent"),
            ])
            .env("PATH", path)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let text = text.trim_end_matches('\n');
        if text.is_empty() {
            return Vec::new();
        }
        text.split('\n')
            .map(|line| without_times(line).trim_end().to_owned())
            .collect()
    }
}

/// Puts [`A_TIME`] for each RFC 3339 time in UTC.
fn without_times(line: &str) -> String {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let bytes = line.as_bytes();
    let is_time = |at: usize| {
        bytes.get(at..at + SHAPE.len()).is_some_and(|text| {
            text.iter().zip(SHAPE).all(|(byte, shape)| match shape {
                b'd' => byte.is_ascii_digit(),
                _ => byte == shape,
            })
        })
    };
    let mut out = String::new();
    let mut rest = 0;
    for at in 0..bytes.len() {
        if at < rest || !is_time(at) {
            continue;
        }
        let mut end = at + SHAPE.len();
        if bytes.get(end) == Some(&b'.') {
            end += 1;
            end += bytes[end..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        }
        let zulu = bytes.get(end) == Some(&b'Z');
        out.push_str(&line[rest..at]);
        out.push_str(if zulu {
            A_TIME
        } else {
            A_TIME.trim_end_matches('Z')
        });
        rest = end + usize::from(zulu);
    }
    out.push_str(&line[rest..]);
    out
}

/// `found`, left out where `shown` leaves out: as many first and last lines as there.
fn cut_like(shown: &[&str], found: &[String]) -> Vec<String> {
    let Some(at) = shown.iter().position(|line| *line == CUT) else {
        return found.to_vec();
    };
    let (first, last) = (at, shown.len() - at - 1);
    assert!(
        !shown[at + 1..].contains(&CUT),
        "one {CUT} for each command: pipe it through sed or grep to show a part of the middle"
    );
    if first + last >= found.len() {
        return found.to_vec();
    }
    let mut lines = found[..first].to_vec();
    lines.push(CUT.to_owned());
    lines.extend_from_slice(&found[found.len() - last..]);
    lines
}

/// A page whose commands were run.
struct RealPage {
    /// The page with the outputs that its commands really have.
    text: String,
    /// How many commands there are.
    commands: usize,
    /// Commands that failed where the page does not mean to show it; their outputs stay as they are.
    failed: Vec<String>,
}

/// Whether a command could not run, and its page does not show the exit code that says so.
fn failed(command: &str, output: &[String]) -> bool {
    let is_error = |line: &String| line.starts_with("error: ") || line.starts_with("vpce-guard: ");
    !command.contains("$?") && output.iter().any(is_error)
}

fn run_page(text: &str) -> RealPage {
    let shell = Shell::new();
    let (mut out, mut commands, mut failures) = (Vec::new(), 0, Vec::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push(line.to_owned());
        // A longer fence encloses outputs that hold fences themselves.
        let Some(fence) = line
            .strip_suffix("console")
            .filter(|fence| fence.len() > 2 && fence.chars().all(|c| c == '`'))
        else {
            continue;
        };
        while let Some(line) = lines.next_if(|line| *line != fence) {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| {
                panic!("`{line}` stands before the first command of a console block: commands that no test runs are of the language sh")
            });
            out.push(line.to_owned());
            let mut whole = command.to_owned();
            while whole.ends_with('\\') {
                let more = lines.next().unwrap();
                out.push(more.to_owned());
                whole = format!("{whole}\n{more}");
            }
            assert!(
                whole.contains("vpce-guard "),
                "`{whole}` is no command of ours: blocks that no test runs are of the language sh"
            );
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| *line != fence && !line.starts_with("$ ")) {
                shown.push(line);
            }
            // An empty line may part a command from the one before.
            let gap = matches!(lines.peek(), Some(line) if line.starts_with("$ "))
                && shown.last() == Some(&"");
            if gap {
                shown.pop();
            }
            let found = shell.run(&whole);
            if failed(&whole, &found) {
                out.extend(shown.iter().map(ToString::to_string));
                failures.push(format!("`{whole}`: {}", found.join(" ")));
            } else {
                out.extend(cut_like(&shown, &found));
            }
            if gap {
                out.push(String::new());
            }
            commands += 1;
        }
    }
    RealPage {
        text: out.join("\n") + "\n",
        commands,
        failed: failures,
    }
}

#[test]
fn docs_pages_show_what_the_commands_print() {
    let update = std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1");
    let (mut wrong, mut broken) = (String::new(), String::new());
    let mut commands = 0;
    for page in pages() {
        let text = read(&page);
        let page_run = run_page(&text);
        commands += page_run.commands;
        for failure in &page_run.failed {
            broken = format!("{broken}{}: {failure}\n", page.display());
        }
        let real = page_run.text;
        if real == text {
            continue;
        }
        if update {
            fs::write(Path::new(ROOT).join(&page), real).unwrap();
        } else {
            let (shown, found) = text
                .lines()
                .zip(real.lines())
                .find(|(shown, found)| shown != found)
                .unwrap_or(("the end", "the end"));
            wrong = format!(
                "{wrong}{}: shows `{shown}` where there is `{found}`\n",
                page.display()
            );
        }
    }
    assert!(
        broken.is_empty(),
        "pages show commands that cannot run:\n{broken}"
    );
    assert!(wrong.is_empty(), "run `make docs`:\n{wrong}");
    assert!(commands > 10, "only {commands} commands were found");
}

#[test]
fn every_command_has_a_page_and_the_list_of_commands_names_it() {
    let list = read(Path::new("docs/commands/README.md"));
    let help = Shell::new().run("vpce-guard --help");
    let commands: Vec<&str> = help
        .iter()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|command| !command.is_empty() && *command != "help")
        .collect();
    assert!(commands.contains(&"check"));
    for command in commands {
        // These two are explained in a paragraph of the list itself.
        if ["completions", "man"].contains(&command) {
            assert!(list.contains(&format!("vpce-guard {command}")), "{command}");
            continue;
        }
        let page = format!("{command}.md");
        assert!(
            Path::new(ROOT).join("docs/commands").join(&page).exists(),
            "docs/commands/{page} is to be written"
        );
        assert!(
            list.contains(&format!("[{command}]({page})")),
            "docs/commands/README.md does not link {page}"
        );
    }
}

#[test]
fn every_link_of_the_pages_leads_to_a_file_and_a_heading() {
    // `make docs` may just be writing the pages that are linked to.
    let mut wrong = Vec::new();
    for page in pages() {
        for (_, link) in read(&page).match_indices("](").map(|(at, _)| {
            let text = read(&page);
            let link = text[at + 2..].split(')').next().unwrap().to_owned();
            (at, link)
        }) {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            let whole = Path::new(ROOT).join(&target);
            let found = whole.exists()
                && (heading.is_empty()
                    || headings(&fs::read_to_string(&whole).unwrap()).contains_key(heading));
            if !found {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The headings of a page by the name that a link gives them.
fn headings(text: &str) -> BTreeMap<String, &str> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim();
            let name = title
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect();
            (name, title)
        })
        .collect()
}

#[test]
fn a_page_that_shows_something_else_is_noticed() {
    let page = |output: &str| format!("```console\n$ vpce-guard rules | head -n 2\n{output}```\n");
    let real = run_page(&page(""));
    assert_eq!((real.commands, real.failed.len()), (1, 0));
    assert_ne!(real.text, page(""));
    assert_eq!(run_page(&real.text).text, real.text);
    let other = page("gateway-route-missing\n…\n");
    assert_ne!(run_page(&other).text, other);
}

#[test]
fn the_error_of_a_command_that_is_gone_never_becomes_its_output() {
    let page = "```console\n$ vpce-guard rules --loud\nwhat it once printed\n```\n";
    let real = run_page(page);
    assert_eq!(real.text, page);
    assert_eq!(real.failed.len(), 1);
    let meant = "```console\n$ vpce-guard rules --loud; echo \"exit code $?\"\n```\n";
    assert!(run_page(meant).text.contains("\nexit code 2\n"));
    assert!(run_page(meant).failed.is_empty());
}

#[test]
fn lines_are_left_out_where_the_page_leaves_them_out() {
    let found: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    assert_eq!(cut_like(&["x", CUT, "y"], &found), ["a", CUT, "d"]);
    assert_eq!(cut_like(&[CUT], &found), [CUT]);
    assert_eq!(cut_like(&["x", "y", "z", CUT, "w"], &found), found);
    assert_eq!(cut_like(&[], &found), found);
}

#[test]
fn the_time_of_a_run_does_not_change_a_page() {
    for (line, expected) in [
        (
            "Run  2026-11-23T02:36:05Z to 2026-11-23T02:36:06.123Z.",
            "Run  2026-07-01T06:00:00Z to 2026-07-01T06:00:00Z.",
        ),
        (
            "timestamp=\"2026-11-23T02:36:05\"",
            "timestamp=\"2026-07-01T06:00:00\"",
        ),
        (
            "until 2035-12-31, „ü“ 2026-11-23T",
            "until 2035-12-31, „ü“ 2026-11-23T",
        ),
    ] {
        assert_eq!(without_times(line), expected);
    }
}
