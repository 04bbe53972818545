//! `Recorder`: a writer that keeps an answer.

use std::io::{self, Write};

use nethttp_core::{Header, ResponseWriter, StatusCode};

/// The answer so far.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) status: Option<StatusCode>,
    pub(crate) header: Header,
    pub(crate) body: Vec<u8>,
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.status.get_or_insert(StatusCode::OK);
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ResponseWriter for Recorder {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        self.status.get_or_insert(status);
    }
}
