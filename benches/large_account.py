"""Writes a saved account of any size, for measuring `vpce-guard check --snapshot`.

    python benches/large_account.py FOLDER [--vpcs 1000] [--subnets 20000] [--tables 5000]

The files are in the shapes of AWS CLI answers, with the members that AWS gives
and this tool does not read, so that their size is that of a real account. The
seed is fixed: the same numbers give the same bytes. One table in ten lacks the
route to S3's prefix list, so that there is something to find.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
S3 = "pl-6da54004"
S3_BLOCKS = ["18.34.240.0/22", "18.34.32.0/20", "3.5.64.0/21", "3.5.72.0/23", "52.218.0.0/17", "52.92.0.0/17"]


class Account:
    def __init__(self, vpcs: int, subnets: int, tables: int) -> None:
        self._random = random.Random(20261130)
        self._vpcs = [self._id("vpc") for _ in range(vpcs)]
        self._endpoints = {vpc: self._id("vpce") for vpc in self._vpcs}
        self._subnets = [(self._id("subnet"), self._vpcs[at % vpcs]) for at in range(subnets)]
        # Every VPC has its main table; the others go round.
        self._tables = [(self._id("rtb"), self._vpcs[at % vpcs], at < vpcs) for at in range(max(tables, vpcs))]

    def _id(self, kind: str) -> str:
        return f"{kind}-0{self._random.getrandbits(64):016x}"

    def answers(self) -> dict[str, dict[str, Any]]:
        return {
            "vpcs.json": {"Vpcs": [self._vpc(at, vpc) for at, vpc in enumerate(self._vpcs)]},
            "subnets.json": {"Subnets": [self._subnet(at, *subnet) for at, subnet in enumerate(self._subnets)]},
            "route-tables.json": {"RouteTables": self._route_tables()},
            "vpc-endpoints.json": {"VpcEndpoints": [self._endpoint(vpc) for vpc in self._vpcs]},
            "prefix-lists.json": {
                "PrefixLists": [
                    {"Cidrs": S3_BLOCKS, "PrefixListId": S3, "PrefixListName": f"com.amazonaws.{REGION}.s3"},
                ]
            },
        }

    def _vpc(self, at: int, vpc: str) -> dict[str, Any]:
        block = f"10.{at % 256}.0.0/16"
        return {
            "OwnerId": ACCOUNT, "InstanceTenancy": "default", "IsDefault": False, "VpcId": vpc,
            "CidrBlockAssociationSet": [
                {"AssociationId": self._id("vpc-cidr-assoc"), "CidrBlock": block, "CidrBlockState": {"State": "associated"}}
            ],
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "Tags": [{"Key": "Name", "Value": f"team-{at:04}"}, {"Key": "cost-centre", "Value": f"{at % 97}"}],
            "State": "available", "CidrBlock": block, "DhcpOptionsId": self._id("dopt"),
        }

    def _subnet(self, at: int, subnet: str, vpc: str) -> dict[str, Any]:
        zone = "abc"[at % 3]
        return {
            "AvailabilityZoneId": f"euw1-az{at % 3 + 1}", "MapCustomerOwnedIpOnLaunch": False, "OwnerId": ACCOUNT,
            "AssignIpv6AddressOnCreation": False, "Ipv6CidrBlockAssociationSet": [],
            "Tags": [{"Key": "Name", "Value": f"private-{at:05}-{zone}"}, {"Key": "tier", "Value": "private"}],
            "SubnetArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{subnet}", "EnableDns64": False, "Ipv6Native": False,
            "PrivateDnsNameOptionsOnLaunch": {
                "HostnameType": "ip-name", "EnableResourceNameDnsARecord": False,
                "EnableResourceNameDnsAAAARecord": False,
            },
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}, "SubnetId": subnet, "State": "available",
            "VpcId": vpc, "CidrBlock": f"10.{at % 256}.{at // 256 % 256}.0/24", "AvailableIpAddressCount": 251,
            "AvailabilityZone": f"{REGION}{zone}", "DefaultForAz": False, "MapPublicIpOnLaunch": False,
        }

    def _route_tables(self) -> list[dict[str, Any]]:
        of_vpc: dict[str, list[int]] = {}
        for at, (_, vpc, _) in enumerate(self._tables):
            of_vpc.setdefault(vpc, []).append(at)
        associated: dict[int, list[str]] = {}
        for subnet, vpc in self._subnets:
            table = self._random.choice(of_vpc[vpc])
            # The main table is used without an association.
            if not self._tables[table][2]:
                associated.setdefault(table, []).append(subnet)
        return [self._table(at, associated.get(at, [])) for at in range(len(self._tables))]

    def _table(self, at: int, subnets: list[str]) -> dict[str, Any]:
        table, vpc, is_main = self._tables[at]
        state = {"AssociationState": {"State": "associated"}}
        associations = [
            {"Main": False, "RouteTableAssociationId": self._id("rtbassoc"), "RouteTableId": table, "SubnetId": subnet, **state}
            for subnet in subnets
        ]
        if is_main:
            associations.append({"Main": True, "RouteTableAssociationId": self._id("rtbassoc"), "RouteTableId": table, **state})
        made = {"Origin": "CreateRoute", "State": "active"}
        routes = [
            {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": self._id("nat"), **made},
            {"DestinationCidrBlock": "172.16.0.0/12", "TransitGatewayId": "tgw-0a1b2c3d4e5f60718", **made},
        ]
        if at % 10:
            routes.append({"DestinationPrefixListId": S3, "GatewayId": self._endpoints[vpc], **made})
        return {
            "Associations": associations, "PropagatingVgws": [], "RouteTableId": table, "Routes": routes,
            "Tags": [{"Key": "Name", "Value": f"table-{at:05}"}], "VpcId": vpc, "OwnerId": ACCOUNT,
        }

    def _endpoint(self, vpc: str) -> dict[str, Any]:
        return {
            "VpcEndpointId": self._endpoints[vpc], "VpcEndpointType": "Gateway", "VpcId": vpc,
            "ServiceName": f"com.amazonaws.{REGION}.s3", "State": "available", "OwnerId": ACCOUNT,
            "RouteTableIds": [], "SubnetIds": [], "Groups": [], "PrivateDnsEnabled": False,
            "PolicyDocument": '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
        }


def write(folder: pathlib.Path, vpcs: int, subnets: int, tables: int) -> None:
    """Writes one account in one Region into `folder`."""
    folder = folder / ACCOUNT / REGION
    folder.mkdir(parents=True, exist_ok=True)
    for name, answer in Account(vpcs, subnets, tables).answers().items():
        (folder / name).write_text(json.dumps(answer, indent=4) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="where to write")
    for name, count in [("vpcs", 1_000), ("subnets", 20_000), ("tables", 5_000)]:
        parser.add_argument(f"--{name}", type=int, default=count, help=f"how many (default {count})")
    arguments = parser.parse_args()
    if min(arguments.vpcs, arguments.subnets, arguments.tables) < 1:
        parser.error("every number must be at least 1")
    write(arguments.folder, arguments.vpcs, arguments.subnets, arguments.tables)


if __name__ == "__main__":
    main()
