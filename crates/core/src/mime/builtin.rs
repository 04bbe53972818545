//! The table of extensions that is there from the start. Go's `mime.TypeByExtension`.
//!
//! Types for which the `mime` crate has a constant that reads as Go's type does are taken from there.

use ::mime::Mime;

/// A type of the `mime` crate, or one that it does not have.
pub(super) enum Known {
    Constant(Mime),
    Text(&'static str),
}

impl Known {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Constant(mime) => mime.as_ref(),
            Self::Text(text) => text,
        }
    }
}

use Known::{Constant, Text};

const HTML: Known = Constant(::mime::TEXT_HTML_UTF_8);
const JAVASCRIPT: Known = Text("text/javascript; charset=utf-8");
const JPEG: Known = Constant(::mime::IMAGE_JPEG);
const OCTETS: Known = Constant(::mime::APPLICATION_OCTET_STREAM);
const OGG: Known = Text("audio/ogg");
const PLAIN: Known = Constant(::mime::TEXT_PLAIN_UTF_8);
const POSTSCRIPT: Known = Text("application/postscript");
const TIFF: Known = Text("image/tiff");
const XHTML: Known = Text("application/xhtml+xml");
const XML: Known = Text("text/xml; charset=utf-8");

/// Extensions in small letters, sorted, each with its type.
pub(super) static BUILTIN: [(&str, Known); 65] = [
    (".ai", POSTSCRIPT),
    (".apk", Text("application/vnd.android.package-archive")),
    (".apng", Text("image/apng")),
    (".avif", Text("image/avif")),
    (".bin", OCTETS),
    (".bmp", Constant(::mime::IMAGE_BMP)),
    (".com", OCTETS),
    (".css", Constant(::mime::TEXT_CSS_UTF_8)),
    (".csv", Constant(::mime::TEXT_CSV_UTF_8)),
    (".doc", Text("application/msword")),
    (".docx", Text("application/vnd.openxmlformats-officedocument.wordprocessingml.document")),
    (".ehtml", HTML),
    (".eml", Text("message/rfc822")),
    (".eps", POSTSCRIPT),
    (".exe", OCTETS),
    (".flac", Text("audio/flac")),
    (".gif", Constant(::mime::IMAGE_GIF)),
    (".gz", Text("application/gzip")),
    (".htm", HTML),
    (".html", HTML),
    (".ico", Text("image/vnd.microsoft.icon")),
    (".ics", Text("text/calendar; charset=utf-8")),
    (".jfif", JPEG),
    (".jpeg", JPEG),
    (".jpg", JPEG),
    (".js", JAVASCRIPT),
    (".json", Constant(::mime::APPLICATION_JSON)),
    (".m4a", Text("audio/mp4")),
    (".mjs", JAVASCRIPT),
    (".mp3", Text("audio/mpeg")),
    (".mp4", Text("video/mp4")),
    (".oga", OGG),
    (".ogg", OGG),
    (".ogv", Text("video/ogg")),
    (".opus", OGG),
    (".pdf", Constant(::mime::APPLICATION_PDF)),
    (".pjp", JPEG),
    (".pjpeg", JPEG),
    (".png", Constant(::mime::IMAGE_PNG)),
    (".ppt", Text("application/vnd.ms-powerpoint")),
    (".pptx", Text("application/vnd.openxmlformats-officedocument.presentationml.presentation")),
    (".ps", POSTSCRIPT),
    (".rdf", Text("application/rdf+xml")),
    (".rtf", Text("application/rtf")),
    (".shtml", HTML),
    (".svg", Constant(::mime::IMAGE_SVG)),
    (".text", PLAIN),
    (".tif", TIFF),
    (".tiff", TIFF),
    (".txt", PLAIN),
    (".vtt", Text("text/vtt; charset=utf-8")),
    (".wasm", Text("application/wasm")),
    (".wav", Text("audio/wav")),
    (".weba", Text("audio/webm")),
    (".webm", Text("video/webm")),
    (".webp", Text("image/webp")),
    (".xbl", XML),
    (".xbm", Text("image/x-xbitmap")),
    (".xht", XHTML),
    (".xhtml", XHTML),
    (".xls", Text("application/vnd.ms-excel")),
    (".xlsx", Text("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
    (".xml", XML),
    (".xsl", XML),
    (".zip", Text("application/zip")),
];
