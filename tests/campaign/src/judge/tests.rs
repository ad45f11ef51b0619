//! Each rule with a hand-written log that breaks it and one that does not. `Log` is how a log is written.

mod arrays;
mod ending;
mod forward;
mod leaving;
mod restoring;
mod resuming;
mod undoing;

use super::course::{
    Call, Course, Ended, Labels, Process, Promotion, Role, State, Weights, What, Write,
};

/// A log under construction: writes in the order in which they are accepted, calls in any order.
pub(super) struct Log {
    course: Course,
    /// The labels of the app and of every write that follows.
    labels: Labels,
    /// The note of every write that follows.
    promotion: Option<Promotion>,
}

/// The three times of a write: received, accepted, applied.
type Times = [u64; 3];

impl Log {
    /// An app with all traffic on v1 and no lease.
    pub(super) fn new() -> Log {
        let start = State {
            weights: weights("v1=100"),
            ..State::default()
        };
        let course = Course {
            start,
            ..Course::default()
        };
        Log {
            course,
            labels: Labels::new(),
            promotion: None,
        }
    }

    pub(super) fn process(mut self, name: &str, role: Role, code: i32) -> Log {
        self.add(name, role, Ended::Code(code));
        self
    }

    pub(super) fn killed(mut self, name: &str) -> Log {
        self.add(name, Role::Rollout, Ended::Killed);
        self
    }

    pub(super) fn never(mut self, name: &str) -> Log {
        self.add(name, Role::Rollout, Ended::Never);
        self
    }

    fn add(&mut self, name: &str, role: Role, ended: Ended) {
        let name = name.to_owned();
        self.course.processes.push(Process { name, role, ended });
    }

    /// An accepted write; `lease` is what it leaves on the app, and empty for none.
    pub(super) fn write(mut self, client: &str, times: Times, split: &str, lease: &str) -> Log {
        let [received, accepted, applied] = times;
        self.call(client, received, accepted, Some(weights(split)));
        let state = State {
            weights: weights(split),
            labels: self.labels.clone(),
            lease: (!lease.is_empty()).then(|| lease.to_owned()),
            promotion: self.promotion.clone(),
            ..State::default()
        };
        self.course.writes.push(Write {
            n: self.course.writes.len() as u64 + 1,
            client: client.to_owned(),
            received,
            accepted,
            weights: Some(weights(split)),
            applied: Some((applied, state)),
        });
        self
    }

    /// The last write was one of tags alone.
    pub(super) fn tags_alone(mut self) -> Log {
        if let Some(write) = self.course.writes.last_mut() {
            write.weights = None;
        }
        if let Some(call) = self.course.calls.last_mut() {
            call.what = What::Write {
                weights: None,
                labels: Labels::new(),
            };
        }
        self
    }

    /// The lease that the last write left says that its run stands still.
    pub(super) fn standing_still(mut self) -> Log {
        if let Some((_, state)) = self.last_state() {
            state.stands_still = true;
        }
        self
    }

    /// The last write and those that follow have the note that v2 has replaced v1, and has moved these labels.
    pub(super) fn noted(mut self, moved: &[(&str, &str)]) -> Log {
        let moved = moved.iter().map(|(label, revision)| {
            let revision = Some(format!("shop--{revision}"));
            ((*label).to_owned(), revision)
        });
        self.promotion = Some(Promotion {
            promoted: "shop--v2".to_owned(),
            replaced: "shop--v1".to_owned(),
            labels: moved.collect(),
        });
        let promotion = self.promotion.clone();
        if let Some((_, state)) = self.last_state() {
            state.promotion = promotion;
        }
        self
    }

    /// The writes that follow have these labels.
    pub(super) fn labels(mut self, labels: &[(&str, &str)]) -> Log {
        let labels = labels.iter();
        self.labels = labels
            .map(|(label, revision)| ((*label).to_owned(), format!("shop--{revision}")))
            .collect();
        self
    }

    fn last_state(&mut self) -> Option<&mut (u64, State)> {
        self.course.writes.last_mut()?.applied.as_mut()
    }

    /// The connection of the last write was closed when it arrived.
    pub(super) fn lost_at_once(mut self) -> Log {
        if let Some(call) = self.course.calls.last_mut() {
            call.lost_at_once = true;
        }
        self
    }

    /// A PATCH that got 409.
    pub(super) fn refused(mut self, client: &str, at: u64, split: &str) -> Log {
        self.call(client, at, at, Some(weights(split)));
        self
    }

    /// Reads of the app; what each shows follows from the writes.
    pub(super) fn reads(mut self, client: &str, times: &[u64]) -> Log {
        for at in times {
            self.call(client, *at, *at, None);
        }
        self
    }

    /// A read that is answered late.
    pub(super) fn read_late(mut self, client: &str, received: u64, performed: u64) -> Log {
        self.call(client, received, performed, None);
        self
    }

    fn call(&mut self, client: &str, received: u64, performed: u64, wrote: Option<Weights>) {
        let what = match wrote {
            Some(weights) => What::Write {
                weights: Some(weights),
                labels: self.labels.clone(),
            },
            None => What::Read {
                write: 0,
                settled: true,
            },
        };
        self.course.calls.push(Call {
            client: client.to_owned(),
            received,
            performed: Some(performed),
            lost_at_once: false,
            what,
        });
    }

    pub(super) fn course(self) -> Course {
        let mut course = self.course;
        course.calls.sort_by_key(|call| call.received);
        for call in &mut course.calls {
            let at = call.performed.unwrap_or_default();
            if let What::Read { write, settled } = &mut call.what {
                let applied = |write: &&Write| write.applied.as_ref().is_some_and(|a| a.0 <= at);
                let shown = course.writes.iter().rfind(applied);
                *write = shown.map_or(0, |write| write.n);
                let under_way = |other: &Write| other.accepted <= at && !applied(&other);
                *settled = !course.writes.iter().any(under_way);
            }
        }
        course
    }
}

/// Reads `v1=90 v2=10`.
pub(super) fn weights(text: &str) -> Weights {
    let entry = |entry: &str| {
        let (revision, weight) = entry.split_once('=').expect("revision=weight");
        (
            format!("shop--{revision}"),
            weight.parse().expect("a number"),
        )
    };
    text.split_whitespace().map(entry).collect()
}

/// A rollout `a` to 50 % and all the way, at its best.
pub(super) fn promoted() -> Log {
    Log::new()
        .process("a", Role::Rollout, 0)
        .write("a", [100, 100, 150], "v1=50 v2=50", "a")
        .write("a", [500, 500, 550], "v2=100", "a")
        .write("a", [900, 900, 950], "v2=100", "")
        .reads("a", &[90, 160, 490, 560, 890, 960])
}

#[test]
fn good_rollout_breaks_no_rule() {
    assert_eq!(super::judge(&promoted().course()), []);
}

#[test]
fn good_rollback_and_abort_break_no_rule() {
    let rolled_back = Log::new()
        .process("a", Role::Rollout, 10)
        .write("a", [100, 100, 150], "v1=50 v2=50", "a")
        .write("a", [500, 500, 550], "v1=100", "")
        .reads("a", &[90, 160, 560]);
    assert_eq!(super::judge(&rolled_back.course()), []);
    let aborted = Log::new()
        .process("a", Role::Rollout, 31)
        .process("b", Role::Abort, 11)
        .write("a", [100, 100, 150], "v1=50 v2=50", "a")
        .write("b", [500, 500, 550], "v1=100", "")
        .reads("a", &[90, 160, 700, 750])
        .reads("b", &[400, 560]);
    assert_eq!(super::judge(&aborted.course()), []);
}

#[test]
fn logs_of_the_emulator_are_read() {
    let app = "/subscriptions/s/resourceGroups/demo/providers/Microsoft.App/containerApps/shop";
    let traffic = serde_json::json!([
        {"revisionName": "shop--v2", "weight": 10}, {"revisionName": "shop--v1", "weight": 90, "label": "live"},
    ]);
    let tags = serde_json::json!({
        "lockgate-run": "r", "lockgate-holder": "h", "lockgate-lease": "1/paused", "team": "shop",
        "lockgate-replaced": "r0;shop--v2;shop--v1;1700000000;live=shop--v1,next=",
    });
    let requests = serde_json::json!([
        {"n": 1, "client": "a", "method": "GET", "path": app, "at-ms": 5, "performed-ms": 6, "shown": {"write": 0, "settled": true}},
        {"n": 2, "client": "a", "method": "GET", "path": format!("{app}/revisions/x"), "at-ms": 7, "performed-ms": 7, "shown": null},
        {"n": 3, "client": "a", "method": "PATCH", "path": app, "at-ms": 8, "performed-ms": 20, "fault": "late",
         "body": {"properties": {"configuration": {"ingress": {"traffic": traffic}}}}},
    ]);
    let writes = serde_json::json!([
        {"n": 1, "client": "a", "received-ms": 8, "accepted-ms": 20, "traffic": traffic, "tags": tags,
         "ended": {"at-ms": 30, "applied": true, "traffic": traffic, "tags": tags}},
    ]);
    let start = serde_json::json!({"traffic": [{"revisionName": "shop--v1", "weight": 100}, {"revisionName": "shop--v2", "weight": 0}], "tags": {}});
    let course = super::reading::read(Vec::new(), &requests, &writes, &start);
    assert_eq!(course.calls.len(), 2, "the app's own calls");
    assert!(course.calls[1].lost_at_once);
    assert_eq!(course.start.weights, weights("v1=100"));
    assert_eq!(course.end().weights, weights("v1=90 v2=10"));
    assert_eq!(course.end().lease.as_deref(), Some("r h"));
    assert!(course.end().stands_still);
    assert_eq!(course.end().labels["live"], "shop--v1");
    let promotion = course.end().promotion.as_ref().expect("the note");
    assert_eq!(promotion.undone(), weights("v1=100"));
    assert_eq!(promotion.weights(), weights("v2=100"));
    let moved = [
        ("live".to_owned(), Some("shop--v1".to_owned())),
        ("next".to_owned(), None),
    ];
    assert_eq!(promotion.labels, moved);
    assert_eq!(course.reads("a")[0].state, &course.start);
}
