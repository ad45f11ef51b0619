//! What a stage can see, on its times.

use evidence::Counts;

use super::*;

fn judge(history: Option<Counts>) -> Judge {
    Judge {
        metrics: vec![JudgedMetric {
            name: "errors".to_owned(),
            tolerated: Line {
                ratio: 1.1,
                difference: 0.0005,
            },
            harm: 0.01,
            share: 1.0,
            failures: Vec::new(),
            history,
        }],
        ..Judge::sample()
    }
}

fn times(bake_s: u64, deadline_s: u64) -> Times {
    Times {
        stages: [10, 25, 50, 100]
            .map(|weight| (weight, Duration::from_secs(bake_s)))
            .into(),
        gate_deadline: Duration::from_secs(deadline_s),
        check_interval: Duration::from_secs(30),
    }
}

fn hour(per_second: f64, rate: f64) -> (Option<Counts>, Option<Rate>) {
    let requests = 3_600.0 * per_second;
    let failures = requests * rate;
    (
        Some(Counts { requests, failures }),
        Some(Rate { per_second }),
    )
}

#[test]
fn requests_are_those_of_the_reference_and_the_time_is_counted_in_slices() {
    let (history, rate) = hour(20.0, 0.002);
    let stages = stages(&judge(history), &times(300, 600), rate);
    let [first, second, doubled] = &stages[0].catches[..] else {
        panic!("{:?}", stages[0].catches)
    };
    let near = |is: Option<f64>, wanted: f64| (is.unwrap() / wanted - 1.0).abs() < 0.01;
    assert!(near(first.requests, 12_122.0), "{first:?}");
    assert!(near(second.requests, 846.0), "{second:?}");
    assert_eq!(
        second.time,
        Some(Duration::from_secs(390)),
        "the first slice has enough"
    );
    // 12,122 requests are 11 slices of 1,200.
    assert_eq!(first.time, Some(Duration::from_secs(390 + 10 * 60)));
    assert!((doubled.to / doubled.from.unwrap() - 2.0).abs() < 1e-9);
}

#[test]
fn ordinary_traffic_fits_the_default_times_and_thin_traffic_does_not() {
    for (per_second, suffices) in [(200.0, true), (20.0, true), (0.2, false)] {
        let (history, rate) = hour(per_second, 0.002);
        let stages = stages(&judge(history), &times(300, 600), rate);
        let going_on = stages[0].going_on.as_ref().unwrap();
        assert_eq!(
            going_on.suffices(),
            Some(suffices),
            "{per_second}: {going_on:?}"
        );
    }
}

#[test]
fn last_stage_has_no_next_one_and_nothing_to_compare_with() {
    let (history, rate) = hour(20.0, 0.002);
    let stages = stages(&judge(history), &times(300, 600), rate);
    let last = stages.last().unwrap();
    assert_eq!((last.weight, &last.going_on), (100, &None));
    assert!(last.catches.iter().all(|catch| catch.requests.is_none()));
}

#[test]
fn times_are_not_known_without_traffic() {
    let stages = stages(&judge(None), &times(300, 600), None);
    let going_on = stages[0].going_on.as_ref().unwrap();
    assert!(going_on.requests.is_some());
    assert_eq!((going_on.time, going_on.suffices()), (None, None));
    assert!(stages[0].catches.iter().all(|catch| catch.time.is_none()));
}

#[test]
fn metric_that_needs_most_decides() {
    let (history, rate) = hour(20.0, 0.002);
    let mut judge = judge(history);
    let mut strict = judge.metrics[0].clone();
    strict.name = "strict".to_owned();
    strict.harm = 0.001;
    judge.metrics.push(strict);
    let stages = stages(&judge, &times(300, 600), rate);
    assert_eq!(stages[0].going_on.as_ref().unwrap().metric, "strict");
}
