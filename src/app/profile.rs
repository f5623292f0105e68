//! Whether a profile of the AWS configuration exists: the SDK passes over one
//! that does not, and goes on with whatever credentials it finds elsewhere.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// A profile that is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no profile `{name}` in {} or {}: `aws configure list-profiles` lists those that are",
    config.display(),
    credentials.display()
)]
pub struct NoSuchProfile {
    name: String,
    config: PathBuf,
    credentials: PathBuf,
}

/// Checks the profile that is used: `name`, or the environment's.
///
/// # Errors
/// When it is in neither of AWS's two files.
#[expect(
    clippy::disallowed_methods,
    reason = "the places of AWS's files are the environment's"
)]
pub fn check(name: Option<&str>) -> Result<(), NoSuchProfile> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let from_environment = || {
        // With keys in the environment, its profile gives no credentials.
        let keys = variable("AWS_ACCESS_KEY_ID").is_some();
        variable("AWS_PROFILE").filter(|_| !keys)
    };
    let name = match name {
        Some(name) => name.to_owned(),
        None => match from_environment() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => return Ok(()),
        },
    };
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let home = PathBuf::from(home.unwrap_or_default()).join(".aws");
    let place =
        |set: &str, file: &str| variable(set).map_or_else(|| home.join(file), PathBuf::from);
    let config = place("AWS_CONFIG_FILE", "config");
    let credentials = place("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    // A file that cannot be read is the SDK's to complain about.
    let text = |path: &Path| match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(String::new()),
        Err(_) => None,
    };
    let (Some(in_config), Some(in_credentials)) = (text(&config), text(&credentials)) else {
        return Ok(());
    };
    if is_defined(&name, &in_config, &in_credentials) {
        Ok(())
    } else {
        Err(NoSuchProfile {
            name,
            config,
            credentials,
        })
    }
}

/// Sections are `[profile NAME]` in the one file and `[NAME]` in the other.
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.
fn is_defined(name: &str, config: &str, credentials: &str) -> bool {
    let sections = |text: &str, is_config: bool| {
        let heads = text.lines().filter_map(|line| {
            let (head, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
            Some(head.trim())
        });
        let names = heads.filter_map(|head| match head.split_once(char::is_whitespace) {
            Some(("profile", name)) if is_config => Some(name.trim()),
            _ if is_config => (head == "default").then_some(head),
            _ => Some(head),
        });
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let all = [sections(config, true), sections(credentials, false)].concat();
    all.iter().any(|known| known.trim_matches('"') == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_in_either_file() {
        let config = "[default]\nregion = eu-west-1\n[profile prod] ; comment\n[ profile dev ]\n[sso-session corp]";
        let credentials = "[ci]\naws_access_key_id = x";
        for name in ["default", "prod", "dev", "ci"] {
            assert!(is_defined(name, config, credentials), "{name}");
        }
        for name in ["pro", "corp", "profile", "sso-session corp", ""] {
            assert!(!is_defined(name, config, credentials), "{name}");
        }
    }
}
