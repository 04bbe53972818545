//! The media type of a body, guessed from its first bytes.
//!
//! Looks at [`SNIFF_LENGTH`] bytes at most and always has an answer.
//!
//! The WHATWG MIME Sniffing standard in the subset of Go's `http.DetectContentType`.

/// How many bytes are looked at; more change nothing.
pub const SNIFF_LENGTH: usize = 512;

/// The media type of what begins with `data`; `application/octet-stream` when nothing better fits.
///
/// ```
/// use nethttp_grammar::sniff::detect_content_type;
///
/// assert_eq!(detect_content_type(b"<!DOCTYPE html>"), "text/html; charset=utf-8");
/// assert_eq!(detect_content_type(b"\x89PNG\r\n\x1a\n"), "image/png");
/// assert_eq!(detect_content_type(b"\x01"), "application/octet-stream");
/// ```
#[must_use]
pub fn detect_content_type(data: &[u8]) -> &'static str {
    let data = &data[..data.len().min(SNIFF_LENGTH)];
    let text_start = data.iter().position(|&byte| !is_white_space(byte)).unwrap_or(data.len());
    let text = &data[text_start..];
    if is_html(text) {
        "text/html; charset=utf-8"
    } else if text.starts_with(b"<?xml") {
        "text/xml; charset=utf-8"
    } else if let Some(by_magic) = by_magic_number(data) {
        by_magic
    } else if !text.iter().any(|&byte| is_binary(byte)) {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    }
}

/// The type that the very first bytes tell. Where two patterns fit, the earlier is meant.
fn by_magic_number(data: &[u8]) -> Option<&'static str> {
    let media_type = match data {
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [b'%', b'!', b'P', b'S', b'-', b'A', b'd', b'o', b'b', b'e', b'-', ..] => "application/postscript",
        // A byte order mark counts only with something after it.
        [0xfe, 0xff, _, _, ..] => "text/plain; charset=utf-16be",
        [0xff, 0xfe, _, _, ..] => "text/plain; charset=utf-16le",
        [0xef, 0xbb, 0xbf, _, ..] => "text/plain; charset=utf-8",
        [0, 0, 1 | 2, 0, ..] => "image/x-icon",
        [b'B', b'M', ..] => "image/bmp",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, form @ ..] => match form {
            [b'W', b'E', b'B', b'P', b'V', b'P', ..] => "image/webp",
            [b'A', b'V', b'I', b' ', ..] => "video/avi",
            [b'W', b'A', b'V', b'E', ..] => "audio/wave",
            _ => return by_late_magic_number(data),
        },
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F', ..] => "audio/aiff",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        [b'O', b'g', b'g', b'S', 0, ..] => "application/ogg",
        [b'M', b'T', b'h', b'd', 0, 0, 0, 6, ..] => "audio/midi",
        _ if is_mp4(data) => "video/mp4",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/webm",
        _ => return by_late_magic_number(data),
    };
    Some(media_type)
}

/// As [`by_magic_number`], for the types that yield to all of those.
fn by_late_magic_number(data: &[u8]) -> Option<&'static str> {
    let media_type = match data {
        // An embedded font has its mark far in.
        _ if data.get(34..36) == Some(b"LP") => "application/vnd.ms-fontobject",
        [0, 1, 0, 0, ..] => "font/ttf",
        [b'O', b'T', b'T', b'O', ..] => "font/otf",
        [b't', b't', b'c', b'f', ..] => "font/collection",
        [b'w', b'O', b'F', b'F', ..] => "font/woff",
        [b'w', b'O', b'F', b'2', ..] => "font/woff2",
        [0x1f, 0x8b, 8, ..] => "application/x-gzip",
        [b'P', b'K', 3, 4, ..] => "application/zip",
        [b'R', b'a', b'r', b'!', 0x1a, 7, 0, ..] | [b'R', b'a', b'r', b'!', 0x1a, 7, 1, 0, ..] => {
            "application/x-rar-compressed"
        }
        [0, b'a', b's', b'm', ..] => "application/wasm",
        _ => return None,
    };
    Some(media_type)
}

/// Whether `text`, without the white space before it, begins with a tag that is closed or followed by a space.
fn is_html(text: &[u8]) -> bool {
    const TAGS: [&[u8]; 17] = [
        b"!DOCTYPE HTML",
        b"HTML",
        b"HEAD",
        b"SCRIPT",
        b"IFRAME",
        b"H1",
        b"DIV",
        b"FONT",
        b"TABLE",
        b"A",
        b"STYLE",
        b"TITLE",
        b"B",
        b"BODY",
        b"BR",
        b"P",
        b"!--",
    ];
    let [b'<', rest @ ..] = text else {
        return false;
    };
    TAGS.iter().any(|tag| {
        rest.split_at_checked(tag.len())
            .is_some_and(|(name, after)| name.eq_ignore_ascii_case(tag) && matches!(after, [b' ' | b'>', ..]))
    })
}

/// Whether `data` is a file type box of ISO media, all of it there, that names a brand of MP4.
fn is_mp4(data: &[u8]) -> bool {
    let Some((size, rest)) = data.split_first_chunk::<4>() else {
        return false;
    };
    let size = u32::from_be_bytes(*size) as usize;
    if data.len() < 12 || data.len() < size || !size.is_multiple_of(4) || !rest.starts_with(b"ftyp") {
        return false;
    }
    // Brands of four bytes each; the second word is a version.
    data[..size].chunks_exact(4).enumerate().any(|(word, brand)| word >= 2 && word != 3 && brand.starts_with(b"mp4"))
}

const fn is_white_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// Whether `byte` never occurs in text.
const fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "text/plain; charset=utf-8";
    const HTML: &str = "text/html; charset=utf-8";
    const BINARY: &str = "application/octet-stream";

    #[track_caller]
    fn check(data: &[u8], expected: &str) {
        assert_eq!(detect_content_type(data), expected, "{data:?}");
    }

    #[test]
    fn text() {
        check(b"", PLAIN);
        check(b"a\tb\r\n\x0c\x1b", PLAIN);
        check(b"\xa0\xff", PLAIN);
        check(b"a\x0b", BINARY);
        check(b"\n \0", BINARY);
        check(b"\xfe\xff", PLAIN);
        check(b"\xfe\xffab", "text/plain; charset=utf-16be");
        check(b"\xef\xbb\xbf<html>", PLAIN);
    }

    #[test]
    fn markup() {
        check(b" \n<hTmL>", HTML);
        check(b"<html", PLAIN);
        check(b"<html\n>", PLAIN);
        check(b"<b >", HTML);
        check(b"<br/>", PLAIN);
        check(b"<!-- ", HTML);
        check(b"<!--x", PLAIN);
        check(b"\t<?xml", "text/xml; charset=utf-8");
        check(b"<?XML ", PLAIN);
    }

    #[test]
    fn only_the_first_bytes_count() {
        let mut data = vec![b'a'; SNIFF_LENGTH];
        data.push(0);
        check(&data, PLAIN);
        data[SNIFF_LENGTH - 1] = 0;
        check(&data, BINARY);
        let mut spaces = vec![b' '; SNIFF_LENGTH - 5];
        spaces.extend_from_slice(b"<html>");
        check(&spaces, PLAIN);
    }

    #[test]
    fn boxes() {
        check(b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "video/mp4");
        check(b"\0\0\0\x10ftypisommp42", BINARY);
        check(b"\0\0\0\x10ftypmp42\0\0\0\0", "video/mp4");
        check(b"\0\0\0\x11ftypmp42\0\0\0\0x", BINARY);
        check(b"\0\0\0\x14ftypmp42\0\0\0\0", BINARY);
        check(b"\0\0\0\0ftypmp42\0\0\0\0", BINARY);
        check(b"\0\0\0\x04ftypmp42\0\0\0\0", BINARY);
        check(b"\0\0\0\x0cftypmp4", BINARY);
    }

    #[test]
    fn a_family_with_an_unknown_member_goes_on() {
        let mut data = b"RIFF....WEB".to_vec();
        check(&data, PLAIN);
        data.resize(34, b'x');
        data.extend_from_slice(b"LP");
        check(&data, "application/vnd.ms-fontobject");
    }
}
