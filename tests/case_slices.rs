//! Cases that write the platform's request counts out by hand: a team tries on paper what a gate would say, and each mistake
//! is one error with its line.

use crate::support::{Finished, Lockgate, counting};

/// Runs a case of the gate that judges by counts.
fn tested(case: &str) -> Finished {
    Lockgate::at("http://127.0.0.1:9", "gate test")
        .file(
            "one.case.toml",
            format!("gate = \"./counts.wasm\"\n{case}").as_bytes(),
        )
        .file("counts.wasm", &counting::counting())
        .run()
}

#[test]
fn slices_are_the_counts_that_the_gate_reads() {
    let case = |canary: &str, verdict: &str| {
        format!(
            "expect = {{ verdict = \"{verdict}\" }}\n[traffic]\nslices = [\n  {{ stable = {{ 2xx = 900, 5xx = 1 }}, canary = {{ {canary} }} }},\n  \
             {{ stable = {{ 2xx = 880 }}, times = 3 }},\n]\n"
        )
    };
    tested(&case("2xx = 100", "pass")).exits(0);
    tested(&case("2xx = 98, 5xx = 2", "fail")).exits(0);
    tested(&case("", "hold")).exits(0);
    let error = "expect = { verdict = \"hold\", reason-contains = \"late\" }\n[traffic]\nerror = \"late\"\n";
    tested(error).exits(0);
}

/// Runs a case with a mistake, which is one error at this place.
fn refused(case: &str, place: &str, complaint: &str) {
    let run = tested(case);
    run.exits(2)
        .says("ERROR    one.case.toml")
        .says(complaint)
        .says(&format!("one.case.toml:{place}"));
    assert_eq!(run.stdout.matches(" --> ").count(), 1, "{case}{run}");
}

#[test]
fn mistake_in_a_slice_is_one_error_with_its_line() {
    for (canary, place, complaint) in [
        ("{ 2xx = -1 }", "4:22", "2xx: -1 is no number of requests"),
        (
            "{ 2xx = nan }",
            "4:22",
            "2xx: nan is no number that JSON has",
        ),
        (
            "{ 2xx = inf }",
            "4:22",
            "2xx: inf is no number that JSON has",
        ),
        ("{ \"2.5xx\" = 1 }", "4:", "\"2.5xx\" is no class of status"),
        ("{ 200 = 1 }", "4:", "\"200\" is no class of status"),
        ("{ 2XX = 1 }", "4:", "\"2XX\" is no class of status"),
        ("{ 2.5xx = 1 }", "4:", "invalid type"),
        ("{ 2xx = \"1\" }", "4:22", "invalid type"),
        ("{}, canery = {}", "4:", "canery: unknown key"),
        ("{}, times = 0", "4:", "times: 0 is not from 1 to 1440"),
        (
            "{}, times = 1441",
            "4:",
            "times: 1441 is not from 1 to 1440",
        ),
    ] {
        let case = format!("[traffic]\nslices = [\n  {{ canary = {canary} }},\n]\n");
        refused(&case, place, complaint);
    }
}

#[test]
fn mistake_about_all_slices_is_one_error_with_its_line() {
    for (traffic, place, complaint) in [
        ("", "2:", "traffic: it has no slices and no error"),
        (
            "slices = []",
            "2:",
            "traffic: it has no slices and no error",
        ),
        (
            "slices = [{}]\nerror = \"late\"",
            "4:",
            "error: it stands beside slices",
        ),
        (
            "slice = \"0s\"\nslices = [{}]",
            "3:",
            "slice: a slice has a length",
        ),
        (
            "end-s = -1.0\nslices = [{}]",
            "3:",
            "end-s: -1 are no seconds since 1970",
        ),
        (
            "end-s = nan\nslices = [{}]",
            "3:",
            "end-s: nan is no number that JSON has",
        ),
        (
            "slices = [{ times = 1000 }, { times = 441 }]",
            "3:",
            "slices: they are 1441; a gate can ask for 1440 at most",
        ),
    ] {
        refused(&format!("[traffic]\n{traffic}\n"), place, complaint);
    }
}

/// Two calls a minute apart, the second with this end of its only slice, its length and its expected verdict.
fn two_calls(end: &str, length: &str) -> Finished {
    tested(&format!(
        "[context]\nnow-s = 600.0\n[[call]]\ntraffic = {{ slices = [{{ canary = {{ 2xx = 1 }}, times = 2 }}] }}\n\
         expect = {{ verdict = \"pass\" }}\n[[call]]\nafter = \"60s\"\n\
         traffic = {{ {end}{length}slices = [{{ canary = {{ 5xx = 1 }} }}] }}\nexpect = {{ verdict = \"fail\" }}\n"
    ))
}

#[test]
fn slices_of_a_later_call_follow_those_before_or_replace_them() {
    two_calls("", "").exits(0);
    two_calls("end-s = 600.0, ", "").exits(0);
    for (end, length, complaint) in [
        (
            "end-s = 540.0, ",
            "",
            "call[1].traffic: its slices end at 540, before those of the calls before, which end at 600",
        ),
        (
            "end-s = 630.0, ",
            "",
            "its slice from 570 to 630 lies across the one from 540 to 600",
        ),
        (
            "end-s = 600.0, ",
            "slice = \"30s\", ",
            "its slice from 570 to 600 lies across the one from 540 to 600",
        ),
    ] {
        two_calls(end, length)
            .exits(2)
            .says(complaint)
            .says("one.case.toml:9:");
    }
}

/// A case of the gate that compares, at its step from 10 to 25 %: twenty minutes like this one.
fn compared(canary: &str, tolerance: &str, expect: &str) -> Finished {
    let case = format!(
        "gate = \"compare\"\nkind = \"health-check\"\nsettings = {{ metrics = [{{ name = \"errors\"{tolerance} }}] }}\n\
         [context]\nstage = 1\nstages = 4\nweight = 10\nnext-weight = 25\nnow-s = 946688400.0\nweight-since-s = 946686000.0\n\
         [traffic]\nslices = [{{ stable = {{ 2xx = 1077, 5xx = 3 }}, canary = {{ {canary} }}, times = 20 }}]\n\
         [expect]\n{expect}\n"
    );
    Lockgate::at("http://127.0.0.1:9", "gate test")
        .file("one.case.toml", case.as_bytes())
        .run()
}

#[test]
fn team_tries_its_tolerance_on_paper() {
    compared("2xx = 120", "", "verdict = \"pass\"").exits(0);
    let worse = "2xx = 116, 5xx = 4";
    let fails = "verdict = \"fail\"\nreason-contains = \"against stable\"";
    compared(worse, "", fails).exits(0);
    let wide = ", harm = 0.05, tolerance = { ratio = 1, difference = 0.05 }";
    compared(worse, wide, "verdict = \"pass\"").exits(0);
}
