//! Whether the facts of a journal lead to the end that it states: the engine is led by them once more, as every write, read and
//! verdict happened.

use rollout::{Memory, Phase, Rollout};

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

/// Returns a sentence about the end, and puts what the gates remember into `memory`; the error is the first difference.
pub(super) fn check(journal: &SavedJournal, memory: &mut Memory) -> Result<String, String> {
    let mut noted = Noted::default();
    let before = std::mem::take(memory);
    let rollout = journal::tell(journal, before, vec![Box::new(&mut noted)]);
    let rollout: Rollout = rollout.map_err(|error| format!("{error:#}"))?;
    memory.clone_from(rollout.memory());
    let path = journal.path.display();
    let Some(stated) = &journal.ended else {
        return Ok("its facts follow from each other, as far as it goes".to_owned());
    };
    let Some(found) = noted.ended else {
        return Err(format!(
            "journal {path} states the end {:?}, and its facts lead no further than to phase {}",
            stated.result,
            rollout.phase().name()
        ));
    };
    for (what, stated, found) in [
        (
            "outcome",
            format!("{:?}", stated.outcome),
            format!("{:?}", found.outcome),
        ),
        (
            "exit code",
            stated.exit_code.to_string(),
            found.exit_code.to_string(),
        ),
        ("result", stated.result.clone(), found.result),
        (
            "traffic",
            format!("{:?}", stated.traffic),
            format!("{:?}", found.traffic),
        ),
        (
            "sentence about what production serves",
            stated.serves.clone(),
            found.serves,
        ),
    ] {
        if stated != found {
            return Err(format!(
                "journal {path} states the {what} {stated}, and its facts lead to {found}"
            ));
        }
    }
    let weights: Vec<String> = noted.weights.iter().map(u32::to_string).collect();
    let way = match weights.as_slice() {
        [] => "no weight was reached".to_owned(),
        weights => format!("read back at {} %", weights.join(", ")),
    };
    Ok(format!(
        "its facts lead to its end ({way}): {}",
        stated.result
    ))
}
