//! Status codes and methods under Go's words, and Go's status texts.
//!
//! The values are `http::StatusCode` and `http::Method`, the vocabulary of the ecosystem; only words and texts are Go's
//! (`net/http` `StatusText` differs from the `http` crate's reason phrases in a few places).

use http::{Method, StatusCode};

macro_rules! statuses {
    ($($go:ident $name:ident $text:literal;)*) => {
        $(
            #[doc = concat!("`", $text, "`.")]
            pub const $go: StatusCode = StatusCode::$name;
        )*

        /// The text of a status code; empty for a code that has none. Go's `http.StatusText`.
        ///
        /// ```
        /// use nethttp_core::{STATUS_TEAPOT, status_text};
        /// assert_eq!(status_text(STATUS_TEAPOT), "I'm a teapot");
        /// ```
        #[must_use]
        pub fn status_text(status: StatusCode) -> &'static str {
            match status {
                $(StatusCode::$name => $text,)*
                _ => "",
            }
        }
    };
}

statuses! {
    STATUS_CONTINUE CONTINUE "Continue";
    STATUS_SWITCHING_PROTOCOLS SWITCHING_PROTOCOLS "Switching Protocols";
    STATUS_PROCESSING PROCESSING "Processing";
    STATUS_EARLY_HINTS EARLY_HINTS "Early Hints";
    STATUS_OK OK "OK";
    STATUS_CREATED CREATED "Created";
    STATUS_ACCEPTED ACCEPTED "Accepted";
    STATUS_NON_AUTHORITATIVE_INFO NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information";
    STATUS_NO_CONTENT NO_CONTENT "No Content";
    STATUS_RESET_CONTENT RESET_CONTENT "Reset Content";
    STATUS_PARTIAL_CONTENT PARTIAL_CONTENT "Partial Content";
    STATUS_MULTI_STATUS MULTI_STATUS "Multi-Status";
    STATUS_ALREADY_REPORTED ALREADY_REPORTED "Already Reported";
    STATUS_IM_USED IM_USED "IM Used";
    STATUS_MULTIPLE_CHOICES MULTIPLE_CHOICES "Multiple Choices";
    STATUS_MOVED_PERMANENTLY MOVED_PERMANENTLY "Moved Permanently";
    STATUS_FOUND FOUND "Found";
    STATUS_SEE_OTHER SEE_OTHER "See Other";
    STATUS_NOT_MODIFIED NOT_MODIFIED "Not Modified";
    STATUS_USE_PROXY USE_PROXY "Use Proxy";
    STATUS_TEMPORARY_REDIRECT TEMPORARY_REDIRECT "Temporary Redirect";
    STATUS_PERMANENT_REDIRECT PERMANENT_REDIRECT "Permanent Redirect";
    STATUS_BAD_REQUEST BAD_REQUEST "Bad Request";
    STATUS_UNAUTHORIZED UNAUTHORIZED "Unauthorized";
    STATUS_PAYMENT_REQUIRED PAYMENT_REQUIRED "Payment Required";
    STATUS_FORBIDDEN FORBIDDEN "Forbidden";
    STATUS_NOT_FOUND NOT_FOUND "Not Found";
    STATUS_METHOD_NOT_ALLOWED METHOD_NOT_ALLOWED "Method Not Allowed";
    STATUS_NOT_ACCEPTABLE NOT_ACCEPTABLE "Not Acceptable";
    STATUS_PROXY_AUTH_REQUIRED PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required";
    STATUS_REQUEST_TIMEOUT REQUEST_TIMEOUT "Request Timeout";
    STATUS_CONFLICT CONFLICT "Conflict";
    STATUS_GONE GONE "Gone";
    STATUS_LENGTH_REQUIRED LENGTH_REQUIRED "Length Required";
    STATUS_PRECONDITION_FAILED PRECONDITION_FAILED "Precondition Failed";
    STATUS_REQUEST_ENTITY_TOO_LARGE PAYLOAD_TOO_LARGE "Request Entity Too Large";
    STATUS_REQUEST_URI_TOO_LONG URI_TOO_LONG "Request URI Too Long";
    STATUS_UNSUPPORTED_MEDIA_TYPE UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type";
    STATUS_REQUESTED_RANGE_NOT_SATISFIABLE RANGE_NOT_SATISFIABLE "Requested Range Not Satisfiable";
    STATUS_EXPECTATION_FAILED EXPECTATION_FAILED "Expectation Failed";
    STATUS_TEAPOT IM_A_TEAPOT "I'm a teapot";
    STATUS_MISDIRECTED_REQUEST MISDIRECTED_REQUEST "Misdirected Request";
    STATUS_UNPROCESSABLE_ENTITY UNPROCESSABLE_ENTITY "Unprocessable Entity";
    STATUS_LOCKED LOCKED "Locked";
    STATUS_FAILED_DEPENDENCY FAILED_DEPENDENCY "Failed Dependency";
    STATUS_TOO_EARLY TOO_EARLY "Too Early";
    STATUS_UPGRADE_REQUIRED UPGRADE_REQUIRED "Upgrade Required";
    STATUS_PRECONDITION_REQUIRED PRECONDITION_REQUIRED "Precondition Required";
    STATUS_TOO_MANY_REQUESTS TOO_MANY_REQUESTS "Too Many Requests";
    STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large";
    STATUS_UNAVAILABLE_FOR_LEGAL_REASONS UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons";
    STATUS_INTERNAL_SERVER_ERROR INTERNAL_SERVER_ERROR "Internal Server Error";
    STATUS_NOT_IMPLEMENTED NOT_IMPLEMENTED "Not Implemented";
    STATUS_BAD_GATEWAY BAD_GATEWAY "Bad Gateway";
    STATUS_SERVICE_UNAVAILABLE SERVICE_UNAVAILABLE "Service Unavailable";
    STATUS_GATEWAY_TIMEOUT GATEWAY_TIMEOUT "Gateway Timeout";
    STATUS_HTTP_VERSION_NOT_SUPPORTED HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported";
    STATUS_VARIANT_ALSO_NEGOTIATES VARIANT_ALSO_NEGOTIATES "Variant Also Negotiates";
    STATUS_INSUFFICIENT_STORAGE INSUFFICIENT_STORAGE "Insufficient Storage";
    STATUS_LOOP_DETECTED LOOP_DETECTED "Loop Detected";
    STATUS_NOT_EXTENDED NOT_EXTENDED "Not Extended";
    STATUS_NETWORK_AUTHENTICATION_REQUIRED NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required";
}

/// A status from a number, as Go handlers hold it.
///
/// ```
/// assert_eq!(nethttp_core::status_code(404), http::StatusCode::NOT_FOUND);
/// ```
///
/// # Panics
///
/// Outside 100 to 999, with the text of Go's `WriteHeader`: `invalid WriteHeader code 42`.
#[must_use]
pub fn status_code(code: i64) -> StatusCode {
    u16::try_from(code)
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or_else(|| panic!("invalid WriteHeader code {code}"))
}

macro_rules! methods {
    ($($go:ident $name:ident)*) => {$(
        #[doc = concat!("The method `", stringify!($name), "`.")]
        pub const $go: Method = Method::$name;
    )*};
}

methods! {
    METHOD_GET GET
    METHOD_HEAD HEAD
    METHOD_POST POST
    METHOD_PUT PUT
    METHOD_PATCH PATCH
    METHOD_DELETE DELETE
    METHOD_CONNECT CONNECT
    METHOD_OPTIONS OPTIONS
    METHOD_TRACE TRACE
}

/// The form in which HTTP writes dates, for documentation and for formatting libraries: Go's `http.TimeFormat`.
pub const TIME_FORMAT: &str = "Mon, 02 Jan 2006 15:04:05 GMT";

/// A response field whose name begins so is sent as a trailer under the rest of the name, though it was not announced.
/// Go's `http.TrailerPrefix`.
pub const TRAILER_PREFIX: &str = "Trailer:";

/// Go's bound on the head of a request, in bytes: what [`max_header_bytes`] of a server falls back to when it is 0.
///
/// [`max_header_bytes`]: https://pkg.go.dev/net/http#Server.MaxHeaderBytes
pub const DEFAULT_MAX_HEADER_BYTES: usize = 1 << 20;

/// Go's bound on the number of header values of a request.
pub const DEFAULT_MAX_HEADER_VALUE_COUNT: usize = 500;

/// The major and minor number of `HTTP/1.1` and the like; `None` for anything else. Go's `http.ParseHTTPVersion`.
///
/// ```
/// assert_eq!(nethttp_core::parse_http_version("HTTP/1.0"), Some((1, 0)));
/// assert_eq!(nethttp_core::parse_http_version("HTTP/1"), None);
/// ```
#[must_use]
pub fn parse_http_version(version: impl AsRef<[u8]>) -> Option<(i32, i32)> {
    let (major, minor) = nethttp_grammar::version::parse_http_version(version.as_ref())?;
    Some((major.into(), minor.into()))
}
