//! Tests of the emulator from outside: over loopback sockets, with a plain HTTP client. This file
//! holds the bench that all of them share.

mod admin;
mod apps;
mod data;
mod faults;
mod history;
mod identity;
mod lifecycle;
mod metrics;
mod operations;
mod permissions;
mod revisions;
mod scenario;
mod shop;
mod template;
mod tls;
mod web_app;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::{Emulator, Options, Scenario};

const V1: &str = "shop--v1";
const V2: &str = "shop--v2";

/// An emulator of the app `shop`, and a client of it.
struct Bench {
    emulator: Emulator,
    client: Client,
}

/// Status and JSON body, which is null if the body is empty.
type Answered = (u16, Value);

impl Bench {
    async fn demo() -> Self {
        Self::start(Scenario::demo()).await
    }

    /// Starts a scenario in JSON. Absent members are as in the demo.
    async fn with(scenario: Value) -> Self {
        Self::start(serde_json::from_value(scenario).unwrap()).await
    }

    /// Starts the demo with one fault.
    async fn with_fault(fault: Value) -> Self {
        Self::with(json!({"faults": [fault]})).await
    }

    async fn start(scenario: Scenario) -> Self {
        let emulator = Emulator::start(scenario, Options::default()).await.unwrap();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { emulator, client }
    }

    fn group(&self) -> String {
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo".to_owned()
    }

    /// Returns the path of the app, plus `rest`, with an API version.
    fn path(&self, rest: &str) -> String {
        let group = self.group();
        format!("{group}/providers/Microsoft.App/containerApps/shop{rest}?api-version=2025-07-01")
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Response> {
        let url = format!("{}{path}", self.emulator.control_url());
        let request = self.client.request(method, url);
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answered {
        read(self.send(method, path, body).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answered {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str) -> Answered {
        self.call(Method::POST, path, None).await
    }

    async fn app(&self) -> Value {
        let (status, app) = self.get(&self.path("")).await;
        assert_eq!(status, 200, "{app}");
        app
    }

    async fn revision(&self, name: &str) -> Value {
        let (status, revision) = self.get(&self.path(&format!("/revisions/{name}"))).await;
        assert_eq!(status, 200, "{revision}");
        revision["properties"].clone()
    }

    async fn patch(&self, body: &Value) -> Response {
        self.send(Method::PATCH, &self.path(""), Some(body))
            .await
            .unwrap()
    }

    async fn patch_traffic(&self, traffic: Value) -> Response {
        self.patch(&traffic_body(&traffic)).await
    }

    /// Polls the operation of an accepted write until it ends, and returns the statuses.
    async fn follow(&self, accepted: Response) -> Vec<String> {
        assert!(
            [201, 202].contains(&accepted.status().as_u16()),
            "{accepted:?}"
        );
        let url = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        let mut seen = Vec::new();
        while seen.last().is_none_or(|last| last == "InProgress") {
            assert!(seen.len() < 100, "the operation never ends");
            let (status, body) = read(self.client.get(&url).send().await.unwrap()).await;
            assert_eq!(status, 200, "{body}");
            seen.push(body["status"].as_str().unwrap().to_owned());
        }
        seen
    }

    /// Sets the split between v1 and v2, and waits until it is applied.
    async fn shift(&self, v1: u32, v2: u32) {
        let traffic = json!([
            {"revisionName": V1, "weight": v1},
            {"revisionName": V2, "weight": v2},
        ]);
        let accepted = self.patch_traffic(traffic).await;
        assert_eq!(self.follow(accepted).await.last().unwrap(), "Succeeded");
    }

    /// Sends one request to the app's host. Returns the status and the revision that replied.
    async fn visit(&self) -> (u16, String) {
        self.visit_url(&self.emulator.app_url("shop").unwrap())
            .await
    }

    async fn visit_url(&self, url: &str) -> (u16, String) {
        let response = self.client.get(url).send().await.unwrap();
        let revision = response.headers().get("x-revision");
        let revision = revision
            .map(|name| name.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let status = response.status().as_u16();
        response.bytes().await.unwrap();
        (status, revision)
    }

    /// Sends requests to the host of a revision, and returns the statuses.
    async fn statuses(&self, revision: &str, requests: usize) -> Vec<u16> {
        let url = self.emulator.revision_url("shop", revision).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..requests {
            statuses.push(self.visit_url(&url).await.0);
        }
        statuses
    }
}

async fn read(response: Response) -> Answered {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() {
        json!(null)
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    (status, body)
}

fn traffic_body(traffic: &Value) -> Value {
    json!({"properties": {"configuration": {"ingress": {"traffic": traffic}}}})
}

fn image_body(image: &str, suffix: &str) -> Value {
    let containers = json!([{"name": "shop", "image": image}]);
    json!({"properties": {"template": {"revisionSuffix": suffix, "containers": containers}}})
}

fn traffic_of(app: &Value) -> Value {
    app["properties"]["configuration"]["ingress"]["traffic"].clone()
}
