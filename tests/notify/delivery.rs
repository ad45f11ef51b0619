//! How events are delivered: again where they were not taken, in the background, and to nobody else.

use std::net::TcpListener;
use std::time::Duration;

use crate::secrets::assert_has_none;
use crate::support::{CANARY, Emulator, Finished, Lockgate};

use super::receiver::{Receiver, Reply};
use super::{telling, telling_all};

/// Returns what the run has said about its webhooks.
fn notes(run: &Finished) -> Vec<&str> {
    let lines = run.stderr.lines();
    lines.filter(|line| line.starts_with("notify ")).collect()
}

#[test]
fn event_that_was_not_taken_is_sent_again_as_it_was() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|number| Reply::Status(if number == 0 { 500 } else { 200 }));
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(notes(&run), [""; 0], "{run}");
    assert_eq!(team.types()[..3], ["began", "began", "stage"]);
    let events = team.events();
    assert_eq!(events[0], events[1], "with the same id");
    assert_eq!(events.len(), 7, "each of the others once");
}

#[test]
fn receiver_that_asks_for_a_pause_gets_it() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|number| match number {
        0 => Reply::With(429, "retry-after: 1".to_owned()),
        _ => Reply::Status(204),
    });
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(notes(&run), [""; 0], "{run}");
    let requests = team.requests();
    assert_eq!(requests[0].event, requests[1].event);
    let pause = requests[1].at - requests[0].at;
    assert!(pause >= Duration::from_secs(1), "{pause:?}");
    assert_eq!(requests.len(), 7);
}

#[test]
fn receiver_that_asks_for_more_time_than_there_is_gets_no_request_before_and_is_named() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|_| Reply::With(503, "retry-after: 3600".to_owned()));
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(
        notes(&run),
        ["notify team: 6 of 6 events were not delivered: status 503, with a pause of 3600 s"]
    );
    assert_eq!(team.requests().len(), 1);
}

#[test]
fn event_that_is_refused_is_not_sent_again_and_the_next_one_is() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|number| Reply::Status(if number == 0 { 400 } else { 204 }));
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(
        notes(&run),
        ["notify team: 1 of 6 events was not delivered: status 400"]
    );
    assert_eq!(team.requests().len(), 6);
}

#[test]
fn receiver_that_is_gone_is_asked_once() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|_| Reply::Status(410));
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(
        notes(&run),
        ["notify team: 6 of 6 events were not delivered: status 410: the receiver is gone"]
    );
    assert_eq!(team.requests().len(), 1);
}

#[test]
fn redirect_is_not_followed() {
    let emulator = Emulator::healthy();
    let elsewhere = Receiver::start();
    let location = format!("location: {}/", elsewhere.url);
    let team = Receiver::answering(move |_| Reply::With(307, location.clone()));
    let run = telling_all(&emulator, "rollout", &team).run();
    run.ends(0, &emulator);
    assert_eq!(
        notes(&run),
        ["notify team: 6 of 6 events were not delivered: status 307, and no redirect is followed"]
    );
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn one_webhook_that_fails_is_named_and_the_other_learns_of_everything() {
    let emulator = Emulator::healthy();
    let team = Receiver::start();
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", port.local_addr().expect("an address"));
    drop(port);
    let both = format!("[notify.ops]\nurl = \"{closed}\"\n\n[notify.team]\n");
    let run = telling_all(&emulator, "rollout", &team)
        .replacing("[notify.team]\n", &both)
        .run();
    run.ends(0, &emulator);
    let [note] = notes(&run)[..] else {
        panic!("one note\n{run}");
    };
    let begins = "notify ops: 2 of 2 events were not delivered: unreachable: ";
    assert!(note.starts_with(begins), "{note}");
    assert_eq!(team.requests().len(), 6);
}

#[cfg(unix)]
#[test]
fn receiver_that_never_answers_neither_delays_a_rollback_nor_changes_its_end() {
    let emulator = Emulator::healthy();
    let team = Receiver::answering(|_| Reply::Never);
    let command = telling_all(&emulator, "rollout --output json", &team)
        .replacing("bake = \"300ms\"", "bake = \"60s\"")
        .env("LOCKGATE_LOG", "trace");
    let mut running = command.start();
    running.read_past(|line| line.contains("\"phase\":\"baking\""));
    running.signal("INT");
    let run = running.finish();
    run.ends(11, &emulator);
    let asked = run.logged(&["lockgate::run: cancel-requested"]);
    let taken = run.logged(&["PATCH", "lane=\"rollback\"", "answered"]);
    let took = asked.duration_until(taken);
    assert!(took.as_millis() < 500, "{took:?}\n{run}");
    assert_eq!(team.requests().len(), 1, "it was asked, and is waited for");
    assert_eq!(
        notes(&run),
        ["notify team: 3 of 3 events were not delivered: no answer in time"]
    );
}

#[test]
fn token_and_secret_url_reach_the_receiver_and_are_nowhere_else() {
    const TOKEN: &str = "t0ken-of-the-team";
    const PATH: &str = "s3cret-path-of-the-team";
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &serde_json::json!({ "fails-from-weight": 25 }));
    let team = Receiver::answering(|_| Reply::Status(403));
    let url = format!("{}/services/{PATH}?key={PATH}", team.url);
    let keys =
        "header.authorization = \"Bearer env:TEAM_TOKEN\"\nheader.x-team = \"env:TEAM_TOKEN\"";
    let command = Lockgate::on(
        &emulator,
        "rollout --verbose --report r.html --report r.json",
    );
    let command = telling(command, "env:NOTIFY_URL", keys)
        .env("NOTIFY_URL", &url)
        .env("TEAM_TOKEN", TOKEN)
        .env("LOCKGATE_LOG", "trace");
    let validate = command.again(&["validate"]);
    validate.exits(0).says("team learns of began, promoted");
    let run = command.run();
    run.ends(10, &emulator);
    let [note] = notes(&run)[..] else {
        panic!("one note\n{run}");
    };
    assert_eq!(
        note,
        "notify team: 2 of 2 events were not delivered: status 403"
    );
    let requests = team.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(request.headers["x-team"], TOKEN);
        assert!(request.line.contains(PATH), "{}", request.line);
        let event = request.event.to_string();
        assert!(!event.contains(TOKEN) && !event.contains(PATH), "{event}");
    }
    assert_has_none(&run, command.folder(), &[TOKEN, PATH]);
    assert_has_none(&validate, command.folder(), &[TOKEN, PATH]);
}

#[test]
fn secret_url_that_cannot_be_reached_is_not_named() {
    let emulator = Emulator::healthy();
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = port.local_addr().expect("an address");
    drop(port);
    let command = telling(Lockgate::on(&emulator, "rollout"), "env:NOTIFY_URL", "").env(
        "NOTIFY_URL",
        &format!("http://{closed}/s3cret-path-of-the-team"),
    );
    let run = command.run();
    run.ends(0, &emulator);
    assert_eq!(notes(&run).len(), 1, "{run}");
    let port = closed.port().to_string();
    let shown = notes(&run)[0];
    assert!(
        !shown.contains("s3cret") && !shown.contains(&port),
        "{shown}"
    );
}

#[test]
fn token_of_lockgate_goes_with_the_events() {
    const SCOPE: &str = "https://api.loganalytics.io";
    let emulator = Emulator::healthy();
    let team = Receiver::start();
    let keys = format!("header.authorization = \"azure:{SCOPE}\"");
    let command = telling(Lockgate::on(&emulator, "rollout"), &team.url, &keys)
        .env(
            "IDENTITY_ENDPOINT",
            &format!("{}/msi/token", emulator.endpoint()),
        )
        .env("IDENTITY_HEADER", "emulated-header")
        .env("LOCKGATE_CREDENTIAL", "managed-identity");
    let run = command.run();
    run.ends(0, &emulator);
    assert_eq!(team.types(), ["began", "promoted"]);
    for request in team.requests() {
        let token = request.headers["authorization"].clone();
        let token = token.strip_prefix("Bearer ").expect("a bearer token");
        let signed = token.split('.').nth(1).expect("a signed token");
        assert_has_none(&run, command.folder(), &[signed]);
    }
}

#[test]
fn certificate_is_trusted_as_those_of_gates_are() {
    let emulator = Emulator::healthy();
    let url = format!("{}/hooks", emulator.tls_endpoint());
    let unknown = telling(Lockgate::on(&emulator, "rollout --stages 100"), &url, "").run();
    unknown.ends(0, &emulator);
    let begins = "notify team: 2 of 2 events were not delivered: untrusted: ";
    assert!(notes(&unknown)[0].starts_with(begins), "{unknown}");
    let emulator = Emulator::healthy();
    let url = format!("{}/hooks", emulator.tls_endpoint());
    let known = telling(Lockgate::on(&emulator, "rollout --stages 100"), &url, "")
        .env("SSL_CERT_FILE", &emulator.ca().to_string_lossy())
        .run();
    known.ends(0, &emulator);
    assert!(
        notes(&known)[0].contains("not delivered: status 4"),
        "{known}"
    );
}
