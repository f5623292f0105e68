//! The network of one account in one Region: five lists at once, then the
//! entries of the lists that a route names and the first answer did not hold.

use super::{
    Question,
    access::{Access, Clients},
    convert,
    failure::Failure,
    metrics, pages,
};
use crate::{
    collect::{
        interpret::{self, Answers},
        record::{Target, Traffic},
        shapes,
    },
    domain::{
        fact::Fact,
        ids::{AccountId, EndpointId, Region},
    },
    evidence::metrics::MetricsAnswer,
};
use futures_util::{StreamExt as _, stream};
use std::collections::BTreeSet;
use tokio::time::Instant;

/// How many customer-managed prefix lists are read at once.
const LISTS_AT_ONCE: usize = 4;

/// What came back from one Region, not yet interpreted.
pub(super) struct Raw {
    region: Region,
    answers: Answers,
    failures: Vec<Failure>,
    metrics: MetricsAnswer,
}

impl Raw {
    /// The answers, once it is known whose they are.
    pub(super) fn into_target(self, account: Option<AccountId>, question: &Question) -> Target {
        let problems = self
            .failures
            .into_iter()
            .map(|failure| failure.into_problem(account.as_ref(), Some(&self.region)))
            .collect();
        let traffic = match self.metrics {
            MetricsAnswer::Off => None,
            answer @ (MetricsAnswer::Unknown | MetricsAnswer::Known { .. }) => Some(Traffic {
                window: question.window,
                services: question.services.clone(),
                answer,
            }),
        };
        Target {
            account,
            region: self.region,
            answers: self.answers,
            problems,
            traffic,
        }
    }
}

/// Asks for everything in one Region.
pub(super) async fn collect(access: &Access, region: Region, question: &Question) -> Raw {
    let clients = access.clients(&region);
    let mut failures = Vec::new();
    let (answers, listed) = tokio::join!(
        answers(&clients, question.deadline),
        metrics::list(&clients.cloudwatch, question)
    );
    let answers = answers.into_facts(&mut failures);
    let endpoints = audited_endpoints(&answers, &region, question);
    let metrics = metrics::read(
        &clients.cloudwatch,
        question,
        listed,
        endpoints.as_ref(),
        &mut failures,
    )
    .await;
    tracing::info!(
        failures = failures.len(),
        subnets = answers.subnets.known().map_or(0, Vec::len),
        "read"
    );
    Raw {
        region,
        answers,
        failures,
        metrics,
    }
}

/// The endpoints whose traffic is asked about; `None` where they are not known.
fn audited_endpoints(
    answers: &Answers,
    region: &Region,
    question: &Question,
) -> Option<BTreeSet<EndpointId>> {
    let shapes = answers.vpc_endpoints.known()?;
    let endpoints = shapes.iter().filter_map(interpret::readable_endpoint);
    Some(
        endpoints
            .filter(|endpoint| {
                endpoint
                    .service(region)
                    .is_some_and(|service| question.services.contains(&service))
            })
            .map(|endpoint| endpoint.id)
            .collect(),
    )
}

type Answer<T> = Result<Vec<T>, Failure>;

struct RawAnswers {
    vpcs: Answer<shapes::Vpc>,
    subnets: Answer<shapes::Subnet>,
    route_tables: Answer<shapes::RouteTable>,
    vpc_endpoints: Answer<shapes::VpcEndpoint>,
    prefix_lists: Answer<shapes::PrefixList>,
    /// Lists that routes name and whose entries could not be read.
    unread_lists: Vec<Failure>,
}

impl RawAnswers {
    fn into_facts(self, failures: &mut Vec<Failure>) -> Answers {
        fn fact<T>(answer: Answer<T>, failures: &mut Vec<Failure>) -> Fact<Vec<T>> {
            match answer {
                Ok(items) => Fact::Known(items),
                Err(failure) => {
                    let why = failure.why();
                    failures.push(failure);
                    Fact::Missing(why)
                }
            }
        }
        failures.extend(self.unread_lists);
        Answers {
            vpcs: fact(self.vpcs, failures),
            subnets: fact(self.subnets, failures),
            route_tables: fact(self.route_tables, failures),
            vpc_endpoints: fact(self.vpc_endpoints, failures),
            prefix_lists: fact(self.prefix_lists, failures),
        }
    }
}

async fn answers(clients: &Clients, deadline: Option<Instant>) -> RawAnswers {
    let client = &clients.ec2;
    let (vpcs, subnets, route_tables, vpc_endpoints, prefix_lists) = tokio::join!(
        vpcs(client, deadline),
        subnets(client, deadline),
        route_tables(client, deadline),
        vpc_endpoints(client, deadline),
        prefix_lists(client, deadline),
    );
    let mut answers = RawAnswers {
        vpcs,
        subnets,
        route_tables,
        vpc_endpoints,
        prefix_lists,
        unread_lists: Vec::new(),
    };
    read_other_lists(client, deadline, &mut answers).await;
    answers
}

/// `DescribePrefixLists` shows AWS-managed lists only. The others are read one
/// by one, and only those that a route names.
async fn read_other_lists(
    client: &aws_sdk_ec2::Client,
    deadline: Option<Instant>,
    answers: &mut RawAnswers,
) {
    let (Ok(lists), Ok(tables)) = (&mut answers.prefix_lists, &answers.route_tables) else {
        return;
    };
    let known: BTreeSet<&str> = lists
        .iter()
        .filter(|list| list.cidrs.is_some())
        .filter_map(|list| list.prefix_list_id.as_deref())
        .collect();
    let named: BTreeSet<String> = tables
        .iter()
        .flat_map(|table| &table.routes)
        .filter_map(|route| route.destination_prefix_list_id.clone())
        .filter(|id| !known.contains(id.as_str()))
        .collect();
    let mut read: Vec<(String, Answer<String>)> = stream::iter(named)
        .map(|id| async move {
            let entries = prefix_list_entries(client, deadline, &id).await;
            (id, entries)
        })
        .buffer_unordered(LISTS_AT_ONCE)
        .collect()
        .await;
    read.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (id, entries) in read {
        let cidrs = match entries {
            Ok(cidrs) => Some(cidrs),
            Err(mut failure) => {
                failure.message = format!("{id}: {}", failure.message);
                answers.unread_lists.push(failure);
                None
            }
        };
        let listed = lists
            .iter_mut()
            .find(|list| list.prefix_list_id.as_ref() == Some(&id));
        match listed {
            Some(list) => list.cidrs = cidrs,
            // Its owner is not asked: only AWS's lists lead to a gateway
            // endpoint, and only the first answer's are taken for a service's own.
            None => lists.push(shapes::PrefixList {
                prefix_list_id: Some(id),
                cidrs,
                ..shapes::PrefixList::default()
            }),
        }
    }
}

/// One paged EC2 call as a function: its IAM action, its most items per page,
/// and how an item is converted.
macro_rules! paged {
    ($($name:ident: $action:literal, $operation:ident $([$max:literal])?, $items:ident -> $shape:ty, $convert:path;)+) => {$(
        async fn $name(
            client: &aws_sdk_ec2::Client,
            deadline: Option<Instant>,
        ) -> Answer<$shape> {
            pages::all(deadline, $action, |token| {
                let call = client.$operation()$(.max_results($max))?.set_next_token(token);
                async move {
                    let page = call
                        .send()
                        .await
                        .map_err(|error| Failure::of_call($action, &error))?;
                    let items = page.$items().iter().map($convert).collect();
                    Ok((items, page.next_token().map(str::to_owned)))
                }
            })
            .await
        }
    )+};
}

// The page sizes are the most that each call takes: fewer calls, less throttling.
paged! {
    vpcs: "ec2:DescribeVpcs", describe_vpcs [1000], vpcs -> shapes::Vpc, convert::vpc;
    subnets: "ec2:DescribeSubnets", describe_subnets [1000], subnets -> shapes::Subnet, convert::subnet;
    route_tables: "ec2:DescribeRouteTables", describe_route_tables [100], route_tables -> shapes::RouteTable, convert::route_table;
    vpc_endpoints: "ec2:DescribeVpcEndpoints", describe_vpc_endpoints [1000], vpc_endpoints -> shapes::VpcEndpoint, convert::vpc_endpoint;
    prefix_lists: "ec2:DescribePrefixLists", describe_prefix_lists, prefix_lists -> shapes::PrefixList, convert::prefix_list;
}

async fn prefix_list_entries(
    client: &aws_sdk_ec2::Client,
    deadline: Option<Instant>,
    id: &str,
) -> Answer<String> {
    const OPERATION: &str = "ec2:GetManagedPrefixListEntries";
    pages::all(deadline, OPERATION, |token| {
        let call = client
            .get_managed_prefix_list_entries()
            .prefix_list_id(id)
            .max_results(100)
            .set_next_token(token);
        async move {
            let page = call
                .send()
                .await
                .map_err(|error| Failure::of_call(OPERATION, &error))?;
            // An entry without a block is kept, as text that is no block.
            let cidrs = page
                .entries()
                .iter()
                .map(|entry| entry.cidr().unwrap_or_default().to_owned())
                .collect();
            Ok((cidrs, page.next_token().map(str::to_owned)))
        }
    })
    .await
}
