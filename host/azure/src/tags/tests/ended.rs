//! What stays in place of the lease of a run that was ended from elsewhere.

use super::*;

#[test]
fn end_from_elsewhere_stays_in_one_tag_that_fits() {
    let mut ended = Ended {
        run: lease().run,
        holder: lease().holder,
        by: EndedBy::Abort,
        place: lease().place,
        at: 1_795_402_000,
    };
    for length in [0, 150, 300] {
        ended.place.pipeline = Some(format!("https://ci.example/{};", "x".repeat(length)));
        let app = on_app(encode(&lease()).unwrap());
        let patch = complete(&app, None, Some(&Note::Ended(ended.clone())), []).unwrap();
        let after = merged(&app, &patch);
        assert_eq!(after.len(), 1);
        assert!(after.values().flatten().all(|value| value.len() <= 256));
        let read = decode_ended(&after).unwrap();
        assert_eq!((&read.run, read.at), (&ended.run, ended.at));
        let kept = (length < 300)
            .then(|| ended.place.pipeline.clone())
            .flatten();
        assert_eq!(read.place.pipeline, kept);
        // The next lease takes its place.
        let patch = complete(&after, Some(&lease()), None, []).unwrap();
        assert_eq!(decode_ended(&merged(&after, &patch)), None);
    }
}
