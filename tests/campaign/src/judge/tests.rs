//! Each rule with a hand-written log that breaks it and one that does not. `Log` is how a log is written.

mod ending;
mod forward;
mod leaving;
mod restoring;

use super::course::{Call, Course, Ended, Process, Role, State, Weights, What, Write};

/// A log under construction: writes in the order in which they are accepted, calls in any order.
pub(super) struct Log {
    course: Course,
}

/// The three times of a write: received, accepted, applied.
type Times = [u64; 3];

impl Log {
    /// An app with all traffic on v1 and no lease.
    pub(super) fn new() -> Log {
        let start = State {
            weights: weights("v1=100"),
            lease: None,
        };
        let course = Course {
            start,
            ..Course::default()
        };
        Log { course }
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
            lease: (!lease.is_empty()).then(|| lease.to_owned()),
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

    fn call(&mut self, client: &str, received: u64, performed: u64, wrote: Option<Weights>) {
        let what = match wrote {
            Some(weights) => What::Write {
                weights: Some(weights),
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
    let traffic = serde_json::json!([{"revisionName": "shop--v2", "weight": 10}, {"revisionName": "shop--v1", "weight": 90}]);
    let tags = serde_json::json!({"lockgate-run": "r", "lockgate-holder": "h", "team": "shop"});
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
    let course = super::course::read(Vec::new(), &requests, &writes, &start);
    assert_eq!(course.calls.len(), 2, "the app's own calls");
    assert!(course.calls[1].lost_at_once);
    assert_eq!(course.start.weights, weights("v1=100"));
    assert_eq!(course.end().weights, weights("v1=90 v2=10"));
    assert_eq!(course.end().lease.as_deref(), Some("r h"));
    assert_eq!(course.reads("a")[0].state, &course.start);
}
