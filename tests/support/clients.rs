//! The real clients of Azure Container Apps, as `tests/clients/install` installs them: `az` and the Python SDK.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::emulator::Emulator;
use super::lockgate::{Finished, Running};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const TENANT: &str = "00000000-0000-0000-0000-000000000001";

fn installed(client: &str, program: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.cache/clients")
        .join(client)
        .join("bin")
        .join(program);
    assert!(
        path.exists(),
        "{} is missing: run tests/clients/install",
        path.display()
    );
    path
}

/// `az`, with a configuration of its own, set up for one emulator.
pub(crate) struct Az {
    home: TempDir,
    env: Vec<(&'static str, String)>,
}

impl Az {
    /// Signs in over TLS, with the emulator's managed identity, by the commands that `lockgate emulate` prints.
    pub(crate) fn over_tls(emulator: &Emulator) -> Az {
        let identity = format!("{}/msi/token", emulator.endpoint());
        let ca = emulator.ca().to_string_lossy().into_owned();
        let az = Az {
            home: tempfile::tempdir().expect("a temporary folder"),
            env: vec![
                ("REQUESTS_CA_BUNDLE", ca),
                ("IDENTITY_ENDPOINT", identity),
                ("IDENTITY_HEADER", "emulated-header".to_owned()),
            ],
        };
        az.registered(emulator.tls_endpoint());
        az.run("login --identity");
        az
    }

    /// Uses plain HTTP, where az sends no token: a hand-written profile replaces the sign-in.
    pub(crate) fn over_http(emulator: &Emulator) -> Az {
        let az = Az {
            home: tempfile::tempdir().expect("a temporary folder"),
            env: Vec::new(),
        };
        let profile = serde_json::json!({
            "installationId": SUBSCRIPTION,
            "subscriptions": [{
                "id": SUBSCRIPTION, "name": "emulated", "state": "Enabled", "isDefault": true,
                "user": { "name": "nobody", "type": "servicePrincipal" },
                "tenantId": TENANT, "homeTenantId": TENANT, "environmentName": "emulated", "managedByTenants": [],
            }],
        });
        let path = az.home.path().join("azureProfile.json");
        std::fs::write(path, profile.to_string()).expect("the profile is written");
        az.registered(emulator.endpoint());
        az
    }

    fn registered(&self, here: &str) {
        self.run(&format!(
            "cloud register -n emulated --skip-endpoint-discovery --endpoint-resource-manager {here}/ \
             --endpoint-management {here}/ --endpoint-active-directory {here} \
             --endpoint-active-directory-resource-id https://management.core.windows.net/"
        ));
        self.run("cloud set -n emulated");
    }

    /// Runs `az containerapp …` on the app `shop`, and returns its output.
    #[track_caller]
    pub(crate) fn app(&self, command: &str) -> Value {
        self.run(&format!(
            "containerapp {command} --resource-group demo --name shop"
        ))
    }

    #[track_caller]
    fn run(&self, command: &str) -> Value {
        let program = installed("az", "az");
        let mut az = Command::new(program);
        az.args(command.split_whitespace())
            .args(["--output", "json"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.env());
        let run = Running::start(&mut az).finish();
        printed(&run, &format!("az {command}"))
    }

    /// Returns the environment with which another command is signed in as this `az`.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.home.path().to_string_lossy().into_owned();
        let mut env = vec![
            ("HOME", home.clone()),
            ("AZURE_CONFIG_DIR", home),
            ("AZURE_CORE_COLLECT_TELEMETRY", "0".to_owned()),
            ("AZURE_CORE_ONLY_SHOW_ERRORS", "1".to_owned()),
            ("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ];
        env.extend(self.env.iter().cloned());
        env
    }

    /// Returns the folder of the program.
    pub(crate) fn folder() -> PathBuf {
        let program = installed("az", "az");
        program.parent().expect("a folder").to_owned()
    }
}

/// Calls the Python SDK (`tests/clients/sdk.py`) and returns its output.
#[track_caller]
pub(crate) fn sdk(emulator: &Emulator, endpoint: &str, arguments: &[&str]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients/sdk.py");
    let mut python = Command::new(installed("sdk", "python"));
    python
        .arg(script)
        .arg(endpoint)
        .args(arguments)
        .env_clear()
        .env("NO_PROXY", "127.0.0.1")
        .env("EMULATED_CA", emulator.ca());
    let run = Running::start(&mut python).finish();
    printed(&run, &format!("sdk.py {}", arguments.join(" ")))
}

#[track_caller]
fn printed(run: &Finished, command: &str) -> Value {
    assert_eq!(run.code, Some(0), "{command}: {run}");
    if run.stdout.trim().is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{command}: {error}: {run}"))
}
