//! `lockgate doctor`: everything that a rollout needs, looked at one thing after the other, each with what to do
//! about it. Reads only, writes nothing to the platform, and never shows a token.

mod app;
mod files;
mod finding;
mod identity;
mod way;

use azure::ArmError;

use crate::cli::RunArgs;
use crate::exit;
use crate::output::Output;
use crate::platform;

use finding::{Finding, Sheet, State};

/// Looks at everything. Exits 0 when nothing failed, 12 when something did.
///
/// # Errors
/// Usage and configuration errors: without a configuration there is nothing to look at.
pub(in crate::commands) async fn doctor(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let resolved = crate::commands::resolved(&args.target, args.overrides())?;
    let app = platform::app(&resolved)?;
    let connection = app.connection();
    let mut sheet = Sheet::new(output);
    sheet.write(files::configuration(args, &resolved));
    let reached = connection.reach().await;
    sheet.write(way::endpoint(connection.endpoint(), &reached).await);
    sheet.write(way::clock(connection.skew()));
    let credential = identity::credential(&resolved.azure, connection).await;
    let may_ask = reached.is_ok() && credential.state != State::Fail;
    sheet.write(credential);
    if may_ask {
        sheet.write_all(identity::permissions(
            &resolved.app,
            app.permissions().await,
        ));
        match app.describe().await {
            Ok(status) => {
                sheet.write_all(app::findings(&status));
                sheet.write_all(app::revisions(&status).await);
            }
            Err(error) => sheet.write(unread(&error)),
        }
    } else {
        for check in ["permissions", "app", "revisions"] {
            let why = "not looked at: it takes an endpoint that answers and a token for it";
            sheet.write(Finding::unknown(check, why.to_owned()));
        }
    }
    sheet.write(files::state_folder(&resolved.state_dir));
    sheet.write(files::cache_folder(resolved.cache_dir.as_deref()));
    Ok(match sheet.end() {
        0 => exit::PROMOTED,
        _ => exit::FAILED,
    })
}

fn unread(error: &ArmError) -> Finding {
    Finding::fail("app", error.to_string(), None)
}
