//! The platform's slices, as a gate gets them.

use lockgate_gate::host::testing::set_slices;
use lockgate_gate::host::{Count, Slice};
use serde_json::json;

use super::{read, wanted};
use crate::asked::Names;
use crate::judge::News;
use crate::tests::{SINCE, baking, settings};
use crate::{Asked, Minute, State};

const NAMES: Names<'static> = Names {
    stable: "shop--v1",
    canary: "shop--v2",
};

fn slice(place: i32, counts: &[(&str, &str, f64)]) -> Slice {
    let start_s = SINCE + 60.0 * f64::from(place);
    let counts = counts.iter().map(|(revision, class, requests)| Count {
        revision: (*revision).to_owned(),
        status_class: (*class).to_owned(),
        requests: *requests,
    });
    Slice {
        start_s,
        end_s: start_s + 60.0,
        counts: counts.collect(),
    }
}

fn minutes(written: serde_json::Value, slices: Vec<Slice>) -> Result<Vec<Minute>, String> {
    let settings = settings(written);
    let state = State::open(&[], &settings, 10, SINCE);
    set_slices(Ok(slices));
    match read(&settings, &state, &baking(10, 600.0), NAMES) {
        Ok(News::Minutes(minutes)) => Ok(minutes),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.text().to_owned()),
    }
}

#[test]
fn classes_of_a_revision_are_added_up() {
    let counts = [
        ("shop--v1", "2xx", 90.0),
        ("shop--v1", "4xx", 5.0),
        ("shop--v1", "5xx", 2.5),
        ("shop--v2", "3xx", 7.0),
        ("shop--v0", "5xx", 99.0),
        ("shop--v1", "1xx", 99.0),
    ];
    let both = json!({ "metrics": [{ "name": "a" }, { "name": "b", "failures": ["4xx", "3xx"] }] });
    let minutes = minutes(both, vec![slice(1, &counts), slice(2, &[])]).unwrap();
    let found: Vec<[f64; 4]> = minutes[0]
        .blocks
        .iter()
        .map(|block| {
            [
                block.canary.requests,
                block.canary.failures,
                block.stable.requests,
                block.stable.failures,
            ]
        })
        .collect();
    assert_eq!(found, [[7.0, 0.0, 97.5, 2.5], [7.0, 7.0, 97.5, 5.0]]);
    assert!(minutes[0].is_counted && !minutes[1].is_counted);
    assert_eq!(
        (minutes[0].start_s, minutes[0].end_s),
        (SINCE + 60.0, SINCE + 120.0)
    );
}

#[test]
fn count_that_is_there_twice_or_is_no_number_names_slice_and_value() {
    let twice = [("shop--v1", "2xx", 1.0), ("shop--v1", "2xx", 2.0)];
    let error = minutes(json!({}), vec![slice(1, &twice)]).unwrap_err();
    assert!(
        error.contains(
            "the count of shop--v1 and 2xx twice in the slice that begins at 23:41:00 UTC"
        ),
        "{error}"
    );
    let error = minutes(json!({}), vec![slice(1, &[("shop--v2", "5xx", -3.0)])]).unwrap_err();
    assert!(
        error.contains("-3 requests of shop--v2 with 5xx in the slice that begins at 23:41:00 UTC"),
        "{error}"
    );
    let error = minutes(json!({}), vec![slice(1, &[("shop--v2", "5xx", f64::NAN)])]).unwrap_err();
    assert!(error.contains("not a number requests"), "{error}");
}

#[test]
fn missing_role_ends_the_call_and_other_failures_are_no_news() {
    let settings = settings(json!({}));
    let state = State::open(&[], &settings, 10, SINCE);
    let read = |text: &str| {
        set_slices(Err(text.to_owned()));
        read(&settings, &state, &baking(10, 600.0), NAMES)
    };
    let error = read("the identity may not read metrics; assign Monitoring Reader").unwrap_err();
    assert!(error.text().contains("Monitoring Reader"), "{error:?}");
    for text in [
        "Azure Monitor did not answer within 5 s",
        "429: too many requests",
    ] {
        assert_eq!(read(text).unwrap(), News::Nothing(text.to_owned()));
    }
}

#[test]
fn slices_without_any_count_are_silence_and_no_failure() {
    let settings = settings(json!({}));
    let state = State::open(&[], &settings, 10, SINCE);
    let text = "no data yet for shop--v1 and shop--v2 from 23:40 to 23:45; ask again later";
    set_slices(Err(text.to_owned()));
    let news = read(&settings, &state, &baking(10, 600.0), NAMES).unwrap();
    assert_eq!(news, News::Minutes(Vec::new()));
}

#[test]
fn as_many_slices_are_asked_for_as_are_new() {
    let settings = settings(json!({}));
    let mut state = State::open(&[], &settings, 10, SINCE);
    let asked = baking(10, 600.0);
    assert_eq!(
        wanted(&state, &asked, true, 60.0),
        70,
        "with the hour before"
    );
    assert_eq!(wanted(&state, &asked, true, 1.0), 660);
    state.until = SINCE + 420.0;
    assert_eq!(wanted(&state, &asked, false, 60.0), 3);
    state.until = SINCE + 600.0;
    assert_eq!(wanted(&state, &asked, false, 60.0), 1);
    state.until = 0.0;
    assert_eq!(wanted(&state, &asked, false, 60.0), 1_440);
    let before = Asked {
        weight: 0,
        next_weight: 10,
        ..asked
    };
    assert_eq!(wanted(&state, &before, true, 60.0), 60);
}
