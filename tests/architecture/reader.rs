//! What a source declares and what it names.

use crate::lexer::tokens;

/// A path of names with the module inside of the file that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Modules written out in the file, outermost first.
    pub(crate) inside: Vec<String>,
    pub(crate) path: Vec<String>,
}

/// An import: a path and what it is called here; `*` for all of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) named: Named,
    pub(crate) name: String,
}

/// What stands in a file, but for tests.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) imports: Vec<Import>,
    /// Paths in code.
    pub(crate) paths: Vec<Named>,
    /// Modules, in files of their own or written out.
    pub(crate) modules: Vec<Named>,
    /// Types, traits and aliases; not the associated ones.
    pub(crate) types: Vec<Named>,
    /// Other items: functions, constants.
    pub(crate) items: Vec<Named>,
}

/// A pair of braces.
struct Block {
    module: Option<String>,
    /// Whether its types are associated with a trait or type.
    associates: bool,
    /// Brackets that are open around it, within the braces outside of it.
    nested: usize,
}

/// Words that may stand before the keyword of an item.
const BEFORE: [&str; 11] = ["pub", "(", ")", "crate", "super", "self", "in", "unsafe", "async", "extern", "const"];

pub(crate) fn read(source: &str) -> Read {
    let tokens = tokens(source);
    let token = |i: usize| tokens.get(i).map_or("", String::as_str);
    let is_name = |i: usize| token(i).starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut out = Read::default();
    let mut blocks: Vec<Block> = Vec::new();
    // Where the statement or item begins that is being read.
    let mut start = 0;
    let mut nested = 0_usize;
    let mut i = 0;
    while i < tokens.len() {
        let inside = || blocks.iter().filter_map(|b| b.module.clone()).collect::<Vec<_>>();
        let begins = || item_head(&tokens[start..i]).is_none();
        let named = |path: Vec<String>| Named { inside: inside(), path };
        match token(i) {
            "{" => {
                let head = item_head(&tokens[start..i]);
                let keyword = head.map_or("", |k| token(start + k));
                let module = (keyword == "mod").then(|| token(i - 1).to_owned());
                blocks.push(Block { module, associates: matches!(keyword, "impl" | "trait"), nested });
                (start, nested) = (i + 1, 0);
            }
            "}" => {
                (start, nested) = (i + 1, blocks.pop().map_or(0, |block| block.nested));
            }
            // Not that of `[u8; 3]`.
            ";" if nested == 0 => start = i + 1,
            "(" | "[" => nested += 1,
            ")" | "]" => nested = nested.saturating_sub(1),
            "use" if begins() => {
                let end = (i..tokens.len()).find(|&k| token(k) == ";").unwrap_or(tokens.len());
                let mut found = Vec::new();
                tree(&tokens[i + 1..end], &[], &mut found);
                out.imports.extend(found.into_iter().map(|(path, name)| Import { named: named(path), name }));
                i = end;
                start = i + 1;
            }
            "mod" if begins() && is_name(i + 1) => out.modules.push(named(vec![token(i + 1).into()])),
            "type" if blocks.last().is_some_and(|b| b.associates) => {}
            "struct" | "enum" | "union" | "trait" | "type" if begins() && is_name(i + 1) => {
                out.types.push(named(vec![token(i + 1).into()]));
            }
            "fn" | "const" | "static" if begins() && is_name(i + 1) && token(i + 1) != "fn" => {
                out.items.push(named(vec![token(i + 1).into()]))
            }
            _ if is_name(i) && token(i + 1) == "::" && (i == 0 || !matches!(token(i - 1), "::" | "$" | ".")) => {
                let mut path = vec![token(i).to_owned()];
                while token(i + 1) == "::" && is_name(i + 2) {
                    path.push(token(i + 2).to_owned());
                    i += 2;
                }
                out.paths.push(named(path));
            }
            _ => {}
        }
        i += 1;
    }
    out
}

/// Place of the keyword among the tokens of an item, behind `pub(…)` and the like; none when there is no more than these.
fn item_head(tokens: &[String]) -> Option<usize> {
    // The path of `pub(in some::module)` is passed over as a whole.
    let mut within = false;
    tokens.iter().position(|t| {
        within = match t.as_str() {
            "in" => true,
            ")" => false,
            _ => within,
        };
        !within && !BEFORE.contains(&t.as_str())
    })
}

/// Paths of a tree of imports, each with the name that it has here.
fn tree(tokens: &[String], before: &[String], out: &mut Vec<(Vec<String>, String)>) {
    let mut depth = 0;
    let parts = tokens.split(|t| {
        match t.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        t == "," && depth == 0
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let mut path = before.to_vec();
        match part.iter().position(|t| t == "{") {
            Some(brace) => {
                path.extend(part[..brace].iter().filter(|t| *t != "::").cloned());
                tree(&part[brace + 1..part.len() - 1], &path, out);
            }
            None => {
                let renamed = part.iter().position(|t| t == "as");
                path.extend(part[..renamed.unwrap_or(part.len())].iter().filter(|t| *t != "::").cloned());
                // `a::{self}` is `a`.
                if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                    path.pop();
                }
                let name = renamed.map_or(path.last(), |k| part.get(k + 1)).cloned().unwrap_or_default();
                if name == "*" {
                    path.pop();
                }
                out.push((path, name));
            }
        }
    }
}

#[test]
fn imports_are_read_with_their_names() {
    let read =
        read("pub(in crate::x) use a::{b, c::{self, d as e}, f::*}; fn g() { use super::h; crate::i::J::new(k::l) }");
    let found: Vec<String> = read.imports.iter().map(|i| format!("{} {}", i.named.path.join("::"), i.name)).collect();
    assert_eq!(found, ["a::b b", "a::c c", "a::c::d e", "a::f *", "super::h h"]);
    let paths: Vec<String> = read.paths.iter().map(|p| p.path.join("::")).collect();
    assert_eq!(paths, ["crate::x", "crate::i::J::new", "k::l"]);
}

#[test]
fn declarations_are_read_but_for_associated_types() {
    let read = read(
        "pub(super) struct A { x: u8 } enum B {} pub trait C { type D; } impl C for [A; 3] { type D = u8; fn e(&self) {} } type F<'a> = &'a A;
         mod g { pub(crate) struct H; } pub mod i; const J: A = A { x: 1 }; const fn k() -> impl C { struct L; A { x: 2 } }",
    );
    let names =
        |list: &[Named]| list.iter().map(|n| [n.inside.as_slice(), &n.path].concat().join("::")).collect::<Vec<_>>();
    assert_eq!(names(&read.types), ["A", "B", "C", "F", "g::H", "L"]);
    assert_eq!(names(&read.modules), ["g", "i"]);
    assert_eq!(names(&read.items), ["e", "J", "k"]);
}
