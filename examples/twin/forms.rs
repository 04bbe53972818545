//! Forms, cookies and credentials.

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseWriter, fprintf, url};
use nethttp as http;

use crate::MOD_TIME;
use crate::requests::{checksum, write_values};

pub(crate) fn form(w: &mut dyn ResponseWriter, r: &mut Request) {
    let err = r.parse_form();
    fprintf!(w, "err={}\n", nil_or_err(&err));
    write_values(w, "form", &r.form);
    write_values(w, "post", &r.post_form);
}

pub(crate) fn form_value(w: &mut dyn ResponseWriter, r: &mut Request) {
    fprintf!(w, "form=[{}] post=[{}]\n", r.form_value("k"), r.post_form_value("k"));
    fprintf!(w, "multipart={}\n", r.multipart_form.is_some());
}

pub(crate) fn multipart_form(w: &mut dyn ResponseWriter, r: &mut Request) {
    if let Err(err) = r.parse_multipart_form(1 << 20) {
        http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
        return;
    }
    let form = r.multipart_form.as_ref().expect("it was parsed");
    write_values(w, "value", &form.value);
    let mut names = Vec::with_capacity(form.file.len());
    for name in form.file.keys() {
        names.push(name);
    }
    names.sort();
    for name in names {
        for fh in form.file.values(name) {
            fprintf!(w, "file {}=[{}] size={}\n", name, fh.filename, fh.size);
            write_values(w, "part", &url::Values::from(&fh.header));
        }
    }
}

pub(crate) fn upload(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (mut f, fh) = match r.form_file("file") {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
            return;
        }
    };
    let (data, err) = io::read_all(&mut f);
    fprintf!(w, "name=[{}] size={} sum={:08x} err={}\n", fh.filename, fh.size, checksum(&data), nil_or(&err));
}

pub(crate) fn cookie_set(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::set_cookie(w, &http::Cookie { name: "plain".into(), value: "v".into(), ..Default::default() });
    http::set_cookie(
        w,
        &http::Cookie {
            name: "full".into(),
            value: "a b,c".into(),
            path: "/cookie".into(),
            domain: ".example.com".into(),
            expires: Some(*MOD_TIME),
            max_age: 3600,
            secure: true,
            http_only: true,
            same_site: http::SAME_SITE_STRICT_MODE,
            ..Default::default()
        },
    );
    http::set_cookie(w, &http::Cookie { name: "gone".into(), max_age: -1, ..Default::default() });
    http::set_cookie(
        w,
        &http::Cookie {
            name: "lax".into(),
            value: "1".into(),
            same_site: http::SAME_SITE_LAX_MODE,
            partitioned: true,
            secure: true,
            ..Default::default()
        },
    );
    http::set_cookie(
        w,
        &http::Cookie {
            name: "none".into(),
            value: r#"q"uo\te;"#.into(),
            same_site: http::SAME_SITE_NONE_MODE,
            path: "/a;b".into(),
            ..Default::default()
        },
    );
    http::set_cookie(
        w,
        &http::Cookie { name: "quoted".into(), value: "as is".into(), quoted: true, ..Default::default() },
    );
    http::set_cookie(w, &http::Cookie { name: "bad name".into(), value: "dropped".into(), ..Default::default() });
    http::set_cookie(
        w,
        &http::Cookie { name: "badomain".into(), value: "1".into(), domain: "-x..y".into(), ..Default::default() },
    );
    let query = r.url.query();
    http::set_cookie(
        w,
        &http::Cookie { name: query.get("name").into(), value: query.get("value").into(), ..Default::default() },
    );
    io::write_string(w, "set\n");
}

pub(crate) fn cookie_get(w: &mut dyn ResponseWriter, r: &mut Request) {
    for c in r.cookies() {
        fprintf!(w, "{}=[{}] quoted={} string={}\n", c.name, c.value, c.quoted, c);
    }
    let c = match r.cookie("session") {
        Ok(c) => c,
        Err(err) => {
            fprintf!(w, "session: {err}\n");
            return;
        }
    };
    fprintf!(w, "session: {} ({} of that name)\n", c.value, r.cookies_named("session").len());
}

pub(crate) fn auth(w: &mut dyn ResponseWriter, r: &mut Request) {
    let Some((user, pass)) = r.basic_auth() else {
        w.header().set("WWW-Authenticate", r#"Basic realm="twin""#);
        http::error(w, "who are you?", http::STATUS_UNAUTHORIZED);
        return;
    };
    fprintf!(w, "user=[{user}] pass=[{pass}]\n");
}

pub(crate) fn agent(w: &mut dyn ResponseWriter, r: &mut Request) {
    fprintf!(w, "agent=[{}] referer=[{}]\n", r.user_agent(), r.referer());
    fprintf!(w, "1.1={} 1.0={} 2.0={}\n", r.proto_at_least(1, 1), r.proto_at_least(1, 0), r.proto_at_least(2, 0));
}
