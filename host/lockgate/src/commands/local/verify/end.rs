//! Whether the facts of a journal lead to the end that it states: the engine is led by them once more, as every write, read and
//! verdict happened.

use rollout::{Memory, Phase, Rollout};
use serde_json::Value;

use super::questions::{Question, Questions};
use crate::event::Ended;
use crate::report::{Reporter, Update, What};
use crate::run::journal::{self, SavedJournal};

/// Takes note of the weights at which the run baked, and of its end.
#[derive(Default)]
struct Noted {
    weights: Vec<u32>,
    ended: Option<Ended>,
}

impl Reporter for Noted {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            What::Happened(..) => {
                if let Phase::Baking(baking) = update.rollout.phase() {
                    let weight = update.rollout.plan().stages()[baking.stage].weight;
                    if self.weights.last() != Some(&weight.per_cent()) {
                        self.weights.push(weight.per_cent());
                    }
                }
            }
            What::Ended(ending) => self.ended = Some(ending.event.clone()),
            What::Began(_) | What::Begins(_) | What::Remarked(_) => {}
        }
    }
}

/// What the facts of a journal lead to.
pub(super) struct Led {
    /// A sentence about it.
    pub(super) sentence: String,
    /// The question of each fact that is an answer, in their order.
    pub(super) questions: Vec<Question>,
}

/// Leads the engine by the facts; the error is the first difference.
pub(super) fn check(journal: &SavedJournal) -> Result<Led, String> {
    let (mut noted, mut questions) = (Noted::default(), Questions::default());
    let reporters: Vec<Box<dyn Reporter + '_>> =
        vec![Box::new(&mut noted), Box::new(&mut questions)];
    // What the gates remember of earlier processes leads nowhere.
    let rollout = journal::tell(journal, Memory::default(), reporters);
    let rollout: Rollout = rollout.map_err(|error| format!("{error:#}"))?;
    let questions = questions.answered();
    let path = journal.path.display();
    let Some(stated) = &journal.ended else {
        return Ok(Led {
            sentence: "its facts follow from each other, as far as it goes".to_owned(),
            questions,
        });
    };
    let Some(found) = noted.ended else {
        return Err(format!(
            "journal {path} states the end {:?}, and its facts lead no further than to phase {}",
            stated.result,
            rollout.phase().name()
        ));
    };
    if let Some((name, stated, found)) = first_difference(stated, &found) {
        return Err(format!(
            "journal {path}, line {}: it states the {name} {stated}, and its facts lead to {found}",
            journal.lines
        ));
    }
    let weights: Vec<String> = noted.weights.iter().map(u32::to_string).collect();
    let way = match weights.as_slice() {
        [] => "no weight was reached".to_owned(),
        weights => format!("read back at {} %", weights.join(", ")),
    };
    Ok(Led {
        sentence: format!("its facts lead to its end ({way}): {}", stated.result),
        questions,
    })
}

/// Members of an end that facts alone do not lead to: the configuration of the run has its part in them.
const OF_THE_CONFIGURATION: [&str; 2] = ["next", "unjudged"];

/// Returns the first member of an end that is another one, and both.
fn first_difference(stated: &Ended, found: &Ended) -> Option<(String, String, String)> {
    let members = |ended: &Ended| match serde_json::to_value(ended) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (stated, found) = (members(stated), members(found));
    let differs = |name: &&String| stated[*name] != found[*name];
    let mut names = stated
        .keys()
        .filter(|name| !OF_THE_CONFIGURATION.contains(&name.as_str()));
    let name = names.find(differs)?;
    let in_words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    Some((
        name.replace('-', " "),
        in_words(&stated[name]),
        in_words(&found[name]),
    ))
}
