//! Types of other packages in public signatures: each has a line in `crates/ARCHITECTURE.md`, for a new version of that
//! package is then a new version of ours.
//!
//! A search, not a compiler: it reads public items of the crates, and knows what their files import.

use std::collections::BTreeSet;

use super::source::Source;
use super::{Breaches, Tree};

const DOCUMENT: &str = "crates/ARCHITECTURE.md";

pub(super) fn check(tree: &Tree, breaches: &mut Breaches) {
    let document = tree.files.iter().find(|file| file.path == DOCUMENT).and_then(|file| file.text.as_deref());
    for package in tree.packages.iter().filter(|package| package.folder.starts_with("crates/")) {
        let dependencies = package.manifest.dependencies.iter().map(|(_, name)| name.replace('-', "_"));
        let foreign: Vec<_> = dependencies.filter(|name| !name.starts_with("nethttp")).collect();
        for (path, source) in tree.sources(&format!("{}/src", package.folder)) {
            for (line, name) in public_names(source, &foreign) {
                if !document.unwrap_or_default().contains(&format!("`{name}`")) {
                    breaches.add(path, line, format!("{name} is public here and has no line in {DOCUMENT}"));
                }
            }
        }
    }
}

/// Names of foreign packages (`http::Method`) in the public items of a file, with the line of the item.
fn public_names(source: &Source, packages: &[String]) -> BTreeSet<(usize, String)> {
    let imported = imports(source, packages);
    let mut found = BTreeSet::new();
    for (line, item) in public_items(source) {
        let is_import = item.trim_start().starts_with("pub use ");
        for package in packages {
            found.extend(paths_below(&item, package).into_iter().map(|path| (line, path)));
        }
        if !is_import {
            let used =
                imported.iter().filter(|(name, _)| super::source::names(&item, name) && !is_qualified(&item, name));
            found.extend(used.map(|(_, path)| (line, path.clone())));
        }
    }
    found
}

/// Whether all that `item` has of this name is part of a longer path, and so another one's.
fn is_qualified(item: &str, name: &str) -> bool {
    item.match_indices(name).all(|(at, _)| item[..at].ends_with("::"))
}

/// What the file imports from the packages: names and their whole paths.
fn imports(source: &Source, packages: &[String]) -> Vec<(String, String)> {
    let code = source.code().filter(|(.., is_test)| !is_test).map(|(_, code, _)| code).collect::<Vec<_>>().join(" ");
    let statements = code.split(';').filter_map(|statement| statement.rsplit_once("use ").map(|(_, path)| path.trim()));
    let mut found = Vec::new();
    for statement in statements {
        for package in packages {
            for path in paths_below(statement, package) {
                if let Some((_, name)) = path.rsplit_once("::") {
                    found.push((name.to_owned(), path.clone()));
                }
            }
        }
    }
    found
}

/// The names below `package` in a text, modules between left out, groups taken apart one level deep:
/// `http::header::{HeaderMap, HeaderName}` are `http::HeaderMap` and `http::HeaderName`.
fn paths_below(text: &str, package: &str) -> Vec<String> {
    let start = format!("{package}::");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&start) {
        if text[..at].ends_with(is_word) || text[..at].ends_with("::") {
            continue;
        }
        let rest = &text[at + start.len()..];
        let end = rest.find(|c| !is_word(c) && c != ':').unwrap_or(rest.len());
        let names = match rest[end..].strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or(group),
            None => rest[..end].trim_end_matches(':'),
        };
        let names = names.split(',').filter_map(|name| name.trim().rsplit("::").next());
        found.extend(names.filter(|name| !name.is_empty()).map(|name| format!("{start}{name}")));
    }
    found
}

/// Public items and fields up to their body, and implementations up to their brace, each with its first line.
fn public_items(source: &Source) -> Vec<(usize, String)> {
    let mut items = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (line, code, is_test) in source.code() {
        let trimmed = code.trim_start();
        if open.is_none() && !is_test && (trimmed.starts_with("pub ") || is_trait_impl(trimmed)) {
            open = Some((line, String::new()));
        }
        if let Some((first, mut item)) = open.take() {
            item.push(' ');
            item.push_str(code);
            let is_import = item.trim_start().starts_with("pub use ");
            let is_field = trimmed.ends_with(',') && item.matches('(').count() == item.matches(')').count();
            if code.contains(';') || !is_import && (code.contains('{') || is_field) {
                let end = if is_import { item.len() } else { item.find('{').unwrap_or(item.len()) };
                item.truncate(end);
                items.push((first, item));
            } else {
                open = Some((first, item));
            }
        }
    }
    items
}

/// What a type implements is public wherever the type is; its own methods say so themselves.
fn is_trait_impl(code: &str) -> bool {
    code.starts_with("impl") && code.contains(" for ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn foreign_types_in_public_items_are_found() {
        let code = "//! A.\nuse http::{Method, StatusCode};\nuse mime::a::{C, Mime};\npub use http::Uri;\n\
            pub struct S {\n    pub method: Method,\n    inner: Mime,\n}\n\
            impl From<http::HeaderMap> for S {\n}\nimpl S {\n    pub fn code(\n        &self,\n    ) -> StatusCode {\n        Mime::new()\n    }\n\
                pub(crate) fn mime(&self) -> Mime {}\n    pub fn own(&self) -> crate::Method {}\n}\n";
        expect(
            check,
            &[
                ("crates/a/Cargo.toml", "[dependencies]\nhttp = \"1\"\nmime = \"1\"\n"),
                ("crates/a/src/lib.rs", code),
                ("crates/ARCHITECTURE.md", "`http::Uri` is what it is\n"),
            ],
            &[
                "crates/a/src/lib.rs:6: http::Method is public here and has no line in crates/ARCHITECTURE.md",
                "crates/a/src/lib.rs:9: http::HeaderMap is public here and has no line in crates/ARCHITECTURE.md",
                "crates/a/src/lib.rs:12: http::StatusCode is public here and has no line in crates/ARCHITECTURE.md",
            ],
        );
    }
}
