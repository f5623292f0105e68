"""A large Region: hard subnets by the thousand, for correctness at size, call counts and benchmarks.

`python seed_large.py --endpoint URL --expected FILE [--region R] [--subnets 1000]`

Ten VPCs share the subnets; each has ten route tables, one of each kind below,
so 1,000 subnets use 100 tables. A tool that reads only explicit associations,
or only looks for a `pl-* -> vpce-*` route, is wrong about many of them.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
from typing import Any

from seed import GOOD, NO_ROUTE, SHADOWED, WRONG_TARGET, Network, Table, Way, default_route, leaves, shadowed

VPCS = 10
_NAT, _IGW = leaves("nat_gateway"), leaves("internet_gateway")


def seed_large(endpoint: str, region: str, subnets: int = 1000) -> dict[str, Any]:
    """Builds the Region; returns expectations as `seed.seed` does, without topics.

    At most 2,500 subnets, since each VPC numbers its /24 blocks in one byte.
    """
    net = Network(endpoint, region)
    net.delete_default_vpc()
    # The VPCs do not depend on each other, and most of a call is waiting for the answer.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: _vpc(net, n, _share(subnets, n)), range(VPCS)))
    return {
        "account_id": "123456789012",
        "regions": [region],
        "subnets": net.subnets,
        "endpoints": net.endpoints,
        "exemptions": [],
    }


def _share(subnets: int, number: int) -> int:
    return subnets // VPCS + (number < subnets % VPCS)


def _vpc(net: Network, number: int, subnets: int) -> None:
    vpc = net.vpc(f"large-{number:02}", f"10.{number}.0.0/16")
    igw = net.internet_gateway(vpc, f"large-{number:02}")
    public = net.table(vpc, "public", [default_route("GatewayId", igw)], _IGW, _IGW)
    first = net.subnet(vpc, f"large-{number:02}-000", f"10.{number}.0.0/24", public)
    nat = net.nat(first, f"large-{number:02}")
    out = default_route("NatGatewayId", nat)

    def static(cidr: str) -> dict[str, str]:
        return {"DestinationCidrBlock": cidr, "NatGatewayId": nat}

    def table(name: str, routes: list[dict[str, str]], s3: Way, dynamodb: Way) -> Table:
        return net.table(vpc, f"large-{number:02}-{name}", routes, s3, dynamodb)

    main = net.main(vpc, [out], GOOD, _NAT)
    private = table("private", [out], GOOD, _NAT)
    part = table("part", [out, static("54.231.64.0/18")], shadowed("nat_gateway"), _NAT)
    sliver = table("sliver", [static("3.5.31.255/32")], shadowed("nat_gateway"), NO_ROUTE)
    whole = table(
        "whole", [out, *map(static, ("52.216.0.0/16", "52.217.0.0/16", "3.5.0.0/19", "54.231.0.0/16"))],
        Way("bypass", {SHADOWED: "high"}, ("nat_gateway",)), _NAT,
    )
    wrong = table("dynamodb-only", [out], _NAT, GOOD)
    behind_nat = table("nat", [out], _NAT, _NAT)
    isolated = table("isolated", [], NO_ROUTE, NO_ROUTE)
    by_hand = table(
        "by-hand", [{"DestinationPrefixListId": net.lists["s3"], "NatGatewayId": nat}],
        Way("bypass", {WRONG_TARGET: "high"}, ("nat_gateway",)), NO_ROUTE,
    )
    tables = [main, private, part, sliver, whole, wrong, behind_nat, isolated, by_hand, public]
    for index in range(1, subnets):
        net.subnet(vpc, f"large-{number:02}-{index:03}", f"10.{number}.{index}.0/24", tables[index % len(tables)])
    s3 = net.gateway_endpoint(
        vpc, f"large-{number:02}-s3", "s3", [main, private, part, sliver, whole], traffic="observed", total=4096
    )
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": s3}, [4096.0])
    net.gateway_endpoint(vpc, f"large-{number:02}-dynamodb", "dynamodb", [wrong])


def main() -> None:
    parser = argparse.ArgumentParser(description="Seeds a running embedded AWS with one large Region.")
    parser.add_argument("--endpoint", required=True, help="URL, as printed by server.py")
    parser.add_argument("--expected", required=True, help="file for the expected verdicts, JSON")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--subnets", type=int, default=1000)
    arguments = parser.parse_args()
    expected = seed_large(arguments.endpoint, arguments.region, arguments.subnets)
    with open(arguments.expected, "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")
    print(f"seeded {arguments.subnets} subnets in {arguments.region}")


if __name__ == "__main__":
    main()
