//! Pipelines as their runners read them, in three dialects: a file is parsed, its expressions are replaced, and each
//! script names the shell that the runner starts. Never guesses: an expression or a condition without a value in the
//! table fails the test. Read `templates` for what a file includes, `services` for the tables and `machine` for how scripts
//! are run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The values of expressions and variables that a runner replaces in a pipeline.
#[derive(Clone, Default)]
pub(crate) struct RunnerValues {
    values: BTreeMap<String, String>,
}

impl RunnerValues {
    /// Adds the value of an expression or a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> RunnerValues {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    fn value(&self, name: &str) -> String {
        let value = self.values.get(name);
        value
            .unwrap_or_else(|| {
                panic!("{name:?} is in a pipeline, and the test has no value for it")
            })
            .clone()
    }

    /// Replaces each expression between an opening and a closing mark by its value.
    fn replace(&self, text: &str, open: &str, close: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(open) {
            let (name, after) = after.split_once(close).expect("an expression is closed");
            done.push_str(before);
            done.push_str(&self.value(name.trim()));
            rest = after;
        }
        done + rest
    }

    /// Returns whether a step with this condition runs.
    fn holds(&self, condition: Option<&Value>) -> bool {
        condition.is_none_or(|condition| {
            let name = text(condition);
            let name = name.trim_start_matches("${{").trim_end_matches("}}");
            match self.value(name.trim()).as_str() {
                "true" => true,
                "false" => false,
                other => panic!("{name:?} is {other:?}, which is not a condition"),
            }
        })
    }
}

/// One script of a job, ready to be started.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// The name that people see.
    pub(crate) name: String,
    /// The text of the script file.
    pub(crate) text: String,
    /// The shell and its arguments; the path of the script follows them.
    pub(crate) shell: &'static [&'static str],
    /// The variables that the pipeline sets.
    pub(crate) env: BTreeMap<String, String>,
    /// Whether the job goes on where this script fails.
    pub(crate) may_fail: bool,
}

/// Returns the folder of the examples.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Returns the scripts of a GitHub Actions job whose conditions hold.
pub(crate) fn github(workflow: &Value, job: &str, values: &RunnerValues) -> Vec<Script> {
    let expand = |text: &str| values.replace(text, "${{", "}}");
    let job = &workflow["jobs"][job];
    let steps = list(&job["steps"]).iter().filter(|step| {
        let is_script = step.get("run").is_some();
        is_script && values.holds(step.get("if"))
    });
    let script = |step: &Value| Script {
        name: text(&step["name"]),
        text: expand(&text(&step["run"])),
        // The default, and `shell: bash`, by ScriptHandlerHelpers.cs of actions/runner.
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
        may_fail: step["continue-on-error"] == true,
    };
    steps.map(script).collect()
}

/// Returns the scripts of an Azure Pipelines job whose conditions hold. The agent puts variables into the environment, in
/// upper case, and replaces `$(name)`.
pub(crate) fn azure(pipeline: &Value, job: &Value, values: &RunnerValues) -> Vec<Script> {
    let expand = |text: &str| {
        let text = values.replace(text, "$[ ", " ]");
        let text = values.replace(&text, "${{", "}}");
        values.replace(&text, "$(System.", ")")
    };
    let deploy = &job["strategy"]["runOnce"]["deploy"]["steps"];
    let steps = list(if deploy.is_null() {
        &job["steps"]
    } else {
        deploy
    });
    let steps = steps
        .iter()
        .filter(|step| step.get("bash").is_some() && values.holds(step.get("condition")));
    let variables = |owner: &Value| match &owner["variables"] {
        Value::Array(entries) => entries
            .iter()
            .filter(|entry| entry.get("name").is_some())
            .map(|entry| (text(&entry["name"]), text(&entry["value"])))
            .collect(),
        other => map(other),
    };
    let script = |step: &Value| Script {
        name: text(&step["displayName"]),
        text: text(&step["bash"]),
        shell: &["bash", "--noprofile", "--norc"],
        env: [variables(pipeline), variables(job), map(&step["env"])]
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.to_uppercase(), expand(&value)))
            .collect(),
        may_fail: step["continueOnError"] == true,
    };
    steps.map(script).collect()
}

/// Returns the script of a GitLab job, and the one that runs after it. The runner writes each as one file for a shell that
/// stops at the first error.
pub(crate) fn gitlab(
    pipeline: &Value,
    job: &str,
    values: &RunnerValues,
) -> (Script, Option<Script>) {
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
            *value = value.replace(&format!("${variable}"), &values.value(variable));
        }
        assert!(
            !value.contains('$'),
            "{name}: {value} names a variable that the test has no value for"
        );
    }
    for token in own("id_tokens").as_object().into_iter().flatten() {
        env.insert(token.0.clone(), values.value(token.0));
    }
    let step = |scripts: &[&Value]| {
        let lines = scripts.iter().flat_map(|script| list(script)).map(text);
        let lines: Vec<String> = lines.collect();
        Script {
            name: name.to_owned(),
            text: gitlab_file(&lines.join("\n")),
            shell: &["bash"],
            env: env.clone(),
            may_fail: false,
        }
    };
    let after = job.get("after_script").map(|script| step(&[script]));
    (step(&[own("before_script"), &job["script"]]), after)
}

/// Returns the file that gitlab-runner's shells/bash.go writes for a script.
fn gitlab_file(script: &str) -> String {
    let quoted = script.replace('\'', r"'\''");
    format!("set -eo pipefail\nset +o noclobber\n: | eval '{quoted}'\nexit 0\n")
}

/// Returns a scalar as text; null is empty.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("{other} is not a scalar"),
    }
}

/// Returns a list; anything else is an empty list.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns a table of scalars as texts; anything else is an empty table.
fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}
