//! A lease that was encoded decodes to the same lease, and an error names the tag.

mod emergency;
mod ended;
mod history;

use rollout::{Ended, EndedBy, Share, TrafficTarget};

use super::*;

fn traffic(shares: &[(&str, u32, Option<&str>)]) -> Traffic {
    let share = |(name, weight, label): &(&str, u32, Option<&str>)| Share {
        target: match *name {
            "latest" => TrafficTarget::LatestReady,
            name => TrafficTarget::Revision(name.to_owned()),
        },
        weight: Weight::new(*weight).unwrap(),
        label: label.map(str::to_owned),
    };
    Traffic(shares.iter().map(share).collect())
}

fn lease() -> Lease {
    Lease {
        format: LEASE_FORMAT,
        place: Place {
            host: "runner-1".to_owned(),
            pipeline: Some("https://ci.example/runs/7?a=1,b;c@d".to_owned()),
        },
        labels: Labels::default(),
        emergency: None,
        begun_at: 1_795_400_000,
        stages: [10, 25, 50, 100].map(|w| Weight::new(w).unwrap()).to_vec(),
        weight_since: 1_795_401_000,
        run: "20261123-041200-7f3a".to_owned(),
        epoch: 3,
        holder: "run-2".to_owned(),
        stable: "web--a".to_owned(),
        canary: "web--b".to_owned(),
        stage: 2,
        weight: Weight::new(25).unwrap(),
        state: LeaseState::Running,
        baseline: traffic(&[("web--a", 100, Some("blue")), ("web--old", 0, None)]),
        expires_at: 1_795_406_400,
    }
}

fn on_app(tags: BTreeMap<String, String>) -> Tags {
    tags.into_iter()
        .map(|(tag, value)| (tag, Some(value)))
        .collect()
}

fn merged(app: &Tags, patch: &Tags) -> Tags {
    let mut app = app.clone();
    for (tag, value) in patch {
        match value {
            Some(_) => app.insert(tag.clone(), value.clone()),
            None => app.remove(tag),
        };
    }
    app
}

#[test]
fn lease_is_written_in_readable_tags() {
    let tags = encode(&lease()).unwrap();
    let expected = [
        ("lockgate-baseline-0", "--a=100@blue,--old=0;"),
        ("lockgate-canary", "web--b"),
        ("lockgate-expires", "1795406400"),
        ("lockgate-holder", "3/run-2"),
        ("lockgate-host", "runner-1"),
        ("lockgate-lease", "1/running"),
        ("lockgate-pipeline", "https://ci.example/runs/7?a=1,b;c@d"),
        ("lockgate-run", "20261123-041200-7f3a"),
        ("lockgate-since", "1795400000/1795401000"),
        ("lockgate-stable", "web--a"),
        ("lockgate-stage", "2/25"),
        ("lockgate-stages", "10,25,50,100"),
    ];
    let expected = expected.map(|(tag, value)| (tag.to_owned(), value.to_owned()));
    assert_eq!(tags, BTreeMap::from(expected));
}

#[test]
fn every_lease_decodes_to_itself() {
    let long = "w".repeat(54);
    let label = "l".repeat(64);
    let many: Vec<(String, u32)> = (0..6).map(|i| (format!("{long}{i}"), i % 2)).collect();
    let many: Vec<_> = many
        .iter()
        .map(|(n, w)| (n.as_str(), *w, Some(&*label)))
        .collect();
    let baselines = [
        traffic(&[]),
        traffic(&[("web--a", 100, None)]),
        traffic(&[("latest", 0, None), ("web--a", 100, None)]),
        traffic(&[("latest", 0, Some("next")), ("web--a", 100, Some("b-1"))]),
        traffic(&[
            ("web--b", 0, None),
            ("web--a", 33, Some("x")),
            ("web--c", 67, None),
        ]),
        traffic(&many),
    ];
    for baseline in baselines {
        for (state, epoch, stage, weight, expires_at) in [
            (LeaseState::Running, 1, 0, 0, 0),
            (LeaseState::Held, u32::MAX, u32::MAX, 100, u64::MAX),
            (LeaseState::Running, 7, 3, 50, 1_795_406_400),
        ] {
            let lease = Lease {
                state,
                epoch,
                stage,
                weight: Weight::new(weight).unwrap(),
                expires_at,
                baseline: baseline.clone(),
                ..lease()
            };
            let tags = encode(&lease).unwrap();
            for (tag, value) in &tags {
                assert!(value.chars().count() <= 256, "{tag} is too long: {value}");
                assert!(!tag.contains(['<', '>', '%', '&', '\\', '?', '/']), "{tag}");
            }
            assert_eq!(decode(&on_app(tags)), Ok(Some(lease)));
        }
    }
}

#[test]
fn baseline_of_every_length_around_the_limit_of_a_tag_decodes_to_itself() {
    for length in 200..280 {
        let mut shares = vec![("web--a", 100, None)];
        let name = "n".repeat(length / 2);
        shares.extend([(name.as_str(), 0, None), (name.as_str(), 0, None)]);
        let lease = Lease {
            baseline: traffic(&shares),
            ..lease()
        };
        let tags = encode(&lease).unwrap();
        assert!(tags.values().all(|value| value.len() <= 256), "{tags:?}");
        assert_eq!(decode(&on_app(tags)), Ok(Some(lease)));
    }
}

#[test]
fn app_without_a_tag_of_lockgate_has_no_lease() {
    for tags in [
        Tags::new(),
        Tags::from([("team".to_owned(), Some("shop".to_owned()))]),
        Tags::from([("lockgate-owner".to_owned(), Some("shop".to_owned()))]),
        Tags::from([("lockgate-run".to_owned(), None)]),
    ] {
        assert_eq!(decode(&tags), Ok(None));
    }
}

#[test]
fn every_missing_tag_is_named() {
    let long = Lease {
        baseline: traffic(&[(&"a".repeat(200), 100, None), (&"b".repeat(200), 0, None)]),
        ..lease()
    };
    let tags = on_app(encode(&long).unwrap());
    assert_eq!(tags.len(), 13);
    let can_miss = ["lockgate-host", "lockgate-pipeline"];
    for lost in tags.keys().filter(|tag| !can_miss.contains(&tag.as_str())) {
        let mut rest = tags.clone();
        rest.remove(lost);
        let error = decode(&rest).unwrap_err();
        assert_eq!(error, TagError::Missing { tag: lost.clone() });
    }
}

#[test]
fn every_damaged_tag_is_named_with_its_value() {
    let damages: &[(&str, &[&str])] = &[
        (
            "lockgate-lease",
            &["", "1", "1/", "1/Running", "0x1/held", "1/promoted"],
        ),
        ("lockgate-run", &["", "a b", "a\u{1b}b"]),
        (
            "lockgate-holder",
            &["", "3", "3/", "/run-2", "-1/run-2", "4294967296/run-2"],
        ),
        ("lockgate-stable", &[""]),
        ("lockgate-canary", &[""]),
        (
            "lockgate-stage",
            &["", "2", "2/", "/25", "2/101", "2/25/1", "a/b"],
        ),
        ("lockgate-stages", &["", "10,", "10,101", "ten"]),
        ("lockgate-since", &["", "1", "1/", "/1", "now/now"]),
        ("lockgate-expires", &["", "soon", "-5"]),
        (
            "lockgate-baseline-0",
            &["web--a;", "web--a=x;", "=100;", "web--a=1@;", "web--a=101;"],
        ),
    ];
    for (tag, values) in damages {
        for value in *values {
            let mut tags = on_app(encode(&lease()).unwrap());
            tags.insert((*tag).to_owned(), Some((*value).to_owned()));
            let error = decode(&tags).unwrap_err();
            let TagError::Damaged {
                tag: named,
                value: shown,
                ..
            } = &error
            else {
                panic!("{tag} = {value:?} gave {error}");
            };
            assert_eq!((named.as_str(), shown.as_str()), (*tag, *value));
        }
    }
}

#[test]
fn tags_are_found_in_any_case() {
    let upper: Tags = encode(&lease())
        .unwrap()
        .into_iter()
        .map(|(tag, value)| (tag.to_ascii_uppercase(), Some(value)))
        .collect();
    assert_eq!(decode(&upper), Ok(Some(lease())));
    // A write replaces them under their own spelling, and a removal removes them.
    let patch = complete(&upper, Some(&lease()), None, upper.keys()).unwrap();
    let removed: Vec<_> = patch.iter().filter(|(_, value)| value.is_none()).collect();
    let (emergency, ended) = (EMERGENCY.to_owned(), crate::tags::ended::ENDED.to_owned());
    assert_eq!(removed, [(&emergency, &None), (&ended, &None)]);
    let patch = complete(&upper, None, None, upper.keys()).unwrap();
    assert_eq!(merged(&upper, &patch), Tags::new());
}

#[test]
fn written_tags_are_complete_whether_the_service_merges_or_replaces() {
    let own = Tags::from([
        ("team".to_owned(), Some("shop".to_owned())),
        ("lockgate-owner".to_owned(), Some("me".to_owned())),
    ]);
    let patch = complete(&own, Some(&lease()), None, []).unwrap();
    let mut expected = own.clone();
    expected.extend(on_app(encode(&lease()).unwrap()));
    assert_eq!(merged(&own, &patch), expected);
    let mut sent = expected.clone();
    sent.insert(EMERGENCY.to_owned(), None);
    sent.insert(crate::tags::ended::ENDED.to_owned(), None);
    assert_eq!(patch, sent);
    let removal = complete(&patch, None, None, []).unwrap();
    assert_eq!(merged(&patch, &removal), own);
}

#[test]
fn shorter_baseline_removes_every_tag_of_a_longer_one() {
    let names: Vec<String> = (0..6).map(|i| format!("{}{i}", "n".repeat(100))).collect();
    let shares: Vec<_> = names.iter().map(|name| (name.as_str(), 0, None)).collect();
    let long = Lease {
        baseline: traffic(&shares),
        ..lease()
    };
    let app = on_app(encode(&long).unwrap());
    let patch = complete(&app, Some(&lease()), None, app.keys()).unwrap();
    assert_eq!(decode(&merged(&app, &patch)), Ok(Some(lease())));
    let removal = complete(&app, None, None, app.keys()).unwrap();
    assert_eq!(merged(&app, &removal), Tags::new());
}

#[test]
fn removal_includes_tags_that_the_last_read_did_not_show() {
    let unseen = on_app(encode(&lease()).unwrap());
    let removal = complete(&Tags::new(), None, None, []).unwrap();
    assert_eq!(merged(&unseen, &removal), Tags::new());
}

#[test]
fn app_with_too_many_tags_is_refused() {
    let full = |own: usize| -> Tags {
        let tags = (0..own).map(|i| (format!("own-{i}"), Some("x".to_owned())));
        tags.chain(on_app(encode(&lease()).unwrap())).collect()
    };
    let baseline = lease().baseline;
    assert_eq!(check_room(&full(38), &baseline), Ok(()));
    let error = check_room(&full(39), &baseline).unwrap_err();
    assert_eq!(
        error,
        TagError::NoRoom {
            own: 39,
            needed: 12
        }
    );
    assert!(error.to_string().ends_with("remove 1 of them"), "{error}");
}

#[test]
fn value_that_would_read_differently_is_not_written() {
    for name in ["", "a,b", "a=b", "a;b", "a@b", "a b", "ü", &"n".repeat(257)] {
        let lease = Lease {
            stable: name.to_owned(),
            ..lease()
        };
        assert!(
            matches!(encode(&lease), Err(TagError::Unfit { .. })),
            "{name}"
        );
    }
    let label = "l".repeat(256);
    let lease = Lease {
        baseline: traffic(&[("web--a", 100, Some(&label))]),
        ..lease()
    };
    assert!(matches!(encode(&lease), Err(TagError::Unfit { .. })));
}

#[test]
fn place_that_does_not_fit_a_tag_is_left_out_and_never_cut() {
    let mut lease = lease();
    lease.place.host = "a host".to_owned();
    lease.place.pipeline = Some(format!("https://ci.example/{}", "x".repeat(256)));
    let read = decode(&on_app(encode(&lease).unwrap())).unwrap().unwrap();
    assert_eq!(read.place, Place::default());
}

#[test]
fn lease_takes_fourteen_tags_at_most() {
    let entries = |count: usize| -> Vec<String> {
        (0..count)
            .map(|i| format!("other--{}{i}", "n".repeat(100)))
            .collect()
    };
    let with = |names: &[String]| Lease {
        baseline: traffic(
            &names
                .iter()
                .map(|name| (name.as_str(), 0, None))
                .collect::<Vec<_>>(),
        ),
        ..lease()
    };
    let fits = with(&entries(6));
    assert_eq!(encode(&fits).unwrap().len(), 14);
    assert_eq!(decode(&on_app(encode(&fits).unwrap())), Ok(Some(fits)));
    let long = with(&entries(7));
    assert_eq!(encode(&long), Err(TagError::TooLong { needed: 15 }));
    let room = check_room(&Tags::new(), &long.baseline);
    assert_eq!(room, Err(TagError::TooLong { needed: 15 }));
}

#[test]
fn forty_leftover_entries_of_the_app_fit() {
    let names: Vec<String> = (0..40).map(|i| format!("web--v{i}")).collect();
    let shares: Vec<_> = names.iter().map(|name| (name.as_str(), 0, None)).collect();
    let lease = Lease {
        baseline: traffic(&shares),
        ..lease()
    };
    let tags = encode(&lease).unwrap();
    assert_eq!(tags.len(), 13);
    assert_eq!(decode(&on_app(tags)), Ok(Some(lease)));
}

#[test]
fn lease_of_a_newer_format_can_be_undone_and_is_removed_whole() {
    let mut tags = on_app(encode(&lease()).unwrap());
    tags.insert(LEASE.to_owned(), Some("2/paused-until".to_owned()));
    tags.insert(STAGE.to_owned(), Some("third".to_owned()));
    tags.insert("lockgate-quorum".to_owned(), Some("2".to_owned()));
    tags.remove(EXPIRES);
    let read = decode(&tags).unwrap().unwrap();
    assert!(read.is_newer());
    let undo = |lease: &Lease| {
        (
            lease.run.clone(),
            lease.stable.clone(),
            lease.baseline.clone(),
        )
    };
    assert_eq!(undo(&read), undo(&lease()));
    assert_eq!(read.expires_at, u64::MAX);
    let removal = complete(&tags, None, None, []).unwrap();
    assert_eq!(merged(&tags, &removal), Tags::new());
}
