//! Go's texts of status codes.
//!
//! `net/http` `StatusText`; the `http` crate has the same texts but for a few codes.

use http::StatusCode;

/// The text of a status code, `None` for a code that has none. Go's `http.StatusText`.
///
/// ```
/// use nethttp_h1::status::status_text;
///
/// assert_eq!(status_text(413), Some("Request Entity Too Large"));
/// assert_eq!(status_text(299), None);
/// ```
#[must_use]
pub fn status_text(status: u16) -> Option<&'static str> {
    Some(match status {
        203 => "Non-Authoritative Information",
        413 => "Request Entity Too Large",
        414 => "Request URI Too Long",
        416 => "Requested Range Not Satisfiable",
        _ => return StatusCode::from_u16(status).ok()?.canonical_reason(),
    })
}

/// Whether an answer with this status may have a body. Go's `bodyAllowedForStatus`.
#[must_use]
pub const fn is_body_allowed(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go 1.27.3 answers to each code, one `code text` a line.
    const GO: &str = include_str!("../fixtures/status-texts.txt");

    #[test]
    fn texts_are_those_of_go() {
        let known: Vec<(u16, &str)> = GO
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(code, text)| (code.parse().unwrap(), text))
            .collect();
        assert_eq!(known.len(), 62);
        for code in 0..=1000 {
            let expected = known.iter().find(|(known, _)| *known == code).map(|(_, text)| *text);
            assert_eq!(status_text(code), expected, "{code}");
        }
    }

    #[test]
    fn bodies() {
        for code in 100..=999 {
            let expected = code >= 200 && code != 204 && code != 304;
            assert_eq!(is_body_allowed(code), expected, "{code}");
        }
    }
}
