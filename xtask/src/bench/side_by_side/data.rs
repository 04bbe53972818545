//! The files that servers are asked for: made at the first run, with bytes that do not compress, and a page that does.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Names and lengths of the files that are sent.
pub(super) const FILES: &[(&str, usize)] = &[("10k.bin", 10 << 10), ("1m.bin", 1 << 20), ("100m.bin", 100 << 20)];

pub(super) const PAGE: &str = "page.html";
const PAGE_LENGTH: usize = 32 << 10;

/// Makes what is not there yet; says where it is.
pub(super) fn prepare(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for &(name, length) in FILES {
        let path = folder.join(name);
        if fs::metadata(&path).is_ok_and(|file| file.len() == length as u64) {
            continue;
        }
        let mut numbers = Numbers(1);
        let block: Vec<u8> = (0..length.min(1 << 20) / 8).flat_map(|_| numbers.next().to_le_bytes()).collect();
        let mut file = fs::File::create(path)?;
        for _ in 0..length / block.len() {
            file.write_all(&block)?;
        }
    }
    fs::write(folder.join(PAGE), page())?;
    folder.canonicalize()
}

/// A table of made-up orders: as repetitive as pages are.
fn page() -> String {
    let words: Vec<_> = WORDS.split(' ').collect();
    let mut numbers = Numbers(7);
    let mut page =
        String::from("<!DOCTYPE html>\n<html><head><title>Orders</title></head><body>\n<table id=\"orders\">\n");
    let mut row = 0;
    while page.len() < PAGE_LENGTH {
        row += 1;
        let mut word = || words[usize::try_from(numbers.next() % words.len() as u64).unwrap_or(0)];
        let text: Vec<_> = (0..9).map(|_| word()).collect();
        let (class, key) = (word(), word());
        let (order, price) = (numbers.next() % 1_000_000, numbers.next() % 100_000);
        page += &format!(
            "<tr id=\"row-{row}\"><td class=\"{class}\">{order}</td><td>{}</td><td data-{key}=\"{price}\">{}.{:02}</td></tr>\n",
            text.join(" "),
            price / 100,
            price % 100
        );
    }
    page.truncate(PAGE_LENGTH);
    page
}

const WORDS: &str = "customer order item quantity price total status pending shipped returned address street city country \
name phone mail invoice paid due date note gift express parcel tracking number warehouse stock colour size";

/// Numbers that look random and are the same each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_always_the_same() {
        let page = page();
        assert_eq!(page.len(), PAGE_LENGTH);
        assert!(page.is_ascii());
        assert_eq!(page, super::page());
    }
}
