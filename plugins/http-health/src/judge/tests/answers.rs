//! The findings about single answers.

use lockgate_gate::NoAnswer;
use serde_json::{Value, json};

use super::{Answer, answer, down, failed, ok, settings, silent, timeout};
use crate::judge::{Attempt, Finding};

fn finding(wanted: Value, outcome: Answer) -> Finding {
    Attempt::judge(&settings(wanted), &outcome, None).finding
}

#[test]
fn unexpected_status_fails_and_quotes_the_beginning_of_the_body() {
    assert_eq!(finding(json!({}), ok(1.0)), Finding::Met);
    assert_eq!(
        finding(json!({}), down()),
        failed("answered 503 (wanted 200-299)")
    );
    let long = format!("{}\n", "x".repeat(100));
    let quoted = format!(
        "answered 500 (wanted 200-299; body: \"{}…\")",
        "x".repeat(80)
    );
    assert_eq!(finding(json!({}), answer(500, 1.0, &long)), failed(&quoted));
    let redirect = finding(
        json!({ "expected-status": [200, "204-205"] }),
        answer(302, 1.0, ""),
    );
    assert_eq!(redirect, failed("answered 302 (wanted 200, 204-205)"));
}

#[test]
fn missing_answer_is_a_failure_that_names_its_kind() {
    let timeout = finding(json!({ "timeout-ms": 250 }), timeout());
    assert_eq!(timeout, failed("did not answer within 250 ms"));
    let refused = finding(
        json!({}),
        silent(NoAnswer::Unreachable("connection refused".into())),
    );
    assert_eq!(refused, failed("could not be reached: connection refused"));
    let flood = finding(json!({}), silent(NoAnswer::TooLarge(4_194_304)));
    assert_eq!(flood, failed("answered more than 4194304 bytes"));
}

#[test]
fn body_must_contain_every_wanted_text_and_no_unwanted_one() {
    let wanted = || json!({ "body-contains": ["up", "ok"], "body-does-not-contain": "error" });
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "up and ok")),
        Finding::Met
    );
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "up and OK")),
        failed("answered 200, but the body does not contain \"ok\"; body: \"up and OK\"")
    );
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "up, ok, 3 errors")),
        failed("answered 200, but the body contains \"error\"")
    );
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "")),
        failed("answered 200, but the body does not contain \"up\"")
    );
}

#[test]
fn body_json_is_compared_at_each_pointer() {
    let wanted = || json!({ "body-json": { "/status": "ok", "/checks/0/a~1b": 1 } });
    let good = r#"{ "status": "ok", "checks": [{ "a/b": 1.0 }] }"#;
    assert_eq!(finding(wanted(), answer(200, 1.0, good)), Finding::Met);
    let degraded = r#"{ "status": "degraded" }"#;
    assert_eq!(
        finding(wanted(), answer(200, 1.0, degraded)),
        failed("answered 200, but /status in the body is \"degraded\" (wanted \"ok\")")
    );
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "[1]")),
        failed("answered 200, but the body has no /status; body: \"[1]\"")
    );
    assert_eq!(
        finding(wanted(), answer(200, 1.0, "ok")),
        failed("answered 200, but the body is not JSON; body: \"ok\"")
    );
}

#[test]
fn json_values_are_equal_only_with_equal_types_and_members() {
    let equal = [
        (json!(1), "1.0"),
        (json!([1, { "a": 2.0 }]), r#"[1.0, {"a": 2}]"#),
    ];
    for (wanted, body) in equal {
        let found = finding(
            json!({ "body-json": { "": wanted } }),
            answer(200, 1.0, body),
        );
        assert_eq!(found, Finding::Met, "{body}");
    }
    let different = [
        (json!(1), "\"1\""),
        (json!(0), "false"),
        (json!(9_007_199_254_740_993_u64), "9007199254740992"),
        (json!([1]), "[1, 2]"),
        (json!({ "a": 1 }), r#"{"a": 1, "b": 2}"#),
        (json!({ "a": null }), r#"{"b": null}"#),
    ];
    for (wanted, body) in different {
        let found = finding(
            json!({ "body-json": { "": wanted } }),
            answer(200, 1.0, body),
        );
        assert!(matches!(found, Finding::Failed(_)), "{body}");
    }
}

#[test]
fn latency_without_percentile_bounds_every_single_answer() {
    let bound = || json!({ "latency": { "max-ms": 100 } });
    assert_eq!(finding(bound(), ok(100.0)), Finding::Met);
    assert_eq!(
        finding(bound(), ok(100.5)),
        failed("answered 200, but took 100.5 ms (at most 100 ms)")
    );
}

#[test]
fn body_must_show_the_facts_of_the_pipeline() {
    let finding = |facts: &[(&str, &str)], body: &str| {
        let wanted = json!({ "body-json-facts": { "/commit": "commit" } });
        let facts = facts.iter();
        let facts: Vec<(String, String)> = facts
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let settings = settings(wanted).with_facts(&facts);
        settings.map(|settings| Attempt::judge(&settings, &answer(200, 1.0, body), None).finding)
    };
    let commit = [("commit", "4b825dc"), ("version", "1.4.0")];
    assert_eq!(
        finding(&commit, r#"{"commit": "4b825dc"}"#),
        Ok(Finding::Met)
    );
    assert_eq!(
        finding(&commit, r#"{"commit": "0000000"}"#),
        Ok(failed(
            "answered 200, but /commit in the body is \"0000000\" (wanted fact commit, \"4b825dc\")"
        ))
    );
    assert_eq!(
        finding(&commit, r#"{"commit": null}"#),
        Ok(failed(
            "answered 200, but /commit in the body is null (wanted fact commit, \"4b825dc\")"
        ))
    );
    assert_eq!(
        finding(&[("commit", "7")], r#"{"commit": 7}"#),
        Ok(Finding::Met)
    );
    let error = finding(&[("version", "1.4.0")], "{}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "settings: there is no fact `commit`: hand it over with --fact commit=… or under [facts]"
    );
}
