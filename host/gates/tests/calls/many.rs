//! Many requests in one `send-all`, replayed: what each gets is a function of the recording alone.

use gates::{
    Ask, Exchange, HttpResponse, Outcome, PerRevision, Recording, ReplaySource, Replayed, Services,
    in_virtual_time,
};
use rollout::Kind;

use crate::component;
use crate::support::load;

const URL: &str = "https://c.example/";
/// The most requests of a call.
const REQUESTS: usize = 100;
const PACKAGES: &str =
    "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }";

/// Returns a health check that sends as many requests at once as it may, and answers healthy.
fn sending_many() -> Vec<u8> {
    let imports =
        r#"(import "lockgate:plugin/http@0.1.0" "send-all" (func $send (param i32 i32 i32)))"#;
    // A request is 44 bytes: method, url, headers, body and timeout. Its body is what came before it in memory, so that no
    // two are equal.
    let check = format!(
        "(local $at i32)
         (i32.store (i32.const 4000) (i32.const 0x544547))
         (local.set $at (i32.const 8192))
         (loop $more
           (i32.store (local.get $at) (i32.const 4000))
           (i32.store offset=4 (local.get $at) (i32.const 3))
           (i32.store offset=8 (local.get $at) (i32.const 1024))
           (i32.store offset=12 (local.get $at) (i32.const {}))
           (i32.store8 offset=24 (local.get $at) (i32.const 1))
           (i32.store offset=28 (local.get $at) (i32.const 8192))
           (i32.store offset=32 (local.get $at) (i32.sub (local.get $at) (i32.const 8192)))
           (local.set $at (i32.add (local.get $at) (i32.const 44)))
           (br_if $more (i32.lt_u (local.get $at) (i32.const {}))))
         (call $send (i32.const 8192) (i32.const {REQUESTS}) (i32.const 3000))
         (i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052) (i32.const 1))
         (i32.const 2048)",
        URL.len(),
        8192 + 44 * REQUESTS,
    );
    component::health_in(PACKAGES, imports, &check, URL)
}

/// Responses, each to any of the requests, quick and slow ones in turn.
fn entries() -> Vec<Exchange> {
    let entry = |nth: usize| Exchange {
        method: "GET".to_owned(),
        url: URL.to_owned(),
        body: None,
        any_body: true,
        headers: Vec::new(),
        began_ms: 0.0,
        outcome: Outcome::Answered(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: nth.to_string().into_bytes(),
            elapsed_ms: if nth == 47 { 99.0 } else { 0.0 },
        }),
    };
    (0..REQUESTS).map(entry).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_at_once_get_the_same_responses_at_every_replay() {
    let gate = load(&sending_many()).await;
    let ask = Ask::about(
        "asked",
        Kind::HealthCheck,
        "https://s.example",
        "https://c.example",
    );
    let source = ReplaySource {
        recorded_at: PerRevision {
            stable: "https://s.example".to_owned(),
            canary: "https://c.example".to_owned(),
        },
        ..ReplaySource::of(&Recording {
            untimed: Vec::new(),
            call: None,
            entries: entries(),
        })
    };
    let replaying = move || {
        in_virtual_time(async {
            let mut replays = Vec::new();
            for used in 0..64 {
                // What came before in the same task must not matter: tokio counts what a task does between two waits.
                for _ in 0..2 * used {
                    tokio::task::coop::consume_budget().await;
                }
                replays.push(gate.replay(&ask, source.clone(), Services::silent()).await);
            }
            replays
        })
    };
    let replays: Vec<Replayed> = std::thread::spawn(replaying)
        .join()
        .expect("no panic")
        .expect("a runtime");
    assert_eq!(replays[0].entries.len(), REQUESTS);
    for replay in &replays[1..] {
        assert_eq!(replay.misses, []);
        assert!(
            replay.entries == replays[0].entries,
            "the responses came in another order"
        );
    }
}
