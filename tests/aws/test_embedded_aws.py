"""The test bed itself: the server, its faults, the seeders and the emulator."""

from __future__ import annotations

import datetime
import json
import math
import pathlib
import stat
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import boto3.session
import botocore.config
import botocore.exceptions
import cbor2
import pytest

import oracle
import rpc_v2_cbor
import seed
from conftest import CLEAN, World
from emulator import emulator, function_environment
from server import as_received, embedded_aws


def cbor_call(world: World, operation: str, members: dict[str, Any], region: str = seed.HOME) -> tuple[int, Any, Any]:
    """A request exactly as the Rust CloudWatch client sends it; (status, headers, members)."""
    request = urllib.request.Request(
        f"{world.aws.endpoint}/service/GraniteServiceVersion20100801/operation/{operation}",
        data=cbor2.dumps(members),
        headers={
            "Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor", "Accept": "application/cbor",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=AK/20260101/{region}/monitoring/aws4_request, Signature=0",
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, cbor2.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, cbor2.loads(error.read())


def metric_data(world: World) -> dict[str, Any]:
    metrics = cbor_call(world, "ListMetrics", {"Namespace": "AWS/VPC"})[2]["Metrics"]
    now = datetime.datetime.now(datetime.UTC).timestamp()
    return {
        "StartTime": cbor2.CBORTag(1, now - 86_400),
        "EndTime": cbor2.CBORTag(1, now),
        "MetricDataQueries": [
            {"Id": f"m{i}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
            for i, metric in enumerate(metrics)
        ],
    }


def test_the_expectations_agree_with_an_independent_judge(world: World) -> None:
    judged: dict[tuple[str, str], str] = {}
    for region in (*seed.REGIONS, *CLEAN):
        judged |= oracle.paths(world.aws.endpoint, region)
    expected = {(s["subnet_id"], s["service"]): s["path"] for s in world.expected["subnets"]}
    assert expected == {key: judged[key] for key in expected}
    others = {path for key, path in judged.items() if key not in expected and key[1] == "s3"}
    assert others == {"gateway_endpoint"}, "the clean Regions are clean"


def test_the_large_expectations_agree_too(large_world: World) -> None:
    expected = {(s["subnet_id"], s["service"]): s["path"] for s in large_world.expected["subnets"]}
    assert len(expected) == 2000
    assert oracle.paths(large_world.aws.endpoint, seed.HOME) == expected


def test_cbor_goes_in_and_out(world: World) -> None:
    status, headers, answer = cbor_call(world, "GetMetricData", metric_data(world))
    assert status == 200
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    first = answer["MetricDataResults"][0]
    assert first["Values"] == [1e6, 2e6, 3e6] and isinstance(first["Values"][0], float)
    assert isinstance(first["Timestamps"][0], datetime.datetime)
    assert first["StatusCode"] == "Complete"


def test_numbers_keep_their_cbor_type_and_nan_survives() -> None:
    body = json.dumps({"MetricDataResults": [{"Id": "m", "Values": [1, math.nan], "Timestamps": [1700000000, 1.5]}]})
    raw = rpc_v2_cbor.answer_to_cbor("GraniteServiceVersion20100801", "GetMetricData", body.encode())
    values = cbor2.loads(raw)["MetricDataResults"][0]["Values"]
    assert values[0] == 1.0 and isinstance(values[0], float) and math.isnan(values[1])
    assert raw.count(b"\xc1\xfb") == 2, "both timestamps are tag 1 with a 64-bit float"


def test_a_cbor_error_has_its_shape(world: World) -> None:
    query = metric_data(world)
    status, headers, answer = cbor_call(world, "GetMetricData", {**query, "EndTime": query["StartTime"]})
    assert (status, answer["__type"]) == (400, "com.amazonaws.cloudwatch#ValidationException")
    assert headers["x-amzn-query-error"] == "ValidationException;Sender"
    world.aws.set_faults({"fault": "deny", "service": "cloudwatch"})
    status, _, answer = cbor_call(world, "GetMetricData", query)
    assert (status, answer["__type"]) == (403, "com.amazonaws.cloudwatch#AccessDenied")


@pytest.mark.parametrize("fault, status_code", [("partial_data", "PartialData"), ("forbidden", "Forbidden")])
def test_metric_results_take_a_status(world: World, fault: str, status_code: str) -> None:
    query = metric_data(world)
    world.aws.set_faults({"fault": fault, "operation": "GetMetricData"})
    results = cbor_call(world, "GetMetricData", query)[2]["MetricDataResults"]
    assert {result["StatusCode"] for result in results} == {status_code}


@pytest.mark.parametrize(
    "fault, code",
    [("deny", "UnauthorizedOperation"), ("throttle", "RequestLimitExceeded"), ("auth_failure", "AuthFailure"),
     ("server_error", "InternalError")],
)
def test_ec2_errors(world: World, fault: str, code: str) -> None:
    world.aws.set_faults({"fault": fault, "service": "ec2", "region": seed.HOME})
    ec2 = boto3.session.Session().client("ec2", **_quick(world))
    with pytest.raises(botocore.exceptions.ClientError) as error:
        ec2.describe_vpcs()
    assert error.value.response["Error"]["Code"] == code


def test_a_fault_counts_down_and_keeps_to_its_region(world: World) -> None:
    world.aws.set_faults({"fault": "deny", "service": "ec2", "region": seed.HOME, "times": 1})
    assert seed.client("ec2", world.aws.endpoint, seed.AWAY).describe_vpcs()["Vpcs"]
    home = seed.client("ec2", world.aws.endpoint, seed.HOME)
    with pytest.raises(botocore.exceptions.ClientError):
        home.describe_vpcs()
    assert home.describe_vpcs()["Vpcs"]
    assert {(c["region"], c["count"]) for c in world.aws.calls()} == {(seed.HOME, 2), (seed.AWAY, 1)}


def test_a_reset_connection_has_no_answer(world: World) -> None:
    world.aws.set_faults({"fault": "reset", "service": "ec2"})
    with pytest.raises(botocore.exceptions.HTTPClientError):
        boto3.session.Session().client("ec2", **_quick(world)).describe_vpcs()


def test_bodies_are_cut_replaced_and_replaced_by_garbage(world: World) -> None:
    whole = _raw(world, "DescribeVpcs")
    world.aws.set_faults({"fault": "cut", "operation": "DescribeVpcs"})
    assert _raw(world, "DescribeVpcs") == whole[: len(whole) // 2]
    world.aws.set_faults({"fault": "garbage", "operation": "DescribeVpcs"})
    assert _raw(world, "DescribeVpcs").startswith(b"<html>")
    world.aws.set_faults({"fault": "replace", "replacements": [["available</state>", "Pending</state>"]]})
    assert b"<state>Pending</state>" in _raw(world, "DescribeVpcs")


def test_an_overlay_that_changes_nothing_is_loud(world: World) -> None:
    world.aws.set_faults({"fault": "replace", "replacements": [["no such text", ""]]})
    with pytest.raises(botocore.exceptions.ClientError, match="BrokenTest"):
        seed.client("ec2", world.aws.endpoint, seed.HOME).describe_vpcs()


def test_pages(world: World) -> None:
    world.aws.set_faults({"fault": "paged", "page_size": 10, "region": seed.HOME})
    pages = seed.client("ec2", world.aws.endpoint, seed.HOME).get_paginator("describe_subnets").paginate()
    sizes = [len(page["Subnets"]) for page in pages]
    made = {s["subnet_id"] for s in world.expected["subnets"] if s["region"] == seed.HOME}
    assert sizes[0] == 0 and sum(sizes) == len(made)
    world.aws.set_faults({"fault": "endless_pages", "same_token": True})
    assert b"<nextToken>endless</nextToken></DescribeVpcsResponse>" in _raw(world, "DescribeVpcs")


def test_hanging_does_not_keep_the_server_up(world: World) -> None:
    with embedded_aws() as aws:
        aws.set_faults({"fault": "hang", "service": "ec2", "seconds": 60})
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            config = botocore.config.Config(read_timeout=0.2, retries={"max_attempts": 0})
            arguments = {**_quick(world), "endpoint_url": aws.endpoint, "config": config}
            boto3.session.Session().client("ec2", **arguments).describe_vpcs()
        began = time.monotonic()
    assert time.monotonic() - began < 2


def test_a_wrong_fault_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no fault 'denied'"):
        world.aws.set_faults({"fault": "denied"})
    with pytest.raises(ValueError, match="has no regoin"):
        world.aws.set_faults({"fault": "deny", "regoin": "eu-west-1"})


@pytest.mark.parametrize("topic", ["standard", "other_region", "fifo"])
def test_sns_reaches_sqs(world: World, topic: str) -> None:
    target = world.expected["topics"][topic]
    fifo = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if topic == "fifo" else {}
    seed.client("sns", world.aws.endpoint, target["region"]).publish(
        TopicArn=target["arn"], Subject="s", MessageStructure="json",
        Message=json.dumps({"default": "d", "email": "mail ü", "sqs": '{"a": 1}'}),
        MessageAttributes={"region": {"DataType": "String.Array", "StringValue": '["a"]'}}, **fifo,
    )
    (envelope,) = world.received(topic)
    assert json.loads(envelope["Message"]) == {"a": 1}
    assert envelope["MessageAttributes"] == {"region": {"Type": "String.Array", "Value": '["a"]'}}
    (publish,) = world.accepted()
    assert as_received(publish, "email") == "mail ü" and as_received(publish, "sms") == "d"
    assert publish["attribute_bytes"] == len('regionString.Array["a"]')


@pytest.mark.parametrize(
    "arn, message, code",
    [("arn:aws:sns:eu-west-1:123456789012:gone", "m", "NotFound"),
     ("arn:aws:sns:us-east-1:123456789012:vpce-guard-violations-global", "m", "InvalidParameter"),
     ("arn:aws:sns:eu-west-1:123456789012:vpce-guard-violations", "ü" * 131_073, "InvalidParameter")],
)
def test_sns_refuses_what_aws_refuses(world: World, arn: str, message: str, code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        seed.client("sns", world.aws.endpoint, seed.HOME).publish(TopicArn=arn, Message=message)
    assert error.value.response["Error"]["Code"] == code
    assert not world.accepted()


STUB = """#!{python}
import json, os, subprocess, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
print("stub with", os.environ["VPCE_GUARD_NOTIFY"], flush=True)
subprocess.Popen(["sleep", "600"])
while True:
    with urllib.request.urlopen(api + "invocation/next") as event:
        id, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    what = "error" if body == b'"fail"' else "response"
    answer = {{"errorType": "E", "errorMessage": "m"}} if what == "error" else {{"echo": json.loads(body)}}
    urllib.request.urlopen(urllib.request.Request(api + "invocation/" + id + "/" + what, json.dumps(answer).encode()))
"""


def test_the_emulator_runs_a_function_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    stub = tmp_path / "bootstrap"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    environment = function_environment("http://127.0.0.1:1", seed.HOME, {"VPCE_GUARD_NOTIFY": "always"})
    with emulator(stub, environment) as function:
        assert function.invoke(b'{"a": 1}').value == {"echo": {"a": 1}}
        assert not function.invoke(b"null").failed
        assert function.invoke(b'"fail"').failed
        assert "stub with always" in function.logs()
        pids = function.function_pids()
        assert len(pids) == 2
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    """Whether the process still runs; one that only waits to be reaped does not."""
    try:
        return pathlib.Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _quick(world: World) -> dict[str, Any]:
    """Arguments of a client that does not retry."""
    config = botocore.config.Config(retries={"max_attempts": 0})
    return {"endpoint_url": world.aws.endpoint, "region_name": seed.HOME, "aws_access_key_id": "x",
            "aws_secret_access_key": "y", "config": config}


def _raw(world: World, action: str) -> bytes:
    request = urllib.request.Request(
        world.aws.endpoint, data=f"Action={action}&Version=2016-11-15".encode(),
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/ec2/aws4_request, Signature=0"},
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read()
