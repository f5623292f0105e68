"""Where moto differs from AWS in what this program reads, and the patch for each.

Gaps that are filled elsewhere: CloudWatch's CBOR protocol (`rpc_v2_cbor`), an
SNS topic's Region and size limit (`server.sns_refusal`), the default VPC's
internet gateway (`seed`). Gaps that stay, to be laid over answers with the
fault "replace": moto pages nothing, has no blackhole or filtered routes, no
endpoint state but `available`, no Block Public Access, no DNS64, no IPv6 list
of S3, no DNS names of endpoints in other cases; `modify_vpc_endpoint` makes no
route.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.vpcs import VPCs


def patch() -> None:
    """Applies the patches; call it before the first request."""
    VPCs.describe_prefix_lists = _describe_prefix_lists
    Subnet.ipv6_cidr_block_association_set = property(_ipv6_cidr_block_association_set)


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
