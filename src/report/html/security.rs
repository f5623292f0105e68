//! What a browser may do with the page: run its one script, use its one style
//! sheet, and nothing else. Even if a text got through as markup, no script in
//! it would run, and nothing could be loaded or sent.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

/// The page's style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// The page's script.
pub(super) const SCRIPT: &str = include_str!("script.js");

/// The Content-Security-Policy. Hashes work from `file://` as well, where no
/// server could send a header.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}
