//! The control plane over TLS.

use reqwest::{Certificate, Client};

use super::*;

async fn secure_demo() -> (Emulator, Client) {
    let options = Options {
        tls: Some(0),
        ..Options::default()
    };
    let emulator = Emulator::start(Scenario::demo(), options).await.unwrap();
    let client = trusting(emulator.ca_pem().unwrap());
    (emulator, client)
}

fn trusting(ca_pem: &str) -> Client {
    let authority = Certificate::from_pem(ca_pem.as_bytes()).unwrap();
    let builder = Client::builder().no_proxy();
    builder.tls_certs_only([authority]).build().unwrap()
}

const APP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/\
                   providers/Microsoft.App/containerApps/shop?api-version=2025-07-01";

#[tokio::test]
async fn both_listeners_show_one_world_and_links_keep_the_scheme_of_the_call() {
    let (emulator, client) = secure_demo().await;
    let url = emulator.tls_url().unwrap();
    let tags = json!({"tags": {"a": "b"}});
    let accepted = client.patch(format!("{url}{APP}")).json(&tags).send().await;
    let accepted = accepted.unwrap();
    assert_eq!(accepted.status(), 202);
    let operation = accepted.headers()["azure-asyncoperation"].to_str().unwrap();
    assert!(operation.starts_with(&format!("{url}/")), "{operation}");
    assert_eq!(client.get(operation).send().await.unwrap().status(), 200);

    let plain = format!("{}{APP}", emulator.control_url());
    let (_, app) = read(client.get(&plain).send().await.unwrap()).await;
    assert_eq!(app["properties"]["provisioningState"], "InProgress");
}

#[tokio::test]
async fn certificate_is_valid_for_localhost() {
    let (emulator, client) = secure_demo().await;
    let url = emulator.tls_url().unwrap();
    let url = url.replace("127.0.0.1", "localhost");
    let answer = client.get(format!("{url}{APP}")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn authority_of_another_start_is_not_trusted() {
    let (emulator, _) = secure_demo().await;
    let (other, _) = secure_demo().await;
    let client = trusting(other.ca_pem().unwrap());
    let url = format!("{}{APP}", emulator.tls_url().unwrap());
    assert!(client.get(&url).send().await.is_err());
    // A failed handshake does not stop the listener.
    let client = trusting(emulator.ca_pem().unwrap());
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn tls_is_off_by_default() {
    let bench = Bench::demo().await;
    assert_eq!(bench.emulator.tls_url(), None);
    assert_eq!(bench.emulator.ca_pem(), None);
}
