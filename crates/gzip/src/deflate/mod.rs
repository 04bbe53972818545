//! A compressor of its own for the levels that servers use: bytes in, DEFLATE blocks out.
//!
//! It is here because it is quicker than the backends that can be had: at the default level it takes about half the time
//! of the fastest of them for the same size. The three highest levels, where size is all that counts, are left to those.
//!
//! Never reads a byte that was not given to it since the last reset, and holds a bounded amount of memory.
//!
//! RFC 1951. The stages: `compressor` buffers the input, `matcher` finds what repeats, `tokens` holds what
//! it found, `block` writes that with the codes that `huffman` makes.

mod block;
mod compressor;
mod huffman;
mod matcher;
mod symbols;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use compressor::{Compressor, Effort};
