"""Compares a full report document with what the seeder expects; see `seed` for the shape."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any, Iterable

Report = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """`right` of `subnets` distinct subnets are as expected; `differences` says in words what is not."""

    subnets: int
    right: int
    differences: list[str]


def compare(expected: dict[str, Any], report: Report, services: Iterable[str] = ("s3",)) -> Comparison:
    """Compares subnets, endpoints and exemptions for the audited services."""
    services = tuple(services)
    wrong, differences = _subnets(expected, report, services)
    differences += _endpoints(expected, report, services)
    differences += _exemptions(expected, report)
    subnets = {s["subnet_id"] for s in expected["subnets"]}
    return Comparison(len(subnets), len(subnets - wrong), differences)


def rules_by(report: Report, *keys: str) -> dict[tuple[Any, ...], dict[str, str]]:
    """{(the values of `keys`): {rule: severity}} over the report's findings."""
    result: dict[tuple[Any, ...], dict[str, str]] = collections.defaultdict(dict)
    for finding in report["findings"]:
        result[tuple(finding[key] for key in keys)][finding["rule"]] = finding["severity"]
    return result


def _subnets(expected: dict[str, Any], report: Report, services: tuple[str, ...]) -> tuple[set[str], list[str]]:
    found = {(s["region"], s["subnet_id"], s["service"]): s for s in report["subnets"]}
    rules = rules_by(report, "subnet_id", "service")
    wrong: set[str] = set()
    differences: list[str] = []
    for want in expected["subnets"]:
        if want["service"] not in services:
            continue
        key = (want["region"], want["subnet_id"], want["service"])
        have = found.pop(key, None)
        label = f"{want['name']} {want['service']}"
        if have is None:
            wrong.add(want["subnet_id"])
            differences.append(f"{label}: not in the report")
            continue
        own_rules = {r: s for r, s in rules[key[1:]].items() if not r.startswith("exemption-")}
        for name, value, wanted in [
            ("path", have["path"], want["path"]),
            ("verdict", have["verdict"], want["verdict"]),
            ("association", have["association"], want["association"]),
            ("vpc_id", have["vpc_id"], want["vpc_id"]),
            ("via", _ways_out(v["kind"] for v in have["via"]), _ways_out(want["via"])),
            ("rules", own_rules, want["rules"]),
        ]:
            if value != wanted:
                wrong.add(want["subnet_id"])
                differences.append(f"{label}: {name} is {value!r}, expected {wanted!r}")
    for region, subnet_id, service in found:
        wrong.add(subnet_id)
        differences.append(f"{subnet_id} {service} in {region}: in the report, but never made")
    return wrong, differences


def _ways_out(kinds: Iterable[str]) -> list[str]:
    """Kinds without `none`: whether "nowhere" is listed at all is left open by the contract."""
    return sorted(set(kinds) - {"none"})


def _endpoints(expected: dict[str, Any], report: Report, services: tuple[str, ...]) -> list[str]:
    found = {e["vpc_endpoint_id"]: e for e in report["endpoints"]}
    rules = rules_by(report, "vpc_endpoint_id")
    differences: list[str] = []
    for want in expected["endpoints"]:
        if want["service"] not in services:
            continue
        have = found.pop(want["vpc_endpoint_id"], None)
        if have is None:
            differences.append(f"endpoint {want['name']}: not in the report")
            continue
        traffic = have["traffic"] or {"status": "no_telemetry"}
        own_rules = {r: s for r, s in rules[want["vpc_endpoint_id"],].items() if r.startswith("endpoint-")}
        own_rules.pop("endpoint-unavailable", None)  # speaks of a subnet
        for rule in want["rules_may"]:
            own_rules.pop(rule, None)
        for name, value, wanted in [
            ("type", have["type"].lower(), want["type"].lower()),
            ("traffic", traffic["status"], want["traffic"]),
            ("bytes", traffic.get("bytes_endpoint") if want["traffic"] == "observed" else want["bytes"], want["bytes"]),
            ("rules", own_rules, want["rules"]),
        ]:
            if value != wanted:
                differences.append(f"endpoint {want['name']}: {name} is {value!r}, expected {wanted!r}")
    return differences + [f"endpoint {name}: in the report, but of no audited service" for name in found]


def _exemptions(expected: dict[str, Any], report: Report) -> list[str]:
    differences: list[str] = []
    findings = [f for f in report["findings"] if f["rule"].startswith("exemption-")]
    wanted = {(want["rule"], want["resource_id"]) for want in expected["exemptions"]}
    for rule, resource in sorted(wanted):
        if not any(f["rule"] == rule and resource in (f["subnet_id"], f["vpc_id"]) for f in findings):
            differences.append(f"{rule} for {resource}: no such finding")
    if len(findings) != len(wanted):
        differences.append(f"{len(findings)} findings about exemptions, expected {len(wanted)}")
    verdicts = {(s["subnet_id"], s["service"]): s["verdict"] for s in report["subnets"]}
    for finding in report["findings"]:
        verdict = verdicts.get((finding["subnet_id"], finding["service"]))
        if finding["rule"].startswith("gateway-route-") and bool(finding["exemption"]) != (verdict == "exempt"):
            differences.append(f"{finding['rule']} of {finding['subnet_id']}: exemption does not agree with {verdict}")
    return differences
