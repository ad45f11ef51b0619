//! Judges one trial: from the emulator's log of calls and writes, the state of the app, and exit codes. Never reads what
//! a lockgate printed, so that it cannot believe a lockgate about itself.
//!
//! What is fair. The service has no conditional write: between the read that licenses a write and the write itself
//! somebody else can always come first, and a write can sit in the network for seconds. No process can help either, so
//! neither is a violation. What a process can do is all that is asked of it:
//!
//! - *It acts only on what it has read.* Every attempt to write forward, also one that repeats a refused one, comes
//!   after a read of its own since its last attempt (`forward::repeats_without_a_read`). 409 is evidence that somebody
//!   else writes. Forward is every write that leaves the canary with traffic. An undo is no rollback, which is right
//!   whatever the app has: what this rule and the next two ask of a write forward they ask of each write of an undo.
//! - *That read shows the app as the process left it*, or found it: the same weights, the same holder of the lease
//!   (`forward::overrides_a_change_it_read`), and no operation under way (`forward::does_not_wait_for_another`). A
//!   read counts as known 250 ms after it was answered ([`times::GRACE_MS`]): before that its answer may still be on its way
//!   to a busy process. One that is answered after the process has sent its next call was given up on, and tells it nothing.
//! - *It is not older than 2 s* ([`times::LICENCE_MS`]) when somebody else's change took effect after it
//!   (`forward::acts_on_an_old_read`). The way from a comparison to its PATCH is one entry of the journal.
//! - *It looks.* A run learns of somebody else's change within 7 s ([`times::NOTICE_MS`]): 4 s of the watch, and the time that a
//!   read may take on a busy machine (`forward::looks_too_late`).
//! - *A rollout begins only where no lease is* (`forward::begins_over_a_lease`).
//! - *A restore undoes a rollout and nothing else.* `abort` and `recover` never raise the canary
//!   (`restoring::raises_the_canary`). Nobody restores over what two reads of its own showed to be an operator's
//!   (`restoring::restores_over_an_operator`): one read may be stale, and a rollback without a read is right (I-8). An
//!   `abort` that found the operator's split was asked to restore over it.
//! - *An undo takes the promotion back and nothing else.* It writes over no lease (`undoing::undoes_over_a_lease`), and over
//!   no traffic but what the promotion left or the undo leads to (`undoing::undoes_over_a_change`): here one read may be
//!   stale, and is repeated. Each of its writes is the whole array that gives all traffic to the revision that the
//!   app's note names, each label where it was (`undoing::undoes_something_else`).
//! - *A resume continues what stands still, as it was left*: the lease was held or paused
//!   (`resuming::resumes_what_does_not_stand_still`), the weights those of the run (`resuming::resumes_over_a_change`). Of two
//!   resumes of one lease one leads the run on, unless neither could know of the other (`resuming::two_resumed`).
//! - *No traffic is lost*: the weights of every array are 100 together, and none follows the latest revision
//!   (`arrays::loses_traffic`). *A note is a note*: a write of tags alone leaves every lease as it is
//!   (`arrays::note_changes_a_lease`), for it may land when its process has ended.
//! - *A final word is true and final.* 10, 11 and 12 of a process that wrote, or that ended another run: the last read
//!   was settled and showed the baseline (`ending::claims_a_baseline_that_is_not_there`), and neither a forward write of
//!   the run nor any write of the process takes effect afterwards, however long it was under way: a restore that lands
//!   late undoes what came in between (`ending::speaks_before_the_last_write_landed`; the delays of a trial are shorter
//!   than the time that a process has to watch for such a write). The latter holds for 0 and 13 as well, and for all
//!   processes: what lands after a promotion undoes an undo. A write of tags alone aside. 0 of a rollout: the last read
//!   showed all traffic with the canary (`ending::claims_a_promotion_that_is_not_there`). 0 of `abort` and
//!   `recover` without a write: that read was settled (`ending::idle_from_an_unsettled_read`), and showed one revision
//!   with all traffic (`ending::idle_over_a_split`). 2 and 30: nothing was written (`ending::refuses_after_writing`).
//!   31: somebody else wrote (`ending::superseded_by_itself`). 0 of `undo`: the last read was settled and showed all traffic
//!   with the replaced revision (`undoing::claims_an_undo_that_is_not_there`). 10, 11, 12 and 30 of `undo`: it has sent no write, accepted or not (`undoing::undoes_and_says_no`).
//! - *What is left is explained.* Traffic that a lockgate shifted has a lease on the app, or a process that said that it
//!   could not end it (20, 21) or that somebody else changed it (31), or it is a promotion; a lease has a process that was killed, froze the
//!   weight (13) or said one of these (`leaving::split_without_a_lease`, `leaving::lease_without_a_run`).
//! - *Two rollouts that were under way together are not both promoted* (`leaving::two_promoted`).
//! - *Every process ends* within the trial's time (`ending::never_ends`).
//!
//! Where a test of the judge and this page differ, this page is wrong.

mod arrays;
mod attempts;
pub(crate) mod course;
mod ending;
mod forward;
mod leaving;
pub(crate) mod reading;
mod restoring;
mod resuming;
#[cfg(test)]
mod tests;
mod times;
mod undoing;

use course::Course;

/// Something that must never happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The name of the rule.
    pub(crate) rule: &'static str,
    /// One sentence with the process, the times and the weights.
    pub(crate) what: String,
}

/// A rule: looks for one kind of violation.
type Rule = fn(&Course) -> Vec<String>;

/// Every rule with its name.
const RULES: [(&str, Rule); 29] = [
    ("repeats-without-a-read", forward::repeats_without_a_read),
    (
        "overrides-a-change-it-read",
        forward::overrides_a_change_it_read,
    ),
    (
        "does-not-wait-for-another",
        forward::does_not_wait_for_another,
    ),
    ("acts-on-an-old-read", forward::acts_on_an_old_read),
    ("looks-too-late", forward::looks_too_late),
    ("begins-over-a-lease", forward::begins_over_a_lease),
    ("raises-the-canary", restoring::raises_the_canary),
    (
        "restores-over-an-operator",
        restoring::restores_over_an_operator,
    ),
    (
        "claims-a-baseline-that-is-not-there",
        ending::claims_a_baseline_that_is_not_there,
    ),
    (
        "speaks-before-the-last-write-landed",
        ending::speaks_before_the_last_write_landed,
    ),
    (
        "claims-a-promotion-that-is-not-there",
        ending::claims_a_promotion_that_is_not_there,
    ),
    (
        "idle-from-an-unsettled-read",
        ending::idle_from_an_unsettled_read,
    ),
    ("idle-over-a-split", ending::idle_over_a_split),
    ("refuses-after-writing", ending::refuses_after_writing),
    ("superseded-by-itself", ending::superseded_by_itself),
    ("never-ends", ending::never_ends),
    ("split-without-a-lease", leaving::split_without_a_lease),
    ("lease-without-a-run", leaving::lease_without_a_run),
    ("two-promoted", leaving::two_promoted),
    (
        "resumes-what-does-not-stand-still",
        resuming::resumes_what_does_not_stand_still,
    ),
    ("resumes-over-a-change", resuming::resumes_over_a_change),
    ("two-resumed", resuming::two_resumed),
    ("undoes-over-a-lease", undoing::undoes_over_a_lease),
    ("undoes-over-a-change", undoing::undoes_over_a_change),
    ("undoes-something-else", undoing::undoes_something_else),
    (
        "claims-an-undo-that-is-not-there",
        undoing::claims_an_undo_that_is_not_there,
    ),
    ("undoes-and-says-no", undoing::undoes_and_says_no),
    ("loses-traffic", arrays::loses_traffic),
    ("note-changes-a-lease", arrays::note_changes_a_lease),
];

/// Returns everything that must not have happened in a trial.
pub(crate) fn judge(course: &Course) -> Vec<Violation> {
    let found = RULES.iter().flat_map(|(rule, look)| {
        let found = look(course).into_iter();
        found.map(|what| Violation { rule, what })
    });
    found.collect()
}
