"""A saved account with every outcome that a saved account can have, as folders of AWS CLI answers.

Its names and reasons are hostile: whoever may tag a subnet writes into every report.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

ACCOUNT = "111122223333"
STRANGER = "999988887777"
BROKEN = "eu-west-1"
BLIND = "us-east-1"
# Asked for, but there is no such VPC: an error of the report.
VPCS = ("vpc-main", "vpc-shared", "vpc-gone")
# So that there is a finding which is worth knowing and no violation.
CONFIG = '[severity]\nendpoint-unattached = "info"\n'

# Breaks out of Markdown, HTML, XML, CSV and SARIF wherever one of them lets it.
HOSTILE = "=1+1|`]]><script>alert(1)</script>[x](javascript:alert(1))\n| @here https://evil.example \u202e\x0b&\"'"

SERVICES = {"s3": ["52.218.0.0/17", "3.5.64.0/21"], "dynamodb": ["52.119.224.0/20"]}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key.replace("__", ":").replace("_", "-"), "Value": value} for key, value in values.items()]


class Region:
    """The answers of one Region, to be saved file by file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.vpcs: list[Any] = []
        self.subnets: list[Any] = []
        self.tables: list[Any] = []
        self.endpoints: list[Any] = []

    def vpc(self, name: str, owner: str = ACCOUNT, **with_tags: str) -> None:
        self.vpcs.append({"VpcId": f"vpc-{name}", "OwnerId": owner, "CidrBlock": "10.0.0.0/16", "Tags": tags(**with_tags)})

    def endpoint(self, name: str, vpc: str, service: str, kind: str = "Gateway", state: str = "available") -> None:
        self.endpoints.append({
            "VpcEndpointId": f"vpce-{name}", "VpcEndpointType": kind, "VpcId": f"vpc-{vpc}", "OwnerId": ACCOUNT,
            "ServiceName": f"com.amazonaws.{self.name}.{service}", "State": state,
        })

    def subnet(self, name: str, vpc: str = "main", *, s3: str | None = "vpce-s3", dynamodb: str | None = "vpce-dynamodb",
               state: str = "active", ipv6: bool = False, out: bool = True, table: bool = True, **with_tags: str) -> None:
        """A subnet with a table of its own, in which `s3` and `dynamodb` are the targets of the prefix lists."""
        subnet: dict[str, Any] = {
            "SubnetId": f"subnet-{name}", "VpcId": f"vpc-{vpc}", "OwnerId": ACCOUNT,
            "CidrBlock": f"10.0.{len(self.subnets)}.0/24", "Tags": tags(**with_tags),
        }
        routes: list[Any] = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]
        for service, target in (("s3", s3), ("dynamodb", dynamodb)):
            if target:
                routes.append({"DestinationPrefixListId": f"pl-{service}", "GatewayId": target, "State": state})
        if out:
            routes.append({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"})
        if ipv6:
            subnet["Ipv6CidrBlockAssociationSet"] = [
                {"Ipv6CidrBlock": "2001:db8:1:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}]
            routes.append({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"})
        self.subnets.append(subnet)
        if table:
            self.tables.append({
                "RouteTableId": f"rtb-{name}", "VpcId": f"vpc-{vpc}", "OwnerId": ACCOUNT, "Routes": routes,
                "Associations": [{"Main": False, "RouteTableId": f"rtb-{name}", "SubnetId": f"subnet-{name}",
                                  "AssociationState": {"State": "associated"}}],
            })

    def save(self, root: pathlib.Path, *, endpoints: bool = True) -> None:
        folder = root / ACCOUNT / self.name
        folder.mkdir(parents=True)
        answers: dict[str, Any] = {"Vpcs": self.vpcs, "Subnets": self.subnets, "RouteTables": self.tables}
        if endpoints:
            answers["VpcEndpoints"] = self.endpoints
        answers["PrefixLists"] = [
            {"PrefixListId": f"pl-{service}", "PrefixListName": f"com.amazonaws.{self.name}.{service}", "Cidrs": cidrs}
            for service, cidrs in SERVICES.items()
        ]
        for key, value in answers.items():
            (folder / f"{key}.json").write_text(json.dumps({key: value}))


def save(root: pathlib.Path) -> None:
    """Writes the account below `root`."""
    region = Region(BROKEN)
    region.vpc("main", Name=HOSTILE)
    region.vpc("shared", owner=STRANGER)
    region.endpoint("s3", "main", "s3")
    region.endpoint("dynamodb", "main", "dynamodb")
    region.endpoint("spare", "main", "s3")
    region.endpoint("pending", "main", "s3", state="pending")
    region.subnet("good", Name=HOSTILE)
    region.subnet("leaking", s3=None, Name="@SUM(A1)")
    region.subnet("isolated", s3=None, dynamodb=None, out=False)
    region.subnet("blackhole", state="blackhole")
    region.subnet("wrong", s3="igw-1")
    region.subnet("pending", s3="vpce-pending")
    region.subnet("ipv6", ipv6=True)
    region.subnet("exempt", s3=None, vpce_guard__exempt=HOSTILE, vpce_guard__exempt_until="2199-01-31")
    region.subnet("expired", s3=None, vpce_guard__exempt="the old lab", vpce_guard__exempt_until="2020-01-31")
    region.subnet("shared", "shared", table=False)
    region.save(root)

    blind = Region(BLIND)
    blind.vpc("main")
    blind.subnet("good")
    blind.subnet("leaking", s3=None)
    # Nobody saved the endpoints, so nothing about them is known.
    blind.save(root, endpoints=False)
