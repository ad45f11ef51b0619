//! No circle of files: following imports from a file never leads back to it, so that each file can be read after the ones
//! that it stands on.

use std::collections::{BTreeMap, BTreeSet};

use super::files::root;
use super::modules::{ModulePath, ModuleTree, read_crate};

/// The crates, with the file that each begins in.
const CRATES: [(&str, &str); 10] = [
    ("host/rollout/src", "lib.rs"),
    ("host/azure/src", "lib.rs"),
    ("host/gates/src", "lib.rs"),
    ("host/emulator/src", "lib.rs"),
    ("host/lockgate/src", "main.rs"),
    ("plugins/http-health/src", "lib.rs"),
    ("plugins/compare/src", "lib.rs"),
    ("plugins/compare/evidence/src", "lib.rs"),
    ("tests/campaign/src", "main.rs"),
    ("examples/gates/synthetic-transaction/src", "lib.rs"),
];

/// For each file, the files that it takes names from, and which names.
type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[test]
fn no_circle_of_files() {
    let mut found = String::new();
    for (src, root_file) in CRATES {
        let imports = imports(&read_crate(&root().join(src), root_file));
        assert!(imports.len() > 3, "{src}: the imports are found");
        for circle in circles(&imports) {
            found.push_str(&format!("{src}: {} files\n", circle.len()));
            for from in &circle {
                for (to, names) in imports[from].iter().filter(|(to, _)| circle.contains(*to)) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    found.push_str(&format!("  {from} takes {} from {to}\n", names.join(", ")));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "circles of files; move what both sides need into a file below them:\n{found}"
    );
}

#[test]
fn circle_is_found_through_re_exports_and_module_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;");
    write(
        "a.rs",
        "use crate::b;\npub struct A;\npub fn a() { b::b() }",
    );
    write("b.rs", "use crate::A;\npub fn b() { let _ = A; }");
    write("c.rs", "use crate::A;\n#[cfg(test)]\nuse crate::b::b;");
    let imports = imports(&read_crate(folder.path(), "lib.rs"));
    assert_eq!(
        circles(&imports),
        [["a.rs", "b.rs"].map(str::to_owned).into()]
    );
    assert_eq!(imports["c.rs"].len(), 1, "tests are left out");
}

fn imports(tree: &ModuleTree) -> Imports {
    let mut imports = Imports::new();
    for (place, module) in tree {
        let here = imports.entry(module.file.clone()).or_default();
        let globs = module.globs.iter();
        let written = module.uses.values().chain(globs).chain(&module.paths);
        for path in written {
            if let Some((file, name)) = resolve(tree, place, path, 0)
                && file != module.file
            {
                here.entry(file).or_default().insert(name);
            }
        }
    }
    imports
}

/// Returns the file that defines what `path` means in the module `place`, and the name there. `None` for what other crates
/// define, and for a module by itself: to name it takes nothing out of it.
fn resolve(
    tree: &ModuleTree,
    place: &ModulePath,
    path: &[String],
    depth: usize,
) -> Option<(String, String)> {
    // Two re-exports could name each other.
    if depth > 16 {
        return None;
    }
    let module = tree.get(place)?;
    let (first, rest) = path.split_first()?;
    let parent = || place.split_last().map(|(_, parent)| parent.to_vec());
    let inner = || {
        let mut inner = place.clone();
        inner.push(first.clone());
        inner
    };
    match first.as_str() {
        "crate" => resolve(tree, &Vec::new(), rest, depth + 1),
        "self" => resolve(tree, place, rest, depth + 1),
        "super" => resolve(tree, &parent()?, rest, depth + 1),
        name if module.items.contains(name) => Some((module.file.clone(), name.to_owned())),
        _ if tree.contains_key(&inner()) => resolve(tree, &inner(), rest, depth + 1),
        name => match module.uses.get(name) {
            // `use name;` would lead to itself.
            Some(used) if used.first() != Some(first) || used.len() > 1 => {
                let path: Vec<String> = used.iter().chain(rest).cloned().collect();
                resolve(tree, place, &path, depth + 1)
            }
            Some(_) => None,
            None => module.globs.iter().find_map(|glob| {
                let path: Vec<String> = glob.iter().chain(path).cloned().collect();
                resolve(tree, place, &path, depth + 1)
            }),
        },
    }
}

/// Returns the sets of files that lead back to themselves.
fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = imports
        .keys()
        .map(|from| (from, reached_from(imports, from)))
        .collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (from, forward) in &reached {
        let both = forward
            .iter()
            .filter(|to| reached.get(*to).is_some_and(|back| back.contains(from)));
        let circle: BTreeSet<String> = both.map(|file| (*file).clone()).collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reached_from<'a>(imports: &'a Imports, from: &'a String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        for to in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to) {
                waiting.push(to);
            }
        }
    }
    reached
}
