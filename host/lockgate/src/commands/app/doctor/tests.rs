//! What `lockgate doctor` prints for each result of its checks.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use jiff::SignedDuration;
use rollout::LeaseState;
use serde_json::json;
use url::Url;

use super::super::samples::{self, NOW};
use super::connection::Reach;
use super::diagnosis::{Diagnosis, Totals};
use super::files::{self, CacheFolder};
use super::{app, connection, identity, revisions, unchecked};
use crate::platform::{
    AppDescription, Identity, Mode, Permissions, Provisioning, RevisionStatus, TagError, TokenLife,
};

const CERTIFICATES: &str = "trusted by the system's certificates; no proxy";

fn endpoint(reach: &Reach) -> Diagnosis {
    let base = Url::parse("https://management.azure.com").unwrap();
    connection::endpoint(&base, CERTIFICATES, reach)
}

fn identity(token: TokenLife) -> Identity {
    Identity {
        reason: "the token in LOCKGATE_ARM_TOKEN, which comes first".to_owned(),
        skipped: Vec::new(),
        can_renew: false,
        token,
    }
}

fn permissions(list: serde_json::Value) -> Vec<Diagnosis> {
    let permissions: Permissions = serde_json::from_value(list).unwrap();
    identity::permissions(&samples::app_id(), Ok(permissions))
}

fn healthy() -> Vec<Diagnosis> {
    let mut all = vec![
        endpoint(&Reach::Answered { status: 200 }),
        connection::clock(Some(SignedDuration::from_secs(0))),
        identity::credential(&identity(TokenLife::ExpiresAt(NOW + 3_600)), NOW),
    ];
    all.extend(permissions(json!([{"actions": ["*"]}])));
    all.extend(app::diagnoses(&samples::idle(), NOW));
    for revision in samples::idle().revisions {
        let url = revision.url.unwrap();
        all.push(revisions::reach(&revision.name, &url, Ok(200)));
    }
    all
}

fn endpoints() -> Vec<Diagnosis> {
    vec![
        endpoint(&Reach::Answered { status: 401 }),
        endpoint(&Reach::Unresolved {
            reason: "no answer within 3 s".to_owned(),
        }),
        endpoint(&Reach::Unconnected {
            addresses: vec![
                "192.0.2.1:443".parse().unwrap(),
                "[2001:db8::1]:443".parse().unwrap(),
            ],
            reason: "connection refused".to_owned(),
        }),
        endpoint(&Reach::Unanswered {
            reason: "invalid peer certificate: UnknownIssuer".to_owned(),
        }),
    ]
}

fn clocks() -> Vec<Diagnosis> {
    let clock = |seconds| connection::clock(Some(SignedDuration::from_secs(seconds)));
    vec![clock(59), clock(-90), clock(600), connection::clock(None)]
}

fn credentials() -> Vec<Diagnosis> {
    let renewable = Identity {
        reason: "github-oidc, since its variables are set".to_owned(),
        skipped: vec![
            "token: LOCKGATE_ARM_TOKEN is not set".to_owned(),
            "workload-identity: AZURE_FEDERATED_TOKEN_FILE is not set".to_owned(),
        ],
        can_renew: true,
        token: TokenLife::ExpiresAt(NOW + 60),
    };
    let missing = TokenLife::Missing("az is not logged in; type `az login`".to_owned());
    [
        renewable,
        identity(TokenLife::NotNeeded),
        identity(TokenLife::Unknown),
        identity(TokenLife::ExpiresAt(NOW + 60)),
        identity(TokenLife::ExpiresAt(NOW - 60)),
        identity(missing),
    ]
    .iter()
    .map(|identity| identity::credential(identity, NOW))
    .collect()
}

fn missing_permissions() -> Vec<Diagnosis> {
    let mut all = permissions(json!([{"actions": ["*/read"]}]));
    let unreadable = Err(anyhow::anyhow!("the list is refused (403)"));
    all.extend(identity::permissions(&samples::app_id(), unreadable));
    all
}

fn apps() -> Vec<Diagnosis> {
    let broken = AppDescription {
        mode: Mode::Single,
        host: None,
        is_sticky: true,
        provisioning: Provisioning::Failed,
        traffic: samples::follows_latest(),
        lease: Err(TagError::Missing {
            tag: "lockgate-holder".to_owned(),
        }),
        ..samples::idle()
    };
    let without_ingress = AppDescription {
        mode: Mode::Other("Labels".to_owned()),
        has_ingress: false,
        provisioning: Provisioning::InProgress,
        ..broken.clone()
    };
    let leased = |state, expires_at| samples::leased(state, expires_at);
    [
        broken,
        without_ingress,
        leased(LeaseState::Running, NOW + 1),
        leased(LeaseState::Running, NOW),
        leased(LeaseState::Held, NOW - 1),
    ]
    .iter()
    .flat_map(|description| app::diagnoses(description, NOW))
    .collect()
}

fn unreachable_revisions() -> Vec<Diagnosis> {
    let reason = "no answer in time".to_owned();
    let url = "https://shop--v1.example.net";
    let unaddressed = RevisionStatus {
        url: None,
        ..samples::revision("shop--v2", 0)
    };
    vec![
        revisions::reach("shop--v1", url, Err(reason)),
        revisions::reach("shop--v1", url, Ok(503)),
        revisions::without_address(&unaddressed),
    ]
}

fn folders() -> Vec<Diagnosis> {
    let path = |name: &str| PathBuf::from(format!("/home/me/{name}"));
    let read_only = || Err(io::Error::other("the disk is read-only"));
    let default = || CacheFolder::Default(path(".cache/lockgate"));
    let configured = || CacheFolder::Configured(path("cache"));
    vec![
        files::state(&path(".lockgate"), Ok(())),
        files::state(&path(".lockgate"), read_only()),
        files::cache(&default(), Ok(())),
        files::cache(&default(), read_only()),
        files::cache(&configured(), Ok(())),
        files::cache(&configured(), read_only()),
        files::cache(&CacheFolder::NoHome, Ok(())),
    ]
}

fn sheets() -> Vec<(&'static str, Vec<Diagnosis>)> {
    vec![
        ("all is well", healthy()),
        ("endpoint", endpoints()),
        ("clock", clocks()),
        ("credential", credentials()),
        ("permissions", missing_permissions()),
        ("app", apps()),
        ("revisions", unreachable_revisions()),
        ("no endpoint or no token", unchecked().into()),
        ("folders", folders()),
    ]
}

fn totals(sheet: &[Diagnosis]) -> Totals {
    let mut totals = Totals::default();
    for diagnosis in sheet {
        totals.count(diagnosis.grade);
    }
    totals
}

#[test]
fn doctor_as_text() {
    let mut printed = String::new();
    for (name, sheet) in sheets() {
        writeln!(printed, "# {name}").unwrap();
        for diagnosis in &sheet {
            writeln!(printed, "{}", diagnosis.as_text()).unwrap();
        }
        writeln!(printed, "{}\n", totals(&sheet).as_text()).unwrap();
    }
    insta::assert_snapshot!(printed);
}

#[test]
fn doctor_as_json() {
    let mut printed = String::new();
    for (name, sheet) in sheets() {
        writeln!(printed, "# {name}").unwrap();
        for diagnosis in &sheet {
            writeln!(printed, "{}", diagnosis.as_json()).unwrap();
        }
        writeln!(printed, "{}\n", totals(&sheet).as_json()).unwrap();
    }
    insta::assert_snapshot!(printed);
}
