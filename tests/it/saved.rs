//! Saved accounts: folders of AWS CLI answers as they are, and one document.

use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;
use vpce_guard::{
    collect::saved::{SavedError, read},
    domain::{fact::Fact, snapshot::Snapshot},
};

const LIST: &str = "pl-6da54004";

fn answers() -> Vec<(&'static str, Value)> {
    vec![
        (
            "vpcs.json",
            json!({"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16"}]}),
        ),
        (
            "subnets.json",
            json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "EnableDns64": true}]}),
        ),
        (
            "tables.json",
            json!({"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1",
            "Associations": [{"Main": true, "RouteTableId": "rtb-1", "AssociationState": {"State": "associated"}}],
            "Routes": [{"DestinationPrefixListId": LIST, "GatewayId": "vpce-1", "State": "active", "Origin": "CreateRoute"}]}]}),
        ),
        (
            "endpoints.json",
            json!({"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available"}]}),
        ),
        (
            "lists.json",
            json!({"PrefixLists": [{"PrefixListId": LIST, "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.218.0.0/17", "3.5.64.0/21"]}]}),
        ),
    ]
}

fn save(folder: &Path, answers: &[(&str, Value)]) {
    for (name, value) in answers {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
}

fn read_folder(answers: &[(&str, Value)]) -> Result<Snapshot, SavedError> {
    let folder = TempDir::new().unwrap();
    save(folder.path(), answers);
    read(folder.path(), Some(&"eu-west-1".parse().unwrap())).map(|saved| saved.snapshot)
}

fn error(answers: &[(&str, Value)]) -> String {
    read_folder(answers).unwrap_err().to_string()
}

#[test]
fn a_folder_of_cli_answers_is_read_as_it_is() {
    let snapshot = read_folder(&answers()).unwrap();
    let network = &snapshot.networks[0];
    assert!(network.is_whole());
    assert_eq!(network.account.as_ref().unwrap().as_str(), "111122223333");
    assert!(
        network
            .subnets
            .known()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .dns64
    );
}

#[test]
fn folders_give_the_account_and_the_region() {
    let folder = TempDir::new().unwrap();
    for region in ["eu-west-1", "us-east-1"] {
        save(&folder.path().join("444455556666").join(region), &answers());
    }
    let saved = read(folder.path(), None).unwrap();
    let places: Vec<_> = saved
        .snapshot
        .networks
        .iter()
        .map(|network| format!("{} {}", network.account.as_ref().unwrap(), network.region))
        .collect();
    assert_eq!(places, ["444455556666 eu-west-1", "444455556666 us-east-1"]);
}

#[test]
fn one_document_says_the_same_as_the_folder() {
    let mut target = json!({"account_id": "111122223333", "region": "eu-west-1"});
    for (_, answer) in answers() {
        for (key, value) in answer.as_object().unwrap() {
            target[key] = value.clone();
        }
    }
    let lists = target
        .as_object_mut()
        .unwrap()
        .remove("PrefixLists")
        .unwrap();
    target["ManagedPrefixLists"] = json!([{"PrefixListId": LIST, "PrefixListName": lists[0]["PrefixListName"], "OwnerId": "AWS",
        "Entries": [{"Cidr": "3.5.64.0/21"}, {"Cidr": "52.218.0.0/17"}]}]);
    let document = json!({"schema": "vpce-guard/snapshot/1", "targets": [target]});
    assert_eq!(
        read_folder(&[("account.json", document)]).unwrap(),
        read_folder(&answers()).unwrap()
    );
}

#[test]
fn prefix_lists_of_two_calls_are_merged_and_entries_belong_to_the_list_in_the_name() {
    let mut files = answers();
    files[4].1 = json!({"PrefixLists": [{"PrefixListId": LIST, "PrefixListName": "com.amazonaws.eu-west-1.s3", "OwnerId": "AWS", "AddressFamily": "IPv4"}]});
    let network = &read_folder(&files).unwrap().networks[0];
    let lists = network.prefix_lists.known().unwrap();
    assert!(matches!(
        lists.values().next().unwrap().cidrs,
        Fact::Missing(_)
    ));
    files.push((
        "entries-pl-6da54004.json",
        json!({"Entries": [{"Cidr": "52.218.0.0/17", "Description": ""}, {"Cidr": "3.5.64.0/21"}]}),
    ));
    assert_eq!(
        read_folder(&files).unwrap(),
        read_folder(&answers()).unwrap()
    );
}

#[test]
fn an_answer_that_is_not_saved_is_missing_and_not_empty() {
    let mut files = answers();
    files.remove(3);
    let network = &read_folder(&files).unwrap().networks[0];
    assert!(
        matches!(&network.endpoints, Fact::Missing(why) if why.contains("describe-vpc-endpoints"))
    );
}

#[test]
fn half_an_account_is_an_error_that_names_the_file() {
    let with = |at: usize, value: Value| {
        let mut files = answers();
        files[at].1 = value;
        files
    };
    let cut = with(1, json!({"Subnets": [], "NextToken": "more"}));
    assert!(error(&cut).contains("subnets.json") && error(&cut).contains("NextToken"));
    let shape = with(1, json!({"Subnets": {"SubnetId": "subnet-1"}}));
    assert!(
        error(&shape).contains("`Subnets` has another shape"),
        "{}",
        error(&shape)
    );
    let nameless = with(1, json!({"Entries": [{"Cidr": "10.0.0.0/8"}]}));
    assert!(error(&nameless).contains("entries-pl-0123.json"));
    let mut twice = answers();
    twice.push((
        "again/subnets.json",
        json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-2"}]}),
    ));
    assert!(
        error(&twice).contains("contradicts another file about subnet-1"),
        "{}",
        error(&twice)
    );
    assert!(error(&[("notes.json", json!({"Instances": []}))]).contains("holds none of Vpcs"));
}

#[test]
fn a_file_that_was_cut_is_an_error_and_a_folder_without_a_region_too() {
    let folder = TempDir::new().unwrap();
    save(folder.path(), &answers());
    let text = read(folder.path(), None).unwrap_err().to_string();
    assert!(text.contains("--region"), "{text}");
    fs::write(
        folder.path().join("subnets.json"),
        "{\"Subnets\": [{\"SubnetId\"",
    )
    .unwrap();
    let text = read(folder.path(), Some(&"eu-west-1".parse().unwrap()))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("subnets.json") && text.contains("not whole JSON"),
        "{text}"
    );
}
