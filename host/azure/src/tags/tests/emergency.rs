//! The reason of an emergency beside the rest of a lease.

use super::*;

#[test]
fn reason_is_kept_word_for_word_and_goes_with_the_lease() {
    let reason = "stable loses orders; see INC-12, über 5 %".to_owned();
    let lease = Lease {
        emergency: Some(reason.clone()),
        ..lease()
    };
    let tags = on_app(encode(&lease).unwrap());
    assert_eq!(decode(&tags).unwrap().unwrap().emergency, Some(reason));
    let removal = complete(&tags, None, None, []).unwrap();
    assert_eq!(merged(&tags, &removal), Tags::new());
}

#[test]
fn longest_lease_has_room_for_the_reason() {
    let old = |index: usize| (format!("web--{index}-{}", "x".repeat(40)), 0, None);
    let names: Vec<(String, u32, Option<&str>)> = (0..12).map(old).collect();
    let shares: Vec<(&str, u32, Option<&str>)> = (names.iter())
        .map(|(name, weight, label)| (name.as_str(), *weight, *label))
        .chain([("web--a", 100, None)])
        .collect();
    let mut longest = Lease {
        baseline: traffic(&shares),
        ..lease()
    };
    let without = encode(&longest).unwrap().len();
    assert_eq!(without, LEASE_TAGS_MAX);
    longest.emergency = Some("stable is down".to_owned());
    let tags = encode(&longest).unwrap();
    assert_eq!(tags.len(), LEASE_TAGS_MAX);
    let read = decode(&on_app(tags)).unwrap().unwrap();
    assert_eq!(
        (read.emergency, read.baseline),
        (longest.emergency, longest.baseline)
    );
}
