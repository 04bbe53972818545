//! Who called: the function of the handler that misused its writer, for the operator's log.
//!
//! A `#[track_caller]` location does not pass through a trait object, so the stack is looked at. That takes milliseconds,
//! so only the first of such lines name their caller.

use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicU32, Ordering};

/// Lines of a process that name their caller.
const NAMED: u32 = 100;

/// The innermost function on the stack that belongs neither to this workspace nor to the standard library, with its place
/// where the program has line tables.
pub(crate) fn relevant() -> String {
    static USED: AtomicU32 = AtomicU32::new(0);
    if USED.fetch_add(1, Ordering::Relaxed) >= NAMED {
        // Not to come round to zero again.
        USED.store(NAMED, Ordering::Relaxed);
        return "a handler".to_owned();
    }
    let stack = Backtrace::force_capture().to_string();
    find(&stack).unwrap_or_else(|| "a handler".to_owned())
}

/// The frame in the printed form of a stack: `12: path::to::function`, perhaps with `at file:line:column` below.
fn find(stack: &str) -> Option<String> {
    let mut lines = stack.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some((number, function)) = line.split_once(": ") else { continue };
        // What no module holds is the system's: the function in which a thread begins.
        let is_ours =
            !function.contains("::") || OURS.iter().any(|prefix| function.trim_start_matches('<').starts_with(prefix));
        if number.parse::<u32>().is_err() || is_ours {
            continue;
        }
        let place = lines.peek().and_then(|next| next.strip_prefix("at "));
        return Some(place.map_or_else(|| function.to_owned(), |place| format!("{function} ({place})")));
    }
    None
}

const OURS: [&str; 12] = [
    "std::",
    "core::",
    "alloc::",
    "F as ",
    "dyn ",
    "nethttp_core::",
    "nethttp_fs::",
    "nethttp_gzip::",
    "nethttp_handlers::",
    "nethttp_mux::",
    "nethttp_server::",
    "nethttp::",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_foreign_frame_is_named() {
        let stack = "   0: std::backtrace::Backtrace::create\n             at /rustc/x/backtrace.rs:331:13\n   \
                     1: nethttp_server::caller::relevant\n   2: <nethttp_server::Response as W>::write_header\n   \
                     3: shop::cart::show\n             at ./src/cart.rs:7:5\n   4: shop::main\n";
        assert_eq!(find(stack).unwrap(), "shop::cart::show (./src/cart.rs:7:5)");
        assert_eq!(find("   0: shop::main\n").unwrap(), "shop::main");
        assert_eq!(find("nothing to see\n"), None);
        assert_eq!(
            find("   0: std::thread::begin\n   1: start_thread\n             at ./nptl/pthread_create.c:442:8\n"),
            None
        );
    }
}
