//! Serving files.

use std::fs;
use std::io::Cursor;
use std::time::SystemTime;

use nethttp as http;

use http::httptest::{new_recorder, new_request};
use http::{FileSystem as _, Fs as _};

use crate::given::get;

/// A folder with the file `a.txt`, which holds `hello`, and a folder `sub`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.txt"), "hello").expect("a file");
    fs::create_dir(folder.path().join("sub")).expect("a folder in it");
    folder
}

rows! {
    "http.FileServer" => "http::file_server(http::Dir::new(path))" {
        let folder = folder();
        let path = folder.path();
        let handler = http::file_server(http::Dir::new(path));
        let mut w = get(handler, "/a.txt");
        assert_eq!((w.body.string().as_str(), w.header().get("Content-Length").as_str()), ("hello", "5"));
    }
    "http.FileServerFS" => "http::file_server_fs(http::DirFs::new(path))" {
        let folder = folder();
        let path = folder.path();
        let w = get(http::file_server_fs(http::DirFs::new(path)), "/");
        assert!(w.body.string().contains("<a href=\"sub/\">sub/</a>"), "{}", w.body);
    }
    "http.ServeFile" => "http::serve_file(w, r, path)" {
        let folder = folder();
        let path = folder.path().join("a.txt");
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        http::serve_file(w, r, path);
        assert_eq!(w.body, "hello");
    }
    "http.ServeFileFS" => "http::serve_file_fs(w, r, fsys, name)" {
        let folder = folder();
        let (fsys, name) = (http::DirFs::new(folder.path()), "a.txt");
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        http::serve_file_fs(w, r, fsys, name);
        assert_eq!(w.body, "hello");
    }
    "http.ServeContent" => "http::serve_content(w, r, name, mod_time, content)" {
        let (name, mod_time): (&str, Option<SystemTime>) = ("a.txt", None);
        let content = Cursor::new("hello");
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        r.header.set("Range", "bytes=1-2");
        http::serve_content(w, r, name, mod_time, content);
        assert_eq!((w.code.as_u16(), w.body.string().as_str()), (206, "el"));
    }
    "http.Dir" => "http::Dir" {
        let dir: http::Dir = http::Dir::new("no/such/folder");
        assert_eq!(get(http::file_server(dir), "/").code, 404);
    }
    "http.Dir.Open" => "dir.open(&name)" {
        let folder = folder();
        let dir = http::Dir::new(folder.path());
        let name = http::Text::from("/a.txt");
        let mut file = dir.open(&name).unwrap();
        assert_eq!(http::io::read_all(&mut file).0, b"hello");
        assert!(dir.open(&"/b.txt".into()).is_err());
    }
    "http.FileSystem" => "http::FileSystem" {
        struct Empty;
        impl http::FileSystem for Empty {
            fn open(&self, _: &http::Text) -> std::io::Result<Box<dyn http::File>> {
                Err(std::io::ErrorKind::PermissionDenied.into())
            }
        }
        assert_eq!(get(http::file_server(Empty), "/a").code, 403);
    }
    "http.FileSystem.Open" => "fsys.open(&name)" {
        let folder = folder();
        let fsys: Box<dyn http::FileSystem> = Box::new(http::Dir::new(folder.path()));
        let name = http::Text::from("/sub");
        assert!(fsys.open(&name).unwrap().stat().unwrap().is_dir());
    }
    "http.FS" => "http::fs(fsys)" {
        let folder = folder();
        let fsys = http::DirFs::new(folder.path());
        assert!(fsys.stat("sub").unwrap().is_dir());
        assert_eq!(get(http::file_server(http::fs(fsys)), "/a.txt").body, "hello");
    }
    "http.File" => "http::File" {
        let mut file: Box<dyn http::File> = Box::new(http::MemFile::new("a", "hello", None));
        assert_eq!(http::io::read_all(&mut file).0, b"hello");
    }
    "http.File.Readdir" => "file.readdir(count)" {
        let folder = folder();
        let count = -1;
        let mut file = http::Dir::new(folder.path()).open(&"/".into()).unwrap();
        let mut names: Vec<_> = file.readdir(count).unwrap().iter().map(|info| info.name().to_string()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a.txt", "sub"]);
    }
    "http.File.Stat" => "file.stat()" {
        let folder = folder();
        let file = http::Dir::new(folder.path()).open(&"/a.txt".into()).unwrap();
        assert_eq!((file.stat().unwrap().size(), file.stat().unwrap().is_dir()), (5, false));
    }
}
