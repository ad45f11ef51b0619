//! Webhooks that learn of a run: one message for each event of it, in the format of CloudEvents 1.0, posted from a thread of
//! its own. What cannot be delivered is said once, at the end.
//!
//! Decides nothing, delays nothing and changes no exit code. No secret and no URL is in what it says. Read `follow.rs` (which
//! event is when), `message.rs` (what is posted), `deliver.rs` (the thread), and `answer.rs` (what an answer means).

mod answer;
mod deliver;
mod follow;
mod ledger;
mod message;
mod subscription;
mod words;

pub(crate) use follow::reporter;
pub(crate) use subscription::Subscription;
