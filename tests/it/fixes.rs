//! What a report proposes, as commands and as code.

use crate::{
    account::{Account, REGION, STRANGER, clean, items, tag},
    report::{Run, add_leak, denied, every_outcome_run, report},
};
use std::{collections::BTreeSet, process::Command};
use vpce_guard::{
    domain::service::Service,
    engine::severity::Severity,
    report::{fix::FixFormat, wire::Report},
};

/// An account whose VPC has no endpoint; the tables of `names` lead out, as that of `subnet-app` does.
fn without_endpoint(names: &[&str]) -> Account {
    let mut account = clean();
    for name in names {
        add_leak(&mut account, name);
    }
    for table in ["rtb-app", "rtb-main"] {
        account.table(table).without("pl-s3");
    }
    items(&mut account.answers.vpc_endpoints)
        .retain(|endpoint| endpoint.vpc_endpoint_id.as_deref() != Some("vpce-s3"));
    account
}

fn commands_of<'r>(report: &'r Report, subnet: &str) -> &'r [String] {
    let mut findings = report.findings.iter();
    let found = findings.find(|found| found.subnet_id.as_deref() == Some(subnet));
    &found.unwrap().remediation.commands
}

/// The lines of a document that are no comments.
fn code(document: &str) -> Vec<&str> {
    let lines = document.lines();
    lines
        .filter(|line| !line.trim_start().starts_with('#') && !line.is_empty())
        .collect()
}

/// What stands before the first command of a script for one account.
const HEAD: [&str; 2] = [
    "set -euo pipefail",
    r#"[ "$(aws sts get-caller-identity --region eu-west-1 --query Account --output text)" = 111122223333 ] || { echo 'error: these credentials are not of account 111122223333' >&2; exit 1; }"#,
];

/// Every text that a report prints about fixes, in every format.
fn everything(report: &Report) -> Vec<String> {
    let mut texts = Vec::new();
    for format in FixFormat::ALL {
        let mut report = report.clone();
        format.rewrite(&mut report);
        texts.push(format.document(&report));
        for found in report.findings {
            texts.extend(found.remediation.commands);
        }
    }
    texts
}

#[test]
fn the_fixes_of_every_outcome_are_what_they_were_in_the_last_release() {
    let report = every_outcome_run().report();
    for format in FixFormat::ALL {
        let text = format
            .document(&report)
            .replace(env!("CARGO_PKG_VERSION"), "<version>");
        insta::assert_snapshot!(format!("every_outcome_{format}"), text);
    }
}

#[test]
fn the_code_of_a_finding_is_in_its_commands() {
    let mut report = report(&without_endpoint(&["a"]));
    FixFormat::Terraform.rewrite(&mut report);
    insta::assert_snapshot!(commands_of(&report, "subnet-a").join("\n"), @r#"
    resource "aws_vpc_endpoint" "s3_eu-west-1_vpc-main" {
      region            = "eu-west-1"
      vpc_id            = "vpc-main"
      service_name      = "com.amazonaws.eu-west-1.s3"
      vpc_endpoint_type = "Gateway"

      route_table_ids = [
        "rtb-a",
        "rtb-app",
        "rtb-main",
      ]
    }
    "#);
    FixFormat::CloudFormation.rewrite(&mut report);
    insta::assert_snapshot!(commands_of(&report, "subnet-a").join("\n"), @r#"
    S3111122223333EuWest1VpcMain95a438a2:
      Type: "AWS::EC2::VPCEndpoint"
      Properties:
        VpcId: "vpc-main"
        VpcEndpointType: "Gateway"
        ServiceName: "com.amazonaws.eu-west-1.s3"
        RouteTableIds:
          - "rtb-a"
          - "rtb-app"
          - "rtb-main"
    "#);
}

#[test]
fn a_template_makes_each_endpoint_in_its_own_account_and_region_only() {
    let account = without_endpoint(&[]);
    let report = Run::of(&account).and(&account, "us-east-1").report();
    let template = FixFormat::CloudFormation.document(&report);
    insta::assert_snapshot!(code(&template).join("\n"), @r#"
    AWSTemplateFormatVersion: "2010-09-09"
    Description: "Gateway endpoints that vpce-guard found missing"
    Conditions:
      In111122223333EuWest1f00f43ad:
        Fn::And:
          - Fn::Equals: [{Ref: "AWS::AccountId"}, "111122223333"]
          - Fn::Equals: [{Ref: "AWS::Region"}, "eu-west-1"]
      In111122223333UsEast11834aad0:
        Fn::And:
          - Fn::Equals: [{Ref: "AWS::AccountId"}, "111122223333"]
          - Fn::Equals: [{Ref: "AWS::Region"}, "us-east-1"]
    Resources:
      S3111122223333EuWest1VpcMain95a438a2:
        Type: "AWS::EC2::VPCEndpoint"
        Condition: "In111122223333EuWest1f00f43ad"
        Properties:
          VpcId: "vpc-main"
          VpcEndpointType: "Gateway"
          ServiceName: "com.amazonaws.eu-west-1.s3"
          RouteTableIds:
            - "rtb-app"
            - "rtb-main"
      S3111122223333UsEast1VpcMaind1e162f0:
        Type: "AWS::EC2::VPCEndpoint"
        Condition: "In111122223333UsEast11834aad0"
        Properties:
          VpcId: "vpc-main"
          VpcEndpointType: "Gateway"
          ServiceName: "com.amazonaws.us-east-1.s3"
          RouteTableIds:
            - "rtb-app"
            - "rtb-main"
    "#);
}

#[test]
fn one_command_makes_one_endpoint_for_all_tables_that_lack_it() {
    let report = report(&without_endpoint(&["a", "b"]));
    let create = "aws ec2 create-vpc-endpoint --region eu-west-1 --vpc-id vpc-main --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-a rtb-app rtb-b rtb-main";
    for subnet in ["subnet-a", "subnet-app", "subnet-b", "subnet-data"] {
        assert_eq!(commands_of(&report, subnet), [create]);
    }
    assert!(
        report.findings[0]
            .remediation
            .summary
            .ends_with("it serves the 3 other tables of the VPC that lack one, too")
    );
    let script = FixFormat::AwsCli.document(&report);
    assert_eq!(code(&script), [HEAD[0], HEAD[1], create]);
}

#[test]
fn a_table_of_an_accepted_subnet_is_left_as_it_is() {
    let mut account = without_endpoint(&["a", "accepted"]);
    account.subnet("subnet-accepted").tags = vec![tag("vpce-guard:exempt", "the lab")];
    let report = report(&account);
    assert!(!commands_of(&report, "subnet-a")[0].contains("rtb-accepted"));
    assert!(commands_of(&report, "subnet-accepted")[0].ends_with("--route-table-ids rtb-accepted"));
    for format in FixFormat::ALL {
        let document = format.document(&report);
        assert!(!document.contains("rtb-accepted"), "{document}");
        assert!(document.contains("1 exempt finding left out"));
    }
}

#[test]
fn the_same_vpc_id_in_two_regions_gives_two_endpoints() {
    let account = without_endpoint(&[]);
    let report = Run::of(&account).and(&account, "us-east-1").report();
    let terraform = FixFormat::Terraform.document(&report);
    let names: Vec<&str> = code(&terraform)
        .into_iter()
        .filter(|line| line.starts_with("resource"))
        .collect();
    assert_eq!(
        names,
        [
            "resource \"aws_vpc_endpoint\" \"s3_eu-west-1_vpc-main\" {",
            "resource \"aws_vpc_endpoint\" \"s3_us-east-1_vpc-main\" {",
        ]
    );
    let template = FixFormat::CloudFormation.document(&report);
    let types = template.matches("Type: \"AWS::EC2::VPCEndpoint\"").count();
    assert_eq!(types, 2, "{template}");
}

#[test]
fn an_account_of_its_own_gets_a_provider_of_its_own() {
    let account = without_endpoint(&[]);
    let mut stranger = account.clone();
    stranger.id = Some("444455556666".to_owned());
    for vpc in items(&mut stranger.answers.vpcs) {
        vpc.owner_id.clone_from(&stranger.id);
    }
    for subnet in items(&mut stranger.answers.subnets) {
        subnet.owner_id.clone_from(&stranger.id);
    }
    let one = FixFormat::Terraform.document(&report(&account));
    assert!(!one.contains("provider ="), "{one}");
    let both = Run::of(&account).and(&stranger, "us-east-1").report();
    let both = FixFormat::Terraform.document(&both);
    for account in ["111122223333", "444455556666"] {
        assert!(
            both.contains(&format!("  provider          = aws.account_{account}\n")),
            "{both}"
        );
    }
}

#[test]
fn an_unused_endpoint_is_given_to_the_tables_that_wait_for_it() {
    let mut account = without_endpoint(&["a"]);
    account.add_endpoint("vpce-idle", "s3", "vpc-main");
    let report = report(&account);
    let unattached = report
        .findings
        .iter()
        .find(|found| found.rule == "endpoint-unattached")
        .unwrap();
    let attach = "aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-idle --add-route-table-ids rtb-a rtb-app rtb-main";
    assert_eq!(unattached.remediation.commands, [attach]);
    assert_eq!(
        code(&FixFormat::AwsCli.document(&report)),
        [HEAD[0], HEAD[1], attach]
    );
}

#[test]
fn nothing_is_deleted_by_code() {
    let report = every_outcome_run().report();
    let script = FixFormat::AwsCli.document(&report);
    for line in code(&script) {
        let adds = line.contains("--add-route-table-ids") || line.contains("create-vpc-endpoint");
        assert!(adds || HEAD.contains(&line), "{line}");
    }
    for format in FixFormat::ALL {
        let document = format.document(&report);
        for by_hand in ["# ", "delete-route", "--remove-route-table-ids", "By hand"] {
            assert!(document.contains(by_hand), "{format}: {by_hand}");
        }
    }
}

#[test]
fn an_endpoint_that_the_code_makes_is_not_made_again_by_hand() {
    let mut account = without_endpoint(&[]);
    account.table("rtb-main").add("pl-s3", "tgw-a");
    let report = report(&account);
    let script = FixFormat::AwsCli.document(&report);
    assert_eq!(script.matches("create-vpc-endpoint").count(), 1, "{script}");
    assert!(
        script.contains("modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id <vpc-endpoint-id> --add-route-table-ids rtb-main"),
        "{script}"
    );
}

#[test]
fn no_finding_is_left_out_of_the_document() {
    let report = every_outcome_run().report();
    for format in FixFormat::ALL {
        let document = format.document(&report);
        for found in report.findings.iter().filter(|f| f.exemption.is_none()) {
            let subject = found
                .subnet_id
                .as_ref()
                .or(found.vpc_endpoint_id.as_ref())
                .unwrap();
            assert!(document.contains(subject.as_str()), "{format}: {subject}");
        }
    }
}

#[test]
fn nobody_is_told_to_write_an_endpoint_route() {
    for text in everything(&every_outcome_run().report()) {
        // `create-route-table` is another command.
        assert!(
            !text
                .replace("create-route-table", "")
                .contains("create-route"),
            "{text}"
        );
    }
}

#[test]
fn a_finding_that_counts_has_an_action_or_says_why_not() {
    for found in every_outcome_run().report().findings {
        let remediation = &found.remediation;
        if found.severity >= Severity::Low && remediation.actions.is_empty() {
            let why = ["AWS gives", "only it can change", "carry IPv4 only"];
            let said = why.iter().any(|part| remediation.summary.contains(part));
            assert!(said, "{}: {}", found.rule, remediation.summary);
        }
    }
}

/// A name that breaks out of each language, if it can.
const HOSTILE: &str =
    "com.\"'$(touch owned)`id`${file(\"/etc/passwd\")}%{if true}\n# {{x}}\\.eu-west-1.s3";

fn hostile() -> Report {
    let mut account = without_endpoint(&["a"]);
    for list in items(&mut account.answers.prefix_lists) {
        if list.prefix_list_id.as_deref() == Some("pl-s3") {
            list.prefix_list_name = Some(HOSTILE.to_owned());
        }
    }
    account.subnet("subnet-app").tags = vec![
        tag("vpce-guard:exempt", "x\nresource \"a\" \"b\" {}\u{2028}- y"),
        tag("vpce-guard:exempt-until", "2001-01-01"),
    ];
    report(&account)
}

#[test]
fn a_hostile_service_name_stays_one_argument_of_one_command() {
    let report = hostile();
    let command = &commands_of(&report, "subnet-a")[0];
    // The shell itself says what the arguments are.
    let script = format!("aws() {{ printf '<%s>' \"$@\"; }}\n{command}\n");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(
        words.contains(&format!("<--service-name><{HOSTILE}><--route-table-ids>")),
        "{words}"
    );
}

#[test]
fn a_hostile_name_or_tag_begins_no_line_of_code() {
    let report = hostile();
    let terraform = FixFormat::Terraform.document(&report);
    assert!(
        terraform.contains(r#""com.\"'$(touch owned)`id`$${file(\"/etc/passwd\")}%%{if true}\u000a# {{x}}\\.eu-west-1.s3""#),
        "{terraform}"
    );
    let starts: BTreeSet<&str> = code(&terraform)
        .iter()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    let known = [
        "region",
        "resource",
        "route_table_ids",
        "service_name",
        "vpc_endpoint_type",
        "vpc_id",
        "]",
        "}",
        "\"rtb-a\",",
        "\"rtb-app\",",
        "\"rtb-main\",",
    ];
    assert_eq!(starts, BTreeSet::from(known));
    let template = FixFormat::CloudFormation.document(&report);
    assert!(
        template.contains(r#"ServiceName: "com.\"'$(touch"#),
        "{template}"
    );
    for document in [&terraform, &template] {
        assert!(!document.contains("\nresource \"a\"") && !document.contains('\u{2028}'));
    }
}

#[test]
fn a_placeholder_is_nothing_that_a_shell_runs() {
    for text in everything(&every_outcome_run().report()) {
        for line in code(&text).into_iter().filter(|line| line.contains('<')) {
            let output = Command::new("bash")
                .args(["-c", &format!("aws() {{ echo ran; }}\n{line}")])
                .current_dir(tempfile::tempdir().unwrap().path())
                .output()
                .unwrap();
            assert!(
                !output.status.success() && output.stdout.is_empty(),
                "{line}"
            );
        }
    }
}

#[test]
fn a_subnet_without_ipv4_keeps_its_dns64() {
    let mut account = clean();
    account.services = vec![Service::S3];
    account.subnet("subnet-app").enable_dns64 = Some(true);
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    let found = account.audit().found;
    let about: Vec<_> = found.iter().filter(|f| f.line.contains("nat64")).collect();
    assert_eq!(about.len(), 1);
    assert!(about[0].commands.is_empty(), "{:?}", about[0].commands);
    assert!(about[0].fix.contains("would cut them off"));
}

#[test]
fn an_endpoint_that_failed_is_replaced() {
    let mut account = clean();
    account.endpoint("vpce-s3").state = Some("failed".to_owned());
    account.add_endpoint("vpce-good", "s3", "vpc-main");
    let outcome = account.audit();
    assert_eq!(
        outcome.found[0].commands,
        [
            "aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-s3 --remove-route-table-ids rtb-app",
            "aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-good --add-route-table-ids rtb-app",
        ]
    );
}

#[test]
fn a_script_for_two_accounts_runs_only_what_is_of_the_credentials() {
    let mine = without_endpoint(&[]);
    let mut other = mine.clone();
    other.id = Some(STRANGER.to_owned());
    for vpc in items(&mut other.answers.vpcs) {
        vpc.owner_id = Some(STRANGER.to_owned());
    }
    for subnet in items(&mut other.answers.subnets) {
        subnet.owner_id = Some(STRANGER.to_owned());
    }
    let report = Run::of(&mine).and(&other, REGION).report();
    let script = FixFormat::AwsCli.document(&report);
    for account in ["111122223333", STRANGER] {
        let guarded = format!("[ \"$account\" != {account} ] || aws ec2 create-vpc-endpoint");
        assert!(script.contains(&guarded), "{script}");
    }
}

#[test]
fn code_for_a_run_that_did_not_see_everything_says_so() {
    let mut account = without_endpoint(&["a"]);
    account.problems = vec![denied("ec2:DescribeVpcs")];
    let report = report(&account);
    for format in FixFormat::ALL {
        let document = format.document(&report);
        let head: Vec<&str> = document.lines().take(8).collect();
        assert!(
            head.join("\n").contains("# Not complete"),
            "{format}: {document}"
        );
        assert!(
            document.contains("ec2:DescribeVpcs"),
            "{format}: {document}"
        );
    }
}
