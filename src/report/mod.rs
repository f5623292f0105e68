//! Reports as bytes. Nothing here can fail for a reason of its own.

pub mod answer;
pub mod build;
pub mod explain;
pub mod fix;
pub mod format;
pub mod message;
pub mod wire;

mod asff;
mod claims;
mod csv;
mod html;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod ocsf;
mod sarif;
mod streamed;
mod table;
mod text;

pub use text::harmless;
