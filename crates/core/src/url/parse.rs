//! Reading a URL into its parts. Go's `url.Parse` and `url.ParseRequestURI`.
//!
//! Never allocates for a request target that is a plain path with or without a query, once the buffers are warm.
//!
//! RFC 3986, in the reading of Go.
//!
//! Differences: the error about an address in brackets does not say at which character it stopped making sense.

use nethttp_grammar::byte_set::ByteSet;
use nethttp_grammar::escape::{Mode, escape, unescape};
use nethttp_grammar::host;

use super::parts::is_port_text;
use super::{Error, Reason, Url, Userinfo};
use crate::Text;

impl Url {
    /// Parses `url`, which may have a fragment, into the buffers that this URL already has.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](super::parse); the parts are then of no use.
    pub(super) fn assign(&mut self, url: &[u8]) -> Result<(), Error> {
        self.clear();
        let (rest, fragment) = cut(url, b'#');
        self.read(rest, false).map_err(|reason| Error::new(rest, reason))?;
        if !fragment.is_empty() {
            self.set_fragment(fragment).map_err(|reason| Error::new(url, reason))?;
        }
        Ok(())
    }

    /// Parses a request target into the buffers that this URL already has: [`parse_request_uri`](super::parse_request_uri)
    /// for a server, which reads one after the other.
    ///
    /// # Errors
    ///
    /// Those of [`parse_request_uri`](super::parse_request_uri); the parts are then of no use.
    pub fn assign_request_uri(&mut self, target: &[u8]) -> Result<(), Error> {
        self.clear();
        if std::str::from_utf8(target).is_ok_and(|target| self.read_plain_target(target)) {
            return Ok(());
        }
        self.read(target, true).map_err(|reason| Error::new(target, reason))
    }

    /// Parses the target of a `CONNECT` request, `host:port`, into the buffers that this URL already has.
    ///
    /// # Errors
    ///
    /// Those of [`parse_request_uri`](super::parse_request_uri) for the target behind `http://`.
    pub fn assign_authority(&mut self, target: &[u8]) -> Result<(), Error> {
        self.assign_request_uri(&[b"http://", target].concat())?;
        self.scheme.clear();
        Ok(())
    }

    /// Reads a request target that is a path without anything that needs a second look, and perhaps a query; says whether
    /// it is one. `self` is clear, and stays so if it is not.
    pub(crate) fn read_plain_target(&mut self, target: &str) -> bool {
        debug_assert!(*self == Self::default(), "nothing of another URL may be left");
        if !target.starts_with('/') {
            return false;
        }
        let (path, rest) = target.split_at(PLAIN.span(target.as_bytes()));
        if let Some(query) = rest.strip_prefix('?') {
            if has_control(query.as_bytes()) {
                return false;
            }
            self.raw_query.assign_str(query);
            self.force_query = query.is_empty();
        } else if !rest.is_empty() {
            return false;
        }
        self.path.assign_str(path);
        true
    }

    /// Reads everything but a fragment. `self` is clear.
    fn read(&mut self, url: &[u8], is_request: bool) -> Result<(), Reason> {
        if has_control(url) {
            return Err(Reason::ControlCharacter);
        }
        if url.is_empty() && is_request {
            return Err(Reason::Empty);
        }
        if url == b"*" {
            self.path.assign_str("*");
            return Ok(());
        }
        let (scheme, rest) = split_scheme(url)?;
        self.scheme.assign(scheme.to_ascii_lowercase());
        let (path, query) = cut(rest, b'?');
        self.force_query = query.is_empty() && rest.len() > path.len();
        self.raw_query.assign(query);

        if !path.starts_with(b"/") {
            if self.is_abs() {
                self.opaque.assign(path);
                return Ok(());
            }
            if is_request {
                return Err(Reason::InvalidRequestUri);
            }
            // A segment that reads like a scheme would make the printed URL another one. RFC 3986 section 4.2.
            if cut(path, b'/').0.contains(&b':') {
                return Err(Reason::ColonInFirstSegment);
            }
        }

        // Without a scheme `///a` is a path, and in a request `//a` is too.
        let may_have_authority = self.is_abs() || !is_request && !path.starts_with(b"///");
        if may_have_authority && let Some(authority) = path.strip_prefix(b"//") {
            let end = authority.iter().position(|&byte| byte == b'/').unwrap_or(authority.len());
            self.read_authority(&authority[..end])?;
            return self.set_path(&authority[end..]);
        }
        self.omit_host = self.is_abs() && path.starts_with(b"/");
        self.set_path(path)
    }

    fn read_authority(&mut self, authority: &[u8]) -> Result<(), Reason> {
        let at = authority.iter().rposition(|&byte| byte == b'@');
        let host = at.map_or(authority, |at| &authority[at + 1..]);
        self.host = read_host(&self.scheme, host)?;
        if let Some(at) = at {
            self.user = Some(read_userinfo(&authority[..at])?);
        }
        Ok(())
    }

    /// Takes an escaped path, and keeps its spelling where that is not the default one.
    pub(super) fn set_path(&mut self, path: &[u8]) -> Result<(), Reason> {
        let unescaped = unescape(path, Mode::Path)?;
        let is_default = escape(&unescaped, Mode::Path).as_bytes() == path;
        self.path.assign(&unescaped);
        self.raw_path.assign(if is_default { b"" } else { path });
        Ok(())
    }

    fn set_fragment(&mut self, fragment: &[u8]) -> Result<(), Reason> {
        let unescaped = unescape(fragment, Mode::Fragment)?;
        let is_default = escape(&unescaped, Mode::Fragment).as_bytes() == fragment;
        self.fragment.assign(&unescaped);
        self.raw_fragment.assign(if is_default { b"" } else { fragment });
        Ok(())
    }
}

/// The scheme before the first colon, and the rest; no scheme where something else stands before the colon.
fn split_scheme(url: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    for (at, byte) in url.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err(Reason::MissingScheme),
            b':' => return Ok((&url[..at], &url[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", url))
}

fn read_userinfo(userinfo: &[u8]) -> Result<Userinfo, Reason> {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !userinfo.iter().all(is_allowed) {
        return Err(Reason::InvalidUserinfo);
    }
    let (username, password) = cut(userinfo, b':');
    let has_password = userinfo.len() > username.len();
    let username = unescape(username, Mode::UserPassword)?;
    if !has_password {
        return Ok(Userinfo::new(username));
    }
    Ok(Userinfo::with_password(username, unescape(password, Mode::UserPassword)?))
}

/// The host and port of an authority, unescaped.
fn read_host(scheme: &str, host: &[u8]) -> Result<Text, Reason> {
    match host.iter().rposition(|&byte| byte == b'[') {
        Some(0) => return read_literal(host),
        Some(_) => return Err(Reason::InvalidIpLiteral),
        None => {}
    }
    // `http` allows one colon; other schemes have hosts that are no names and contain colons.
    let colon = match scheme {
        "http" | "https" => host.iter().position(|&byte| byte == b':'),
        _ => host.iter().rposition(|&byte| byte == b':'),
    };
    check_port(colon.map_or(b"", |colon| &host[colon..]))?;
    Ok(unescape(host, Mode::Host)?.into())
}

/// An IPv6 address in brackets, perhaps with a zone, and what follows it. RFC 6874.
fn read_literal(host: &[u8]) -> Result<Text, Reason> {
    let Some(end) = host.iter().rposition(|&byte| byte == b']') else {
        return Err(Reason::MissingBracket);
    };
    let (literal, port) = (&host[1..end], &host[end + 1..]);
    check_port(port)?;
    let port = unescape(port, Mode::Host)?;
    let zone = literal.windows(3).position(|escape| escape == b"%25").unwrap_or(literal.len());
    let mut address = unescape(&literal[..zone], Mode::Host)?.into_owned();
    address.extend_from_slice(&unescape(&literal[zone..], Mode::Zone)?);
    check_address(&address)?;
    Ok(Text::from([b"[", &address[..], b"]", &port].concat()))
}

fn check_address(address: &[u8]) -> Result<(), Reason> {
    // Which family it is meant to be the first of these tells.
    let is_valid = match address.iter().find(|byte| b".:%".contains(byte)) {
        Some(b'.') if host::is_ipv4(address) => return Err(Reason::InvalidIpLiteral),
        Some(b':') => match address.iter().position(|&byte| byte == b'%') {
            Some(zone) => host::is_ipv6(&address[..zone]) && zone + 1 < address.len(),
            None => host::is_ipv6(address),
        },
        _ => false,
    };
    if is_valid { Ok(()) } else { Err(Reason::InvalidAddress(address.into())) }
}

/// Nothing, or a colon and digits.
fn check_port(text: &[u8]) -> Result<(), Reason> {
    match text {
        [] => Ok(()),
        [b':', digits @ ..] if is_port_text(digits) => Ok(()),
        _ => Err(Reason::InvalidPort(text.into())),
    }
}

fn has_control(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_control)
}

/// What stands before and behind the first `separator`; the second is empty when there is none.
fn cut(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    match text.iter().position(|&byte| byte == separator) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

/// The bytes of a path that mean themselves and are never written escaped.
const PLAIN: ByteSet = ByteSet::alphanumeric_and(b"-._~$&+,/:;=@");
