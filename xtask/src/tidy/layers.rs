//! Who may import whom, which names a crate must not know, and where `unsafe` may stand.

use super::source::names;
use super::{Breaches, Package, Tree};

/// A crate and what it may depend on.
struct Layer {
    folder: &'static str,
    /// The crates of the workspace that it may be built with, by folder.
    may_import: &'static [&'static str],
    /// What its code must not name, its tests left out.
    never: &'static [&'static str],
}

/// What neither needs sockets nor threads nor a clock: these are handed in.
const PURE: &[&str] =
    &["std::net", "std::fs", "std::thread", "mio", "libc", "rustix", "Instant::now", "SystemTime::now"];

/// What lies on `ResponseWriter` and `Request` for handlers.
const NO_SOCKETS: &[&str] = &["std::net", "std::os::unix::net", "mio", "socket2", "rustix::net", "nethttp_h1"];

const LAYERS: &[Layer] = &[
    Layer { folder: "grammar", may_import: &[], never: PURE },
    Layer { folder: "h1", may_import: &["grammar"], never: PURE },
    Layer { folder: "core", may_import: &["grammar"], never: &["mio", "nethttp_h1", "std::net"] },
    Layer { folder: "mux", may_import: &["core", "grammar"], never: NO_SOCKETS },
    Layer { folder: "handlers", may_import: &["core", "grammar", "mux"], never: NO_SOCKETS },
    Layer { folder: "gzip", may_import: &["core", "grammar"], never: NO_SOCKETS },
    Layer { folder: "fs", may_import: &["core", "grammar"], never: NO_SOCKETS },
    Layer { folder: "sendfile", may_import: &[], never: &["mio"] },
    Layer { folder: "server", may_import: &["core", "h1", "grammar", "sendfile"], never: &["libc"] },
    Layer { folder: "httputil", may_import: &["core", "h1", "grammar"], never: &["mio"] },
    Layer { folder: "httptest", may_import: &["core", "grammar", "server"], never: &["mio"] },
    Layer {
        folder: "nethttp",
        may_import: &[
            "core", "fs", "grammar", "gzip", "h1", "handlers", "httptest", "httputil", "mux", "sendfile", "server",
        ],
        never: &["mio"],
    },
];

/// What any crate may use for its tests: recorders and test servers.
const FOR_TESTS: &[&str] = &["httptest", "httputil"];

/// Packages of others that one crate alone may be built with.
const RESERVED: &[(&str, &str)] = &[("mio", "server"), ("socket2", "server"), ("libc", "sendfile")];

const UNSAFE_WORD: &str = "unsafe";

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &["crates/sendfile/src/sys/", "crates/server/src/engine/turn.rs"];

pub(super) fn check(tree: &Tree, breaches: &mut Breaches) {
    for package in &tree.packages {
        if !package.manifest.has_lints && !package.folder.ends_with("/fuzz") {
            breaches.add(&path_of(package), 1, "the lints of the workspace are not taken: `[lints] workspace = true`");
        }
        let Some(folder) = package.folder.strip_prefix("crates/") else { continue };
        match LAYERS.iter().find(|layer| layer.folder == folder) {
            Some(layer) => {
                check_imports(layer, package, breaches);
                check_names(layer, tree, breaches);
            }
            None => breaches.add(&path_of(package), 1, "this crate has no place among the layers"),
        }
    }
    check_examples(tree, breaches);
    check_unsafe(tree, breaches);
}

fn path_of(package: &Package) -> String {
    format!("{}/Cargo.toml", package.folder)
}

/// The folder of a crate of this workspace, by its package's name.
fn folder_of(package: &str) -> Option<&str> {
    if package == "nethttp" { Some(package) } else { package.strip_prefix("nethttp-") }
}

fn check_imports(layer: &Layer, package: &Package, breaches: &mut Breaches) {
    let path = path_of(package);
    let manifest = &package.manifest;
    let for_tests = manifest.dev_dependencies.iter().map(|dependency| (dependency, true));
    for ((line, name), is_dev) in manifest.dependencies.iter().map(|dependency| (dependency, false)).chain(for_tests) {
        if let Some(folder) = folder_of(name)
            && !layer.may_import.contains(&folder)
            && !(is_dev && FOR_TESTS.contains(&folder))
        {
            breaches.add(&path, *line, format!("{} must not import {folder}", layer.folder));
        }
        if let Some((_, owner)) = RESERVED.iter().find(|(reserved, _)| reserved == name)
            && *owner != layer.folder
            && !is_dev
        {
            breaches.add(&path, *line, format!("{name} is for {owner} alone"));
        }
    }
}

fn check_names(layer: &Layer, tree: &Tree, breaches: &mut Breaches) {
    let folder = format!("crates/{}/src", layer.folder);
    for (path, source) in tree.sources(&folder) {
        if path.ends_with("tests.rs") || path.contains("/tests/") {
            continue;
        }
        for (line, code, _) in source.code().filter(|(.., is_test)| !is_test) {
            for name in layer.never.iter().filter(|name| names(code, name)) {
                breaches.add(path, line, format!("{} must not name `{name}`", layer.folder));
            }
        }
    }
}

/// Examples show what users write: they know the facade, not the crates behind it.
fn check_examples(tree: &Tree, breaches: &mut Breaches) {
    for package in tree.packages.iter().filter(|package| package.folder == "examples") {
        for (line, name) in &package.manifest.dependencies {
            if name.starts_with("nethttp-") {
                breaches.add(&path_of(package), *line, "examples use the facade alone");
            }
        }
    }
}

fn check_unsafe(tree: &Tree, breaches: &mut Breaches) {
    let sources = tree.files.iter().filter_map(|file| Some((file.path.as_str(), file.source.as_ref()?)));
    for (path, source) in sources {
        if !UNSAFE.iter().any(|place| path.starts_with(place)) {
            for (line, ..) in source.code().filter(|(_, code, _)| names(code, UNSAFE_WORD)) {
                breaches.add(path, line, "`unsafe` has no place here");
            }
        }
        let is_root = path.starts_with("crates/") && path.ends_with("/src/lib.rs");
        let may_hold_unsafe =
            UNSAFE.iter().any(|place| path.strip_suffix("lib.rs").is_some_and(|src| place.starts_with(src)));
        if is_root && !may_hold_unsafe && !source.code().any(|(_, code, _)| code.contains("#![forbid(unsafe_code)]")) {
            breaches.add(path, 1, "`#![forbid(unsafe_code)]` is missing");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    const LIB: &str = "//! A crate.\n#![forbid(unsafe_code)]\n";

    fn manifest(rest: &str) -> String {
        format!("[lints]\nworkspace = true\n{rest}")
    }

    #[test]
    fn imports_go_downwards() {
        let mux =
            manifest("[dependencies]\nnethttp-server.workspace = true\nnethttp-core.workspace = true\nmio = \"1\"\n");
        let core = manifest("[dev-dependencies]\nnethttp-httptest.workspace = true\nnethttp-mux.workspace = true\n");
        let examples = manifest("[dependencies]\nnethttp.workspace = true\nnethttp-core.workspace = true\n");
        expect(
            check,
            &[
                ("crates/mux/Cargo.toml", &mux),
                ("crates/core/Cargo.toml", &core),
                ("crates/other/Cargo.toml", "[package]\n"),
                ("examples/Cargo.toml", &examples),
            ],
            &[
                "crates/mux/Cargo.toml:4: mux must not import server",
                "crates/mux/Cargo.toml:6: mio is for server alone",
                "crates/core/Cargo.toml:5: core must not import mux",
                "crates/other/Cargo.toml:1: the lints of the workspace are not taken: `[lints] workspace = true`",
                "crates/other/Cargo.toml:1: this crate has no place among the layers",
                "examples/Cargo.toml:5: examples use the facade alone",
            ],
        );
    }

    #[test]
    fn forbidden_names_are_found_outside_tests() {
        let h1 =
            format!("{LIB}use std::{{fs, io}};\n// std::net\nlet now = Instant::now();\n#[cfg(test)]\nuse std::net;\n");
        expect(
            check,
            &[
                ("crates/h1/Cargo.toml", &manifest("")),
                ("crates/h1/src/lib.rs", &h1),
                ("crates/h1/src/a/tests.rs", "//! T.\nuse std::fs;\n"),
            ],
            &[
                "crates/h1/src/lib.rs:3: h1 must not name `std::fs`",
                "crates/h1/src/lib.rs:5: h1 must not name `Instant::now`",
            ],
        );
    }

    #[test]
    fn unsafe_code_stands_where_it_may() {
        let code = format!("//! U.\nfn f() {{ {UNSAFE_WORD} {{ g() }} }}\n");
        let code = code.as_str();
        expect(
            check,
            &[
                ("crates/sendfile/src/sys/linux.rs", code),
                ("crates/sendfile/src/lib.rs", "//! S.\n"),
                ("crates/server/src/engine/turn.rs", code),
                ("crates/server/src/engine/monitor.rs", code),
                ("crates/core/src/lib.rs", "//! C.\n"),
                ("crates/fs/src/lib.rs", LIB),
            ],
            &[
                "crates/server/src/engine/monitor.rs:2: `unsafe` has no place here",
                "crates/core/src/lib.rs:1: `#![forbid(unsafe_code)]` is missing",
            ],
        );
    }
}
