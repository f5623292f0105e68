//! Saved accounts: folders of AWS CLI answers as they are, and one document.

use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;
use vpce_guard::{
    collect::saved::{Saved, SavedError, read},
    domain::{fact::Fact, snapshot::Snapshot},
    evidence::Window,
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
    read(folder.path(), &["eu-west-1".parse().unwrap()]).map(snapshot)
}

fn snapshot(saved: Saved) -> Snapshot {
    let now = "2026-11-30T12:00:00Z".parse().unwrap();
    let window = Window {
        start: now,
        end: now,
    };
    saved.record.interpret(window).snapshot
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
    let snapshot = snapshot(read(folder.path(), &[]).unwrap());
    let places: Vec<_> = snapshot
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
        error(&twice).contains("contradict each other about subnet-1"),
        "{}",
        error(&twice)
    );
    assert!(error(&[("notes.json", json!({"Instances": []}))]).contains("holds none of Vpcs"));
}

/// Reads a folder whose files do not say their Region.
fn read_as(answers: &[(&str, Value)], regions: &[&str]) -> Result<Saved, SavedError> {
    let folder = TempDir::new().unwrap();
    save(folder.path(), answers);
    let regions: Vec<_> = regions.iter().map(|name| name.parse().unwrap()).collect();
    read(folder.path(), &regions)
}

fn read_text(name: &str, text: &[u8]) -> Result<Saved, SavedError> {
    let folder = TempDir::new().unwrap();
    save(folder.path(), &answers());
    fs::write(folder.path().join(name), text).unwrap();
    read(folder.path(), &["eu-west-1".parse().unwrap()])
}

#[test]
fn a_file_that_was_cut_is_an_error_that_names_file_and_line() {
    for (text, part) in [
        ("{\"Subnets\": [\n{\"SubnetId\"", "line 2"),
        ("{\"Subnets\": []} {}", "trailing characters"),
        ("", "is empty"),
        (" \n", "is empty"),
        ("Unable to locate credentials", "not whole JSON"),
    ] {
        let error = read_text("subnets.json", text.as_bytes()).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("subnets.json") && error.contains(part),
            "{error}"
        );
    }
}

#[test]
fn another_shape_is_an_error_that_names_file_key_and_line() {
    for (text, key) in [
        ("{\"Vpcs\": [], \"Subnets\": 3}", "`Subnets`"),
        ("{\"Subnets\": [{\"SubnetId\": 7}]}", "`Subnets`"),
        ("{\"RouteTables\": [{\"Routes\": {}}]}", "`RouteTables`"),
        ("{\"Entries\": [{}]}", "`Entries`"),
        ("{\"PrefixLists\": null}", "`PrefixLists`"),
    ] {
        let error = read_text("odd-pl-1.json", text.as_bytes()).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("odd-pl-1.json")
                && error.contains(&format!("{key} has another shape"))
                && error.contains("line 1"),
            "{error}"
        );
    }
}

#[test]
fn files_as_windows_writes_them_are_read() {
    let text = json!({"Subnets": [{"SubnetId": "subnet-2", "VpcId": "vpc-1"}]}).to_string();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(bytes).collect::<Vec<u8>>()
    };
    for bytes in [
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ] {
        let network = &snapshot(read_text("more.JSON", &bytes).unwrap()).networks[0];
        assert_eq!(network.subnets.known().unwrap().len(), 2);
    }
}

#[test]
fn a_token_that_says_nothing_is_no_further_page() {
    for token in [json!(null), json!("")] {
        let mut files = answers();
        files[1].1["NextToken"] = token;
        assert!(read_folder(&files).unwrap().networks[0].is_whole());
    }
}

#[test]
fn files_that_hold_something_else_are_noted_once_and_not_each() {
    let mut files = answers();
    for name in ["a/1.json", "a/2.json", "a/3.json"] {
        files.push((name, json!({"NatGateways": [{"NatGatewayId": "nat-1"}]})));
    }
    files.push(("list.json", json!([1, {"Subnets": []}])));
    files.push(("text.json", json!("text")));
    files.push((
        "report.json",
        json!({"schema": "vpce-guard/report/1", "subnets": []}),
    ));
    let notes = read_as(&files, &["eu-west-1"]).unwrap().notes;
    let about = |part: &str| notes.iter().filter(|note| note.contains(part)).count();
    assert_eq!(about("`NatGateways` is not used"), 1, "{notes:?}");
    assert_eq!(about("and 2 more"), 1, "{notes:?}");
    assert_eq!(about("no AWS answer"), 1, "{notes:?}");
}

#[test]
fn the_region_comes_from_the_contents_where_they_are_certain() {
    let saved = read_as(&answers(), &[]).unwrap();
    assert!(saved.notes.iter().any(|note| note.contains("eu-west-1")));
    assert_eq!(
        snapshot(saved),
        snapshot(read_as(&answers(), &["eu-west-1"]).unwrap())
    );
    // Only the zones say it.
    let mut files = answers();
    files.truncate(3);
    files[1].1["Subnets"][0]["AvailabilityZone"] = json!("us-west-2-lax-1a");
    let saved = read_as(&files, &[]).unwrap();
    assert_eq!(saved.record.targets[0].region.as_str(), "us-west-2");
}

#[test]
fn a_region_that_nothing_says_is_asked_for() {
    let mut files = answers();
    files.truncate(3);
    let error = read_as(&files, &[]).unwrap_err().to_string();
    assert!(
        error.contains("vpcs.json") || error.contains("subnets.json"),
        "{error}"
    );
    assert!(error.contains("--region"), "{error}");
}

#[test]
fn answers_of_two_regions_in_one_folder_are_not_judged_as_one() {
    let mut files = answers();
    files[1].1["Subnets"][0]["AvailabilityZone"] = json!("us-east-1b");
    for regions in [&[][..], &["eu-west-1"]] {
        let error = read_as(&files, regions).unwrap_err().to_string();
        assert!(error.contains("eu-west-1, us-east-1"), "{error}");
    }
}

#[test]
fn a_region_that_is_not_there_is_an_error_that_names_those_that_are() {
    let folder = TempDir::new().unwrap();
    for region in ["eu-west-1", "us-east-1"] {
        save(&folder.path().join(region), &answers());
    }
    for asked in [&["eu-west-2"][..], &["eu-west-1", "eu-west-2"]] {
        let asked: Vec<_> = asked.iter().map(|name| name.parse().unwrap()).collect();
        let error = read(folder.path(), &asked).unwrap_err().to_string();
        assert!(error.contains("nothing of eu-west-2"), "{error}");
        assert!(error.contains("eu-west-1, us-east-1"), "{error}");
    }
    let one = read(folder.path(), &["us-east-1".parse().unwrap()]).unwrap();
    assert_eq!(one.record.targets.len(), 1);
    // Without folders the contents say it.
    let error = read_as(&answers(), &["us-east-1"]).unwrap_err().to_string();
    assert!(error.contains("it holds eu-west-1"), "{error}");
}

#[test]
fn the_same_file_twice_is_no_contradiction_and_two_contents_name_both_files() {
    let mut files = answers();
    files.push(("copy/subnets.json", files[1].1.clone()));
    assert_eq!(
        read_folder(&files).unwrap(),
        read_folder(&answers()).unwrap()
    );
    files[5].1["Subnets"][0]["EnableDns64"] = json!(false);
    let text = error(&files);
    for part in [
        "/subnets.json and ",
        "copy/subnets.json contradict",
        "subnet-1",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn the_order_of_items_does_not_matter() {
    let mut files = answers();
    files[1].1["Subnets"]
        .as_array_mut()
        .unwrap()
        .push(json!({"SubnetId": "subnet-0", "VpcId": "vpc-1", "OwnerId": "111122223333"}));
    files[4].1["PrefixLists"][0]["Cidrs"]
        .as_array_mut()
        .unwrap()
        .push(json!("18.34.32.0/20"));
    let one = read_folder(&files).unwrap();
    for (at, pointer) in [(1, "/Subnets"), (4, "/PrefixLists/0/Cidrs")] {
        let items = files[at].1.pointer_mut(pointer).unwrap();
        items.as_array_mut().unwrap().reverse();
    }
    assert_eq!(read_folder(&files).unwrap(), one);
}

#[test]
fn an_id_of_another_kind_loses_the_list_and_the_file_is_named() {
    let mut files = answers();
    files[1].1["Subnets"][0]["SubnetId"] = json!("vpc-1");
    let saved = read_as(&files, &["eu-west-1"]).unwrap();
    let note = &saved.notes[0];
    assert!(
        note.contains("subnets.json") && note.contains("`vpc-1` is not a subnet id"),
        "{note}"
    );
    let network = &snapshot(saved).networks[0];
    assert!(matches!(&network.subnets, Fact::Missing(_)));
    assert!(network.problems[0].message.contains("`vpc-1`"));
}

#[test]
fn an_item_without_an_id_loses_the_list() {
    let mut files = answers();
    files[2].1["RouteTables"][0]
        .as_object_mut()
        .unwrap()
        .remove("RouteTableId");
    let network = &read_folder(&files).unwrap().networks[0];
    assert!(matches!(&network.route_tables, Fact::Missing(_)));
}

#[test]
fn managed_lists_and_their_entries_are_enough() {
    let mut files = answers();
    files[4] = (
        "lists/managed.json",
        json!({"ManagedPrefixLists": [{"PrefixListId": LIST, "PrefixListName": "com.amazonaws.eu-west-1.s3",
            "OwnerId": "AWS", "AddressFamily": "IPv4", "State": "create-complete"}]}),
    );
    files.push((
        "lists/deep/entries-pl-6da54004.json",
        json!({"Entries": [{"Cidr": "3.5.64.0/21"}, {"Cidr": "52.218.0.0/17"}]}),
    ));
    assert_eq!(
        read_folder(&files).unwrap(),
        read_folder(&answers()).unwrap()
    );
    // Entries alone do not say which lists there are.
    files.remove(4);
    let network = &read_folder(&files).unwrap().networks[0];
    assert!(matches!(&network.prefix_lists, Fact::Missing(_)));
}

#[test]
fn a_list_that_comes_without_blocks_is_not_taken_for_empty() {
    let mut files = answers();
    files[4].1["PrefixLists"][0]["Cidrs"] = json!([]);
    let network = &read_folder(&files).unwrap().networks[0];
    let lists = network.prefix_lists.known().unwrap();
    let cidrs = &lists.values().next().unwrap().cidrs;
    assert!(matches!(cidrs, Fact::Missing(_)));
}

#[test]
fn a_document_with_a_place_that_is_none_is_an_error() {
    let with = |key: &str, value: Value| {
        let mut target = json!({"account_id": "111122223333", "region": "eu-west-1", "Vpcs": []});
        target[key] = value;
        error(&[(
            "all.json",
            json!({"schema": "vpce-guard/snapshot/1", "targets": [target]}),
        )])
    };
    assert!(with("region", json!("Ireland")).contains("`region` has another shape"));
    assert!(with("account_id", json!("me")).contains("`account_id` has another shape"));
    assert!(with("Subnets", json!({})).contains("`Subnets` has another shape"));
    let schema = json!({"schema": "vpce-guard/snapshot/2", "targets": []});
    assert!(error(&[("all.json", schema)]).contains("vpce-guard/snapshot/2"));
    let bare = json!({"schema": "vpce-guard/snapshot/1"});
    assert!(error(&[("all.json", bare)]).contains("`targets`"));
}

#[test]
fn a_document_is_read_whatever_the_order_of_its_keys() {
    let text = r#"{"targets": [{"Vpcs": [{"VpcId": "vpc-1"}], "region": "eu-west-1", "account_id": "111122223333"}],
        "schema": "vpce-guard/snapshot/1"}"#;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("any name");
    fs::write(&path, text).unwrap();
    let saved = read(&path, &[]).unwrap();
    assert_eq!(saved.record.targets[0].region.as_str(), "eu-west-1");
}

#[test]
fn nothing_to_read_is_an_error_that_says_what_to_save() {
    let folder = TempDir::new().unwrap();
    let text = read(folder.path(), &[]).unwrap_err().to_string();
    assert!(text.contains("describe-route-tables"), "{text}");
    fs::write(folder.path().join("notes.txt"), "no JSON").unwrap();
    let text = read(folder.path(), &[]).unwrap_err().to_string();
    assert!(text.contains("*.json"), "{text}");
    let text = read(&folder.path().join("not there"), &[]).unwrap_err();
    assert!(
        text.to_string().contains("not there cannot be read"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn a_circle_of_links_ends() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("111122223333/eu-west-1");
    save(&inner, &answers());
    symlink(folder.path(), inner.join("up")).unwrap();
    symlink("self", inner.join("self")).unwrap();
    let saved = read(folder.path(), &[]).unwrap();
    assert_eq!(saved.record.targets.len(), 1);
    symlink("nowhere", inner.join("subnets-2.json")).unwrap();
    let error = read(folder.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("subnets-2.json cannot be read"), "{error}");
}

#[test]
fn a_snapshot_that_was_not_finished_is_not_judged() {
    let folder = TempDir::new().unwrap();
    save(&folder.path().join("111122223333/eu-west-1"), &answers());
    fs::create_dir(folder.path().join(".unfinished-snapshot")).unwrap();
    let error = read(folder.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("not finished"), "{error}");
}

#[test]
fn nothing_is_concluded_where_the_account_was_not_known() {
    let folder = TempDir::new().unwrap();
    save(&folder.path().join("unknown-account/eu-west-1"), &answers());
    assert_eq!(
        read(folder.path(), &[]).unwrap().record.targets[0].account,
        None
    );
    save(&folder.path().join("444455556666/eu-west-1"), &answers());
    let accounts: Vec<_> = read(folder.path(), &[])
        .unwrap()
        .record
        .targets
        .into_iter()
        .map(|target| target.account.map(|account| account.to_string()))
        .collect();
    assert_eq!(accounts, [None, Some("444455556666".to_owned())]);
}
