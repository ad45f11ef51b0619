//! Which environment variables may hold a secret, by their names and by what a value looks like. Rather takes one too many
//! for a secret than one too few: what is hidden costs a look, what is shown cannot be taken back.

/// What a part of a name ends with that names a secret.
const SECRET_PARTS: [&str; 24] = [
    "AUTH",
    "AUTHORIZATION",
    "BEARER",
    "CERT",
    "CERTIFICATE",
    "CONN",
    "CONNSTR",
    "COOKIE",
    "CRED",
    "CREDS",
    "DSN",
    "JWT",
    "KEY",
    "KEYS",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PAT",
    "PEM",
    "PFX",
    "PRIVATE",
    "PWD",
    "SALT",
    "SAS",
];

/// What names a secret wherever it stands, separators left out.
const SECRET_WORDS: [&str; 6] = [
    "CONNECTIONSTRING",
    "CREDENTIAL",
    "PASSWORD",
    "SECRET",
    "SIGNATURE",
    "TOKEN",
];

/// What stands before a secret in a connection string, in lower case.
const SECRET_FIELDS: [&str; 7] = [
    "password=",
    "pwd=",
    "accountkey=",
    "sharedaccesskey=",
    "instrumentationkey=",
    "sig=",
    "token=",
];

/// Returns whether the name says that the value is a secret, in any case and with any separators: `API_KEY`,
/// `ConnectionStrings__Shop`, `dbPassword`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let parts = parts(name);
    let joined = parts.concat();
    let is_secret = |part: &String| {
        let part = part.trim_end_matches(|c: char| c.is_ascii_digit());
        SECRET_PARTS.contains(&part) || part.ends_with("KEY")
    };
    parts.iter().any(is_secret) || SECRET_WORDS.iter().any(|word| joined.contains(word))
}

/// Returns whether a value looks like one with a secret in it, whatever its name is: a URL with a password, or a connection
/// string.
pub(crate) fn looks_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let authority = lower.split_once("://").map(|(_, rest)| rest);
    let authority = authority.and_then(|rest| rest.split(['/', '?', '#']).next());
    let user = authority.and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':'))
        || lower.contains("-----begin")
        || SECRET_FIELDS.iter().any(|field| lower.contains(field))
}

/// Returns the parts of a name in upper case: between separators, and where small letters turn into capitals.
fn parts(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut parts = vec![String::new()];
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let begins_word = before.is_some_and(|before| {
            let after = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            c.is_ascii_uppercase()
                && (!before.is_ascii_uppercase() || after)
                && before.is_ascii_alphanumeric()
        });
        if begins_word || !c.is_alphanumeric() {
            parts.push(String::new());
        }
        if let (true, Some(part)) = (c.is_alphanumeric(), parts.last_mut()) {
            part.extend(c.to_uppercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_says_whether_its_value_is_a_secret() {
        for name in [
            "API_KEY",
            "api-key",
            "apiKey",
            "APIKey",
            "APIKEY",
            "KEY2",
            "AzureWebJobsStorage__accountKey",
            "client.secret",
            "ClientSecrets",
            "GITHUB_TOKEN",
            "TOKEN",
            "dbPassword",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "ConnectionStrings__Shop",
            "CONNECTION_STRING",
            "GOOGLE_CREDENTIALS",
            "SENTRY_DSN",
            "SAS",
            "Tls.Cert",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "LOG_LEVEL",
            "KEYBOARD",
            "KEYSTONE_URL",
            "PATH",
            "COMPASS",
            "AUTHOR",
            "PORT",
            "DB_URL",
            "FEATURE_X",
            "A",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn value_shows_whether_it_has_a_secret() {
        for value in [
            "postgres://shop:hunter2@db.example/shop",
            "Server=db;User=shop;Password=hunter2",
            "DefaultEndpointsProtocol=https;AccountKey=abc==",
            "https://blob.example/x?sv=1&sig=abc",
            "-----BEGIN PRIVATE KEY-----\nabc",
        ] {
            assert!(looks_secret(value), "{value}");
        }
        for value in [
            "debug",
            "https://shop.example/a@b:c",
            "postgres://db/shop",
            "a=b",
            "",
            "me@example.com",
        ] {
            assert!(!looks_secret(value), "{value}");
        }
    }
}
