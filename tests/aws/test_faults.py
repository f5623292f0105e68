"""A denied, throttled, cut or garbled answer never ends in `compliant`, and costs no other Region anything.

The background is two Regions in which everything is right, so whatever is not
`compliant` comes from the fault, which is shown in the first of them.
"""

from __future__ import annotations

from typing import Any

import pytest

import expectations
import seed
from conftest import CLEAN, World
from contract import check_report

BROKEN, FINE = CLEAN
LISTS = ("subnets", "endpoints", "findings", "exemptions")
READS = ["DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeVpcEndpoints", "DescribePrefixLists"]


def fault(kind: str, operation: str, **more: Any) -> dict[str, Any]:
    return {"fault": kind, "service": "ec2", "operation": operation, "region": BROKEN, **more}


def check_one_region_lost(report: dict[str, Any], operation: str, code: str = "") -> None:
    """The broken Region is reported as such, the other is judged as if nothing had happened."""
    check_report(report)
    assert report["status"] == "incomplete" and report["complete"] is False
    errors = [e for e in report["errors"] if operation in e["operation"]]
    assert errors, f"no error names {operation}: {report['errors']}"
    for error in errors:
        assert error["region"] == BROKEN and error["message"] and error["hint"] and error["code"]
        assert code in error["code"]
    assert [e for e in report["errors"] if e["region"] == FINE] == []
    fine = [s for s in report["subnets"] if s["region"] == FINE]
    assert [s["verdict"] for s in fine] == ["compliant", "compliant"]
    assert report["notification"]["published"] is True, "silence would be read as good news"


class TestReads:
    @pytest.mark.parametrize("operation", READS)
    @pytest.mark.parametrize("kind, code", [("deny", "UnauthorizedOperation"), ("cut", "")])
    def test_every_operation(self, world: World, operation: str, kind: str, code: str) -> None:
        world.aws.set_faults(fault(kind, operation))
        report = world.clean_report()
        check_one_region_lost(report, operation, code)
        if operation != "DescribeVpcs":
            assert "compliant" not in {s["verdict"] for s in report["subnets"] if s["region"] == BROKEN}

    @pytest.mark.parametrize(
        "kind, code",
        [("throttle", "RequestLimitExceeded"), ("auth_failure", "AuthFailure"), ("server_error", "InternalError"),
         ("garbage", ""), ("reset", "")],
    )
    def test_every_fault(self, world: World, kind: str, code: str) -> None:
        world.aws.set_faults(fault(kind, "DescribeRouteTables"))
        check_one_region_lost(world.clean_report(), "DescribeRouteTables", code)

    @pytest.mark.parametrize("kind", ["throttle", "server_error", "reset"])
    def test_what_passes_is_tried_again(self, world: World, kind: str) -> None:
        world.aws.set_faults(fault(kind, "DescribeRouteTables", times=1))
        report = world.clean_report()
        assert (report["status"], report["complete"], report["errors"]) == ("compliant", True, [])

    def test_attempts_are_bounded(self, world: World) -> None:
        world.aws.set_faults(fault("throttle", "DescribeRouteTables"))
        world.clean_report()
        wanted = ("DescribeRouteTables", BROKEN)
        (tried,) = [call["count"] for call in world.aws.calls() if (call["operation"], call["region"]) == wanted]
        assert 2 <= tried <= 10

    def test_a_region_that_is_not_enabled(self, world: World) -> None:
        """Every call fails with AuthFailure there, as in an opt-in Region that is off."""
        world.aws.set_faults({"fault": "auth_failure", "region": BROKEN})
        report = world.clean_report()
        assert report["complete"] is False
        assert {e["region"] for e in report["errors"]} == {BROKEN}
        assert {s["verdict"] for s in report["subnets"]} == {"compliant"}

    def test_the_identity_is_denied(self, world: World) -> None:
        world.aws.set_faults({"fault": "deny", "service": "sts"})
        answer = world.invoke({"response": "full"}, REGIONS=",".join(CLEAN))
        said = answer.text
        assert "GetCallerIdentity" in said
        assert answer.failed or answer.value["complete"] is False


class TestPages:
    @pytest.mark.parametrize("size", [1, 7, 10])
    def test_all_pages_are_read_empty_ones_too(self, world: World, size: int) -> None:
        world.aws.set_faults({"fault": "paged", "service": "ec2", "page_size": size})
        report = world.report({"response": "full", "dry_run": True})
        assert expectations.compare(world.expected, report).differences == []

    @pytest.mark.parametrize("operation", READS)
    def test_a_token_that_comes_back_is_an_error(self, world: World, operation: str) -> None:
        world.aws.set_faults(fault("endless_pages", operation, same_token=True))
        check_one_region_lost(world.clean_report(), operation)

    def test_new_tokens_without_end(self, world: World) -> None:
        world.aws.set_faults(fault("endless_pages", "DescribeSubnets"))
        report = world.report({"response": "full"}, REGIONS=",".join(CLEAN), AWS_LAMBDA_FUNCTION_TIMEOUT="14")
        check_one_region_lost(report, "DescribeSubnets")

    def test_a_fault_on_a_later_page_loses_the_region_not_the_run(self, world: World) -> None:
        """Half an account is never judged: the first pages alone would look clean."""
        world.aws.set_faults(
            fault("paged", "DescribeSubnets", page_size=1), fault("deny", "DescribeSubnets", skip=2)
        )
        check_one_region_lost(world.clean_report(), "DescribeSubnets", "UnauthorizedOperation")


class TestNothingCouldBeJudged:
    @pytest.mark.parametrize("operation", ["DescribeSubnets", "DescribeRouteTables"])
    def test_it_is_published_first_and_then_the_invocation_fails(self, world: World, operation: str) -> None:
        world.aws.set_faults({"fault": "deny", "service": "ec2", "operation": operation})
        answer = world.invoke({}, REGIONS=",".join(CLEAN))
        assert answer.failed
        assert operation in answer.text or "judged" in answer.text
        (envelope,) = world.received()
        assert '"incomplete"' in envelope["Message"] and operation in envelope["Message"]

    def test_a_dry_run_fails_too_and_publishes_nothing(self, world: World) -> None:
        world.aws.set_faults({"fault": "deny", "service": "ec2"})
        assert world.invoke({"dry_run": True}, REGIONS=",".join(CLEAN)).failed
        assert world.aws.publishes() == []


class TestDeadline:
    def test_a_hanging_call_is_left_in_time_and_the_rest_is_published(self, world: World) -> None:
        """With 13 s in all and 10 s kept back, the run has 3 s; the call would hang for 60."""
        world.aws.set_faults(fault("hang", "DescribeRouteTables", seconds=60))
        with world.function(REGIONS=",".join(CLEAN), AWS_LAMBDA_FUNCTION_TIMEOUT="13") as function:
            answer = function.invoke(b'{"response": "full"}')
            assert not answer.failed, answer.text + function.logs()
        assert answer.seconds < 8
        check_one_region_lost(answer.value, "DescribeRouteTables")
        assert len(world.received()) == 1

    def test_hanging_metrics_leave_the_paths(self, world: World) -> None:
        world.aws.set_faults({"fault": "hang", "service": "cloudwatch", "region": BROKEN, "seconds": 60})
        report = world.report({"response": "full"}, REGIONS=",".join(CLEAN), AWS_LAMBDA_FUNCTION_TIMEOUT="13")
        assert report["status"] == "incomplete"
        assert {s["verdict"] for s in report["subnets"]} == {"compliant"}

    def test_everything_hangs(self, world: World) -> None:
        world.aws.set_faults({"fault": "hang", "service": "ec2", "seconds": 60})
        answer = world.invoke({}, REGIONS=",".join(CLEAN), AWS_LAMBDA_FUNCTION_TIMEOUT="13")
        assert answer.failed and answer.seconds < 12
        (envelope,) = world.received()
        assert '"incomplete"' in envelope["Message"]


def test_violations_elsewhere_are_not_lost(world: World) -> None:
    """A denied Region beside one with violations: the status is the worse news, and still not complete."""
    world.aws.set_faults({"fault": "deny", "service": "ec2", "operation": "DescribeRouteTables", "region": seed.AWAY})
    report = world.report({"response": "full", "dry_run": True})
    check_report(report)
    assert report["status"] == "violations" and report["complete"] is False

    def at_home(document: dict[str, Any]) -> dict[str, Any]:
        """The document with one Region's items only.

        Whether an exemption is called unused while a part could not be judged
        is left open: it may be waiting for just that part.
        """

        def stays(item: dict[str, Any]) -> bool:
            return item["region"] == seed.HOME and item.get("rule") != "exemption-unused"

        return {key: list(filter(stays, value)) if key in LISTS else value for key, value in document.items()}

    assert expectations.compare(at_home(world.expected), at_home(report)).differences == []
