//! Responses with compressed bodies: what the gate gets of them.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::*;
use crate::outside::secrets::Secret;

const BODY_BYTES_MAX: usize = 4 << 20;

fn secrets(value: &str) -> Secrets {
    Secrets::new(&[Secret::new("TOKEN", value).unwrap()], &[]).unwrap()
}

fn response(encoding: Option<&str>, body: Vec<u8>) -> HttpResponse {
    let length = ("content-length".to_owned(), body.len().to_string());
    let encoding = encoding.map(|name| ("content-encoding".to_owned(), name.to_owned()));
    HttpResponse {
        status: 200,
        headers: encoding.into_iter().chain([length]).collect(),
        body,
        elapsed_ms: 1.0,
    }
}

fn answered(encoding: Option<&str>, body: Vec<u8>, secret: &str) -> HttpResponse {
    let outcome = Ok(response(encoding, body));
    scrubbed(outcome, &secrets(secret), BODY_BYTES_MAX).expect("a response")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn secret_in_a_compressed_body_is_masked_and_the_rest_of_it_kept() {
    let vectors = include_str!("../../../tests/masking/vectors.json");
    let vectors: Value = serde_json::from_str(vectors).expect("vectors");
    let bodies = vectors["bodies"].as_array().expect("bodies");
    for body in bodies {
        let kind = text(&body["kind"]);
        let packed = STANDARD.decode(text(&body["packed"])).expect("base64");
        let secret = text(&vectors["secrets"][text(&body["secret"])]);
        let holds = &body["holds"];
        let (before, after) = (text(&holds["before"]), text(&holds["after"]));
        let expected = format!("{before}[redacted]{after}");

        let got = answered(body["encoding"].as_str(), packed.clone(), secret);
        let length = ("content-length".to_owned(), got.body.len().to_string());
        assert_eq!(got.headers, [length], "{kind}");
        if body["encoding"].is_null() {
            let mut unpacked = String::new();
            let mut decoder = MultiGzDecoder::new(&got.body[..]);
            decoder.read_to_string(&mut unpacked).expect("gzip");
            assert_eq!(unpacked, expected, "{kind}");
        } else {
            assert_eq!(String::from_utf8_lossy(&got.body), expected, "{kind}");
        }

        let other = answered(body["encoding"].as_str(), packed.clone(), "another secret");
        assert_eq!(other, response(body["encoding"].as_str(), packed), "{kind}");
    }
}

#[test]
fn body_within_two_encodings_is_searched() {
    let twice = gzip(&gzip(b"the token is s3cr3t-token"));
    let got = answered(Some("gzip, gzip"), twice, "s3cr3t-token");
    assert_eq!(got.body, b"the token is [redacted]");
    let identity = answered(Some("identity"), b"plain text".to_vec(), "s3cr3t-token");
    assert_eq!(identity.body, b"plain text");
}

#[test]
fn body_that_cannot_be_searched_is_withheld() {
    let zeros = gzip(&vec![0; 17 << 20]);
    let whole = gzip(b"the token is s3cr3t-token, and some more text");
    let cut = whole[..whole.len() - 4].to_vec();
    for (encoding, body, why) in [
        (Some("br"), b"anything".to_vec(), "neither gzip nor deflate"),
        (
            Some("zstd"),
            b"anything".to_vec(),
            "neither gzip nor deflate",
        ),
        (Some("gzip"), cut.clone(), "should be gzip and is not"),
        (
            Some("gzip"),
            b"plain text".to_vec(),
            "should be gzip and is not",
        ),
        (
            Some("deflate"),
            b"plain text".to_vec(),
            "should be deflate and is not",
        ),
        (Some("gzip"), zeros.clone(), "expands to more than 16 MiB"),
        (Some("gzip, gzip, gzip, gzip"), whole, "is encoded 4 times"),
        (None, cut, "begins as gzip and is not"),
        (None, zeros, "expands to more than 16 MiB"),
    ] {
        let got = answered(encoding, body, "s3cr3t-token");
        let text = String::from_utf8(got.body).expect("a text");
        assert!(text.starts_with("[redacted: this body "), "{text}");
        assert!(text.contains(why), "{text}");
        assert!(got.headers.iter().all(|(name, _)| name == "content-length"));
    }
}

#[test]
fn body_that_masking_makes_too_large_is_withheld() {
    let mut long = vec![b' '; 5 << 20];
    long.extend_from_slice(b"s3cr3t-token");
    let got = answered(Some("gzip"), gzip(&long), "s3cr3t-token");
    let text = String::from_utf8(got.body).expect("a text");
    assert!(text.contains("too large without its compression"), "{text}");
}

#[test]
fn nothing_is_changed_where_there_is_no_secret() {
    let odd = response(Some("br"), b"anything".to_vec());
    let got = scrubbed(Ok(odd.clone()), &Secrets::default(), BODY_BYTES_MAX);
    assert_eq!(got, Ok(odd));
    // The answer to HEAD names an encoding and has no body.
    let empty = response(Some("br"), Vec::new());
    assert_eq!(answered(Some("br"), Vec::new(), "s3cr3t-token"), empty);
}
