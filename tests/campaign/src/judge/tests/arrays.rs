//! The rules about every write.

use super::super::arrays::*;
use super::super::course::Role;
use super::{Log, promoted};

const NONE: [String; 0] = [];

#[test]
fn array_is_whole() {
    let writes = |split: &str| {
        let log = Log::new().process("a", Role::Rollout, 21);
        loses_traffic(&log.refused("a", 100, split).course()).len()
    };
    assert_eq!(writes("v1=50 v2=50"), 0);
    assert_eq!(writes("v1=50 v2=40"), 1);
    assert_eq!(writes(""), 1);
    assert_eq!(loses_traffic(&promoted().course()), NONE);
}

#[test]
fn note_leaves_every_lease_as_it_is() {
    let noting = |client: &str, lease: &str| {
        Log::new()
            .process("a", Role::Rollout, 31)
            .process("b", Role::Rollout, 10)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write(client, [90, 500, 550], "v1=90 v2=10", lease)
            .tags_alone()
            .course()
    };
    assert_eq!(note_changes_a_lease(&noting("b", "")).len(), 1);
    assert_eq!(note_changes_a_lease(&noting("b", "a")), NONE);
    assert_eq!(note_changes_a_lease(&noting("operator", "")), NONE);
}
