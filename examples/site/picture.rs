//! The picture of the front page: a Julia set, drawn when the program starts, as a PNG without compression.

/// The picture as a PNG file.
pub(crate) fn png() -> Vec<u8> {
    // One byte a pixel, each line behind the number of its filter: 0, none.
    let mut lines = Vec::with_capacity((WIDTH + 1) * HEIGHT);
    for y in 0..HEIGHT {
        lines.push(0);
        lines.extend((0..WIDTH).map(|x| colour_at(x, y)));
    }
    let size = |length: usize| u32::try_from(length).expect("a small picture").to_be_bytes();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    // Eight bits a pixel, which stand for a colour of the palette.
    chunk(&mut file, b"IHDR", &[&size(WIDTH)[..], &size(HEIGHT), &[8, 3, 0, 0, 0]].concat());
    chunk(&mut file, b"PLTE", &palette());
    chunk(&mut file, b"IDAT", &stored(&lines));
    chunk(&mut file, b"IEND", b"");
    file
}

const WIDTH: usize = 960;
const HEIGHT: usize = 400;

/// Steps after which a point counts as one that stays.
const STEPS: u32 = 240;

/// The parameter of the set.
const C: (f64, f64) = (-0.7269, 0.1889);

/// The mean of four points of the pixel.
fn colour_at(x: usize, y: usize) -> u8 {
    let offsets = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
    let mean = offsets.iter().map(|(dx, dy)| depth(x as f64 + dx, y as f64 + dy)).sum::<f64>() / 4.0;
    (mean * 255.0) as u8
}

/// How long a point takes to escape, from 0 to 1; the logarithm takes the steps out of it.
fn depth(x: f64, y: f64) -> f64 {
    let scale = 3.3 / WIDTH as f64;
    let (mut re, mut im) = ((x - WIDTH as f64 / 2.0) * scale, (y - HEIGHT as f64 / 2.0) * scale);
    for step in 0..STEPS {
        let square = re * re + im * im;
        if square > 256.0 {
            let steps = f64::from(step) + 1.0 - (square.ln() / 2.0).log2();
            return (steps.max(0.0) / f64::from(STEPS)).powf(0.45).min(1.0);
        }
        (re, im) = (re * re - im * im + C.0, 2.0 * re * im + C.1);
    }
    1.0
}

/// 256 colours between these, from the far plane to the set itself.
fn palette() -> Vec<u8> {
    const STOPS: [[f64; 3]; 6] = [
        [11.0, 16.0, 38.0],
        [28.0, 43.0, 96.0],
        [31.0, 122.0, 140.0],
        [240.0, 180.0, 90.0],
        [250.0, 240.0, 210.0],
        [19.0, 20.0, 46.0],
    ];
    let colour = |index: u32| {
        let at = f64::from(index) / 255.0 * (STOPS.len() - 1) as f64;
        let (from, to) = (STOPS[at as usize], STOPS[(at as usize + 1).min(STOPS.len() - 1)]);
        [0, 1, 2].map(|part| (from[part] + (to[part] - from[part]) * at.fract()) as u8)
    };
    (0..256).flat_map(colour).collect()
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let start = file.len() + 4;
    file.extend(u32::try_from(data.len()).expect("a small chunk").to_be_bytes());
    file.extend(kind);
    file.extend(data);
    let check = crc32(&file[start..]);
    file.extend(check.to_be_bytes());
}

/// A zlib stream of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1, 0), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
