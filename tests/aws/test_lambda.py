"""The function from event to answer: events, environment, and the verdicts of the messy account."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

import pytest

import expectations
import seed
from conftest import CLEAN, World
from contract import check_report

Event = Callable[[str], bytes]
FULL = {"response": "full", "dry_run": True}


def subnets(report: dict[str, Any], name: str, world: World, service: str = "s3") -> dict[str, Any]:
    """The report's judgement of the subnet with this Name tag."""
    return next(s for s in report["subnets"] if (s["subnet_id"], s["service"]) == (subnet_id(world, name), service))


def subnet_id(world: World, name: str) -> str:
    return next(s["subnet_id"] for s in world.expected["subnets"] if s["name"] == name)


def findings(report: dict[str, Any], **wanted: str) -> list[dict[str, Any]]:
    return [f for f in report["findings"] if all(f[key] == value for key, value in wanted.items())]


class TestVerdicts:
    @pytest.mark.parametrize("services", [["s3"], ["dynamodb"], ["s3", "dynamodb"]], ids="+".join)
    def test_every_subnet_endpoint_and_exemption_is_judged_as_expected(
        self, world: World, services: list[str]
    ) -> None:
        report = world.report(FULL, SERVICES=",".join(services))
        check_report(report)
        assert expectations.compare(world.expected, report, services).differences == []
        assert report["complete"] is True and report["errors"] == []
        assert report["scope"] == {
            "accounts": [seed.ACCOUNT], "regions": sorted(seed.REGIONS), "services": report["scope"]["services"]
        }

    def test_a_thousand_hard_subnets_are_all_right(self, large_world: World) -> None:
        report = large_world.report(FULL, REGIONS=seed.HOME, SERVICES="s3,dynamodb")
        check_report(report)
        result = expectations.compare(large_world.expected, report, ["s3", "dynamodb"])
        assert (result.right, result.differences[:5]) == (1000, [])
        assert "truncated" not in report or report["truncated"] is False

    def test_shares_are_exact(self, world: World) -> None:
        report = world.report(FULL)
        # The S3 list of moto: a /15, a /19 and a /16.
        addresses = 2**17 + 2**13 + 2**16
        for name, stolen in [("spark-a", 2**12), ("spark-b", 2**16), ("partner-a", 2**15), ("hub-a", 2**15)]:
            via = subnets(report, f"data-lake-{name}", world)["via"]
            assert sum(way["share"] for way in via) == pytest.approx(stolen / addresses)
        (way,) = subnets(report, "data-lake-legacy-a", world)["via"]
        assert way["share"] == pytest.approx(1.0)

    def test_a_compliant_subnet_names_its_endpoint_and_table(self, world: World) -> None:
        report = world.report(FULL)
        judged = subnets(report, "payments-prod-batch-a", world)
        endpoint = next(e for e in world.expected["endpoints"] if e["name"] == "payments-prod-s3")
        assert judged["vpc_endpoint_ids"] == [endpoint["vpc_endpoint_id"]]
        listed = next(e for e in report["endpoints"] if e["vpc_endpoint_id"] == endpoint["vpc_endpoint_id"])
        assert judged["route_table_id"] in listed["route_table_ids"]

    def test_a_clean_region_is_compliant_and_complete(self, world: World) -> None:
        report = world.clean_report()
        check_report(report)
        assert (report["status"], report["complete"], report["findings"]) == ("compliant", True, [])
        assert report["summary"]["subnets"] == 4

    def test_two_runs_say_the_same(self, world: World) -> None:
        with world.function() as function:
            first, second = (function.invoke(json.dumps(FULL).encode()).text for _ in range(2))
        times = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
        assert times.sub("", first) == times.sub("", second), "times aside"

    def test_all_regions(self, world: World) -> None:
        """`all` asks DescribeRegions; the untouched Regions hold moto's default VPCs without a way out."""
        # moto also lists Regions that are not enabled, which AWS does on request only.
        regions = seed.client("ec2", world.aws.endpoint, seed.HOME).describe_regions()["Regions"]
        enabled = sorted(r["RegionName"] for r in regions if r["OptInStatus"] != "not-opted-in")
        report = world.report(FULL, REGIONS="all")
        check_report(report)
        assert report["scope"]["regions"] == enabled
        mine = {**report, **{
            key: [item for item in report[key] if item["region"] in seed.REGIONS]
            for key in ("subnets", "endpoints", "findings")
        }}
        assert expectations.compare(world.expected, mine).differences == []
        elsewhere = {s["path"] for s in report["subnets"] if s["region"] not in (*seed.REGIONS, *CLEAN)}
        assert elsewhere == {"no_route"}


class TestOverlays:
    """Outcomes that moto cannot hold, laid over its answers on the way."""

    @staticmethod
    def overlaid(
        world: World, operation: str, *replacements: tuple[str, str], regions: tuple[str, ...] = CLEAN[:1]
    ) -> dict[str, Any]:
        """A full report in which the first clean Region's answers to `operation` are changed."""
        world.aws.set_faults({
            "fault": "replace", "service": "ec2", "operation": operation, "region": CLEAN[0],
            "replacements": [list(pair) for pair in replacements],
        })
        report = world.report(FULL, REGIONS=",".join(regions))
        check_report(report)
        return report

    #: The prefix-list route to an endpoint, up to its state.
    ENDPOINT_ROUTE = r"(<gatewayId>vpce-[0-9a-f]+</gatewayId>(?:(?!</item>).)*<state>)active"

    def test_a_blackhole_route_of_the_list(self, world: World) -> None:
        report = self.overlaid(world, "DescribeRouteTables", (self.ENDPOINT_ROUTE, r"\1blackhole"))
        assert {s["path"] for s in report["subnets"]} == {"no_route"}
        assert {way["kind"] for s in report["subnets"] for way in s["via"]} <= {"blackhole", "none"}
        assert {f["rule"] for f in report["findings"] if f["subnet_id"]} == {"gateway-route-blackhole"}

    def test_a_route_state_that_nobody_knows(self, world: World) -> None:
        report = self.overlaid(
            world, "DescribeRouteTables", (self.ENDPOINT_ROUTE, r"\1filtered"), regions=CLEAN
        )
        assert {s["path"] for s in report["subnets"] if s["region"] == CLEAN[0]} == {"unverifiable"}
        assert report["complete"] is False and report["status"] == "incomplete"
        assert {f["rule"] for f in report["findings"] if f["subnet_id"]} == {"subnet-unverifiable"}

    @pytest.mark.parametrize("state", ["available", "Available", "AVAILABLE"])
    def test_endpoint_states_come_in_any_case(self, world: World, state: str) -> None:
        report = self.overlaid(world, "DescribeVpcEndpoints", (r"(<state>)available", rf"\g<1>{state}"))
        assert {s["path"] for s in report["subnets"]} == {"gateway_endpoint"}

    @pytest.mark.parametrize("state", ["pending", "Failed", "deleting"])
    def test_an_endpoint_that_is_not_available(self, world: World, state: str) -> None:
        report = self.overlaid(world, "DescribeVpcEndpoints", (r"(<state>)available", rf"\g<1>{state}"))
        assert {s["path"] for s in report["subnets"]} == {"bypass"}
        assert {way["kind"] for s in report["subnets"] for way in s["via"]} == {"gateway_endpoint_other"}
        assert {f["rule"] for f in report["findings"] if f["subnet_id"]} == {"endpoint-unavailable"}

    def test_an_endpoint_that_is_gone(self, world: World) -> None:
        report = self.overlaid(
            world, "DescribeVpcEndpoints", (r"<vpcEndpointSet>.*</vpcEndpointSet>", "<vpcEndpointSet/>")
        )
        assert {s["path"] for s in report["subnets"]} == {"no_route"}
        assert {f["rule"] for f in report["findings"] if f["subnet_id"]} == {"gateway-route-blackhole"}

    def test_a_shared_vpc_whose_owner_keeps_the_endpoint(self, world: World) -> None:
        """A participant sees the route but not the owner's endpoint: no proof either way."""
        owner = (r"<ownerId>123456789012</ownerId>", "<ownerId>999999999999</ownerId>")
        world.aws.set_faults(
            *({"fault": "replace", "service": "ec2", "operation": f"Describe{what}", "region": CLEAN[0],
               "replacements": [list(owner)]} for what in ("Vpcs", "RouteTables", "Subnets")),
            {"fault": "replace", "operation": "DescribeVpcEndpoints", "region": CLEAN[0],
             "replacements": [[r"<vpcEndpointSet>.*</vpcEndpointSet>", "<vpcEndpointSet/>"]]},
        )
        report = world.clean_report(regions=(CLEAN[0], CLEAN[1]), dry_run=True)
        shared = [s for s in report["subnets"] if s["region"] == CLEAN[0]]
        assert {s["path"] for s in shared} == {"unverifiable"}
        assert report["complete"] is False

    def test_a_gateway_load_balancer_endpoint_is_not_a_gateway_endpoint(self, world: World) -> None:
        report = self.overlaid(
            world, "DescribeVpcEndpoints",
            (r"<vpcEndpointType>Gateway</vpcEndpointType>", "<vpcEndpointType>GatewayLoadBalancer</vpcEndpointType>"),
            (r"(<serviceName>)[^<]*", r"\1com.amazonaws.vpce.eu-north-1.vpce-svc-0"),
        )
        assert {s["path"] for s in report["subnets"]} == {"bypass"}
        assert {way["kind"] for s in report["subnets"] for way in s["via"]} == {"gateway_load_balancer_endpoint"}
        assert {f["rule"] for f in report["findings"] if f["subnet_id"]} == {"gateway-route-wrong-target"}

    def test_block_public_access_lowers_the_severity_and_keeps_the_path(self, world: World) -> None:
        mode = (
            "<blockPublicAccessStates><internetGatewayBlockMode>block-bidirectional</internetGatewayBlockMode>"
            "</blockPublicAccessStates>"
        )
        world.aws.set_faults(*(
            {"fault": "replace", "service": "ec2", "operation": operation, "region": seed.AWAY,
             "replacements": [[r"(<vpcId>[^<]*</vpcId>)", rf"\1{mode}"]]}
            for operation in ("DescribeVpcs", "DescribeSubnets")
        ))
        report = world.report(FULL, REGIONS=seed.AWAY)
        judged = subnets(report, "web-prod-canary-a", world)
        assert judged["path"] == "bypass"
        (finding,) = findings(report, rule="gateway-route-missing", subnet_id=judged["subnet_id"])
        assert finding["severity"] == "medium"

    def test_dns64_with_a_nat64_route(self, world: World) -> None:
        """`64:ff9b::/96` to a NAT gateway, in a subnet that synthesises such addresses."""
        dual = subnet_id(world, "web-prod-dual-a")
        route = (
            "<item><destinationIpv6CidrBlock>64:ff9b::/96</destinationIpv6CidrBlock>"
            "<natGatewayId>nat-0aaaaaaaaaaaaaaaa</natGatewayId><origin>CreateRoute</origin><state>active</state></item>"
        )
        world.aws.set_faults(
            {"fault": "replace", "operation": "DescribeSubnets", "region": seed.AWAY,
             "replacements": [[rf"(<subnetId>{dual}</subnetId>)", r"\1<enableDns64>true</enableDns64>"]]},
            {"fault": "replace", "operation": "DescribeRouteTables", "region": seed.AWAY,
             "replacements": [[r"(<routeSet>)(?=(?:(?!</routeSet>).)*egressOnlyInternetGatewayId)", rf"\1{route}"]]},
        )
        report = world.report(FULL, REGIONS=seed.AWAY)
        rules = {f["rule"] for f in findings(report, subnet_id=dual)}
        assert "nat64-bypass" in rules


class TestEvents:
    @pytest.mark.parametrize("name", ["scheduled-rule.json", "scheduler.json", "manual-all.json"])
    def test_everything_configured_is_checked_and_published(self, world: World, event: Event, name: str) -> None:
        answer = world.report(event(name))
        check_report(answer)
        assert "subnets" not in answer
        assert answer["status"] == "violations"
        assert answer["summary"]["subnets"] == len({s["subnet_id"] for s in world.expected["subnets"]})
        assert answer["notification"]["published"] is True and len(answer["notification"]["message_ids"]) == 1
        (envelope,) = world.received()
        assert envelope["MessageId"] in answer["notification"]["message_ids"]

    @pytest.mark.parametrize("event_bytes", [b"null", b"{}"])
    def test_no_request_means_everything(self, world: World, event_bytes: bytes) -> None:
        answer = world.report(event_bytes)
        assert answer["scope"]["regions"] == sorted(seed.REGIONS)
        assert len(world.received()) == 1

    def test_one_vpc(self, world: World, event: Event) -> None:
        sample = json.loads(event("manual-one-vpc.json"))
        wanted = next(s for s in world.expected["subnets"] if s["name"] == "data-lake-hub-a")
        request = {**sample, "regions": [wanted["region"]], "vpc_ids": [wanted["vpc_id"]]}
        report = world.report(request)
        check_report(report)
        assert {s["vpc_id"] for s in report["subnets"]} == {wanted["vpc_id"]}
        assert report["scope"]["regions"] == [wanted["region"]] and report["summary"]["vpcs"] == 1
        assert {e["vpc_id"] for e in report["endpoints"]} == {wanted["vpc_id"]}

    def test_full(self, world: World, event: Event) -> None:
        report = world.report(event("manual-full.json"))
        assert expectations.compare(world.expected, report).differences == []
        assert len(world.received()) == 1

    def test_dry_run_publishes_nothing(self, world: World, event: Event) -> None:
        answer = world.report(event("manual-dry-run.json"))
        assert answer["status"] == "violations"
        assert answer["notification"]["published"] is False and answer["notification"]["message_ids"] == []
        assert answer["notification"]["reason"]
        assert world.aws.publishes() == [] and world.received() == []

    @pytest.mark.parametrize(
        "detail", [{"vpce_guard": {"dry_run": True}, "other": 1}, '{"vpce_guard": {"dry_run": true}}']
    )
    def test_a_request_inside_an_envelope(self, world: World, event: Event, detail: Any) -> None:
        envelope = {**json.loads(event("scheduled-rule.json")), "detail": detail}
        assert world.report(envelope)["notification"]["published"] is False

    @pytest.mark.parametrize("detail", [None, "", "not json", 7, [1], {"instance-id": "i-1", "regions": 5}])
    def test_any_other_detail_is_ignored(self, world: World, event: Event, detail: Any) -> None:
        envelope = {**json.loads(event("scheduled-rule.json")), "detail": detail}
        answer = world.report(envelope, REGIONS=CLEAN[0])
        assert answer["status"] == "compliant"

    def test_the_malformed_sample_names_its_key(self, world: World, event: Event) -> None:
        answer = world.invoke(event("malformed.json"))
        assert answer.failed
        assert "vpc_id" in answer.value["errorMessage"]
        assert world.aws.publishes() == [] and not judging_calls(world)

    @pytest.mark.parametrize(
        "request_, named",
        [({"regions": "eu-west-1"}, "regions"), ({"regions": [1]}, "regions"), ({"vpc_ids": {}}, "vpc_ids"),
         ({"services": ["s4"]}, "s4"), ({"dry_run": "yes"}, "dry_run"), ({"response": "all"}, "response"),
         ({"Dry_Run": True}, "Dry_Run"), ({"regions": ["eu-west-1"], "extra": None}, "extra")],
        ids=str,
    )
    @pytest.mark.parametrize("inside", [False, True], ids=["bare", "enveloped"])
    def test_a_wrong_request_is_named_and_nothing_is_checked(
        self, world: World, event: Event, request_: dict[str, Any], named: str, inside: bool
    ) -> None:
        envelope = {**json.loads(event("scheduled-rule.json")), "detail": {"vpce_guard": request_}}
        answer = world.invoke(envelope if inside else request_)
        assert answer.failed and named in answer.value["errorMessage"]
        assert world.aws.publishes() == [] and not judging_calls(world)

    @pytest.mark.parametrize(
        "event_bytes, said", [(b'"all"', "string"), (b"7", "number"), (b"true", "boolean"), (b"[]", "array")]
    )
    def test_what_is_no_object_is_refused_by_its_kind(self, world: World, event_bytes: bytes, said: str) -> None:
        answer = world.invoke(event_bytes)
        assert answer.failed and said in answer.value["errorMessage"].lower()
        assert not judging_calls(world)

    def test_a_good_event_after_a_bad_one(self, world: World) -> None:
        with world.function() as function:
            assert function.invoke(b"[]").failed
            assert not function.invoke(b'{"dry_run": true}').failed


def judging_calls(world: World) -> list[dict[str, Any]]:
    return [call for call in world.aws.calls() if call["service"] in ("ec2", "cloudwatch", "sns")]


class TestEnvironment:
    @pytest.mark.parametrize(
        "name, value",
        [("REGIONS", "eu-west-1,Mars 1"), ("SERVICES", "s3,s4"), ("LOOKBACK_HOURS", "0"), ("LOOKBACK_HOURS", "337"),
         ("LOOKBACK_HOURS", "a day"), ("NOTIFY", "sometimes"), ("TOPIC_ARN", "vpce-guard-violations"),
         ("CONFIG", "exemptions = [[")],
        ids=lambda value: value,
    )
    def test_a_wrong_value_stops_the_function_at_start(self, world: World, name: str, value: str) -> None:
        with world.function(**{name: value}) as function:
            answer = function.invoke(b'{"dry_run": true}')
            said = answer.text + function.logs()
        assert answer.failed
        assert f"VPCE_GUARD_{name}" in said
        if name != "CONFIG":
            assert value.rpartition(",")[2] in said
        assert world.aws.calls() == []

    def test_the_topic_may_be_missing_for_dry_runs_only(self, world: World) -> None:
        with world.function(TOPIC_ARN="") as function:
            assert not function.invoke(b'{"dry_run": true}').failed
            answer = function.invoke(b"{}")
            assert answer.failed and "VPCE_GUARD_TOPIC_ARN" in answer.text

    def test_the_functions_own_region_is_the_default(self, world: World) -> None:
        with world.function(region=CLEAN[1], REGIONS="") as function:
            assert function.invoke(b"{}").value["scope"]["regions"] == [CLEAN[1]]

    def test_logs_are_json_with_the_request_id(self, world: World) -> None:
        with world.function(REGIONS=CLEAN[0]) as function:
            function.invoke(b"{}")
            logs = function.logs()
        request_id = logs.split("START RequestId: ")[1].split()[0]
        own = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
        assert own and any(request_id in json.dumps(line) for line in own)
