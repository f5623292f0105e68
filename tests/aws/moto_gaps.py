"""Where moto differs from AWS in what this program reads, and the patch for each.

Gaps that are filled elsewhere: CloudWatch's CBOR protocol (`rpc_v2_cbor`), an
SNS topic's Region and size limit (`server.sns_refusal`), the default VPC's
internet gateway (`seed`). Gaps that stay, to be laid over answers with the
fault "replace": moto pages nothing, has no blackhole or filtered routes, no
endpoint state but `available`, no Block Public Access, no DNS64, no IPv6 list
of S3, no DNS names of endpoints in other cases; `modify_vpc_endpoint` keeps the
address type.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs


def patch() -> None:
    """Applies the patches; call it before the first request."""
    VPCs.describe_prefix_lists = _describe_prefix_lists
    Subnet.ipv6_cidr_block_association_set = property(_ipv6_cidr_block_association_set)
    VPCBackend.create_vpc_endpoint = _create_vpc_endpoint
    VPCBackend.modify_vpc_endpoint = _modify_vpc_endpoint


def _describe_prefix_lists(self: VPCs) -> ActionResult:
    """As moto's own, with the `Cidrs` that it leaves out."""
    lists = self.ec2_backend.describe_managed_prefix_lists(
        prefix_list_ids=self._get_param("PrefixListIds", []), filters=self._filters_from_querystring()
    )
    return ActionResult({
        "PrefixLists": [
            {
                "PrefixListId": item.id,
                "PrefixListName": item.prefix_list_name,
                "Cidrs": [entry["Cidr"] for entry in item.entries.get(item.version, next(iter(item.entries.values())))],
            }
            for item in lists
            if item.prefix_list_name.startswith("com.amazonaws.")
        ]
    })


def _ipv6_cidr_block_association_set(self: Subnet) -> list[dict[str, Any]]:
    """As moto's own, which writes the state as the text of a Python dict."""
    return [
        {
            "associationId": association["associationId"],
            "ipv6CidrBlock": association["ipv6CidrBlock"],
            "ipv6CidrBlockState": association["ipv6CidrBlockState"],
        }
        for association in self.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]


_create_vpc_endpoint_of_moto = VPCBackend.create_vpc_endpoint
_modify_vpc_endpoint_of_moto = VPCBackend.modify_vpc_endpoint


def _create_vpc_endpoint(self: Any, **members: Any) -> VPCEndPoint:
    """As moto's own, which writes over a route that is there; AWS refuses."""
    service = members["service_name"]
    wanted = next((item.id for item in self.managed_prefix_lists.values() if item.prefix_list_name == service), None)
    if (members.get("endpoint_type") or "Gateway") == "Gateway":
        _refuse_second_routes(self, members.get("route_table_ids") or [], wanted)
    return _create_vpc_endpoint_of_moto(self, **members)


def _modify_vpc_endpoint(self: Any, **members: Any) -> None:
    """As moto's own, which leaves the tables' routes as they are."""
    endpoint = self.vpc_end_points[members["vpc_id"]]
    service_list = endpoint.destination_prefix_list_id
    added = [table for table in members["add_route_tables"] or [] if table not in endpoint.route_table_ids]
    _refuse_second_routes(self, added, service_list)
    _modify_vpc_endpoint_of_moto(self, **members)
    for table in members["remove_route_tables"] or []:
        self.delete_route(table, None, destination_prefix_list_id=service_list)
    for table in added:
        self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=service_list)


def _refuse_second_routes(backend: Any, tables: list[str], prefix_list: str | None) -> None:
    for table in tables:
        if any(
            route.destination_prefix_list and route.destination_prefix_list.id == prefix_list
            for route in backend.get_route_table(table).routes
        ):
            raise EC2ClientError(
                "RouteAlreadyExists", f"route table {table} already has a route with destination-prefix-list-id {prefix_list}"
            )
