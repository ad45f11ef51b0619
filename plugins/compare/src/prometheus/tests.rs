//! What Prometheus is asked, and what its answers become. The server is scripted; a real one is asked elsewhere.

mod refusals;

use std::cell::RefCell;
use std::rc::Rc;

use lockgate_gate::Request;
use lockgate_gate::host::testing::set_network;
use lockgate_gate::host::{Error, Response};
use serde_json::{Value, json};

use super::query::{Label, bound, increase};
use super::{date, read};
use crate::asked::Names;
use crate::judge::News;
use crate::settings::{Selector, Source};
use crate::tests::{SINCE, baking, settings};
use crate::{Asked, Minute, Settings, State};

const NAMES: Names<'static> = Names {
    stable: "shop--v1",
    canary: "shop--v2",
};

/// The queries that were asked, with the endpoint before each.
type Asking = Rc<RefCell<Vec<String>>>;

fn errors() -> Settings {
    with(json!([{ "name": "errors", "requests": "r", "failed": "r{code=~\"5..\"}" }]))
}

fn slow() -> Settings {
    with(json!([{ "name": "slow", "histogram": "h", "slower-than-ms": 500 }]))
}

fn with(metrics: Value) -> Settings {
    let prometheus = json!({ "url": "https://prometheus.example/base" });
    settings(json!({ "source": "prometheus", "prometheus": prometheus, "metrics": metrics }))
}

fn decoded(form: &[u8]) -> String {
    let mut bytes = form.iter();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if *byte == b'%' {
            let digits: Vec<u8> = bytes.by_ref().take(2).copied().collect();
            let digits = std::str::from_utf8(&digits).unwrap();
            decoded.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            decoded.push(*byte);
        }
    }
    String::from_utf8(decoded).unwrap()
}

/// Sets what answers each query in turn.
fn answers(answers: Vec<Result<Response, Error>>) -> Asking {
    let asked = Asking::default();
    let seen = Rc::clone(&asked);
    let mut answers = answers.into_iter();
    set_network(move |request: &Request| {
        let endpoint = request
            .url
            .strip_prefix("https://prometheus.example/base/api/v1/");
        let form = decoded(request.body.as_deref().unwrap_or_default());
        assert_eq!(request.method, "POST");
        seen.borrow_mut()
            .push(format!("{} {form}", endpoint.expect("its API")));
        answers
            .next()
            .expect("more was asked than the script foresees")
    });
    asked
}

fn answer(status: u16, body: &Value) -> Result<Response, Error> {
    let body = body.to_string().into_bytes();
    Ok(Response {
        status,
        headers: Vec::new(),
        body,
        elapsed_ms: 1.0,
    })
}

fn matrix(series: Value) -> Result<Response, Error> {
    answer(
        200,
        &json!({ "status": "success", "data": { "resultType": "matrix", "result": series } }),
    )
}

fn vector(label: &str, values: &[&str]) -> Result<Response, Error> {
    let series = values
        .iter()
        .map(|value| json!({ "metric": { label: value }, "value": [SINCE, "1"] }));
    let series: Vec<Value> = series.collect();
    answer(
        200,
        &json!({ "status": "success", "data": { "resultType": "vector", "result": series } }),
    )
}

/// The values of a revision from the second minute on.
fn series(revision: &str, values: &[&str]) -> Value {
    let values = (2..)
        .zip(values)
        .map(|(place, value)| json!([SINCE + 60.0 * f64::from(place), value]));
    json!({ "metric": { "revision": revision }, "values": values.collect::<Vec<Value>>() })
}

/// Three minutes are new: those that end two, three and four minutes after the canary got its weight.
fn ask(settings: &Settings) -> Result<News, String> {
    ask_at(settings, &baking(10, 290.0))
}

fn ask_at(settings: &Settings, asked: &Asked) -> Result<News, String> {
    let mut state = State::open(&[], settings, 10, SINCE);
    state.length = 60.0;
    state.until = SINCE + 60.0;
    let Source::Prometheus(prometheus) = &settings.source else {
        panic!("a Prometheus")
    };
    let read = read(prometheus, settings, &state, asked, NAMES);
    read.map_err(|error| error.text().to_owned())
}

fn counts(minutes: &[Minute]) -> Vec<[f64; 4]> {
    let blocks = minutes.iter().map(|minute| minute.blocks[0]);
    blocks
        .map(|block| {
            [
                block.canary.requests,
                block.canary.failures,
                block.stable.requests,
                block.stable.failures,
            ]
        })
        .collect()
}

#[track_caller]
fn minutes(news: Result<News, String>) -> Vec<Minute> {
    match news {
        Ok(News::Minutes(minutes)) => minutes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn slices_are_asked_for_on_a_grid_of_whole_minutes() {
    let asked = answers(vec![
        matrix(json!([
            series("shop--v1", &["1080", "1079.5", "1081"]),
            series("shop--v2", &["120", "121", "0"])
        ])),
        matrix(json!([series("shop--v1", &["2", "0", "1082"])])),
    ]);
    let minutes = minutes(ask(&errors()));
    assert_eq!(
        counts(&minutes),
        [
            [120.0, 0.0, 1_080.0, 2.0],
            [121.0, 0.0, 1_079.5, 0.0],
            [0.0, 0.0, 1_081.0, 1_081.0]
        ],
        "a counter that is not there is 0, and there are no more failures than requests"
    );
    assert_eq!(
        (minutes[0].start_s, minutes[2].end_s),
        (SINCE + 60.0, SINCE + 240.0)
    );
    assert!(minutes.iter().all(|minute| minute.is_counted));
    let asked = asked.borrow();
    let wanted = "query_range query=sum by (revision) ((increase(r{revision=~\"shop--v1|shop--v2\"}[60s]) and \
         last_over_time(r{revision=~\"shop--v1|shop--v2\"}[1h] offset 60s)) or (r{revision=~\"shop--v1|shop--v2\"} unless \
         last_over_time(r{revision=~\"shop--v1|shop--v2\"}[1h] offset 60s))) and on () \
         count(last_over_time(r{revision=~\"shop--v1\"}[1h] offset 60s))&start=1795650120&end=1795650240&step=60";
    assert_eq!(asked[0], wanted);
    assert!(
        asked[1].contains("increase(r{code=~\"5..\",revision=~\"shop--v1|shop--v2\"}[60s])"),
        "{}",
        asked[1]
    );
    assert!(
        asked[1].contains("count(last_over_time(r{revision=~\"shop--v1\"}"),
        "the requests say what was there: {}",
        asked[1]
    );
}

#[test]
fn nothing_is_asked_before_a_slice_is_scraped() {
    let asked = answers(Vec::new());
    assert_eq!(minutes(ask_at(&errors(), &baking(10, 149.0))), []);
    assert!(asked.borrow().is_empty());
}

#[test]
fn histogram_counts_what_is_above_its_bound() {
    let asked = answers(vec![
        matrix(json!([
            series("shop--v1", &["1000", "1000", "1000"]),
            series("shop--v2", &["100", "100", "100"])
        ])),
        matrix(json!([
            series("shop--v1", &["950", "950", "1000.5"]),
            series("shop--v2", &["80", "100"])
        ])),
    ]);
    let minutes = minutes(ask(&slow()));
    assert_eq!(
        counts(&minutes),
        [
            [100.0, 20.0, 1_000.0, 50.0],
            [100.0, 0.0, 1_000.0, 50.0],
            [0.0, 0.0, 1_000.0, 0.0]
        ],
        "without its bucket nothing is known of the canary"
    );
    let asked = asked.borrow();
    assert!(
        asked[0].contains("increase(h_count{revision"),
        "{}",
        asked[0]
    );
    assert!(
        asked[1]
            .contains("increase(h_bucket{revision=~\"shop--v1|shop--v2\",le=~\"0?[.]50*\"}[60s])"),
        "{}",
        asked[1]
    );
}

#[test]
fn dates_are_read() {
    for (date, unix_s) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ] {
        assert_eq!(date::unix_s(date), Some(unix_s), "{date}");
    }
    for odd in [
        "",
        "yesterday",
        "Sun, 06 Nov",
        "Sun, 06 Foo 1994 08:49:37 GMT",
    ] {
        assert_eq!(date::unix_s(odd), None, "{odd}");
    }
}

#[test]
fn bounds_match_however_they_are_written() {
    for (ms, wanted) in [
        (500.0, "le=~\"0?[.]50*\""),
        (1_000.0, "le=~\"1([.]0*)?\""),
        (2_500.0, "le=~\"2[.]50*\""),
        (0.25, "le=~\"0?[.]000250*\""),
        (10_000.0, "le=~\"10([.]0*)?\""),
    ] {
        assert_eq!(bound(ms), wanted);
    }
}

#[test]
fn label_values_are_matched_as_they_are() {
    let label = Label {
        name: "pod",
        stable: "a.b+c\"d",
        canary: "x\\y",
    };
    assert_eq!(label.both(), r#"pod=~"a\\.b\\+c\"d|x\\\\y""#);
    let known = Selector::read("r").unwrap().with("", &label.of_stable());
    assert!(increase("r", &known, 30, "pod").starts_with("sum by (pod) ((increase(r[30s])"));
}
