//! Where this process runs: the machine's name and the address of the pipeline's run. For people alone: the lease carries
//! both, so that whoever finds it knows where to look.

use rollout::Place;

/// Returns the machine and the pipeline's run.
pub(crate) fn place() -> Place {
    Place {
        host: host(),
        pipeline: pipeline(|name| std::env::var(name).ok()),
    }
}

#[cfg(unix)]
fn host() -> String {
    let names = nix::sys::utsname::uname();
    names.map_or_else(
        |_| String::new(),
        |names| names.nodename().to_string_lossy().into_owned(),
    )
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// Returns the address of the pipeline's run from the variables that pipelines set; `None` outside of one.
fn pipeline(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let github = || {
        let (server, repository) = (given("GITHUB_SERVER_URL")?, given("GITHUB_REPOSITORY")?);
        Some(format!(
            "{server}/{repository}/actions/runs/{}",
            given("GITHUB_RUN_ID")?
        ))
    };
    let azure = || {
        let collection = given("SYSTEM_COLLECTIONURI")?;
        let project = given("SYSTEM_TEAMPROJECTID").or_else(|| given("SYSTEM_TEAMPROJECT"))?;
        Some(format!(
            "{collection}{project}/_build/results?buildId={}",
            given("BUILD_BUILDID")?
        ))
    };
    github()
        .or_else(azure)
        .or_else(|| given("CI_JOB_URL"))
        .or_else(|| given("BUILD_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<String> {
        pipeline(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn pipeline_is_named_by_the_address_of_its_run() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "shop/web"),
            ("GITHUB_RUN_ID", "7"),
        ];
        let url = "https://github.example/shop/web/actions/runs/7";
        assert_eq!(of(&github).as_deref(), Some(url));
        let azure = [
            ("SYSTEM_COLLECTIONURI", "https://dev.example/shop/"),
            ("SYSTEM_TEAMPROJECT", "web"),
            ("BUILD_BUILDID", "7"),
        ];
        let url = "https://dev.example/shop/web/_build/results?buildId=7";
        assert_eq!(of(&azure).as_deref(), Some(url));
        let gitlab = [("CI_JOB_URL", "https://gitlab.example/-/jobs/7")];
        assert_eq!(of(&gitlab).as_deref(), Some(gitlab[0].1));
        assert_eq!(of(&[("CI_JOB_URL", "")]), None);
        assert_eq!(of(&github[..2]), None);
    }
}
