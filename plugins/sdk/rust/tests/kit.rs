//! The kit, as a gate uses it, natively.

use lockgate_gate::host::testing::{response, set_network, set_slices, take_lines};
use lockgate_gate::host::{Count, Error};
use lockgate_gate::types::{self, Context as Call};
use lockgate_gate::{
    CannotAnswer, Context, Decision, Health, Level, NamedReport, NoAnswer, Report, Request,
    Revision, Slice, Stage, healthy, hold, log, measurement, now_ms, promote, roll_back, send_all,
    sleep_ms, slices, unhealthy, unknown,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
struct State {
    seen: u32,
}

fn revision(name: &str) -> Revision {
    Revision {
        name: format!("shop--{name}"),
        url: format!("https://{name}.example"),
        image: String::new(),
    }
}

fn call(settings: &str, state: &[u8]) -> Call {
    Call {
        rollout: types::Rollout {
            id: "run-1".to_owned(),
            app: "shop".to_owned(),
            stable: revision("stable"),
            canary: revision("canary"),
        },
        stage: Stage {
            index: 0,
            total: 4,
            weight: 0,
            next_weight: 10,
            asked: 1,
            weight_since_s: 0.0,
            now_s: 60.0,
        },
        settings: settings.to_owned(),
        facts: vec![("commit".to_owned(), "abc".to_owned())],
        state: state.to_vec(),
    }
}

type Checked = Result<types::HealthReport, String>;

fn check(
    settings: &str,
    state: &[u8],
    gate: impl FnOnce(&mut Context<Value>) -> Result<Report, CannotAnswer>,
) -> Checked {
    lockgate_gate::check(call(settings, state), gate)
}

#[test]
fn description_is_one_json_object() {
    let described =
        lockgate_gate::describe("a", "1.0.0", "says \"hi\"", "{}", &["https://x.example"]);
    let described: Value = serde_json::from_str(&described).unwrap();
    let expected = json!({
        "name": "a", "version": "1.0.0", "summary": "says \"hi\"", "settings": {}, "origins": ["https://x.example"],
    });
    assert_eq!(described, expected);
}

#[test]
fn gate_gets_the_call_and_its_settings() {
    let report = check(r#"{"path":"/zdraví"}"#, b"", |ctx| {
        assert_eq!(
            (ctx.rollout.id.as_str(), ctx.rollout.app.as_str()),
            ("run-1", "shop")
        );
        assert_eq!(
            (ctx.stage.next_weight, ctx.fact("commit"), ctx.fact("other")),
            (10, Some("abc"), None)
        );
        Ok(healthy(ctx.settings["path"].as_str().unwrap())
            .with([measurement("n", "canary", 1.0, "")]))
    });
    let report = report.unwrap();
    assert_eq!(
        (report.health, report.summary.as_str()),
        (Health::Healthy, "/zdraví")
    );
    assert_eq!(report.measurements, [measurement("n", "canary", 1.0, "")]);
}

#[test]
fn settings_that_are_not_what_the_gate_reads_are_no_verdict() {
    for settings in ["{ path", r#"{"seen":"one"}"#] {
        let gate = |_: &mut Context<State>| Ok(healthy("fine"));
        let error = lockgate_gate::check(call(settings, b""), gate).unwrap_err();
        assert!(
            error.starts_with("the settings are not what the gate reads: "),
            "{error}"
        );
    }
}

#[test]
fn state_may_be_bytes_that_are_no_json() {
    let grows = |ctx: &mut Context<Value>| {
        let bytes = [ctx.state_bytes(), &[0xff]].concat();
        ctx.remember_bytes(bytes);
        Ok(unknown("it grows"))
    };
    let first = check("{}", b"", grows).unwrap();
    assert_eq!(
        check("{}", &first.state, grows).unwrap().state,
        [0xff, 0xff]
    );
}

#[test]
fn state_goes_from_call_to_call_and_stays_without_remember() {
    let counts = |ctx: &mut Context<Value>| {
        let mut state: State = ctx.state()?;
        state.seen += 1;
        ctx.remember(&state)?;
        Ok(unknown(state.seen.to_string()))
    };
    let first = check("{}", b"", counts).unwrap();
    assert_eq!(first.state, br#"{"seen":1}"#);
    let second = check("{}", &first.state, counts).unwrap();
    assert_eq!(
        (second.summary.as_str(), second.state.as_slice()),
        ("2", &br#"{"seen":2}"#[..])
    );
    let third = check("{}", &second.state, |_| Ok(unhealthy("no"))).unwrap();
    assert_eq!(
        (third.health, third.state),
        (Health::Unhealthy, second.state)
    );
    for (state, said) in [
        (&b"{\"seen\":"[..], "the state is not JSON: "),
        (b"[true]", "the state is of another shape: "),
    ] {
        let error = check("{}", state, counts).unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn what_lockgate_did_not_send_ends_the_call() {
    let text = || "why".to_owned();
    for (error, said) in [
        (
            Error::Denied(text()),
            "GET https://canary.example/a: denied: why",
        ),
        (
            Error::Invalid(text()),
            "GET https://canary.example/a: invalid: why",
        ),
        (
            Error::Budget(text()),
            "GET https://canary.example/a: budget: why",
        ),
        (
            Error::Unresolved(text()),
            "GET https://canary.example/a: unresolved: why; this says nothing about the revision",
        ),
        (
            Error::Untrusted(text()),
            "GET https://canary.example/a: untrusted: why; this says nothing about the revision",
        ),
    ] {
        set_network(move |_| Err(error.clone()));
        let error = check("{}", b"", |ctx| {
            ctx.canary.get("/a")?;
            Ok(healthy("never"))
        });
        assert_eq!(error.unwrap_err(), said);
    }
}

#[test]
fn no_response_is_an_answer_that_is_not_ok() {
    for (error, no_answer, said) in [
        (
            Error::Timeout,
            NoAnswer::Timeout(Some(250)),
            "no response within 250 ms",
        ),
        (
            Error::Unreachable("refused".to_owned()),
            NoAnswer::Unreachable("refused".to_owned()),
            "refused",
        ),
        (
            Error::TooLarge(10),
            NoAnswer::TooLarge(10),
            "the response exceeded 10 bytes",
        ),
    ] {
        set_network(move |_| Err(error.clone()));
        let answer = revision("canary")
            .request("PUT", "/a")
            .timeout_ms(250)
            .send()
            .unwrap();
        assert_eq!((answer.status, answer.ok()), (0, false));
        assert_eq!(
            answer
                .no_answer
                .as_ref()
                .map(ToString::to_string)
                .as_deref(),
            Some(said)
        );
        assert_eq!(answer.no_answer, Some(no_answer));
    }
}

#[test]
fn request_and_answer_have_what_was_written() {
    set_network(|request| {
        let mut response = response(201, &format!("{:?}", request.body), 4.5)?;
        response.headers = vec![(
            "location".to_owned(),
            format!("{} {}", request.method, request.url),
        )];
        response.headers.extend(request.headers.clone());
        Ok(response)
    });
    let request = Request::new("POST", "https://other.example/x")
        .header("x-a", "1")
        .body("hi");
    let answers = send_all(&[request.clone(), request]).unwrap();
    let answer = &answers[1];
    assert!(answer.ok());
    assert_eq!(
        answer.header("location"),
        Some("POST https://other.example/x")
    );
    assert_eq!(
        (answer.header("x-a"), answer.header("x-b")),
        (Some("1"), None)
    );
    assert_eq!(
        (answer.text().as_str(), answer.elapsed_ms),
        ("Some([104, 105])", 4.5)
    );
    assert!(answer.json::<Value>().is_err());
}

#[test]
fn probe_counts_and_ranks() {
    let mut times = vec![30.0, 10.0, 20.0].into_iter();
    set_network(move |_| match times.next() {
        Some(20.0) => response(503, "", 20.0),
        Some(time) => response(200, "", time),
        None => Err(Error::Timeout),
    });
    let probe = revision("canary").probe("/health", 4).unwrap();
    assert_eq!((probe.requests, probe.failed, probe.silent), (4, 1, 1));
    assert_eq!((probe.p50, probe.p95, probe.slowest), (20.0, 30.0, 30.0));
    assert_eq!(probe.problem, "GET /health answered 503");
    assert_eq!(
        probe.measurements("canary")[3],
        measurement("p95", "canary", 30.0, "ms")
    );
    let none = revision("canary").probe("/health", 0).unwrap_err();
    assert_eq!(none.text(), "a probe sends at least one request");
    let silent = revision("canary").probe("/health", 2).unwrap();
    assert_eq!((silent.silent, silent.p50, silent.slowest), (2, 0.0, 0.0));
    assert_eq!(
        silent.problem,
        "GET /health had no answer: no response within 2000 ms"
    );
}

#[test]
fn decisions_arrive_as_they_were_made() {
    let reports: Vec<NamedReport> = Vec::new();
    let decide = |gate: fn() -> Decision| {
        let answer =
            lockgate_gate::decide(call("{}", b"old"), &reports, |_: &mut Context<Value>, _| {
                Ok(gate())
            });
        let answer = answer.unwrap();
        assert_eq!(answer.state, b"old");
        (answer.decision, answer.reason, answer.ask_again_ms)
    };
    use types::Decision::{Hold, Promote, RollBack};
    assert_eq!(decide(|| promote("go")), (Promote, "go".to_owned(), None));
    assert_eq!(
        decide(|| hold("wait").ask_again_ms(5)),
        (Hold, "wait".to_owned(), Some(5))
    );
    assert_eq!(
        decide(|| roll_back("no")),
        (RollBack, "no".to_owned(), None)
    );
}

#[test]
fn counts_the_clock_and_the_log_are_lockgates() {
    let error = slices(1).unwrap_err();
    assert_eq!(
        error.text(),
        "no request counts: the test has set no counts"
    );
    let count = Count {
        revision: "shop--canary".to_owned(),
        status_class: "5xx".to_owned(),
        requests: 2.0,
    };
    set_slices(Ok(vec![Slice {
        start_s: 0.0,
        end_s: 60.0,
        counts: vec![count],
    }]));
    assert_eq!(slices(1).unwrap()[0].counts[0].requests, 2.0);
    let before = now_ms();
    sleep_ms(20);
    assert_eq!(now_ms() - before, 20.0);
    log(Level::Warn, "slow", &[("path", "/a")]);
    assert_eq!(take_lines(), ["Level::Warn: slow path=/a"]);
}
