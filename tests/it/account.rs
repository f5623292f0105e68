//! An account in which nothing is wrong, in the shapes that the AWS CLI prints, and ways to break one thing in it.

use crate::outcome::Outcome;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vpce_guard::{
    collect::{
        interpret::{self, Answers},
        shapes,
    },
    domain::{
        fact::Fact,
        ids::{AccountId, Region},
        problem::Problem,
        service::Service,
        snapshot::Snapshot,
    },
    engine::{
        evaluate::evaluate,
        model::Model,
        policy::{Policy, Scope},
    },
    evidence::{Evidence, Window, metrics::MetricsAnswer},
    rules::RULES,
};

/// The audited account.
pub const OWNER: &str = "111122223333";
/// Another account.
pub const STRANGER: &str = "999988887777";
/// The audited Region.
pub const REGION: &str = "eu-west-1";

/// What AWS answers, and what is asked of it. `subnet-app` uses `rtb-app` by
/// association, `subnet-data` the main table `rtb-main`.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: Option<String>,
    pub region: String,
    pub answers: Answers,
    pub problems: Vec<Problem>,
    pub metrics: Option<MetricsAnswer>,
    pub services: Vec<Service>,
    pub policy: Policy,
    pub scope: Scope,
    pub now: Timestamp,
}

/// The account in which nothing is wrong, asked about S3.
pub fn clean() -> Account {
    Account {
        id: Some(OWNER.to_owned()),
        region: REGION.to_owned(),
        answers: Answers {
            vpcs: answer(json!([
                {"VpcId": "vpc-main", "OwnerId": OWNER, "CidrBlock": "10.0.0.0/16", "State": "available",
                 "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}, "Tags": []},
            ])),
            subnets: answer(json!([
                subnet("subnet-app", "a"),
                subnet("subnet-data", "b")
            ])),
            route_tables: answer(json!([
                table(
                    "rtb-app",
                    json!({"SubnetId": "subnet-app", "Main": false, "RouteTableAssociationId": "rtbassoc-app"})
                ),
                table(
                    "rtb-main",
                    json!({"Main": true, "RouteTableAssociationId": "rtbassoc-main"})
                ),
            ])),
            vpc_endpoints: answer(json!([
                endpoint("vpce-s3", "s3"),
                endpoint("vpce-dynamodb", "dynamodb"),
            ])),
            prefix_lists: answer(json!([
                prefix_list(
                    "pl-s3",
                    "s3",
                    &[
                        "3.5.64.0/21",
                        "3.5.72.0/23",
                        "18.34.32.0/20",
                        "52.92.0.0/17",
                        "52.218.0.0/17"
                    ]
                ),
                prefix_list(
                    "pl-dynamodb",
                    "dynamodb",
                    &["52.94.24.0/23", "52.94.26.0/23", "52.119.240.0/21"]
                ),
                prefix_list(
                    "pl-s3-ipv6",
                    "ipv6.s3",
                    &["2a05:d050:8000::/36", "2a05:d07a:8000::/40"]
                ),
            ])),
        },
        problems: Vec::new(),
        metrics: None,
        services: vec![Service::S3],
        policy: Policy::default(),
        scope: Scope::default(),
        now: "2026-11-30T12:00:00Z".parse().unwrap(),
    }
}

pub fn answer<T: DeserializeOwned>(items: Value) -> Fact<Vec<T>> {
    Fact::Known(serde_json::from_value(items).unwrap())
}

fn subnet(id: &str, zone: &str) -> Value {
    json!({
        "SubnetId": id, "VpcId": "vpc-main", "OwnerId": OWNER, "AvailabilityZone": format!("{REGION}{zone}"),
        "Ipv6CidrBlockAssociationSet": [], "Ipv6Native": false, "EnableDns64": false, "Tags": [],
    })
}

fn table(id: &str, association: Value) -> Value {
    let mut association = association;
    association["AssociationState"] = json!({"State": "associated"});
    json!({
        "RouteTableId": id, "VpcId": "vpc-main", "OwnerId": OWNER, "Associations": [association],
        "Routes": [
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-a", "Origin": "CreateRoute", "State": "active"},
            {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "Origin": "CreateRoute", "State": "active"},
            {"DestinationPrefixListId": "pl-dynamodb", "GatewayId": "vpce-dynamodb", "Origin": "CreateRoute", "State": "active"},
        ],
    })
}

fn endpoint(id: &str, service: &str) -> Value {
    json!({
        "VpcEndpointId": id, "VpcEndpointType": "Gateway", "VpcId": "vpc-main", "State": "available",
        "ServiceName": format!("com.amazonaws.{REGION}.{service}"), "RouteTableIds": ["rtb-app", "rtb-main"],
    })
}

fn prefix_list(id: &str, service: &str, cidrs: &[&str]) -> Value {
    json!({
        "PrefixListId": id, "PrefixListName": format!("com.amazonaws.{REGION}.{service}"), "OwnerId": "AWS",
        "Cidrs": cidrs,
    })
}

/// The items of an answer that is there.
pub fn items<T>(fact: &mut Fact<Vec<T>>) -> &mut Vec<T> {
    match fact {
        Fact::Known(items) => items,
        Fact::Missing(why) => panic!("the answer is missing: {why}"),
    }
}

fn of<'a, T>(fact: &'a mut Fact<Vec<T>>, id: &str, id_of: fn(&T) -> &Option<String>) -> &'a mut T {
    items(fact)
        .iter_mut()
        .find(|item| id_of(item).as_deref() == Some(id))
        .unwrap_or_else(|| panic!("no {id} in the account"))
}

impl Account {
    pub fn vpc(&mut self, id: &str) -> &mut shapes::Vpc {
        of(&mut self.answers.vpcs, id, |vpc| &vpc.vpc_id)
    }

    pub fn subnet(&mut self, id: &str) -> &mut shapes::Subnet {
        of(&mut self.answers.subnets, id, |subnet| &subnet.subnet_id)
    }

    pub fn endpoint(&mut self, id: &str) -> &mut shapes::VpcEndpoint {
        of(&mut self.answers.vpc_endpoints, id, |endpoint| {
            &endpoint.vpc_endpoint_id
        })
    }

    pub fn prefix_list(&mut self, id: &str) -> &mut shapes::PrefixList {
        of(&mut self.answers.prefix_lists, id, |list| {
            &list.prefix_list_id
        })
    }

    pub fn table(&mut self, id: &str) -> Table<'_> {
        Table(of(&mut self.answers.route_tables, id, |table| {
            &table.route_table_id
        }))
    }

    /// Adds a VPC of the same account with the main table that every VPC has.
    pub fn add_whole_vpc(&mut self, id: &str) {
        self.add_vpc(id);
        let name = id.replacen("vpc-", "rtb-main-of-", 1);
        let main = table(&name, json!({"Main": true}));
        let mut main: shapes::RouteTable = serde_json::from_value(main).unwrap();
        main.vpc_id = Some(id.to_owned());
        main.routes.truncate(1);
        items(&mut self.answers.route_tables).push(main);
    }

    /// Adds a VPC of the same account whose tables are not visible.
    pub fn add_vpc(&mut self, id: &str) {
        let vpc = shapes::Vpc {
            vpc_id: Some(id.to_owned()),
            owner_id: Some(OWNER.to_owned()),
            ..shapes::Vpc::default()
        };
        items(&mut self.answers.vpcs).push(vpc);
    }

    /// Adds a gateway endpoint of `service` in `vpc`.
    pub fn add_endpoint(&mut self, id: &str, service: &str, vpc: &str) -> &mut shapes::VpcEndpoint {
        let added: shapes::VpcEndpoint = serde_json::from_value(endpoint(id, service)).unwrap();
        items(&mut self.answers.vpc_endpoints).push(added);
        let added = self.endpoint(id);
        added.vpc_id = Some(vpc.to_owned());
        added
    }

    /// Takes an endpoint out of the answer, as when somebody deleted it.
    pub fn delete_endpoint(&mut self, id: &str) {
        items(&mut self.answers.vpc_endpoints)
            .retain(|endpoint| endpoint.vpc_endpoint_id.as_deref() != Some(id));
    }

    /// Adds a prefix list that the account made itself.
    pub fn add_customer_list(&mut self, id: &str, cidrs: &[&str]) -> &mut shapes::PrefixList {
        items(&mut self.answers.prefix_lists).push(shapes::PrefixList {
            prefix_list_id: Some(id.to_owned()),
            prefix_list_name: Some("our offices".to_owned()),
            owner_id: Some(OWNER.to_owned()),
            cidrs: Some(cidrs.iter().map(ToString::to_string).collect()),
            ..shapes::PrefixList::default()
        });
        self.prefix_list(id)
    }

    /// Moves everything to another Region.
    pub fn move_to(&mut self, region: &str) {
        let names = items(&mut self.answers.vpc_endpoints)
            .iter_mut()
            .filter_map(|endpoint| endpoint.service_name.as_mut());
        let names = names.chain(
            items(&mut self.answers.prefix_lists)
                .iter_mut()
                .filter_map(|list| list.prefix_list_name.as_mut()),
        );
        for name in names {
            *name = name.replace(&self.region, region);
        }
        region.clone_into(&mut self.region);
    }

    /// Sets VPC Block Public Access for the whole VPC.
    pub fn block_public_access(&mut self, mode: &str) {
        self.vpc("vpc-main").block_public_access_states = Some(bpa(mode));
    }

    /// What the engine sees of the account.
    pub fn snapshot(&self) -> Snapshot {
        let network = interpret::network(
            self.id.as_ref().map(|id| id.parse::<AccountId>().unwrap()),
            self.region.parse().unwrap(),
            self.answers.clone(),
            self.problems.clone(),
        );
        Snapshot {
            networks: vec![network],
            problems: Vec::new(),
        }
    }

    /// Judges the account by every rule.
    pub fn audit(&self) -> Outcome {
        let account = self.id.as_ref().map(|id| id.parse::<AccountId>().unwrap());
        let region: Region = self.region.parse().unwrap();
        let snapshot = self.snapshot();
        let mut evidence = Evidence::none(Window {
            start: self.now - jiff::SignedDuration::from_hours(24),
            end: self.now,
        });
        if let Some(metrics) = &self.metrics {
            evidence.metrics.insert((account, region), metrics.clone());
        }
        let model = Model::new(&snapshot, &self.services);
        Outcome::of(&evaluate(
            &model,
            &evidence,
            &self.policy,
            &self.scope,
            RULES,
            self.now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        ))
    }
}

pub fn bpa(mode: &str) -> shapes::BlockPublicAccessStates {
    shapes::BlockPublicAccessStates {
        internet_gateway_block_mode: Some(mode.to_owned()),
    }
}

pub fn tag(key: &str, value: &str) -> shapes::Tag {
    shapes::Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a member of an answer is always optional"
)]
pub fn state(state: &str) -> Option<shapes::State> {
    Some(shapes::State {
        state: Some(state.to_owned()),
    })
}

/// A route table under the knife.
pub struct Table<'a>(pub &'a mut shapes::RouteTable);

impl<'a> Table<'a> {
    /// The route to a block or prefix list.
    pub fn route(self, destination: &str) -> Route<'a> {
        let route = self
            .0
            .routes
            .iter_mut()
            .find(|route| destination_of(route) == Some(destination));
        Route(route.unwrap_or_else(|| panic!("no route to {destination}")))
    }

    /// Adds an active route that somebody wrote.
    pub fn add(self, destination: &str, target: &str) -> Route<'a> {
        let mut route = shapes::Route {
            state: Some("active".to_owned()),
            origin: Some("CreateRoute".to_owned()),
            ..shapes::Route::default()
        };
        let member = if destination.starts_with("pl-") {
            &mut route.destination_prefix_list_id
        } else if destination.contains(':') {
            &mut route.destination_ipv6_cidr_block
        } else {
            &mut route.destination_cidr_block
        };
        *member = Some(destination.to_owned());
        self.0.routes.push(route);
        Route(self.0.routes.last_mut().unwrap()).to(target)
    }

    /// Removes a route.
    pub fn without(self, destination: &str) -> Self {
        let before = self.0.routes.len();
        self.0
            .routes
            .retain(|route| destination_of(route) != Some(destination));
        assert_eq!(
            self.0.routes.len(),
            before - 1,
            "one route to {destination}"
        );
        self
    }
}

fn destination_of(route: &shapes::Route) -> Option<&str> {
    route
        .destination_cidr_block
        .as_ref()
        .or(route.destination_ipv6_cidr_block.as_ref())
        .or(route.destination_prefix_list_id.as_ref())
        .map(String::as_str)
}

/// A route under the knife.
pub struct Route<'a>(pub &'a mut shapes::Route);

impl Route<'_> {
    pub fn state(self, state: &str) -> Self {
        self.0.state = Some(state.to_owned());
        self
    }

    pub fn origin(self, origin: &str) -> Self {
        self.0.origin = Some(origin.to_owned());
        self
    }

    /// Leads it elsewhere, by the member that AWS uses for such an id.
    pub fn to(self, target: &str) -> Self {
        let kept = std::mem::take(self.0);
        *self.0 = shapes::Route {
            destination_cidr_block: kept.destination_cidr_block,
            destination_ipv6_cidr_block: kept.destination_ipv6_cidr_block,
            destination_prefix_list_id: kept.destination_prefix_list_id,
            state: kept.state,
            origin: kept.origin,
            ..shapes::Route::default()
        };
        let prefix = target.split_once('-').map_or(target, |(prefix, _)| prefix);
        let member = match prefix {
            "nat" => &mut self.0.nat_gateway_id,
            "eigw" => &mut self.0.egress_only_internet_gateway_id,
            "tgw" => &mut self.0.transit_gateway_id,
            "pcx" => &mut self.0.vpc_peering_connection_id,
            "eni" => &mut self.0.network_interface_id,
            "i" => &mut self.0.instance_id,
            "lgw" => &mut self.0.local_gateway_id,
            "cagw" => &mut self.0.carrier_gateway_id,
            _ if target.starts_with("arn:aws:networkmanager") => &mut self.0.core_network_arn,
            _ if target.starts_with("arn:aws:odb") => &mut self.0.odb_network_arn,
            _ => &mut self.0.gateway_id,
        };
        *member = Some(target.to_owned());
        self
    }
}
