//! For tests: what Go 1.27.3 did with recorded inputs.
//!
//! A line of a fixture is the input in double quotes with Go's escapes, a tab, and what was observed.

/// The lines of a fixture: input and observation.
pub(crate) fn cases(fixture: &str) -> impl Iterator<Item = (Vec<u8>, &str)> {
    fixture.lines().map(|line| {
        let (input, observed) = line.split_once('\t').unwrap();
        (unquote(input), observed)
    })
}

fn unquote(text: &str) -> Vec<u8> {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
    let mut bytes = inner.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next().unwrap() {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'x' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            escaped => escaped,
        });
    }
    out
}

/// `input` in every way it is fed to a parser: whole, byte by byte, and cut once at each position. Each way is the list
/// of the lengths that have arrived.
pub(crate) fn arrivals(input: &[u8]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let length = input.len();
    let cuts = (0..length).map(move |cut| vec![cut, length]);
    [vec![length], (0..=length).collect()].into_iter().chain(cuts)
}
