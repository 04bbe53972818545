//! Forms, cookies and credentials.

use std::sync::LazyLock;
use std::time::SystemTime;

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseWriter, SameSite, fprintf, url};
use nethttp as http;

use super::act::number;
use super::requests::{sum, table};

/// The age of everything here that has one.
pub(super) static BIRTHDAY: LazyLock<SystemTime> =
    LazyLock::new(|| http::parse_time("Sat, 09 Oct 2021 08:07:06 GMT").expect("a date"));

pub(super) fn form(w: &mut dyn ResponseWriter, r: &mut Request) {
    let err = r.parse_form();
    fprintf!(w, "error {}\n", nil_or_err(&err));
    table(w, "f", &r.form);
    table(w, "p", &r.post_form);
}

pub(super) fn form_value(w: &mut dyn ResponseWriter, r: &mut Request) {
    let all = r.form_value("name");
    let (post, other) = (r.post_form_value("name"), r.form_value("other"));
    fprintf!(w, "[{all}] [{post}] [{other}] {}\n", r.multipart_form.is_some());
}

pub(super) fn form_parts(w: &mut dyn ResponseWriter, r: &mut Request) {
    if let Err(err) = r.parse_multipart_form(64 << 10) {
        http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
        return;
    }
    let multipart = r.multipart_form.as_ref().expect("it was parsed");
    table(w, "v", &multipart.value);
    table(w, "f", &r.form);
    table(w, "p", &r.post_form);
    let mut names: Vec<_> = multipart.file.keys().collect();
    names.sort();
    for name in names {
        for part in multipart.file.values(name) {
            fprintf!(w, "file {name} [{}] {}\n", part.filename, part.size);
            table(w, "h", &url::Values::from(&part.header));
        }
    }
}

pub(super) fn form_file(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (mut file, part) = match r.form_file("doc") {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
            return;
        }
    };
    let (data, err) = io::read_all(&mut file);
    fprintf!(w, "[{}] {} {} {}\n", part.filename, part.size, sum(&data), nil_or(&err));
}

/// Reads the parts as they come.
pub(super) fn form_stream(w: &mut dyn ResponseWriter, r: &mut Request) {
    let mut parts = match r.multipart_reader() {
        Ok(parts) => parts,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
            return;
        }
    };
    loop {
        let mut part = match parts.next_part() {
            Ok(Some(part)) => part,
            Ok(None) => {
                fprintf!(w, "end EOF\n");
                return;
            }
            Err(err) => {
                fprintf!(w, "end {err}\n");
                return;
            }
        };
        let (data, err) = io::read_all(&mut part);
        fprintf!(w, "[{}] [{}] {} {}\n", part.form_name(), part.file_name(), data.len(), nil_or(&err));
    }
}

pub(super) fn cookies(w: &mut dyn ResponseWriter, r: &mut Request) {
    for c in r.cookies() {
        fprintf!(w, "[{}] [{}] {}\n", c.name, c.value, c.quoted);
    }
    match r.cookie("id") {
        Ok(c) => fprintf!(w, "id: {c}, {} of them\n", r.cookies_named("id").len()),
        Err(err) => fprintf!(w, "id: {err}\n"),
    }
}

/// Sets the cookie that the query describes.
pub(super) fn bake(w: &mut dyn ResponseWriter, r: &mut Request) {
    let q = r.url.query();
    let c = http::Cookie {
        name: q.get("name").into(),
        value: q.get("value").into(),
        path: q.get("path").into(),
        domain: q.get("domain").into(),
        max_age: number(q.get("age")),
        secure: q.has("secure"),
        http_only: q.has("httponly"),
        partitioned: q.has("partitioned"),
        quoted: q.has("quoted"),
        expires: q.has("expires").then_some(*BIRTHDAY),
        same_site: same_site(number(q.get("site"))),
        ..Default::default()
    };
    fprintf!(w, "valid {}\n", nil_or_err(&c.valid()));
    http::set_cookie(w, &c);
}

/// Go counts the modes from 1; 0 is none.
fn same_site(number: i64) -> SameSite {
    match number {
        1 => http::SAME_SITE_DEFAULT_MODE,
        2 => http::SAME_SITE_LAX_MODE,
        3 => http::SAME_SITE_STRICT_MODE,
        4 => http::SAME_SITE_NONE_MODE,
        _ => SameSite::default(),
    }
}

pub(super) fn who(w: &mut dyn ResponseWriter, r: &mut Request) {
    let Some((name, password)) = r.basic_auth() else {
        w.header().set("WWW-Authenticate", r#"Basic realm="oracle", charset="UTF-8""#);
        http::error(w, "nobody", http::STATUS_UNAUTHORIZED);
        return;
    };
    fprintf!(w, "[{name}] [{password}] with [{}] from [{}]\n", r.user_agent(), r.referer());
}
