//! `Userinfo`: the user name, and perhaps the password, before the `@` of a URL. Go's `url.Userinfo`.

use std::fmt;

use nethttp_grammar::escape::{self, Mode};

use crate::Text;

/// A user name and perhaps a password, unescaped. `Display` writes them escaped, the password in clear.
///
/// ```
/// use nethttp_core::url;
///
/// let link = url::parse("ftp://jo%40home:secret@a.test/").unwrap();
/// let user = link.user.unwrap();
/// assert_eq!(user.username(), "jo@home");
/// assert_eq!(user.password().unwrap(), "secret");
/// assert_eq!(user.to_string(), "jo%40home:secret");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Userinfo {
    username: Text,
    password: Option<Text>,
}

impl Userinfo {
    /// User information without a password. Go's `url.User`.
    #[must_use]
    pub fn new(username: impl Into<Text>) -> Self {
        Self { username: username.into(), password: None }
    }

    /// User information with a password, which may be empty. Go's `url.UserPassword`.
    #[must_use]
    pub fn with_password(username: impl Into<Text>, password: impl Into<Text>) -> Self {
        Self { username: username.into(), password: Some(password.into()) }
    }

    /// The user name, unescaped.
    #[must_use]
    pub const fn username(&self) -> &Text {
        &self.username
    }

    /// The password, unescaped, if one was set.
    #[must_use]
    pub const fn password(&self) -> Option<&Text> {
        self.password.as_ref()
    }
}

impl fmt::Display for Userinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::escape(self.username.as_bytes(), Mode::UserPassword))?;
        if let Some(password) = &self.password {
            write!(f, ":{}", escape::escape(password.as_bytes(), Mode::UserPassword))?;
        }
        Ok(())
    }
}

/// Keeps the password out of logs.
impl fmt::Debug for Userinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Userinfo")
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "xxxxx"))
            .finish()
    }
}
