//! Every member of HAR 1.2 in every shape: a file is never refused for a member that nobody needs, and what spoils one entry
//! spoils no other one.

use gates::{NotRecorded, Outcome, Recording};
use serde_json::{Value, json};

/// Every member of HAR 1.2 of an entry (<http://www.softwareishard.com/blog/har-12-spec/>), below `/log/entries/0`.
const OF_ENTRIES: [&str; 60] = [
    "",
    "/pageref",
    "/startedDateTime",
    "/time",
    "/request",
    "/response",
    "/cache",
    "/timings",
    "/serverIPAddress",
    "/connection",
    "/comment",
    "/request/method",
    "/request/url",
    "/request/httpVersion",
    "/request/cookies",
    "/request/headers",
    "/request/queryString",
    "/request/postData",
    "/request/headersSize",
    "/request/bodySize",
    "/request/comment",
    "/request/cookies/0",
    "/request/cookies/0/name",
    "/request/cookies/0/value",
    "/request/cookies/0/expires",
    "/request/headers/0",
    "/request/headers/0/name",
    "/request/headers/0/value",
    "/request/queryString/0",
    "/request/queryString/0/name",
    "/request/postData/mimeType",
    "/request/postData/params",
    "/request/postData/params/0",
    "/request/postData/params/0/name",
    "/request/postData/text",
    "/response/status",
    "/response/statusText",
    "/response/httpVersion",
    "/response/cookies",
    "/response/headers",
    "/response/content",
    "/response/redirectURL",
    "/response/headersSize",
    "/response/bodySize",
    "/response/comment",
    "/response/headers/0",
    "/response/headers/0/name",
    "/response/headers/0/value",
    "/response/content/size",
    "/response/content/compression",
    "/response/content/mimeType",
    "/response/content/text",
    "/response/content/encoding",
    "/cache/beforeRequest",
    "/cache/afterRequest",
    "/timings/blocked",
    "/timings/dns",
    "/timings/connect",
    "/timings/send",
    "/timings/ssl",
];
/// Every other member, below `/log`.
const OF_THE_LOG: [&str; 13] = [
    "/version",
    "/creator",
    "/browser",
    "/pages",
    "/comment",
    "/creator/name",
    "/creator/version",
    "/browser/name",
    "/pages/0",
    "/pages/0/id",
    "/pages/0/title",
    "/pages/0/pageTimings",
    "/pages/0/pageTimings/onLoad",
];
/// The members that an answer depends on: in other shapes they spoil their own entry.
const NEEDED: [&str; 9] = [
    "",
    "/request",
    "/response",
    "/request/method",
    "/request/url",
    "/request/postData",
    "/request/postData/text",
    "/response/status",
    "/response/content",
];

fn har() -> Value {
    let entry = |path: &str| {
        json!({
            "pageref": "page", "startedDateTime": "2026-11-23T10:00:00.000Z", "time": 5,
            "serverIPAddress": "127.0.0.1", "connection": "1", "comment": "",
            "request": {
                "method": "POST", "url": format!("https://app.example{path}"), "httpVersion": "HTTP/1.1", "comment": "",
                "cookies": [{ "name": "a", "value": "b", "expires": "2027-01-01T00:00:00Z" }],
                "headers": [{ "name": "accept", "value": "*/*" }], "queryString": [{ "name": "q", "value": "1" }],
                "postData": { "mimeType": "text/plain", "text": "tea", "params": [{ "name": "p", "value": "v" }] },
                "headersSize": -1, "bodySize": 3,
            },
            "response": {
                "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [], "comment": "",
                "headers": [{ "name": "x", "value": "y" }], "redirectURL": "", "headersSize": -1, "bodySize": 2,
                "content": { "size": 2, "compression": 0, "mimeType": "text/plain", "text": "b2s=", "encoding": "base64" },
            },
            "cache": { "beforeRequest": null, "afterRequest": null },
            "timings": { "blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": 5, "receive": 0, "ssl": -1 },
        })
    };
    json!({ "log": {
        "version": "1.2", "creator": { "name": "a tool", "version": "1" }, "browser": { "name": "b", "version": "1" },
        "comment": "", "entries": [entry("/first"), entry("/second")],
        "pages": [{ "startedDateTime": "2026-11-23T10:00:00.000Z", "id": "page", "title": "", "pageTimings": { "onLoad": 1 } }],
    } })
}

/// Returns a file with this member in every shape, and without it.
fn shapes(pointer: &str) -> Vec<String> {
    let values = [
        Value::Null,
        json!(true),
        json!(5),
        json!(-1),
        json!(1e300),
        json!("5"),
        json!(""),
        json!([]),
        json!({}),
        json!([[]]),
    ];
    let changed = |value: Value| {
        let mut har = har();
        *har.pointer_mut(pointer).unwrap_or(&mut Value::Null) = value;
        har.to_string()
    };
    let mut shapes: Vec<String> = values.into_iter().map(changed).collect();
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let mut without = har();
    if let Some(object) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.remove(member);
        shapes.push(without.to_string());
    }
    shapes
}

fn second_is_whole(recording: &Recording) -> bool {
    let second = &recording.entries[1];
    second.url == "https://app.example/second"
        && second.body.as_deref() == Some(b"tea")
        && matches!(&second.outcome, Outcome::Answered(response) if response.body == b"ok")
}

#[test]
fn no_member_in_any_shape_spoils_the_file() {
    let mut positions = 0;
    for member in OF_ENTRIES {
        let pointer = format!("/log/entries/0{member}");
        for text in shapes(&pointer) {
            let recording = Recording::from_har(&text);
            let recording = recording.unwrap_or_else(|error| panic!("{pointer}: {error}: {text}"));
            assert_eq!(recording.entries.len(), 2, "{pointer}: {text}");
            assert!(second_is_whole(&recording), "{pointer}: {text}");
            let first = &recording.entries[0].outcome;
            let is_needed = NEEDED.contains(&member) || member.starts_with("/response/content/");
            let spoilt = matches!(first, Outcome::NotRecorded(_));
            assert!(is_needed || !spoilt, "{pointer}: {first:?}: {text}");
            positions += 1;
        }
    }
    for member in OF_THE_LOG {
        for text in shapes(&format!("/log{member}")) {
            let recording = Recording::from_har(&text);
            let recording = recording.unwrap_or_else(|error| panic!("{member}: {error}: {text}"));
            assert!(second_is_whole(&recording), "{member}: {text}");
            positions += 1;
        }
    }
    assert!(positions > 700, "{positions}");
}

#[test]
fn body_that_is_not_in_the_file_is_never_an_empty_one() {
    for (content, what) in [
        (json!({ "size": -1 }), "no body"),
        (json!({ "size": 15 }), "no body"),
        (json!({}), "no body"),
        (json!({ "size": 15, "text": null }), "no body"),
        (json!({ "size": 15, "text": "" }), "no body"),
        (
            json!({ "size": 2, "text": "%%", "encoding": "base64" }),
            "not base64",
        ),
        (
            json!({ "size": 2, "text": "x", "encoding": "rot13" }),
            "is not known",
        ),
        (json!({ "size": -1, "_file": "a.txt" }), "a.txt"),
    ] {
        let mut har = har();
        har["log"]["entries"][0]["response"]["content"] = content.clone();
        let recording = Recording::from_har(&har.to_string()).expect("a HAR file");
        match &recording.entries[0].outcome {
            Outcome::NotRecorded(missing @ NotRecorded::ResponseBody { .. }) => {
                assert!(missing.to_string().contains(what), "{content}: {missing}");
            }
            other => panic!("{content}: {other:?}"),
        }
    }
    let empty = [
        json!({ "size": 0 }),
        json!({ "size": "0" }),
        json!({ "size": -1, "text": "" }),
    ];
    for content in empty {
        let mut har = har();
        har["log"]["entries"][0]["response"]["content"] = content;
        let recording = Recording::from_har(&har.to_string()).expect("a HAR file");
        let first = &recording.entries[0].outcome;
        assert!(
            matches!(first, Outcome::Answered(response) if response.body.is_empty()),
            "{first:?}"
        );
    }
}

#[test]
fn duration_is_the_stated_one_or_the_sum_of_the_phases_and_none_is_noticed() {
    let phases = json!({ "blocked": -1, "dns": 2, "connect": 4, "ssl": 3, "send": 0, "wait": 5.5, "receive": 1 });
    for (time, timings, expected, untimed) in [
        (json!(7), phases.clone(), 7.0, false),
        (json!(null), phases.clone(), 12.5, false),
        (json!(-1), phases, 12.5, false),
        (json!(null), json!({ "blocked": -1 }), 0.0, true),
        (json!(null), json!(null), 0.0, true),
    ] {
        let mut har = har();
        har["log"]["entries"][0]["time"] = time;
        har["log"]["entries"][0]["timings"] = timings;
        let recording = Recording::from_har(&har.to_string()).expect("a HAR file");
        let Outcome::Answered(response) = &recording.entries[0].outcome else {
            panic!("{recording:?}")
        };
        assert!((response.elapsed_ms - expected).abs() < 1e-9, "{har}");
        assert_eq!(recording.untimed.contains(&0), untimed, "{har}");
    }
}
