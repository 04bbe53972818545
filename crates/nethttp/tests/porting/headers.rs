//! Header fields.

use nethttp as http;

rows! {
    "http.Header" => "http::Header" {
        let h = http::Header::from([("content-type", "text/plain")]);
        assert_eq!(h.iter().collect::<Vec<_>>(), [("Content-Type", &"text/plain".into())]);
    }
    "http.Header.Get" => "h.get(name)" {
        let name = "x-a";
        let h = http::Header::from([("X-A", "1")]);
        assert_eq!((h.get(name).as_str(), h.get("X-B").as_str()), ("1", ""));
    }
    "http.Header.Set" => "h.set(name, value)" {
        let (name, value) = ("x-a", "2");
        let mut h = http::Header::from([("X-A", "0"), ("X-A", "1")]);
        h.set(name, value);
        assert_eq!(h.values("X-A").collect::<Vec<_>>(), ["2"]);
    }
    "http.Header.Add" => "h.add(name, value)" {
        let (name, value) = ("x-a", "2");
        let mut h = http::Header::from([("X-A", "1")]);
        h.add(name, value);
        assert_eq!(h.values("X-A").collect::<Vec<_>>(), ["1", "2"]);
    }
    "http.Header.Del" => "h.del(name)" {
        let name = "x-a";
        let mut h = http::Header::from([("X-A", "1")]);
        h.del(name);
        assert!(h.is_empty());
    }
    "http.Header.Values" => "h.values(name)" {
        let name = "X-A";
        let h = http::Header::from([("X-A", "1"), ("X-B", "2"), ("X-A", "3")]);
        assert_eq!(h.values(name).collect::<Vec<_>>(), ["1", "3"]);
    }
    "http.Header.Clone" => "h.clone()" {
        let h = http::Header::from([("X-A", "1")]);
        let mut copy = h.clone();
        copy.set("X-A", "2");
        assert_eq!(h.get("X-A"), "1");
    }
    "http.Header.Write" => "h.write(&mut out)" {
        let h = http::Header::from([("X-B", "2"), ("X-A", "1")]);
        let mut out = Vec::new();
        h.write(&mut out).unwrap();
        assert_eq!(out, b"X-A: 1\r\nX-B: 2\r\n");
    }
    "http.Header.WriteSubset" => "h.write_subset(&mut out, exclude)" {
        let h = http::Header::from([("X-B", "2"), ("X-A", "1")]);
        let exclude = &["X-A"];
        let mut out = Vec::new();
        h.write_subset(&mut out, exclude).unwrap();
        assert_eq!(out, b"X-B: 2\r\n");
    }
}
