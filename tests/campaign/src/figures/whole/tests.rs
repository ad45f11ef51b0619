//! Whole rollouts end as their traffic deserves, at the times that Azure's counts allow.

use compare::Settings;
use rollout::ports::Clock as _;

use super::clock::VirtualClock;
use super::{App, Ended, Ending, Served, plan, run};
use crate::figures::chance::chance_of;

const GOOD: App = App {
    per_second: 200.0,
    stable: 0.002,
    canary: 0.002,
    from_weight: 0,
};

fn ended(app: App) -> Ended {
    let settings = Settings::of(&serde_json::json!({})).expect("the defaults");
    let plan = plan().expect("a plan");
    run(app, &plan, &settings, &mut chance_of(1, "whole", 0))
}

#[test]
fn good_canary_is_promoted_after_its_four_bakes() {
    let ended = ended(GOOD);
    assert_eq!((ended.ending, ended.extra_failures), (Ending::Promoted, 0));
    assert!((32.0..34.0).contains(&ended.minutes), "{ended:?}");
}

#[test]
fn bad_canary_is_rolled_back_at_its_first_judged_minute() {
    let ended = ended(App {
        canary: 0.05,
        ..GOOD
    });
    assert_eq!(ended.ending, Ending::Worse);
    // The shift's minute, the warm-up's, a minute of counts and the lag.
    assert!((5.0..7.5).contains(&ended.minutes), "{ended:?}");
    assert!((200..600).contains(&ended.extra_failures), "{ended:?}");
}

#[test]
fn too_little_traffic_is_rolled_back_at_the_deadline_and_never_as_worse() {
    let ended = ended(App {
        per_second: 0.1,
        ..GOOD
    });
    assert_eq!(ended.ending, Ending::TooThin);
    assert!((28.0..30.0).contains(&ended.minutes), "{ended:?}");
}

#[test]
fn slices_are_complete_minutes_and_late() {
    let app = App {
        per_second: 10.0,
        ..GOOD
    };
    let begin = 1_800_000_030.0;
    let mut served = Served::before(app, chance_of(1, "slices", 0), begin);
    served.set_weight(begin, 50);
    let slices = served.counted_at(begin + 300.0).to_vec();
    let last = slices.last().expect("an hour and more");
    // 150 s before the question, as 180 s have to pass after the end of a minute.
    assert!((last.end_s - (begin + 90.0)).abs() < 1e-9, "{last:?}");
    let before = slices.iter().filter(|slice| slice.end_s <= begin);
    assert!(before.clone().count() >= 60);
    assert!(
        before
            .clone()
            .all(|slice| slice.block.canary.requests < 0.5)
    );
    let total = last.block.canary.requests + last.block.stable.requests;
    assert!((500.0..700.0).contains(&total), "{last:?}");
    assert!((0.4..0.6).contains(&(last.block.canary.requests / total)));
}

#[test]
fn time_passes_beside_a_sleep_that_nobody_awaits() {
    let clock = VirtualClock::default();
    let woke = clock.run(async {
        let mut forgotten = Box::pin(clock.pass(10));
        tokio::select! {
            biased;
            () = &mut forgotten => {}
            () = clock.pass(5) => {}
        }
        // It is over at 10, and still there.
        clock.pass(20).await;
        drop(forgotten);
        clock.now().0
    });
    assert_eq!(woke, Some(25));
    assert_eq!(
        clock.run(std::future::pending::<()>()),
        None,
        "nothing to wait for"
    );
}
