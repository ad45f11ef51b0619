//! The suffix of a new revision's name where none is given. It is the commit that the pipeline builds, so that a person
//! finds the code of a revision, and the number of the attempt, so that a repeated pipeline does not collide.

use crate::environment;

/// Where GitHub, Azure Pipelines and GitLab name the commit.
const COMMIT_VARIABLES: [&str; 3] = ["GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA"];
/// Where GitHub and Azure Pipelines number the attempt, from 1.
const ATTEMPT_VARIABLES: [&str; 2] = ["GITHUB_RUN_ATTEMPT", "SYSTEM_JOBATTEMPT"];

/// Returns the suffix of this run of a pipeline, or one made of the time outside of a pipeline.
pub(super) fn of_this_run() -> String {
    let first = |names: &[&str]| names.iter().find_map(|name| environment::text(name));
    suffix(first(&COMMIT_VARIABLES), first(&ATTEMPT_VARIABLES)).unwrap_or_else(|| {
        let now = jiff::Timestamp::now();
        now.strftime("t%Y%m%d%H%M%S").to_string()
    })
}

fn suffix(commit: Option<String>, attempt: Option<String>) -> Option<String> {
    let commit = commit
        .filter(|commit| commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit()))?;
    let short = commit[..7].to_ascii_lowercase();
    let attempt: u32 = attempt.and_then(|text| text.parse().ok()).unwrap_or(1);
    Some(match attempt {
        0 | 1 => short,
        later => format!("{short}-{later}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_and_later_attempts_make_the_suffix() {
        let of = |commit: &str, attempt: Option<&str>| {
            suffix(Some(commit.to_owned()), attempt.map(str::to_owned))
        };
        assert_eq!(of("4B825DC642CB6EB9", None).as_deref(), Some("4b825dc"));
        assert_eq!(
            of("4b825dc642cb6eb9", Some("1")).as_deref(),
            Some("4b825dc")
        );
        assert_eq!(
            of("4b825dc642cb6eb9", Some("3")).as_deref(),
            Some("4b825dc-3")
        );
        assert_eq!(of("short", None), None);
        assert_eq!(of("not-a-commit", None), None);
        assert_eq!(suffix(None, Some("2".to_owned())), None);
    }
}
