//! Forms: the parameters of a request's query and body, its files, its parts. Go's `Request.ParseForm` and those around
//! it.
//!
//! What a client can make the program hold is bounded: a body of parameters by 10 MiB (or by
//! [`max_bytes_reader`](crate::max_bytes_reader)), a query by 10,000 parameters, a multipart form as
//! [`multipart::Reader::read_form`] says.

use std::io::{self, ErrorKind, Read};

use http::Method;
use nethttp_grammar::media_type::{self, MediaTypeError};

use crate::mime::io_error;
use crate::multipart::{self, FileHeader};
use crate::{Body, Error, Request, Text};

/// What of a request has been parsed. Tells "nothing there" from "not looked yet", which in Go `nil` does.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    form: bool,
    post_form: bool,
    multipart: Multipart,
}

/// Who took the body of a multipart request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Multipart {
    #[default]
    Untouched,
    /// [`Request::multipart_reader`], which gives it away once.
    Reader,
}

/// How long a body of parameters may be, unless somebody limited it before.
const MAX_BODY: u64 = 10 << 20;

/// How much of a form's files stays in memory where the caller did not say.
const DEFAULT_MAX_MEMORY: i64 = 32 << 20;

impl Request {
    /// Parses the query, and the body of a `POST`, `PUT` or `PATCH` that is a form, into [`form`](Self::form) and (body
    /// only) [`post_form`](Self::post_form). In `form` the values of the body come before those of the query.
    ///
    /// Does it once; a form set by hand is left alone. A body longer than 10 MiB is refused, unless it was limited with
    /// [`max_bytes_reader`](crate::max_bytes_reader). Go's `Request.ParseForm`.
    ///
    /// # Errors
    ///
    /// The first that is met, in Go's words; what could be parsed is there all the same.
    ///
    /// ```
    /// use nethttp_core::{Body, Method, Request};
    ///
    /// let mut request = Request::new();
    /// request.method = Method::POST;
    /// request.url = nethttp_core::url::parse("/?a=1&b=2").unwrap();
    /// request.header.set("Content-Type", "application/x-www-form-urlencoded");
    /// request.body = Body::from("a=3");
    /// request.parse_form()?;
    /// assert_eq!(request.form.values("a"), ["3", "1"]);
    /// assert_eq!(request.post_form.encode(), "a=3");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn parse_form(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        if !self.has_post_form() {
            self.form_state.post_form = true;
            if matches!(self.method, Method::POST | Method::PUT | Method::PATCH) {
                result = self.parse_post_form();
            }
        }
        if !self.has_form() {
            self.form_state.form = true;
            self.form.append(&self.post_form);
            if let Some(error) = self.form.add_query(self.url.raw_query.as_bytes()) {
                result = result.and(Err(io::Error::new(ErrorKind::InvalidData, error)));
            }
        }
        result
    }

    /// The first value of `key` in query or body; the body's first. Empty when there is none. Go's `Request.FormValue`.
    ///
    /// Parses the form where that was not done yet, and passes over errors;
    /// [`parse_form`](Self::parse_form) and [`parse_multipart_form`](Self::parse_multipart_form) tell them.
    ///
    /// ```
    /// use nethttp_core::{Request, ResponseWriter, fprintf};
    ///
    /// fn search(w: &mut dyn ResponseWriter, r: &mut Request) {
    ///     fprintf!(w, "you search for {}\n", r.form_value("q"));
    /// }
    /// ```
    #[must_use]
    pub fn form_value(&mut self, key: &str) -> Text {
        if !self.has_form() {
            let _ = self.parse_multipart_form(DEFAULT_MAX_MEMORY);
        }
        self.form.get(key).clone()
    }

    /// As [`form_value`](Self::form_value), of the body alone. Go's `Request.PostFormValue`.
    #[must_use]
    pub fn post_form_value(&mut self, key: &str) -> Text {
        if !self.has_post_form() {
            let _ = self.parse_multipart_form(DEFAULT_MAX_MEMORY);
        }
        self.post_form.get(key).clone()
    }

    /// Parses a `multipart/form-data` body into [`multipart_form`](Self::multipart_form), and does what
    /// [`parse_form`](Self::parse_form) does. Its values are added to both forms, in `form` behind those of the query.
    ///
    /// `max_memory` bytes of the files are kept in memory, the rest goes to a temporary file that vanishes with the
    /// request. Does it once. Go's `Request.ParseMultipartForm`.
    ///
    /// # Errors
    ///
    /// [`Error::NotMultipart`], [`Error::MissingBoundary`], those of [`multipart::Reader::read_form`], and at last those
    /// of [`parse_form`](Self::parse_form).
    pub fn parse_multipart_form(&mut self, max_memory: i64) -> io::Result<()> {
        self.refuse_after_reader()?;
        let parsed = if self.has_form() { Ok(()) } else { self.parse_form() };
        if self.multipart_form.is_some() {
            return Ok(());
        }
        let form = self.reader_of(&["multipart/form-data"])?.read_form(max_memory)?;
        self.form.append(&form.value);
        self.post_form.append(&form.value);
        self.form_state.post_form = true;
        self.multipart_form = Some(form);
        parsed
    }

    /// The first file of the form field `name`: its contents, and what the client said of it. Go's `Request.FormFile`.
    ///
    /// Parses the form where that was not done yet, with 32 MiB of files kept in memory.
    ///
    /// # Errors
    ///
    /// Those of [`parse_multipart_form`](Self::parse_multipart_form), and [`Error::MissingFile`].
    ///
    /// ```
    /// use nethttp_core::{Request, ResponseWriter, io};
    ///
    /// fn upload(w: &mut dyn ResponseWriter, r: &mut Request) -> std::io::Result<()> {
    ///     let (mut file, header) = r.form_file("photo")?;
    ///     nethttp_core::fprintf!(w, "{} bytes\n", header.size);
    ///     let (_data, _err) = io::read_all(&mut file);
    ///     Ok(())
    /// }
    /// ```
    pub fn form_file(&mut self, name: &str) -> io::Result<(multipart::File, FileHeader)> {
        self.refuse_after_reader()?;
        if self.multipart_form.is_none() {
            self.parse_multipart_form(DEFAULT_MAX_MEMORY)?;
        }
        let found = self.multipart_form.as_ref().and_then(|form| form.file.get(name));
        let header = found.ok_or(Error::MissingFile)?;
        Ok((header.open()?, header.clone()))
    }

    /// The body as a stream of parts, for `multipart/form-data` and `multipart/mixed`; may be had once, and instead of
    /// [`parse_multipart_form`](Self::parse_multipart_form). Go's `Request.MultipartReader`.
    ///
    /// # Errors
    ///
    /// [`Error::NotMultipart`], [`Error::MissingBoundary`], and where the body was given to somebody else before.
    ///
    /// ```
    /// use nethttp_core::{Request, ResponseWriter, fprintf};
    ///
    /// fn names(w: &mut dyn ResponseWriter, r: &mut Request) -> std::io::Result<()> {
    ///     let mut reader = r.multipart_reader()?;
    ///     while let Some(part) = reader.next_part()? {
    ///         fprintf!(w, "{}\n", part.form_name());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn multipart_reader(&mut self) -> io::Result<multipart::Reader<Body>> {
        if self.form_state.multipart == Multipart::Reader {
            return Err(io::Error::other("http: MultipartReader called twice"));
        }
        if self.multipart_form.is_some() {
            return Err(io::Error::other("http: multipart handled by ParseMultipartForm"));
        }
        self.form_state.multipart = Multipart::Reader;
        self.reader_of(&["multipart/form-data", "multipart/mixed"])
    }

    fn has_form(&self) -> bool {
        self.form_state.form || !self.form.is_empty()
    }

    fn has_post_form(&self) -> bool {
        self.form_state.post_form || !self.post_form.is_empty()
    }

    fn refuse_after_reader(&self) -> io::Result<()> {
        match self.form_state.multipart {
            Multipart::Untouched => Ok(()),
            Multipart::Reader => Err(io::Error::other("http: multipart handled by MultipartReader")),
        }
    }

    fn reader_of(&self, accepted: &[&str]) -> io::Result<multipart::Reader<Body>> {
        let kind = media_type::parse(self.header.get("Content-Type").as_bytes());
        let kind = kind.ok().filter(|kind| accepted.contains(&kind.essence.as_str())).ok_or(Error::NotMultipart)?;
        let boundary = kind.parameters.get("boundary").ok_or(Error::MissingBoundary)?;
        Ok(multipart::new_reader(self.body.clone(), boundary))
    }

    /// Reads the body into `post_form`, if it is a form.
    fn parse_post_form(&mut self) -> io::Result<()> {
        // A type whose parameters are bad is a type still, and its body is read before the error is told.
        let (essence, checked) = match media_type::parse(self.header.get("Content-Type").as_bytes()) {
            Ok(kind) => (kind.essence, Ok(())),
            Err(error) => match &error {
                MediaTypeError::InvalidParameter { essence } => (essence.clone(), Err(io_error(error))),
                MediaTypeError::Missing if self.header.get("Content-Type").is_empty() => return Ok(()),
                _ => return Err(io_error(error)),
            },
        };
        if essence != "application/x-www-form-urlencoded" {
            return checked;
        }
        let read = self.read_parameters();
        let parsed = read.and_then(|body| match self.post_form.add_query(&body) {
            Some(error) => Err(io::Error::new(ErrorKind::InvalidData, error)),
            None => Ok(()),
        });
        checked.and(parsed)
    }

    fn read_parameters(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.body.is_limited() {
            self.body.read_to_end(&mut body)?;
            return Ok(body);
        }
        Read::take(&mut self.body, MAX_BODY + 1).read_to_end(&mut body)?;
        if body.len() as u64 > MAX_BODY {
            return Err(io::Error::new(ErrorKind::InvalidData, "http: POST too large"));
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests;
