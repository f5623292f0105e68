"""Saved accounts that the tests write: folders of AWS CLI answers."""

import json
from pathlib import Path

OWNER = "111122223333"
REGION = "eu-west-1"
S3_CIDRS = ["3.5.64.0/21", "3.5.72.0/23", "18.34.32.0/20", "52.92.0.0/17", "52.218.0.0/17"]
DYNAMODB_CIDRS = ["52.94.24.0/23", "52.94.26.0/23", "52.119.240.0/21"]

VPC = "vpc-0b0b000000000001"
STAGING = "vpc-0b0b000000000002"
ENDPOINT = "vpce-0a11ce0000000001"
NAT = "nat-0a11ce0000000001"
INTERNET = "igw-0a11ce0000000001"
TRANSIT = "tgw-0a11ce0000000001"


def tags(name=None, **more):
    pairs = {"Name": name, **more}
    return [{"Key": key, "Value": value} for key, value in pairs.items() if value is not None]


def to(destination, target, state="active"):
    """A route; the kind of target is seen from its id."""
    kind = {"nat": "NatGatewayId", "tgw": "TransitGatewayId"}.get(target.split("-")[0], "GatewayId")
    key = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
    return {key: destination, kind: target, "State": state, "Origin": "CreateRoute"}


PRIVATE = to("pl-s3", ENDPOINT)
OUT_BY_NAT = to("0.0.0.0/0", NAT)


class Account:
    """The answers of one account and Region."""

    def __init__(self):
        self.answers = {
            "Vpcs": [], "Subnets": [], "RouteTables": [], "VpcEndpoints": [],
            "PrefixLists": [
                {"PrefixListId": "pl-s3", "PrefixListName": f"com.amazonaws.{REGION}.s3", "Cidrs": S3_CIDRS},
                {"PrefixListId": "pl-dynamodb", "PrefixListName": f"com.amazonaws.{REGION}.dynamodb", "Cidrs": DYNAMODB_CIDRS},
            ],
        }

    def vpc(self, vpc_id, name=None):
        self.answers["Vpcs"].append({"VpcId": vpc_id, "OwnerId": OWNER, "Tags": tags(name)})

    def endpoint(self, vpc_id, endpoint_id, service="s3"):
        self.answers["VpcEndpoints"].append({
            "VpcEndpointId": endpoint_id, "VpcEndpointType": "Gateway", "VpcId": vpc_id,
            "ServiceName": f"com.amazonaws.{REGION}.{service}", "State": "available",
        })

    def table(self, vpc_id, table_id, routes, subnets=(), main=False):
        associations = [{"SubnetId": subnet} for subnet in subnets] + ([{"Main": True}] if main else [])
        self.answers["RouteTables"].append(
            {"RouteTableId": table_id, "VpcId": vpc_id, "Associations": associations, "Routes": routes}
        )

    def subnet(self, vpc_id, subnet_id, name=None, cidr="10.0.0.0/24", **more):
        self.answers["Subnets"].append({
            "SubnetId": subnet_id, "VpcId": vpc_id, "OwnerId": OWNER, "CidrBlock": cidr, "Tags": tags(name, **more),
        })

    def save(self, folder: Path) -> Path:
        place = folder / OWNER / REGION
        place.mkdir(parents=True)
        (place / "answers.json").write_text(json.dumps(self.answers))
        return folder


def identifier(kind, number):
    return f"{kind}-{number:017x}"


def every_way() -> Account:
    """A VPC in which each table sends S3 packets another way, and a clean one."""
    account = Account()
    account.vpc(VPC, "shop-production")
    account.endpoint(VPC, ENDPOINT)
    ways = [
        ("private", [PRIVATE, OUT_BY_NAT], 7),
        ("leaking", [OUT_BY_NAT], 2),
        ("partial", [PRIVATE, to("52.92.0.0/17", INTERNET), to("18.34.32.0/21", TRANSIT)], 2),
        ("public", [to("0.0.0.0/0", INTERNET)], 1),
        ("blackhole", [to("pl-s3", ENDPOINT, "blackhole"), to("0.0.0.0/0", NAT, "blackhole")], 1),
        ("isolated", [], 1),
        ("undecided", [to("pl-s3", ENDPOINT, "filtered")], 1),
        ("lab", [OUT_BY_NAT], 1),
    ]
    number = 0
    for at, (name, routes, count) in enumerate(ways):
        ids = []
        for nth in range(count):
            number += 1
            ids.append(identifier("subnet", number))
            exempt = {"vpce-guard:exempt": "the lab moves in spring"} if name == "lab" else {}
            account.subnet(VPC, ids[-1], f"{name}-{'abc'[nth % 3]}{nth // 3 or ''}", f"10.0.{number}.0/24", **exempt)
        account.table(VPC, f"rtb-{name}", routes, ids, main=name == "private")
    account.vpc(STAGING, "shop-staging")
    account.endpoint(STAGING, "vpce-0a11ce0000000002")
    account.subnet(STAGING, "subnet-staging", "staging-a", "10.1.0.0/24")
    account.table(STAGING, "rtb-staging", [to("pl-s3", "vpce-0a11ce0000000002")], ["subnet-staging"], main=True)
    return account


def clean() -> Account:
    account = Account()
    account.vpc("vpc-clean", "clean")
    account.endpoint("vpc-clean", ENDPOINT)
    for nth in range(3):
        account.subnet("vpc-clean", f"subnet-{nth}", f"app-{'abc'[nth]}", f"10.0.{nth}.0/24")
    account.table("vpc-clean", "rtb-main", [PRIVATE, OUT_BY_NAT], main=True)
    return account


def large(subnets, per_vpc=50, per_table=5) -> Account:
    """Many subnets; every third table leaks."""
    account = Account()
    for number in range(subnets):
        vpc = identifier("vpc", number // per_vpc)
        table = identifier("rtb", number // per_table)
        if number % per_vpc == 0:
            account.vpc(vpc, f"team-{number // per_vpc}")
            account.endpoint(vpc, identifier("vpce", number // per_vpc))
        if number % per_table == 0:
            good = to("pl-s3", identifier("vpce", number // per_vpc))
            leaks = (number // per_table) % 3 == 0 and (number // per_vpc) % 2 == 0
            ids = [identifier("subnet", number + more) for more in range(per_table)]
            account.table(vpc, table, [OUT_BY_NAT] if leaks else [good, OUT_BY_NAT], ids)
        account.subnet(vpc, identifier("subnet", number), f"app-{number}", f"10.{number // 256 % 256}.{number % 256}.0/24")
    return account
