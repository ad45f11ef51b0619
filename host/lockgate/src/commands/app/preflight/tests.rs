//! What the checks say about each result, as `lockgate doctor` prints it.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use jiff::SignedDuration;
use rollout::{Inspection, Labels, Revision};
use serde_json::json;
use url::Url;

use super::super::doctor::revisions;
use super::super::samples::{self, NOW};
use super::super::sheet::Totals;
use super::check::Check;
use super::connection::Reach;
use super::finding::Finding;
use super::folders::{self, CacheFolder};
use super::online::unchecked;
use super::tokens::{self, WantedToken};
use super::{app, connection, identity};
use crate::platform::{
    Aspect, Examined, Identity, Obstacle, Permissions, Reasons, RevisionChoice, RevisionStatus,
    TokenLife, TokenScope,
};

const CERTIFICATES: &str = "trusted by the system's certificates; no proxy";

fn endpoint(reach: &Reach) -> Finding {
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

fn permissions(list: serde_json::Value) -> Vec<Finding> {
    let permissions: Permissions = serde_json::from_value(list).unwrap();
    identity::permissions(&samples::app_id(), &Ok(permissions), false)
}

fn healthy() -> Vec<Finding> {
    let mut all = vec![
        endpoint(&Reach::Answered { status: 200 }),
        connection::clock(Some(SignedDuration::from_secs(0))),
        identity::credential(&identity(TokenLife::ExpiresAt(NOW + 3_600)), NOW),
    ];
    all.extend(permissions(json!([{"actions": ["*"]}])));
    all.extend(app::findings(&examined(Vec::new())));
    for revision in samples::idle().revisions {
        let url = revision.url.unwrap();
        all.push(revisions::reach(&revision.name, &url, Ok(200)));
    }
    all
}

fn endpoints() -> Vec<Finding> {
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

fn clocks() -> Vec<Finding> {
    let clock = |seconds| connection::clock(Some(SignedDuration::from_secs(seconds)));
    vec![clock(59), clock(-90), clock(600), connection::clock(None)]
}

fn credentials() -> Vec<Finding> {
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

fn gate_tokens() -> Vec<Finding> {
    let wanted = WantedToken {
        scope: TokenScope::parse("https://api.loganalytics.io").unwrap(),
        gates: vec!["errors".to_owned(), "latency".to_owned()],
        role: "\"Log Analytics Reader\" on the workspace".to_owned(),
    };
    let refused = "the client-secret credential got no token: AADSTS500011: The resource principal named \
                   https://api.loganalytics.io was not found in the tenant; the tenant does not know the service";
    [Ok(Some(NOW + 3_600)), Ok(None), Err(refused.to_owned())]
        .iter()
        .map(|expiry| tokens::token(&wanted, expiry, NOW))
        .collect()
}

fn missing_permissions() -> Vec<Finding> {
    let mut all = permissions(json!([{"actions": ["*/read"]}]));
    let unreadable = Err(anyhow::anyhow!("the list is refused (403)"));
    all.extend(identity::permissions(
        &samples::app_id(),
        &unreadable,
        false,
    ));
    all
}

/// Returns the app at rest, with these obstacles.
fn examined(obstacles: Vec<Obstacle>) -> Examined {
    let description = samples::idle();
    let revision = |name: &str| Revision {
        name: name.to_owned(),
        url: format!("https://{name}.example.net"),
        image: String::new(),
    };
    let inspection = Inspection {
        app: "shop".to_owned(),
        stable: revision("shop--v1"),
        canary: revision("shop--v2"),
        baseline: description.traffic.clone(),
        now: description.traffic.clone(),
        lease: None,
        stable_unfit: None,
        stable_state: None,
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: samples::NOW,
    };
    let choice = RevisionChoice {
        inspection,
        reasons: Reasons {
            stable: String::new(),
            canary: String::new(),
            others: Vec::new(),
        },
    };
    Examined {
        description,
        choice: obstacles.is_empty().then_some(choice),
        obstacles,
        stable: Some("shop--v1".to_owned()),
        labels: Vec::new(),
        promoted: None,
    }
}

fn apps() -> Vec<Finding> {
    let obstacle = |aspect, why: &str| Obstacle {
        aspect,
        why: why.to_owned(),
    };
    let mut without_host = examined(vec![
        obstacle(Aspect::Mode, "shop is in revision mode Single"),
        obstacle(Aspect::Sessions, "shop has sticky sessions"),
        obstacle(
            Aspect::Revisions,
            "shop--v2, the canary revision, is not active",
        ),
        obstacle(Aspect::Tags, "the app has 49 tags of its own"),
    ]);
    without_host.description.host = None;
    let leased = examined(vec![obstacle(Aspect::Lease, "run 1 holds the lease")]);
    let followed = examined(vec![obstacle(Aspect::Traffic, "it follows latestRevision")]);
    let mut to_be_deployed = examined(Vec::new());
    to_be_deployed.choice = None;
    [without_host, leased, followed, to_be_deployed]
        .iter()
        .flat_map(app::findings)
        .collect()
}

fn capacities() -> Vec<Finding> {
    let with = |stable: (u32, Option<u32>), canary: Option<u32>| {
        let mut examined = examined(Vec::new());
        let [of_canary, of_stable] = &mut examined.description.revisions[..] else {
            panic!("two revisions");
        };
        (of_stable.replicas, of_stable.replicas_max) = (Some(stable.0), stable.1);
        of_canary.replicas_max = canary;
        let findings = app::findings(&examined).into_iter();
        findings.filter(|finding| finding.check == Check::Capacity)
    };
    with((2, Some(10)), Some(2))
        .chain(with((10, Some(10)), Some(10)))
        .chain(with((10, Some(10)), Some(5)))
        .chain(with((1, Some(1)), Some(1)))
        .chain(with((3, None), Some(1)))
        .collect()
}

fn unreachable_revisions() -> Vec<Finding> {
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

fn folders() -> Vec<Finding> {
    let path = |name: &str| PathBuf::from(format!("/home/me/{name}"));
    let read_only = || Err(io::Error::other("the disk is read-only"));
    let default = || CacheFolder::Default(path(".cache/lockgate"));
    let configured = || CacheFolder::Configured(path("cache"));
    vec![
        folders::state(&path(".lockgate"), Ok(())),
        folders::state(&path(".lockgate"), read_only()),
        folders::cache(&default(), Ok(())),
        folders::cache(&default(), read_only()),
        folders::cache(&configured(), Ok(())),
        folders::cache(&configured(), read_only()),
        folders::cache(&CacheFolder::NoHome, Ok(())),
    ]
}

fn sheets() -> Vec<(&'static str, Vec<Finding>)> {
    vec![
        ("all is well", healthy()),
        ("endpoint", endpoints()),
        ("clock", clocks()),
        ("credential", credentials()),
        ("tokens for gates", gate_tokens()),
        ("permissions", missing_permissions()),
        ("app", apps()),
        ("capacity", capacities()),
        ("revisions", unreachable_revisions()),
        ("no endpoint or no token", unchecked()),
        ("folders", folders()),
    ]
}

fn totals(sheet: &[Finding]) -> Totals {
    let mut totals = Totals::default();
    for finding in sheet {
        totals.count(finding.grade);
    }
    totals
}

#[test]
fn findings_as_text() {
    let mut printed = String::new();
    for (name, sheet) in sheets() {
        writeln!(printed, "# {name}").unwrap();
        for finding in &sheet {
            writeln!(printed, "{}", finding.as_text()).unwrap();
        }
        writeln!(printed, "{}\n", totals(&sheet).as_text()).unwrap();
    }
    insta::assert_snapshot!(printed);
}

#[test]
fn findings_as_json() {
    let mut printed = String::new();
    for (name, sheet) in sheets() {
        writeln!(printed, "# {name}").unwrap();
        for finding in &sheet {
            writeln!(printed, "{}", finding.as_json()).unwrap();
        }
        writeln!(printed, "{}\n", totals(&sheet).as_json()).unwrap();
    }
    insta::assert_snapshot!(printed);
}
