//! The workloads: what is asked, over how many connections, and what the right answer is.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::data::PAGE;

/// What is asked of each server.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    /// For tables and charts.
    pub(super) title: &'static str,
    pub(super) path: &'static str,
    pub(super) connections: usize,
    /// Field lines of each request.
    pub(super) fields: &'static [&'static str],
    pub(super) kind: Kind,
    /// The server whose cost is 1.
    pub(super) base: &'static str,
}

/// How it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same request again and again.
    Plain,
    /// Sixteen at a time.
    Pipelined,
    /// A random mix over the routes.
    Mux,
    /// 16 KiB are posted.
    Echo,
    /// Connections that have made one request and are kept.
    Idle,
    /// Many requests whose handlers sleep, beside a few that do not.
    Blocked,
}

const fn plain(name: &'static str, title: &'static str, path: &'static str, connections: usize) -> Workload {
    Workload { name, title, path, connections, fields: &[], kind: Kind::Plain, base: "floor" }
}

pub(super) const WORKLOADS: &[Workload] = &[
    plain("hello", "hello: keep-alive, 64 connections", "/hello", 64),
    Workload { kind: Kind::Pipelined, ..plain("pipelined", "pipelined, 16 deep", "/hello", 64) },
    Workload { fields: &["Connection: close"], ..plain("close", "a connection for each request", "/hello", 64) },
    Workload { kind: Kind::Mux, base: "go", ..plain("mux", "a random mix over 203 routes", "", 64) },
    Workload { kind: Kind::Echo, ..plain("echo", "16 KiB posted and sent back", "/echo", 64) },
    plain("stream", "256 writes of 4 KiB, chunked", "/stream", 16),
    plain("file10k", "a file of 10 KiB", "/static/10k.bin", 64),
    plain("file1m", "a file of 1 MiB", "/static/1m.bin", 16),
    plain("file100m", "a file of 100 MiB", "/static/100m.bin", 4),
    Workload {
        fields: &["Accept-Encoding: gzip"],
        base: "go",
        ..plain("gzip", "a page of 32 KiB compressed at each request, level 6", "/gzip", 16)
    },
    Workload { kind: Kind::Idle, ..plain("idle", "memory of an idle connection", "/hello", 10_000) },
    Workload {
        kind: Kind::Blocked,
        base: "go",
        ..plain("blocked", "256 handlers in a sleep of 10 ms, 16 connections on hello", "/hello", 16)
    },
];

impl Workload {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        WORKLOADS.iter().find(|workload| workload.name == name)
    }

    /// The script that makes its requests.
    pub(super) fn script(&self, routes: &str) -> String {
        match self.kind {
            Kind::Pipelined => "init = function()\n local one = wrk.format()\n all = string.rep(one, 16)\nend\n\
                                request = function() return all end\n"
                .to_owned(),
            Kind::Echo => "wrk.method = \"POST\"\nwrk.body = string.rep(\"0123456789abcdef\", 1024)\n\
                           wrk.headers[\"Content-Type\"] = \"application/octet-stream\"\n"
                .to_owned(),
            Kind::Mux => mix(routes),
            Kind::Plain | Kind::Idle | Kind::Blocked => String::new(),
        }
    }

    /// Makes one request and compares the answer with the right one. Gives the length of its body as it was sent.
    pub(super) fn check(&self, port: u16, data: &Path) -> Result<usize, Box<dyn Error>> {
        let posted = if self.kind == Kind::Echo { b"0123456789abcdef".repeat(1024) } else { Vec::new() };
        let path = if self.kind == Kind::Mux { "/repos/some-owner/some-repo/issues/42/labels" } else { self.path };
        let method = if self.kind == Kind::Echo { "POST" } else { "GET" };
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", posted.len());
        for field in self.fields.iter().filter(|field| !field.starts_with("Connection")) {
            let _ = write!(head, "{field}\r\n");
        }
        let answer = Answer::to(port, &[format!("{head}\r\n").as_bytes(), &posted].concat())?;
        let compressed = self.fields.iter().any(|field| field.starts_with("Accept-Encoding"));
        let body = if compressed { answer.unzipped()? } else { answer.body.clone() };
        let expected = match self.kind {
            Kind::Echo => posted,
            Kind::Mux => b"42".to_vec(),
            _ if compressed => fs::read(data.join(PAGE))?,
            _ if self.path == "/stream" => vec![b'x'; 1 << 20],
            _ => match self.path.strip_prefix("/static/") {
                Some(file) => fs::read(data.join(file))?,
                None => b"Hello, World!".to_vec(),
            },
        };
        if answer.status != 200 || body != expected {
            return Err(format!("{}: status {}, {} bytes of body", self.name, answer.status, body.len()).into());
        }
        Ok(answer.body.len())
    }
}

/// A script that asks for two paths of each route in random order.
fn mix(routes: &str) -> String {
    let mut paths = Vec::new();
    for (at, line) in routes.lines().enumerate() {
        let mut words = line.split('"');
        let (Some(method), Some(pattern)) = (words.nth(3), words.nth(3)) else { continue };
        for more in [0, 5000] {
            let number = (at * 37 + more) % 10_000;
            let segments = pattern.split('/').map(|segment| match segment.strip_prefix('{') {
                Some(name) => format!("{}{number}", &name[..name.len().min(4)].trim_end_matches('}')),
                None => segment.to_owned(),
            });
            paths.push((method, segments.collect::<Vec<_>>().join("/")));
        }
    }
    // Steps of a length that has no factor in common with theirs visit all of them, far from their order.
    let step = [631, 641, 643].into_iter().find(|step| !paths.len().is_multiple_of(*step)).unwrap_or(1);
    let mixed = (0..paths.len()).map(|at| &paths[at * step % paths.len()]);
    let list: Vec<_> = mixed.map(|(method, path)| format!("{{\"{method}\", \"{path}\"}}")).collect();
    format!(
        "local paths = {{{}}}\ninit = function()\n all = {{}}\n for i, x in ipairs(paths) do\n  \
         all[i] = wrk.format(x[1], x[2], x[1] ~= \"GET\" and {{[\"Content-Length\"] = \"0\"}} or {{}})\n end\n at = 0\nend\n\
         request = function()\n at = at % #all + 1\n return all[at]\nend\n",
        list.join(", ")
    )
}

/// An answer as it came, its chunks put together.
#[derive(Debug)]
struct Answer {
    status: u32,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// Sends a request over a connection of its own, and reads as much as the answer says it has: some servers keep the
    /// connection whatever the client says.
    fn to(port: u16, request: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request)?;
        let mut received = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            if let Some(answer) = Self::parse(&received)? {
                return Ok(answer);
            }
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Err(format!("an answer ended after {} bytes", received.len()).into());
            }
            received.extend_from_slice(&buffer[..count]);
        }
    }

    /// The answer, if it is complete.
    fn parse(received: &[u8]) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("an answer has no status")?;
        let rest = &received[end + 4..];
        let body = if head.contains("\r\ntransfer-encoding: chunked") {
            if !rest.ends_with(b"\r\n0\r\n\r\n") && rest != b"0\r\n\r\n" {
                return Ok(None);
            }
            joined(rest)?
        } else {
            let length = head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            let length: usize = length.ok_or("an answer has no length")?;
            if rest.len() < length {
                return Ok(None);
            }
            rest[..length].to_vec()
        };
        Ok(Some(Self { status, head, body }))
    }

    fn unzipped(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        if !self.head.contains("\r\ncontent-encoding: gzip") {
            return Err("an answer that should be compressed is not".into());
        }
        let mut gzip = Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        // What is sent here is less than a pipe holds, so it is written before any of the output is read.
        gzip.stdin.take().ok_or("gzip takes no input")?.write_all(&self.body)?;
        Ok(gzip.wait_with_output()?.stdout)
    }
}

/// The contents of chunks.
fn joined(mut rest: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").ok_or("a chunk has no length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end])?, 16)?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + length).ok_or("a chunk is cut short")?);
        rest = &rest[end + 2 + length + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_complete_or_awaited() {
        let parse = |text: &str| Answer::parse(text.as_bytes()).unwrap().map(|answer| (answer.status, answer.body));
        assert_eq!(parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), None);
        assert_eq!(parse("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc"), Some((404, b"abc".to_vec())));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(parse(chunked), Some((200, b"abc0123456789".to_vec())));
        assert_eq!(parse(&chunked[..chunked.len() - 5]), None);
    }

    #[test]
    fn the_mix_has_every_route_twice() {
        let routes = include_str!("../../../../tests/bench/data/github_routes.json");
        let count = routes.matches("\"pattern\"").count();
        assert_eq!(count, 203);
        let script = mix(routes);
        let first = script.lines().next().unwrap();
        assert_eq!(first.matches("\", \"/").count(), 2 * count);
        let mut paths: Vec<_> = first.split("{\"").skip(1).collect();
        paths.sort_unstable();
        paths.dedup();
        assert!(paths.len() > 300 && !first.contains("/{"), "{} paths", paths.len());
    }
}
