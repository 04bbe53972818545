//! A reader of DEFLATE that shares nothing with the writer and takes less than others do: every code complete, every
//! distance within what is there, not a bit too many.
//!
//! RFC 1951. A single code of one bit is the one exception to completeness, as in the RFC.

/// The bytes of a whole stream; `Err` says what is wrong with it.
pub(super) fn inflate(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bits = BitReader { packed, at: 0 };
    let mut out = Vec::new();
    loop {
        let is_last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut out)?,
            1 => {
                let literals: Vec<u8> = (0..288).map(|symbol| [8, 9, 7, 8][fixed_class(symbol)]).collect();
                coded(&mut bits, &mut out, &Decoder::new(&literals)?, &Decoder::new(&[5; 32])?)?;
            }
            2 => {
                let (literals, distances) = own_codes(&mut bits)?;
                coded(&mut bits, &mut out, &literals, &distances)?;
            }
            _ => return Err("a kind of block that there is not".to_owned()),
        }
        if is_last {
            break;
        }
    }
    match packed.len() - bits.at.div_ceil(8) {
        0 => Ok(out),
        more => Err(format!("{more} bytes too many")),
    }
}

const fn fixed_class(symbol: usize) -> usize {
    match symbol {
        0..144 => 0,
        144..256 => 1,
        256..280 => 2,
        _ => 3,
    }
}

struct BitReader<'b> {
    packed: &'b [u8],
    at: usize,
}

impl BitReader<'_> {
    fn take(&mut self, count: usize) -> Result<usize, String> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.packed.get(self.at / 8).ok_or("the stream has no end")?;
            value |= usize::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }
}

fn stored(bits: &mut BitReader<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    let padding = bits.at.next_multiple_of(8) - bits.at;
    if bits.take(padding)? != 0 {
        return Err("padding that is not zero".to_owned());
    }
    let (length, check) = (bits.take(16)?, bits.take(16)?);
    if length != !check & 0xffff {
        return Err("lengths that differ".to_owned());
    }
    for _ in 0..length {
        out.push(bits.take(8)? as u8);
    }
    Ok(())
}

/// Symbols by the length and the value of their codes.
struct Decoder {
    of_length: [usize; 16],
    symbols: Vec<usize>,
}

impl Decoder {
    fn new(lengths: &[u8]) -> Result<Self, String> {
        let mut of_length = [0; 16];
        lengths.iter().for_each(|&length| of_length[usize::from(length)] += 1);
        of_length[0] = 0;
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|&symbol| lengths[symbol] > 0).collect();
        symbols.sort_by_key(|&symbol| (lengths[symbol], symbol));
        let taken: usize = (1..16).map(|length| of_length[length] << (15 - length)).sum();
        match taken {
            0x8000 | 0 => {}
            0x4000 if symbols.len() == 1 => {}
            _ => return Err(format!("a code that is not complete: {lengths:?}")),
        }
        Ok(Self { of_length, symbols })
    }

    fn take(&self, bits: &mut BitReader<'_>) -> Result<usize, String> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for length in 1..16 {
            code |= bits.take(1)?;
            let count = self.of_length[length];
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            (first, code) = ((first + count) << 1, code << 1);
        }
        Err("a code that means nothing".to_owned())
    }
}

fn own_codes(bits: &mut BitReader<'_>) -> Result<(Decoder, Decoder), String> {
    let (literals, distances) = (bits.take(5)? + 257, bits.take(5)? + 1);
    let given = bits.take(4)? + 4;
    if literals > 286 || distances > 30 {
        return Err("more codes than there are symbols".to_owned());
    }
    let mut step_lengths = [0; 19];
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].into_iter().take(given) {
        step_lengths[symbol] = bits.take(3)? as u8;
    }
    if step_lengths.iter().filter(|&&length| length > 0).count() < 2 {
        return Err("a code for lengths that some readers refuse".to_owned());
    }
    let steps = Decoder::new(&step_lengths)?;
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (value, count) = match steps.take(bits)? {
            16 => (*lengths.last().ok_or("nothing to repeat")?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.resize(lengths.len() + count, value);
    }
    if lengths.len() > literals + distances || lengths[256] == 0 {
        return Err("too many lengths, or no end".to_owned());
    }
    Ok((Decoder::new(&lengths[..literals])?, Decoder::new(&lengths[literals..])?))
}

fn coded(bits: &mut BitReader<'_>, out: &mut Vec<u8>, literals: &Decoder, distances: &Decoder) -> Result<(), String> {
    loop {
        let length = match literals.take(bits)? {
            byte @ 0..256 => {
                out.push(byte as u8);
                continue;
            }
            256 => return Ok(()),
            symbol @ 257..265 => symbol - 254,
            285 => 258,
            symbol @ 265..285 => {
                let extra = (symbol - 261) / 4;
                3 + ((4 + (symbol - 261) % 4) << extra) + bits.take(extra)?
            }
            _ => return Err("a length that there is not".to_owned()),
        };
        let distance = match distances.take(bits)? {
            symbol @ 0..4 => symbol + 1,
            symbol @ 4..30 => {
                let extra = symbol / 2 - 1;
                1 + ((2 + symbol % 2) << extra) + bits.take(extra)?
            }
            _ => return Err("a distance that there is not".to_owned()),
        };
        let from = out.len().checked_sub(distance).ok_or("a distance beyond the start")?;
        for at in from..from + length {
            out.push(out[at]);
        }
    }
}

#[test]
fn what_is_wrong_is_refused() {
    assert_eq!(inflate(&[0b11, 0]), Ok(vec![]));
    assert_eq!(inflate(b"\x01\x02\x00\xfd\xffab"), Ok(b"ab".to_vec()));
    // A literal and a match, from another compressor.
    assert_eq!(inflate(&[0x4b, 0x84, 0x03, 0x00]), Ok(b"a".repeat(10)));
    for (packed, reason) in [
        (&b""[..], "no end"),
        (&[0b111], "a kind of block"),
        (b"\x01\x02\x00\xfd\xfea", "differ"),
        (b"\x09\x00\x00\xff\xff", "padding"),
        (&[0b11, 0, 0], "too many"),
        // A match at the very beginning.
        (&[0x03, 0x02, 0x00], "beyond the start"),
    ] {
        let refusal = inflate(packed).unwrap_err();
        assert!(refusal.contains(reason), "{packed:?}: {refusal}");
    }
}
