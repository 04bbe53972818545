//! Multipart messages.

use std::io::{Read, Seek, SeekFrom, Write};

use nethttp as http;

use http::multipart;

use crate::given::MULTIPART;

/// A reader of the message.
fn reader() -> multipart::Reader<&'static [u8]> {
    multipart::new_reader(MULTIPART, "X")
}

/// The message as a form.
fn form() -> multipart::Form {
    reader().read_form(1 << 20).expect("a form")
}

/// The file of the message.
fn header() -> multipart::FileHeader {
    form().file.get("f").expect("a file").clone()
}

/// What is written by `write` into a message with the boundary `X`.
fn written(write: impl FnOnce(&mut multipart::Writer<Vec<u8>>)) -> String {
    let mut writer = multipart::new_writer(Vec::new());
    writer.set_boundary("X").expect("a boundary");
    write(&mut writer);
    writer.close().expect("an end");
    String::from_utf8(writer.into_inner()).expect("text")
}

rows! {
    "multipart.Reader" => "multipart::Reader" {
        let mut reader: multipart::Reader<&[u8]> = reader();
        assert!(reader.next_part().unwrap().is_some());
    }
    "multipart.NewReader" => "multipart::new_reader(source, boundary)" {
        let (source, boundary) = (&b"--X--\r\n"[..], "X");
        assert!(multipart::new_reader(source, boundary).next_part().unwrap().is_none());
    }
    "multipart.Reader.NextPart" => "reader.next_part()" {
        let mut reader = reader();
        assert_eq!(reader.next_part().unwrap().unwrap().form_name(), "a");
        assert_eq!(reader.next_part().unwrap().unwrap().form_name(), "f");
        assert!(reader.next_part().unwrap().is_none());
    }
    "multipart.Reader.NextRawPart" => "reader.next_raw_part()" {
        let message = b"--X\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=20b\r\n--X--\r\n";
        let mut reader = multipart::new_reader(&message[..], "X");
        let mut part = reader.next_raw_part().unwrap().unwrap();
        assert_eq!(http::io::read_all(&mut part).0, b"a=20b");
    }
    "multipart.Reader.ReadForm" => "reader.read_form(max_memory)" {
        let max_memory = 0;
        let mut reader = reader();
        let form = reader.read_form(max_memory).unwrap();
        assert_eq!((form.value.len(), form.file.len()), (1, 1));
    }
    "multipart.Part" => "multipart::Part" {
        let mut reader = reader();
        let part: multipart::Part<'_, _> = reader.next_part().unwrap().unwrap();
        assert_eq!(part.form_name(), "a");
    }
    "multipart.Part.Header" => "part.header" {
        let mut reader = reader();
        let part = reader.next_part().unwrap().unwrap();
        assert_eq!(part.header.get("Content-Disposition"), "form-data; name=\"a\"");
    }
    "multipart.Part.FormName" => "part.form_name()" {
        let mut reader = reader();
        let part = reader.next_part().unwrap().unwrap();
        assert_eq!(part.form_name(), "a");
    }
    "multipart.Part.FileName" => "part.file_name()" {
        let mut reader = reader();
        assert_eq!(reader.next_part().unwrap().unwrap().file_name(), "");
        let part = reader.next_part().unwrap().unwrap();
        assert_eq!(part.file_name(), "f.txt");
    }
    "multipart.Part.Read" => "part.read(&mut buf)" {
        let mut reader = reader();
        let mut part = reader.next_part().unwrap().unwrap();
        let mut buf = [0; 8];
        assert_eq!((part.read(&mut buf).unwrap(), buf[0]), (1, b'1'));
    }
    "multipart.Part.Close" => "part.close()" {
        let mut reader = reader();
        let part = reader.next_part().unwrap().unwrap();
        part.close();
        assert_eq!(reader.next_part().unwrap().unwrap().file_name(), "f.txt");
    }
    "multipart.Form" => "multipart::Form" {
        let form: multipart::Form = multipart::Form::default();
        assert!(form.value.is_empty() && form.file.is_empty());
    }
    "multipart.Form.Value" => "form.value" {
        let form = form();
        assert_eq!(form.value.get("a"), "1");
    }
    "multipart.Form.File" => "form.file" {
        let form = form();
        assert_eq!(form.file.values("f").len(), 1);
    }
    "multipart.Form.RemoveAll" => "form.remove_all()" {
        let mut form = reader().read_form(0).unwrap();
        form.remove_all();
        let error = form.file.get("f").unwrap().open().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
    "multipart.FileHeader" => "multipart::FileHeader" {
        let header: multipart::FileHeader = header();
        assert_eq!(header.size, 4);
    }
    "multipart.FileHeader.Filename" => "header.filename" {
        let header = header();
        assert_eq!(header.filename, "f.txt");
    }
    "multipart.FileHeader.Header" => "header.header" {
        let header = header();
        assert_eq!(header.header.get("Content-Type"), "text/plain");
    }
    "multipart.FileHeader.Size" => "header.size" {
        let header = header();
        assert_eq!(header.size, 4);
    }
    "multipart.FileHeader.Open" => "header.open()" {
        let header = header();
        let mut file = header.open().unwrap();
        assert_eq!(http::io::read_all(&mut file).0, b"file");
    }
    "multipart.File" => "multipart::File" {
        let mut file: multipart::File = header().open().unwrap();
        file.seek(SeekFrom::Start(2)).unwrap();
        assert_eq!(http::io::read_all(&mut file).0, b"le");
    }
    "multipart.Writer" => "multipart::Writer" {
        let mut writer: multipart::Writer<Vec<u8>> = multipart::new_writer(Vec::new());
        writer.close().unwrap();
        assert!(writer.into_inner().ends_with(b"--\r\n"));
    }
    "multipart.NewWriter" => "multipart::new_writer(target)" {
        let target = Vec::new();
        assert_eq!(multipart::new_writer(target).boundary().len(), 60);
    }
    "multipart.Writer.Boundary" => "writer.boundary()" {
        let writer = multipart::new_writer(Vec::new());
        assert!(writer.form_data_content_type().ends_with(writer.boundary()));
    }
    "multipart.Writer.SetBoundary" => "writer.set_boundary(boundary)" {
        let boundary = "mine";
        let mut writer = multipart::new_writer(Vec::new());
        writer.set_boundary(boundary).unwrap();
        assert_eq!(writer.boundary(), "mine");
        assert_eq!(writer.set_boundary("").unwrap_err().to_string(), "mime: invalid boundary length");
    }
    "multipart.Writer.CreatePart" => "writer.create_part(&header)" {
        let message = written(|writer| {
            let header = http::Header::from([("X-A", "1")]);
            writer.create_part(&header).unwrap().write_all(b"data").unwrap();
        });
        assert_eq!(message, "--X\r\nX-A: 1\r\n\r\ndata\r\n--X--\r\n");
    }
    "multipart.Writer.CreateFormField" => "writer.create_form_field(name)" {
        let message = written(|writer| {
            let name = "a";
            writer.create_form_field(name).unwrap().write_all(b"1").unwrap();
        });
        assert_eq!(message, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n");
    }
    "multipart.Writer.CreateFormFile" => "writer.create_form_file(name, filename)" {
        let message = written(|writer| {
            let (name, filename) = ("f", "f.txt");
            writer.create_form_file(name, filename).unwrap().write_all(b"1").unwrap();
        });
        let header = "name=\"f\"; filename=\"f.txt\"\r\nContent-Type: application/octet-stream\r\n";
        assert!(message.contains(header), "{message}");
    }
    "multipart.Writer.WriteField" => "writer.write_field(name, value)" {
        let message = written(|writer| {
            let (name, value) = ("a", "1");
            writer.write_field(name, value).unwrap();
        });
        assert_eq!(message, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n");
    }
    "multipart.Writer.FormDataContentType" => "writer.form_data_content_type()" {
        written(|writer| assert_eq!(writer.form_data_content_type(), "multipart/form-data; boundary=X"));
    }
    "multipart.Writer.Close" => "writer.close()" {
        let mut writer = multipart::new_writer(Vec::new());
        writer.set_boundary("X").unwrap();
        writer.close().unwrap();
        assert_eq!(writer.into_inner(), b"\r\n--X--\r\n");
    }
    "multipart.FileContentDisposition" => "multipart::file_content_disposition(name, filename)" {
        let (name, filename) = ("f", "a\"b");
        let value = multipart::file_content_disposition(name, filename);
        assert_eq!(value, "form-data; name=\"f\"; filename=\"a\\\"b\"");
    }
    "multipart.ErrMessageTooLarge" => "multipart::ERR_MESSAGE_TOO_LARGE" {
        let mut message = b"--X\r\n".to_vec();
        for _ in 0..10_001 {
            message.extend_from_slice(b"A: b\r\n");
        }
        let mut reader = multipart::new_reader(&message[..], "X");
        let error = reader.next_part().err().unwrap();
        assert!(multipart::ERR_MESSAGE_TOO_LARGE.is(&error), "{error}");
    }
}
