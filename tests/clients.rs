//! The real clients, az and the SDK, against the emulator: they and lockgate see the same app, and lockgate finds what they
//! changed. They have to be installed first, with `tests/clients/install`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::clients::{Az, sdk};
use crate::support::{CANARY, Emulator, Lockgate, STABLE};

/// The facts about an app that both the clients and lockgate show.
#[derive(Debug, PartialEq)]
struct Seen {
    mode: String,
    state: String,
    host: String,
    traffic: Vec<(String, u64)>,
    revisions: BTreeMap<String, Value>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Reads ARM's documents of an app and its revisions, which both clients print unchanged.
fn from_documents(app: &Value, revisions: &Value) -> Seen {
    let properties = &app["properties"];
    let ingress = &properties["configuration"]["ingress"];
    let share = |share: &Value| {
        let latest = share["latestRevision"] == true;
        let name = if latest {
            "latest".to_owned()
        } else {
            text(&share["revisionName"])
        };
        (name, share["weight"].as_u64().unwrap_or_default())
    };
    let revision = |revision: &Value| {
        let said = &revision["properties"];
        let containers = list(&said["template"]["containers"]);
        let images: Vec<&Value> = containers.iter().map(|c| &c["image"]).collect();
        let seen = json!({
            "weight": said["trafficWeight"],
            "active": said["active"],
            "provisioning-state": said["provisioningState"],
            "running-state": said["runningState"],
            "health-state": said["healthState"],
            "replicas": said["replicas"],
            "images": images,
        });
        (text(&revision["name"]), seen)
    };
    Seen {
        mode: text(&properties["configuration"]["activeRevisionsMode"]),
        state: text(&properties["provisioningState"]),
        host: text(&ingress["fqdn"]),
        traffic: list(&ingress["traffic"]).iter().map(share).collect(),
        revisions: list(revisions).iter().map(revision).collect(),
    }
}

fn by_az(az: &Az) -> Seen {
    let app = az.app("show");
    from_documents(&app, &az.app("revision list --all"))
}

fn by_sdk(emulator: &Emulator, endpoint: &str) -> Seen {
    let app = sdk(emulator, endpoint, &["get"]);
    from_documents(&app, &sdk(emulator, endpoint, &["revisions"]))
}

fn by_lockgate(emulator: &Emulator) -> Seen {
    let run = Lockgate::on(emulator, "status --output json").run();
    let status = run.exits(0).events().remove(0);
    let share = |share: &Value| {
        let name = share["revision"].as_str().unwrap_or("latest");
        (
            name.to_owned(),
            share["weight"].as_u64().unwrap_or_default(),
        )
    };
    let revision = |revision: &Value| {
        let mut seen = revision.clone();
        let fields = seen.as_object_mut().expect("an object");
        fields.remove("name");
        fields.remove("url");
        (text(&revision["name"]), seen)
    };
    Seen {
        mode: text(&status["mode"]),
        state: text(&status["provisioning-state"]),
        host: text(&status["host"]),
        traffic: list(&status["traffic"]).iter().map(share).collect(),
        revisions: list(&status["revisions"]).iter().map(revision).collect(),
    }
}

/// Asserts that az and lockgate show the same app, and returns it.
#[track_caller]
fn agreed(az: &Az, emulator: &Emulator) -> Seen {
    let seen = by_lockgate(emulator);
    assert_eq!(by_az(az), seen);
    seen
}

fn split(shares: &[(&str, u64)]) -> Vec<(String, u64)> {
    let owned = |(name, weight): &(&str, u64)| ((*name).to_owned(), *weight);
    shares.iter().map(owned).collect()
}

/// Runs every az command with which teams change traffic and revisions, and compares after each.
fn az_and_lockgate_agree(az: &Az, emulator: &Emulator) {
    assert_eq!(agreed(az, emulator).traffic, split(&[(STABLE, 100)]));

    assert_eq!(
        az.app("revision deactivate --revision shop--v2"),
        json!("Deactivate succeeded")
    );
    let active = az.app("revision list");
    assert_eq!(list(&active).len(), 1, "{active}");
    let seen = agreed(az, emulator);
    assert_eq!(seen.revisions[CANARY]["active"], false);
    assert_eq!(
        az.app("revision activate --revision shop--v2"),
        json!("Activate succeeded")
    );
    assert_eq!(
        az.app("revision restart --revision shop--v2"),
        json!("Restart succeeded")
    );
    assert_eq!(agreed(az, emulator).revisions[CANARY]["active"], true);

    let set = az.app("ingress traffic set --revision-weight shop--v1=90 shop--v2=10");
    assert_eq!(set, az.app("ingress traffic show"));
    let seen = agreed(az, emulator);
    assert_eq!(seen.traffic, split(&[(STABLE, 90), (CANARY, 10)]));

    az.app("ingress traffic set --revision-weight shop--v1=100 shop--v2=0");
    az.app("revision label add --yes --label next --revision shop--v2");
    let shown = az.app("ingress traffic show");
    assert_eq!(list(&shown)[1]["label"], "next", "{shown}");

    // az builds a revision, lockgate rolls it out, az sees it serve.
    az.app("update --image registry.example/shop:3 --revision-suffix v3");
    let seen = agreed(az, emulator);
    assert_eq!(
        seen.traffic,
        split(&[(STABLE, 100), (CANARY, 0)]),
        "a new revision gets nothing"
    );
    Lockgate::on(emulator, "rollout").run().exits(0);
    let seen = agreed(az, emulator);
    assert_eq!(seen.revisions["shop--v3"]["weight"], 100);
    let shown = az.app("ingress traffic show");
    let labelled = list(&shown).iter().find(|share| share["label"] == "next");
    assert_eq!(
        labelled.expect("the label is kept")["revisionName"],
        CANARY,
        "{shown}"
    );

    assert_eq!(az.app("revision set-mode --mode single"), json!("Single"));
    assert_eq!(agreed(az, emulator).mode, "Single");
    Lockgate::on(emulator, "rollout")
        .run()
        .exits(30)
        .says("Single");
    assert_eq!(
        az.app("revision set-mode --mode multiple"),
        json!("Multiple")
    );
    assert_eq!(agreed(az, emulator).mode, "Multiple");
}

#[test]
#[ignore = "needs tests/clients/install"]
fn az_over_plain_http_and_lockgate_agree() {
    let emulator = Emulator::healthy();
    az_and_lockgate_agree(&Az::over_http(&emulator), &emulator);
}

#[test]
#[ignore = "needs tests/clients/install"]
fn az_over_tls_with_a_managed_identity_and_lockgate_agree() {
    let emulator = Emulator::healthy();
    az_and_lockgate_agree(&Az::over_tls(&emulator), &emulator);
}

#[test]
#[ignore = "needs tests/clients/install"]
fn sdk_and_lockgate_agree_over_tls_and_over_plain_http() {
    let over_tls = |emulator: &Emulator| emulator.tls_endpoint().to_owned();
    let over_http = |emulator: &Emulator| emulator.endpoint().to_owned();
    let transports: [&dyn Fn(&Emulator) -> String; 2] = [&over_tls, &over_http];
    for transport in transports {
        let emulator = Emulator::healthy();
        let endpoint = transport(&emulator);
        assert_eq!(by_sdk(&emulator, &endpoint), by_lockgate(&emulator));

        let answer = sdk(
            &emulator,
            &endpoint,
            &["traffic", "shop--v1=75", "shop--v2=25"],
        );
        assert_eq!(answer["properties"]["provisioningState"], "Succeeded");
        let seen = by_lockgate(&emulator);
        assert_eq!(seen.traffic, split(&[(STABLE, 75), (CANARY, 25)]));
        assert_eq!(by_sdk(&emulator, &endpoint), seen);

        let answer = sdk(
            &emulator,
            &endpoint,
            &["image", "registry.example/shop:3", "v3"],
        );
        assert_eq!(answer["properties"]["latestRevisionName"], "shop--v3");
        let seen = by_lockgate(&emulator);
        assert_eq!(
            seen.revisions["shop--v3"]["images"],
            json!(["registry.example/shop:3"])
        );
        assert_eq!(by_sdk(&emulator, &endpoint), seen);
    }
}

#[test]
#[ignore = "needs tests/clients/install"]
fn traffic_set_with_az_during_a_bake_is_left_as_it_is() {
    let emulator = Emulator::healthy();
    let az = Az::over_http(&emulator);
    let rollout = Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"8s\"");
    let running = rollout.start();
    emulator.until("the canary has 10 %", |emulator| {
        emulator.weights().get(CANARY) == Some(&10)
    });
    az.app("ingress traffic set --revision-weight shop--v1=50 shop--v2=50");
    let run = running.finish();
    run.exits(31).says("shop--v1 50 %, shop--v2 50 %");
    assert_eq!(
        by_lockgate(&emulator).traffic,
        split(&[(STABLE, 50), (CANARY, 50)]),
        "{run}"
    );
}

#[test]
#[ignore = "needs tests/clients/install"]
fn lockgate_uses_the_token_of_the_account_that_is_signed_in_with_az() {
    let mut scenario = Emulator::shop();
    scenario["require-token"] = json!(true);
    let emulator = Emulator::start(&scenario);
    let az = Az::over_tls(&emulator);
    let mut command = Lockgate::at(emulator.tls_endpoint(), "status --credential az");
    for (name, value) in az.env() {
        // Only az may use the managed identity; with these variables lockgate would find it by itself.
        command = match name {
            "NO_PROXY" | "HOME" => command,
            _ => command.env(name, &value),
        };
    }
    let path = format!("{}:/usr/bin:/bin", Az::folder().display());
    command
        .env("PATH", &path)
        .env("SSL_CERT_FILE", &emulator.ca().to_string_lossy())
        .run()
        .exits(0)
        .says("shop--v1 100 %");
}
