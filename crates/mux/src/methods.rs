//! Methods as numbers: fixed ones for those that everybody knows, others as patterns name them.

use http::Method;

/// The methods that patterns name, beside the well-known ones.
#[derive(Debug, Default)]
pub(crate) struct Methods {
    /// Their numbers begin with [`Methods::FIRST_OWN`].
    own: Vec<Box<str>>,
}

/// The numbers of the methods that a request can be answered by, beside those for any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    exact: u16,
    /// GET for HEAD, else the same again.
    also: u16,
}

impl Methods {
    /// Any method: what a pattern without one has.
    pub(crate) const ANY: u16 = 0;
    const GET: u16 = 1;
    const HEAD: u16 = 2;
    const FIRST_OWN: u16 = 10;
    /// A method that no pattern names.
    const UNKNOWN: u16 = u16::MAX;

    /// What a request with this method wants.
    #[inline]
    pub(crate) fn wanted(&self, method: &Method) -> Wanted {
        if *method == Method::GET {
            return Wanted { exact: Self::GET, also: Self::GET };
        }
        let exact = match Self::known(method) {
            Self::UNKNOWN => self.own_number(method.as_str()),
            number => number,
        };
        Wanted { exact, also: if exact == Self::HEAD { Self::GET } else { exact } }
    }

    /// The number of a pattern's method, which may be new.
    pub(crate) fn add(&mut self, method: &str) -> u16 {
        if method.is_empty() {
            return Self::ANY;
        }
        let known = Method::from_bytes(method.as_bytes()).map_or(Self::UNKNOWN, |method| Self::known(&method));
        let number = if known == Self::UNKNOWN { self.own_number(method) } else { known };
        if number != Self::UNKNOWN {
            return number;
        }
        self.own.push(method.into());
        self.own_number(method)
    }

    fn known(method: &Method) -> u16 {
        match *method {
            Method::GET => Self::GET,
            Method::HEAD => Self::HEAD,
            Method::POST => 3,
            Method::PUT => 4,
            Method::DELETE => 5,
            Method::PATCH => 6,
            Method::OPTIONS => 7,
            Method::CONNECT => 8,
            Method::TRACE => 9,
            _ => Self::UNKNOWN,
        }
    }

    fn own_number(&self, method: &str) -> u16 {
        let position = self.own.iter().position(|own| **own == *method);
        position.map_or(Self::UNKNOWN, |at| Self::FIRST_OWN + at as u16)
    }
}

impl Wanted {
    /// Whether a pattern whose method has the number `method` will do.
    #[inline]
    pub(crate) const fn allows(self, method: u16) -> bool {
        method == Methods::ANY || method == self.exact || method == self.also
    }
}
