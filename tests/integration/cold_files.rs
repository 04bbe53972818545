//! Files that are not in memory: fetched by threads that may wait for the disk, sent by the loop, and nobody is forgotten.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, LazyLock};
use std::thread;

use nethttp_core::fprintf;
use rustix::fs::{Advice, fadvise};

use crate::client::{Client, get};
use crate::fixture::TestServer;

const LENGTH: usize = 2 << 20;

/// Bytes that tell where they belong, and to which file.
fn content(number: usize) -> Vec<u8> {
    static WORDS: LazyLock<Vec<u8>> = LazyLock::new(|| (0..LENGTH as u64 / 8).flat_map(u64::to_be_bytes).collect());
    let (start, end) = WORDS.split_at(8 * number);
    [end, start].concat()
}

fn files(count: usize) -> Arc<Vec<File>> {
    let make = |number| {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&content(number), 0).unwrap();
        file.sync_data().unwrap();
        file
    };
    let files: Vec<File> = (0..count).map(make).collect();
    make_cold(&files);
    Arc::new(files)
}

/// Asks the system to drop the files from memory; says of how many it did.
fn make_cold(files: &[File]) -> usize {
    let is_cold = |file: &&File| {
        fadvise(file, 0, None, Advice::DontNeed).unwrap();
        // The end, since asking makes the system read what is asked about.
        nethttp_sendfile::is_resident(file.as_fd(), LENGTH as u64 - 1, 1) == Some(false)
    };
    files.iter().filter(is_cold).count()
}

/// A server of `files` by number, and of something else.
fn serve(files: &Arc<Vec<File>>) -> TestServer {
    let files = Arc::clone(files);
    TestServer::of_narrow(move |w, r| {
        let Ok(number) = r.url.path[1..].parse::<usize>() else { return fprintf!(w, "other") };
        w.header().set("Content-Length", LENGTH.to_string());
        let _ = w.send_file(&files[number], 0, LENGTH as u64);
    })
}

fn check(number: usize, body: &[u8]) {
    assert!(body == content(number), "file {number}: {} bytes", body.len());
}

#[test]
fn more_cold_files_than_are_fetched_at_once_all_arrive() {
    let files = files(20);
    let server = serve(&files);
    let mut clients: Vec<Client> = files.iter().map(|_| server.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(get(&format!("/{number}")));
    }
    let mut other = server.client();
    other.get("/other");
    // All have begun, and the loop goes on with them. (On a file system in memory nothing is ever cold, and the rest holds.)
    println!("{} of {} files are out of memory", make_cold(&files), files.len());
    thread::scope(|scope| {
        for (number, mut client) in clients.into_iter().enumerate() {
            scope.spawn(move || {
                check(number, &client.answer().body);
                check(number, &client.get(&format!("/{number}")).body);
                assert_eq!(client.get("/other").text(), "other");
            });
        }
        assert_eq!(other.get("/other").text(), "other");
    });
}

#[test]
fn a_client_that_leaves_while_its_file_is_fetched_harms_nobody() {
    let files = files(12);
    let server = serve(&files);
    for number in 0..files.len() {
        let mut client = server.client();
        client.send(get(&format!("/{number}")));
        client.read_exact(1000);
        make_cold(&files[number..=number]);
        client.read_exact(100_000);
        if number % 2 == 0 {
            client.reset();
        }
    }
    server.wait_for_connections(0);
    check(3, &server.client().get("/3").body);
}
