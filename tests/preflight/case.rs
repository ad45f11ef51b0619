//! One case of the preflight: the good app, configuration and command, and everything that can be changed about them.
//! Runs nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::support::{Emulator, Lockgate};

const GATES: &str = "[gates.http-health]\nsettings = { attempts = 1, interval-ms = 1, successes-in-a-row = 1, \
                     failures-in-a-row = 1, timeout-ms = 2000 }\n";

/// The times of a rollout: a stage with its rollback needs 26 s.
const ROLLOUT: &str = "bake = \"0s\"\ncheck-interval = \"100ms\"\nretry-interval = \"50ms\"\ngate-deadline = \"6s\"\n\
                       readiness-deadline = \"6s\"\nverify-deadline = \"6s\"\nrollback-deadline = \"8s\"\n";

/// One app with the command about it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) flags: Vec<String>,
    /// Whether a rollout is refused; `None` where two changes may cancel each other.
    pub(super) is_red: Option<bool>,
    number: usize,
    pub(super) app: Map<String, Value>,
    pub(super) token: Option<Token>,
    pub(super) rollout: String,
    pub(super) gates: String,
    pub(super) further: String,
    pub(super) blocks_state_dir: bool,
}

/// A token to sign in with. The emulator takes any, unless its scenario names one.
pub(super) enum Token {
    Expired,
    /// Expires so many seconds after the command begins.
    For(u64),
    Opaque,
}

impl Case {
    pub(super) fn good(number: usize) -> Case {
        Case {
            name: "good".to_owned(),
            flags: Vec::new(),
            is_red: Some(false),
            number,
            app: Map::new(),
            token: None,
            rollout: "stages = [100]\n".to_owned(),
            gates: GATES.to_owned(),
            further: String::new(),
            blocks_state_dir: false,
        }
        .with_app()
    }

    pub(super) fn app_name(&self) -> String {
        format!("shop-{:03}", self.number)
    }

    /// Returns whether it is the good case.
    pub(super) fn is_plain(&self) -> bool {
        self.name.ends_with("good")
    }

    pub(super) fn revision(&self, suffix: &str) -> String {
        format!("{}--{suffix}", self.app_name())
    }

    pub(super) fn with_app(mut self) -> Case {
        let revision = |version: u32| {
            json!({
                "name": self.revision(&format!("v{version}")),
                "image": format!("registry.example/shop:{version}"),
            })
        };
        let app = json!({
            "name": self.app_name(),
            "revisions": [revision(1), revision(2)],
            "traffic": [{ "revision": self.revision("v1"), "weight": 100 }],
        });
        self.app = app.as_object().expect("an object").clone();
        self
    }

    pub(super) fn set(&mut self, member: &str, value: Value) {
        self.app.insert(member.to_owned(), value);
    }

    pub(super) fn canary(&mut self, member: &str, value: Value) {
        self.app["revisions"][1][member] = value;
    }

    /// Gives these revisions these weights.
    pub(super) fn split(&mut self, shares: &[(&str, u32)]) {
        let share = |(suffix, weight): &(&str, u32)| json!({ "revision": self.revision(suffix), "weight": weight });
        let traffic: Vec<Value> = shares.iter().map(share).collect();
        self.set("traffic", json!(traffic));
    }

    pub(super) fn flag(&mut self, flags: &str) {
        let flags = flags.replace("APP", &self.app_name());
        self.flags
            .extend(flags.split_whitespace().map(str::to_owned));
    }

    pub(super) fn lease(&mut self, mark: &str, deadline: &str) {
        let (stable, canary) = (self.revision("v1"), self.revision("v2"));
        self.split(&[("v1", 90), ("v2", 10)]);
        self.set(
            "tags",
            json!({
                "lockgate-run": "run-1", "lockgate-epoch": "1", "lockgate-holder": "run-1",
                "lockgate-stable": stable, "lockgate-canary": canary, "lockgate-stage": "0/10",
                "lockgate-mark": mark, "lockgate-deadline": deadline,
                "lockgate-baseline-0": format!("{stable}=100;"),
            }),
        );
    }

    pub(super) fn tags(&mut self, count: usize) {
        let tags = (0..count).map(|n| (format!("team-{n}"), json!("shop")));
        let tags: Map<String, Value> = tags.collect();
        self.set("tags", Value::Object(tags));
    }

    /// Returns a command in its folder and environment.
    pub(super) fn prepare(&self, emulator: &Emulator) -> Lockgate {
        let app = self.app_name();
        let config = format!(
            "{}\n[app]\nname = \"{app}\"\nresource-group = \"demo\"\n\
             subscription = \"00000000-0000-0000-0000-000000000000\"\n[rollout]\n{}{ROLLOUT}\n{}",
            self.further, self.rollout, self.gates
        );
        // One certificate is read much faster than all of the system's, and none is needed.
        let lockgate = Lockgate::on(emulator, "plan")
            .config(&config)
            .env("SSL_CERT_FILE", &emulator.ca().to_string_lossy());
        let lockgate = if self.blocks_state_dir {
            lockgate.file(".lockgate", b"a file where a folder should be")
        } else {
            lockgate
        };
        match &self.token {
            None => lockgate,
            Some(token) => lockgate.env("LOCKGATE_ARM_TOKEN", &token.text()),
        }
    }
}

impl Token {
    pub(super) fn text(&self) -> String {
        let expires = match self {
            Token::Opaque => return "opaque".to_owned(),
            Token::Expired => 1_700_000_000,
            Token::For(seconds) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                now.expect("after 1970").as_secs() + seconds
            }
        };
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{expires}}}"));
        format!("e30.{claims}.e30")
    }
}
