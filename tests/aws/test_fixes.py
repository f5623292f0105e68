"""The fixes that are printed, applied: by the AWS CLI, by CloudFormation; and read by others than us."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any, Callable, Iterator

import cfnlint.api
import hcl2
import pytest
import yaml

import seed
from saved_account import check, save
from seed import GOOD, NO_ROUTE, Network, client, default_route, leaves
from server import CREDENTIALS, EmbeddedAws, embedded_aws

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = seed.HOME
SERVICES = ("--service", "s3", "--service", "dynamodb")

Judge = Callable[..., Any]


@pytest.fixture(scope="module")
def _aws() -> Iterator[EmbeddedAws]:
    with embedded_aws() as running:
        yield running


@pytest.fixture
def aws(_aws: EmbeddedAws) -> EmbeddedAws:
    """An embedded AWS with nothing of earlier tests in it."""
    _aws.reset_resources()
    return _aws


@pytest.fixture
def judge(aws: EmbeddedAws, tmp_path: pathlib.Path) -> Judge:
    """Saves the Regions and judges them as they are now; gives what `check` printed."""
    count = iter(range(1_000_000))

    def run(*arguments: str, regions: tuple[str, ...] = (REGION,)) -> Any:
        return check(save(aws.endpoint, regions, tmp_path / f"saved-{next(count)}"), *arguments)

    return run


@pytest.fixture(scope="session")
def aws_cli() -> pathlib.Path:
    """The real AWS CLI; it has a virtual environment of its own (see requirements-cli.txt)."""
    found = os.environ.get("AWS_CLI") or next(
        (str(path) for path in [ROOT / ".venv-awscli" / "bin" / "aws"] if path.exists()), None
    )
    found = found or shutil.which("aws")
    assert found, "no AWS CLI: make setup, or set AWS_CLI"
    return pathlib.Path(found)


@pytest.fixture
def bash(aws: EmbeddedAws, aws_cli: pathlib.Path, tmp_path: pathlib.Path) -> Callable[..., str]:
    """Runs a text with bash, literally, with the AWS CLI at hand."""
    environment = {
        **CREDENTIALS,
        "PATH": f"{aws_cli.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_PAGER": "",
        # A command must name its Region.
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def run(script: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{script}"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


def leaking_vpc(net: Network, name: str, number: int, *, endpoint: bool, tables: int = 2) -> dict[str, Any]:
    """A VPC whose tables lead to an internet gateway, none to S3."""
    vpc = net.vpc(name, f"10.{number}.0.0/16")
    gateway = net.internet_gateway(vpc, name)
    out = leaves("internet_gateway")
    made = [
        net.table(vpc, f"{name}-{at}", [default_route("GatewayId", gateway)], out, out) for at in range(tables)
    ]
    for at, table in enumerate(made):
        net.subnet(vpc, f"{name}-{at}", f"10.{number}.{at}.0/24", table)
    if endpoint:
        good = net.table(vpc, f"{name}-good", [], GOOD, NO_ROUTE)
        net.subnet(vpc, f"{name}-good", f"10.{number}.200.0/24", good)
        net.gateway_endpoint(vpc, name, "s3", [good])
    return {"vpc": vpc, "tables": sorted(table.id for table in made)}


def network(aws: EmbeddedAws, region: str = REGION) -> Network:
    net = Network(aws.endpoint, region)
    net.delete_default_vpc()
    return net


def gateway_endpoints(aws: EmbeddedAws, region: str = REGION) -> list[dict[str, Any]]:
    return client("ec2", aws.endpoint, region).describe_vpc_endpoints()["VpcEndpoints"]


def violations(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if not finding["exemption"] and finding["severity"] != "info"]


@pytest.mark.parametrize("endpoint", [False, True], ids=["a VPC without endpoint", "a VPC with an endpoint"])
def test_the_script_mends_every_leaking_table(
    aws: EmbeddedAws, judge: Judge, bash: Callable[..., str], endpoint: bool
) -> None:
    leaking_vpc(network(aws), "shop", 10, endpoint=endpoint, tables=3)
    assert judge().code == 1
    before = len(gateway_endpoints(aws))
    bash(judge("--fix-format", "aws-cli").output)
    after = judge()
    assert (after.code, after.report["status"]) == (0, "compliant")
    assert not violations(after.report)
    assert len(gateway_endpoints(aws)) == (before if endpoint else before + 1) == 1


def test_the_command_of_any_one_finding_mends_them_all(
    aws: EmbeddedAws, judge: Judge, bash: Callable[..., str]
) -> None:
    leaking_vpc(network(aws), "shop", 10, endpoint=False, tables=3)
    findings = violations(judge().report)
    commands = {tuple(finding["remediation"]["commands"]) for finding in findings}
    assert len(findings) == 3 and len(commands) == 1
    bash("\n".join(commands.pop()))
    assert judge().report["status"] == "compliant"


def test_each_findings_own_commands_end_it(aws: EmbeddedAws, judge: Judge, bash: Callable[..., str]) -> None:
    """A messy Region, finding by finding, with what a person would paste."""
    seed.seed(aws.endpoint)
    first = judge().report
    groups: dict[tuple[str, ...], set[str]] = {}
    without: set[str] = set()
    for finding in first["findings"]:
        commands = tuple(finding["remediation"]["commands"])
        if finding["exemption"]:
            continue
        if not commands or any("<" in command for command in commands):
            without.add(finding["rule"])
        else:
            groups.setdefault((finding["rule"], *commands), set()).add(finding["fingerprint"])
    assert without == {"exemption-expired"}, "a new date is a person's"
    rules = {rule for rule, *_ in groups}
    assert rules == {
        "gateway-route-missing", "gateway-route-shadowed", "gateway-route-wrong-target", "endpoint-unattached",
        "exemption-unused",
    }
    last = first
    for (rule, *commands), fingerprints in groups.items():
        if not fingerprints & {finding["fingerprint"] for finding in last["findings"]}:
            continue  # mended along with another
        bash("\n".join(commands))
        last = judge().report
        assert not fingerprints & {finding["fingerprint"] for finding in last["findings"]}, (rule, commands)
    assert {finding["rule"] for finding in violations(last)} == {"exemption-expired"}
    assert last["summary"]["violations"] == 0


def test_the_script_of_a_messy_account_mends_what_is_safe_and_nothing_else(
    aws: EmbeddedAws, judge: Judge, bash: Callable[..., str]
) -> None:
    seed.seed(aws.endpoint)
    before = judge().report
    routes = hand_made_routes(aws)
    bash(judge("--fix-format", "aws-cli").output)
    after = judge().report
    assert "gateway-route-missing" not in {finding["rule"] for finding in violations(after)}
    assert hand_made_routes(aws) == routes

    def exempt_by_vpc(report: dict[str, Any]) -> list[str]:
        found = [f for f in report["findings"] if f["exemption"] and "vpc-" in f["exemption"]["source"]]
        return sorted(finding["fingerprint"] for finding in found)

    # A table that an exempt subnet shares with others changes for both.
    assert exempt_by_vpc(before) == exempt_by_vpc(after) != []


def hand_made_routes(aws: EmbeddedAws) -> set[tuple[str, str]]:
    """(table, destination) of every route that no endpoint of its VPC wrote."""
    found = set()
    for region in seed.REGIONS:
        for table in client("ec2", aws.endpoint, region).describe_route_tables()["RouteTables"]:
            for route in table["Routes"]:
                if not route.get("GatewayId", "").startswith("vpce-"):
                    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
                    found.add((table["RouteTableId"], next(route[key] for key in keys if key in route)))
    return found


def test_a_placeholder_stops_the_script(aws: EmbeddedAws, judge: Judge, bash: Callable[..., str]) -> None:
    seed.seed(aws.endpoint)
    findings = judge().report["findings"]
    command = next(
        command for finding in findings for command in finding["remediation"]["commands"] if "<" in command
    )
    with pytest.raises(AssertionError, match="syntax error|No such file"):
        bash(command)


def test_a_template_deployed_mends_the_vpcs_of_its_region(
    aws: EmbeddedAws, judge: Judge, tmp_path: pathlib.Path
) -> None:
    for region in seed.REGIONS:
        leaking_vpc(network(aws, region), "shop", 10, endpoint=False)
        leaking_vpc(Network(aws.endpoint, region), "bank", 20, endpoint=False)
    template = judge("--fix-format", "cloudformation", regions=seed.REGIONS).output
    assert lint(template) == []
    for region in seed.REGIONS:
        cloudformation = client("cloudformation", aws.endpoint, region)
        cloudformation.create_stack(StackName="private-s3", TemplateBody=template)
        assert cloudformation.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        assert len(gateway_endpoints(aws, region)) == 2, "one per VPC, and none of the other Region"
    assert judge(regions=seed.REGIONS).report["status"] == "compliant"


def lint(template: str) -> list[str]:
    """What cfn-lint calls an error."""
    found = cfnlint.api.lint(template, config=cfnlint.api.ManualArgs(regions=list(seed.REGIONS)))
    return [str(match) for match in found if match.rule.id.startswith("E")]


def test_the_messy_accounts_template_has_no_errors_and_all_its_new_endpoints(aws: EmbeddedAws, judge: Judge) -> None:
    seed.seed(aws.endpoint)
    template = judge(*SERVICES, "--fix-format", "cloudformation", regions=seed.REGIONS).output
    assert lint(template) == []
    resources = yaml.safe_load(template)["Resources"]
    assert all(resource["Type"] == "AWS::EC2::VPCEndpoint" for resource in resources.values())
    script = judge(*SERVICES, "--fix-format", "aws-cli", regions=seed.REGIONS).output
    made = [line for line in script.splitlines() if line.startswith("aws ec2 create-vpc-endpoint")]
    assert len(resources) == len(made) > 5


def test_terraforms_language_is_read_by_another_reader_as_it_was_meant(aws: EmbeddedAws, judge: Judge) -> None:
    new = leaking_vpc(network(aws), "shop", 10, endpoint=False)
    old = leaking_vpc(Network(aws.endpoint, REGION), "bank", 20, endpoint=True)
    code = hcl2.loads(judge("--fix-format", "terraform").output)
    resources = {
        (plain(kind), plain(name)): body
        for block in code["resource"]
        for kind, named in block.items()
        for name, body in named.items()
    }
    endpoints = [body for (kind, _), body in resources.items() if kind == "aws_vpc_endpoint"]
    assert [plain(body["vpc_id"]) for body in endpoints] == [new["vpc"]]
    assert [plain(table) for table in endpoints[0]["route_table_ids"]] == new["tables"]
    assert plain(endpoints[0]["service_name"]) == f"com.amazonaws.{REGION}.s3"
    associations = [body for (kind, _), body in resources.items() if kind != "aws_vpc_endpoint"]
    bank = next(e["VpcEndpointId"] for e in gateway_endpoints(aws) if e["VpcId"] == old["vpc"])
    assert sorted(plain(body["route_table_id"]) for body in associations) == old["tables"]
    assert {plain(body["vpc_endpoint_id"]) for body in associations} == {bank}
    assert {plain(body["region"]) for body in resources.values()} == {REGION}


def plain(text: str) -> str:
    """A string of HCL without its quotes."""
    return json.loads(text) if text.startswith('"') else text


@pytest.mark.parametrize("format", ["terraform", "cloudformation"])
def test_a_report_of_any_format_holds_the_code_that_was_asked_for(
    aws: EmbeddedAws, judge: Judge, format: str
) -> None:
    leaking_vpc(network(aws), "shop", 10, endpoint=False)
    commands = [
        command
        for finding in judge("--format", "json", "--fix-format", format).report["findings"]
        for command in finding["remediation"]["commands"]
    ]
    sign = {"terraform": 'resource "aws_vpc_endpoint"', "cloudformation": "AWS::EC2::VPCEndpoint"}[format]
    assert commands and all(sign in command for command in commands)
    table = judge("--format", "table", "--fix-format", format).output.splitlines()
    assert all(f"     {line}".rstrip() in table for line in commands[0].splitlines())
