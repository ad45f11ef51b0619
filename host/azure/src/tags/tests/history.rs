//! What stays after a run: the last promotion, and the revisions that a gate said no to.

use rollout::{LabelBefore, Promotion};

use super::super::history::decode_failed;
use super::*;

fn promotion(labels: usize) -> Promotion {
    let label = |index: usize| LabelBefore {
        label: format!("label-{index}"),
        revision: (index > 0).then(|| "web--a".to_owned()),
    };
    Promotion {
        run: "20261123t041200-7f3a00".to_owned(),
        promoted: "web--b".to_owned(),
        replaced: "web--a".to_owned(),
        labels: (0..labels).map(label).collect(),
        at: 1_795_402_000,
    }
}

fn after(app: &Tags, note: &Note) -> Tags {
    merged(app, &complete(app, None, Some(note), []).unwrap())
}

fn own() -> Tags {
    Tags::from([("team".to_owned(), Some("shop".to_owned()))])
}

#[test]
fn promotion_stays_in_one_tag_until_the_next_one() {
    for labels in 0..=11 {
        let promotion = promotion(labels);
        let tags = after(&own(), &Note::Promoted(promotion.clone()));
        assert_eq!(tags.len(), 2);
        assert!(tags.values().flatten().all(|value| value.len() <= 256));
        let read = decode_promotion(&tags).unwrap();
        assert_eq!(read.labels, promotion.labels);
        assert_eq!((read.replaced, read.at), (promotion.replaced, promotion.at));
        // A lease and its end leave it where it is.
        let leased = merged(&tags, &complete(&tags, Some(&lease()), None, []).unwrap());
        let ended = merged(&leased, &complete(&leased, None, None, []).unwrap());
        assert_eq!(decode_promotion(&ended).unwrap().promoted, "web--b");
    }
}

#[test]
fn promotion_that_does_not_fit_is_refused() {
    let note = Note::Promoted(promotion(30));
    let error = complete(&own(), None, Some(&note), []).unwrap_err();
    assert!(
        error.to_string().contains("what the promotion replaces"),
        "{error}"
    );
}

#[test]
fn last_four_failed_revisions_are_remembered() {
    let mut tags = own();
    for name in ["web--1", "web--2", "web--3", "web--2", "web--4", "web--5"] {
        tags = after(&tags, &Note::Failed(name.to_owned()));
    }
    assert_eq!(
        decode_failed(&tags),
        ["web--3", "web--2", "web--4", "web--5"]
    );
    // The longest names that the service allows.
    let mut tags = own();
    for letter in ["a", "b", "c", "d", "e"] {
        tags = after(&tags, &Note::Failed(letter.repeat(54)));
    }
    assert_eq!(decode_failed(&tags).len(), 4);
    assert!(tags.values().flatten().all(|value| value.len() <= 256));
}

#[test]
fn revision_that_is_promoted_after_all_has_not_failed() {
    let failed = after(&own(), &Note::Failed("web--b".to_owned()));
    let promoted = after(&failed, &Note::Promoted(promotion(0)));
    assert_eq!(decode_failed(&promoted), Vec::<String>::new());
    assert!(!promoted.contains_key("lockgate-failed"), "{promoted:?}");
}

#[test]
fn history_that_cannot_be_read_counts_as_missing() {
    for value in [
        "",
        "a;b",
        ";;web--a;1;",
        ";web--b;web--a;x;",
        ";web--b;web--a;1;label",
    ] {
        let tags = Tags::from([("Lockgate-Replaced".to_owned(), Some(value.to_owned()))]);
        assert_eq!(decode_promotion(&tags), None, "{value}");
    }
}
