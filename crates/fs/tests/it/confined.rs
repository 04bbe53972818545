//! `Dir::confined` behind the file server.

use std::os::unix::fs::symlink;

use nethttp_core::{Handler, Method, Text};
use nethttp_fs::{Dir, FileSystem, file_server};

use crate::support::{Wire, get, put, split};

// pitfalls H8, H9
#[test]
fn links_out_dotfiles_and_pipes_are_not_found() {
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret", "secret");
    let tree = tempfile::tempdir().unwrap();
    for name in ["a.txt", ".htpasswd", ".git/config", "dir/b.txt", "dir/.c"] {
        put(tree.path(), name, name);
    }
    symlink(outside.path(), tree.path().join("out")).unwrap();
    symlink(outside.path().join("secret"), tree.path().join("dir/secret")).unwrap();
    symlink("dir/b.txt", tree.path().join("in")).unwrap();
    let handler = file_server(Dir::confined(tree.path()));
    for (target, expected) in [
        ("/a.txt", Some("a.txt")),
        ("/dir/b.txt", Some("dir/b.txt")),
        ("/in", Some("dir/b.txt")),
        ("/dir//../a.txt", Some("a.txt")),
        ("/.htpasswd", None),
        ("/.git/config", None),
        ("/dir/.c", None),
        ("/out/secret", None),
        ("/out/", None),
        ("/dir/secret", None),
        ("/a.txt%00", None),
        ("/%2e%2e/secret", None),
        ("/..%5Csecret", None),
        ("/%FF", None),
        ("/a.txt/x", None),
        ("/none", None),
    ] {
        let mut w = Wire::new(&Method::GET);
        w.sends_files = true;
        file_server_answer(&handler, &mut w, target);
        let (head, body) = split(&w.finish());
        match expected {
            Some(text) => assert_eq!((&head[..15], &*body), ("HTTP/1.1 200 OK", text.as_bytes()), "{target}"),
            None => assert_eq!(head.lines().next(), Some("HTTP/1.1 404 Not Found"), "{target}"),
        }
    }
}

#[test]
fn a_listing_hides_dotfiles() {
    let tree = tempfile::tempdir().unwrap();
    for name in ["b", ".a", "c/.d", "c/e"] {
        put(tree.path(), name, "");
    }
    let handler = file_server(Dir::confined(tree.path()));
    let mut w = Wire::new(&Method::GET);
    file_server_answer(&handler, &mut w, "/");
    let page = String::from_utf8(split(&w.finish()).1).unwrap();
    assert!(page.ends_with("<pre>\n<a href=\"b\">b</a>\n<a href=\"c/\">c/</a>\n</pre>\n"), "{page}");
}

#[test]
fn clones_share_the_open_root() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().join("root");
    put(&root, "a", "a");
    let first = Dir::confined(&root);
    let second = first.clone();
    assert!(first.open(&Text::from("/a")).is_ok());
    std::fs::rename(&root, tree.path().join("moved")).unwrap();
    assert!(second.open(&Text::from("/a")).is_ok());
    assert!(Dir::confined(&root).open(&Text::from("/a")).is_err());
}

fn file_server_answer(handler: &dyn Handler, w: &mut Wire, target: &str) {
    handler.serve_http(w, &mut get(target, &[]));
}
