//! The line of every key and every list entry of a YAML text.
//!
//! The values themselves come from another parser, which keeps no places; this one is asked only where something is wrong. Both read
//! the same text, so that a key has one place whatever the style it is written in.

use saphyr_parser::{Event, Parser};
use std::collections::HashMap;

/// Merges within merges that are followed: a map may be merged into itself.
const MERGES: usize = 16;

/// A text as a tree of places. Aliases point to what they stand for and are not copied.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The root first.
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    /// From 1.
    line: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar(String),
    /// Keys with their lines.
    Map(Vec<(String, usize, usize)>),
    List(Vec<usize>),
    /// Of this node, where the text has it.
    Alias(Option<usize>),
}

/// A map or list whose end is not reached.
struct Open {
    node: usize,
    /// In a map: the key whose value comes next, and its line.
    key: Option<(String, usize)>,
}

impl Places {
    /// The places of the first document of a text, as far as it can be read.
    pub(super) fn of(text: &str) -> Self {
        let (mut places, mut anchors, mut open) = (Self::default(), HashMap::new(), Vec::<Open>::new());
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let (kind, anchor) = match event {
                Event::Scalar(text, _, anchor, _) => (Kind::Scalar(text.into_owned()), anchor),
                Event::MappingStart(anchor, _) => (Kind::Map(Vec::new()), anchor),
                Event::SequenceStart(anchor, _) => (Kind::List(Vec::new()), anchor),
                Event::Alias(anchor) => (Kind::Alias(anchors.get(&anchor).copied()), 0),
                Event::MappingEnd | Event::SequenceEnd => {
                    open.pop();
                    continue;
                }
                Event::DocumentEnd => break,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => continue,
            };
            let node = places.nodes.len();
            let opens = matches!(kind, Kind::Map(_) | Kind::List(_));
            places.nodes.push(Node { line: span.start.line(), kind });
            places.hang(open.last_mut(), node);
            // Anchors count from 1.
            if anchor > 0 {
                anchors.insert(anchor, node);
            }
            if opens {
                open.push(Open { node, key: None });
            }
        }
        places
    }

    /// The line on which a second document begins.
    pub(super) fn second_document(text: &str) -> Option<usize> {
        let events = Parser::new_from_str(text).map_while(Result::ok);
        let mut starts = events.filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
        starts.nth(1).map(|(_, span)| span.start.line())
    }

    /// The first key that stands twice in one map, and both lines.
    pub(super) fn repeated(&self) -> Option<(&str, [usize; 2])> {
        self.nodes.iter().find_map(|node| {
            let Kind::Map(entries) = &node.kind else { return None };
            entries.iter().enumerate().find_map(|(i, (key, line, _))| {
                let (_, first, _) = entries[..i].iter().find(|(k, ..)| k == key)?;
                Some((key.as_str(), [*first, *line]))
            })
        })
    }

    /// Puts a node under the map or list that is open.
    fn hang(&mut self, parent: Option<&mut Open>, node: usize) {
        let Some(parent) = parent else { return };
        let line = self.nodes[node].line;
        let told = match &self.nodes[self.target(node)].kind {
            Kind::Scalar(text) => text.clone(),
            _ => String::new(),
        };
        match (&mut self.nodes[parent.node].kind, parent.key.take()) {
            (Kind::List(entries), _) => entries.push(node),
            (Kind::Map(entries), Some((key, line))) => entries.push((key, line, node)),
            _ => parent.key = Some((told, line)),
        }
    }

    /// The node itself, or what it stands for.
    fn target(&self, mut node: usize) -> usize {
        // An alias stands after its anchor, so that this ends.
        while let Kind::Alias(Some(target)) = self.nodes[node].kind {
            node = target;
        }
        node
    }

    /// The line of a path of keys and list places, or of the nearest one around it that stands in the text; and whether it is
    /// that of the path itself.
    pub(super) fn find<S: AsRef<str>>(&self, path: &[S]) -> (Option<usize>, bool) {
        let (mut node, mut line, mut rest) = (0, None, path);
        while !rest.is_empty() {
            let Some((used, found, child)) = self.child(node, rest, MERGES) else { return (line, false) };
            (node, line, rest) = (child, Some(found), &rest[used..]);
        }
        (line, true)
    }

    /// How much of the path a child of the node answers to, its line, and the child.
    fn child<S: AsRef<str>>(&self, node: usize, path: &[S], merges: usize) -> Option<(usize, usize, usize)> {
        if self.nodes.is_empty() {
            return None;
        }
        match &self.nodes[self.target(node)].kind {
            Kind::List(entries) => {
                let child = *entries.get(path[0].as_ref().parse::<usize>().ok()?)?;
                Some((1, self.nodes[child].line, child))
            }
            Kind::Map(entries) => {
                // Keys may have dots themselves.
                let whole = (1..=path.len()).find_map(|used| {
                    let key = path[..used].iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(".");
                    entries.iter().find(|(k, ..)| *k == key).map(|&(_, line, child)| (used, line, child))
                });
                let deeper = merges.checked_sub(1);
                whole.or_else(|| self.merged(entries).find_map(|map| self.child(map, path, deeper?)))
            }
            Kind::Scalar(_) | Kind::Alias(_) => None,
        }
    }

    /// The maps whose keys are merged (`<<`) into one with these entries; the first counts most.
    fn merged<'a>(&'a self, entries: &'a [(String, usize, usize)]) -> impl Iterator<Item = usize> + 'a {
        let merges = entries.iter().filter(|(key, ..)| key == "<<").map(move |&(_, _, child)| self.target(child));
        merges.flat_map(move |merge| match &self.nodes[merge].kind {
            Kind::List(maps) => maps.clone(),
            _ => vec![merge],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of dotted paths; 0 where nothing is found.
    fn lines<const N: usize>(text: &str, paths: [&str; N]) -> [usize; N] {
        let places = Places::of(text);
        paths.map(|path| places.find(&path.split('.').collect::<Vec<_>>()).0.unwrap_or(0))
    }

    #[test]
    fn keys_are_found_in_every_style() {
        let block = "# rows: 1\na:\n  # rows: 2\n  note: 'rows: 3'\n  b:\n    rows: 4\nrows: 5\n";
        assert_eq!(lines(block, ["rows", "a.b.rows", "a.rows", "a.note", "nowhere"]), [7, 6, 2, 4, 0]);
        let flow = "a: {b: {rows: 1}, c: [\n  {rows: 2},\n  {rows: 3,\n   more: 4}]}\n";
        assert_eq!(lines(flow, ["a.b.rows", "a.c.0.rows", "a.c.1.more", "a.c.1", "a.c.2"]), [1, 2, 4, 3, 1]);
        let quoted = "\"a\":\n  'b c': 1\n  \"d\\u0065\": 2\n";
        assert_eq!(lines(quoted, ["a.b c", "a.de"]), [2, 3]);
        let text = "a: |\n  rows: 1\n  more: 2\nb: >-\n  rows: 3\n\nrows: 4\n";
        assert_eq!(lines(text, ["rows", "b", "a.rows"]), [7, 4, 1]);
        let lists = "a:\n  angles: [3, 2]\n  gains:\n  - 1\n  - - 5\n    - 6\n  -\n    x: 7\nb:\n- 1\n";
        assert_eq!(lines(lists, ["a.angles.0", "a.gains.1.1", "a.gains.2.x", "b.0"]), [2, 6, 8, 10]);
        let windows = "a: 1\r\nb:\r\n  c: 2\r\n";
        assert_eq!(lines(windows, ["a", "b.c"]), [1, 3]);
        let tagged = "---\nschedule: !per_epoch\n  factor: 2\n? long\n: {x: 1}\n";
        assert_eq!(lines(tagged, ["schedule.factor", "long.x"]), [3, 5]);
    }

    #[test]
    fn aliases_and_merges_lead_to_where_the_value_is_typed() {
        let text = "base: &base\n  x: 1\n  y: 2\ncopy: *base\nmerged:\n  <<: *base\n  y: 3\nlist: [*base, {<<: [{z: 1}, *base]}]\n";
        let paths = ["copy", "copy.x", "merged.x", "merged.y", "list.0.y", "list.1.z", "list.1.y"];
        assert_eq!(lines(text, paths), [4, 2, 2, 7, 3, 8, 3]);
    }

    #[test]
    fn keys_with_dots_and_texts_that_break_off() {
        assert_eq!(lines("set:\n  a.b: {c: 1}\n  a: 2\n", ["set.a.b.c", "set.a"]), [3, 3]);
        let places = Places::of("set:\n  a.b: {c: 1}\n");
        assert_eq!(places.find(&["set", "a.b", "c"]), (Some(2), true));
        assert_eq!(places.find(&["set", "a", "b", "c"]), (Some(2), true));
        assert_eq!(lines("a: 1\nb: [1, 2\n", ["a"]), [1]);
        assert_eq!(lines("", ["a"]), [0]);
    }
}
