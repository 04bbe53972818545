//! Times our search and our mux beside other matchers, on the same routes and requests, and prints a table.
//!
//! Before anything is timed, everyone has to find the right route and the right values for every request.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

mod contenders;
mod random;
mod sets;

use contenders::{Bare, Contender, Matchit, PathTree, Wayfind, Whole};
use sets::{Request, Set};

/// How often each is timed, in turn with the others. Odd, so that there is a median.
const REPETITIONS: usize = 61;

/// How long one timing takes at least.
const LEAST: Duration = Duration::from_millis(4);

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "Medians of {REPETITIONS} interleaved repetitions, nanoseconds a request; all read the values they find.\n"
    );
    println!(
        "| routes | matchit | wayfind | path-tree | match | serve_http | match / best | aim | serve_http / best |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for set in sets::all()? {
        let [matchit, wayfind, path_tree, bare, whole] = compare(&set);
        let best = matchit.min(wayfind).min(path_tree);
        println!(
            "| {} | {matchit:.1} | {wayfind:.1} | {path_tree:.1} | {bare:.1} | {whole:.1} | {:.2} | {:.1} | {:.2} |",
            set.name,
            bare / best,
            set.target,
            whole / best,
        );
    }
    Ok(())
}

/// The medians of all contenders.
fn compare(set: &Set) -> [f64; 5] {
    let Set { routes, requests, .. } = set;
    let (mut matchit, mut wayfind, mut path_tree) = (Matchit::new(routes), Wayfind::new(routes), PathTree::new(routes));
    let (mut bare, mut whole) = (Bare::new(routes), Whole::new(routes));
    check("matchit", &mut matchit, requests);
    check("wayfind", &mut wayfind, requests);
    check("path-tree", &mut path_tree, requests);
    check("match", &mut bare, requests);
    check("serve_http", &mut whole, requests);
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..REPETITIONS {
        times[0].push(time(&mut matchit, requests));
        times[1].push(time(&mut wayfind, requests));
        times[2].push(time(&mut path_tree, requests));
        times[3].push(time(&mut bare, requests));
        times[4].push(time(&mut whole, requests));
    }
    times.map(median)
}

/// Panics if anything else than the right route with the right values is found.
fn check(name: &str, contender: &mut impl Contender, requests: &[Request]) {
    for request in requests {
        let mut values = Vec::new();
        let found = contender.find(request, |bytes| values.push(String::from_utf8_lossy(bytes).into_owned()));
        let asked = format!("{name}: {} {}", request.method, request.path);
        assert_eq!(found, request.route.map(|route| contender.id(route)), "{asked}");
        assert_eq!(values, request.values, "{asked}");
    }
}

/// Nanoseconds a request, over as many rounds of all requests as it takes for some time to pass. A round before that
/// brings back into the caches what the contender before has displaced.
#[inline(never)]
fn time<C: Contender>(contender: &mut C, requests: &[Request]) -> f64 {
    let mut round = || {
        for request in requests {
            black_box(contender.find(black_box(request), |bytes| {
                black_box(bytes);
            }));
        }
    };
    round();
    let start = Instant::now();
    let mut rounds = 0_u32;
    loop {
        round();
        rounds += 1;
        let passed = start.elapsed();
        if passed >= LEAST {
            return passed.as_nanos() as f64 / f64::from(rounds) / requests.len() as f64;
        }
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
