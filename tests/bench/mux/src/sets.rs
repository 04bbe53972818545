//! The route sets, and the paths that are looked for in them.

use std::error::Error;

use http::Method;
use serde_json::Value;

use crate::random::Random;

/// Routes with a series of requests.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// The greatest ratio to the best of the others that is aimed at.
    pub(crate) target: f64,
    pub(crate) routes: Vec<Route>,
    pub(crate) requests: Vec<Request>,
}

/// A method, or none, and a path with wildcards in our spelling.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// What is asked for, and what has to be found.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Index of the route; `None` if nothing matches.
    pub(crate) route: Option<usize>,
    /// The values of the wildcards, from left to right.
    pub(crate) values: Vec<String>,
}

/// Requests of a series: so many that a processor does not learn them by heart.
const SERIES: usize = 1024;

pub(crate) fn all() -> Result<Vec<Set>, Box<dyn Error>> {
    let mut random = Random::new(203);
    let github = github()?;
    Ok(vec![
        Set {
            name: "203 routes, hit",
            target: 0.8,
            requests: hits(&github, SERIES, &mut random),
            routes: github.clone(),
        },
        Set { name: "203 routes, miss", target: 0.9, requests: misses(&github, &mut random), routes: github },
        Set::of_hits("157 static", 0.9, static_paths()?, SERIES, &mut random),
        Set::of_hits("10,000 mixed", 0.8, mixed(), 10_000, &mut random),
        backtracking(&mut random),
    ])
}

impl Set {
    fn of_hits(name: &'static str, target: f64, routes: Vec<Route>, series: usize, random: &mut Random) -> Self {
        Self { name, target, requests: hits(&routes, series, random), routes }
    }
}

impl Route {
    fn of(path: impl Into<String>) -> Self {
        Self { method: String::new(), path: path.into() }
    }

    /// A request that matches, with values made up.
    fn request(&self, index: usize, random: &mut Random) -> Request {
        let mut values = Vec::new();
        let mut path = String::new();
        for segment in self.path[1..].split('/') {
            path.push('/');
            if segment.ends_with("...}") {
                values.push(format!("{}/{}", value(random), value(random)));
                path += values.last().map_or("", String::as_str);
            } else if segment.starts_with('{') {
                values.push(value(random));
                path += values.last().map_or("", String::as_str);
            } else {
                path += segment;
            }
        }
        let method = Method::from_bytes(self.method.as_bytes()).unwrap_or(Method::GET);
        Request { method, path, route: Some(index), values }
    }
}

/// Random routes, each with values of its own.
fn hits(routes: &[Route], series: usize, random: &mut Random) -> Vec<Request> {
    let indices = (0..series).map(|_| random.below(routes.len())).collect::<Vec<_>>();
    indices.into_iter().map(|index| routes[index].request(index, random)).collect()
}

/// Paths that are close to those of routes, and some that are not, none of which matches.
fn misses(routes: &[Route], random: &mut Random) -> Vec<Request> {
    let mut requests = Vec::new();
    while requests.len() < SERIES {
        let index = random.below(routes.len());
        let mut request = routes[index].request(index, random);
        match random.below(4) {
            // One segment too many, at the end or at the front; the last misspelt; another place altogether.
            0 => request.path += "/nothing",
            1 => request.path.insert_str(0, "/v3"),
            2 => request.path += "x",
            _ => request.path = format!("/{}/{}.html", value(random), value(random)),
        }
        request.route = None;
        request.values.clear();
        if !routes.iter().any(|route| matches(&route.path, &request.path)) {
            requests.push(request);
        }
    }
    requests
}

/// Whether a path of literals and wildcards for one segment matches.
fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn github() -> Result<Vec<Route>, Box<dyn Error>> {
    let list: Vec<Value> = serde_json::from_str(include_str!("../../data/github_routes.json"))?;
    let text = |route: &Value, name: &str| route[name].as_str().unwrap_or_default().to_owned();
    Ok(list.iter().map(|route| Route { method: text(route, "method"), path: text(route, "pattern") }).collect())
}

fn static_paths() -> Result<Vec<Route>, Box<dyn Error>> {
    let list: Vec<String> = serde_json::from_str(include_str!("../../data/static_paths.json"))?;
    Ok(list.into_iter().map(Route::of).collect())
}

/// An API of 100 services with 25 resources each: four routes a resource, of which one has no wildcard, two have one or
/// two, and one takes the rest.
fn mixed() -> Vec<Route> {
    let mut routes = Vec::new();
    for service in 0..100 {
        for (number, resource) in RESOURCES.iter().enumerate() {
            let place = format!("{}{service}/v{}/{resource}", SERVICES[service % SERVICES.len()], 1 + number % 3);
            let base = format!("/api/{place}");
            let action = ACTIONS[(service + number) % ACTIONS.len()];
            routes.push(Route::of(base.clone()));
            routes.push(Route::of(format!("{base}/{{id}}")));
            routes.push(Route::of(format!("{base}/{{id}}/{action}/{{part}}")));
            routes.push(Route::of(format!("/files/{place}/{{path...}}")));
        }
    }
    routes
}

/// 4,096 ways through twelve places that are each a literal or a wildcard, told apart by the last segment alone. The
/// requests fit the literal at each place, so that whoever prefers it has to come back many times.
fn backtracking(random: &mut Random) -> Set {
    let path = |number: usize| {
        let places = (0..12).map(|place| if number >> place & 1 == 0 { "/a".into() } else { format!("/{{p{place}}}") });
        places.collect::<String>() + &format!("/e{number}")
    };
    let routes: Vec<_> = (0..4096).map(|number| Route::of(path(number))).collect();
    let request = |random: &mut Random| {
        let number = random.below(routes.len());
        Request {
            method: Method::GET,
            path: "/a".repeat(12) + &format!("/e{number}"),
            route: Some(number),
            values: vec!["a".to_owned(); number.count_ones() as usize],
        }
    };
    let requests = (0..256).map(|_| request(random)).collect();
    Set { name: "4,096 backtracking", target: 1.0, routes, requests }
}

/// A name or a number as paths have them.
fn value(random: &mut Random) -> String {
    match random.below(3) {
        0 => random.below(1_000_000).to_string(),
        1 => (*random.pick(NAMES)).to_owned(),
        _ => format!("{}-{}", random.pick(NAMES), random.below(1_000)),
    }
}

const NAMES: &[&str] =
    &["octocat", "ada", "grace-hopper", "linus", "hello-world", "x", "readme.md", "main", "site-of-mine", "7f3a9c01"];

const SERVICES: &[&str] = &["billing", "mail", "search", "users", "media", "audit", "queue", "geo", "report", "cart"];

const RESOURCES: &[&str] = &[
    "accounts",
    "addresses",
    "alerts",
    "batches",
    "blobs",
    "carts",
    "comments",
    "devices",
    "events",
    "filters",
    "groups",
    "images",
    "invoices",
    "jobs",
    "keys",
    "labels",
    "members",
    "notes",
    "orders",
    "payments",
    "projects",
    "reviews",
    "sessions",
    "tokens",
    "webhooks",
];

const ACTIONS: &[&str] = &["history", "members", "archive", "tags", "status", "parts", "notes"];
