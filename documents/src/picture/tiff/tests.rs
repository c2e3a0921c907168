//! Files of several pages that are built here.

use super::directory::Tiff;
use crate::{Budget, Child, Reason};

/// A file with directories of tags, types and values.
struct Builder {
    little: bool,
    big: bool,
    bytes: Vec<u8>,
    /// Where the next directory's offset goes.
    link: usize,
}

impl Builder {
    fn new(little: bool, big: bool) -> Self {
        let mut builder = Self { little, big, bytes: Vec::new(), link: if big { 8 } else { 4 } };
        builder.bytes.extend(if little { b"II" } else { b"MM" });
        builder.push(if big { 43 } else { 42 }, 2);
        if big {
            builder.push(8, 2);
            builder.push(0, 2);
        }
        builder.push(0, builder.size());
        builder
    }

    fn size(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn number(&self, number: u64, size: usize) -> Vec<u8> {
        let mut bytes = number.to_le_bytes()[..size].to_vec();
        if !self.little {
            bytes.reverse();
        }
        bytes
    }

    fn push(&mut self, number: u64, size: usize) {
        let bytes = self.number(number, size);
        self.bytes.extend(bytes);
    }

    /// Adds bytes; gives their place.
    fn data(&mut self, data: &[u8]) -> u64 {
        let at = self.bytes.len() as u64;
        self.bytes.extend(data);
        at
    }

    /// Adds a directory to the list; gives its place.
    fn directory(&mut self, entries: &[(u16, u16, &[u64])]) -> u64 {
        let mut values = Vec::new();
        for (_, kind, numbers) in entries {
            let size = match kind {
                1 | 2 | 7 => 1,
                3 => 2,
                4 => 4,
                _ => 8,
            };
            let bytes: Vec<u8> =
                numbers.iter().flat_map(|&number| self.number(number, size)).collect();
            values.push(if bytes.len() > self.size() {
                let at = self.data(&bytes);
                self.number(at, self.size())
            } else {
                [&bytes[..], &vec![0; self.size() - bytes.len()]].concat()
            });
        }
        let at = self.bytes.len();
        let link = self.number(at as u64, self.size());
        self.bytes[self.link..self.link + link.len()].copy_from_slice(&link);
        self.push(entries.len() as u64, if self.big { 8 } else { 2 });
        for ((tag, kind, numbers), value) in entries.iter().zip(values) {
            self.push((*tag).into(), 2);
            self.push((*kind).into(), 2);
            self.push(numbers.len() as u64, self.size());
            self.bytes.extend(value);
        }
        self.link = self.bytes.len();
        self.push(0, self.size());
        at as u64
    }
}

fn children(bytes: &[u8]) -> (Vec<Child>, Result<(), Reason>) {
    let mut children = Vec::new();
    let result = super::children(bytes, &mut Budget::new(), &mut |child, _| {
        children.push(child);
        Ok(())
    });
    (children, result)
}

/// The strips or tiles of the one page of a file, and the text of a tag in Exif.
fn pieces(page: &[u8], offsets: u16, counts: u16) -> Vec<Vec<u8>> {
    let tiff = Tiff::open(page).unwrap();
    let (directories, whole) = tiff.directories(&mut Budget::new()).unwrap();
    assert!(whole && directories.len() == 1);
    let numbers =
        |tag| -> Vec<u64> { tiff.numbers(directories[0].entry(tag).unwrap()).unwrap().collect() };
    let places = numbers(offsets).into_iter().zip(numbers(counts));
    places.map(|(at, length)| tiff.slice(at..at + length).unwrap().to_vec()).collect()
}

#[test]
fn pages_of_all_forms() {
    for (little, big) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut builder = Builder::new(little, big);
        let offset = if big { 16 } else { 4 };
        let first = builder.data(b"first page, second strip");
        builder.directory(&[
            (256, 3, &[8]),
            (270, 2, &[104; 30]),
            (273, offset, &[first + 12, first]),
            (279, 3, &[12, 11]),
            (297, 3, &[1, 2]),
        ]);
        let second = builder.data(b"tiles");
        let exif = builder.bytes.len() as u64;
        // A directory of Exif with one tag, whose value stands elsewhere.
        builder.push(1, if big { 8 } else { 2 });
        builder.push(36867, 2);
        builder.push(2, 2);
        builder.push(20, builder.size());
        builder.push(second, builder.size());
        builder.push(0, builder.size());
        builder.directory(&[
            (297, 3, &[0, 2]),
            (324, offset, &[second, second, 0]),
            (325, 4, &[5, 3, 0]),
            (34665, offset, &[exif]),
        ]);
        let (children, result) = children(&builder.bytes);
        assert_eq!(result, Ok(()));
        let names: Vec<&[u8]> = children.iter().map(|child| &child.name[..]).collect();
        assert_eq!(names, [b"page-1.tiff", b"page-2.tiff"]);
        // By their numbers, against the order of the file.
        let page = |at: usize| children[at].bytes.as_ref().unwrap();
        assert_eq!(pieces(page(0), 324, 325), [&b"tiles"[..], b"til", b""]);
        assert_eq!(pieces(page(1), 273, 279), [&b"second strip"[..], b"first page,"]);
        let tiff = Tiff::open(page(0)).unwrap();
        let budget = &mut Budget::new();
        let (directories, _) = tiff.directories(budget).unwrap();
        let exif = tiff.first(&directories[0], 34665).unwrap();
        let exif = tiff.directory(exif, budget).unwrap().unwrap();
        assert!(tiff.values(exif.entry(36867).unwrap()).unwrap().starts_with(b"tiles"));
        // A page has no pages.
        assert_eq!(self::children(page(0)), (Vec::new(), Ok(())));
    }
}

#[test]
fn what_is_no_page_is_said() {
    let mut builder = Builder::new(true, false);
    let data = builder.data(b"data");
    let strip: [(u16, u16, &[u64]); 2] = [(273, 4, &[data]), (279, 4, &[4])];
    let page = builder.directory(&[strip[0], strip[1], (330, 4, &[8, 8])]);
    builder.directory(&[(254, 4, &[1]), strip[0], strip[1]]);
    builder.directory(&[(254, 4, &[4]), strip[0], strip[1]]);
    let details = |bytes: &[u8]| -> Vec<String> {
        let (children, _) = children(bytes);
        assert!(children.iter().all(|child| child.bytes == Err(Reason::NotOpened)));
        children.into_iter().map(|child| child.detail).collect()
    };
    let expected =
        ["a smaller version of a page", "a mask of a page", "2 more pictures below directory 1"];
    assert_eq!(details(&builder.bytes), expected);

    // A list that runs in a circle.
    let link = builder.link;
    let bytes = builder.number(page, 4);
    builder.bytes[link..link + 4].copy_from_slice(&bytes);
    assert_eq!(children(&builder.bytes).1, Err(Reason::Damaged));
}

#[test]
fn a_page_whose_bytes_are_missing_is_damaged() {
    let mut builder = Builder::new(true, false);
    let data = builder.data(b"data");
    builder.directory(&[(273, 4, &[data]), (279, 4, &[4])]);
    builder.directory(&[(273, 4, &[99_999]), (279, 4, &[4])]);
    // Without a length, a strip ends where something else begins.
    builder.directory(&[(273, 4, &[data])]);
    let (children, result) = children(&builder.bytes);
    assert_eq!(result, Ok(()));
    assert!(children[0].bytes.is_ok());
    assert_eq!(children[1].bytes, Err(Reason::Damaged));
    assert!(children[2].bytes.as_ref().unwrap().ends_with(b"data"));
}

#[test]
fn many_pages_of_the_same_bytes_are_too_large() {
    let mut builder = Builder::new(true, false);
    let data = builder.data(&[0; 1 << 20]);
    for _ in 0..300 {
        builder.directory(&[(273, 4, &[data]), (279, 4, &[1 << 20])]);
    }
    let (children, result) = children(&builder.bytes);
    assert_eq!(result, Err(Reason::TooLarge));
    assert!(children.len() < 256);
}
