//! What may be asked of a URL that a server names, and what of it is shown: never its user, its path or its query. Pure.

use url::{Host, Url};

/// Returns host and port of a URL, for people.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Returns where a URL leads, for people: without its path and query, which may hold a signature.
pub(crate) fn place_of(url: &Url) -> String {
    match url.scheme() {
        "https" => host_of(url),
        "http" => format!("{} in clear text", host_of(url)),
        _ => "an address that is not HTTP".to_owned(),
    }
}

/// Returns whether something may be asked of a URL that a registry names: over TLS, or in clear text on this machine where the
/// registry is on it too and is asked so itself.
pub(crate) fn is_safe(url: &Url, registry: &Url) -> bool {
    let is_here = || url.host().is_some_and(|host| is_loopback(&host));
    match url.scheme() {
        "https" => true,
        "http" => registry.scheme() == "http" && is_here(),
        _ => false,
    }
}

/// Returns a URL that a server wrote, without the user and password in it: the HTTP client would send them.
pub(crate) fn without_user(mut url: Url) -> Url {
    // These fail where there is no host, and then there is no user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Returns whether a host is this machine by its name or address alone.
pub(crate) fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_stays_on_this_machine_and_is_not_named_from_elsewhere() {
        let url = |text: &str| Url::parse(text).unwrap();
        let (here, elsewhere) = (
            url("http://localhost:5000/v2/"),
            url("https://registry.example/v2/"),
        );
        for (text, from_here, from_elsewhere) in [
            ("https://tokens.example/", true, true),
            ("http://127.0.0.1:1/", true, false),
            ("http://[::1]/", true, false),
            ("http://LOCALHOST/", true, false),
            ("http://localhost.example/", false, false),
            ("http://10.0.0.1/", false, false),
            ("ftp://localhost/", false, false),
        ] {
            assert_eq!(is_safe(&url(text), &here), from_here, "{text}");
            assert_eq!(is_safe(&url(text), &elsewhere), from_elsewhere, "{text}");
        }
    }

    #[test]
    fn place_is_shown_without_what_may_be_a_secret() {
        for (text, shown) in [
            ("https://a.example/s3cret?s3cret#s3cret", "a.example"),
            ("http://u:s3cret@a.example:80/", "a.example in clear text"),
            ("https://a.example:444/", "a.example:444"),
            ("data:s3cret", "an address that is not HTTP"),
        ] {
            assert_eq!(place_of(&Url::parse(text).unwrap()), shown);
        }
    }
}
