//! Credentials, settings and clients. Clients are made once per Region and kept.

use super::{
    failure::{Failure, within},
    progress::{CountCalls, Progress},
    whole_answer::WholeAnswer,
};
use crate::domain::ids::{AccountId, Region};
use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, default_provider::region::DefaultRegionChain,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_ec2 as ec2;
use aws_sdk_sts as sts;
use aws_smithy_http_client::tls;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::OnceCell, time::Instant};

/// How to reach AWS. What is not set comes from the SDK's usual places:
/// environment, profile, container, instance.
#[derive(Debug, Clone, Default)]
pub struct AccessSettings {
    /// A profile of the shared configuration.
    pub profile: Option<String>,
    /// The Region to ask about Regions and identity, where the environment names none.
    pub region: Option<Region>,
    /// Moved by every call, for whoever watches.
    pub progress: Arc<Progress>,
}

/// Attempts per call, the first included. Throttling by EC2 refills 20 calls
/// per second, so a few short waits are enough, or nothing is.
const ATTEMPTS: u32 = 5;

/// Credentials for one account, with the clients that use them.
#[derive(Debug)]
pub struct Access {
    config: SdkConfig,
    home: Option<Region>,
    clients: Mutex<BTreeMap<Region, Clients>>,
    identity: OnceCell<AccountId>,
    progress: Arc<Progress>,
}

/// The clients of one Region.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub(super) ec2: ec2::Client,
    pub(super) cloudwatch: cloudwatch::Client,
}

impl Access {
    /// Reads settings and finds credentials. Opens no connection unless the
    /// environment gives no Region or no credentials.
    pub async fn load(settings: &AccessSettings) -> Self {
        let config = loader(settings).await.load().await;
        let home = config
            .region()
            .and_then(|region| region.as_ref().parse().ok());
        Self {
            config,
            home,
            clients: Mutex::default(),
            identity: OnceCell::new(),
            progress: Arc::clone(&settings.progress),
        }
    }

    /// The Region of the environment.
    #[must_use]
    pub fn home(&self) -> Option<&Region> {
        self.home.as_ref()
    }

    /// The SDK's settings, for what else talks to AWS.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn clients(&self, region: &Region) -> Clients {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.clone())
            .or_insert_with(|| {
                let config = self
                    .config
                    .to_builder()
                    .region(aws_config::Region::new(region.to_string()))
                    .build();
                Clients {
                    ec2: ec2::Client::from_conf(
                        ec2::config::Builder::from(&config)
                            .interceptor(WholeAnswer)
                            .interceptor(CountCalls(Arc::clone(&self.progress)))
                            .build(),
                    ),
                    cloudwatch: cloudwatch::Client::from_conf(
                        cloudwatch::config::Builder::from(&config)
                            .interceptor(CountCalls(Arc::clone(&self.progress)))
                            .build(),
                    ),
                }
            })
            .clone()
    }

    /// The account of the credentials; asked once, and again only after a failure.
    pub(super) async fn identity(&self, deadline: Option<Instant>) -> Result<AccountId, Failure> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let account = self.identity.get_or_try_init(|| async {
            let client = sts::Client::from_conf(
                sts::config::Builder::from(&self.config)
                    .interceptor(WholeAnswer)
                    .interceptor(CountCalls(Arc::clone(&self.progress)))
                    .build(),
            );
            let call = async {
                client
                    .get_caller_identity()
                    .send()
                    .await
                    .map_err(|error| Failure::of_call(OPERATION, &error))
            };
            within(deadline, OPERATION, call)
                .await?
                .account()
                .unwrap_or_default()
                .parse()
                .map_err(|error| Failure::of_answer(OPERATION, &error))
        });
        account.await.cloned()
    }

    /// The Regions that are enabled for the account.
    pub(super) async fn enabled_regions(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Vec<Region>, Failure> {
        const OPERATION: &str = "ec2:DescribeRegions";
        let home = self.home().ok_or_else(|| Failure::no_region(OPERATION))?;
        let client = self.clients(home).ec2;
        let call = async {
            client
                .describe_regions()
                .send()
                .await
                .map_err(|error| Failure::of_call(OPERATION, &error))
        };
        let answer = within(deadline, OPERATION, call).await?;
        let regions: Result<Vec<Region>, _> = answer
            .regions()
            .iter()
            // The call leaves Regions out that are not enabled; the filter
            // says so again, since an emulator may not.
            .filter(|region| region.opt_in_status() != Some("not-opted-in"))
            .map(|region| region.region_name().unwrap_or_default().parse())
            .collect();
        match regions {
            Ok(regions) if regions.is_empty() => Err(Failure::of_answer(
                OPERATION,
                &std::io::Error::other("no Region is enabled, which cannot be"),
            )),
            Ok(regions) => Ok(regions),
            Err(error) => Err(Failure::of_answer(OPERATION, &error)),
        }
    }
}

async fn loader(settings: &AccessSettings) -> ConfigLoader {
    // One HTTP client for all: its certificates are read once.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::AwsLc,
        ))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(250))
                .with_max_backoff(Duration::from_secs(5)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .read_timeout(Duration::from_secs(15))
                .operation_attempt_timeout(Duration::from_secs(20))
                .operation_timeout(Duration::from_mins(1))
                .build(),
        );
    if let Some(profile) = &settings.profile {
        // By its name alone, keys in the environment would win over it.
        let region = if let Some(region) = &settings.region {
            Some(aws_config::Region::new(region.to_string()))
        } else {
            let chain = DefaultRegionChain::builder().profile_name(profile);
            chain.build().region().await
        };
        let config = ProviderConfig::without_region()
            .with_region(region)
            .with_http_client(http);
        let credentials = ProfileFileCredentialsProvider::builder()
            .profile_name(profile)
            .configure(&config)
            .build();
        loader = loader
            .profile_name(profile)
            .credentials_provider(credentials);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(aws_config::Region::new(region.to_string()));
    }
    loader
}
