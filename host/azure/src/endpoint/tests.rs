//! Endpoints and ids that are accepted, and those that are refused.

use super::*;

#[test]
fn default_endpoint_is_the_public_cloud_with_the_tested_version() {
    let url = Endpoint::default().app_url(&id(), &["revisions", "web--a"]);
    assert_eq!(
        url.as_str(),
        "https://management.azure.com/subscriptions/sub/resourceGroups/my.group/providers/\
         Microsoft.App/containerApps/web/revisions/web--a?api-version=2025-07-01"
    );
}

#[test]
fn plain_http_is_accepted_for_this_machine_alone() {
    for base in [
        "http://127.0.0.1:80",
        "http://[::1]:8080/",
        "http://localhost:1",
    ] {
        assert!(Endpoint::new(base).unwrap().is_plain_loopback(), "{base}");
    }
    for base in [
        "http://management.azure.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "http://[::2]",
    ] {
        let error = Endpoint::new(base).unwrap_err();
        assert!(matches!(error, EndpointError::PlainText { .. }), "{base}");
    }
}

#[test]
fn url_with_more_than_an_address_is_refused() {
    for base in [
        "",
        "management.azure.com",
        "ftp://127.0.0.1",
        "https://user@host",
        "https://host/?x=1",
        "https://host/#x",
    ] {
        let error = Endpoint::new(base).unwrap_err();
        assert!(matches!(error, EndpointError::Malformed { .. }), "{base}");
    }
}

#[test]
fn endpoint_keeps_its_path() {
    for base in ["https://host/arm", "https://host/arm/"] {
        let url = Endpoint::new(base).unwrap().app_url(&id(), &[]);
        assert!(url.path().starts_with("/arm/subscriptions/sub/"), "{url}");
    }
}

#[test]
fn endpoint_owns_urls_of_its_scheme_host_and_port_alone() {
    let endpoint = Endpoint::default();
    let owns = |text: &str| endpoint.owns(&Url::parse(text).unwrap());
    assert!(owns("https://MANAGEMENT.azure.com:443/x?y"));
    for other in [
        "http://management.azure.com/",
        "https://management.azure.com:8443/",
        "https://management.azure.com.example.com/",
        "https://eastus.management.azure.com/",
    ] {
        assert!(!owns(other), "{other}");
    }
}

#[test]
fn revision_url_is_an_origin_in_the_chosen_scheme() {
    let mut endpoint = Endpoint::default();
    let url = |endpoint: &Endpoint, host| endpoint.revision_url(host);
    assert_eq!(url(&endpoint, "a.b.io").unwrap(), "https://a.b.io");
    endpoint.revision_scheme = Scheme::Http;
    assert_eq!(
        url(&endpoint, "a.localhost:81").unwrap(),
        "http://a.localhost:81"
    );
    assert_eq!(url(&endpoint, "a b"), None);
}

#[test]
fn name_that_could_change_the_path_is_refused() {
    for name in ["", ".", "..", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a\n"] {
        let error = AppId::new("sub", "group", name).unwrap_err();
        assert!(
            matches!(
                error,
                EndpointError::Name {
                    part: "app name",
                    ..
                }
            ),
            "{name}"
        );
    }
    assert!(AppId::new("sub", "My_group.(1)-ü", "web").is_ok());
}

fn id() -> AppId {
    AppId::new("sub", "my.group", "web").unwrap()
}
