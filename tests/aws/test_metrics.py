"""Traffic evidence from CloudWatch: seen, idle, not observable, and not readable."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import CLEAN, World
from contract import check_report


def endpoint(report: dict[str, Any], world: World, name: str) -> dict[str, Any]:
    wanted = next(e["vpc_endpoint_id"] for e in world.expected["endpoints"] if e["name"] == name)
    return next(e for e in report["endpoints"] if e["vpc_endpoint_id"] == wanted)


def endpoint_rules(report: dict[str, Any]) -> set[str]:
    return {f["rule"] for f in report["findings"] if f["rule"].startswith("endpoint-")}


@pytest.mark.parametrize(
    "name, status, total",
    [("payments-prod-s3", "observed", 6_000_000), ("data-lake-s3-onprem", "observed", 4096),
     ("ml-train-gpu-s3", "idle", 0), ("ml-train-notebooks-s3", "idle", 0), ("web-prod-s3", "no_telemetry", None)],
)
def test_what_the_metrics_say(world: World, name: str, status: str, total: int | None) -> None:
    report = world.report({"response": "full", "dry_run": True})
    traffic = endpoint(report, world, name)["traffic"]
    assert (traffic or {"status": "no_telemetry"})["status"] == status
    if total is not None:
        assert traffic["bytes_endpoint"] == total and traffic["sources"]


def test_a_longer_look_back_sees_older_points(world: World) -> None:
    """The newest point of this endpoint is 20 days old, so 14 days, the most, do not see it; others stay."""
    report = world.report({"response": "full", "dry_run": True}, LOOKBACK_HOURS="336")
    assert endpoint(report, world, "ml-train-notebooks-s3")["traffic"]["status"] == "idle"
    assert endpoint(report, world, "payments-prod-s3")["traffic"]["bytes_endpoint"] == 6_000_000


def test_a_shorter_look_back_sees_less(world: World) -> None:
    """The points are 1.5, 2.5 and 3.5 hours old."""
    report = world.report({"response": "full", "dry_run": True}, LOOKBACK_HOURS="2")
    assert endpoint(report, world, "payments-prod-s3")["traffic"]["bytes_endpoint"] == 1_000_000
    report = world.report({"response": "full", "dry_run": True}, LOOKBACK_HOURS="1")
    assert endpoint(report, world, "payments-prod-s3")["traffic"]["status"] == "idle"


@pytest.mark.parametrize("operation", ["ListMetrics", "GetMetricData"])
@pytest.mark.parametrize("fault, code", [("deny", "AccessDenied"), ("cut", ""), ("garbage", "")])
def test_an_unreadable_answer_is_neither_idle_nor_unobserved(
    world: World, operation: str, fault: str, code: str
) -> None:
    world.aws.set_faults({"fault": fault, "service": "cloudwatch", "operation": operation, "region": CLEAN[0]})
    report = world.clean_report()
    check_report(report)
    assert report["status"] == "incomplete" and report["complete"] is False
    assert not endpoint_rules(report) & {"endpoint-idle", "endpoint-unobserved"}
    assert {s["verdict"] for s in report["subnets"]} == {"compliant"}, "paths do not depend on metrics"
    errors = [e for e in report["errors"] if operation in e["operation"]]
    assert errors and {e["region"] for e in errors} == {CLEAN[0]}
    assert all(code in e["code"] and e["message"] and e["hint"] for e in errors)
    assert report["notification"]["published"] is True, "silence would be read as good news"


@pytest.mark.parametrize("fault", ["partial_data", "forbidden"])
def test_a_partial_result_is_neither_idle_nor_unobserved(world: World, fault: str) -> None:
    world.aws.set_faults({"fault": fault, "service": "cloudwatch", "operation": "GetMetricData", "region": CLEAN[0]})
    report = world.clean_report()
    check_report(report)
    assert report["status"] == "incomplete"
    assert not endpoint_rules(report) & {"endpoint-idle", "endpoint-unobserved"}
    assert any("GetMetricData" in e["operation"] and e["region"] == CLEAN[0] for e in report["errors"])


def test_partial_zeros_are_not_idle(world: World) -> None:
    """The endpoint whose known points are all zero must not be called idle when points are missing."""
    world.aws.set_faults({"fault": "partial_data", "operation": "GetMetricData"})
    report = world.report({"response": "full", "dry_run": True})
    assert report["complete"] is False
    assert "endpoint-idle" not in endpoint_rules(report)


@pytest.mark.parametrize("same_token", [True, False])
@pytest.mark.parametrize("operation", ["ListMetrics", "GetMetricData"])
def test_pages_that_never_end_are_an_error(world: World, operation: str, same_token: bool) -> None:
    world.aws.set_faults({
        "fault": "endless_pages", "service": "cloudwatch", "operation": operation, "region": CLEAN[0],
        "same_token": same_token,
    })
    report = world.report({"response": "full"}, REGIONS=",".join(CLEAN), AWS_LAMBDA_FUNCTION_TIMEOUT="14")
    assert report["status"] == "incomplete"
    assert any(operation in e["operation"] and e["region"] == CLEAN[0] for e in report["errors"])
