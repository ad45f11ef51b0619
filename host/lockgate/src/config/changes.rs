//! What changes in a template beside the image, checked as far as that needs no app. Where flags and file say different
//! things, the flags go before the file. No mistake shows the value of an environment variable.

use super::cores::Cores;
use super::env_settings::EnvSetting;
use super::file::DeploySection;
use super::flags;
use super::read::UncheckedConfig;
use super::understand::key_text;
use crate::mistake::{Mistake, Place};
use crate::platform::{EnvValue, TemplateChanges, Thousandths};

/// What a value begins with that is the name of a secret of the app.
const SECRET: &str = "secretref:";
/// The largest number of replicas that is not surely a slip. What the service takes is its own business.
const REPLICAS_MAX: i64 = 1_000_000;

/// Returns the changes. Mistakes are added to `mistakes`.
pub(super) fn changes(
    configuration: &UncheckedConfig,
    mistakes: &mut Vec<Mistake>,
) -> TemplateChanges {
    let section = &configuration.file.deploy;
    check_needs_an_image(configuration, mistakes);
    let mut changes = TemplateChanges::default();
    env(configuration, &mut changes, mistakes);
    let bound = |key: &str, number: Option<i64>, least: i64, mistakes: &mut Vec<Mistake>| {
        let number = number?;
        if !(least..=REPLICAS_MAX).contains(&number) {
            let what = format!("{number} is not a number of replicas: write {least} or more");
            mistakes.push(Mistake::of_key(format!("deploy.{key}"), what));
            return None;
        }
        u32::try_from(number).ok()
    };
    changes.min_replicas = bound("min-replicas", section.min_replicas, 0, mistakes);
    changes.max_replicas = bound("max-replicas", section.max_replicas, 1, mistakes);
    if let (Some(min), Some(max)) = (changes.min_replicas, changes.max_replicas)
        && min > max
    {
        let what = format!("min replicas {min} are more than max replicas {max}");
        mistakes.push(Mistake::of_key("deploy.min-replicas", what));
    }
    changes.cpu = section.cpu.and_then(|cores| cpu(cores, mistakes));
    let memory_of = section.memory.as_deref();
    changes.memory = memory_of.and_then(|text| memory(text, mistakes));
    changes
}

fn cpu(Cores(number): Cores, mistakes: &mut Vec<Mistake>) -> Option<Thousandths> {
    let cores = Thousandths::new(number).filter(|cores| cores.number() > 0.0);
    if cores.is_none() {
        let what = format!(
            "{number} is not a number of cores: write one above 0 with at most three decimals, such as 0.5"
        );
        mistakes.push(Mistake::of_key("deploy.cpu", what));
    }
    cores
}

fn memory(text: &str, mistakes: &mut Vec<Mistake>) -> Option<Thousandths> {
    let number = text.strip_suffix("Gi").and_then(|gib| gib.parse().ok());
    let memory = number.and_then(Thousandths::new);
    let memory = memory.filter(|memory| memory.number() > 0.0);
    if memory.is_none() {
        let what = format!(
            "{text:?} is not an amount of memory: write one above 0 in Gi, such as 1Gi or 0.5Gi"
        );
        mistakes.push(Mistake::of_key("deploy.memory", what));
    }
    memory
}

/// Refuses flags that change a revision where none is made: they would do nothing, without a word. What the file has is for
/// those commands that make one.
fn check_needs_an_image(configuration: &UncheckedConfig, mistakes: &mut Vec<Mistake>) {
    let section = &configuration.flags.deploy;
    let given = [
        ("set-env", !section.env.0.is_empty()),
        ("remove-env", !section.remove_env.is_empty()),
        ("min-replicas", section.min_replicas.is_some()),
        ("max-replicas", section.max_replicas.is_some()),
        ("cpu", section.cpu.is_some()),
        ("memory", section.memory.is_some()),
    ];
    if configuration.file.rollout.image.is_some() {
        return;
    }
    for (flag, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
        let what = "it changes the revision that is made of an image, and no image is given";
        let mistake = Mistake::new(what).at(Place::Given(flags::as_typed(flag)));
        mistakes.push(mistake.with_help("pass --image with the whole reference, or leave it out"));
    }
}

fn env(
    configuration: &UncheckedConfig,
    changes: &mut TemplateChanges,
    mistakes: &mut Vec<Mistake>,
) {
    let of_flags = &configuration.flags.deploy;
    let DeploySection {
        env, remove_env, ..
    } = &configuration.file.deploy;
    let mut number = 0;
    for EnvSetting { name, text } in &env.0 {
        // The flags come last, in their order.
        number += usize::from(of_flags.env.has(name));
        let flag = of_flags.env.has(name).then_some("set-env");
        let key = format!("deploy.env.{}", key_text(name));
        let placed = |mistake: Mistake| placed(mistake, flag, &key);
        let value = match text {
            None => Err(not_a_setting(number)),
            Some(text) => value(name, text),
        };
        match value {
            Err(mistake) => mistakes.push(placed(mistake)),
            Ok(value) => {
                let before = changes.set_env.insert(name.clone(), value.clone());
                if before.is_some_and(|before| before != value) {
                    let what = format!("{name} is set twice, to different values");
                    mistakes.push(placed(Mistake::new(what)));
                }
            }
        }
    }
    for name in remove_env {
        let flag = of_flags.remove_env.contains(name).then_some("remove-env");
        let placed = |mistake: Mistake| placed(mistake, flag, "deploy.remove-env");
        if !is_env_name(name) {
            mistakes.push(placed(not_a_name(name)));
        } else if env.has(name) {
            let what = format!("{name} is both set and removed: leave one out");
            mistakes.push(placed(Mistake::new(what)));
        }
        changes.remove_env.insert(name.clone());
    }
}

/// Says where a mistake is: in the flag that has the variable, or in the file.
fn placed(mistake: Mistake, flag: Option<&str>, key: &str) -> Mistake {
    match flag {
        Some(flag) => mistake.at(Place::Given(flags::as_typed(flag))),
        None => Mistake {
            key: Some(key.to_owned()),
            ..mistake
        },
    }
}

/// Says that a flag has no `=`. Its text is not shown: what stands there may be a value.
fn not_a_setting(number: usize) -> Mistake {
    let what = format!("number {number} has no `=` in it, and is not shown here");
    Mistake::new(what).with_help("write NAME=VALUE, such as LOG_LEVEL=debug")
}

/// Returns what a variable is set to.
fn value(name: &str, text: &str) -> Result<EnvValue, Mistake> {
    if !is_env_name(name) {
        return Err(not_a_name(name));
    }
    let prefix = text.get(..SECRET.len()).unwrap_or_default();
    if !prefix.eq_ignore_ascii_case(SECRET) {
        return Ok(EnvValue::Text(text.to_owned()));
    }
    let secret = &text[SECRET.len()..];
    if prefix == SECRET && is_secret_reference(secret) {
        return Ok(EnvValue::Secret(secret.to_owned()));
    }
    // Where somebody has put the value itself there, it is not shown.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let shown = if secret.chars().all(is_plain) {
        format!(" {secret:?}")
    } else {
        String::new()
    };
    let what = format!("{name} refers to a secret by what is no name of one{shown}");
    Err(Mistake::new(what).with_help(
        "write secretref:NAME with lower-case letters, digits, dashes and dots, a letter or digit first and last",
    ))
}

/// The rule of the service for the name of an environment variable, but for a dash or a dot that begins it.
fn is_env_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}

/// The rule of the service for the name of a secret.
fn is_secret_reference(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(letter)
        && name.ends_with(letter)
        && name.chars().all(|c| letter(c) || "-.".contains(c))
}

fn not_a_name(name: &str) -> Mistake {
    let what = match name.split_once('=') {
        // What stands behind it is a value.
        Some((name, _)) => format!("{name:?} and a `=` are no name of an environment variable"),
        None => format!("{name:?} is no name of an environment variable"),
    };
    Mistake::new(what)
        .with_help("write letters, digits, underscores, dots and dashes, and no digit first")
}

#[cfg(test)]
mod tests;
