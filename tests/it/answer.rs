//! The Lambda's answer within a size limit.

use crate::{
    account::clean,
    report::{add_leak, denied, document, every_outcome_report, report},
};
use std::collections::BTreeSet;
use vpce_guard::report::{
    answer::{Answer, LIMIT, Notification, fit},
    wire::Report,
};

fn answer(report: Report) -> Answer {
    Answer {
        report,
        notification: Notification {
            published: true,
            message_ids: vec!["8d5c1a5e-0f0e-5d6e-9f57-4f2d3c0c1a11".to_owned()],
            reason: "violations were found".to_owned(),
        },
    }
}

fn size(answer: &Answer) -> usize {
    serde_json::to_vec(answer).unwrap().len()
}

/// `leaks` subnets whose tables leak, and as many endpoints that nobody uses.
fn crowd(leaks: usize) -> Answer {
    let mut account = clean();
    for number in 0..leaks {
        add_leak(&mut account, &format!("{number:04}"));
        account.add_endpoint(&format!("vpce-spare-{number:04}"), "s3", "vpc-main");
    }
    account.problems = vec![denied("cloudwatch:ListMetrics")];
    answer(report(&account))
}

#[test]
fn an_answer_that_fits_is_not_touched() {
    let answer = answer(every_outcome_report());
    assert_eq!(fit(answer.clone(), LIMIT), answer);
    let exactly = size(&answer);
    assert_eq!(fit(answer.clone(), exactly), answer);
    assert_ne!(fit(answer.clone(), exactly - 1), answer);
}

#[test]
fn the_limit_is_the_one_of_lambda() {
    assert_eq!(LIMIT, 6 * 1024 * 1024);
}

#[test]
fn the_answer_is_the_report_and_what_became_of_the_notification() {
    let document = document(&answer(every_outcome_report()));
    assert_eq!(document["schema"], "vpce-guard/report/1");
    assert_eq!(document["notification"]["published"], true);
    assert_eq!(
        document["notification"]["message_ids"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(document["notification"]["reason"], "violations were found");
    assert!(document.get("truncated").is_none());
}

#[test]
fn an_answer_that_was_cut_fits_says_so_and_counts_what_is_left_out() {
    let whole = crowd(400);
    assert!(size(&whole) > 500_000);
    for limit in [20_000, 50_000, 200_000, 400_000, size(&whole) - 1] {
        let cut = fit(whole.clone(), limit);
        let bytes = serde_json::to_vec(&cut).unwrap();
        assert!(bytes.len() <= limit, "{} of {limit} bytes", bytes.len());
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["truncated"], true, "{limit}");
        for list in ["subnets", "endpoints", "findings", "errors"] {
            let kept = document[list].as_array().unwrap().len();
            let omitted = document["omitted"][list].as_u64().unwrap();
            let all = super::report::document(&whole)[list]
                .as_array()
                .unwrap()
                .len();
            assert_eq!(kept as u64 + omitted, all as u64, "{list} at {limit}");
        }
        assert_eq!(cut.notification, whole.notification);
        assert_eq!(
            cut.report.summary, whole.report.summary,
            "still of everything"
        );
    }
}

#[test]
fn an_answer_that_was_cut_uses_its_room() {
    let whole = crowd(400);
    for limit in [20_000, 200_000, 600_000] {
        let cut = size(&fit(whole.clone(), limit));
        assert!(cut * 10 > limit * 8, "{cut} of {limit} bytes");
    }
}

#[test]
fn the_worst_findings_are_kept() {
    let whole = crowd(400);
    let cut = fit(whole.clone(), 100_000);
    let kept: BTreeSet<_> = cut.report.findings.iter().map(|f| &f.fingerprint).collect();
    assert!(!kept.is_empty());
    let worst_left_out = whole
        .report
        .findings
        .iter()
        .filter(|found| !kept.contains(&found.fingerprint))
        .map(|found| (found.weight, found.severity))
        .max()
        .unwrap();
    for found in &cut.report.findings {
        assert!(
            (found.weight, found.severity) >= worst_left_out,
            "{found:?}"
        );
    }
}

#[test]
fn a_violation_is_kept_before_a_worse_one_that_somebody_accepted() {
    let mut whole = answer(every_outcome_report());
    whole.report.subnets = None;
    let cut = fit(whole, 9_000);
    assert!(!cut.report.findings.is_empty());
    for found in cut.report.findings {
        assert_eq!(found.exemption, None, "{:?}", found.subnet_id);
    }
}

#[test]
fn findings_and_endpoints_stay_where_leaving_out_subnets_is_enough() {
    let whole = crowd(20);
    let mut without_subnets = whole.clone();
    without_subnets.report.subnets = Some(Vec::new());
    // Every limit of a stretch, so that the last subnet that fits leaves any
    // number of bytes of room.
    let enough = size(&without_subnets) + 2_000;
    for limit in enough..enough + 1_500 {
        let cut = fit(whole.clone(), limit);
        assert!(size(&cut) <= limit);
        assert_eq!(
            (cut.report.endpoints.len(), cut.report.findings.len()),
            (whole.report.endpoints.len(), whole.report.findings.len()),
            "a limit of {limit} bytes left out more than subnets"
        );
    }
}

#[test]
fn an_answer_without_subnets_stays_without_them() {
    let mut whole = crowd(400);
    whole.report.subnets = None;
    let cut = fit(whole, 50_000);
    assert!(cut.report.subnets.is_none());
    assert_eq!(cut.report.omitted.unwrap().subnets, 0);
}
