//! `fprintf!` and `fprintln!`: Go's `fmt.Fprintf` and `fmt.Fprintln` onto a writer.
//!
//! The text is formatted first and written with one call, so that a chunked response has the chunks that Go's would have
//! (`write!` calls the writer once for each piece). Errors are dropped, as Go code drops them: a client that has gone is
//! no fault of the handler.
//!
//! A [`Text`](crate::Text) argument puts out its exact bytes. `std::fmt` passes only `str`, so such a text announces
//! itself by handing the sink one particular static string, known by its address, and leaves its bytes beside it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Write;

/// Formats like `format!` and writes the result with one `write_all`, ignoring errors: Go's `fmt.Fprintf(w, …)`.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, fprintf};
///
/// fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
///     fprintf!(w, "hello, {}\n", r.path_value("name"));
/// }
/// ```
#[macro_export]
macro_rules! fprintf {
    ($writer:expr, $($format:tt)+) => {
        $crate::print::write_formatted(&mut *$writer, ::core::format_args!($($format)+))
    };
}

/// As [`fprintf!`](crate::fprintf) with a line feed at the end.
///
/// ```
/// let mut out = Vec::new();
/// nethttp_core::fprintln!(&mut out, "{} and {}", 1, 2);
/// nethttp_core::fprintln!(&mut out);
/// assert_eq!(out, b"1 and 2\n\n");
/// ```
#[macro_export]
macro_rules! fprintln {
    ($writer:expr $(,)?) => { $crate::fprintf!($writer, "\n") };
    ($writer:expr, $format:literal $($rest:tt)*) => {
        $crate::fprintf!($writer, "{}\n", ::core::format_args!($format $($rest)*))
    };
}

/// The function behind [`fprintf!`](crate::fprintf).
#[doc(hidden)]
pub fn write_formatted<W: Write + ?Sized>(writer: &mut W, args: fmt::Arguments<'_>) {
    if let Some(text) = args.as_str() {
        let _ = writer.write_all(text.as_bytes());
        return;
    }
    // A `Display` that prints in its turn finds an empty buffer here and leaves its own, which is dropped: correct either way.
    let mut sink = Sink(SPARE.take());
    let outer = EXACT.replace(true);
    let _ = fmt::write(&mut sink, args);
    EXACT.set(outer);
    let _ = writer.write_all(&sink.0);
    if sink.0.capacity() <= SPARE_LIMIT {
        sink.0.clear();
        SPARE.set(sink.0);
    }
}

/// What `Display` of an invalid text does: exact bytes into our sink, the reading with U+FFFD into any other.
pub(crate) fn write_exact(f: &mut fmt::Formatter<'_>, bytes: &[u8], lossy: &str) -> fmt::Result {
    if !EXACT.get() {
        return f.write_str(lossy);
    }
    BESIDE.with_borrow_mut(|beside| {
        beside.clear();
        beside.extend_from_slice(bytes);
    });
    f.write_str(&MARK[..0])?;
    // Still there: the formatter led elsewhere (a `format!` inside an argument), where only text can go.
    let missed = BESIDE.with_borrow_mut(|beside| !std::mem::take(beside).is_empty());
    if missed { f.write_str(lossy) } else { Ok(()) }
}

struct Sink(Vec<u8>);

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_empty() && std::ptr::eq(text.as_ptr(), MARK.as_ptr()) {
            BESIDE.with_borrow_mut(|beside| {
                self.0.extend_from_slice(beside);
                beside.clear();
            });
        } else {
            self.0.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

/// An empty slice of it is known by its address; any other sink adds nothing for an empty slice.
static MARK: &str = "\u{2060}";

const SPARE_LIMIT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static EXACT: Cell<bool> = const { Cell::new(false) };
    static BESIDE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests {
    use crate::Text;

    #[test]
    fn exact_bytes_reach_the_writer() {
        let odd = Text::from(&b"\xff\xfe"[..]);
        let mut out = Vec::new();
        fprintf!(&mut out, "[{}]{}|{}", odd, "\u{2060}", odd);
        assert_eq!(out, b"[\xff\xfe]\xe2\x81\xa0|\xff\xfe");
    }

    #[test]
    fn one_write_for_one_call() {
        struct Count(usize);
        impl std::io::Write for Count {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += 1;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut count = Count(0);
        fprintf!(&mut count, "{} {} {}", 1, 2, 3);
        fprintf!(&mut count, "plain");
        assert_eq!(count.0, 2);
    }

    #[test]
    fn a_display_that_prints_by_itself() {
        struct Nested;
        impl std::fmt::Display for Nested {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut inner = Vec::new();
                fprintf!(&mut inner, "in{}", 1);
                f.write_str(std::str::from_utf8(&inner).unwrap())
            }
        }
        let mut out = Vec::new();
        fprintf!(&mut out, "{}-{}", Nested, 2);
        assert_eq!(out, b"in1-2");
    }

    #[test]
    fn a_text_formatted_inside_an_argument_reads_lossily() {
        struct Inside(Text);
        impl std::fmt::Display for Inside {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&format!("<{}>", self.0))
            }
        }
        let mut out = Vec::new();
        fprintf!(&mut out, "{}", Inside(Text::from(&b"\xff"[..])));
        assert_eq!(String::from_utf8(out).unwrap(), "<\u{fffd}>");
    }
}
