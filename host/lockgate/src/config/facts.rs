//! The facts that a pipeline hands to gates: names and values of the section `facts` and the flag `--fact`. Reads the
//! environment variables that a value names.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::understand::key_text;
use crate::environment;
use crate::mistake::Mistake;

/// Facts by name, as gates receive them.
pub(crate) type Facts = BTreeMap<String, String>;

/// The most facts of a run.
const FACTS_MAX: usize = 64;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 64;
/// The longest value, in bytes.
const VALUE_BYTES_MAX: usize = 4 << 10;
/// What a value begins with that is in an environment variable.
const VARIABLE: &str = "env:";

/// A fact of the command line: `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactArg {
    /// The name.
    pub(crate) name: String,
    /// The value; that of the variable where one was named.
    pub(crate) value: String,
}

impl FromStr for FactArg {
    type Err = String;

    fn from_str(text: &str) -> Result<FactArg, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| "it is not NAME=VALUE, such as version=1.4.0".to_owned())?;
        Ok(FactArg {
            name: name.to_owned(),
            value: resolve(name, value)?,
        })
    }
}

/// Returns facts of the command line by name; of two with one name the last.
pub(crate) fn of_flags(facts: &[FactArg]) -> Facts {
    let facts = facts.iter().cloned();
    facts.map(|fact| (fact.name, fact.value)).collect()
}

/// Returns the facts of a section with the values of the variables that it names. Mistakes are added to `mistakes`.
pub(super) fn facts(section: &Facts, mistakes: &mut Vec<Mistake>) -> Facts {
    let mut facts = Facts::new();
    for (name, value) in section {
        match resolve(name, value) {
            Ok(value) => {
                facts.insert(name.clone(), value);
            }
            Err(message) => {
                let key = format!("facts.{}", key_text(name));
                mistakes.push(Mistake::of_key(key, message));
            }
        }
    }
    if section.len() > FACTS_MAX {
        let message = format!("{} facts; a run has at most {FACTS_MAX}", section.len());
        mistakes.push(Mistake::of_key("facts", message));
    }
    facts
}

/// Returns the value of a fact: the text, or that of the variable that it names with `env:`.
fn resolve(name: &str, value: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || !name.chars().all(allowed) {
        return Err(format!(
            "{name:?} is no name of a fact: write 1 to {NAME_CHARS_MAX} letters, digits, dashes, dots and underscores"
        ));
    }
    let value = match value.strip_prefix(VARIABLE) {
        None => value.to_owned(),
        Some(variable) => environment::text(variable).ok_or_else(|| {
            format!("environment variable {variable} is not set; fact {name} takes its value")
        })?,
    };
    if value.len() > VALUE_BYTES_MAX {
        return Err(format!(
            "fact {name} has {} bytes; at most {VALUE_BYTES_MAX} are handed over",
            value.len()
        ));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_of_the_command_line_is_a_name_and_a_value() {
        let fact: FactArg = "version=1.4.0=b".parse().unwrap();
        assert_eq!(
            (fact.name.as_str(), fact.value.as_str()),
            ("version", "1.4.0=b")
        );
        let nothing: FactArg = "ticket=".parse().unwrap();
        assert_eq!(nothing.value, "");
        for wrong in ["version", "=1", "a b=1", "commit=env:LOCKGATE_NOT_SET"] {
            assert!(wrong.parse::<FactArg>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn fact_of_the_file_may_name_a_variable() {
        let section = Facts::from([
            ("commit".to_owned(), "env:LOCKGATE_NOT_SET".to_owned()),
            ("path".to_owned(), "env:PATH".to_owned()),
            ("version".to_owned(), "1.4.0".to_owned()),
        ]);
        let mut mistakes = Vec::new();
        let facts = facts(&section, &mut mistakes);
        assert_eq!(facts["version"], "1.4.0");
        assert_eq!(facts.get("path"), environment::text("PATH").as_ref());
        let [mistake] = &mistakes[..] else {
            panic!("{mistakes:?}")
        };
        assert_eq!(mistake.key.as_deref(), Some("facts.commit"));
        assert_eq!(
            mistake.message,
            "environment variable LOCKGATE_NOT_SET is not set; fact commit takes its value"
        );
    }
}
