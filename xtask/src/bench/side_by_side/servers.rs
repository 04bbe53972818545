//! The servers that are measured: how each is built, and started.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use super::workload::{Kind, Workload};
use crate::bench::process::{Running, Start, free_port};
use crate::bench::target_dir;
use crate::steps::cargo;
use crate::{Outcome, root};

/// A server, and what it can answer.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) name: &'static str,
    /// For tables and charts.
    pub(super) title: &'static str,
    make: Make,
    /// The workloads that it has no answer for.
    cannot: &'static [&'static str],
}

/// How it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Ours,
    /// A program of the package in `tests/bench/peers`.
    Peer,
    Go,
    Nginx,
}

pub(super) const OURS: &str = "nethttp";
pub(super) const FLOOR: &str = "floor";

pub(super) const SERVERS: &[Server] = &[
    Server { name: FLOOR, title: "floor", make: Make::Peer, cannot: &["mux", "gzip", "blocked"] },
    Server { name: OURS, title: "nethttp", make: Make::Ours, cannot: &[] },
    Server {
        name: "hyper",
        title: "hyper",
        make: Make::Peer,
        cannot: &["mux", "file10k", "file1m", "file100m", "gzip"],
    },
    Server { name: "axum", title: "axum", make: Make::Peer, cannot: &[] },
    Server { name: "actix", title: "actix-web", make: Make::Peer, cannot: &[] },
    Server {
        name: "may",
        title: "may_minihttp",
        make: Make::Peer,
        cannot: &["close", "mux", "stream", "file10k", "file1m", "file100m", "gzip", "blocked"],
    },
    Server { name: "go", title: "Go net/http", make: Make::Go, cannot: &[] },
    Server { name: "nginx", title: "nginx", make: Make::Nginx, cannot: &["mux", "echo", "stream", "blocked"] },
];

impl Server {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        SERVERS.iter().find(|server| server.name == name)
    }

    pub(super) fn can(&self, workload: &Workload) -> bool {
        !self.cannot.contains(&workload.name)
    }

    /// Where a blocked handler sleeps the way blocking code does. Go's own sleep is meant for that.
    pub(super) fn sleeping_path(&self) -> &'static str {
        if self.make == Make::Go { "/sleep10" } else { "/sleep10b" }
    }

    /// Starts it for a workload.
    pub(super) fn start(
        &self,
        workload: &Workload,
        places: &Places,
        processor: Option<usize>,
    ) -> Result<Running, Box<dyn Error>> {
        let port = free_port()?;
        let workers = if workload.kind == Kind::Blocked { 2 } else { 1 };
        let (number, loops) = (port.to_string(), workers.to_string());
        let data = places.data.display().to_string();
        let routes = (workload.kind == Kind::Mux).then(|| places.routes.display().to_string());
        let mut arguments = match self.make {
            Make::Ours => ["--port", &number, "--workers", &loops, "--data", &data].map(str::to_owned).to_vec(),
            Make::Peer | Make::Go => vec![number, loops, data],
            Make::Nginx => {
                vec!["-p".into(), places.scratch_text(), "-c".into(), places.configure_nginx(port, workers)?]
            }
        };
        if let Some(routes) = routes {
            if self.make == Make::Ours {
                arguments.push("--routes".to_owned());
            }
            arguments.push(routes);
        }
        Running::start(&Start { program: &self.program(places), arguments, port, processor })
    }

    fn program(&self, places: &Places) -> PathBuf {
        match self.make {
            Make::Ours => places.target.join("release/examples/bench_server"),
            Make::Peer => places.target.join("bench-peers/release").join(self.name),
            Make::Go => places.target.join("bench-peers/go-peer"),
            Make::Nginx => "nginx".into(),
        }
    }
}

/// Where things lie.
#[derive(Debug)]
pub(super) struct Places {
    target: PathBuf,
    pub(super) data: PathBuf,
    pub(super) routes: PathBuf,
    scratch: PathBuf,
    user: String,
}

impl Places {
    pub(super) fn new(shell: &Shell, data: PathBuf) -> Result<Self, Box<dyn Error>> {
        let target = target_dir();
        let scratch = target.join("bench-scratch");
        fs::create_dir_all(&scratch)?;
        let user = cmd!(shell, "id -un").quiet().read()?;
        let routes = root().join("tests/bench/data/github_routes.json");
        Ok(Self { target, data, routes, scratch: scratch.canonicalize()?, user })
    }

    fn scratch_text(&self) -> String {
        self.scratch.display().to_string()
    }

    /// Writes nginx's configuration; says where.
    fn configure_nginx(&self, port: u16, workers: usize) -> Result<String, Box<dyn Error>> {
        let file = self.scratch.join("nginx.conf");
        let configuration = include_str!("../../../../tests/bench/peers/nginx.conf")
            .replace("@USER@", &self.user)
            .replace("@WORKERS@", &workers.to_string())
            .replace("@PORT@", &port.to_string())
            .replace("@DATA@", &self.data.display().to_string())
            .replace("@TMP@", &self.scratch_text());
        fs::write(&file, configuration)?;
        Ok(file.display().to_string())
    }
}

/// Builds those servers; leaves out, and says so, what needs something that is not here.
pub(super) fn build(shell: &Shell, servers: &mut Vec<&'static Server>) -> Outcome {
    let (cargo, target) = (cargo(), target_dir().join("bench-peers"));
    let has = |make: Make| servers.iter().any(|server| server.make == make);
    if has(Make::Ours) {
        cmd!(shell, "{cargo} build --quiet --release --package nethttp-examples --example bench_server").run()?;
    }
    if has(Make::Peer) {
        let manifest = Path::new("tests/bench/peers/Cargo.toml");
        let mut build = cmd!(shell, "{cargo} build --quiet --release --manifest-path {manifest} --target-dir {target}");
        for server in servers.iter().filter(|server| server.make == Make::Peer) {
            build = build.args(["--bin", server.name]);
        }
        build.run()?;
    }
    if has(Make::Go) {
        let program = target.join("go-peer");
        fs::create_dir_all(&target)?;
        let built = cmd!(shell, "go build -C tests/bench/peers/go -o {program} .").quiet().run();
        leave_out(servers, Make::Go, built.is_ok(), "Go is left out: `go build` failed; go.dev/dl has it");
    }
    if servers.iter().any(|server| server.make == Make::Nginx) {
        let found = cmd!(shell, "nginx -v").quiet().ignore_stdout().ignore_stderr().run();
        leave_out(servers, Make::Nginx, found.is_ok(), "nginx is left out: it is not installed; `apt install nginx`");
    }
    Ok(())
}

fn leave_out(servers: &mut Vec<&'static Server>, make: Make, is_here: bool, why: &str) {
    if !is_here {
        println!("{why}");
        servers.retain(|server| server.make != make);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::side_by_side::workload::WORKLOADS;

    #[test]
    fn what_a_server_cannot_is_a_workload() {
        for name in SERVERS.iter().flat_map(|server| server.cannot) {
            assert!(Workload::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_workload_has_its_base() {
        for workload in WORKLOADS {
            let base = Server::named(workload.base).unwrap();
            assert!(base.can(workload), "{}", workload.name);
            assert!(Server::named(OURS).unwrap().can(workload));
        }
    }
}
