//! Which media types are worth compressing.

/// Whether content of this type usually shrinks: texts, and what is text under another name; no images, archives, audio,
/// video or packed fonts. The rule of [`GzipOptions`](crate::GzipOptions) unless another is set.
///
/// `media_type` is `type/subtype` in small letters, without parameters.
///
/// ```
/// use nethttp_gzip::is_compressible;
///
/// assert!(is_compressible("text/html"));
/// assert!(is_compressible("application/problem+json"));
/// assert!(!is_compressible("image/png"));
/// ```
// pitfall B15
#[must_use]
pub fn is_compressible(media_type: &str) -> bool {
    let Some((kind, subtype)) = media_type.split_once('/') else {
        return false;
    };
    let suffix = subtype.rsplit_once('+').map_or("", |(_, suffix)| suffix);
    if matches!(suffix, "json" | "xml" | "text" | "yaml") {
        return true;
    }
    match kind {
        "text" => true,
        "application" => matches!(
            subtype,
            "atom"
                | "ecmascript"
                | "graphql"
                | "javascript"
                | "json"
                | "jsonl"
                | "ndjson"
                | "postscript"
                | "rtf"
                | "sql"
                | "toml"
                | "vnd.ms-fontobject"
                | "wasm"
                | "x-font-opentype"
                | "x-font-ttf"
                | "x-javascript"
                | "x-ndjson"
                | "x-sh"
                | "x-www-form-urlencoded"
                | "x-yaml"
                | "xml"
                | "xml-dtd"
                | "yaml"
        ),
        "font" => matches!(subtype, "collection" | "otf" | "sfnt" | "ttf"),
        "image" => matches!(subtype, "bmp" | "vnd.microsoft.icon" | "x-icon" | "x-ms-bmp"),
        _ => false,
    }
}

/// `type/subtype` of a `Content-Type`, in small letters; `None` for what is none, or too long to be one.
// pitfall B3: types are compared without case.
pub(crate) fn essence<'b>(content_type: &[u8], buf: &'b mut [u8; 128]) -> Option<&'b str> {
    let end = content_type.iter().position(|&byte| byte == b';').unwrap_or(content_type.len());
    let essence = content_type[..end].trim_ascii();
    let buf = buf.get_mut(..essence.len())?;
    buf.copy_from_slice(essence);
    buf.make_ascii_lowercase();
    str::from_utf8(buf).ok().filter(|essence| essence.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("TEXT/HTML", true),
            (" text/event-stream ", true),
            ("application/json", true),
            ("application/LD+JSON;x=y", true),
            ("image/svg+xml", true),
            ("application/wasm", true),
            ("font/ttf", true),
            ("font/woff2", false),
            ("image/png", false),
            ("image/jpeg", false),
            ("video/mp4", false),
            ("application/zip", false),
            ("application/x-gzip", false),
            ("application/pdf", false),
            ("application/octet-stream", false),
            ("texthtml", false),
            ("", false),
            ("text", false),
        ] {
            let is_worth_it = essence(content_type.as_bytes(), &mut [0; 128]).is_some_and(is_compressible);
            assert_eq!(is_worth_it, expected, "{content_type}");
        }
        assert_eq!(essence(b"text/\xff", &mut [0; 128]), None);
        assert_eq!(essence(&[b'/'; 129], &mut [0; 128]), None);
    }
}
