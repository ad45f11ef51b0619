//! Each host of the table in each cloud, and the hosts that only look like one.

use super::{AzureService, Endpoint, TokenOriginError, TokenScope, management_scope, service_at};

fn scope(text: &str) -> TokenScope {
    TokenScope::parse(text).unwrap()
}

fn found(origin: &str, text: &str) -> Result<AzureService, TokenOriginError> {
    service_at(origin, &scope(text), &Endpoint::default())
}

/// Asks with the management API of the cloud.
fn found_in(management: &str, origin: &str, text: &str) -> Result<AzureService, TokenOriginError> {
    let endpoint = Endpoint::new(&format!("https://{management}")).unwrap();
    service_at(origin, &scope(text), &endpoint)
}

/// The hosts of services by the management API of their cloud, each with the host of the scope of its tokens.
const CLOUDS: [(&str, &[(&str, &str)]); 3] = [
    (
        "management.azure.com",
        &[
            ("api.loganalytics.io", "api.loganalytics.io"),
            ("api.loganalytics.azure.com", "api.loganalytics.io"),
            ("api.loganalytics.azure.com", "api.loganalytics.azure.com"),
            ("api.applicationinsights.io", "api.applicationinsights.io"),
            (
                "api.applicationinsights.azure.com",
                "api.applicationinsights.io",
            ),
            (
                "team-a1b2.westeurope.prometheus.monitor.azure.com",
                "prometheus.monitor.azure.com",
            ),
            (
                "query.westeurope.prometheus.monitor.azure.com",
                "prometheus.monitor.azure.com",
            ),
            (
                "westeurope.metrics.monitor.azure.com",
                "metrics.monitor.azure.com",
            ),
            ("management.azure.com", "management.azure.com"),
        ],
    ),
    (
        "management.usgovcloudapi.net",
        &[
            ("api.loganalytics.us", "api.loganalytics.us"),
            ("api.applicationinsights.us", "api.applicationinsights.us"),
            (
                "a.usgovvirginia.prometheus.monitor.azure.us",
                "prometheus.monitor.azure.us",
            ),
            (
                "usgovvirginia.metrics.monitor.azure.us",
                "metrics.monitor.azure.us",
            ),
            (
                "management.usgovcloudapi.net",
                "management.usgovcloudapi.net",
            ),
        ],
    ),
    (
        "management.chinacloudapi.cn",
        &[
            ("api.loganalytics.azure.cn", "api.loganalytics.azure.cn"),
            (
                "api.applicationinsights.azure.cn",
                "api.applicationinsights.azure.cn",
            ),
            (
                "a.chinanorth3.prometheus.monitor.azure.cn",
                "prometheus.monitor.azure.cn",
            ),
            (
                "chinanorth3.metrics.monitor.azure.cn",
                "metrics.monitor.azure.cn",
            ),
            ("management.chinacloudapi.cn", "management.chinacloudapi.cn"),
        ],
    ),
];

#[test]
fn services_of_each_cloud_take_tokens_for_their_own_scope() {
    for (management, services) in CLOUDS {
        for (host, of) in services {
            let (origin, of) = (format!("https://{host}"), format!("https://{of}"));
            let service = found_in(management, &origin, &of);
            let service = service.unwrap_or_else(|error| panic!("{origin}: {error}"));
            assert_eq!(
                service.reads_only,
                host.starts_with("management."),
                "{origin}"
            );
            assert!(!service.role.is_empty());
        }
    }
}

#[test]
fn spelling_of_an_origin_does_not_matter() {
    for origin in [
        "https://api.loganalytics.io/",
        "https://api.loganalytics.io:443",
        "HTTPS://API.LOGANALYTICS.IO",
    ] {
        assert!(
            found(origin, "https://api.loganalytics.io").is_ok(),
            "{origin}"
        );
    }
}

#[test]
fn host_that_only_looks_like_azures_gets_no_token() {
    for origin in [
        "https://evil-loganalytics.io",
        "https://evil-api.loganalytics.io",
        "https://api.loganalytics.io.evil.example",
        "https://loganalytics.io",
        "https://x.api.loganalytics.io",
        "https://api.loganalytics.io.",
        "https://api.loganalytics.io:8443",
        "http://api.loganalytics.io",
        "https://user@api.loganalytics.io",
        "https://api.loganalytics.io/v1",
        "https://api.loganalytics.io?x",
        "https://аpi.loganalytics.io",
        "https://prometheus.monitor.azure.com",
        "https://evilprometheus.monitor.azure.com",
        "https://a.evilprometheus.monitor.azure.com",
        "https://a.prometheus.monitor.azure.com.evil.example",
        "https://*.prometheus.monitor.azure.com",
        "https://.prometheus.monitor.azure.com",
        "https://a..prometheus.monitor.azure.com",
        "https://a_b.prometheus.monitor.azure.com",
        "https://secrets.vault.azure.net",
        "https://data.blob.core.windows.net",
        "https://graph.microsoft.com",
        "https://shop.azurewebsites.net",
        "https://198.51.100.7",
        "api.loganalytics.io",
        "",
    ] {
        let error = found(origin, "https://api.loganalytics.io").unwrap_err();
        assert!(
            matches!(error, TokenOriginError::NotAzure { .. }),
            "{origin}: {error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("in the public cloud api.loganalytics.io"),
            "{text}"
        );
        assert!(text.contains("*.prometheus.monitor.azure.cn"), "{text}");
    }
}

#[test]
fn token_for_another_scope_than_the_services_own_is_refused() {
    for (origin, of, says) in [
        (
            "https://api.loganalytics.io",
            "https://management.azure.com",
            "takes tokens for https://api.loganalytics.io, not for https://management.azure.com",
        ),
        (
            "https://api.loganalytics.azure.com",
            "https://vault.azure.net",
            "takes tokens for https://api.loganalytics.io or https://api.loganalytics.azure.com, not",
        ),
        (
            "https://a.b.prometheus.monitor.azure.com",
            "https://a.b.prometheus.monitor.azure.com",
            "takes tokens for https://prometheus.monitor.azure.com, not",
        ),
    ] {
        let error = found(origin, of).unwrap_err();
        assert!(
            matches!(error, TokenOriginError::OtherScope { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn token_of_one_cloud_is_not_for_another() {
    let us = "https://api.loganalytics.us";
    let error = found(us, us).unwrap_err();
    assert_eq!(
        error.to_string(),
        "https://api.loganalytics.us is in the US government's cloud, and the management API of azure.endpoint in the \
         public cloud"
    );
    // A management API that is none of Azure's says nothing of the cloud.
    assert!(found_in("arm.example", us, us).is_ok());
}

#[test]
fn this_machine_stands_for_a_service_only_beside_an_emulator() {
    let of = scope("https://api.loganalytics.io");
    for origin in [
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "https://[::1]:8443",
    ] {
        for endpoint in ["http://127.0.0.1:7000", "https://localhost:7443"] {
            let endpoint = Endpoint::new(endpoint).unwrap();
            assert!(service_at(origin, &of, &endpoint).is_ok(), "{origin}");
            // No emulator makes a service of what is none.
            let vault = scope("https://vault.azure.net");
            assert!(service_at(origin, &vault, &endpoint).is_err(), "{origin}");
        }
        let error = service_at(origin, &of, &Endpoint::default()).unwrap_err();
        assert!(
            matches!(error, TokenOriginError::ThisMachine { .. }),
            "{error}"
        );
    }
    // Another machine's address is none of this one's.
    let endpoint = Endpoint::new("http://127.0.0.1:7000").unwrap();
    for origin in [
        "http://10.0.0.1",
        "http://localhost.example",
        "http://0.0.0.0:80",
    ] {
        assert!(service_at(origin, &of, &endpoint).is_err(), "{origin}");
    }
}

#[test]
fn management_api_takes_the_tokens_of_its_own_cloud() {
    for (base, of) in [
        (Endpoint::DEFAULT_BASE, "https://management.azure.com"),
        (
            "https://management.usgovcloudapi.net",
            "https://management.usgovcloudapi.net",
        ),
        (
            "https://management.chinacloudapi.cn",
            "https://management.chinacloudapi.cn",
        ),
        ("http://127.0.0.1:7000", "https://management.azure.com"),
        ("https://arm.example", "https://management.azure.com"),
    ] {
        let endpoint = Endpoint::new(base).unwrap();
        assert_eq!(management_scope(&endpoint).to_string(), of, "{base}");
    }
}
