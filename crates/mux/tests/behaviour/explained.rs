//! Explanations.

use nethttp_mux::{ServeMux, Standing, Verdict};

fn mux(patterns: &[&str]) -> ServeMux {
    let mux = ServeMux::new();
    for pattern in patterns {
        mux.handle_func(pattern, |_, _| {});
    }
    mux
}

#[track_caller]
fn check(mux: &ServeMux, (method, host, path): (&str, &str, &str), verdict: &Verdict, candidates: &[(&str, Standing)]) {
    let explanation = mux.explain(method, host, path);
    let told: Vec<_> =
        explanation.candidates.iter().map(|candidate| (&*candidate.pattern, candidate.standing)).collect();
    assert_eq!(told, candidates, "{explanation}");
    assert_eq!(&explanation.verdict, verdict, "{explanation}");
}

fn matched(pattern: &str) -> Verdict {
    Verdict::Matched(pattern.to_owned())
}

#[test]
fn each_rule_has_its_name() {
    use Standing::{LosesByHost, LosesByMethod, LosesByPath, NeedsSlash, OtherHost, OtherMethod, Wins};
    let mux = mux(&["/", "GET /a/{x}", "/a/{x...}", "h.test/a/", "POST /a/b", "i.test/a/b", "/c/", "/e", "GET /e"]);
    let expected = [
        ("GET /a/{x}", Wins),
        ("/", LosesByPath),
        ("/a/{x...}", LosesByPath),
        ("POST /a/b", OtherMethod),
        ("h.test/a/", OtherHost),
        ("i.test/a/b", OtherHost),
    ];
    check(&mux, ("HEAD", "a.test:80", "/a/b"), &matched("GET /a/{x}"), &expected);
    let expected = [
        ("h.test/a/", Wins),
        ("/", LosesByHost),
        ("GET /a/{x}", LosesByHost),
        ("/a/{x...}", LosesByHost),
        ("POST /a/b", OtherMethod),
        ("i.test/a/b", OtherHost),
    ];
    check(&mux, ("GET", "h.test:80", "/a/b"), &matched("h.test/a/"), &expected);
    check(&mux, ("GET", "", "/e"), &matched("GET /e"), &[("GET /e", Wins), ("/", LosesByPath), ("/e", LosesByMethod)]);
    check(&mux, ("PUT", "", "/c"), &Verdict::Redirected("/c/".into()), &[("/", Wins), ("/c/", NeedsSlash)]);
}

#[test]
fn what_is_not_answered_is_explained() {
    let mux = mux(&["GET /a/{x}", "h.test/b"]);
    check(
        &mux,
        ("POST", "", "/a/1"),
        &Verdict::MethodNotAllowed(vec!["GET".into(), "HEAD".into()]),
        &[("GET /a/{x}", Standing::OtherMethod)],
    );
    check(&mux, ("GET", "", "/b"), &Verdict::NotFound, &[("h.test/b", Standing::OtherHost)]);
    check(&mux, ("GET", "", "/c"), &Verdict::NotFound, &[]);
    check(&mux, ("GET", "", "/a/./1"), &Verdict::Redirected("/a/1".into()), &[("GET /a/{x}", Standing::Wins)]);
    check(&mux, ("no method", "", "/a"), &Verdict::NotFound, &[]);
}

#[test]
fn explanations_read_well() {
    let mux = ServeMux::new();
    let line = line!() + 1;
    mux.handle_func("/a/{x}", |_, _| {});
    mux.handle_func("/a/b%20c", |_, _| {});
    let explanation = mux.explain("GET", "h.test:8080", "/a/b%20c");
    assert_eq!(explanation.winner(), Some("/a/b%20c"));
    assert_eq!(
        explanation.to_string(),
        format!(
            "GET h.test/a/b%20c: answered by /a/b%20c\n  \
             /a/b%20c ({file}:{next}) matches and is chosen\n  \
             /a/{{x}} ({file}:{line}) matches, but the chosen pattern has a more specific path",
            file = file!(),
            next = line + 1,
        )
    );
    let nothing = mux.explain("GET", "", "/").to_string();
    assert_eq!(nothing, "GET /: not found\n  no pattern matches, with any host or method");
}

#[test]
fn classic_muxes_explain_too() {
    let mux = ServeMux::classic();
    for pattern in ["/", "/a/", "h.test/", "/a/b"] {
        mux.handle_func(pattern, |_, _| {});
    }
    check(&mux, ("GET", "", "/a/c"), &matched("/a/"), &[("/a/", Standing::Wins), ("/", Standing::LosesByPath)]);
    check(
        &mux,
        ("GET", "h.test", "/a/b"),
        &matched("h.test/"),
        &[
            ("h.test/", Standing::Wins),
            ("/", Standing::LosesByHost),
            ("/a/", Standing::LosesByHost),
            ("/a/b", Standing::LosesByHost),
        ],
    );
}
