//! Managed identity, Entra and the assertions of CI systems, and the use of their tokens at ARM.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::*;

const TENANT: &str = "00000000-0000-0000-0000-000000000001";
const CLIENT: &str = "00000000-0000-0000-0000-000000000002";
const RESOURCE: &str = "https://management.azure.com/";

impl Bench {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.emulator.control_url());
        self.client.request(method, url)
    }

    /// Returns a token of the App Service protocol.
    async fn token(&self) -> String {
        let path = format!("/msi/token?api-version=2019-08-01&resource={RESOURCE}");
        let request = self.request(Method::GET, &path);
        let (status, body) = ask(request.header("x-identity-header", "emulated-header")).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn github(&self) -> String {
        let path = "/_identity/github/token?audience=api%3A%2F%2FAzureADTokenExchange";
        let request = self.request(Method::GET, path);
        let (status, body) = ask(request.bearer_auth("emulated-github-token")).await;
        assert_eq!(status, 200, "{body}");
        body["value"].as_str().unwrap().to_owned()
    }

    /// Requests a token from Entra. `members` are added to the form or replace its own.
    async fn exchange(&self, tenant: &str, members: &[(&str, &str)]) -> Answered {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("scope", "https://management.azure.com/.default"),
        ];
        form.retain(|(name, _)| members.iter().all(|(other, _)| other != name));
        form.extend(members);
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = self.request(Method::POST, &path);
        let form_type = "application/x-www-form-urlencoded";
        ask(request
            .header("content-type", form_type)
            .body(body.finish()))
        .await
    }

    async fn exchange_assertion(&self, assertion: &str) -> Answered {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let members = [
            ("client_assertion_type", kind),
            ("client_assertion", assertion),
        ];
        self.exchange(TENANT, &members).await
    }

    /// Reads the app with a bearer token.
    async fn app_with(&self, token: &str) -> Answered {
        ask(self.request(Method::GET, &self.path("")).bearer_auth(token)).await
    }
}

async fn ask(request: RequestBuilder) -> Answered {
    read(request.send().await.unwrap()).await
}

fn claims(token: &str) -> Value {
    let middle = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
}

#[tokio::test]
async fn app_service_identity_issues_a_token_that_arm_accepts() {
    let bench = Bench::with(json!({"require-token": true})).await;
    let token = bench.token().await;
    let said = claims(&token);
    assert_eq!(said["tid"], TENANT);
    assert_eq!(said["aud"], RESOURCE);
    assert!(said["oid"].is_string());
    assert_eq!(said["exp"], json!(said["iat"].as_i64().unwrap() + 3600));
    assert_eq!(bench.app_with(&token).await.0, 200);
}

#[tokio::test]
async fn app_service_identity_refuses_a_wrong_header_and_an_unknown_client() {
    let bench = Bench::demo().await;
    let path = format!("/msi/token?api-version=2019-08-01&resource={RESOURCE}");
    assert_eq!(bench.get(&path).await.0, 401);
    for wrong in ["&client_id=other", "&object_id=other"] {
        let request = bench.request(Method::GET, &format!("{path}{wrong}"));
        let (status, _) = ask(request.header("x-identity-header", "emulated-header")).await;
        assert_eq!(status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn imds_requires_its_header_and_shows_numbers_as_text() {
    let bench = Bench::demo().await;
    let path =
        format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={RESOURCE}");
    assert_eq!(bench.get(&path).await.0, 400);
    let request = bench.request(Method::GET, &path);
    let (status, body) = ask(request.header("metadata", "true")).await;
    assert_eq!(status, 200);
    assert_eq!(body["expires_in"], "3600");
    assert!(body["expires_on"].as_str().unwrap().parse::<i64>().is_ok());
}

#[tokio::test]
async fn calls_without_a_good_token_get_401_and_a_challenge() {
    let bench = Bench::with(json!({
        "require-token": true,
        "identity": {"token-lifetime-s": 0},
    }))
    .await;
    let response = bench
        .send(Method::GET, &bench.path(""), None)
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.starts_with("Bearer authorization_uri="),
        "{challenge}"
    );
    assert!(challenge.contains(TENANT), "{challenge}");
    for bad in [
        "nonsense",
        "a.b.c",
        &bench.token().await,
        &bench.github().await,
    ] {
        assert_eq!(bench.app_with(bad).await.0, 401, "{bad}");
    }
}

#[tokio::test]
async fn secret_is_exchanged_for_a_token() {
    let bench = Bench::with(json!({"require-token": true})).await;
    for tenant in [TENANT, "common", "organizations"] {
        let (status, body) = bench
            .exchange(tenant, &[("client_secret", "emulated-secret")])
            .await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["expires_in"], 3600);
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(claims(token)["aud"], "https://management.azure.com");
        assert_eq!(bench.app_with(token).await.0, 200);
    }
}

#[tokio::test]
async fn entra_refuses_with_the_error_numbers_of_the_real_entra() {
    let bench = Bench::demo().await;
    let good = ("client_secret", "emulated-secret");
    for (tenant, members, status, number) in [
        (TENANT, vec![("client_secret", "wrong")], 401, 7_000_215),
        (TENANT, vec![], 401, 7_000_218),
        (TENANT, vec![good, ("client_id", "other")], 400, 700_016),
        (TENANT, vec![good, ("scope", "openid")], 400, 1_002_012),
        (TENANT, vec![good, ("grant_type", "password")], 400, 70003),
        ("nobody", vec![good], 400, 90002),
    ] {
        let (answered, body) = bench.exchange(tenant, &members).await;
        assert_eq!(answered, status, "{body}");
        assert_eq!(body["error_codes"][0], number, "{body}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")));
    }
}

#[tokio::test]
async fn assertion_of_github_is_new_each_time_and_is_exchanged() {
    let bench = Bench::with(json!({"require-token": true})).await;
    let (first, second) = (bench.github().await, bench.github().await);
    assert_ne!(first, second);
    let said = claims(&first);
    assert_eq!(said["exp"], json!(said["iat"].as_i64().unwrap() + 300));
    let (status, body) = bench.exchange_assertion(&first).await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(bench.app_with(token).await.0, 200);
}

#[tokio::test]
async fn assertion_that_has_expired_is_aadsts700024() {
    let bench = Bench::with(json!({"identity": {"assertion-lifetime-s": 0}})).await;
    let (status, body) = bench.exchange_assertion(&bench.github().await).await;
    assert_eq!(status, 401);
    assert_eq!(body["error"], "invalid_client");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.starts_with("AADSTS700024: Client assertion is not within its valid time"),
        "{description}"
    );
}

#[tokio::test]
async fn assertion_for_another_audience_and_malformed_text_are_refused() {
    let bench = Bench::demo().await;
    let request = bench.request(Method::GET, "/_identity/github/token");
    let (_, body) = ask(request.bearer_auth("emulated-github-token")).await;
    let (status, refused) = bench
        .exchange_assertion(body["value"].as_str().unwrap())
        .await;
    assert_eq!((status, &refused["error_codes"][0]), (401, &json!(700_212)));
    let (status, refused) = bench.exchange_assertion("no token").await;
    assert_eq!((status, &refused["error_codes"][0]), (400, &json!(50027)));
    let request = bench.request(Method::GET, "/_identity/github/token");
    assert_eq!(ask(request.bearer_auth("wrong")).await.0, 401);
}

#[tokio::test]
async fn azure_pipelines_issues_an_assertion_for_its_service_connection() {
    let bench = Bench::demo().await;
    let path = |connection: &str| {
        format!("/_identity/pipelines/oidctoken?api-version=7.1&serviceConnectionId={connection}")
    };
    let known = path("00000000-0000-0000-0000-000000000004");
    let token = "emulated-pipelines-token";
    let (status, body) = ask(bench.request(Method::POST, &known).bearer_auth(token)).await;
    assert_eq!(status, 200, "{body}");
    let assertion = body["oidcToken"].as_str().unwrap();
    assert_eq!(bench.exchange_assertion(assertion).await.0, 200);

    let unknown = bench.request(Method::POST, &path("other"));
    assert_eq!(ask(unknown.bearer_auth(token)).await.0, 404);
    assert_eq!(ask(bench.request(Method::POST, &known)).await.0, 302);
    let honest = bench.request(Method::POST, &known);
    let honest = honest.header("x-tfs-fedauthredirect", "Suppress");
    assert_eq!(ask(honest).await.0, 401);
}

#[tokio::test]
async fn discovery_leads_to_the_token_endpoint_of_the_host_that_was_asked() {
    let bench = Bench::demo().await;
    let url = bench.emulator.control_url();
    let path = format!("/{TENANT}/v2.0/.well-known/openid-configuration");
    let (_, found) = bench.get(&path).await;
    assert_eq!(
        found["token_endpoint"],
        format!("{url}/{TENANT}/oauth2/v2.0/token")
    );
    let (_, instance) = bench
        .get("/common/discovery/instance?api-version=1.1&authorization_endpoint=x")
        .await;
    assert_eq!(
        instance["tenant_discovery_endpoint"],
        format!("{url}{path}")
    );
    let (_, endpoints) = bench
        .get("/metadata/endpoints?api-version=2022-09-01")
        .await;
    assert_eq!(endpoints[0]["authentication"]["loginEndpoint"], url);
}

#[tokio::test]
async fn faults_hit_identity_paths_and_the_log_keeps_no_secret() {
    let bench = Bench::with_fault(json!({
        "on": {"path-contains": "/oauth2/v2.0/token"}, "nth": 2, "what": {"refuse": {"status": 503}},
    }))
    .await;
    let secret = [("client_secret", "emulated-secret")];
    assert_eq!(bench.exchange(TENANT, &secret).await.0, 200);
    assert_eq!(bench.exchange(TENANT, &secret).await.0, 503);
    let log = bench.emulator.world().request_log();
    assert_eq!(log[1]["fault"], "refuse");
    assert!(log[0]["body"].as_str().unwrap().contains(CLIENT), "{log}");
    assert!(!log.to_string().contains("emulated-secret"), "{log}");
}

#[tokio::test]
async fn skewed_clock_dates_replies_and_tokens() {
    let bench = Bench::with(json!({"clock-skew-s": 7200, "require-token": true})).await;
    let token = bench.token().await;
    let response = bench.client.get(format!(
        "{}{}",
        bench.emulator.control_url(),
        bench.path("")
    ));
    let response = response.bearer_auth(&token).send().await.unwrap();
    let date = response.headers()["date"].to_str().unwrap();
    let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    let ahead = date.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((6900..7500).contains(&ahead), "{ahead}");
    let minted = claims(&token)["iat"].as_i64().unwrap();
    assert!((date.as_second() - minted).abs() < 300, "{minted}");
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn subscription_tenant_and_group_can_be_read() {
    let bench = Bench::demo().await;
    let version = "?api-version=2022-12-01";
    let (_, all) = bench.get(&format!("/subscriptions{version}")).await;
    assert_eq!(all["value"][0]["tenantId"], TENANT);
    assert_eq!(bench.get(&format!("/tenants{version}")).await.0, 200);
    let (_, group) = bench.get(&format!("{}{version}", bench.group())).await;
    assert_eq!(group["name"], "demo");
    let other = bench.group().replace("/demo", "/other");
    assert_eq!(bench.get(&format!("{other}{version}")).await.0, 404);
}

/// Returns the replies of managed identity (App Service, IMDS) and Entra to who asks for a token for a resource.
async fn tokens_for(bench: &Bench, resource: &str) -> [Answered; 3] {
    let path = format!("/msi/token?api-version=2019-08-01&resource={resource}");
    let request = bench.request(Method::GET, &path);
    let app_service = ask(request.header("x-identity-header", "emulated-header")).await;
    let path =
        format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}");
    let imds = ask(bench.request(Method::GET, &path).header("metadata", "true")).await;
    let scope = format!("{resource}/.default");
    let members = [
        ("client_secret", "emulated-secret"),
        ("scope", scope.as_str()),
    ];
    let entra = bench.exchange(TENANT, &members).await;
    [app_service, imds, entra]
}

#[tokio::test]
async fn token_for_another_service_says_so_and_is_not_accepted_by_arm() {
    let services = json!({"https://api.loganalytics.io": 60});
    let bench = Bench::with(json!({
        "require-token": true, "identity": {"services": services},
    }))
    .await;
    for (status, body) in tokens_for(&bench, "https://api.loganalytics.io").await {
        assert_eq!(status, 200, "{body}");
        let token = body["access_token"].as_str().unwrap();
        let said = claims(token);
        assert_eq!(said["aud"], "https://api.loganalytics.io");
        assert_eq!(said["exp"], json!(said["iat"].as_i64().unwrap() + 60));
        assert_eq!(bench.app_with(token).await.0, 401);
    }
}

#[tokio::test]
async fn service_that_the_tenant_does_not_know_gets_no_token() {
    let bench = Bench::demo().await;
    for (status, body) in tokens_for(&bench, "https://unknown.example").await {
        assert_eq!(status, 400, "{body}");
        let text = body.to_string();
        assert!(text.contains("AADSTS500011"), "{text}");
        assert!(
            text.contains("named https://unknown.example was not found"),
            "{text}"
        );
    }
}
