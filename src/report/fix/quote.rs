//! Text of others in code of ours.

use std::fmt::Write as _;

/// A word of a shell command.
pub(super) fn shell(text: &str) -> String {
    // No argument of a program can hold a NUL.
    let text = text.replace('\0', "");
    shlex::try_quote(&text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// A string of HCL. A doubled `$` or `%` keeps what follows from being a template.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/strings>.
pub(super) fn hcl(text: &str) -> String {
    escaped(&text.replace("${", "$${").replace("%{", "%%{"))
}

/// A string of YAML, in the style that knows escapes.
///
/// Source: <https://yaml.org/spec/1.2.2/#57-escaped-characters>.
pub(super) fn yaml(text: &str) -> String {
    escaped(text)
}

/// Within double quotes, everything that is not printable ASCII as `\uXXXX`
/// or `\UXXXXXXXX`, which HCL and YAML both read.
fn escaped(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            ' '..='~' => write!(quoted, "{c}"),
            c if u32::from(c) <= 0xffff => write!(quoted, "\\u{:04x}", u32::from(c)),
            c => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

/// A comment of a line, in all three languages. Nothing in `text` can end it.
pub(super) fn comment(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String = text
        .chars()
        .map(|c| if breaks(c) { ' ' } else { c })
        .collect();
    format!("# {line}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_in_a_name_stays_text() {
        assert_eq!(hcl("a${b}%{c}\"\\"), r#""a$${b}%%{c}\"\\""#);
        assert_eq!(hcl("$${x}"), r#""$$${x}""#);
    }

    #[test]
    fn a_line_break_ends_neither_a_string_nor_a_comment() {
        assert_eq!(yaml("a\n\u{85}\u{1f600}"), r#""a\u000a\u0085\U0001f600""#);
        assert_eq!(comment("a\nrm -rf\u{2028}b"), "# a rm -rf b");
    }

    #[test]
    fn a_shell_takes_a_quoted_text_as_one_word() {
        assert_eq!(shell("rtb-1"), "rtb-1");
        assert_eq!(shell("$(id)"), "'$(id)'");
        assert_eq!(shell(""), "''");
    }
}
