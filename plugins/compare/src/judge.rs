//! Decides from the settings, what is remembered and what is new: an answer, and what to remember. Pure: it asks nobody.

#[cfg(test)]
mod tests;

use evidence::{Block, Reason, answer};
use lockgate_gate::{Health, Measurement};

use crate::asked::Asked;
use crate::measurements::measurements;
use crate::minutes::{self, History, Minute, SourceError};
use crate::sentence::{bunches, sentence};
use crate::settings::Settings;
use crate::state::State;
use crate::view::{View, judged, share_of};
use crate::words::percent;

/// So many requests at a stage are enough to see that the split is not the weight's.
const SHARE_SEEN_FROM: f64 = 500.0;
/// The canary's share of the requests may be off its weight by this part of it.
const SHARE_OFF: f64 = 0.2;

/// What a source has that is new.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Its minutes, oldest first. Those that are not new are left out here.
    Minutes(Vec<Minute>),
    /// The outcome of the gate's own requests, for each metric; an empty block where it has none.
    Probes(Vec<Block>),
    /// Nothing, and why.
    Nothing(String),
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The line of the decision table.
    pub reason: Reason,
    /// The finding.
    pub health: Health,
    /// The sentence for the reader of the log.
    pub summary: String,
    /// The numbers behind it.
    pub measurements: Vec<Measurement>,
    /// What the operator should know and what changes no answer.
    pub warnings: Vec<String>,
}

/// Returns the answer, and changes the state to what the next call needs. The same settings, state, question and news give the
/// same answer and the same state.
///
/// # Errors
/// When what the source says cannot be right. The state is then as it was.
pub fn judge(
    settings: &Settings,
    state: &mut State,
    asked: &Asked,
    news: &News,
) -> Result<Judgement, SourceError> {
    if !asked.same_revision {
        minutes::check_clock(asked)?;
        if let News::Minutes(minutes) = news {
            minutes::check(minutes, asked)?;
        }
    }
    let mut warnings = Vec::new();
    let mut history = None;
    if !asked.same_revision && state.alarm.is_none() {
        let needs_history = needs_history(settings, state, asked);
        state.enter(asked.index, asked.weight, settings.rules.beta);
        history = take(settings, state, asked, news, needs_history, &mut warnings);
    }
    let unread = match news {
        News::Nothing(why) => Some(why.as_str()),
        News::Minutes(_) | News::Probes(_) => None,
    };
    let mut reason = reason(settings, state, asked);
    // What is known may have become too old to go on by.
    if unread.is_some() && matches!(reason, Reason::Enough | Reason::Thin) {
        reason = Reason::NoCounts;
    }
    if let Reason::Worse { metric } = reason {
        state.alarm = Some(metric);
    }
    let view = View {
        settings,
        state,
        asked,
        history,
        unread,
    };
    Ok(Judgement {
        reason,
        health: health(reason),
        summary: sentence(reason, &view),
        measurements: if reason == Reason::First {
            Vec::new()
        } else {
            measurements(&view)
        },
        warnings,
    })
}

/// Returns the line of the table. An alarm is final.
fn reason(settings: &Settings, state: &State, asked: &Asked) -> Reason {
    if let Some(metric) = state.alarm.filter(|_| !asked.same_revision) {
        return Reason::Worse { metric };
    }
    let question = asked.question(state.since);
    answer(&settings.rules, &question, &judged(settings, state))
}

/// Returns whether the minutes before the rollout are wanted: before the canary has traffic, and where they were not read.
pub(crate) fn needs_history(settings: &Settings, state: &State, asked: &Asked) -> bool {
    !settings.rules.sees_before_traffic && (asked.weight == 0 || state.length <= 0.0)
}

fn take(
    settings: &Settings,
    state: &mut State,
    asked: &Asked,
    news: &News,
    needs_history: bool,
    warnings: &mut Vec<String>,
) -> Option<History> {
    let mut history = None;
    let judged = match news {
        News::Nothing(_) => 0,
        News::Probes(blocks) => {
            state.since = asked.now_s;
            state.until = asked.now_s;
            for ((known, metric), block) in
                state.metrics.iter_mut().zip(&settings.metrics).zip(blocks)
            {
                known.add(block, metric.tolerated);
            }
            0
        }
        News::Minutes(minutes) => {
            if needs_history {
                history = minutes::take_history(minutes, settings, state, asked);
                warnings.extend(warn_of_bunches(settings, state));
            }
            if asked.weight == 0 {
                0
            } else {
                minutes::take(minutes, settings, state, asked)
            }
        }
    };
    if judged > 0 {
        warnings.extend(warn_of_share(state, asked));
    }
    history
}

fn warn_of_bunches(settings: &Settings, state: &State) -> Option<String> {
    if settings.burst.is_some() {
        return None;
    }
    let bursts = state.metrics.iter().map(|known| known.burst);
    bunches(bursts.fold(1.0, f64::max))
}

fn warn_of_share(state: &State, asked: &Asked) -> Option<String> {
    let known = state.metrics.first()?;
    let seen = known.stage.canary.requests + known.stage.stable.requests;
    let (share, weight) = (
        share_of(known).unwrap_or(0.0),
        f64::from(asked.weight) / 100.0,
    );
    let is_off = seen >= SHARE_SEEN_FROM && (share - weight).abs() > SHARE_OFF * weight;
    is_off.then(|| {
        format!(
            "the canary has {} of the requests and not {}: probes or retries are counted, or the split is not in effect",
            percent(share),
            percent(weight)
        )
    })
}

fn health(reason: Reason) -> Health {
    match reason {
        Reason::First
        | Reason::NoTrafficYet
        | Reason::NoStableTraffic
        | Reason::SoFar
        | Reason::Enough
        | Reason::Thin => Health::Healthy,
        Reason::Worse { .. } => Health::Unhealthy,
        Reason::NoCounts | Reason::NotYet { .. } => Health::Unknown,
    }
}
