//! The checks that need a network: how Azure is reached and as whom, then the app. Sends nothing but reads and requests
//! for a token, and hands on what was read, so that a rollout need not read it again.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::super::new_revision::{WantedRevision, is_whole_reference, not_whole_reference};
use super::check::{Area, Check};
use super::connection::{self, Reach};
use super::finding::Finding;
use super::findings::{Depth, Findings};
use super::{app, deadlines, identity, tokens};
use crate::assemble::LoadedGates;
use crate::attest::Subject;
use crate::cli::NewRevisionArgs;
use crate::config::RolloutConfig;
use crate::platform::{
    App, Deployment as _, Examined, Existing, ImageChoice, Need, RevisionChoice,
};
use crate::run::clock::unix_seconds;

/// How long a rollout tries to reach the endpoint, as long as it tries every other read.
const REACH_BUDGET: Duration = Duration::from_secs(5);
/// The pause between two attempts.
const REACH_PAUSE: Duration = Duration::from_millis(500);
/// The list of permissions is advice, for which no rollout waits longer.
const PERMISSIONS_TIMEOUT: Duration = Duration::from_secs(5);

/// What the checks have found, where they could.
#[derive(Default)]
pub(crate) struct Found {
    /// What a rollout would begin with.
    pub(crate) choice: Option<RevisionChoice>,
    /// The revision that runs the image and carries all traffic already, so that there is nothing to roll out.
    pub(crate) promoted: Option<String>,
    /// The revision with whose deployment it would begin.
    pub(crate) deployment: Option<WantedRevision>,
    /// True where the identity is known not to be allowed to read the platform's request counts.
    pub(crate) lacks_counts: bool,
    /// The app as it was read.
    pub(crate) examined: Option<Examined>,
}

/// Checks the connection, then the app. `gates` are missing where they could not be loaded.
pub(crate) async fn check(
    platform: &App,
    gates: Option<&LoadedGates>,
    config: &RolloutConfig,
    args: &NewRevisionArgs,
    findings: &mut Findings<'_>,
) -> Found {
    let is_reached = check_connection(platform, gates, findings).await;
    if findings.are_enough() {
        return Found::default();
    }
    if !is_reached || findings.refused_by(Check::Credential) {
        findings.add_all(unchecked());
        return Found::default();
    }
    check_app(platform, config, args, findings).await
}

/// Returns the checks that need an endpoint that answers and a token for it.
pub(crate) fn unchecked() -> Vec<Finding> {
    let behind = Check::ALL.into_iter().filter(|check| {
        let about_the_app = matches!(check.area(), Area::App | Area::Revisions);
        let is_optional = matches!(
            check,
            Check::Capacity | Check::Deployment | Check::Attestation
        );
        *check == Check::Permissions || (about_the_app && !is_optional)
    });
    let why = "this needs an endpoint that answers and a token for it";
    behind
        .map(|check| Finding::not_checked(check, why))
        .collect()
}

/// Returns whether the endpoint answers.
async fn check_connection(
    platform: &App,
    gates: Option<&LoadedGates>,
    findings: &mut Findings<'_>,
) -> bool {
    let (identity, response) = tokio::join!(platform.identity(), reach(platform, findings.depth()));
    findings.add(identity::credential(&identity, unix_seconds()));
    if findings.are_enough() {
        return false;
    }
    if let Some(LoadedGates { plan, .. }) = gates
        && !findings.refused_by(Check::Credential)
    {
        let left = platform.token_lasts(deadlines::longest_need(plan)).await;
        findings.add(deadlines::token(plan, &identity, left));
    }
    if findings.are_enough() {
        return false;
    }
    if let Some(gates) = gates {
        check_tokens(gates, findings).await;
    }
    if findings.are_enough() {
        return false;
    }
    let base = platform.endpoint();
    let means = if platform.is_plain_loopback() {
        "plain http on this machine".to_owned()
    } else {
        connection::certificates_and_proxy()
    };
    findings.add(connection::endpoint(
        base,
        &means,
        &Reach::of(base, &response).await,
    ));
    if !findings.are_enough() {
        findings.add(connection::clock(platform.clock_ahead()));
    }
    response.is_ok()
}

async fn check_tokens(gates: &LoadedGates, findings: &mut Findings<'_>) {
    if findings.refused_by(Check::Credential) {
        let why = "this needs a credential that works";
        let wanted = tokens::wanted(gates);
        findings.add_all(
            wanted
                .iter()
                .map(|_| Finding::not_checked(Check::GateTokens, why)),
        );
    } else {
        findings.add_all(tokens::findings(gates, unix_seconds()).await);
    }
}

/// Sends the endpoint a request without a token: once for a person who waits, repeatedly for a rollout, which a short
/// disturbance must not end.
async fn reach(platform: &App, depth: Depth) -> anyhow::Result<u16> {
    let end = match depth {
        Depth::FirstRefusal => Instant::now() + REACH_BUDGET,
        Depth::Everything => Instant::now(),
    };
    loop {
        let response = platform.reach().await;
        if response.is_ok() || Instant::now() + REACH_PAUSE >= end {
            return response;
        }
        sleep(REACH_PAUSE).await;
    }
}

async fn check_app(
    platform: &App,
    config: &RolloutConfig,
    args: &NewRevisionArgs,
    findings: &mut Findings<'_>,
) -> Found {
    let deploys = deploys(platform, config).await;
    let wanted = match deploys {
        Some(image) if is_whole_reference(&image.image) => {
            wanted_revision(platform, config, args).await
        }
        _ => None,
    };
    let new = wanted.as_ref().map(|wanted| &wanted.new);
    let (permissions, examined) = tokio::join!(
        timeout(PERMISSIONS_TIMEOUT, platform.permissions()),
        platform.examine(new)
    );
    let permissions = permissions.unwrap_or_else(|_| {
        Err(anyhow::anyhow!(
            "the list of permissions took longer than {}",
            rollout::human(PERMISSIONS_TIMEOUT)
        ))
    });
    let lacks_counts = permissions
        .as_ref()
        .is_ok_and(|permissions| !permissions.allow(Need::COUNTS.action));
    findings.add_all(identity::permissions(
        &config.target.app,
        &permissions,
        config.decides_by_counts(),
    ));
    if findings.are_enough() {
        return Found::default();
    }
    let examined = match examined {
        Ok(examined) => examined,
        Err(error) => {
            findings.add(Finding::refused(Check::App, error.to_string()));
            return Found::default();
        }
    };
    match deploys.filter(|_| wanted.is_none()) {
        // The revisions cannot be resolved without it, so this is the sentence.
        Some(image) => findings.add(Finding::refused(
            Check::Deployment,
            not_whole_reference(image),
        )),
        None => findings.add_all(app::findings(&examined)),
    }
    if let Some(wanted) = &wanted
        && !findings.are_enough()
    {
        findings.add_all(deployment(platform, wanted).await);
    }
    if config.attest.is_some() && !findings.are_enough() {
        findings.add_all(attestation(&examined, wanted.as_ref()));
    }
    Found {
        choice: examined.choice.clone(),
        promoted: examined.promoted.clone(),
        deployment: wanted,
        lacks_counts,
        examined: Some(examined),
    }
}

/// Returns the revision that a rollout would deploy. Where nobody has chosen its name, it gets one that the app does not
/// have yet; an app that cannot be read leaves it as it is, and the check of the deployment judges it.
async fn wanted_revision(
    platform: &App,
    config: &RolloutConfig,
    args: &NewRevisionArgs,
) -> Option<WantedRevision> {
    let wanted = WantedRevision::new(args, config, Existing::SameDigest).ok()?;
    if args.suffix.is_some() {
        return Some(wanted);
    }
    Some(match platform.unused_suffix(&wanted.new).await {
        Ok(suffix) => wanted.renamed(&config.target.app, suffix),
        Err(_) => wanted,
    })
}

/// Returns the image that is named and that no active revision is proven to run. An app that cannot be read is reported
/// by the next read.
async fn deploys<'a>(platform: &App, config: &'a RolloutConfig) -> Option<&'a ImageChoice> {
    let image = config.target.revisions.image.as_ref()?;
    let is_deployed = platform.is_deployed(image).await.unwrap_or(true);
    (!is_deployed).then_some(image)
}

/// Judges the image that an attestation would be about, where it is known.
fn attestation(examined: &Examined, wanted: Option<&WantedRevision>) -> Option<Finding> {
    let image = match (wanted, &examined.choice) {
        (Some(wanted), _) => &wanted.new.image,
        (None, Some(choice)) => &choice.inspection.canary.image,
        (None, None) => return None,
    };
    Some(match Subject::of(image) {
        Ok(subject) => Finding::ok(
            Check::Attestation,
            format!("is about {}@{}", subject.name, subject.digest()),
        ),
        Err(error) => Finding::refused(Check::Attestation, error.to_string()),
    })
}

async fn deployment(platform: &App, wanted: &WantedRevision) -> Vec<Finding> {
    let check = Check::Deployment;
    let note = match platform.check_deployable(&wanted.new).await {
        Err(error) => {
            let why = wanted.without_hidden(&error.to_string());
            return vec![Finding::refused(check, why)];
        }
        Ok(note) => note,
    };
    let with = wanted.with();
    let with = with.map_or_else(String::new, |with| format!(", with {with}"));
    let detail = format!(
        "no active revision is proven to run {}: a rollout deploys it as {} first{with}",
        wanted.new.image_choice(),
        wanted.name
    );
    let deploys = Finding::ok(check, detail);
    let note = note.map(|note| Finding::warn(check, note));
    [deploys].into_iter().chain(note).collect()
}
