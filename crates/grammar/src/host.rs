//! Hosts and ports: of the Host field, of a URL's authority, of an address to listen on.
//!
//! Splits and checks text; resolves nothing.
//!
//! RFC 9110 section 7.2 and RFC 3986 section 3.2.2; Go's `net.SplitHostPort`, `net/http`'s `stripHostPort` and
//! `httpguts.ValidHostHeader`.

use crate::escape::hex_value;

/// `host` without its port, as a server's mux compares it: brackets go together with the port.
///
/// What has no port, or does not [split](split_host_port), is returned as it is.
///
/// ```
/// use nethttp_grammar::host::strip_port;
///
/// assert_eq!(strip_port(b"example.com:8080"), b"example.com");
/// assert_eq!(strip_port(b"[::1]:80"), b"::1");
/// assert_eq!(strip_port(b"[::1]"), b"[::1]");
/// ```
#[must_use]
#[inline]
pub fn strip_port(host: &[u8]) -> &[u8] {
    split_host_port(host).map_or(host, |(name, _)| name)
}

/// Splits `host:port`, `[host]:port` or `[host%zone]:port` into host and port, without brackets and colon.
///
/// Either part may be empty, and the port is any text without a colon.
///
/// # Errors
///
/// Go's reason, for example `missing port in address` or `too many colons in address`.
pub fn split_host_port(address: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    const MISSING_PORT: &str = "missing port in address";
    const TOO_MANY_COLONS: &str = "too many colons in address";

    let Some(colon) = address.iter().rposition(|&byte| byte == b':') else {
        return Err(MISSING_PORT);
    };
    let port = &address[colon + 1..];
    // Where brackets are looked for: not at the ones around the host.
    let (host, may_not_open, may_not_close) = if let [b'[', inner @ ..] = address {
        let Some(end) = inner.iter().position(|&byte| byte == b']') else {
            return Err("missing ']' in address");
        };
        let after = &inner[end + 1..];
        if after.len() != port.len() + 1 {
            return Err(if after.starts_with(b":") { TOO_MANY_COLONS } else { MISSING_PORT });
        }
        (&inner[..end], inner, port)
    } else {
        let host = &address[..colon];
        if host.contains(&b':') {
            return Err(TOO_MANY_COLONS);
        }
        (host, address, address)
    };
    if may_not_open.contains(&b'[') {
        return Err("unexpected '[' in address");
    }
    if may_not_close.contains(&b']') {
        return Err("unexpected ']' in address");
    }
    Ok((host, port))
}

/// Whether every byte of `host` can occur in a Host field; the order is not looked at, and empty is valid.
///
/// Go's `httpguts.ValidHostHeader`.
#[must_use]
#[inline]
pub fn is_valid_host_header(host: &[u8]) -> bool {
    host.iter().all(|&byte| is_unreserved(byte) || is_sub_delim(byte) || matches!(byte, b'%' | b':' | b'[' | b']'))
}

/// Whether `host` is a Host field value by the grammar: a name, an IPv4 address or a bracketed IP literal, then
/// perhaps a colon and the digits of a port. Name and digits may be empty.
///
/// Stricter than [`is_valid_host_header`]: no second colon, brackets only around a literal, escapes whole, the port a
/// number. A zone (`%25` and its name) after an IPv6 address is accepted.
///
/// ```
/// use nethttp_grammar::host::is_well_formed_host;
///
/// assert!(is_well_formed_host(b"example.com:8080"));
/// assert!(is_well_formed_host(b"[::1]"));
/// assert!(!is_well_formed_host(b"a:b:80"));
/// assert!(!is_well_formed_host(b"example.com:8o"));
/// ```
#[must_use]
pub fn is_well_formed_host(host: &[u8]) -> bool {
    let rest = if let [b'[', inner @ ..] = host {
        let Some(end) = inner.iter().position(|&byte| byte == b']') else {
            return false;
        };
        if !is_ip_literal(&inner[..end]) {
            return false;
        }
        &inner[end + 1..]
    } else {
        let end = host.iter().position(|&byte| byte == b':').unwrap_or(host.len());
        if !is_reg_name(&host[..end]) {
            return false;
        }
        &host[end..]
    };
    match rest {
        [] => true,
        [b':', port @ ..] => port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether `address` is an IPv4 address: four decimal numbers up to 255, without leading zeros.
#[must_use]
pub fn is_ipv4(address: &[u8]) -> bool {
    let is_number = |number: &[u8]| {
        matches!(
            number,
            [b'0'..=b'9']
                | [b'1'..=b'9', b'0'..=b'9']
                | [b'1', b'0'..=b'9', b'0'..=b'9']
                | [b'2', b'0'..=b'4', b'0'..=b'9']
                | [b'2', b'5', b'0'..=b'5']
        )
    };
    address.split(|&byte| byte == b'.').count() == 4 && address.split(|&byte| byte == b'.').all(is_number)
}

/// Whether `address` is an IPv6 address without brackets and zone: eight groups of one to four hexadecimal digits, the
/// last two perhaps written as an IPv4 address, one run of zero groups perhaps left out.
#[must_use]
pub fn is_ipv6(address: &[u8]) -> bool {
    match address.windows(2).position(|pair| pair == b"::") {
        // `::` stands for one group at least.
        Some(gap) => {
            let before = group_count(&address[..gap], false);
            let after = group_count(&address[gap + 2..], true);
            matches!((before, after), (Some(before), Some(after)) if before + after <= 7)
        }
        None => group_count(address, true) == Some(8),
    }
}

/// How many 16-bit groups `text` spells; `None` when it spells something else.
fn group_count(text: &[u8], may_end_in_ipv4: bool) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut count = 0;
    let mut groups = text.split(|&byte| byte == b':').peekable();
    while let Some(group) = groups.next() {
        if (1..=4).contains(&group.len()) && group.iter().all(u8::is_ascii_hexdigit) {
            count += 1;
        } else if may_end_in_ipv4 && groups.peek().is_none() && is_ipv4(group) {
            count += 2;
        } else {
            return None;
        }
    }
    Some(count)
}

/// What stands between brackets: an IPv6 address, perhaps with a zone, or an address of a future version.
fn is_ip_literal(literal: &[u8]) -> bool {
    if let [b'v' | b'V', future @ ..] = literal {
        let Some(dot) = future.iter().position(|&byte| byte == b'.') else {
            return false;
        };
        let (version, address) = (&future[..dot], &future[dot + 1..]);
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address.iter().all(|&byte| is_unreserved(byte) || is_sub_delim(byte) || byte == b':');
    }
    match literal.iter().position(|&byte| byte == b'%') {
        None => is_ipv6(literal),
        Some(at) => {
            let zone = literal[at..].strip_prefix(b"%25").unwrap_or_default();
            is_ipv6(&literal[..at]) && !zone.is_empty() && is_escaped(zone, is_unreserved)
        }
    }
}

/// A registered name, which an IPv4 address is in form; may be empty.
fn is_reg_name(name: &[u8]) -> bool {
    is_escaped(name, |byte| is_unreserved(byte) || is_sub_delim(byte))
}

/// Whether `text` is made of bytes that `allowed` takes and of whole escapes.
fn is_escaped(mut text: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b'%', high, low, rest @ ..] if hex_value(*high).is_some() && hex_value(*low).is_some() => rest,
            [byte, rest @ ..] if allowed(*byte) => rest,
            _ => return false,
        };
    }
}

#[inline]
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[inline]
const fn is_sub_delim(byte: u8) -> bool {
    matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        for (address, expected) in [
            ("a:80", Ok(("a", "80"))),
            (":80", Ok(("", "80"))),
            ("a:", Ok(("a", ""))),
            (":", Ok(("", ""))),
            ("[::1]:80", Ok(("::1", "80"))),
            ("[]:80", Ok(("", "80"))),
            ("[::1%eth0]:http", Ok(("::1%eth0", "http"))),
            ("", Err("missing port in address")),
            ("a", Err("missing port in address")),
            ("[::1]", Err("missing port in address")),
            ("[::1]x:80", Err("missing port in address")),
            ("::1:80", Err("too many colons in address")),
            ("[::1]:80:90", Err("too many colons in address")),
            ("[::1:80", Err("missing ']' in address")),
            ("[", Err("missing port in address")),
            ("[a[b]:1", Err("unexpected '[' in address")),
            ("a[b:1", Err("unexpected '[' in address")),
            ("a]b:1", Err("unexpected ']' in address")),
            ("a:[b", Err("unexpected '[' in address")),
            ("[a]:b]", Err("unexpected ']' in address")),
        ] {
            let split = split_host_port(address.as_bytes());
            let expected = expected.map(|(host, port)| (host.as_bytes(), port.as_bytes()));
            assert_eq!(split, expected, "{address}");
        }
    }

    #[test]
    fn stripping() {
        for (host, expected) in [
            ("", ""),
            ("a", "a"),
            ("a:80", "a"),
            ("a:80:90", "a:80:90"),
            ("[::1]", "[::1]"),
            ("[::1]:80", "::1"),
            ("::1", "::1"),
        ] {
            assert_eq!(strip_port(host.as_bytes()), expected.as_bytes(), "{host}");
        }
    }

    #[test]
    fn bytes_of_a_host_header() {
        let mut valid = Vec::new();
        for byte in 0..=255u8 {
            if is_valid_host_header(&[byte]) {
                valid.push(byte);
            }
        }
        let expected = "!$%&'()*+,-.0123456789:;=ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~";
        assert_eq!(String::from_utf8_lossy(&valid), expected);
        assert!(is_valid_host_header(b""));
    }

    #[test]
    fn well_formed() {
        for host in [
            "",
            ":",
            ":80",
            "a",
            "a:",
            "a:80",
            "A-b_c~d.example",
            "1.2.3.4:80",
            "a%20b",
            "x!$&'()*+,;=y",
            "[::]",
            "[::1]:",
            "[1:2:3:4:5:6:7:8]:80",
            "[1::8]",
            "[::1.2.3.4]",
            "[1:2:3:4:5:6:1.2.3.4]",
            "[fe80::1%25eth0]:80",
            "[v1.a:b]",
            "[1:2:3:4:5:6:7::]",
        ] {
            assert!(is_well_formed_host(host.as_bytes()), "{host}");
            assert!(is_valid_host_header(host.as_bytes()), "{host}");
        }
        for host in [
            "a b",
            "a/b",
            "a@b",
            "a?b",
            "a#b",
            "a:b",
            "a:80:90",
            "a:-1",
            "a:+1",
            "a:80 ",
            "::1",
            "[",
            "]",
            "[]",
            "[::1",
            "::1]",
            "a[::1]",
            "[::1]80",
            "[::1]a:80",
            "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1::2::3]",
            "[:::]",
            "[12345::]",
            "[g::]",
            "[1:2:3:4:5:6:7:8::]",
            "[::1.2.3]",
            "[::1.2.3.256]",
            "[::1.2.3.4:5]",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "[fe80::1%25]",
            "[v.a]",
            "[v1.]",
            "[vg.a]",
            "[v1]",
            "%",
            "%2",
            "%zz",
            "a%2",
            "\u{e9}",
            "[:1]",
            "[1:]",
        ] {
            assert!(!is_well_formed_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn addresses() {
        for number in 0..=999 {
            let address = format!("{number}.0.10.199");
            assert_eq!(is_ipv4(address.as_bytes()), number < 256, "{address}");
        }
        for address in ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.", "1.2.3.x"] {
            assert!(!is_ipv4(address.as_bytes()), "{address}");
        }
    }
}
