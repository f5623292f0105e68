//! Accepted exceptions: what they cover, how long, and what they never cover.

use crate::account::{Account, OWNER, STRANGER, clean, items, tag};
use jiff::civil::date;
use vpce_guard::engine::policy::ConfiguredExemption;

const EXEMPT: &str = "vpce-guard:exempt";
const UNTIL: &str = "vpce-guard:exempt-until";

/// `subnet-app` leaks through the NAT gateway.
fn leaking() -> Account {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account
}

fn verdict(account: &Account) -> &'static str {
    account.audit().of_subnet("subnet-app").verdict
}

fn configured() -> ConfiguredExemption {
    ConfiguredExemption {
        place: "exemptions[0]".to_owned(),
        account: None,
        region: None,
        vpc: None,
        subnet: None,
        tag: None,
        reason: "the lab".to_owned(),
        until: None,
    }
}

fn with(exemption: ConfiguredExemption) -> Account {
    let mut account = leaking();
    account.policy.exemptions.push(exemption);
    account
}

#[test]
fn a_tag_on_the_subnet_exempts_it_and_the_finding_stays() {
    let mut account = leaking();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "migrating in May")];
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "exempt");
    assert_eq!(outcome.app(), "bypass via nat_gateway nat-a");
    assert_eq!(
        outcome.findings(),
        [
            "high[gateway-route-missing] subnet-app s3, exempt by tag vpce-guard:exempt on subnet-app: migrating in May"
        ]
    );
    assert!(!outcome.found[0].violation);
    assert!(outcome.complete);
}

#[test]
fn a_tag_on_the_vpc_exempts_its_subnets_and_its_endpoints() {
    let mut account = leaking();
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    account.vpc("vpc-main").tags = vec![tag(EXEMPT, "sandbox")];
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "exempt");
    assert_eq!(outcome.of_subnet("subnet-data").verdict, "compliant");
    assert_eq!(
        outcome.findings()[1],
        "low[endpoint-unattached] vpce-spare s3, exempt by tag vpce-guard:exempt on vpc-main: sandbox"
    );
    assert_eq!(outcome.found.len(), 2);
}

#[test]
fn a_tag_on_another_subnet_or_vpc_exempts_nothing_here() {
    let mut account = leaking();
    account.subnet("subnet-data").tags = vec![tag(EXEMPT, "wrong one")];
    assert_eq!(verdict(&account), "violation");
    let mut account = leaking();
    account.add_vpc("vpc-other");
    account.vpc("vpc-other").tags = vec![tag(EXEMPT, "wrong one")];
    assert_eq!(verdict(&account), "violation");
}

#[test]
fn the_subnets_tag_goes_before_the_vpcs() {
    let mut account = leaking();
    account.vpc("vpc-main").tags = vec![tag(EXEMPT, "of the VPC")];
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "of the subnet")];
    let outcome = account.audit();
    assert!(outcome.findings()[0].ends_with("of the subnet"));
    assert_eq!(
        outcome.findings()[1],
        "info[exemption-unused] tag vpce-guard:exempt on vpc-main"
    );
}

#[test]
fn an_exemption_without_a_reason_still_holds_and_says_so() {
    let mut account = leaking();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, " ")];
    let outcome = account.audit();
    assert!(outcome.findings()[0].ends_with("no reason given"));
}

#[test]
fn tag_keys_are_case_sensitive_and_a_date_alone_exempts_nothing() {
    for wrong in [tag("VPCE-Guard:Exempt", "x"), tag(UNTIL, "2027-01-01")] {
        let mut account = leaking();
        account.subnet("subnet-app").tags = vec![wrong];
        assert_eq!(verdict(&account), "violation");
    }
}

#[test]
fn an_exemption_holds_through_the_end_of_its_last_day() {
    for (now, expected) in [
        ("2026-11-29T00:00:00Z", "exempt"),
        ("2026-11-30T00:00:00Z", "exempt"),
        ("2026-11-30T23:59:59Z", "exempt"),
        ("2026-12-01T00:00:00Z", "violation"),
    ] {
        let mut account = leaking();
        account.now = now.parse().unwrap();
        account.subnet("subnet-app").tags = vec![tag(EXEMPT, "soon"), tag(UNTIL, "2026-11-30")];
        assert_eq!(verdict(&account), expected, "{now}");
        let mut account = with(ConfiguredExemption {
            until: Some(date(2026, 11, 30)),
            ..configured()
        });
        account.now = now.parse().unwrap();
        assert_eq!(verdict(&account), expected, "{now}");
    }
}

#[test]
fn an_expired_exemption_no_longer_exempts_and_is_reported() {
    let mut account = leaking();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "migrating"), tag(UNTIL, "2026-11-29")];
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        [
            "high[gateway-route-missing] subnet-app s3",
            "low[exemption-expired] tag vpce-guard:exempt on subnet-app",
        ]
    );
    assert_eq!(
        outcome.found[1].detail,
        "tag vpce-guard:exempt on subnet-app (\"migrating\") held through 2026-11-29"
    );
    assert!(outcome.found.iter().all(|found| found.violation));
}

#[test]
fn a_date_that_nobody_can_read_does_not_exempt() {
    for until in ["next year", "", "31.12.2026", "2026-02-30"] {
        let mut account = leaking();
        account.subnet("subnet-app").tags = vec![tag(EXEMPT, "slip"), tag(UNTIL, until)];
        let outcome = account.audit();
        assert_eq!(
            outcome.findings(),
            [
                "high[gateway-route-missing] subnet-app s3",
                "low[exemption-expired] tag vpce-guard:exempt on subnet-app",
            ],
            "`{until}`"
        );
    }
}

#[test]
fn an_expired_exemption_on_a_subnet_that_needs_none_is_reported_too() {
    let mut account = clean();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "old"), tag(UNTIL, "2020-01-01")];
    assert_eq!(
        account.audit().findings(),
        ["low[exemption-expired] tag vpce-guard:exempt on subnet-app"]
    );
}

#[test]
fn an_expired_exemption_lets_another_one_step_in() {
    let mut account = leaking();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "old"), tag(UNTIL, "2020-01-01")];
    account.policy.exemptions.push(configured());
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        [
            "high[gateway-route-missing] subnet-app s3, exempt by configuration exemptions[0]: the lab",
            "low[exemption-expired] tag vpce-guard:exempt on subnet-app",
        ]
    );
}

#[test]
fn the_configuration_exempts_by_every_selector() {
    type Select = fn(&mut ConfiguredExemption);
    #[expect(clippy::unnecessary_wraps, reason = "a selector is always optional")]
    fn by_tag(key: &str, value: Option<&str>) -> Option<(String, Option<String>)> {
        Some((key.to_owned(), value.map(str::to_owned)))
    }
    let selectors: [(&str, Select); 14] = [
        ("exempt", |_| {}),
        ("exempt", |to| to.account = OWNER.parse().ok()),
        ("violation", |to| to.account = STRANGER.parse().ok()),
        ("exempt", |to| to.region = "eu-west-1".parse().ok()),
        ("violation", |to| to.region = "us-east-1".parse().ok()),
        ("exempt", |to| to.vpc = "vpc-main".parse().ok()),
        ("violation", |to| to.vpc = "vpc-other".parse().ok()),
        ("exempt", |to| to.subnet = "subnet-app".parse().ok()),
        ("violation", |to| to.subnet = "subnet-data".parse().ok()),
        ("exempt", |to| to.tag = by_tag("Stage", Some("lab"))),
        ("exempt", |to| to.tag = by_tag("Stage", None)),
        ("exempt", |to| to.tag = by_tag("Team", Some("blue"))),
        ("violation", |to| to.tag = by_tag("Stage", Some("prod"))),
        ("violation", |to| {
            to.vpc = "vpc-other".parse().ok();
            to.subnet = "subnet-app".parse().ok();
        }),
    ];
    for (expected, select) in selectors {
        let mut exemption = configured();
        select(&mut exemption);
        let mut account = with(exemption.clone());
        account.subnet("subnet-app").tags = vec![tag("Stage", "lab")];
        account.vpc("vpc-main").tags = vec![tag("Team", "blue")];
        assert_eq!(verdict(&account), expected, "{exemption:?}");
    }
}

#[test]
fn an_exemption_of_one_subnet_does_not_cover_the_endpoint() {
    let mut account = with(ConfiguredExemption {
        subnet: Some("subnet-app".parse().unwrap()),
        ..configured()
    });
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    assert_eq!(
        account.audit().findings()[1],
        "low[endpoint-unattached] vpce-spare s3"
    );
}

#[test]
fn an_exemption_covers_every_finding_of_its_subnet() {
    let mut account = leaking();
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.table("rtb-app").add("::/0", "igw-a");
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "lab")];
    let outcome = account.audit();
    assert_eq!(outcome.found.len(), 2);
    assert!(!outcome.found.iter().any(|found| found.violation));
}

#[test]
fn what_is_compliant_stays_compliant_and_its_other_findings_are_covered() {
    let mut account = clean();
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.table("rtb-app").add("::/0", "igw-a");
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "lab")];
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    assert_eq!(
        outcome.findings(),
        ["medium[ipv6-bypass] subnet-app s3, exempt by tag vpce-guard:exempt on subnet-app: lab"]
    );
}

#[test]
fn an_exemption_that_covers_nothing_is_unused() {
    let mut account = clean();
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "not needed")];
    account.policy.exemptions.push(ConfiguredExemption {
        vpc: Some("vpc-typo".parse().unwrap()),
        ..configured()
    });
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    assert_eq!(
        outcome.findings(),
        [
            "info[exemption-unused] tag vpce-guard:exempt on subnet-app",
            "info[exemption-unused] configuration exemptions[0]",
        ]
    );
    assert!(!outcome.found.iter().any(|found| found.violation));
}

#[test]
fn an_exemption_for_another_account_or_region_is_not_called_unused() {
    for exemption in [
        ConfiguredExemption {
            account: Some(STRANGER.parse().unwrap()),
            ..configured()
        },
        ConfiguredExemption {
            region: Some("us-east-1".parse().unwrap()),
            ..configured()
        },
    ] {
        let mut account = clean();
        account.policy.exemptions.push(exemption);
        assert_eq!(account.audit().findings(), [""; 0]);
    }
}

#[test]
fn after_an_incomplete_run_no_exemption_is_called_unused() {
    let mut account = clean();
    account.subnet("subnet-data").tags = vec![tag(EXEMPT, "not needed")];
    account.table("rtb-app").route("pl-s3").state("filtered");
    let outcome = account.audit();
    assert!(!outcome.complete);
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
}

#[test]
fn in_a_run_over_some_vpcs_no_exemption_is_called_unused() {
    let mut account = clean();
    account.subnet("subnet-data").tags = vec![tag(EXEMPT, "not needed")];
    account.policy.exemptions.push(configured());
    account.scope.vpcs.insert("vpc-main".parse().unwrap());
    assert_eq!(account.audit().findings(), [""; 0]);
}

#[test]
fn an_expired_tag_outside_the_scope_is_not_reported() {
    let mut account = clean();
    account.add_vpc("vpc-other");
    account.vpc("vpc-other").tags = vec![tag(EXEMPT, "old"), tag(UNTIL, "2020-01-01")];
    account.scope.vpcs.insert("vpc-main".parse().unwrap());
    assert_eq!(account.audit().findings(), [""; 0]);
}

#[test]
fn what_could_not_be_judged_cannot_be_exempted() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("filtered");
    account.subnet("subnet-app").tags = vec![tag(EXEMPT, "please")];
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "unverifiable");
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
}

#[test]
fn a_configured_exemption_of_a_vpc_covers_its_endpoints() {
    let mut account = clean();
    items(&mut account.answers.subnets).clear();
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    account.policy.exemptions.push(ConfiguredExemption {
        vpc: Some("vpc-main".parse().unwrap()),
        ..configured()
    });
    assert_eq!(
        account.audit().findings(),
        ["low[endpoint-unattached] vpce-spare s3, exempt by configuration exemptions[0]: the lab"]
    );
}
