//! Command line flags in Go's manner: `-name value`, `-name=value`, and the same with two dashes.

use std::fmt;
use std::ops::Deref;
use std::process::exit;
use std::sync::OnceLock;
use std::time::Duration;

/// A flag and its value; derefs to the value.
pub(crate) struct Flag<T> {
    name: &'static str,
    default: Default<T>,
    usage: &'static str,
    parse: fn(&str) -> Option<T>,
    value: OnceLock<T>,
}

enum Default<T> {
    Value(T),
    Text(&'static str),
}

/// A flag whose value is any text.
pub(crate) const fn string(name: &'static str, default: &'static str, usage: &'static str) -> Flag<String> {
    let parse = |text: &str| Some(text.to_owned());
    Flag { name, default: Default::Text(default), usage, parse, value: OnceLock::new() }
}

/// A flag whose value is a time in Go's writing: `1m30s`, `600ms`, `0`.
pub(crate) const fn duration(name: &'static str, default: Duration, usage: &'static str) -> Flag<Duration> {
    Flag { name, default: Default::Value(default), usage, parse: parse_duration, value: OnceLock::new() }
}

/// A flag whose value is a number.
pub(crate) const fn int(name: &'static str, default: usize, usage: &'static str) -> Flag<usize> {
    let parse = |text: &str| text.parse().ok();
    Flag { name, default: Default::Value(default), usage, parse, value: OnceLock::new() }
}

/// Reads the command line; ends the program where it is wrong, or asks for help.
pub(crate) fn parse(flags: &[&dyn AnyFlag]) {
    if let Err(complaint) = read(flags, std::env::args().skip(1)) {
        if !complaint.is_empty() {
            eprintln!("{complaint}");
        }
        eprintln!("usage:");
        for flag in flags {
            eprintln!("  -{}\t{}", flag.name(), flag.usage());
        }
        exit(2);
    }
}

fn read(flags: &[&dyn AnyFlag], mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    while let Some(argument) = arguments.next() {
        let Some(rest) = argument.strip_prefix('-') else { return Err(format!("unexpected {argument}")) };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value.to_owned())));
        let Some(flag) = flags.iter().find(|flag| flag.name() == name) else {
            return Err(if name == "h" || name == "help" { String::new() } else { format!("unknown flag -{name}") });
        };
        let value = value.or_else(|| arguments.next()).ok_or_else(|| format!("flag -{name} needs a value"))?;
        flag.set(&value).ok_or_else(|| format!("invalid value {value:?} for flag -{name}"))?;
    }
    Ok(())
}

/// A flag of any type, for [`parse`].
pub(crate) trait AnyFlag {
    fn name(&self) -> &'static str;
    fn usage(&self) -> &'static str;
    fn set(&self, text: &str) -> Option<()>;
}

impl<T> AnyFlag for Flag<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn usage(&self) -> &'static str {
        self.usage
    }

    fn set(&self, text: &str) -> Option<()> {
        self.value.set((self.parse)(text)?).ok()
    }
}

impl<T: Clone> Deref for Flag<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.get_or_init(|| match &self.default {
            Default::Value(value) => value.clone(),
            Default::Text(text) => (self.parse)(text).expect("a default is valid"),
        })
    }
}

impl<T: Clone + fmt::Debug> fmt::Debug for Flag<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-{}={:?}", self.name, **self)
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit_and_rest) = rest.split_at(number_end);
        let unit_end = unit_and_rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit_and_rest.len());
        let (unit, next) = unit_and_rest.split_at(unit_end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let number = number.parse::<f64>().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}
