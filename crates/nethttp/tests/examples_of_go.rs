//! What the examples in the documentation of Go's `net/http`, `httptest`, `httputil`, `multipart`, `mime` and `net/url` do,
//! written for this crate: that it reads as well here, and behaves.
//!
//! Left out are those of clients, of TLS, of HTTP/2 and of proxies.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use nethttp as http;

use http::httptest::{Client, new_recorder, new_request, new_server, new_test_server};
use http::{Context, Handler, Request, ResponseWriter, ServeMux, Server, mime, multipart, url};

/// The body of the answer to `GET target`, which has this status.
#[track_caller]
fn get(client: &Client, target: &str, status: u16) -> String {
    let mut answer = client.get(target).expect("an answer");
    assert_eq!(answer.status_code, status, "{target}");
    answer.read_all().expect("a body").string().to_string()
}

/// `Hijacker`: a conversation that is not HTTP.
#[test]
fn a_handler_takes_its_connection_over() {
    fn chat(w: &mut dyn ResponseWriter, _r: &mut Request) {
        if !w.can_hijack() {
            return http::error(w, "this connection stays with the server", http::STATUS_INTERNAL_SERVER_ERROR);
        }
        let (_conn, mut buffered) = match w.hijack() {
            Ok(taken) => taken,
            Err(error) => return http::error(w, error.to_string(), http::STATUS_INTERNAL_SERVER_ERROR),
        };
        // The connection is closed when the last handle of it is dropped.
        let _ = buffered.write_string("who is there?\n");
        let _ = buffered.flush();
        let (name, error) = buffered.read_string(b'\n');
        if error.is_some() {
            return;
        }
        let _ = writeln!(buffered, "good day, {}", name.trim_end());
        let _ = buffered.flush();
    }

    let mux = ServeMux::new();
    mux.handle_func("/chat", chat);
    let server = new_test_server(mux);
    let mut conn = server.client().dial().unwrap();
    conn.write_all(b"GET /chat HTTP/1.1\r\nHost: a\r\n\r\nan otter\n").unwrap();
    let mut heard = String::new();
    conn.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "who is there?\ngood day, an otter\n");

    // A recorder has no connection to give away.
    let mut w = new_recorder();
    chat(&mut w, &mut new_request("GET", "/chat", ()));
    assert_eq!(w.code, http::STATUS_INTERNAL_SERVER_ERROR);
}

/// A folder with a file, one that is hidden, and one in a hidden folder.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".private")).unwrap();
    for name in ["notes.txt", ".secret", ".private/key.txt"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    folder
}

/// `FileServer`: a folder, as a site of its own.
#[test]
fn a_folder_is_a_site() {
    fn site(folder: &Path) -> impl Handler + use<> {
        http::file_server(http::Dir::new(folder))
    }

    let folder = folder();
    let server = new_test_server(site(folder.path()));
    assert_eq!(get(&server.client(), "/notes.txt", 200), "notes.txt");
    assert!(get(&server.client(), "/", 200).contains(">notes.txt</a>"));
}

/// `StripPrefix`, and `FileServer` behind it: a folder below a path that has nothing to do with its name.
#[test]
fn a_folder_lies_below_another_path() {
    fn routes(folder: &Path) -> ServeMux {
        let mux = ServeMux::new();
        // The file server sees what is left of the path, and so looks for `notes.txt`.
        mux.handle("/shared/", http::strip_prefix("/shared/", http::file_server(http::Dir::new(folder))));
        mux
    }

    let folder = folder();
    let server = new_test_server(routes(folder.path()));
    assert_eq!(get(&server.client(), "/shared/notes.txt", 200), "notes.txt");
    get(&server.client(), "/notes.txt", 404);
}

/// `FileServer` with a file system of the program's own, which hides what begins with a period.
mod hiding {
    use std::io::{self, Read, Seek, SeekFrom};

    use nethttp as http;

    use http::{Dir, File, FileInfo, FileSystem, Text};

    /// Opens no file with such a name, or below one.
    pub(crate) struct NoDotFiles(pub(crate) Dir);

    impl FileSystem for NoDotFiles {
        fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
            if name.split('/').any(|part| part.starts_with('.')) {
                // A file server makes a 403 of it.
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            Ok(Box::new(Listed(self.0.open(name)?)))
        }
    }

    /// Names no such file in a listing.
    struct Listed(Box<dyn File>);

    impl File for Listed {
        fn stat(&self) -> io::Result<FileInfo> {
            self.0.stat()
        }

        fn readdir(&mut self, count: isize) -> io::Result<Vec<FileInfo>> {
            let mut infos = self.0.readdir(count)?;
            infos.retain(|info| !info.name().starts_with('.'));
            if count > 0 && infos.is_empty() {
                return Err(http::Error::Eof.into());
            }
            Ok(infos)
        }
    }

    impl Read for Listed {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }

    impl Seek for Listed {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
}

#[test]
fn a_file_system_hides_files() {
    let folder = folder();
    let server = new_test_server(http::file_server(hiding::NoDotFiles(http::Dir::new(folder.path()))));
    let client = server.client();
    assert_eq!(get(&client, "/notes.txt", 200), "notes.txt");
    let listing = get(&client, "/", 200);
    assert!(listing.contains("notes.txt") && !listing.contains("secret") && !listing.contains("private"), "{listing}");
    for hidden in ["/.secret", "/.private/", "/.private/key.txt"] {
        get(&client, hidden, 403);
    }
}

/// `ServeMux.Handle`: a type that is a handler, and a function for all the rest.
#[test]
fn a_mux_has_types_and_functions() {
    struct Api;

    impl Handler for Api {
        fn serve_http(&self, w: &mut dyn ResponseWriter, _r: &mut Request) {
            w.write_header(http::STATUS_ACCEPTED);
        }
    }

    let mux = ServeMux::new();
    mux.handle("/api/", Api);
    mux.handle_func("/", |w, r| {
        // All paths that no other pattern has come here.
        if r.url.path != "/" {
            return http::not_found(w, r);
        }
        http::fprintf!(w, "you are at the front door");
    });

    let server = new_test_server(mux);
    assert_eq!(get(&server.client(), "/api/x", 202), "");
    assert_eq!(get(&server.client(), "/", 200), "you are at the front door");
    assert_eq!(get(&server.client(), "/attic", 404), "404 page not found\n");
}

/// `ResponseWriter` with trailers: announced before the body, set behind it.
#[test]
fn fields_follow_the_body() {
    fn report(w: &mut dyn ResponseWriter, _r: &mut Request) {
        w.header().set("Trailer", "Lines, Bytes");
        w.header().add("Trailer", "Done");
        w.header().set("Content-Type", "text/csv");
        w.write_header(http::STATUS_OK);

        // These are among those announced, so that they go out at the end, whenever they are set.
        w.header().set("Lines", "2");
        let (bytes, _) = http::io::write_string(w, "a,b\n1,2\n");
        w.header().set("Bytes", bytes.to_string());
        w.header().set("Done", "yes");
    }

    let mux = ServeMux::new();
    mux.handle_func("/report.csv", report);
    let server = new_test_server(mux);
    let mut answer = server.client().get("/report.csv").unwrap();
    assert_eq!(answer.header.get("Content-Type"), "text/csv");
    assert!(!answer.header.contains("Lines"));
    assert_eq!(answer.read_all().unwrap(), "a,b\n1,2\n");
    let trailer: Vec<_> = answer.trailer.iter().map(|(name, value)| (name, value.as_str())).collect();
    assert_eq!(trailer, [("Bytes", "8"), ("Done", "yes"), ("Lines", "2")]);
}

/// `Server.Shutdown`: somebody else ends the server, which finishes what it has begun.
#[test]
fn a_server_ends_in_order() {
    let (slow, is_slow) = std::sync::mpsc::channel();
    let slow = Mutex::new(slow);
    let handler = http::handler_func(move |w: &mut dyn ResponseWriter, _r: &mut Request| {
        slow.lock().unwrap().send(()).unwrap();
        thread::sleep(Duration::from_millis(20));
        http::fprintf!(w, "finished");
    });
    let listener = http::Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server { handler: Some(Arc::new(handler)), ..Default::default() };

    // In a program this thread would wait for a signal.
    let handle = server.handle();
    let stopping = thread::spawn(move || {
        is_slow.recv().unwrap();
        handle.shutdown(&Context::background())
    });
    let asking = thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        io::read_to_string(stream).unwrap()
    });
    match server.serve(listener) {
        Err(error) if http::ERR_SERVER_CLOSED.is(&error) => {}
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(stopping.join().unwrap(), Ok(()));
    let answer = asking.join().unwrap();
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("\r\n\r\nfinished"), "{answer}");
}

/// An address that nobody listens on.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What the server at an address answers to `GET target`, once it listens.
fn ask(address: &str, target: &str) -> String {
    let end = Instant::now() + Duration::from_secs(10);
    let mut stream = loop {
        match std::net::TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < end, "{address}: {error}"),
        }
        thread::sleep(Duration::from_millis(1));
    };
    write!(stream, "GET {target} HTTP/1.0\r\n\r\n").unwrap();
    io::read_to_string(stream).unwrap().rsplit("\r\n").next().unwrap_or_default().to_owned()
}

/// `ListenAndServe` and `HandleFunc`, with the mux that is there already.
#[test]
fn a_program_needs_no_mux_of_its_own() {
    let address = free_address();
    let addr = address.clone();
    http::handle_func("/program/hello", |w, _r| {
        http::io::write_string(w, "a first program\n");
    });
    http::handle_func("/program/again", |w, _r| {
        http::io::write_string(w, "a second route\n");
    });
    // It serves until the process ends.
    thread::spawn(move || http::listen_and_serve(&addr, http::default_serve_mux()));
    assert_eq!(ask(&address, "/program/hello"), "a first program\n");
    assert_eq!(ask(&address, "/program/again"), "a second route\n");
}

/// `Handle`: a handler with a state.
#[test]
fn a_handler_counts() {
    #[derive(Default)]
    struct Counter {
        count: Mutex<u64>,
    }

    impl Handler for Counter {
        fn serve_http(&self, w: &mut dyn ResponseWriter, _r: &mut Request) {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            http::fprintf!(w, "{} so far\n", count);
        }
    }

    http::handle("/program/count", Counter::default());
    let server = new_test_server(http::default_serve_mux());
    for expected in ["1 so far\n", "2 so far\n", "3 so far\n"] {
        assert_eq!(get(&server.client(), "/program/count", 200), expected);
    }
}

/// `NotFoundHandler`: nothing here, but something below.
#[test]
fn some_routes_lead_nowhere() {
    fn newest() -> impl Handler {
        http::handler_func(|w, _r| http::fprintln!(w, "the newest page"))
    }

    let mux = ServeMux::new();
    mux.handle("/pages", http::not_found_handler());
    mux.handle("/pages/newest/", newest());
    let server = new_test_server(mux);
    get(&server.client(), "/pages", 404);
    assert_eq!(get(&server.client(), "/pages/newest/", 200), "the newest page\n");
}

/// `CrossOriginProtection`: around a mux, in a server with time limits.
#[test]
fn other_sites_are_kept_out() {
    let mux = ServeMux::new();
    mux.handle_func("/order", |w, _r| http::fprintf!(w, "ordered\n"));
    let mut server = new_test_server(http::not_found);
    server.config = Server {
        read_timeout: Duration::from_secs(15),
        write_timeout: Duration::from_secs(15),
        handler: Some(Arc::new(http::new_cross_origin_protection().handler(mux))),
        ..Default::default()
    };
    let client = server.client();
    let ask = |method: &str, site: &str| {
        let mut r = new_request(method, "/order", ());
        r.header.set("Sec-Fetch-Site", site);
        client.do_(&mut r).unwrap().status_code.as_u16()
    };
    assert_eq!(ask("POST", "same-origin"), 200);
    assert_eq!(ask("POST", "cross-site"), 403);
    assert_eq!(ask("GET", "cross-site"), 200);
}

/// `httptest.ResponseRecorder`.
#[test]
fn a_handler_is_tested_without_a_server() {
    let page = |w: &mut dyn ResponseWriter, _r: &mut Request| {
        http::io::write_string(w, "<!DOCTYPE html><title>Otters</title>");
    };
    let mut w = new_recorder();
    page(&mut w, &mut new_request("GET", "http://a.test/otters", ()));
    let mut answer = w.result();
    let (body, _) = http::io::read_all(&mut answer.body);
    assert_eq!(answer.status_code, 200);
    assert_eq!(answer.header.get("Content-Type"), "text/html; charset=utf-8");
    assert_eq!(body, b"<!DOCTYPE html><title>Otters</title>");
}

/// `httptest.Server`.
#[test]
fn a_handler_is_tested_with_a_server() {
    let server = new_server(http::HandlerFunc(|w, _r| http::fprintln!(w, "at your service")));
    let mut answer = server.client().get(&server.url).unwrap();
    assert_eq!(answer.read_all().unwrap(), "at your service\n");
    server.close();
}

/// `httputil.DumpRequest`.
#[test]
fn a_request_is_shown_as_it_came() {
    let server = new_test_server(http::HandlerFunc(|w, r| match http::httputil::dump_request(r, true) {
        Ok(dump) => http::fprintf!(w, "{}", dump.escape_ascii()),
        Err(error) => http::error(w, error.to_string(), http::STATUS_INTERNAL_SERVER_ERROR),
    }));
    let mut r = new_request("POST", "http://a.test/tea?sugar=2", "milk, please");
    r.header.set("X-Cups", "2");
    let mut answer = server.client().do_(&mut r).unwrap();
    assert_eq!(
        answer.read_all().unwrap(),
        r"POST /tea?sugar=2 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 12\r\nX-Cups: 2\r\n\r\nmilk, please"
    );
}

/// `multipart.NewReader`, with the boundary from `mime.ParseMediaType`.
#[test]
fn a_message_has_parts() {
    let header = http::Header::from([("Content-Type", "multipart/mixed; boundary=cut")]);
    let body = "--cut\r\nNumber: 1\r\n\r\nhead\r\n--cut\r\nNumber: 2\r\n\r\ntail\r\n--cut--\r\n";

    let (kind, parameters) = mime::parse_media_type(header.get("Content-Type")).unwrap();
    assert!(kind.starts_with("multipart/"));
    let mut reader = multipart::new_reader(body.as_bytes(), &parameters["boundary"]);
    let mut found = Vec::new();
    while let Some(mut part) = reader.next_part().unwrap() {
        let (data, error) = http::io::read_all(&mut part);
        assert!(error.is_none());
        found.push((part.header.get("Number").to_string(), String::from_utf8(data).unwrap()));
    }
    assert_eq!(found, [("1".into(), "head".into()), ("2".into(), "tail".into())]);
}

/// `mime.FormatMediaType`, `mime.ParseMediaType`.
#[test]
fn media_types_are_written_and_read() {
    let written = mime::format_media_type("text/csv", [("header", "present"), ("charset", "utf-8")]);
    assert_eq!(written, "text/csv; charset=utf-8; header=present");
    let (kind, parameters) = mime::parse_media_type(&written).unwrap();
    assert_eq!((kind.as_str(), parameters["header"].as_str()), ("text/csv", "present"));
}

/// Those of `net/url` that change a URL or find another one from it.
#[test]
fn urls_are_changed() -> Result<(), url::Error> {
    let mut u = url::parse("http://search.test/find?q=stoat")?;
    u.scheme = "https".into();
    u.host = "find.test".into();
    let mut q = u.query();
    q.set("q", "otter & stoat");
    u.raw_query = q.encode().into();
    assert_eq!(u.to_string(), "https://find.test/find?q=otter+%26+stoat");

    let base = url::parse("https://a.test/b/c/")?;
    assert_eq!(base.resolve_reference(&url::parse("../../..//d?e")?).to_string(), "https://a.test/d?e");
    assert_eq!(base.parse("/f")?.to_string(), "https://a.test/f");
    let error: url::Error = base.parse(":f").unwrap_err();
    assert_eq!(error.op, "parse");
    assert_eq!(base.join_path(["g", "h"]).to_string(), "https://a.test/b/c/g/h");

    let mut u = http::Url {
        scheme: "https".into(),
        user: Some(url::user_password("me", "word")),
        host: "a.test".into(),
        path: "b/c".into(),
        raw_query: "d=1".into(),
        fragment: "e".into(),
        ..Default::default()
    };
    assert_eq!(u.to_string(), "https://me:word@a.test/b/c?d=1#e");
    assert_eq!(u.redacted(), "https://me:xxxxx@a.test/b/c?d=1#e");
    u.opaque = "f".into();
    assert_eq!(u.to_string(), "https:f?d=1#e");
    Ok(())
}

/// Those of `net/url` that look at the parts of one.
#[test]
fn urls_are_looked_at() -> Result<(), url::Error> {
    let u = url::parse("https://a.test/b%2fc#d%2Fe")?;
    assert_eq!((u.path.as_str(), u.raw_path.as_str()), ("/b/c", "/b%2fc"));
    assert_eq!((u.escaped_path(), u.escaped_fragment()), ("/b%2fc".into(), "d%2Fe".into()));
    assert_eq!((u.request_uri().as_str(), u.to_string().as_str()), ("/b%2fc", "https://a.test/b%2fc#d%2Fe"));
    let u = url::parse("https://[2001:db8::1]:8080")?;
    assert_eq!((u.hostname().as_str(), u.port().as_str()), ("2001:db8::1", "8080"));
    let mut u = http::Url { host: "a.test".into(), ..Default::default() };
    assert!(!u.is_abs());
    u.scheme = "http".into();
    assert!(u.is_abs());
    let q = url::parse("/?a=1&a=2&b=&=3&&")?.query();
    assert_eq!((q.values("a"), q.get("b").as_str(), q.get("").as_str()), (&["1".into(), "2".into()][..], "", "3"));
    assert_eq!(url::path_unescape(url::path_escape("a/b c%").as_ref()).unwrap(), "a/b c%");
    assert_eq!(url::query_unescape(url::query_escape("a/b c&").as_ref()).unwrap(), "a/b c&");
    Ok(())
}
