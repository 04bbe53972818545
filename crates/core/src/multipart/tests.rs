//! Multipart messages against what Go answers, in pieces of any size, and the limits.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::*;
use crate::fixture::{self, meant, shown};
use crate::{Error, Header, MaxBytesError, Text};

const GO: &str = include_str!("fixtures/go.txt");

/// Gives its bytes in pieces, then an error if there is one.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
    error: Option<io::Error>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty()
            && let Some(error) = self.error.take()
        {
            return Err(error);
        }
        let size = self.size.min(buf.len());
        self.rest.take(size as u64).read(buf).inspect(|&count| self.rest = &self.rest[count..])
    }
}

fn reader(message: &[u8], boundary: impl AsRef<[u8]>, size: usize) -> Reader<Pieces<'_>> {
    new_reader(Pieces { rest: message, size, error: None }, boundary)
}

/// All parts as the fixture has them.
fn parts<R: Read>(mut reader: Reader<R>, is_raw: bool, step: usize) -> String {
    let mut out = Vec::new();
    loop {
        let next = if is_raw { reader.next_raw_part() } else { reader.next_part() };
        let mut part = match next {
            Ok(Some(part)) => part,
            Ok(None) => {
                out.push("end".to_owned());
                break;
            }
            Err(error) => {
                out.push(format!("error {}", shown(error.to_string())));
                break;
            }
        };
        let fields: Vec<String> =
            part.header.iter().map(|(name, value)| format!("{}: {}", shown(name), shown(value))).collect();
        let names = format!("name={} file={}", shown(part.form_name()), shown(part.file_name()));
        let mut data = Vec::new();
        let mut buf = vec![0; step];
        let error = loop {
            match part.read(&mut buf) {
                Ok(0) => break String::new(),
                Ok(count) => data.extend_from_slice(&buf[..count]),
                Err(error) => break format!(" error {}", shown(error.to_string())),
            }
        };
        out.push(format!("[{}] {names} data={}{error}", fields.join(" & "), shown(data)));
    }
    out.join("|")
}

fn form<R: Read>(mut reader: Reader<R>, max_memory: i64) -> String {
    let form = match reader.read_form(max_memory) {
        Ok(form) => form,
        Err(error) => return format!("error {}", shown(error.to_string())),
    };
    let mut out = Vec::new();
    for (name, values) in form.value.iter() {
        out.extend(values.iter().map(|value| format!("value {}={}", shown(name), shown(value))));
    }
    for (name, files) in form.file.iter() {
        for file in files {
            let mut data = Vec::new();
            file.open().unwrap().read_to_end(&mut data).unwrap();
            assert_eq!(data.len() as i64, file.size);
            out.push(format!("file {}={} {} {}", shown(name), shown(&file.filename), file.size, shown(data)));
        }
    }
    out.join("|")
}

#[test]
fn as_go_answers_in_pieces_of_any_size() {
    let mut count = 0;
    for (call, expected) in fixture::lines(GO) {
        let [kind, boundary, message] = call.split('\t').collect::<Vec<_>>()[..] else { panic!("{call}") };
        let (boundary, message) = (meant(boundary), meant(message));
        for (size, step) in [(usize::MAX, 1000), (usize::MAX, 1), (1, 3), (2, 1000), (7, 7)] {
            let reader = reader(&message, &boundary, size);
            let found = match kind {
                "parts" => parts(reader, false, step),
                "raw" => parts(reader, true, step),
                _ => form(reader, kind.trim_start_matches("form").parse().unwrap()),
            };
            assert_eq!(found, expected, "{call} by {size}, {step}");
        }
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_message_cut_anywhere_ends_in_an_answer() {
    let message =
        b"pre\r\n--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1=\r\n--XX\r\nContent-Transfer-Encoding:\
        quoted-printable\r\nContent-Disposition: form-data; name=f;\r\n filename=g\r\n\r\n=41=\r\n\r\n--XX--\r\nafter";
    for end in 0..=message.len() {
        for size in [1, 1000] {
            let by_part = parts(reader(&message[..end], "XX", size), false, 4);
            assert!(by_part.ends_with("end") || by_part.contains("error"), "{by_part}");
            let _ = form(reader(&message[..end], "XX", size), 0);
        }
    }
}

#[test]
fn boundaries_at_the_edge_of_the_buffer() {
    for padding in 4000..4200 {
        let data = "z".repeat(padding);
        let message = format!("--XX\r\nA: 1\r\n\r\n{data}\r\n--XX\r\n\r\n{data}\r\n--X\r\n--XX--\r\n");
        let found = parts(reader(message.as_bytes(), "XX", usize::MAX), false, 10_000);
        assert_eq!(found, format!("[A: 1] name= file= data={data}|[] name= file= data={data}\\r\\n--X|end"));
    }
}

#[test]
fn what_is_not_read_is_passed_over() {
    let message =
        b"--X\r\n\r\nabc\r\n--X\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\x01\r\n--X\r\n\r\nd\r\n--X--";
    let mut reader = new_reader(&message[..], "X");
    let mut first = reader.next_part().unwrap().unwrap();
    first.read_exact(&mut [0; 1]).unwrap();
    reader.next_part().unwrap().unwrap().close();
    let mut data = String::new();
    reader.next_part().unwrap().unwrap().read_to_string(&mut data).unwrap();
    assert_eq!(data, "d");
    assert!(reader.next_part().unwrap().is_none());
}

#[test]
fn a_line_between_parts_is_bounded() {
    let error = new_reader(&[b'z'; 5000][..], "X").next_part().unwrap_err();
    assert_eq!(error.to_string(), "multipart: NextPart: bufio: buffer full");
    let long = "b".repeat(5000);
    let message = format!("--{long}\r\n\r\n");
    assert!(new_reader(message.as_bytes(), long).next_part().is_err());
}

#[test]
fn an_error_of_the_source_keeps_its_name() {
    let message = b"--X\r\n\r\nabc";
    let source = Pieces { rest: message, size: 100, error: Some(MaxBytesError { limit: 3 }.into()) };
    let mut reader = new_reader(source, "X");
    let mut part = reader.next_part().unwrap().unwrap();
    let mut data = Vec::new();
    let error = part.read_to_end(&mut data).unwrap_err();
    assert_eq!((&*data, error.to_string().as_str()), (&b"abc"[..], "http: request body too large"));
    assert!(MaxBytesError::of(&error).is_some());
    assert!(MaxBytesError::of(&part.read(&mut [0]).unwrap_err()).is_some());
    let error = reader.next_part().unwrap_err();
    assert_eq!(error.to_string(), "multipart: NextPart: http: request body too large");
    assert!(MaxBytesError::of(&error).is_some());
}

fn field(name: &str, value: &str) -> String {
    format!("--X\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n")
}

#[track_caller]
fn assert_too_large(message: &str, max_memory: i64) {
    let error = new_reader(message.as_bytes(), "X").read_form(max_memory).unwrap_err();
    assert!(Error::MessageTooLarge.is(&error), "{error}");
}

#[test]
fn parts_are_counted() {
    let parts = field("a", "").repeat(1000);
    let form = new_reader(format!("{parts}--X--").as_bytes(), "X").read_form(0).unwrap();
    assert_eq!(form.value.values("a").len(), 1000);
    assert_too_large(&format!("{parts}{}--X--", field("a", "")), 0);
}

#[test]
fn header_lines_are_counted() {
    let header = |lines: usize| format!("--X\r\n{}\r\n\r\n--X--", "A: 1\r\n".repeat(lines));
    let part = new_reader(header(10_000).as_bytes(), "X").next_part().unwrap().unwrap().header;
    assert_eq!(part.values("A").count(), 10_000);
    let error = new_reader(header(10_001).as_bytes(), "X").next_part().unwrap_err();
    assert!(Error::MessageTooLarge.is(&error), "{error}");
    // Those of a form's files are counted together.
    let file =
        format!("--X\r\nContent-Disposition: form-data; name=f; filename=f\r\n{}\r\n\r\n", "A: 1\r\n".repeat(4999));
    assert!(new_reader(format!("{file}{file}--X--").as_bytes(), "X").read_form(0).is_ok());
    assert_too_large(&format!("{file}{file}--X\r\nA: 1\r\n\r\n\r\n--X--"), 0);
}

#[test]
fn headers_have_a_size() {
    let message = format!("--X\r\nA: {}\r\n\r\n\r\n--X--", "a".repeat(10 << 20));
    let error = new_reader(message.as_bytes(), "X").next_part().unwrap_err();
    assert!(Error::MessageTooLarge.is(&error), "{error}");
    assert_eq!(error.to_string(), "multipart: message too large");
}

#[test]
fn values_have_a_size() {
    let value = "v".repeat((10 << 20) - 300);
    let form = new_reader(format!("{}--X--", field("a", &value)).as_bytes(), "X").read_form(0).unwrap();
    assert_eq!(form.value.get("a").len(), value.len());
    assert_too_large(&format!("{}--X--", field("a", &(value.clone() + &"v".repeat(300)))), 0);
    assert!(
        new_reader(format!("{}{}--X--", field("a", &value), field("a", "")).as_bytes(), "X").read_form(1000).is_ok()
    );
    assert!(new_reader(&b"--X--"[..], "X").read_form(i64::MAX).is_ok());
    assert!(new_reader(&b"--X--"[..], "X").read_form(i64::MIN).is_ok());
}

#[test]
fn large_files_share_a_temporary_file() {
    let file = |name: &str, data: &str| {
        format!("--X\r\nContent-Disposition: form-data; name={name}; filename={name}.txt\r\nA: 1\r\n\r\n{data}\r\n")
    };
    let (one, two) = ("1".repeat(100_000), "2".repeat(5000));
    let message = format!("{}{}{}--X--", file("a", &one), file("s", "small"), file("b", &two));
    let mut form = new_reader(message.as_bytes(), "X").read_form(1000).unwrap();
    let copy = form.clone();
    let mut first = form.file.get("a").unwrap().open().unwrap();
    let mut second = form.file.get("b").unwrap().open().unwrap();
    let mut again = form.file.get("b").unwrap().open().unwrap();
    assert_eq!(form.file.get("b").unwrap().header.get("A"), "1");
    // Each has its own position.
    let mut bytes = [0; 3];
    second.read_exact(&mut bytes).unwrap();
    first.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"111");
    let mut text = String::new();
    second.read_to_string(&mut text).unwrap();
    assert_eq!(text, two[3..]);
    assert_eq!(first.seek(SeekFrom::End(-2)).unwrap(), one.len() as u64 - 2);
    assert_eq!((first.read(&mut bytes).unwrap(), first.read(&mut bytes).unwrap()), (2, 0));
    assert!(first.seek(SeekFrom::Current(-1_000_000)).is_err());
    assert_eq!(first.seek(SeekFrom::Start(1_000_000)).unwrap(), 1_000_000);
    assert_eq!(first.read(&mut bytes).unwrap(), 0);
    assert_eq!((again.read_at(&mut bytes, 4998).unwrap(), again.size()), (2, 5000));

    form.remove_all();
    assert_eq!(form.file.get("a").unwrap().open().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(form.file.get("s").unwrap().open().unwrap().size(), 5);
    assert!(copy.file.get("a").unwrap().open().is_ok());
    again.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"222");
    assert_eq!((copy.file.len(), copy.file.is_empty(), copy.file.values("c").len()), (3, false, 0));
}

#[test]
fn what_is_written_is_as_go_writes_it() {
    let mut writer = new_writer(Vec::new());
    writer.set_boundary("b o=u").unwrap();
    writer.write_field("a\"\\\r\n", "1").unwrap();
    writer.create_form_file("f", "x \"y\".txt").unwrap().write_all(b"data").unwrap();
    writer.create_part(&Header::from([("X-B", "2"), ("X-A", "1"), ("X-B", "3")])).unwrap();
    writer.create_form_field("e").unwrap().write_all(b"").unwrap();
    writer.close().unwrap();
    assert_eq!(writer.form_data_content_type(), "multipart/form-data; boundary=\"b o=u\"");
    let expected = "--b o=u\r\nContent-Disposition: form-data; name=\"a\\\"\\\\%0D%0A\"\r\n\r\n1\r\n\
        --b o=u\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x \\\"y\\\".txt\"\r\n\
        Content-Type: application/octet-stream\r\n\r\ndata\r\n\
        --b o=u\r\nX-A: 1\r\nX-B: 2\r\nX-B: 3\r\n\r\n\r\n\
        --b o=u\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\n\r\n--b o=u--\r\n";
    assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), expected);

    let mut empty = new_writer(Vec::new());
    empty.set_boundary("X").unwrap();
    empty.close().unwrap();
    assert_eq!(empty.into_inner(), b"\r\n--X--\r\n");
}

#[test]
fn boundaries_that_are_refused() {
    let mut writer = new_writer(Vec::new());
    for (boundary, text) in [
        ("", "mime: invalid boundary length"),
        (&*"x".repeat(71), "mime: invalid boundary length"),
        ("a ", "mime: invalid boundary character"),
        ("a\"", "mime: invalid boundary character"),
        ("\u{e9}", "mime: invalid boundary character"),
        ("a\r\n", "mime: invalid boundary character"),
    ] {
        assert_eq!(writer.set_boundary(boundary).unwrap_err().to_string(), text, "{boundary}");
    }
    assert!(writer.set_boundary(&"x".repeat(70)).is_ok());
    assert!(writer.set_boundary("a 'b'()+_,-./:=?").is_ok());
    writer.write_field("a", "b").unwrap();
    assert_eq!(writer.set_boundary("x").unwrap_err().to_string(), "mime: SetBoundary called after write");
}

#[test]
fn random_boundaries_differ() {
    let (one, other) = (new_writer(Vec::new()), new_writer(Vec::new()));
    assert_ne!(one.boundary(), other.boundary());
    assert_eq!(one.boundary().len(), 60);
    assert!(one.boundary().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(one.form_data_content_type(), format!("multipart/form-data; boundary={}", one.boundary()));
}

#[test]
fn what_is_written_can_be_read() {
    let all: Vec<u8> = (0..=255).collect();
    let mut writer = new_writer(Vec::new());
    writer.write_field("all", &all).unwrap();
    writer.create_form_file("f\"", "a b.bin").unwrap().write_all(&all).unwrap();
    writer.close().unwrap();
    let boundary = writer.boundary().to_owned();
    let message = writer.into_inner();
    let form = new_reader(&message[..], boundary).read_form(100).unwrap();
    assert_eq!(form.value.get("all"), &Text::from(&all[..]));
    let header = form.file.get("f\"").unwrap();
    let mut data = Vec::new();
    header.open().unwrap().read_to_end(&mut data).unwrap();
    assert_eq!((&*header.filename, &data), ("a b.bin", &all));
}

#[test]
fn a_failed_write_is_told_again() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            if data.len() > self.0 { Err(io::Error::other("full")) } else { Ok(data.len()) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = new_writer(Full(200));
    assert_eq!(writer.write_field("a", "v".repeat(300)).unwrap_err().to_string(), "full");
    assert_eq!(writer.create_form_field("b").unwrap_err().to_string(), "full");
    assert_eq!(writer.close().unwrap_err().to_string(), "full");
}
