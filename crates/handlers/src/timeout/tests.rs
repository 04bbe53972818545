//! The answers of Go's handler, and what must hold besides: nobody waits too long, and nothing is left behind.

use std::cell::Cell;
use std::io::{self, Read};
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use nethttp_core::{
    AbortHandler, Busy, Context, ContextError, Error, MaxBytesError, RouteCost, abort_handler, fprintf, handler_func,
    max_bytes_reader, status_code,
};
use nethttp_httptest::{ResponseRecorder, new_recorder, new_request, new_request_with_context};

use super::*;

/// Longer than any test may take.
const LONG: Duration = Duration::from_secs(60);
/// Long enough for a handler to begin, short enough to wait for.
const SHORT: Duration = Duration::from_millis(20);

/// Status, fields and body on one line.
fn show(w: &mut ResponseRecorder) -> String {
    let mut result = w.result();
    let mut body = String::new();
    result.body.read_to_string(&mut body).unwrap();
    let fields: Vec<String> = result
        .header
        .names()
        .iter()
        .map(|name| {
            let values: Vec<&str> = result.header.values_raw(name).map(|value| &**value).collect();
            format!("{name}={}", values.join("|"))
        })
        .collect();
    format!("{} [{}] {body}", result.status_code.as_u16(), fields.join(","))
}

fn serve(handler: &TimeoutHandler) -> String {
    let mut w = new_recorder();
    w.header().set("X-Outer", "1");
    w.header().set("X-Both", "outer");
    handler.serve_http(&mut w, &mut new_request("GET", "/", ()));
    show(&mut w)
}

fn check(expected: &str, inner: impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static) {
    assert_eq!(serve(&timeout_handler(inner, LONG, "")), expected);
}

#[test]
fn answers_in_time_are_those_of_go() {
    check("200 [X-Both=outer,X-Outer=1] ", |_w: &mut dyn ResponseWriter, _r: &mut Request| {});
    check("200 [X-Both=outer,X-Outer=1] hi", |w: &mut dyn ResponseWriter, _r: &mut Request| fprintf!(w, "hi"));
    check("404 [X-Both=outer,X-Outer=1] hi", |w: &mut dyn ResponseWriter, _r: &mut Request| {
        w.write_header(status_code(404));
        w.write_header(status_code(500));
        fprintf!(w, "hi");
    });
    // The header is taken when the handler has returned, so that also late changes go out.
    check(
        "201 [Date=,X-Both=inner,X-Late=goes out,X-New=1|2,X-Outer=1] ",
        |w: &mut dyn ResponseWriter, _r: &mut Request| {
            w.header().set("X-Both", "inner");
            w.header().add("X-New", "1");
            w.header().add("X-New", "2");
            w.header().suppress("Date");
            w.write_header(status_code(201));
            w.header().set("X-Late", "goes out");
        },
    );
    check("103 [X-Both=outer,X-Outer=1] hi", |w: &mut dyn ResponseWriter, _r: &mut Request| {
        w.write_header(status_code(103));
        w.write_header(status_code(200));
        fprintf!(w, "hi");
    });
    check("204 [X-Both=outer,X-Outer=1] hi", |w: &mut dyn ResponseWriter, _r: &mut Request| {
        w.write_header(status_code(204));
        assert_eq!(w.write(b"hi").unwrap(), 2);
    });
    check("200 [X-Both=outer,X-Outer=1] ", |w: &mut dyn ResponseWriter, _r: &mut Request| {
        assert_eq!(w.write(b"").unwrap(), 0);
    });
}

#[test]
fn the_writer_has_no_other_powers() {
    check("200 [X-Both=outer,X-Outer=1] ", |w: &mut dyn ResponseWriter, _r: &mut Request| {
        assert!(!w.can_flush() && !w.can_hijack() && w.unwrap().is_none());
        assert!(w.flush().is_ok());
        for refused in [w.enable_full_duplex(), w.set_write_deadline(None), w.hijack().map(|_| ())] {
            assert!(Error::NotSupported.is(&refused.unwrap_err()));
        }
    });
}

/// A handler that outlives its context, then tells what it met.
fn late(tell: mpsc::Sender<String>) -> impl Handler + 'static {
    let tell = Mutex::new(tell);
    move |w: &mut dyn ResponseWriter, r: &mut Request| {
        fprintf!(w, "early");
        r.context().wait_done();
        // Until the outer handler has looked, writes may still seem to succeed.
        let error = loop {
            match w.write_all(b"late") {
                Ok(()) => thread::yield_now(),
                Err(error) => break error,
            }
        };
        let flushed = w.flush().unwrap_err();
        w.write_header(status_code(500));
        let context = r.context().err().unwrap();
        tell.lock().unwrap().send(format!("{error}; {flushed}; {context}")).unwrap();
    }
}

#[test]
fn a_late_handler_is_answered_for() {
    let page = "<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>";
    for (timeout, message, body) in [(SHORT, "", page), (SHORT, "too slow\n", "too slow\n"), (Duration::ZERO, "", page)]
    {
        let (tell, told) = mpsc::channel();
        let answer = serve(&timeout_handler(late(tell), timeout, message));
        assert_eq!(answer, format!("503 [X-Both=outer,X-Outer=1] {body}"));
        assert_eq!(told.recv().unwrap(), "http: Handler timeout; http: Handler timeout; context deadline exceeded");
    }
}

#[test]
fn a_deadline_of_the_outer_context_counts_too() {
    let (tell, told) = mpsc::channel();
    let (ctx, _cancel) = Context::background().with_timeout(SHORT);
    let mut w = new_recorder();
    let handler = timeout_handler(late(tell), LONG, "too slow");
    handler.serve_http(&mut w, &mut new_request_with_context(ctx, "GET", "/", ()));
    assert_eq!(show(&mut w), "503 [] too slow");
    told.recv().unwrap();
}

#[test]
fn a_cancelled_context_ends_the_wait_at_once_without_a_body() {
    let (tell, told) = mpsc::channel();
    let (ctx, cancel) = Context::background().with_cancel();
    let canceler = thread::spawn(move || {
        thread::sleep(SHORT);
        cancel.cancel();
    });
    let (mut w, started) = (new_recorder(), Instant::now());
    let handler = timeout_handler(late(tell), LONG, "unused");
    handler.serve_http(&mut w, &mut new_request_with_context(ctx, "GET", "/", ()));
    assert!(started.elapsed() < LONG / 2);
    assert_eq!(show(&mut w), "503 [] ");
    assert_eq!(told.recv().unwrap(), "context canceled; context canceled; context canceled");
    canceler.join().unwrap();
}

#[test]
fn the_inner_context_ends_with_the_call() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let started = Instant::now();
    check("200 [X-Both=outer,X-Outer=1] ", move |_w: &mut dyn ResponseWriter, r: &mut Request| {
        assert!(!r.context().done());
        assert!(r.context().deadline().unwrap() > Instant::now());
        tell.lock().unwrap().send(r.context()).unwrap();
    });
    assert!(started.elapsed() < LONG / 2);
    assert_eq!(told.recv().unwrap().err(), Some(ContextError::Canceled));
}

#[test]
fn panics_go_on_with_their_payload() {
    // pitfall C3
    let payload_of = |inner: fn()| {
        let handler = timeout_handler(move |_w: &mut dyn ResponseWriter, _r: &mut Request| inner(), LONG, "");
        panic::catch_unwind(AssertUnwindSafe(|| serve(&handler))).unwrap_err()
    };
    assert_eq!(payload_of(|| abort_handler()).downcast_ref(), Some(&AbortHandler));
    assert_eq!(payload_of(|| resume_unwind(Box::new("boom"))).downcast_ref(), Some(&"boom"));
    assert_eq!(payload_of(|| resume_unwind(Box::new(7_u8))).downcast_ref(), Some(&7_u8));
}

#[test]
fn a_late_panic_is_nobodys_business() {
    let (tell, told) = mpsc::channel::<()>();
    let tell = Mutex::new(Some(tell));
    let inner = move |_w: &mut dyn ResponseWriter, r: &mut Request| {
        let _dropped_by_the_panic = tell.lock().unwrap().take();
        r.context().wait_done();
        thread::sleep(SHORT);
        abort_handler();
    };
    assert_eq!(serve(&timeout_handler(inner, SHORT, "late")), "503 [X-Both=outer,X-Outer=1] late");
    assert!(told.recv().is_err());
}

#[test]
fn errors_of_the_inner_handler_are_answered_as_without_a_timeout() {
    fn answer(inner: impl Handler + 'static) -> (String, Option<String>) {
        let mut w = new_recorder();
        timeout_handler(inner, LONG, "").serve_http(&mut w, &mut new_request("POST", "/", "too long"));
        (show(&mut w), w.error().map(ToString::to_string))
    }
    const PLAIN: &str = "Content-Type=text/plain; charset=utf-8,X-Content-Type-Options=nosniff";
    let unstarted = handler_func(|w, r| {
        w.header().set("X-Kept", "1");
        r.body = max_bytes_reader(w, r.body.clone(), 3);
        let (_, error) = nethttp_core::io::read_all(&mut r.body);
        Err::<(), io::Error>(error.unwrap())
    });
    assert_eq!(
        answer(unstarted),
        (format!("413 [{PLAIN},X-Kept=1] Request Entity Too Large\n"), Some(MaxBytesError { limit: 3 }.to_string()))
    );
    // Nothing of the half answer has gone out, so that a whole one is still possible.
    let begun = handler_func(|w, _r| {
        w.header().set("Content-Encoding", "gzip");
        w.write_all(b"half")?;
        Err::<(), io::Error>(io::Error::other("broken"))
    });
    assert_eq!(answer(begun), (format!("500 [{PLAIN}] Internal Server Error\n"), Some("broken".to_owned())));
}

#[test]
fn no_more_is_kept_than_allowed() {
    const LIMIT: usize = 10;
    let write_each = |sizes: &'static [usize]| {
        let inner = move |w: &mut dyn ResponseWriter, _r: &mut Request| {
            let mut total = 0;
            for &size in sizes {
                let fits = total + size <= LIMIT;
                let result = w.write(&vec![b'x'; size]);
                assert_eq!(result.as_ref().ok(), fits.then_some(&size));
                match result {
                    Ok(_) => total += size,
                    Err(error) => assert_eq!(BufferLimitError::of(&error).unwrap().limit, LIMIT),
                }
            }
        };
        let mut w = new_recorder();
        timeout_handler(inner, LONG, "").buffer_limit(LIMIT).serve_http(&mut w, &mut new_request("GET", "/", ()));
        (w.code.as_u16(), w.body.len(), w.error().map(ToString::to_string))
    };
    assert_eq!(write_each(&[LIMIT]), (200, LIMIT, None));
    assert_eq!(write_each(&[3, 3, 4, 0]), (200, LIMIT, None));
    let text = "http: response exceeds the 10 bytes that timeout_handler keeps";
    for sizes in [&[LIMIT + 1][..], &[4, 4, 4], &[LIMIT, 1], &[4, 70_000, 4]] {
        assert_eq!(write_each(sizes), (500, "Internal Server Error\n".len(), Some(text.to_owned())));
    }
}

#[test]
fn the_inner_request_is_a_copy_that_shares_the_body_and_is_gone_at_the_end() {
    let marker = Arc::new(());
    let held = Arc::clone(&marker);
    let inner = move |_w: &mut dyn ResponseWriter, r: &mut Request| {
        r.header.set("X-Inside", "1");
        let mut byte = [0];
        r.body.read_exact(&mut byte).unwrap();
        *r = r.with_context(r.context().with_value(Arc::clone(&held)));
    };
    let handler = timeout_handler(inner, LONG, "");
    let mut r = new_request("POST", "/", "ab");
    handler.serve_http(&mut new_recorder(), &mut r);
    assert!(r.header.is_empty());
    assert_eq!(nethttp_core::io::read_all(&mut r.body).0, b"b");
    assert_eq!(Arc::strong_count(&marker), 2, "one here, one in the handler");
}

/// A server's hook that counts what is asked of it.
#[derive(Default)]
struct Engine {
    behaviour: Behaviour,
    calls: Mutex<Vec<&'static str>>,
}

#[derive(Default, Clone, Copy)]
enum Behaviour {
    #[default]
    Lending,
    Refusing,
    Dropping,
}

impl Schedule for Engine {
    fn enter_route(&self, _: &RouteCost) {}

    fn leave_route(&self, _: &RouteCost) {}

    fn will_block(&self) {
        self.calls.lock().unwrap().push("will_block");
    }

    fn spawn(&self, job: Box<dyn FnOnce() + Send>) -> Result<(), Busy> {
        self.calls.lock().unwrap().push("spawn");
        match self.behaviour {
            Behaviour::Lending => drop(thread::spawn(job)),
            Behaviour::Refusing => return Err(Busy),
            Behaviour::Dropping => drop(job),
        }
        Ok(())
    }
}

fn serve_on(behaviour: Behaviour) -> (String, Vec<&'static str>) {
    let engine: &'static Engine = Box::leak(Box::new(Engine { behaviour, ..Engine::default() }));
    let mut r = new_request("GET", "/", ());
    r.attach(Some(engine), &Context::background());
    let mut w = new_recorder();
    let inner = |w: &mut dyn ResponseWriter, r: &mut Request| {
        assert!(r.schedule().is_some());
        fprintf!(w, "ran");
    };
    timeout_handler(inner, LONG, "unused").serve_http(&mut w, &mut r);
    (show(&mut w), engine.calls.lock().unwrap().clone())
}

#[test]
fn threads_come_from_the_server_which_is_told_of_the_wait() {
    assert_eq!(serve_on(Behaviour::Lending), ("200 [] ran".to_owned(), vec!["spawn", "will_block"]));
}

#[test]
fn without_a_thread_the_answer_is_busy_at_once() {
    let busy = "503 [Content-Type=text/plain; charset=utf-8,Retry-After=1,X-Content-Type-Options=nosniff] \
                Service Unavailable\n";
    let started = Instant::now();
    assert_eq!(serve_on(Behaviour::Refusing), (busy.to_owned(), vec!["spawn"]));
    assert_eq!(serve_on(Behaviour::Dropping), (busy.to_owned(), vec!["spawn", "will_block"]));
    assert!(started.elapsed() < LONG / 2);
}

/// Threads that have called an inner handler and have not ended yet.
static LIVE: AtomicUsize = AtomicUsize::new(0);

struct CountsItsThread(Cell<bool>);

impl Drop for CountsItsThread {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

thread_local! {
    static COUNTED: CountsItsThread = {
        LIVE.fetch_add(1, Ordering::SeqCst);
        CountsItsThread(Cell::new(false))
    };
}

#[test]
fn a_thousand_timeouts_leave_no_thread_behind() {
    // pitfall C2
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let inner = |_w: &mut dyn ResponseWriter, r: &mut Request| {
        COUNTED.with(|counted| assert!(!counted.0.replace(true)));
        STARTED.fetch_add(1, Ordering::SeqCst);
        r.context().wait_done();
    };
    let handler = timeout_handler(inner, Duration::from_millis(2), "late");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250 {
                    let mut w = new_recorder();
                    handler.serve_http(&mut w, &mut new_request("GET", "/", ()));
                    assert_eq!((w.code.as_u16(), w.body.bytes()), (503, &b"late"[..]));
                }
            });
        }
    });
    let patience = Instant::now() + LONG;
    while STARTED.load(Ordering::SeqCst) < 1000 || LIVE.load(Ordering::SeqCst) > 0 {
        assert!(Instant::now() < patience, "{} threads left", LIVE.load(Ordering::SeqCst));
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(Arc::strong_count(&handler.handler), 1);
}
