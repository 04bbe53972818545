//! A header as bytes of the wire: Go's `Header.Write` and `Header.WriteSubset`, for messages outside of a server.

use std::io::{self, Write};

use nethttp_grammar::token;

use super::Header;

impl Header {
    /// Writes the fields, each on a line of its own, in the order in which Go writes them. A name that is no token is left
    /// out; line ends in a value become spaces. Go's `Header.Write`.
    ///
    /// # Errors
    ///
    /// Of the writer.
    ///
    /// ```
    /// use nethttp_core::Header;
    ///
    /// let header = Header::from([("X-B", "2"), ("X-A", " 1\n1 ")]);
    /// let mut out = Vec::new();
    /// header.write(&mut out)?;
    /// assert_eq!(out, b"X-A: 1 1\r\nX-B: 2\r\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write<W: Write + ?Sized>(&self, w: &mut W) -> io::Result<()> {
        self.write_subset(w, &[])
    }

    /// As [`write`](Self::write), without the names in `exclude`, which are compared as they are spelled. Go's
    /// `Header.WriteSubset`.
    ///
    /// # Errors
    ///
    /// Of the writer.
    ///
    /// ```
    /// use nethttp_core::Header;
    ///
    /// let header = Header::from([("X-A", "1"), ("X-B", "2")]);
    /// let mut out = Vec::new();
    /// header.write_subset(&mut out, &["X-A", "x-b"])?;
    /// assert_eq!(out, b"X-B: 2\r\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_subset<W: Write + ?Sized>(&self, w: &mut W, exclude: &[&str]) -> io::Result<()> {
        let mut line = Vec::new();
        for (name, value) in self.iter().filter(|(name, _)| !exclude.contains(name)) {
            if token::is_token(name.as_bytes()) {
                let spaced = |&byte: &u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
                let value: Vec<u8> = value.as_bytes().iter().map(spaced).collect();
                line.clear();
                for part in [name.as_bytes(), b": ", token::trim_space(&value), b"\r\n"] {
                    line.extend_from_slice(part);
                }
                w.write_all(&line)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_field_is_left_out() {
        let mut header = Header::from([("X-A", "\r\nb: c\r\n"), ("Bytes", "")]);
        header.append_raw("no token", "x");
        header.append_raw("lower", "y");
        header.set("Bytes", b"\xff");
        header.suppress("Date");
        let mut out = Vec::new();
        header.write(&mut out).unwrap();
        assert_eq!(out, b"Bytes: \xff\r\nX-A: b: c\r\nlower: y\r\n");
    }
}
