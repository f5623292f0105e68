//! The rooms of the crate, held by the `use` lines of their files, and the pages that are made from the rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};
use vpce_guard::{
    engine::rule::Check,
    rules::{self, RULES},
};

/// `(room, rooms it may import beside itself)`, from the bottom to the top.
const ROOMS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("evidence", &["domain"]),
    ("engine", &["domain", "evidence"]),
    ("rules", &["domain", "evidence", "engine"]),
    ("collect", &["domain", "evidence"]),
    ("report", &["domain", "evidence", "engine"]),
    ("notify", &["domain"]),
    (
        "app",
        &[
            "domain", "evidence", "engine", "rules", "collect", "report", "notify",
        ],
    ),
    ("cli", &["app"]),
    ("lambda", &["app"]),
];

/// `(crates, the only places that may name them)`.
const OUTSIDE: [(&[&str], &[&str]); 4] = [
    (
        &["aws_sdk_", "aws_config", "aws_smithy"],
        &["src/collect/aws", "src/notify"],
    ),
    (&["lambda_runtime"], &["src/lambda", "src/bin"]),
    (&["clap"], &["src/cli", "src/bin"]),
    (
        &["tokio", "futures_util"],
        &[
            "src/collect/aws",
            "src/notify",
            "src/app",
            "src/cli",
            "src/lambda",
            "src/bin",
        ],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of `src/`, named from the root of the repository, without its comments.
struct Source {
    name: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source {
                    name: path
                        .strip_prefix(root())
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    code: without_comments(&fs::read_to_string(&path).unwrap()),
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Cuts `// …` off each line. An address such as `https://…` loses its end, which names no module.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .fold(String::new(), |code, line| code + line + "\n")
}

/// The modules of a source below the crate: `src/engine/path.rs` is `engine`, `path`.
fn modules(name: &str) -> Vec<&str> {
    let inner = name
        .strip_prefix("src/")
        .unwrap()
        .strip_suffix(".rs")
        .unwrap();
    let mut modules: Vec<&str> = inner.split('/').collect();
    if modules.last() == Some(&"mod") {
        modules.pop();
    }
    modules
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether `word` stands in `code` as a word of its own.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word)
    })
}

/// Whether `code` names a crate, or one of a family of crates whose names begin alike.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        let whole = name.ends_with('_') || !code[at + name.len()..].starts_with(is_word);
        // In `#[cfg(feature = "…")]` it is the name of a feature.
        whole && !before.ends_with(is_word) && !before.ends_with('"')
    })
}

/// The first names of a path or of a group of paths: `engine::x` gives
/// `engine`, `{domain::{a, b}, evidence}` gives `domain` and `evidence`.
fn first_names(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        return vec![&rest[..end]];
    };
    let (mut names, mut depth, mut starts) = (Vec::new(), 1, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => starts = true,
            c if is_word(c) && starts => {
                let end = group[at..]
                    .find(|c| !is_word(c))
                    .unwrap_or(group.len() - at);
                names.push(&group[at..at + end]);
                starts = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Every name that `code` takes from the root of the crate, in a `use` or elsewhere.
fn taken_from_the_root(code: &str, depth: usize) -> BTreeSet<&str> {
    let mut taken = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        if !code[..at].ends_with(is_word) {
            taken.extend(first_names(&code[at + found.len()..]));
        }
    }
    // `super::super::…` climbs to the root, too.
    let climb = "super::".repeat(depth);
    for (at, found) in code.match_indices(&climb) {
        let rest = code[at + found.len()..].trim_start_matches("super::");
        taken.extend(first_names(rest));
    }
    taken
}

#[test]
fn groups_of_imports_are_read_to_their_end() {
    let code = "use crate::{\n    domain::{ids::{A, B}, route::C},\n    evidence::{Window, metrics::Telemetry},\n};\nfn f() { crate::report::g() }";
    assert_eq!(
        taken_from_the_root(code, 2),
        BTreeSet::from(["domain", "evidence", "report"])
    );
    assert_eq!(
        taken_from_the_root("use super::super::app::x;", 2),
        BTreeSet::from(["app"])
    );
    assert_eq!(
        taken_from_the_root("use super::app::x;", 2),
        BTreeSet::new()
    );
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let (mut seen, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    for source in sources() {
        let modules = modules(&source.name);
        let room = modules[0];
        if ["lib", "bin"].contains(&room) {
            continue;
        }
        let allowed = rooms
            .get(room)
            .unwrap_or_else(|| panic!("{}: `{room}` is no room of the design", source.name));
        seen.insert(room.to_owned());
        for name in taken_from_the_root(&source.code, modules.len()) {
            if name != room && rooms.contains_key(name) && !allowed.contains(&name) {
                wrong.insert(format!(
                    "{}: `{room}` must not import `{name}`",
                    source.name
                ));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
    for room in ["domain", "evidence", "engine", "rules", "collect"] {
        assert!(seen.contains(room), "the test saw no file of `{room}`");
    }
}

#[test]
fn crates_from_outside_are_named_only_at_the_edges() {
    for source in sources() {
        for (crates, places) in OUTSIDE {
            if places.iter().any(|place| source.name.starts_with(place)) {
                continue;
            }
            for name in crates {
                assert!(
                    !names_crate(&source.code, name),
                    "{} names `{name}`, which belongs in {places:?}",
                    source.name
                );
            }
        }
    }
}

#[test]
fn no_rule_names_another_rule() {
    let modules = rule_modules();
    for module in &modules {
        let path = root().join(format!("src/rules/{module}.rs"));
        let code = without_comments(&fs::read_to_string(path).unwrap());
        for other in modules.iter().filter(|other| *other != module) {
            assert!(
                !names(&code, other),
                "the rule `{module}` names the rule `{other}`"
            );
        }
    }
}

#[test]
fn programs_hold_no_logic_of_their_own() {
    for source in sources()
        .iter()
        .filter(|source| source.name.starts_with("src/bin/"))
    {
        let lines = fs::read_to_string(root().join(&source.name))
            .unwrap()
            .lines()
            .count();
        assert!(
            lines <= 30,
            "{} has {lines} lines, more than 30",
            source.name
        );
    }
}

/// The modules of `src/rules` that are rules: those with a page beside them.
fn rule_modules() -> Vec<String> {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in fs::read_dir(root().join("src/rules")).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap().to_str().unwrap().to_owned();
        files
            .entry(part(path.file_stem()))
            .or_default()
            .insert(part(path.extension()));
    }
    files.remove("mod");
    files.remove("fix");
    let both = BTreeSet::from(["rs".to_owned(), "md".to_owned()]);
    for (module, kinds) in &files {
        assert_eq!(
            *kinds, both,
            "src/rules/{module}: a rule is a .rs with a .md beside it"
        );
    }
    files.into_keys().collect()
}

#[test]
fn every_file_of_a_rule_is_in_the_list_of_rules() {
    let listed: BTreeSet<String> = RULES.iter().map(|rule| rule.id.replace('-', "_")).collect();
    assert_eq!(listed, rule_modules().into_iter().collect());
    for rule in RULES {
        let path = root().join(format!("src/rules/{}.md", rule.id.replace('-', "_")));
        assert_eq!(rule.page, fs::read_to_string(path).unwrap(), "{}", rule.id);
    }
}

/// The ids that scripts rely on.
const CONTRACT: [&str; 13] = [
    "gateway-route-missing",
    "gateway-route-blackhole",
    "gateway-route-shadowed",
    "gateway-route-wrong-target",
    "endpoint-unavailable",
    "endpoint-unattached",
    "endpoint-idle",
    "endpoint-unobserved",
    "ipv6-bypass",
    "nat64-bypass",
    "subnet-unverifiable",
    "exemption-expired",
    "exemption-unused",
];

#[test]
fn the_ids_of_the_contract_all_exist() {
    for id in CONTRACT {
        let rule = rules::find(id).unwrap_or_else(|| panic!("no rule is called {id}"));
        let not_judged = matches!(rule.check, Check::NotJudged { .. });
        assert_eq!(not_judged, id == "subnet-unverifiable");
    }
    assert!(rules::find("gateway-route").is_none());
}

fn index() -> String {
    let mut index = String::from(
        "# Rules\n\nMade from `src/rules` by `make docs`. A policy may weigh every rule otherwise: see `[severity]` in the\nconfig file.\n\n| rule | severity | fires when |\n|---|---|---|\n",
    );
    for rule in RULES {
        let (id, severity, summary) = (rule.id, rule.severity, rule.summary);
        writeln!(index, "| [`{id}`]({id}.md) | {severity} | {summary} |").unwrap();
    }
    index
}

#[test]
fn docs_rule_pages_are_those_of_the_rules() {
    let folder = root().join("docs/rules");
    let mut pages: BTreeMap<String, String> = RULES
        .iter()
        .map(|rule| (format!("{}.md", rule.id), rule.page.to_owned()))
        .collect();
    pages.insert("README.md".to_owned(), index());

    let update = std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1");
    if update {
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        for (name, page) in &pages {
            fs::write(folder.join(name), page).unwrap();
        }
    }
    let hint = "run `make docs`";
    let written: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}: {hint}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(written, pages.keys().cloned().collect(), "{hint}");
    for (name, page) in pages {
        let written = fs::read_to_string(folder.join(&name)).unwrap();
        assert!(
            written == page,
            "docs/rules/{name} is not the rule's page: {hint}"
        );
    }
}
