//! `lockgate doctor`: checks everything that a rollout needs, one thing after the other, and prints for each what to do
//! about it. Reads only: writes nothing to the platform, and never prints a token.

mod app;
mod connection;
mod diagnosis;
mod files;
mod identity;
mod revisions;

use super::configuration;
use crate::cli::RunArgs;
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, Administration as _, App};
use crate::run::clock::unix_seconds;

use connection::Reach;
use diagnosis::{Diagnosis, Grade, Sheet};

/// Makes every check. Exits 0 when none failed, 12 when one did.
///
/// # Errors
/// Errors of usage and configuration: without a configuration there is nothing to check.
pub(in crate::commands) async fn doctor(args: &RunArgs, output: &Output) -> anyhow::Result<Exit> {
    let resolved = configuration::for_rollout(&args.target, args.as_file())?;
    let app = platform::app(&resolved.target)?;
    let mut sheet = Sheet::new(output);
    sheet.write(&files::configuration(args, &resolved));
    check_platform(&app, &resolved, &mut sheet).await;
    sheet.write(&files::state_folder(&resolved.target.state_dir));
    sheet.write(&files::cache_folder(resolved.cache_dir.as_deref()));
    Ok(if sheet.end().failed > 0 {
        Exit::Failed
    } else {
        Exit::Success
    })
}

/// Checks the connection, then the identity. The app itself is checked only where both are good.
async fn check_platform(app: &App, resolved: &RolloutConfig, sheet: &mut Sheet<'_>) {
    let response = app.reach().await;
    let base = app.endpoint();
    let means = if app.is_plain_loopback() {
        "plain http on this machine".to_owned()
    } else {
        connection::certificates_and_proxy()
    };
    let reach = Reach::of(base, &response).await;
    sheet.write(&connection::endpoint(base, &means, &reach));
    sheet.write(&connection::clock(app.clock_ahead()));
    let credential = identity::credential(&app.identity().await, unix_seconds());
    sheet.write(&credential);
    if response.is_err() || credential.grade == Grade::Fail {
        sheet.write_all(&unchecked());
        return;
    }
    let permissions = app.permissions().await;
    sheet.write_all(&identity::permissions(&resolved.target.app, permissions));
    match app.describe().await {
        Ok(description) => {
            sheet.write_all(&app::diagnoses(&description, unix_seconds()));
            sheet.write_all(&revisions::diagnoses(&description).await);
        }
        Err(error) => sheet.write(&Diagnosis::fail("app", error.to_string())),
    }
}

/// Returns the checks that need an endpoint that answers and a token for it.
fn unchecked() -> [Diagnosis; 3] {
    let detail = "not checked: this needs an endpoint that answers and a token for it";
    ["permissions", "app", "revisions"].map(|check| Diagnosis::unknown(check, detail))
}

#[cfg(test)]
mod tests;
