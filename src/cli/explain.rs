//! `vpce-guard explain`. The only place that asks DNS.

use super::{
    CliError, Exit,
    arguments::{ExplainFormat, ExplainOptions},
    check::now,
    say, terminal,
};
use crate::app::{
    explain::{self, Account, Destination, Document, Found, Resolution},
    vocabulary::Service,
};
use std::{
    io::{self, BufWriter, Write as _},
    net::{IpAddr, ToSocketAddrs as _},
    sync::mpsc,
    thread,
    time::Duration,
};
#[cfg(feature = "aws")]
use {super::progress::Watch, crate::app::check::Progress, std::sync::Arc};

/// How long DNS may take: a resolver gives up on a server after five seconds
/// and asks the next one.
const DNS_TIMEOUT: Duration = Duration::from_secs(8);

pub(super) fn run(options: &ExplainOptions, quiet: bool) -> Result<Exit, CliError> {
    let account = match &options.source.snapshot {
        Some(path) => explain::saved(path, &options.source.regions, now())?,
        None => live(options, quiet)?,
    };
    let found = explain::find(account.snapshot, &options.subnet)?;
    if !quiet {
        say("note", &account.notes);
        say("note", &found.problems());
    }
    let destination = options
        .destination
        .clone()
        .unwrap_or_else(|| Destination::service(Service::S3));
    let resolution = resolution(options, &found, &destination)?;
    let document = found
        .explain(&destination, &resolution)
        .ok_or(CliError::NotExplained)?;
    write(options.format, &document)?;
    Ok(match document.verdict {
        "endpoint" => Exit::Clean,
        "undecided" => Exit::Incomplete,
        _ => Exit::Violations,
    })
}

fn write(format: ExplainFormat, document: &Document) -> Result<(), CliError> {
    let stdout = io::stdout();
    let terminal = terminal::of_stdout();
    let mut out = BufWriter::new(stdout.lock());
    match format {
        ExplainFormat::Text => document.write_text(terminal, &mut out)?,
        ExplainFormat::Json => document.write_json(&mut out)?,
    }
    Ok(out.flush()?)
}

fn resolution(
    options: &ExplainOptions,
    found: &Found,
    destination: &Destination,
) -> Result<Resolution, CliError> {
    match (found.host(destination), options.addresses.as_slice()) {
        (None, []) => Ok(Resolution::NotAsked),
        (None, _) => Err(CliError::AddressesOfNoName),
        (Some(host), []) => Ok(resolve(&host)),
        (Some(_), addresses) => Ok(Resolution::Given(distinct(addresses.to_vec()))),
    }
}

/// Asks the system's resolver, which may take longer than anyone wants to wait.
fn resolve(host: &str) -> Resolution {
    let (answer, answers) = mpsc::channel();
    // As programs ask: what stands in the hosts file counts, too.
    let question = (host.to_owned(), 443);
    thread::spawn(move || {
        // Nobody listens any more where it took too long.
        let _ = answer.send(question.to_socket_addrs());
    });
    match answers.recv_timeout(DNS_TIMEOUT) {
        Ok(Ok(addresses)) => {
            Resolution::Asked(distinct(addresses.map(|address| address.ip()).collect()))
        }
        Ok(Err(error)) => Resolution::Failed(error.to_string()),
        Err(_) => Resolution::Failed(format!(
            "DNS gave no answer in {} seconds",
            DNS_TIMEOUT.as_secs()
        )),
    }
}

fn distinct(mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(feature = "aws")]
fn live(options: &ExplainOptions, quiet: bool) -> Result<Account, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let progress = Arc::new(Progress::default());
    let watch = Watch::new(Arc::clone(&progress), quiet);
    let place = crate::app::check::Live {
        progress,
        profile: options.source.profile.clone(),
        regions: options.source.regions.clone(),
        all_regions: options.source.all_regions,
    };
    let account = runtime.block_on(watch.over(Box::pin(explain::live(&place, now))));
    watch.vanish();
    Ok(account?)
}

#[cfg(not(feature = "aws"))]
fn live(_: &ExplainOptions, _: bool) -> Result<Account, CliError> {
    Err(CliError::NoAws)
}
