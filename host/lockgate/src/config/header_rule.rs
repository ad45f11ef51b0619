//! Header fields that an allow rule adds to requests to its origin. A file names where a secret is, and never holds one: an
//! environment variable, or a token that lockgate mints. Where a token may be sent is checked in `assemble`.

use crate::mistake::Mistake;
use crate::platform::TokenScope;

/// What a value begins with that is a token of lockgate's own.
const TOKEN: &str = "azure:";
/// The only field that carries one.
const TOKEN_FIELD: &str = "authorization";

/// A header field that is added to requests to an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderRule {
    /// The origin.
    pub(crate) origin: String,
    /// The field's name.
    pub(crate) field: String,
    /// What it carries.
    pub(crate) value: HeaderValue,
    /// The key of the rule below that of its gate, or the flag without its dashes.
    pub(crate) key: String,
}

/// What a header field carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderValue {
    /// A secret.
    Variable {
        /// The text before the secret, such as `Bearer `.
        prefix: String,
        /// The environment variable that holds the secret.
        name: String,
    },
    /// A token for a service of Azure's, behind `Bearer `.
    Token(TokenScope),
}

impl HeaderRule {
    /// Reads a value such as `Bearer env:NAME` or `azure:SCOPE`.
    ///
    /// # Errors
    /// When the value names neither a variable nor a scope: a file never holds a secret.
    pub(crate) fn parse(
        key: &str,
        origin: &str,
        field: &str,
        value: &str,
    ) -> Result<HeaderRule, Mistake> {
        let value = match value.split_once(TOKEN) {
            Some((prefix, scope)) if ["", "Bearer "].contains(&prefix) => {
                token(origin, field, prefix, scope)?
            }
            _ => variable(origin, field, value)?,
        };
        Ok(HeaderRule {
            origin: origin.to_owned(),
            field: field.to_owned(),
            value,
            key: key.to_owned(),
        })
    }

    /// Returns the scope of the token that it carries, if it does.
    pub(crate) fn scope(&self) -> Option<&TokenScope> {
        match &self.value {
            HeaderValue::Variable { .. } => None,
            HeaderValue::Token(scope) => Some(scope),
        }
    }
}

fn token(origin: &str, field: &str, prefix: &str, scope: &str) -> Result<HeaderValue, Mistake> {
    if !field.eq_ignore_ascii_case(TOKEN_FIELD) {
        let what = format!("header {field} for {origin} cannot carry a token of lockgate's own");
        return Err(Mistake::new(what).with_help(format!("write it as header.{TOKEN_FIELD}")));
    }
    if !prefix.is_empty() {
        let what = format!("header {field} for {origin} has a word before {TOKEN}");
        let help = format!("write \"{TOKEN}{scope}\" alone; lockgate puts Bearer before the token");
        return Err(Mistake::new(what).with_help(help));
    }
    let parsed = TokenScope::parse(scope);
    let parsed =
        parsed.map_err(|error| Mistake::new(format!("header {field} for {origin}: {error}")))?;
    Ok(HeaderValue::Token(parsed))
}

fn variable(origin: &str, field: &str, value: &str) -> Result<HeaderValue, Mistake> {
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let named = value.split_once("env:").filter(|(_, name)| is_name(name));
    let (prefix, name) = named.ok_or_else(|| {
        let what = format!("header {field} for {origin} names no environment variable");
        Mistake::new(what).with_help(
            "write it like \"Bearer env:NAME\", so that no file holds a secret; or \"azure:SCOPE\" for a token of \
             lockgate's own",
        )
    })?;
    Ok(HeaderValue::Variable {
        prefix: prefix.to_owned(),
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://api.loganalytics.io";

    fn parse(field: &str, value: &str) -> Result<HeaderValue, String> {
        let rule = HeaderRule::parse("header", ORIGIN, field, value);
        rule.map(|rule| rule.value)
            .map_err(|mistake| format!("{}; {}", mistake.message, mistake.help.unwrap_or_default()))
    }

    #[test]
    fn value_names_a_variable_or_a_scope() {
        let variable = |prefix: &str, name: &str| {
            Ok(HeaderValue::Variable {
                prefix: prefix.to_owned(),
                name: name.to_owned(),
            })
        };
        assert_eq!(parse("x-key", "env:KEY"), variable("", "KEY"));
        assert_eq!(
            parse("authorization", "Bearer env:KEY"),
            variable("Bearer ", "KEY")
        );
        let token = Ok(HeaderValue::Token(TokenScope::parse(ORIGIN).unwrap()));
        assert_eq!(parse("authorization", &format!("azure:{ORIGIN}")), token);
        assert_eq!(
            parse("Authorization", &format!("azure:{ORIGIN}/.default")),
            token
        );
    }

    #[test]
    fn every_other_value_is_one_mistake_that_says_what_to_write() {
        for (field, value, says) in [
            ("authorization", "hunter2", "names no environment variable"),
            ("authorization", "azure", "names no environment variable"),
            ("authorization", "azure:", "\"\" is no scope"),
            (
                "authorization",
                "azure:env:NAME",
                "\"env:NAME\" is no scope",
            ),
            (
                "authorization",
                "azure:http://api.loganalytics.io",
                "is no scope",
            ),
            (
                "authorization",
                "azure:https://u@api.loganalytics.io",
                "is no scope",
            ),
            (
                "authorization",
                "azure:https://api.loganalytics.io/v1",
                "is no scope",
            ),
            (
                "authorization",
                "azure:https://api.loganalytics.io?x=1",
                "is no scope",
            ),
            (
                "authorization",
                "Bearer azure:https://a.example",
                "write \"azure:https://a.example\" alone",
            ),
            (
                "x-token",
                "azure:https://api.loganalytics.io",
                "write it as header.authorization",
            ),
        ] {
            let mistake = parse(field, value).unwrap_err();
            assert!(mistake.contains(says), "{value}: {mistake}");
        }
    }
}
