//! What host names and other destinations say, as a table.

use std::fmt::Write as _;
use vpce_guard::domain::{
    destination::{Destination, Target},
    host_name::HostName,
    ids::Region,
};

/// `kind region bucket flags` of a host name.
fn read(host: &str) -> String {
    let name = HostName::read(host);
    let mut text = name.kind.name().to_owned();
    let region = name.region.as_ref().map_or("-", |region| region.as_str());
    write!(text, " {region} {}", name.bucket.as_deref().unwrap_or("-")).unwrap();
    for (flag, is) in [("dual", name.dual_stack), ("fips", name.fips)] {
        if is {
            write!(text, " {flag}").unwrap();
        }
    }
    if let Some(endpoint) = name.endpoint {
        write!(text, " {endpoint}").unwrap();
    }
    text
}

#[test]
fn every_name_of_s3_says_its_kind_region_and_bucket() {
    for (host, expected) in [
        ("b.s3.eu-west-1.amazonaws.com", "regional eu-west-1 b"),
        ("s3.eu-west-1.amazonaws.com", "regional eu-west-1 -"),
        ("B.S3.EU-WEST-1.amazonaws.com.", "regional eu-west-1 b"),
        ("a.b.s3.us-east-1.amazonaws.com", "regional us-east-1 a.b"),
        ("b.s3.cn-north-1.amazonaws.com.cn", "regional cn-north-1 b"),
        (
            "b.s3.us-gov-west-1.amazonaws.com",
            "regional us-gov-west-1 b",
        ),
        ("b.s3.us-iso-east-1.c2s.ic.gov", "regional us-iso-east-1 b"),
        ("b.s3.amazonaws.com", "legacy_global - b"),
        ("s3.amazonaws.com", "legacy_global - -"),
        // A bucket may be named like anything.
        (
            "x.us-west-2.s3.amazonaws.com",
            "legacy_global - x.us-west-2",
        ),
        (
            "b.s3.eu-west-1.s3.us-east-1.amazonaws.com",
            "regional us-east-1 b.s3.eu-west-1",
        ),
        ("b.s3-us-west-2.amazonaws.com", "dashed us-west-2 b"),
        ("s3-external-1.amazonaws.com", "dashed us-east-1 -"),
        (
            "s3-fips-us-gov-west-1.amazonaws.com",
            "dashed us-gov-west-1 - fips",
        ),
        (
            "b.s3.dualstack.us-west-2.amazonaws.com",
            "regional us-west-2 b dual",
        ),
        (
            "b.s3-fips.us-east-1.amazonaws.com",
            "regional us-east-1 b fips",
        ),
        (
            "b.s3-fips.dualstack.us-east-1.amazonaws.com",
            "regional us-east-1 b dual fips",
        ),
        (
            "ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
            "access_point eu-west-1 -",
        ),
        (
            "ap-1.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
            "access_point us-east-1 - dual fips",
        ),
        (
            "111122223333.s3-control.eu-west-1.amazonaws.com",
            "control eu-west-1 -",
        ),
        (
            "b.s3-website-us-east-1.amazonaws.com",
            "website us-east-1 b",
        ),
        (
            "b.s3-website.eu-central-1.amazonaws.com",
            "website eu-central-1 b",
        ),
        ("b.s3-accelerate.amazonaws.com", "accelerate - b"),
        (
            "b.s3-accelerate.dualstack.amazonaws.com",
            "accelerate - b dual",
        ),
        (
            "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            "express_zonal us-east-1 b--use1-az4--x-s3",
        ),
        (
            "b.s3express-fips-use1-az4.us-east-1.amazonaws.com",
            "express_zonal us-east-1 b fips",
        ),
        (
            "s3express-control.us-east-1.amazonaws.com",
            "express_control us-east-1 -",
        ),
        (
            "f-111122223333.s3-object-lambda.eu-west-1.amazonaws.com",
            "object_lambda eu-west-1 -",
        ),
        (
            "alias.mrap.accesspoint.s3-global.amazonaws.com",
            "multi_region_access_point - -",
        ),
        (
            "ap-1.op-1.s3-outposts.eu-west-1.amazonaws.com",
            "outposts eu-west-1 -",
        ),
    ] {
        assert_eq!(read(host), expected, "{host}");
    }
}

#[test]
fn the_own_name_of_an_interface_endpoint_says_which_one_it_is() {
    for (host, expected) in [
        (
            "b.bucket.vpce-0a1b-x9y8.s3.eu-west-1.vpce.amazonaws.com",
            "interface_endpoint eu-west-1 b vpce-0a1b",
        ),
        (
            "bucket.vpce-0a1b-x9y8.s3.eu-west-1.vpce.amazonaws.com",
            "interface_endpoint eu-west-1 - vpce-0a1b",
        ),
        (
            "vpce-0a1b-x9y8-eu-west-1a.s3.eu-west-1.vpce.amazonaws.com",
            "interface_endpoint eu-west-1 - vpce-0a1b",
        ),
        (
            "vpce-0a1b-x9y8.dynamodb.eu-west-1.vpce.amazonaws.com",
            "interface_endpoint eu-west-1 - vpce-0a1b",
        ),
    ] {
        assert_eq!(read(host), expected, "{host}");
    }
}

#[test]
fn streams_and_dax_are_not_taken_for_dynamodb() {
    for (host, expected) in [
        ("dynamodb.eu-west-1.amazonaws.com", "dynamodb eu-west-1 -"),
        ("dynamodb.us-east-1.api.aws", "dynamodb us-east-1 - dual"),
        (
            "dynamodb-fips.us-east-1.amazonaws.com",
            "dynamodb us-east-1 - fips",
        ),
        (
            "111122223333.ddb.us-east-1.amazonaws.com",
            "dynamodb_account us-east-1 -",
        ),
        (
            "streams.dynamodb.eu-west-1.amazonaws.com",
            "dynamodb_streams eu-west-1 -",
        ),
        (
            "streams-dynamodb.us-east-1.api.aws",
            "dynamodb_streams us-east-1 - dual",
        ),
        ("dax.eu-west-1.amazonaws.com", "dax eu-west-1 -"),
        (
            "c.x1.dax-clusters.eu-west-1.amazonaws.com",
            "dax eu-west-1 -",
        ),
    ] {
        assert_eq!(read(host), expected, "{host}");
    }
}

#[test]
fn a_name_that_only_looks_like_s3_is_not_taken_for_it() {
    for (host, expected) in [
        ("b.s3.amazonaws.com.example.org", "foreign - -"),
        ("s3.notamazonaws.com", "foreign - -"),
        ("amazonaws.com", "foreign - -"),
        ("images.example.org", "foreign - -"),
        ("d111.cloudfront.net", "cloudfront - -"),
        ("ec2.eu-west-1.amazonaws.com", "other_aws eu-west-1 -"),
        ("b.s3.not-a-region.amazonaws.com", "other_aws - -"),
        ("s3vectors.eu-west-1.api.aws", "other_aws eu-west-1 - dual"),
        ("", "foreign - -"),
        ("...", "foreign - -"),
        ("vpce.amazonaws.com", "other_aws - -"),
    ] {
        assert_eq!(read(host), expected, "{host}");
    }
}

/// `kind: host, bucket, key` of a destination asked about in `region`.
fn destination(text: &str, region: &str) -> String {
    let destination: Destination = match text.parse() {
        Ok(destination) => destination,
        Err(error) => return format!("error: {error}"),
    };
    let region: Region = region.parse().unwrap();
    let what = match &destination.target {
        Target::Service(service) => service.name().to_owned(),
        Target::Address(address) => address.to_string(),
        Target::Bucket | Target::Host(_) => destination.host(&region).unwrap().host,
    };
    let kind = destination.kind();
    let (bucket, key) = (destination.bucket, destination.key);
    format!(
        "{kind}: {what}, {}, {}",
        bucket.as_deref().unwrap_or("-"),
        key.as_deref().unwrap_or("-")
    )
}

#[test]
fn every_way_to_write_a_destination_is_understood() {
    let cases = [
        ("s3", "service: s3, -, -"),
        ("s3express", "service: s3express, -, -"),
        ("52.218.0.1", "address: 52.218.0.1, -, -"),
        ("[2a05:d050::1]", "address: 2a05:d050::1, -, -"),
        ("2a05:d050::1", "address: 2a05:d050::1, -, -"),
        ("https://52.218.0.1:8443/x", "address: 52.218.0.1, -, -"),
        ("https://[2a05:d050::1]/x", "address: 2a05:d050::1, -, -"),
        (
            "https://my-bucket.s3.amazonaws.com/file.jpg",
            "host: my-bucket.s3.amazonaws.com, my-bucket, file.jpg",
        ),
        (
            "HTTPS://user:pass@My-Bucket.S3.Amazonaws.com.:443/a/b?x=1#y",
            "host: my-bucket.s3.amazonaws.com, my-bucket, a/b",
        ),
        (
            "https://s3.eu-west-1.amazonaws.com/my-bucket/a/b",
            "host: s3.eu-west-1.amazonaws.com, my-bucket, a/b",
        ),
        ("https://s3.amazonaws.com/", "host: s3.amazonaws.com, -, -"),
        (
            "my-bucket.s3.eu-west-1.amazonaws.com:443",
            "host: my-bucket.s3.eu-west-1.amazonaws.com, my-bucket, -",
        ),
        (
            "my-bucket.s3.eu-west-1.amazonaws.com/a",
            "host: my-bucket.s3.eu-west-1.amazonaws.com, my-bucket, a",
        ),
        (
            "my-bucket",
            "bucket: my-bucket.s3.amazonaws.com, my-bucket, -",
        ),
        (
            "s3://my.bucket/a/b",
            "bucket: my.bucket.s3.amazonaws.com, my.bucket, a/b",
        ),
        (
            "arn:aws:s3:::my-bucket/a",
            "bucket: my-bucket.s3.amazonaws.com, my-bucket, a",
        ),
        (
            "logs--euw1-az1--x-s3",
            "bucket: logs--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com, logs--euw1-az1--x-s3, -",
        ),
        (
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap",
            "host: ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com, -, -",
        ),
        (
            "arn:aws:s3::111122223333:accesspoint/x.mrap",
            "host: x.mrap.accesspoint.s3-global.amazonaws.com, -, -",
        ),
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            "host: dynamodb.eu-west-1.amazonaws.com, -, -",
        ),
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026",
            "host: streams.dynamodb.eu-west-1.amazonaws.com, -, -",
        ),
        (
            "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/t",
            "host: dynamodb.cn-north-1.amazonaws.com.cn, -, -",
        ),
        ("images.example.org", "host: images.example.org, -, -"),
    ];
    for (text, expected) in cases {
        assert_eq!(destination(text, "eu-west-1"), expected, "{text}");
    }
    // Other partitions have no global name.
    assert_eq!(
        destination("my-bucket", "cn-north-1"),
        "bucket: my-bucket.s3.cn-north-1.amazonaws.com.cn, my-bucket, -"
    );
    assert_eq!(
        destination("my-bucket", "us-gov-west-1"),
        "bucket: my-bucket.s3.us-gov-west-1.amazonaws.com, my-bucket, -"
    );
}

#[test]
fn a_name_of_another_partition_is_known_as_one_of_aws() {
    for (host, expected) in [
        (
            "b.s3.eusc-de-east-1.amazonaws.eu",
            "regional eusc-de-east-1 b",
        ),
        (
            "dynamodb.eusc-de-east-1.api.amazonwebservices.eu",
            "dynamodb eusc-de-east-1 - dual",
        ),
        (
            "dynamodb.cn-north-1.api.amazonwebservices.com.cn",
            "dynamodb cn-north-1 - dual",
        ),
        (
            "b.s3.us-isob-east-1.sc2s.sgov.gov",
            "regional us-isob-east-1 b",
        ),
        (
            "b.s3.eu-isoe-west-1.cloud.adc-e.uk",
            "regional eu-isoe-west-1 b",
        ),
        (
            "b.s3.us-isof-south-1.csp.hci.ic.gov",
            "regional us-isof-south-1 b",
        ),
        (
            "dynamodb.us-isof-south-1.api.aws.hci.ic.gov",
            "dynamodb us-isof-south-1 - dual",
        ),
    ] {
        assert_eq!(read(host), expected, "{host}");
    }
    for (region, host) in [
        ("eusc-de-east-1", "b-1.s3.eusc-de-east-1.amazonaws.eu"),
        ("eu-isoe-west-1", "b-1.s3.eu-isoe-west-1.cloud.adc-e.uk"),
        ("us-isof-south-1", "b-1.s3.us-isof-south-1.csp.hci.ic.gov"),
    ] {
        assert_eq!(
            destination("b-1", region),
            format!("bucket: {host}, b-1, -")
        );
    }
    assert_eq!(
        destination(
            "arn:aws-eusc:dynamodb:eusc-de-east-1:111122223333:table/t",
            "eusc-de-east-1"
        ),
        "host: dynamodb.eusc-de-east-1.amazonaws.eu, -, -"
    );
}

#[test]
fn what_names_no_destination_is_refused_with_the_reason() {
    for (text, why) in [
        ("", "a bucket has"),
        ("ab", "a bucket has"),
        ("My_Bucket", "a bucket has"),
        ("52.218.0.0/17", "a block of addresses"),
        ("52.218.1", "four numbers"),
        ("https://", "empty host"),
        ("ftp://my-bucket.s3.amazonaws.com/x", "`ftp:`"),
        ("arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1", "`ec2`"),
        ("arn:aws:s3", "six parts"),
        (
            "arn:aws:s3-object-lambda:nowhere:1:accesspoint/x",
            "names a Region",
        ),
    ] {
        let told = destination(text, "eu-west-1");
        assert!(
            told.starts_with("error: ") && told.contains(why),
            "{text}: {told}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in "(https://|s3://|arn:aws:)?[a-z0-9.:/@%\\[\\]é-]{0,60}(\\.amazonaws\\.com)?") {
        let home: Region = "eu-west-1".parse().unwrap();
        if let Ok(destination) = text.parse::<Destination>() {
            // A host that was read says the same when it is read again.
            if let Some(host) = destination.host(&home) {
                proptest::prop_assert_eq!(&HostName::read(&host.host), &host);
            }
        }
    }
}
