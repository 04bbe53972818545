//! `Encoder`: whole streams, streams in pieces, flushes, reuse.

use std::io::{self, ErrorKind};

use nethttp_gzip::{BEST_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, Encoder, Level, NO_COMPRESSION};

use crate::support::{page, unpack, unpack_start};

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![
        Vec::new(),
        b"a".to_vec(),
        b"hello".to_vec(),
        vec![b'x'; 100_000],
        b"abc".repeat(10_000),
        page(1),
        page(1000),
        page(32_768),
        page(65_536),
        page(65_537),
        page(150_000),
        noise(10),
        noise(65_535),
        noise(70_000),
        (0..=255).cycle().take(70_000).collect(),
    ];
    samples.push([page(20_000), noise(40_000), page(20_000), vec![0; 40_000]].concat());
    samples
}

fn pack(encoder: &mut Encoder, pieces: &[&[u8]]) -> Vec<u8> {
    let mut packed = Vec::new();
    for piece in pieces {
        encoder.write_to(&mut packed, piece).unwrap();
    }
    encoder.finish_to(&mut packed).unwrap();
    packed
}

#[test]
fn every_level_packs_everything() {
    for level in -2..=9 {
        let mut encoder = Encoder::new(Level::new(level).unwrap());
        for sample in samples() {
            encoder.reset();
            let packed = pack(&mut encoder, &[&sample]);
            assert!(unpack(&packed).unwrap() == sample, "level {level}, {} bytes", sample.len());
            assert!(packed.len() <= sample.len() + sample.len() / 1000 + 64, "level {level}, {} bytes", sample.len());
        }
    }
}

#[test]
fn pieces_of_any_size_are_the_same_stream_unpacked() {
    let sample = [page(70_000), noise(5_000)].concat();
    for level in [NO_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, BEST_COMPRESSION] {
        let mut encoder = Encoder::new(level);
        for size in [1, 2, 3, 7, 100, 4096, 32_767, 32_768, 32_769, 65_536] {
            // Small pieces take long.
            let sample = &sample[..sample.len().min(size * 3000)];
            encoder.reset();
            let pieces: Vec<&[u8]> = sample.chunks(size).collect();
            assert!(unpack(&pack(&mut encoder, &pieces)).unwrap() == sample, "{level:?} {size}");
        }
        for cut in [1, 1000, sample.len() - 1] {
            encoder.reset();
            let (first, second) = sample.split_at(cut);
            assert!(unpack(&pack(&mut encoder, &[first, second])).unwrap() == sample, "{level:?} cut at {cut}");
        }
    }
}

#[test]
fn a_flush_lets_everything_through() {
    let sample = [page(30_000), noise(3000)].concat();
    for level in [NO_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, BEST_COMPRESSION] {
        for size in [1, 1500, 40_000] {
            let mut encoder = Encoder::new(level);
            let mut packed = Vec::new();
            for (index, piece) in sample.chunks(size).enumerate().take(100) {
                encoder.write_to(&mut packed, piece).unwrap();
                encoder.flush_to(&mut packed).unwrap();
                if index % 33 == 0 {
                    // Twice is no harm.
                    encoder.flush_to(&mut packed).unwrap();
                    let so_far = (index * size + size).min(sample.len());
                    assert!(unpack_start(&packed) == sample[..so_far], "{level:?} {size} {index}");
                }
            }
            encoder.finish_to(&mut packed).unwrap();
            let whole = (100 * size).min(sample.len());
            assert!(unpack(&packed).unwrap() == sample[..whole], "{level:?} {size}");
        }
    }
}

#[test]
fn the_header_is_gos() {
    for (level, extra) in [(DEFAULT_COMPRESSION, 0), (BEST_SPEED, 4), (BEST_COMPRESSION, 2), (NO_COMPRESSION, 0)] {
        let mut packed = Vec::new();
        Encoder::new(level).write_to(&mut packed, b"").unwrap();
        assert_eq!(packed, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, 255]);
    }
    let mut packed = Vec::new();
    Encoder::new(DEFAULT_COMPRESSION).finish_to(&mut packed).unwrap();
    assert_eq!((packed.len(), &packed[10..12]), (20, &[3, 0][..]));
}

#[test]
fn an_encoder_is_new_after_a_reset() {
    let mut encoder = Encoder::new(DEFAULT_COMPRESSION);
    let fresh = pack(&mut encoder, &[&page(20_000)]);
    let end = encoder.write_to(&mut Vec::new(), b"x").unwrap_err();
    assert_eq!(end.kind(), ErrorKind::InvalidInput);
    let mut nothing = Vec::new();
    encoder.finish_to(&mut nothing).unwrap();
    assert!(nothing.is_empty());
    for abandoned in [&noise(100_000)[..], &page(10), b""] {
        encoder.reset();
        encoder.write_to(&mut Vec::new(), abandoned).unwrap();
        encoder.reset();
        assert!(pack(&mut encoder, &[&page(20_000)]) == fresh);
    }
}

#[test]
fn an_error_of_the_sink_comes_back() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            panic!("nobody flushes the sink");
        }
    }
    let mut encoder = Encoder::new(BEST_SPEED);
    assert_eq!(encoder.write_to(&mut Full, b"x").unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(encoder.flush_to(&mut Full).unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(encoder.finish_to(&mut Full).unwrap_err().kind(), ErrorKind::StorageFull);
}

#[test]
fn encoders_may_change_threads() {
    const fn may_leave<T: Send + 'static>() {}
    const fn is_shared<T: Send + Sync + 'static>() {}
    may_leave::<Encoder>();
    is_shared::<nethttp_gzip::EncoderPool>();
    is_shared::<nethttp_gzip::GzipOptions>();
}
