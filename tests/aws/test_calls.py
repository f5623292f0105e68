"""How many calls a run makes, counted at the server."""

from __future__ import annotations

import collections
import json

import seed
from conftest import CLEAN, World

DRY = {"response": "full", "dry_run": True}


def counts(world: World) -> dict[str, int]:
    result: collections.Counter[str] = collections.Counter()
    for call in world.aws.calls():
        result[call["operation"]] += call["count"]
    return dict(result)


def test_a_thousand_subnets_take_ten_calls_at_most(large_world: World) -> None:
    large_world.report(DRY, REGIONS=seed.HOME, SERVICES="s3,dynamodb")
    made = counts(large_world)
    assert sum(made.values()) <= 10, made
    assert {"GetCallerIdentity", "DescribeSubnets", "DescribeRouteTables", "GetMetricData"} <= set(made)


def test_a_further_page_is_one_further_call(large_world: World) -> None:
    large_world.report(DRY, REGIONS=seed.HOME)
    before = counts(large_world)
    large_world.aws.reset()
    large_world.aws.set_faults({
        "fault": "paged", "service": "ec2", "operation": "DescribeSubnets", "page_size": 250,
    })
    large_world.report(DRY, REGIONS=seed.HOME)
    after = counts(large_world)
    # An empty page and four full ones.
    assert after["DescribeSubnets"] == before["DescribeSubnets"] + 4
    assert sum(after.values()) == sum(before.values()) + 4


def test_customer_lists_are_read_only_where_a_route_names_one(world: World) -> None:
    world.report(DRY, REGIONS=CLEAN[0])
    assert "GetManagedPrefixListEntries" not in counts(world)
    world.aws.reset()
    world.report(DRY, REGIONS=seed.HOME)
    assert counts(world)["GetManagedPrefixListEntries"] == 1


def test_only_asked_regions_are_called(world: World) -> None:
    world.report({**DRY, "regions": [CLEAN[0]]})
    assert {c["region"] for c in world.aws.calls() if c["service"] in ("ec2", "cloudwatch")} == {CLEAN[0]}


def test_calls_overlap_within_a_bound(world: World) -> None:
    world.aws.set_faults({"fault": "delay_ms", "milliseconds": 100})
    world.report(DRY)
    assert 4 <= world.aws.peak() <= 64


def test_a_warm_function_does_not_pile_up_calls(world: World) -> None:
    with world.function(REGIONS=CLEAN[0]) as function:
        function.invoke(json.dumps(DRY).encode())
        first = sum(counts(world).values())
        world.aws.reset()
        function.invoke(json.dumps(DRY).encode())
        assert sum(counts(world).values()) <= first
