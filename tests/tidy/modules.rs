//! The module tree of one crate, read from its sources: which module is in which file, what it defines, what it imports.
//!
//! Only names are followed: a call of a method says nothing about the file that has the method, and what stands inside a
//! macro is not seen. Code for tests alone is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

/// A module's place in its crate: `["run", "journal"]` is `crate::run::journal`.
pub(super) type ModulePath = Vec<String>;

/// One module.
#[derive(Default)]
pub(super) struct Module {
    /// The file that it is written in, from the crate's `src`.
    pub(super) file: String,
    /// The names of what it defines, its own modules apart.
    pub(super) items: BTreeSet<String>,
    /// What `use` brings into scope: the name here, and the path as written.
    pub(super) uses: BTreeMap<String, Vec<String>>,
    /// The paths of `use …::*`.
    pub(super) globs: Vec<Vec<String>>,
    /// Every other path of two or more segments, as written.
    pub(super) paths: Vec<Vec<String>>,
}

/// The modules of a crate.
pub(super) type ModuleTree = BTreeMap<ModulePath, Module>;

/// Reads the crate whose root file is `src`/`root_file`.
pub(super) fn read_crate(src: &Path, root_file: &str) -> ModuleTree {
    let mut tree = ModuleTree::new();
    read_file(
        src,
        Path::new(root_file),
        Path::new(""),
        Vec::new(),
        &mut tree,
    );
    tree
}

/// Reads a file as the module `path`; its own modules are in files below `folder`.
fn read_file(src: &Path, file: &Path, folder: &Path, path: ModulePath, tree: &mut ModuleTree) {
    let full = src.join(file);
    let text = std::fs::read_to_string(&full).unwrap_or_else(|e| panic!("{}: {e}", full.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", full.display()));
    add_module(src, file, folder, path, &parsed.items, tree);
}

fn add_module(
    src: &Path,
    file: &Path,
    folder: &Path,
    path: ModulePath,
    items: &[Item],
    tree: &mut ModuleTree,
) {
    let mut module = Module {
        file: file.to_string_lossy().replace('\\', "/"),
        ..Module::default()
    };
    for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
        match item {
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                let mut path = path.clone();
                path.push(name.clone());
                let folder = folder.join(&name);
                match &inner.content {
                    Some((_, items)) => add_module(src, file, &folder, path, items, tree),
                    None => read_file(src, &file_of(src, &folder), &folder, path, tree),
                }
            }
            Item::Use(item) => read_use(&item.tree, &mut Vec::new(), &mut module),
            item => {
                module.items.extend(name_of(item));
                Paths(&mut module.paths).visit_item(item);
            }
        }
    }
    tree.insert(path, module);
}

/// Returns the file of a module whose own modules are below `folder`.
fn file_of(src: &Path, folder: &Path) -> PathBuf {
    let beside = folder.with_extension("rs");
    if src.join(&beside).is_file() {
        beside
    } else {
        folder.join("mod.rs")
    }
}

fn read_use(tree: &UseTree, before: &mut Vec<String>, module: &mut Module) {
    let with = |name: String, before: &[String]| {
        let mut path = before.to_vec();
        // `use a::{self}` names `a`.
        if name != "self" || before.is_empty() {
            path.push(name);
        }
        path
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            read_use(&path.tree, before, module);
            before.pop();
        }
        UseTree::Name(name) => {
            let path = with(name.ident.to_string(), before);
            let last = path.last().cloned().unwrap_or_default();
            module.uses.insert(last, path);
        }
        UseTree::Rename(name) => {
            let path = with(name.ident.to_string(), before);
            // `as _` brings a trait in: no name, and still an import.
            let here = match name.rename.to_string().as_str() {
                "_" => format!("_ {}", path.join("::")),
                other => other.to_owned(),
            };
            module.uses.insert(here, path);
        }
        UseTree::Glob(_) => module.globs.push(before.clone()),
        UseTree::Group(group) => {
            for tree in &group.items {
                read_use(tree, before, module);
            }
        }
    }
}

/// Collects paths such as `super::limits::MAX`.
struct Paths<'a>(&'a mut Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let names: Vec<String> = segments.map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 && path.leading_colon.is_none() {
            self.0.push(names);
        }
        syn::visit::visit_path(self, path);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute
            .path()
            .is_ident("cfg")
            .then(|| attribute.meta.require_list());
        condition
            .and_then(Result::ok)
            .is_some_and(|list| list.tokens.to_string() == "test")
    })
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
