//! Pipelines as their runners take them: a file is parsed, what the runner replaces is replaced, and each script is
//! given to the very shell that the runner would start. Knows three dialects. Never guesses: an expression or a
//! condition without an answer in the table fails the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What a runner knows: the answers to expressions, and variables that it sets by itself.
#[derive(Clone, Default)]
pub(crate) struct Knows {
    answers: BTreeMap<String, String>,
}

impl Knows {
    /// Adds what an expression or a variable stands for.
    pub(crate) fn that(mut self, name: &str, value: &str) -> Knows {
        self.answers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn answer(&self, name: &str) -> String {
        let answer = self.answers.get(name);
        answer
            .unwrap_or_else(|| panic!("{name:?} is in a pipeline, and the test does not know it"))
            .clone()
    }

    /// Replaces everything between an opening and a closing mark.
    fn replace(&self, text: &str, open: &str, close: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(open) {
            let (name, after) = after.split_once(close).expect("an expression is closed");
            done.push_str(before);
            done.push_str(&self.answer(name.trim()));
            rest = after;
        }
        done + rest
    }

    /// Says whether a step runs, by its condition.
    fn holds(&self, condition: Option<&Value>) -> bool {
        condition.is_none_or(|condition| {
            let name = text(condition);
            let name = name.trim_start_matches("${{").trim_end_matches("}}");
            match self.answer(name.trim()).as_str() {
                "true" => true,
                "false" => false,
                other => panic!("{name:?} is {other:?}, which is no condition"),
            }
        })
    }
}

/// One script of a job, ready to be started.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What people see of it.
    pub(crate) name: String,
    /// The script file's text.
    pub(crate) script: String,
    /// The shell; the script's path comes last.
    pub(crate) shell: &'static [&'static str],
    /// What the pipeline itself sets in its environment.
    pub(crate) env: BTreeMap<String, String>,
}

/// Reads a pipeline among the examples.
pub(crate) fn read(name: &str) -> Value {
    let path = examples().join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns where the examples are.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Returns the scripts of a job of GitHub Actions that would run.
pub(crate) fn github(workflow: &Value, job: &str, knows: &Knows) -> Vec<Step> {
    let expand = |text: &str| knows.replace(text, "${{", "}}");
    let job = &workflow["jobs"][job];
    let steps = list(&job["steps"]).iter().filter(|step| {
        let is_script = step.get("run").is_some();
        is_script && knows.holds(step.get("if"))
    });
    let of = |step: &Value| Step {
        name: text(&step["name"]),
        script: expand(&text(&step["run"])),
        // ScriptHandlerHelpers.cs of actions/runner: the default, and what `shell: bash` asks for.
        shell: match step.get("shell").map(text).as_deref() {
            None => &["bash", "-e"],
            Some("bash") => &["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
            Some(other) => panic!("shell {other} is not known"),
        },
        env: [workflow, job, step]
            .iter()
            .flat_map(|owner| map(&owner["env"]))
            .map(|(name, value)| (name, expand(&value)))
            .collect(),
    };
    steps.map(of).collect()
}

/// Returns the scripts of a job of Azure Pipelines that would run. The agent puts variables into the environment, in
/// capitals, and replaces `$(name)`.
pub(crate) fn azure(pipeline: &Value, job: &Value, knows: &Knows) -> Vec<Step> {
    let expand = |text: &str| {
        let text = knows.replace(text, "$[ ", " ]");
        knows.replace(&text, "$(System.", ")")
    };
    let deploy = &job["strategy"]["runOnce"]["deploy"]["steps"];
    let steps = list(if deploy.is_null() {
        &job["steps"]
    } else {
        deploy
    });
    let steps = steps
        .iter()
        .filter(|step| step.get("bash").is_some() && knows.holds(step.get("condition")));
    let variables = |owner: &Value| match &owner["variables"] {
        Value::Array(entries) => entries
            .iter()
            .filter(|entry| entry.get("name").is_some())
            .map(|entry| (text(&entry["name"]), text(&entry["value"])))
            .collect(),
        other => map(other),
    };
    let of = |step: &Value| Step {
        name: text(&step["displayName"]),
        script: text(&step["bash"]),
        shell: &["bash", "--noprofile", "--norc"],
        env: [variables(pipeline), variables(job), map(&step["env"])]
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.to_uppercase(), expand(&value)))
            .collect(),
    };
    steps.map(of).collect()
}

/// Returns the script of a job of GitLab, and the one that runs after it. The runner writes each as one file for a
/// shell that stops at the first error.
pub(crate) fn gitlab(pipeline: &Value, job: &str, knows: &Knows) -> (Step, Option<Step>) {
    let job_of = |name: &str| {
        pipeline
            .get(name)
            .unwrap_or_else(|| panic!("no job {name}"))
    };
    let (name, job) = (job, job_of(job));
    let base = job
        .get("extends")
        .map_or(&Value::Null, |base| job_of(&text(base)));
    let own = |key: &str| {
        if job[key].is_null() {
            &base[key]
        } else {
            &job[key]
        }
    };
    let mut env: BTreeMap<String, String> = map(&base["variables"]);
    env.extend(map(&job["variables"]));
    for value in env.values_mut() {
        for variable in ["CI_BUILDS_DIR", "CI_JOB_ID"] {
            *value = value.replace(&format!("${variable}"), &knows.answer(variable));
        }
        assert!(
            !value.contains('$'),
            "{name}: {value} names a variable that the test does not know"
        );
    }
    for token in own("id_tokens").as_object().into_iter().flatten() {
        env.insert(token.0.clone(), knows.answer(token.0));
    }
    let step = |scripts: &[&Value]| {
        let lines = scripts.iter().flat_map(|script| list(script)).map(text);
        let lines: Vec<String> = lines.collect();
        Step {
            name: name.to_owned(),
            script: gitlab_file(&lines.join("\n")),
            shell: &["bash"],
            env: env.clone(),
        }
    };
    let after = job.get("after_script").map(|script| step(&[script]));
    (step(&[own("before_script"), &job["script"]]), after)
}

/// The file that gitlab-runner's shells/bash.go makes of a script.
fn gitlab_file(script: &str) -> String {
    let quoted = script.replace('\'', r"'\''");
    format!("set -eo pipefail\nset +o noclobber\n: | eval '{quoted}'\nexit 0\n")
}

/// Returns a scalar as text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("{other} is no scalar"),
    }
}

/// Returns a list; nothing is an empty one.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns a table of scalars.
fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}
