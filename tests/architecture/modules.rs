//! The modules of a crate and which of them names which: imports are followed through re-exports to where an item stands.

use crate::reader::{Read, read};
use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, VecDeque};

/// Names of modules from the root of their crate on; the root has none.
pub(crate) type ModulePath = Vec<String>;

/// The modules of a crate.
pub(crate) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
    files: Vec<(String, ModulePath, Read)>,
}

#[derive(Default)]
struct Module {
    /// What it imports: name → where it was written, path.
    imports: BTreeMap<String, (ModulePath, Vec<String>)>,
    /// Modules of which it imports all.
    globs: Vec<(ModulePath, Vec<String>)>,
    items: BTreeSet<String>,
}

/// Which modules of a folder use which others of it.
type Uses = BTreeMap<String, BTreeMap<String, Reason>>;

/// Why a module counts as using another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) file: String,
    pub(crate) path: String,
}

/// Modules of one folder that use each other in a circle; the first one stands at the end again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Circle {
    pub(crate) folder: ModulePath,
    pub(crate) steps: Vec<(String, Reason)>,
}

/// Re-exports of re-exports are followed this far.
const DEEPEST: usize = 32;

impl Crate {
    /// Reads files, each by its name, its place below `src` and its text. Modules that are declared for tests only are left out.
    pub(crate) fn of(files: &[(String, String, String)]) -> Self {
        let mut read: Vec<(String, ModulePath, Read)> =
            files.iter().map(|(name, place, text)| (name.clone(), module_of(place), read(text))).collect();
        read.sort_by_key(|(_, module, _)| module.len());
        let mut found = Self { modules: BTreeMap::new(), files: Vec::new() };
        let mut declared: BTreeSet<ModulePath> = [Vec::new()].into();
        for (name, module, read) in read {
            if declared.contains(&module) {
                declared.extend(read.modules.iter().map(|n| [module.as_slice(), &n.inside, &n.path].concat()));
                found.add(&module, &read);
                found.files.push((name, module, read));
            }
        }
        found
    }

    fn add(&mut self, module: &[String], read: &Read) {
        self.modules.entry(module.to_vec()).or_default();
        for inner in &read.modules {
            let path = [module, &inner.inside, &inner.path].concat();
            self.modules.entry(path).or_default();
        }
        for item in read.types.iter().chain(&read.items) {
            let home = [module, &item.inside].concat();
            self.modules.entry(home).or_default().items.extend(item.path.iter().cloned());
        }
        for import in &read.imports {
            let home = [module, &import.named.inside].concat();
            let path = (home.clone(), import.named.path.clone());
            let module = self.modules.entry(home).or_default();
            match import.name.as_str() {
                "*" => module.globs.push(path),
                name => drop(module.imports.insert(name.to_owned(), path)),
            }
        }
    }

    /// Types, traits and aliases by name, with the files that declare them.
    pub(crate) fn types(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (file, _, read) in &self.files {
            read.types.iter().flat_map(|t| &t.path).for_each(|name| out.entry(name).or_default().push(file));
        }
        out
    }

    /// The module that a path leads to, which is written in `home`; none where it leads out of the crate.
    fn leads_to(&self, home: &[String], path: &[String], depth: usize) -> Option<ModulePath> {
        let (first, rest) = path.split_first().filter(|_| depth < DEEPEST)?;
        match first.as_str() {
            "crate" => self.below(Vec::new(), rest, depth),
            "self" => self.below(home.to_vec(), rest, depth),
            "super" => {
                let ups = 1 + rest.iter().take_while(|name| *name == "super").count();
                self.below(home[..home.len().checked_sub(ups)?].to_vec(), &rest[ups - 1..], depth)
            }
            _ if self.knows(home, first, depth) => self.below(home.to_vec(), path, depth),
            _ => None,
        }
    }

    /// Whether a name is one of a module.
    fn knows(&self, module: &[String], name: &str, depth: usize) -> bool {
        let child = [module, &[name.to_owned()]].concat();
        let of_module = |m: &Module| {
            m.items.contains(name)
                || m.imports.contains_key(name)
                || m.globs.iter().any(|(home, path)| {
                    let target = self.leads_to(home, path, depth + 1);
                    target.is_some_and(|target| {
                        target != module && depth < DEEPEST && self.knows(&target, name, depth + 1)
                    })
                })
        };
        self.modules.contains_key(&child) || self.modules.get(module).is_some_and(of_module)
    }

    fn below(&self, module: ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        let Some((first, rest)) = path.split_first() else { return Some(module) };
        let child = [module.as_slice(), std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) {
            return self.below(child, rest, depth);
        }
        let here = self.modules.get(&module)?;
        if here.items.contains(first) {
            return Some(module);
        }
        if let Some((home, target)) = here.imports.get(first) {
            return self.leads_to(home, &[target.as_slice(), rest].concat(), depth + 1);
        }
        let mut globs = here.globs.iter().filter_map(|(home, target)| self.leads_to(home, target, depth + 1));
        let found = globs.find(|target| *target != module && self.knows(target, first, depth + 1));
        match found {
            Some(target) => self.below(target, path, depth + 1),
            None => Some(module),
        }
    }

    /// Which modules of a folder use which others of it, by folder. Modules above and below each other may name each other.
    fn uses(&self) -> BTreeMap<ModulePath, Uses> {
        let mut out: BTreeMap<ModulePath, Uses> = BTreeMap::new();
        for (file, module, read) in &self.files {
            for named in read.imports.iter().map(|import| &import.named).chain(&read.paths) {
                let home = [module.as_slice(), &named.inside].concat();
                let Some(target) = self.leads_to(&home, &named.path, 0) else { continue };
                let same = home.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(to)) = (home.get(same), target.get(same)) {
                    let reason = Reason { file: file.clone(), path: named.path.join("::") };
                    let folder = out.entry(home[..same].to_vec()).or_default();
                    folder.entry(from.clone()).or_default().entry(to.clone()).or_insert(reason);
                }
            }
        }
        out
    }

    /// One circle, a shortest one, through each module that is in any.
    pub(crate) fn circles(&self) -> Vec<Circle> {
        let mut circles = Vec::new();
        for (folder, uses) in self.uses() {
            let mut told: BTreeSet<&String> = BTreeSet::new();
            for module in uses.keys() {
                if told.contains(module) {
                    continue;
                }
                if let Some(ring) = ring(&uses, module) {
                    told.extend(ring.iter().copied());
                    let next = ring.iter().skip(1).chain(ring.first());
                    let steps = ring.iter().zip(next).map(|(a, b)| ((*a).clone(), uses[*a][*b].clone())).collect();
                    circles.push(Circle { folder: folder.clone(), steps });
                }
            }
        }
        circles
    }
}

/// The shortest way from a module back to itself.
fn ring<'a>(uses: &'a Uses, start: &'a String) -> Option<Vec<&'a String>> {
    let mut from: BTreeMap<&String, &String> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(module) = open.pop_front() {
        for next in uses.get(module).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut ring = vec![module];
                while let Some(before) = ring.last().filter(|last| **last != start).map(|last| from[*last]) {
                    ring.push(before);
                }
                ring.reverse();
                return Some(ring);
            }
            if let Entry::Vacant(free) = from.entry(next) {
                free.insert(module);
                open.push_back(next);
            }
        }
    }
    None
}

/// The module that a file is, by its place below `src`.
fn module_of(place: &str) -> ModulePath {
    let mut path: Vec<String> = place.trim_end_matches(".rs").split('/').map(String::from).collect();
    if path.last().is_some_and(|last| last == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> =
            files.iter().map(|(at, text)| (format!("x/{at}"), (*at).to_owned(), (*text).to_owned())).collect();
        let names = |circle: Circle| {
            let steps = circle.steps.into_iter();
            let steps: Vec<String> =
                steps.map(|(name, reason)| format!("{name} ({} {})", reason.file, reason.path)).collect();
            format!("{}: {}", circle.folder.join("::"), steps.join(" "))
        };
        Crate::of(&files).circles().into_iter().map(names).collect()
    }

    #[test]
    fn circles_are_found_through_re_exports() {
        let room = "mod a; mod b; mod c; pub use c::{d::{Deep as Renamed}, Plain}; pub use a::*;";
        let files = [
            ("lib.rs", "pub mod room;"),
            ("room/mod.rs", room),
            ("room/a.rs", "use super::Renamed; pub struct Own;"),
            ("room/b.rs", "fn f() -> crate::room::Own { crate::room::Own }"),
            ("room/c/mod.rs", "pub mod d; pub struct Plain;"),
            ("room/c/d.rs", "use crate::room::{b::{self as other}}; pub struct Deep;"),
        ];
        let circle =
            "room: a (x/room/a.rs super::Renamed) c (x/room/c/d.rs crate::room::b) b (x/room/b.rs crate::room::Own)";
        assert_eq!(told(&files), [circle]);
    }

    #[test]
    fn parents_children_tests_and_foreign_names_make_none() {
        let files = [
            ("lib.rs", "pub use base::room; mod a; mod b;"),
            ("a.rs", "mod low; use low::Item; use crate::b::B; /* use crate::b; */ pub struct Wide;"),
            (
                "a/low.rs",
                "use super::Wide; use super::super::b::B; pub struct Item; const X: &str = \"crate::a::low\";",
            ),
            (
                "b.rs",
                "use crate::room::Foreign; use a::Foreign; pub struct B; #[cfg(test)] mod tests { use crate::a::Wide; } #[cfg(test)] mod own;",
            ),
            ("b/own.rs", "use crate::a::Wide;"),
        ];
        assert_eq!(told(&files), Vec::<String>::new());
    }
}
