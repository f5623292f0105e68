//! The page for browsers: what stands in it, and what cannot get into it.
//! How it works in a browser is tested in `tests/browser`.

use crate::{
    account::{Account, clean, tag},
    report::{add_leak, every_outcome_report, report},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vpce_guard::{
    report::{
        format::{Context, Format, Terminal},
        wire::{Report, Status},
    },
    rules::RULES,
};

fn page(report: &Report) -> String {
    let context = Context {
        rules: RULES,
        terminal: Terminal::default(),
    };
    let mut out = Vec::new();
    Format::Html.write(report, &context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The text between two others, which must both be there.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start} is missing"));
    rest.split_once(end)
        .unwrap_or_else(|| panic!("{end} is missing"))
        .0
}

/// What a browser shows for an escaped text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The rows of the table, as the page's script reads them.
fn data(page: &str) -> Value {
    let json = between(
        page,
        "<script id=\"data\" type=\"application/json\">",
        "</script>",
    );
    serde_json::from_str(json).unwrap()
}

fn headline(report: &Report) -> String {
    between(&page(report), "<h1>", "</h1>").to_owned()
}

/// The lines of a map: from, to, kind, and the share in thousandths.
fn lines(
    page: &str,
    region: &str,
    vpc: &str,
    service: &str,
) -> BTreeSet<(String, String, String, Option<i64>)> {
    let start = format!(
        "<figure class=\"map\" data-service=\"{service}\" data-vpc=\"{vpc}\" data-region=\"{region}\">"
    );
    let map = between(page, &start, "</figure>");
    map.split("<path class=\"line ")
        .skip(1)
        .map(|line| {
            let value = |name: &str| between(line, &format!("data-{name}=\""), "\"").to_owned();
            #[expect(clippy::cast_possible_truncation, reason = "thousandths")]
            let share = line
                .split_once(" d=\"")
                .unwrap()
                .0
                .contains("data-share")
                .then(|| (value("share").parse::<f64>().unwrap() * 1000.0).round() as i64);
            (value("from"), value("to"), value("kind"), share)
        })
        .collect()
}

#[test]
fn nothing_of_the_report_is_missing_on_the_page() {
    let report = every_outcome_report();
    let page = page(&report);
    for finding in &report.findings {
        for text in [
            &finding.title,
            &finding.detail,
            &finding.remediation.summary,
        ] {
            assert!(page.contains(&escaped(text)), "{text} is not on the page");
        }
        for command in &finding.remediation.commands {
            let code = format!("<code>{}</code>", escaped(command));
            assert!(page.contains(&code), "{command} is not on the page");
        }
        if let Some(exemption) = &finding.exemption {
            assert!(page.contains(&escaped(&exemption.reason)));
            assert!(page.contains(&escaped(&exemption.source)));
        }
        assert!(page.contains(&format!("href=\"#rule-{}\"", finding.rule)));
    }
    for endpoint in &report.endpoints {
        let row = format!("<tr data-endpoint=\"{}\">", endpoint.vpc_endpoint_id);
        assert!(page.contains(&row), "{row}");
    }
    for error in &report.errors {
        for text in [
            Some(&error.operation),
            Some(&error.message),
            error.hint.as_ref(),
        ] {
            assert!(page.contains(&escaped(text.map_or("", String::as_str))));
        }
    }
    for rule in RULES {
        assert!(page.contains(&format!("id=\"rule-{}\"", rule.id)));
    }
}

#[test]
fn the_table_has_every_subnet_and_service_with_its_problems_worst_first() {
    let report = every_outcome_report();
    let data = data(&page(&report));
    let rows = data["rows"].as_array().unwrap();
    let subnets = report.subnets.as_ref().unwrap();
    assert_eq!(rows.len(), subnets.len());
    let mut found = BTreeMap::new();
    for row in rows {
        let way = &data["ways"][usize::try_from(row[0].as_u64().unwrap()).unwrap()];
        let place = &data["places"][usize::try_from(way["place"].as_u64().unwrap()).unwrap()];
        let key = (
            place["region"].as_str().unwrap(),
            row[1].as_str().unwrap(),
            way["service"].as_str().unwrap(),
        );
        found.insert(key, (row, way));
    }
    for subnet in subnets {
        let key = (&*subnet.region, &*subnet.subnet_id, subnet.service);
        let (row, way) = found[&key];
        assert_eq!(row[4], subnet.verdict);
        assert_eq!(way["path"], subnet.path);
        assert_eq!(way["reason"], *subnet.reason);
        assert_eq!(way["table"].as_str(), subnet.route_table_id.as_deref());
        let problems: Vec<&str> = row[5]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| {
                data["problems"][usize::try_from(at.as_u64().unwrap()).unwrap()]["title"]
                    .as_str()
                    .unwrap()
            })
            .collect();
        for finding in &report.findings {
            if finding.subnet_id.as_deref() == Some(&*subnet.subnet_id)
                && finding.region.as_deref() == Some(&*subnet.region)
                && finding.service == Some(subnet.service)
            {
                assert!(
                    problems.contains(&&*finding.title),
                    "{key:?}: {}",
                    finding.title
                );
            }
        }
    }
    let verdicts: Vec<&str> = rows.iter().map(|row| row[4].as_str().unwrap()).collect();
    let worst: Vec<&str> = {
        let mut seen = verdicts.clone();
        seen.dedup();
        seen
    };
    assert_eq!(worst, ["violation", "unverifiable", "exempt", "compliant"]);
}

#[test]
fn a_link_within_the_page_never_leads_nowhere() {
    let page = page(&every_outcome_report());
    let ids: BTreeSet<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap().0)
        .collect();
    let mut links = 0;
    for rest in page.split("href=\"#").skip(1) {
        let target = rest.split_once('"').unwrap().0;
        assert!(ids.contains(target), "#{target} leads nowhere");
        links += 1;
    }
    for problem in data(&page)["problems"].as_array().unwrap() {
        assert!(ids.contains(problem["anchor"].as_str().unwrap()));
    }
    assert!(links > 20);
}

#[test]
fn the_map_draws_each_way_as_what_it_is() {
    let page = page(&every_outcome_report());
    let lines = lines(&page, "eu-west-1", "vpc-main", "s3");
    let line = |from: &str, to: &str, kind: &str, share| {
        let line = (from.to_owned(), to.to_owned(), kind.to_owned(), share);
        assert!(lines.contains(&line), "{line:?} is not among {lines:#?}");
    };
    let from_table = |table: &str| -> Vec<&str> {
        let lines = lines.iter().filter(|line| line.0 == table);
        lines.map(|line| &*line.2).collect()
    };
    line("subnet-app", "rtb-app", "endpoint", None);
    line("rtb-app", "vpce-s3", "endpoint", None);
    assert_eq!(from_table("rtb-app"), ["endpoint"]);

    line("rtb-partial", "vpce-s3", "endpoint", Some(518));
    line("rtb-partial", "igw-a", "around", Some(454));
    line("rtb-partial", "tgw-a", "around", Some(28));
    line("subnet-partial", "rtb-partial", "around", None);

    line("rtb-leaking", "nat-a", "around", None);
    assert_eq!(from_table("rtb-leaking"), ["around"]);
    line("rtb-wrong-target", "tgw-a", "around", None);
    line("rtb-pending", "vpce-pending", "around", None);
    line("rtb-blackhole", "vpce-s3", "dropped", None);
    assert_eq!(from_table("rtb-blackhole"), ["dropped"]);
    line("rtb-isolated", "No route", "dropped", None);
    line("rtb-undecided", "Not known", "unknown", None);
    assert_eq!(from_table("rtb-undecided"), ["unknown"]);

    let ends = [
        "around the endpoint",
        "dropped",
        "not known",
        "private path",
    ];
    line("nat-a", ends[0], "around", None);
    line("vpce-s3", ends[1], "dropped", None);
    line("Not known", ends[2], "unknown", None);
    line("vpce-s3", ends[3], "endpoint", None);
}

#[test]
fn an_exempt_subnet_is_drawn_around_the_endpoint_but_as_exempt() {
    let page = page(&every_outcome_report());
    let line = between(
        &page,
        "data-from=\"rtb-exempt-by-tag\" data-to=\"nat-a\"",
        "<title>",
    );
    assert!(line.contains("data-kind=\"around\"") && line.contains("data-exempt"));
    let line = between(
        &page,
        "data-from=\"rtb-leaking\" data-to=\"nat-a\"",
        "<title>",
    );
    assert!(!line.contains("data-exempt"));
}

#[test]
fn the_same_ids_in_two_regions_are_two_maps() {
    let page = page(&every_outcome_report());
    let there = lines(&page, "us-east-1", "vpc-main", "s3");
    assert!(there.iter().all(|(_, _, kind, _)| kind == "endpoint"));
    assert!(there.iter().any(|(from, ..)| from == "rtb-main"));
}

#[test]
fn a_table_with_forty_subnets_does_not_bury_the_map() {
    let mut account = clean();
    let association = account.table("rtb-app").0.associations[0].clone();
    for number in 0..40 {
        let mut subnet = account.subnet("subnet-app").clone();
        subnet.subnet_id = Some(format!("subnet-{number}"));
        crate::account::items(&mut account.answers.subnets).push(subnet);
        let mut another = association.clone();
        another.subnet_id = Some(format!("subnet-{number}"));
        account.table("rtb-app").0.associations.push(another);
    }
    let page = page(&report(&account));
    assert!(
        page.contains("+ 37 more subnets"),
        "41 subnets, 4 of them drawn"
    );
    assert_eq!(
        page.matches("<g class=\"subnet compliant\" data-subnet")
            .count(),
        5
    );
    assert_eq!(data(&page)["rows"].as_array().unwrap().len(), 42);
}

#[test]
fn a_hundred_tables_that_leak_alike_are_folded_and_counted() {
    let mut account = clean();
    for number in 0..100 {
        add_leak(&mut account, &number.to_string());
    }
    let page = page(&report(&account));
    assert!(page.contains("+ 95 more tables"));
    let map = between(&page, "<figure class=\"map\"", "</figure>");
    assert!(map.contains("100 subnets"), "the end counts all of them");
}

/// An account whose names try to be markup.
fn hostile() -> (Account, Vec<String>) {
    let mut account = clean();
    add_leak(&mut account, "leaking");
    let names = [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "\"><img src=x onerror=alert(3)>",
        "<!--<script>",
        "' onmouseover='alert(4)",
    ];
    let mut all = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let id = format!("evil-{at}");
        add_leak(&mut account, &id);
        account.subnet(&format!("subnet-{id}")).tags =
            vec![tag("Name", name), tag("vpce-guard:exempt", name)];
        all.push(name.to_owned());
    }
    account.vpc("vpc-main").tags = vec![tag("Name", "</title><script>alert(5)</script>")];
    account.problems = vec![crate::report::denied("ec2:<script>alert(6)</script>")];
    (account, all)
}

#[test]
fn a_name_that_is_markup_stays_text() {
    let (account, names) = hostile();
    let page = page(&report(&account));
    // Our own two blocks, and no more.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!--"));
    for name in names {
        assert!(page.contains(&escaped(&name)), "{name} is gone");
        let rows = data(&page);
        let rows = rows["rows"].as_array().unwrap();
        assert!(rows.iter().any(|row| row[2] == *name), "{name} changed");
    }
}

#[test]
fn a_character_that_turns_text_around_is_shown_and_does_not_work() {
    let mut account = clean();
    account.subnet("subnet-app").tags = vec![tag(
        "Name",
        "app\u{202e}tnailpmoc\u{200b}\u{0}\u{85}\u{2028}",
    )];
    let page = page(&report(&account));
    assert!(page.contains("app[U+202E]tnailpmoc[U+200B][U+0000][U+0085][U+2028]"));
    let rows = data(&page);
    let names: Vec<_> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row[2])
        .collect();
    assert!(names.contains(&&Value::from(
        "app[U+202E]tnailpmoc[U+200B][U+0000][U+0085][U+2028]"
    )));
    let invisible = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || "\u{202e}\u{200b}\u{2028}".contains(c)
    };
    assert_eq!(page.find(invisible), None);
}

#[test]
fn the_page_loads_nothing_and_runs_its_own_script_only() {
    let page = page(&every_outcome_report());
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    let policy = policy.replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !policy.contains("http"));
    for attribute in [
        "src=\"",
        "srcset=",
        "@import",
        "url(",
        "<iframe",
        "<object",
        "<form action",
        " on",
    ] {
        let found = page.match_indices(attribute).filter(|(at, _)| {
            // ` on` is an attribute only in a tag: `<a onclick=`.
            attribute != " on" || between(&page[*at..], " on", " ").contains("=\"")
        });
        assert_eq!(found.count(), 0, "{attribute}");
    }
    for rest in page.split("href=\"").skip(1) {
        let target = rest.split_once('"').unwrap().0;
        assert!(
            target.starts_with('#')
                || target == "data:,"
                || target.starts_with("https://docs.aws.amazon.com/"),
            "{target}"
        );
    }
    assert!(!page.contains(" style=\""));
}

#[test]
fn the_same_report_gives_the_same_page() {
    assert_eq!(page(&every_outcome_report()), page(&every_outcome_report()));
}

#[test]
fn the_answer_says_how_many_subnets_leave_the_endpoint() {
    let mut account = clean();
    add_leak(&mut account, "leaking");
    assert_eq!(
        headline(&report(&account)),
        "1 of 3 subnets sends S3 traffic around the gateway endpoint."
    );
    account.table("rtb-leaking").without("0.0.0.0/0");
    assert_eq!(
        headline(&report(&account)),
        "1 of 3 subnets has no way to S3."
    );
    add_leak(&mut account, "leaking-too");
    assert_eq!(
        headline(&report(&account)),
        "2 of 4 subnets do not keep S3 traffic on the gateway endpoint."
    );
}

#[test]
fn a_clean_account_hears_what_was_proved() {
    let report = report(&clean());
    assert_eq!(report.status, Status::Compliant);
    let page = page(&report);
    assert_eq!(
        headline(&report),
        "All 2 subnets take the gateway endpoint to S3."
    );
    let proof = between(&page, "<p class=\"lead\">", "</p>");
    for part in [
        "Proved for every IPv4 address of S3",
        "111122223333",
        "eu-west-1",
        "2026-11-30 12:00:03 UTC",
    ] {
        assert!(proof.contains(part), "{part} is not in {proof}");
    }
    assert!(!page.contains("id=\"errors\""));
}

#[test]
fn what_could_not_be_read_never_sounds_clean() {
    let mut account = clean();
    account.problems = vec![crate::report::denied("ec2:DescribeVpcEndpoints")];
    let report = report(&account);
    assert_eq!(report.status, Status::Incomplete);
    let page = page(&report);
    assert_eq!(headline(&report), "Not proved: 1 answer could not be read.");
    let top = between(&page, "<header", "</header>");
    assert!(!top.contains("Proved for") && !top.contains("All 2 subnets"));
    assert!(
        page.contains("allow ec2:DescribeVpcEndpoints to the function&#39;s role")
            || page.contains("allow ec2:DescribeVpcEndpoints to the function's role")
    );
    assert!(page.find("id=\"errors\"").unwrap() < page.find("id=\"maps\"").unwrap());
}

#[test]
fn exempt_subnets_are_never_said_to_take_the_endpoint() {
    let mut account = clean();
    add_leak(&mut account, "leaking");
    account.subnet("subnet-leaking").tags = vec![tag("vpce-guard:exempt", "the lab")];
    assert_eq!(
        headline(&report(&account)),
        "All subnets take the gateway endpoint to S3, but for 1 subnet that is exempt."
    );
}

#[test]
fn a_rule_page_keeps_its_links_and_its_code() {
    let page = page(&report(&clean()));
    let rule = between(
        &page,
        "id=\"rule-gateway-route-missing\"",
        "id=\"rule-gateway-route-blackhole\"",
    );
    assert!(rule.contains("<h4>What it says</h4>"));
    assert!(rule.contains(
        "<a href=\"https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html\">"
    ));
    assert!(rule.contains("aws ec2 modify-vpc-endpoint --region REGION"));
    assert!(!rule.contains("<h1") && !rule.contains("<h2"));
}

#[test]
fn a_report_without_its_subnets_says_so() {
    let mut report = every_outcome_report();
    report.subnets = None;
    report.vpcs = None;
    let page = page(&report);
    assert!(page.contains("made without its list of subnets"));
    assert!(!headline(&report).contains("All"));
}

#[test]
fn an_endpoint_whose_tables_are_not_drawn_is_not_called_unused() {
    let mut account = clean();
    // Each table leaks to a gateway of its own, so that nothing can be folded.
    for number in 0..60 {
        add_leak(&mut account, &number.to_string());
        let table = account.table(&format!("rtb-{number}"));
        table.route("0.0.0.0/0").to(&format!("nat-{number}"));
    }
    let page = page(&report(&account));
    assert!(page.contains("Not drawn: 22 more route tables with 22 subnets"));
    let map = between(&page, "<figure class=\"map\"", "</figure>");
    assert!(!map.contains("carries no subnet"));
}
