//! Tables for `Header`: Go's map semantics, suppressed and raw names, reuse of buffers.

use http::HeaderMap;

use super::Header;

fn lines(header: &Header) -> String {
    header.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

#[test]
fn set_replaces_every_value_and_add_appends() {
    let mut header = Header::new();
    header.add("x-list", "1");
    header.add("X-LIST", "2");
    header.add("Accept", "a");
    header.set("X-List", "3");
    assert_eq!(lines(&header), "Accept: a\nX-List: 3\n");
    header.add("x-list", "4");
    assert_eq!(lines(&header), "Accept: a\nX-List: 3\nX-List: 4\n");
    header.del("x-List");
    assert_eq!(lines(&header), "Accept: a\n");
    assert_eq!(header.get("X-List"), "");
}

#[test]
fn a_suppressed_name_is_present_without_a_value() {
    let mut header = Header::new();
    header.set("Date", "x");
    header.suppress("date");
    assert!(header.contains("Date"));
    assert_eq!(header.len(), 0);
    assert!(!header.is_empty());
    assert_eq!(header.names(), ["Date"]);
    header.add("Date", "y");
    assert_eq!(lines(&header), "Date: y\n");
}

#[test]
fn raw_names_stand_beside_canonical_ones() {
    let mut header = Header::new();
    header.append_raw("x-odd", "1");
    header.set("X-Odd", "2");
    header.append_raw("x-odd", "3");
    assert_eq!(lines(&header), "X-Odd: 2\nx-odd: 1\nx-odd: 3\n");
    assert_eq!(header.values_raw("x-odd").count(), 2);
    assert_eq!(header.get("x-odd"), "2");
    assert_eq!(header.values_raw("absent").count(), 0);
    // A name that is absent is not the empty one.
    header.set("", "1");
    assert_eq!(header.values_raw("absent").count(), 0);
    header.del("");
    header.del_raw("x-odd");
    assert_eq!(lines(&header), "X-Odd: 2\n");
}

#[test]
fn clearing_leaves_nothing_of_the_last_message() {
    let mut header = Header::from([("Cookie", "secret"), ("X-A", "b")]);
    header.clear();
    assert!(header.is_empty());
    assert_eq!(header.get("Cookie"), "");
    header.set("X-B", "c");
    assert_eq!(lines(&header), "X-B: c\n");
    assert_eq!(header.clone(), Header::from([("x-b", "c")]));
}

#[test]
fn header_map_there_and_back() {
    let header = Header::from([("Vary", "a"), ("Vary", "b"), ("X-Any", "\u{e9}")]);
    let map = HeaderMap::from(&header);
    assert_eq!(map.get_all("vary").iter().count(), 2);
    assert_eq!(Header::from(&map), header);
    let odd = Header::from([("bad name", "x"), ("X", "a\nb")]);
    assert!(HeaderMap::from(&odd).is_empty());
}

#[test]
fn few_and_many_fields_come_sorted_and_stable() {
    for count in [0_usize, 1, 2, 23, 24, 25, 60] {
        let mut header = Header::new();
        for index in 0..count {
            // Three names a letter, in an order that is none.
            header.append_raw(&format!("N{}", index * 7 % 3), index.to_string());
        }
        header.suppress_raw("N1");
        let mut expected: Vec<_> =
            (0..count).map(|index| (index * 7 % 3, index)).filter(|(name, _)| *name != 1).collect();
        expected.sort_by_key(|(name, _)| *name);
        let expected: String = expected.iter().map(|(name, value)| format!("N{name}: {value}\n")).collect();
        assert_eq!(lines(&header), expected, "{count}");
    }
}

#[test]
fn names_from_the_wire_are_spelled_whatever_stood_in_their_place() {
    let names = ["Accept", "accept", "Cookie", "x-own", "X-Own", "accept", "Accept", "ACCEPT", "X-OWN"];
    for raw in ["Accept", "accept", "x-own", "X-Own"] {
        let mut header = Header::new();
        for name in names {
            header.clear();
            header.append_raw(raw, "raw");
            header.clear();
            header.push_wire_text(name, "1");
            let expected = if name.len() == 5 {
                "X-Own"
            } else {
                &format!("{}{}", &name[..1].to_uppercase(), &name[1..].to_lowercase())
            };
            assert_eq!(lines(&header), format!("{expected}: 1\n"), "{raw} before {name}");
            header.clear();
            header.push_wire_text(name, "2");
            assert_eq!(lines(&header), format!("{expected}: 2\n"), "{name} twice");
        }
    }
}
