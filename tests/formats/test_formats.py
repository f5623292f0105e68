"""Every format against a reader or validator that is not ours, and against the report document.

The counts of a format must be those of the report: a renderer that drops an outcome is found out here.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import re
import stat
import subprocess
import unicodedata
from collections import Counter
from typing import Any

import boto3
import junitparser
import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from moto import mock_aws
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from xunitparser import parse as xunit_parse

from account import ACCOUNT, BLIND, BROKEN, HOSTILE, VPCS
from audited import Audited


def test_the_saved_account_has_every_outcome_that_a_saved_account_can_have(audited: Audited) -> None:
    report = audited.report
    assert report["status"] == "violations" and not report["complete"]
    assert {subnet["verdict"] for subnet in report["subnets"]} == {"compliant", "violation", "exempt", "unverifiable"}
    assert {found["region"] for found in report["findings"]} == {BROKEN, BLIND}
    assert {subnet["service"] for subnet in report["subnets"]} == {"s3", "dynamodb"}
    assert all(audited.weights().values()), audited.weights()
    assert report["errors"]
    assert any(found["subnet_id"] is None and found["vpc_endpoint_id"] for found in report["findings"])
    assert any(found["exemption"] and found["exemption"]["reason"] == HOSTILE for found in report["findings"])


# --- jsonl ---


def test_jsonl_is_the_report_line_by_line(audited: Audited) -> None:
    lines = [json.loads(line) for line in audited.text("jsonl").splitlines()]
    report = audited.report
    counts = Counter(line["type"] for line in lines)
    assert counts == {"run": 1, "vpc": len(report["vpcs"]), "subnet": len(report["subnets"]),
                      "endpoint": len(report["endpoints"]), "finding": len(report["findings"]),
                      "error": len(report["errors"])}
    assert lines[0]["type"] == "run" and lines[0]["summary"] == report["summary"] and not lines[0]["complete"]
    for kind, key in (("subnet", "subnets"), ("finding", "findings"), ("error", "errors"), ("vpc", "vpcs")):
        same = [{key: value for key, value in line.items() if key != "type"} for line in lines if line["type"] == kind]
        assert same == report[key]
    endpoints = [line for line in lines if line["type"] == "endpoint"]
    for line, endpoint in zip(endpoints, report["endpoints"], strict=True):
        assert {**line, "type": line.pop("endpoint_type")} == {**endpoint, "endpoint_type": endpoint["type"]}


# --- csv ---


def rows(audited: Audited) -> list[dict[str, str]]:
    text = audited.text("csv")
    assert "\r\n" in text
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    table = list(reader)
    assert all(None not in row and None not in row.values() for row in table), "a row is longer or shorter than the head"
    return table


def test_csv_has_a_row_for_everything(audited: Audited) -> None:
    report = audited.report
    counts = Counter(row["record"] for row in rows(audited))
    assert counts == {"run": 1, "subnet": len(report["subnets"]), "endpoint": len(report["endpoints"]),
                      "finding": len(report["findings"]), "error": len(report["errors"])}
    verdicts = Counter(row["status"] for row in rows(audited) if row["record"] == "subnet")
    assert verdicts == Counter(subnet["verdict"] for subnet in report["subnets"])
    kinds = Counter(row["status"] for row in rows(audited) if row["record"] == "finding")
    assert kinds == audited.weights()
    first = rows(audited)[0]
    assert first["status"] == "violations" and first["title"] == f"not everything of {', '.join(sorted(VPCS))} was seen"
    assert first["vpc_id"].split("\n") == sorted(VPCS)


def test_a_spreadsheet_runs_no_tag(audited: Audited) -> None:
    cells = [cell for row in rows(audited) for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
    # Several values stand in lines; nothing else controls anything.
    assert not [cell for cell in cells if any(unicodedata.category(char) == "Cc" for char in cell.replace("\n", ""))]
    assert not [row for row in rows(audited) for column in ("subnet_name", "vpc_name", "exemption_reason", "detail")
                if "\n" in row[column]]
    visible = re.sub(r"[\u202e\s\x0b]", " ", "'" + HOSTILE)
    assert {visible, "'@SUM(A1)"} <= {cell.replace("\u202e", " ") for cell in cells}


# --- markdown ---


def test_a_tag_is_no_markup_in_the_page(audited: Audited) -> None:
    page = audited.text("markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    inline = [child for token in tokens for child in token.children or []]
    assert not [child for child in inline if child.type in ("link_open", "image", "html_inline", "s_open")]
    allowed = {"<details>", "</details>", "<summary>Every subnet and service</summary>",
               "<summary>Every endpoint</summary>"}
    html = {line for token in tokens if token.type == "html_block" for line in token.content.split("\n") if line}
    assert html <= allowed


def test_no_row_of_a_table_of_the_page_is_broken(audited: Audited) -> None:
    page = audited.text("markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    bodies = [sum(token.type == "tr_open" for token in tokens)]
    separators = len(re.findall(r"^\|( --- \|)+$", page, re.MULTILINE))
    assert bodies == [len(re.findall(r"^\| ", page, re.MULTILINE)) - separators]
    report = audited.report
    text = "\n".join(token.content for token in tokens if token.type in ("inline", "fence"))
    for found in report["findings"]:
        assert (found["subnet_id"] or found["vpc_endpoint_id"] or found["vpc_id"]) in text
    for error in report["errors"]:
        assert error["operation"] in text
    # Commands are copied from the page, so they stand in it to the letter.
    blocks = "".join(token.content for token in tokens if token.type == "fence").splitlines()
    wanted = {command for found in report["findings"] for command in found["remediation"]["commands"]
              if not found["exemption"] and found["severity"] != "info" and found["rule"] != "subnet-unverifiable"}
    assert set(blocks) == wanted


# --- sarif ---


def sarif(audited: Audited) -> dict[str, Any]:
    return json.loads(audited.text("sarif"))["runs"][0]


def test_sarif_has_a_result_for_every_finding_and_one_for_what_is_missing(audited: Audited) -> None:
    run, report = sarif(audited), audited.report
    results = Counter(result["ruleId"] for result in run["results"])
    assert results.pop("audit-incomplete") == 1
    assert results == Counter(found["rule"] for found in report["findings"])
    suppressed = [result for result in run["results"] if result["suppressions"]]
    assert len(suppressed) == audited.weights()["exempt"]
    assert {one["justification"] for result in suppressed for one in result["suppressions"]} == {HOSTILE}
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == len(report["errors"])
    prints = [result["partialFingerprints"]["vpceGuard/v1"] for result in run["results"][1:]]
    assert prints == [found["fingerprint"] for found in report["findings"]]


def test_every_result_of_sarif_names_a_rule_of_its_table_and_a_place_that_github_takes(audited: Audited) -> None:
    run = sarif(audited)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[\w-]+(/[\w-]+)*", place["artifactLocation"]["uri"]), place
        assert place["region"]["startLine"] == 1


@pytest.mark.parametrize("kinds", ["Sarif", "Sarif;Ghas"])
def test_microsoft_s_validator_finds_no_error_in_sarif(
    audited: Audited, node_modules: pathlib.Path, tmp_path: pathlib.Path, kinds: str
) -> None:
    programs = list(node_modules.glob("@microsoft/sarif-multitool-*/Sarif.Multitool"))
    assert programs, f"{node_modules} holds no program of @microsoft/sarif-multitool"
    # npm does not keep the mode, and the package's own starter then cannot start it.
    programs[0].chmod(programs[0].stat().st_mode | stat.S_IXUSR)
    log, verdict = tmp_path / "report.sarif", tmp_path / "verdict.sarif"
    log.write_text(audited.text("sarif"))
    done = subprocess.run(
        [programs[0], "validate", log, "--output", verdict, "--rule-kind", kinds, "--level", "Error;Warning;Note"],
        capture_output=True, timeout=120, env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    assert verdict.is_file(), done.stdout.decode() + done.stderr.decode()
    found = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"][0]
    assert found["invocations"][0]["executionSuccessful"], done.stdout.decode()
    levels = {(result.get("level", "warning"), result["ruleId"]) for result in found["results"]}
    # SARIF2005 misses the address of a home page, which the program does not have.
    assert {one for one in levels if one[0] != "note"} == {("warning", "SARIF2005")}, done.stdout.decode()


# --- junit ---


def test_two_readers_of_junit_count_what_the_report_counts(audited: Audited) -> None:
    text, report = audited.text("junit"), audited.report
    suites = junitparser.JUnitXml.fromstring(text.encode())
    cases = [case for suite in suites for case in suite]
    kinds = Counter(type(case.result[0]).__name__ if case.result else "Passed" for case in cases)
    assert suites.tests == len(cases)
    assert (suites.failures, suites.errors) == (kinds["Failure"], kinds["Error"])
    judged = {(found["region"], found["vpc_id"], found["subnet_id"], found["service"])
              for found in report["findings"] if found["subnet_id"] and found["service"]}
    alone = [found for found in report["findings"] if not found["service"]]
    assert len(cases) == 1 + len(report["subnets"]) + len(report["endpoints"]) + len(report["errors"]) + len(alone)
    assert judged and kinds["Error"] == 1 + len(report["errors"]) + audited.verdicts("unverifiable")
    # No rule judges an endpoint that is not available, so it does not pass either.
    pending = [endpoint for endpoint in report["endpoints"] if endpoint["state"] != "available"]
    assert pending and kinds["Skipped"] == audited.verdicts("exempt") + len(pending)
    # Every finding's rule and every error's hint stands in some result.
    output = "\n".join([part.text or "" for case in cases for part in case.result] +
                       [case.system_out or "" for case in cases])
    for rule, count in Counter(found["rule"] for found in report["findings"]).items():
        assert output.count(f"] {rule}: ") == count, rule
    result = xunit_parse(io.StringIO(text))[1]
    assert result.testsRun == len(cases)
    assert (len(result.failures), len(result.errors), len(result.skipped)) == (
        kinds["Failure"], kinds["Error"], kinds["Skipped"])


# --- asff ---


def asff(audited: Audited) -> list[dict[str, Any]]:
    return json.loads(audited.text("asff"))


def test_asff_has_a_finding_for_everything(audited: Audited) -> None:
    report, weights = audited.report, audited.weights()
    found = asff(audited)
    assert len(found) == 1 + len(report["findings"]) + len(report["errors"]) + len(report["subnets"])
    assert len({one["Id"] for one in found}) == len(found)
    states = Counter((one["Compliance"]["Status"], one["Workflow"]["Status"]) for one in found)
    assert states == {
        ("FAILED", "NEW"): 1 + weights["violation"] + audited.verdicts("violation"),
        ("FAILED", "SUPPRESSED"): weights["exempt"] + audited.verdicts("exempt"),
        ("WARNING", "NEW"): weights["note"],
        ("NOT_AVAILABLE", "NEW"): weights["unverifiable"] + len(report["errors"]) + audited.verdicts("unverifiable"),
        ("PASSED", "RESOLVED"): audited.verdicts("compliant"),
    }
    # A path repeats what a finding says, so it must not weigh anything.
    paths = [one for one in found if one["GeneratorId"] == "vpce-guard/private-path"]
    assert {one["Severity"]["Label"] for one in paths} == {"INFORMATIONAL"}
    assert Counter(one["Compliance"]["Status"] for one in paths) == {
        "PASSED": audited.verdicts("compliant"), "FAILED": audited.verdicts("violation") + audited.verdicts("exempt"),
        "NOT_AVAILABLE": audited.verdicts("unverifiable"),
    }
    assert {one["Id"] for one in found} >= {one["fingerprint"] for one in report["findings"]}
    assert all(len(json.dumps(one)) <= 240 * 1024 for one in found)


@mock_aws
def test_security_hub_takes_the_findings_and_gives_them_back(audited: Audited) -> None:
    client = boto3.client("securityhub", region_name=BROKEN, aws_access_key_id="test", aws_secret_access_key="test")
    client.enable_security_hub()
    found = asff(audited)
    for at in range(0, len(found), 100):
        # botocore knows every name and type of the format, and refuses what it does not know.
        answer = client.batch_import_findings(Findings=found[at:at + 100])
        assert answer["FailedCount"] == 0, answer
    pages = client.get_paginator("get_findings").paginate()
    back = {one["Id"]: one for page in pages for one in page["Findings"]}
    assert set(back) == {one["Id"] for one in found}
    for one in found:
        assert back[one["Id"]]["Compliance"] == one["Compliance"]
        assert back[one["Id"]]["Resources"] == one["Resources"]


def test_the_resources_of_asff_are_arns_of_the_account_and_region(audited: Audited) -> None:
    for one in asff(audited):
        assert one["ProductArn"].endswith(f":{ACCOUNT}:product/{ACCOUNT}/default")
        for resource in one["Resources"]:
            arn = f"arn:aws:ec2:{one['Region']}:{ACCOUNT}:"
            assert resource["Id"].startswith(arn) or resource["Type"] == "AwsAccount", resource


# --- ocsf ---


@pytest.mark.parametrize("version", ["1.5.0", "1.6.0", "1.7.0", "1.8.0"])
def test_every_event_is_one_of_the_ocsf_schema(audited: Audited, version: str) -> None:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    name = schema.lookup_class_name_from_uid(class_uid=2003)
    validator = Draft202012Validator(schema.get_class_schema(class_name=name, profiles=["cloud"]))
    for line in audited.text("ocsf").splitlines():
        event = json.loads(line)
        assert [error.message for error in validator.iter_errors(event)] == []
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_ocsf_has_an_event_for_everything(audited: Audited) -> None:
    report, weights = audited.report, audited.weights()
    events = [json.loads(line) for line in audited.text("ocsf").splitlines()]
    states = Counter((event["compliance"]["status"], event["status"]) for event in events)
    assert states == {
        ("Fail", "New"): 1 + weights["violation"] + audited.verdicts("violation"),
        ("Fail", "Suppressed"): weights["exempt"] + audited.verdicts("exempt"),
        ("Warning", "New"): weights["note"],
        ("Unknown", "New"): weights["unverifiable"] + len(report["errors"]) + audited.verdicts("unverifiable"),
        ("Pass", "Resolved"): audited.verdicts("compliant"),
    }
    assert len({event["finding_info"]["uid"] for event in events}) == len(events)
    severities = Counter(event["severity"] for event in events if event["finding_info"]["uid"] in
                         {found["fingerprint"] for found in report["findings"]})
    names = {"info": "Informational", "low": "Low", "medium": "Medium", "high": "High"}
    assert severities == Counter(names[found["severity"]] for found in report["findings"])
