"""An independent, slow judge of paths: asks AWS for the facts and looks every block up naively.

It exists to check the expectations of the seeders, and knows nothing of them.
It covers what the seeders build (no blackholes, no customer lists of equal
length), not the whole contract.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Iterator

from seed import client

Net = ipaddress.IPv4Network


def paths(endpoint: str, region: str, services: tuple[str, ...] = ("s3", "dynamodb")) -> dict[tuple[str, str], str]:
    """{(subnet id, service): path} for every subnet of the Region."""
    ec2 = client("ec2", endpoint, region)
    tables = ec2.describe_route_tables()["RouteTables"]
    explicit = {a["SubnetId"]: t for t in tables for a in t["Associations"] if a.get("SubnetId")}
    main = {t["VpcId"]: t for t in tables for a in t["Associations"] if a["Main"]}
    lists = {
        item["PrefixListId"]: (item["PrefixListName"], [ipaddress.IPv4Network(e["Cidr"]) for e in _entries(ec2, item)])
        for item in ec2.describe_managed_prefix_lists()["PrefixLists"]
        if item["AddressFamily"] == "IPv4"
    }
    endpoints = {e["VpcEndpointId"]: e for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    result: dict[tuple[str, str], str] = {}
    judged: dict[tuple[str, str], str] = {}
    for subnet in ec2.describe_subnets()["Subnets"]:
        table = explicit.get(subnet["SubnetId"], main[subnet["VpcId"]])
        for service in services:
            key = (table["RouteTableId"], service)
            if key not in judged:
                judged[key] = _path(table, f"com.amazonaws.{region}.{service}", lists, endpoints)
            result[subnet["SubnetId"], service] = judged[key]
    return result


def _entries(ec2: Any, item: dict[str, Any]) -> list[dict[str, str]]:
    return ec2.get_managed_prefix_list_entries(PrefixListId=item["PrefixListId"])["Entries"]


def _path(table: dict[str, Any], service: str, lists: dict[str, Any], endpoints: dict[str, Any]) -> str:
    blocks = next(cidrs for name, cidrs in lists.values() if name == service)
    routes = [(net, rank, target) for route in table["Routes"] for net, rank, target in _expanded(route, lists)]
    good = elsewhere = nowhere = False
    for piece in _pieces(blocks, [net for net, _, _ in routes]):
        matching = [r for r in routes if piece.subnet_of(r[0])]
        if not matching:
            nowhere = True
            continue
        target = max(matching, key=lambda r: (r[0].prefixlen, -r[1]))[2]
        endpoint = endpoints.get(target, {})
        if endpoint.get("ServiceName") == service and endpoint["VpcId"] == table["VpcId"]:
            good = True
        else:
            elsewhere = True
    if good:
        return "partial" if elsewhere or nowhere else "gateway_endpoint"
    return "bypass" if elsewhere else "no_route"


def _expanded(route: dict[str, Any], lists: dict[str, Any]) -> Iterator[tuple[Net, int, str]]:
    target = next(
        (route[key] for key in route if key.endswith(("GatewayId", "ConnectionId", "InterfaceId"))), "unknown"
    )
    if cidr := route.get("DestinationCidrBlock"):
        yield ipaddress.IPv4Network(cidr), 0, target
    if (list_id := route.get("DestinationPrefixListId")) and list_id in lists:
        for net in lists[list_id][1]:
            yield net, 1, target


def _pieces(blocks: list[Net], nets: list[Net]) -> Iterator[Net]:
    """The blocks, halved until no route's network lies strictly inside any of them."""
    for block in blocks:
        if any(net != block and net.subnet_of(block) for net in nets):
            yield from _pieces(list(block.subnets()), nets)
        else:
            yield block
