"""Fills the embedded AWS with the network of a platform team, and knows what is right about it.

`seed` builds account 123456789012 in eu-west-1 and us-east-1 with every
outcome that moto's model can hold, next to an SNS topic with an SQS inbox and
CloudWatch metrics. `seed_large.py` builds a Region of 1,000.

Expectations are written down where the thing is built, never computed by
looking at AWS afterwards; `oracle.py` is the independent check of them.

moto makes a default VPC in every Region. In eu-west-1 it is deleted, as
platform teams do. In us-east-1 it stays, gets the internet gateway that AWS
gives it (moto forgets that) and is expected to be found. Other Regions are not
touched: their default VPCs have no way out.

The expectations, as written by `--expected FILE`:

    account_id, regions
    subnets[]     {region, vpc_id, subnet_id, name, service, path, verdict, association,
                   via: [kind], rules: {rule: severity}}      for s3 and for dynamodb
    endpoints[]   {region, vpc_id, vpc_endpoint_id, name, service, type,
                   traffic: "observed"|"idle"|"no_telemetry", bytes, rules: {rule: severity}, rules_may: [rule]}
    exemptions[]  {region, resource_id, rule}   findings about exemptions themselves
    topics        {standard, other_region, fifo: {arn, region, queue_url, queue_region}}
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
from typing import Any

import boto3

from server import ACCOUNT, CREDENTIALS

HOME, AWAY = "eu-west-1", "us-east-1"
REGIONS = (HOME, AWAY)
TOPIC = "vpce-guard-violations"
INBOX = "vpce-guard-inbox"

MISSING, SHADOWED, WRONG_TARGET = "gateway-route-missing", "gateway-route-shadowed", "gateway-route-wrong-target"

Tags = dict[str, str]
Route = dict[str, str]


def client(service: str, endpoint: str, region: str) -> Any:
    """A boto3 client of the embedded AWS; takes nothing from the user's own profile."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=CREDENTIALS["AWS_SESSION_TOKEN"],
    )


@dataclasses.dataclass(frozen=True)
class Way:
    """What a route table does with one service's addresses."""

    path: str
    rules: dict[str, str]
    via: tuple[str, ...] = ()


GOOD = Way("gateway_endpoint", {})
NO_ROUTE = Way("no_route", {MISSING: "low"}, ("none",))


def leaves(*via: str) -> Way:
    """No endpoint route at all, and the default route leads out."""
    return Way("bypass", {MISSING: "high"}, via)


def shadowed(*via: str) -> Way:
    """Some addresses are taken away from a good endpoint route."""
    return Way("partial", {SHADOWED: "high"}, via)


@dataclasses.dataclass(frozen=True)
class Table:
    """A route table and what is expected of the subnets that use it."""

    id: str
    association: str
    ways: dict[str, Way]


class Network:
    """One Region under construction, with its part of the expectations."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.region = region
        self.ec2 = client("ec2", endpoint, region)
        self.cloudwatch = client("cloudwatch", endpoint, region)
        self.subnets: list[dict[str, Any]] = []
        self.endpoints: list[dict[str, Any]] = []
        self.exemptions: list[dict[str, Any]] = []
        self.lists = {
            item["PrefixListName"].removeprefix(f"com.amazonaws.{region}."): item["PrefixListId"]
            for item in self.ec2.describe_prefix_lists()["PrefixLists"]
        }

    def vpc(self, name: str, cidr: str, tags: Tags | None = None) -> str:
        answer = self.ec2.create_vpc(CidrBlock=cidr, TagSpecifications=_tags("vpc", name, tags))
        return answer["Vpc"]["VpcId"]

    def main_table(self, vpc_id: str) -> str:
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
        return self.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]

    def main(self, vpc_id: str, routes: list[Route], s3: Way, dynamodb: Way) -> Table:
        """Adds routes to the VPC's main table, which its unassociated subnets use."""
        return self._table(self.main_table(vpc_id), "main", routes, s3, dynamodb)

    def table(self, vpc_id: str, name: str, routes: list[Route], s3: Way, dynamodb: Way) -> Table:
        answer = self.ec2.create_route_table(VpcId=vpc_id, TagSpecifications=_tags("route-table", name))
        return self._table(answer["RouteTable"]["RouteTableId"], "explicit", routes, s3, dynamodb)

    def _table(self, table_id: str, association: str, routes: list[Route], s3: Way, dynamodb: Way) -> Table:
        for route in routes:
            self.ec2.create_route(RouteTableId=table_id, **route)
        return Table(table_id, association, {"s3": s3, "dynamodb": dynamodb})

    def subnet(
        self, vpc_id: str, name: str, cidr: str, table: Table, *, tags: Tags | None = None, exempt: bool = False,
        rules: dict[str, str] | None = None, ipv6: str | None = None,
    ) -> str:
        """A subnet on `table`; `rules` are findings of its own, beside those of the table."""
        more = {"Ipv6CidrBlock": ipv6} if ipv6 else {}
        answer = self.ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=cidr, TagSpecifications=_tags("subnet", name, tags), **more
        )
        subnet_id = answer["Subnet"]["SubnetId"]
        if table.association == "explicit":
            self.ec2.associate_route_table(RouteTableId=table.id, SubnetId=subnet_id)
        self.expect(vpc_id, subnet_id, name, table, exempt=exempt, rules=rules)
        return subnet_id

    def expect(
        self, vpc_id: str, subnet_id: str, name: str, table: Table, *, exempt: bool = False,
        rules: dict[str, str] | None = None,
    ) -> None:
        for service, way in table.ways.items():
            bad = "exempt" if exempt else "violation"
            self.subnets.append({
                "region": self.region, "vpc_id": vpc_id, "subnet_id": subnet_id, "name": name, "service": service,
                "path": way.path, "verdict": "compliant" if way.path == "gateway_endpoint" else bad,
                "association": table.association, "via": sorted(way.via), "rules": {**way.rules, **(rules or {})},
            })

    def internet_gateway(self, vpc_id: str, name: str) -> str:
        answer = self.ec2.create_internet_gateway(TagSpecifications=_tags("internet-gateway", name))
        gateway = answer["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
        return gateway

    def nat(self, subnet_id: str, name: str) -> str:
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        answer = self.ec2.create_nat_gateway(
            SubnetId=subnet_id, AllocationId=address, TagSpecifications=_tags("natgateway", name)
        )
        return answer["NatGateway"]["NatGatewayId"]

    def gateway_endpoint(
        self, vpc_id: str, name: str, service: str, tables: list[Table], *, traffic: str = "no_telemetry",
        total: int | None = None, rules: dict[str, str] | None = None, rules_may: list[str] | None = None,
    ) -> str:
        answer = self.ec2.create_vpc_endpoint(
            VpcId=vpc_id, ServiceName=f"com.amazonaws.{self.region}.{service}", VpcEndpointType="Gateway",
            RouteTableIds=[table.id for table in tables], TagSpecifications=_tags("vpc-endpoint", name),
        )
        return self._endpoint(answer, name, service, "Gateway", traffic, total, rules, rules_may)

    def interface_endpoint(self, vpc_id: str, name: str, service: str, subnet_id: str, total: int) -> str:
        answer = self.ec2.create_vpc_endpoint(
            VpcId=vpc_id, ServiceName=f"com.amazonaws.{self.region}.{service}", VpcEndpointType="Interface",
            SubnetIds=[subnet_id], TagSpecifications=_tags("vpc-endpoint", name),
        )
        return self._endpoint(answer, name, service, "Interface", "observed", total, {}, [])

    def _endpoint(
        self, answer: dict[str, Any], name: str, service: str, kind: str, traffic: str, total: int | None,
        rules: dict[str, str] | None, rules_may: list[str] | None,
    ) -> str:
        endpoint = answer["VpcEndpoint"]
        by_traffic = {
            "observed": {}, "idle": {"endpoint-idle": "medium"}, "no_telemetry": {"endpoint-unobserved": "info"},
        }
        self.endpoints.append({
            "region": self.region, "vpc_id": endpoint["VpcId"], "vpc_endpoint_id": endpoint["VpcEndpointId"],
            "name": name, "service": service, "type": kind, "traffic": traffic, "bytes": total,
            "rules": by_traffic[traffic] if rules is None else rules, "rules_may": rules_may or [],
        })
        return endpoint["VpcEndpointId"]

    def metric(
        self, namespace: str, name: str, dimensions: dict[str, str], values: list[float], *, hours_ago: float = 1.5
    ) -> None:
        """Puts one data point an hour, the newest `hours_ago`.

        moto takes the reserved namespaces AWS/*; the real CloudWatch would not.
        """
        newest = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours_ago)
        self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[
            {
                "MetricName": name, "Value": value, "Timestamp": newest - datetime.timedelta(hours=age),
                "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
            }
            for age, value in enumerate(values)
        ])

    def delete_default_vpc(self) -> None:
        vpc_id = self._default_vpc()
        for subnet in self._subnets_of(vpc_id):
            self.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        self.ec2.delete_vpc(VpcId=vpc_id)

    def open_default_vpc(self) -> None:
        """Gives the default VPC what AWS gives it: an internet gateway and the route to it."""
        vpc_id = self._default_vpc()
        gateway = self.internet_gateway(vpc_id, "default")
        out = leaves("internet_gateway")
        table = self.main(vpc_id, [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}], out, out)
        for subnet in self._subnets_of(vpc_id):
            self.expect(vpc_id, subnet["SubnetId"], f"default-{subnet['AvailabilityZone']}", table)

    def _default_vpc(self) -> str:
        answer = self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
        return answer["Vpcs"][0]["VpcId"]

    def _subnets_of(self, vpc_id: str) -> list[dict[str, Any]]:
        return self.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]


def default_route(key: str, target: str) -> Route:
    return {"DestinationCidrBlock": "0.0.0.0/0", key: target}


def seed(endpoint: str) -> dict[str, Any]:
    """Builds the account; returns the expectations. The embedded AWS must be fresh or reset."""
    home, away = Network(endpoint, HOME), Network(endpoint, AWAY)
    home.delete_default_vpc()
    transit = home.ec2.create_transit_gateway(Description="backbone")["TransitGateway"]["TransitGatewayId"]
    payments_s3 = _payments(home)
    _data_lake(home, transit)
    _edge_sandbox(home)
    _pci_vault(home, transit)
    _analytics_stage(home, payments_s3)
    _hackathon(home)
    away.open_default_vpc()
    _web_prod(away)
    _ml_train(away)
    return {
        "account_id": ACCOUNT,
        "regions": list(REGIONS),
        "subnets": home.subnets + away.subnets,
        "endpoints": home.endpoints + away.endpoints,
        "exemptions": home.exemptions + away.exemptions,
        "topics": topics(endpoint),
    }


def seed_clean(endpoint: str, region: str) -> list[str]:
    """A Region where everything is right, as the background for one fault; returns the subnet ids.

    Anything but `compliant` and `complete` in such a Region is the fault's doing.
    """
    net = Network(endpoint, region)
    net.delete_default_vpc()
    vpc = net.vpc("shared-services", "10.10.0.0/16", {"team": "platform"})
    main = net.main(vpc, [], GOOD, NO_ROUTE)
    explicit = net.table(vpc, "shared-services-ci", [], GOOD, NO_ROUTE)
    subnets = [
        net.subnet(vpc, "shared-services-dns-a", "10.10.1.0/24", main),
        net.subnet(vpc, "shared-services-ci-a", "10.10.2.0/24", explicit),
    ]
    s3 = net.gateway_endpoint(vpc, "shared-services-s3", "s3", [main, explicit], traffic="observed", total=1000)
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": s3}, [1000.0])
    return subnets


def _payments(net: Network) -> str:
    """The tidy one: endpoints for both services, one public tier and one forgotten table."""
    vpc = net.vpc("payments-prod", "10.20.0.0/16", {"team": "payments", "env": "prod"})
    igw = net.internet_gateway(vpc, "payments-prod")
    via_igw, via_nat = leaves("internet_gateway"), leaves("nat_gateway")
    public = net.table(vpc, "payments-prod-public", [default_route("GatewayId", igw)], via_igw, via_igw)
    nat = net.nat(net.subnet(vpc, "payments-prod-public-a", "10.20.0.0/24", public), "payments-prod-a")
    out = [default_route("NatGatewayId", nat)]
    private_a = net.table(vpc, "payments-prod-private-a", out, GOOD, GOOD)
    private_b = net.table(vpc, "payments-prod-private-b", out, GOOD, via_nat)
    main = net.main(vpc, [], GOOD, NO_ROUTE)
    ledger = net.table(vpc, "payments-prod-ledger", out, via_nat, GOOD)
    database = net.table(vpc, "payments-prod-db", [], NO_ROUTE, GOOD)
    net.subnet(vpc, "payments-prod-app-a", "10.20.10.0/24", private_a)
    net.subnet(vpc, "payments-prod-app-b", "10.20.11.0/24", private_b)
    unused = net.subnet(
        vpc, "payments-prod-app-c", "10.20.12.0/24", private_a, tags={"vpce-guard:exempt": "moved in March"}
    )
    net.exemptions.append({"region": net.region, "resource_id": unused, "rule": "exemption-unused"})
    net.subnet(vpc, "payments-prod-batch-a", "10.20.20.0/24", main)
    net.subnet(vpc, "payments-prod-ledger-a", "10.20.30.0/24", ledger)
    net.subnet(vpc, "payments-prod-db-a", "10.20.40.0/24", database)
    s3 = net.gateway_endpoint(
        vpc, "payments-prod-s3", "s3", [private_a, private_b, main], traffic="observed", total=6_000_000
    )
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": s3}, [1e6, 2e6, 3e6])
    net.metric("AWS/VPC", "PacketsTransferred", {"VpcEndpointId": s3}, [1000, 2000, 3000])
    net.gateway_endpoint(vpc, "payments-prod-dynamodb", "dynamodb", [private_a, ledger, database])
    return s3


def _data_lake(net: Network, transit: str) -> None:
    """Where routes to old partner and proxy ranges sit inside the service's own addresses."""
    vpc = net.vpc("data-lake", "10.30.0.0/16", {"team": "data", "env": "prod"})
    igw = net.internet_gateway(vpc, "data-lake")
    peer = net.vpc("data-lake-partner", "10.31.0.0/16", {"team": "data"})
    peering = net.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]
    peering_id = peering["VpcPeeringConnectionId"]
    net.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    hub_list = net.ec2.create_managed_prefix_list(
        PrefixListName="backbone-ranges", MaxEntries=5, AddressFamily="IPv4",
        Entries=[{"Cidr": "54.231.0.0/17", "Description": "proxy"}, {"Cidr": "10.0.0.0/8", "Description": "office"}],
    )["PrefixList"]["PrefixListId"]
    via_igw, via_nat = leaves("internet_gateway"), leaves("nat_gateway")
    public = net.table(vpc, "data-lake-public", [default_route("GatewayId", igw)], via_igw, via_igw)
    nat = net.nat(net.subnet(vpc, "data-lake-public-a", "10.30.0.0/24", public), "data-lake-a")
    out = default_route("NatGatewayId", nat)

    def static(cidr: str, key: str = "NatGatewayId", target: str = nat) -> Route:
        return {"DestinationCidrBlock": cidr, key: target}

    part_nat = net.table(vpc, "data-lake-spark-a", [out, static("3.5.16.0/20")], shadowed("nat_gateway"), via_nat)
    part_igw = net.table(
        vpc, "data-lake-spark-b", [static("52.216.0.0/16", "GatewayId", igw)], shadowed("internet_gateway"), NO_ROUTE
    )
    whole = net.table(
        vpc, "data-lake-legacy", [out, *map(static, ("52.216.0.0/15", "3.5.0.0/19", "54.231.0.0/16"))],
        Way("bypass", {SHADOWED: "high"}, ("nat_gateway",)), via_nat,
    )
    partner = net.table(
        vpc, "data-lake-partner", [static("54.231.128.0/17", "VpcPeeringConnectionId", peering_id)],
        shadowed("vpc_peering"), NO_ROUTE,
    )
    hub = net.table(
        vpc, "data-lake-hub", [out, {"DestinationPrefixListId": hub_list, "TransitGatewayId": transit}],
        shadowed("transit_gateway"), via_nat,
    )
    # Shorter than every block of the list, so the endpoint keeps them all.
    wide = net.table(vpc, "data-lake-etl", [out, static("52.0.0.0/8")], GOOD, via_nat)
    subnets = [
        net.subnet(vpc, name, f"10.30.{number}.0/24", table)
        for number, (name, table) in enumerate([
            ("data-lake-spark-a", part_nat), ("data-lake-spark-b", part_igw), ("data-lake-legacy-a", whole),
            ("data-lake-partner-a", partner), ("data-lake-hub-a", hub), ("data-lake-etl-a", wide),
        ], start=10)
    ]
    s3 = net.gateway_endpoint(
        vpc, "data-lake-s3", "s3", [part_nat, part_igw, whole, partner, hub, wide], traffic="observed", total=512
    )
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": s3}, [512.0])
    net.gateway_endpoint(
        vpc, "data-lake-s3-old", "s3", [], rules={"endpoint-unattached": "low"}, rules_may=["endpoint-unobserved"]
    )
    interface = net.interface_endpoint(vpc, "data-lake-s3-onprem", "s3", subnets[0], total=4096)
    net.metric(
        "AWS/PrivateLinkEndpoints", "BytesProcessed",
        {
            "Endpoint Type": "Interface", "Service Name": f"com.amazonaws.{net.region}.s3",
            "VPC Endpoint Id": interface, "VPC Id": vpc,
        },
        [1024, 3072],
    )


def _edge_sandbox(net: Network) -> None:
    """No endpoint at all; two subnets with exemptions by tag, one of them past its date."""
    vpc = net.vpc("edge-sandbox", "10.40.0.0/16", {"team": "edge", "env": "dev"})
    igw = net.internet_gateway(vpc, "edge-sandbox")
    out = leaves("internet_gateway")
    main = net.main(vpc, [default_route("GatewayId", igw)], out, out)
    today = datetime.datetime.now(datetime.UTC).date()
    net.subnet(vpc, "edge-sandbox-web-a", "10.40.1.0/24", main)
    net.subnet(vpc, "edge-sandbox-cdn-a", "10.40.2.0/24", main, exempt=True, tags={
        "vpce-guard:exempt": "public assets only, NET-1412",
        "vpce-guard:exempt-until": (today + datetime.timedelta(days=90)).isoformat(),
    })
    expired = net.subnet(vpc, "edge-sandbox-poc-a", "10.40.3.0/24", main, tags={
        "vpce-guard:exempt": "proof of concept", "vpce-guard:exempt-until": "2024-12-31",
    })
    net.exemptions.append({"region": net.region, "resource_id": expired, "rule": "exemption-expired"})


def _pci_vault(net: Network, transit: str) -> None:
    """Isolated by design; one subnet reaches the backbone."""
    vpc = net.vpc("pci-vault", "10.50.0.0/16", {"team": "security", "env": "prod"})
    main = net.main(vpc, [], NO_ROUTE, NO_ROUTE)
    out = leaves("transit_gateway")
    backbone = net.table(vpc, "pci-vault-backbone", [default_route("TransitGatewayId", transit)], out, out)
    net.subnet(vpc, "pci-vault-hsm-a", "10.50.1.0/24", main)
    net.subnet(vpc, "pci-vault-hsm-b", "10.50.2.0/24", main)
    net.subnet(vpc, "pci-vault-audit-a", "10.50.3.0/24", backbone)


def _analytics_stage(net: Network, other_vpcs_endpoint: str) -> None:
    """Routes for the service's own list that someone made by hand, to the wrong things."""
    vpc = net.vpc("analytics-stage", "10.60.0.0/16", {"team": "analytics", "env": "stage"})
    igw = net.internet_gateway(vpc, "analytics-stage")
    out, via_nat = leaves("internet_gateway"), leaves("nat_gateway")
    public = net.table(vpc, "analytics-stage-public", [default_route("GatewayId", igw)], out, out)
    nat = net.nat(net.subnet(vpc, "analytics-stage-public-a", "10.60.0.0/24", public), "analytics-stage-a")
    by_hand = net.table(
        vpc, "analytics-stage-notebooks",
        [default_route("NatGatewayId", nat), {"DestinationPrefixListId": net.lists["s3"], "NatGatewayId": nat}],
        Way("bypass", {WRONG_TARGET: "high"}, ("nat_gateway",)), via_nat,
    )
    elsewhere = net.table(
        vpc, "analytics-stage-reports",
        [{"DestinationPrefixListId": net.lists["s3"], "GatewayId": other_vpcs_endpoint}],
        Way("bypass", {WRONG_TARGET: "high"}, ("gateway_endpoint_other",)), NO_ROUTE,
    )
    net.subnet(vpc, "analytics-stage-notebooks-a", "10.60.1.0/24", by_hand)
    net.subnet(vpc, "analytics-stage-reports-a", "10.60.2.0/24", elsewhere)


def _hackathon(net: Network) -> None:
    """A whole VPC exempt by its own tag, without a date."""
    vpc = net.vpc("sandbox-hackathon", "10.70.0.0/16", {"vpce-guard:exempt": "throw-away account area, NET-1377"})
    igw = net.internet_gateway(vpc, "sandbox-hackathon")
    out = leaves("internet_gateway")
    main = net.main(vpc, [default_route("GatewayId", igw)], out, out)
    net.subnet(vpc, "sandbox-hackathon-a", "10.70.1.0/24", main, exempt=True)


def _web_prod(net: Network) -> None:
    """Compliant through the main table; one forgotten table, one subnet that leaks over IPv6."""
    vpc = net.vpc("web-prod", "10.80.0.0/16", {"team": "web", "env": "prod"})
    answer = net.ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    ipv6 = answer["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"].replace("::/56", "::/64")
    igw = net.internet_gateway(vpc, "web-prod")
    egress = net.ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    via_igw = leaves("internet_gateway")
    main = net.main(vpc, [], GOOD, NO_ROUTE)
    forgotten = net.table(vpc, "web-prod-canary", [default_route("GatewayId", igw)], via_igw, via_igw)
    dual = net.table(
        vpc, "web-prod-dual",
        [{
            "DestinationIpv6CidrBlock": "::/0",
            "EgressOnlyInternetGatewayId": egress["EgressOnlyInternetGatewayId"],
        }],
        GOOD, NO_ROUTE,
    )
    net.subnet(vpc, "web-prod-app-a", "10.80.1.0/24", main)
    net.subnet(vpc, "web-prod-app-b", "10.80.2.0/24", main)
    net.subnet(vpc, "web-prod-canary-a", "10.80.3.0/24", forgotten)
    net.subnet(vpc, "web-prod-dual-a", "10.80.4.0/24", dual, ipv6=ipv6, rules={"ipv6-bypass": "medium"})
    net.gateway_endpoint(vpc, "web-prod-s3", "s3", [main, dual])


def _ml_train(net: Network) -> None:
    """Two endpoints that nobody uses: one metric of zeros, one without points in the window."""
    vpc = net.vpc("ml-train", "10.90.0.0/16", {"team": "ml", "env": "prod"})
    gpu = net.table(vpc, "ml-train-gpu", [], GOOD, NO_ROUTE)
    notebooks = net.table(vpc, "ml-train-notebooks", [], GOOD, NO_ROUTE)
    main = net.main(vpc, [], NO_ROUTE, NO_ROUTE)
    net.subnet(vpc, "ml-train-gpu-a", "10.90.1.0/24", gpu)
    net.subnet(vpc, "ml-train-gpu-b", "10.90.2.0/24", gpu)
    net.subnet(vpc, "ml-train-notebooks-a", "10.90.3.0/24", notebooks)
    net.subnet(vpc, "ml-train-scratch-a", "10.90.4.0/24", main)
    zeros = net.gateway_endpoint(vpc, "ml-train-gpu-s3", "s3", [gpu], traffic="idle", total=0)
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": zeros}, [0.0, 0.0, 0.0])
    stale = net.gateway_endpoint(vpc, "ml-train-notebooks-s3", "s3", [notebooks], traffic="idle", total=0)
    net.metric("AWS/VPC", "BytesTransferred", {"VpcEndpointId": stale}, [700.0], hours_ago=20 * 24)


def topics(endpoint: str) -> dict[str, dict[str, str]]:
    """Three topics, each with one SQS subscription: standard, standard elsewhere, FIFO."""
    fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    return {
        "standard": _topic(endpoint, HOME, TOPIC, INBOX, {}, {}),
        "other_region": _topic(endpoint, AWAY, f"{TOPIC}-global", f"{INBOX}-global", {}, {}),
        "fifo": _topic(endpoint, HOME, f"{TOPIC}.fifo", f"{INBOX}.fifo", fifo, {"FifoQueue": "true"}),
    }


def _topic(
    endpoint: str, region: str, topic: str, queue: str, topic_attributes: Tags, queue_attributes: Tags
) -> dict[str, str]:
    sns, sqs = client("sns", endpoint, region), client("sqs", endpoint, region)
    arn = sns.create_topic(Name=topic, Attributes=topic_attributes)["TopicArn"]
    # The largest SNS message and its envelope must fit; 1 MiB is SQS's own limit.
    attributes = {**queue_attributes, "MaximumMessageSize": "1048576"}
    url = sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
    # moto reads any RawMessageDelivery attribute, "false" too, as true: leave it at its default, false.
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{region}:{ACCOUNT}:{queue}")
    return {"arn": arn, "region": region, "queue_url": url, "queue_region": region}


def _tags(resource: str, name: str, more: Tags | None = None) -> list[dict[str, Any]]:
    tags = {"Name": name, **(more or {})}
    return [{"ResourceType": resource, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def main() -> None:
    parser = argparse.ArgumentParser(description="Seeds a running embedded AWS with a realistic account.")
    parser.add_argument("--endpoint", required=True, help="URL, as printed by server.py")
    parser.add_argument("--expected", required=True, help="file for the expected verdicts, JSON")
    arguments = parser.parse_args()
    expected = seed(arguments.endpoint)
    with open(arguments.expected, "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")
    print(f"seeded {len({s['subnet_id'] for s in expected['subnets']})} subnets in {', '.join(REGIONS)}")


if __name__ == "__main__":
    main()
