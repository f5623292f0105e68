"""The shape of the report document, as the contract states it."""

from __future__ import annotations

import re
from typing import Any

REPORT = "schema tool started_at finished_at status complete scope summary endpoints findings errors".split()
SUMMARY = "vpcs subnets judged compliant violations exempt unverifiable findings by_severity".split()
SUBNET = (
    "account_id region vpc_id subnet_id service route_table_id association path verdict vpc_endpoint_ids via traffic "
    "reason"
).split()
ENDPOINT = "account_id region vpc_id vpc_endpoint_id service type state route_table_ids traffic".split()
FINDING = (
    "rule fingerprint severity exemption account_id region vpc_id subnet_id route_table_id vpc_endpoint_id service "
    "title detail remediation"
).split()
ERROR = "account_id region operation code message hint".split()
PATHS = {"gateway_endpoint", "partial", "bypass", "no_route", "unverifiable"}
SEVERITIES = ["critical", "high", "medium", "low", "info"]
VERDICT_OF_PATH = {
    "gateway_endpoint": {"compliant"},
    "partial": {"violation", "exempt"},
    "bypass": {"violation", "exempt"},
    "no_route": {"violation", "exempt"},
    "unverifiable": {"unverifiable"},
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def check_report(report: dict[str, Any]) -> None:
    """Fails where the document breaks the contract, whatever the account looks like."""
    _has(report, REPORT, "report")
    assert report["schema"] == "vpce-guard/report/1"
    for key in ("started_at", "finished_at"):
        assert _TIME.fullmatch(report[key]), f"{key} is {report[key]!r}"
    _has(report["scope"], ["accounts", "regions", "services"], "scope")
    for name, keys in [("endpoints", ENDPOINT), ("findings", FINDING), ("errors", ERROR), ("subnets", SUBNET)]:
        for item in report.get(name, []):
            _has(item, keys, name)
    _check_findings(report)
    _check_summary(report)
    if "subnets" in report:
        _check_subnets(report)
    violations = [f for f in report["findings"] if is_violation(f)]
    expected = "violations" if violations else "compliant" if report["complete"] else "incomplete"
    assert report["status"] == expected
    if report["errors"]:
        assert report["complete"] is False


def is_violation(finding: dict[str, Any]) -> bool:
    return finding["severity"] != "info" and not finding["exemption"] and finding["rule"] != "subnet-unverifiable"


def _check_findings(report: dict[str, Any]) -> None:
    prints = [finding["fingerprint"] for finding in report["findings"]]
    assert len(prints) == len(set(prints)), "two findings share a fingerprint"
    for finding in report["findings"]:
        assert finding["severity"] in SEVERITIES
        assert finding["title"] and finding["detail"] and finding["remediation"]["summary"]
        assert isinstance(finding["remediation"]["commands"], list)


def _check_summary(report: dict[str, Any]) -> None:
    summary = report["summary"]
    _has(summary, SUMMARY, "summary")
    assert summary["judged"] == summary["compliant"] + summary["violations"] + summary["exempt"]
    assert sorted(summary["by_severity"]) == sorted(SEVERITIES)
    assert sum(summary["by_severity"].values()) == summary["findings"]
    if not report.get("truncated"):
        assert summary["findings"] >= len(report["findings"])


def _check_subnets(report: dict[str, Any]) -> None:
    summary, subnets = report["summary"], report["subnets"]
    keys = [(s["account_id"], s["region"], s["vpc_id"], s["subnet_id"], s["service"]) for s in subnets]
    assert len(keys) == len(set(keys)), "a subnet is judged twice"
    assert summary["subnets"] == len({s["subnet_id"] for s in subnets})
    for verdict in ("compliant", "exempt", "unverifiable"):
        assert summary[verdict] == sum(s["verdict"] == verdict for s in subnets), verdict
    assert summary["violations"] == sum(s["verdict"] == "violation" for s in subnets)
    for subnet in subnets:
        assert subnet["path"] in PATHS
        assert subnet["verdict"] in VERDICT_OF_PATH[subnet["path"]], subnet
        assert subnet["association"] in ("explicit", "main", None)
        assert subnet["reason"]
        for way in subnet["via"]:
            _has(way, ["target", "kind", "share", "cidrs"], "via")
            assert 0 <= way["share"] <= 1


def _has(value: dict[str, Any], keys: list[str], name: str) -> None:
    missing = [key for key in keys if key not in value]
    assert not missing, f"{name} lacks {', '.join(missing)}"
