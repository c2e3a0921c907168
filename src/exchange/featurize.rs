//! The tensors that are proved, written for training: one row of a NumPy array
//! per document that a view reads.
//!
//! A view of tokens gives an array of ids, and a second one that tells tokens from padding.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::error::ExchangeError;
use super::progress::Progress;
use super::unreadable::status;
use crate::corpus::document::read_document;
use crate::corpus::error::CorpusError;
use crate::corpus::missing::Shown;
use crate::corpus::scan::{Found, scan};
use crate::corpus::views::{View, ViewId, Vocabularies};
use crate::exchange::formats::text::{Name, Sha256Hex};
use crate::exchange::vocabularies;
use crate::files::{directory_of, sync_directory, temporary};
use crate::readers;

/// Documents that are read before their rows are written.
const DOCUMENTS_AT_A_TIME: usize = 64;
/// Length of the array's header, which is padded: the number of rows is not
/// known when it is first written.
const HEADER_BYTES: usize = 128;

/// What `featurize` is given.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The documents.
    pub documents: &'a Path,
    /// The view to read them by.
    pub view: ViewId,
    /// What a view of tokens reads by.
    pub vocabularies: &'a Vocabularies,
    /// The array to write, `X.npy`; `X.csv` and `X.view.json` are written beside it, and of
    /// a view of tokens `X.mask.npy`. None of them may exist.
    pub out: &'a Path,
}

/// What `featurize` did.
#[derive(Clone, Debug, Serialize)]
pub struct Featurized {
    /// The view.
    pub view: ViewId,
    /// Files under the directory.
    pub documents: u64,
    /// Rows of the array: files that the view reads.
    pub rows: u64,
    /// Bytes of a row.
    pub row_bytes: u64,
    /// Files that it cannot read, by reason.
    pub unreadable: BTreeMap<&'static str, u64>,
    /// The array.
    pub array: PathBuf,
    /// The list of the files and their rows.
    pub list: PathBuf,
    /// What a model that is trained on the array says of itself.
    pub said: PathBuf,
    /// Which tokens are not padding, of a view of tokens.
    pub mask: Option<PathBuf>,
    /// Documents of which a view of tokens leaves out a part.
    pub cut: u64,
    /// Tokens that it leaves out, of all documents.
    pub tokens: u64,
}

/// Reads every file under a directory by a view and writes the tensors as an
/// array of unsigned bytes, shape (rows, bytes of the view), and a list with the
/// columns `file`, `status` and `row`: files by the bytes of their paths, and
/// `read` or the reason why there is no row. Of a view of tokens the array is of unsigned
/// numbers of two bytes, shape (rows, tokens), with an array of bytes 1 and 0 of the same
/// shape, and the list has the column `tokens left out`.
///
/// The walk and the reading are those of a commitment, so the rows are exactly
/// what is proved.
///
/// # Errors
/// If a file cannot be read, or an output exists or cannot be written.
pub fn featurize(
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Featurized, ExchangeError> {
    let Options { documents, view, vocabularies, out } = options;
    let full = &vocabularies::view(*view, vocabularies)?;
    let Beside { list, said, mask } = beside(out, full)?;
    for path in [*out, &*list, &*said].into_iter().chain(mask.as_deref()) {
        if path.symlink_metadata().is_ok() {
            let advice = "choose another name, or move the old one away";
            return Err(ExchangeError::file(path, "already exists", advice));
        }
    }
    let files = scan(documents).map_err(CorpusError::from)?;
    if files.is_empty() {
        return Err(CorpusError::Empty(documents.to_path_buf()).into());
    }
    progress.stage("reading documents", files.len() as u64);
    progress.if_stopped(&format!(
        "nothing is kept but unfinished files named .candor-… beside {}; remove them, and run the same command again",
        out.display()
    ));
    let mut done = Featurized {
        view: *view,
        documents: files.len() as u64,
        rows: 0,
        row_bytes: view.byte_len() as u64,
        unreadable: BTreeMap::new(),
        array: out.to_path_buf(),
        list: list.clone(),
        said: said.clone(),
        mask: mask.clone(),
        cut: 0,
        tokens: 0,
    };
    let mut array = Output::create(out)?;
    let (kind, width) = match full.vocabulary() {
        Some(_) => ("<u2", view.byte_len() / 2),
        None => ("|u1", view.byte_len()),
    };
    array.write(&header(kind, 0, width))?;
    let mut masks = mask.as_deref().map(Output::create).transpose()?;
    if let Some(masks) = &mut masks {
        masks.write(&header("|u1", 0, width))?;
    }
    let mut table = csv::Writer::from_writer(Output::create(&list)?);
    let of_table = |error: csv::Error| ExchangeError::file(&list, error, "free some disk space");
    let columns = ["file", "status", "row", "tokens left out"];
    let columns = if masks.is_some() { &columns[..] } else { &columns[..3] };
    table.write_record(columns).map_err(of_table)?;
    for files in files.chunks(DOCUMENTS_AT_A_TIME) {
        let read = |file: &Found| {
            let reading = read_document(&file.location)?;
            let shown = reading.canonicalise_one(&reading.record(file.path.clone()), full);
            let beyond = reading.tokens_beyond(std::slice::from_ref(full));
            progress.advance(1);
            Ok((shown, beyond))
        };
        let tensors: Vec<(Shown, u64)> = readers::in_parallel(|| {
            files.par_iter().map(read).collect::<Result<_, ExchangeError>>()
        })?;
        for (file, (tensor, beyond)) in files.iter().zip(tensors) {
            let name = listed_name(&file.path);
            let (status, row, beyond) = match tensor {
                Ok(tensor) => {
                    array.write(&tensor)?;
                    if let Some((masks, vocabulary)) = masks.as_mut().zip(full.vocabulary()) {
                        masks.write(&vocabulary.mask(&tensor))?;
                    }
                    done.cut += u64::from(beyond > 0);
                    done.tokens = done.tokens.saturating_add(beyond);
                    done.rows += 1;
                    ("read", (done.rows - 1).to_string(), beyond.to_string())
                }
                Err(missing) => {
                    *done.unreadable.entry(status(missing)).or_default() += 1;
                    (status(missing), String::new(), String::new())
                }
            };
            let cells = [&name, status, &row, &beyond];
            table.write_record(&cells[..columns.len()]).map_err(of_table)?;
        }
    }
    array.rewrite(&header(kind, done.rows, width))?;
    if let Some(masks) = &mut masks {
        masks.rewrite(&header("|u1", done.rows, width))?;
    }
    let table = table.into_inner().map_err(|error| of_table(error.into_error().into()))?;
    // The array comes last: where it is, all is.
    table.persist()?;
    let masks = masks.map_or(Ok(()), Output::persist);
    let last = masks.and_then(|()| write_said(&said, full)).and_then(|()| array.persist());
    if let Err(error) = last {
        for path in [&list, &said].into_iter().chain(&mask) {
            let _ = std::fs::remove_file(path);
        }
        return Err(error);
    }
    Ok(done)
}

/// Writes the keys of a model's metadata that the view settles (`docs/formats.md`).
fn write_said(path: &Path, view: &View) -> Result<(), ExchangeError> {
    let mut keys = vec![("candor.view", view.id().to_string())];
    let vocabulary = view.vocabulary().map(|found| Sha256Hex(found.digest()).to_string());
    keys.extend(vocabulary.map(|digest| ("candor.vocabulary", digest)));
    let keys: Vec<String> =
        keys.iter().map(|(key, value)| format!("  \"{key}\": \"{value}\"")).collect();
    let mut file = Output::create(path)?;
    file.write(format!("{{\n{}\n}}\n", keys.join(",\n")).as_bytes())?;
    file.persist()
}

/// What stands beside the array.
struct Beside {
    list: PathBuf,
    said: PathBuf,
    mask: Option<PathBuf>,
}

fn beside(out: &Path, view: &View) -> Result<Beside, ExchangeError> {
    if out.extension().is_some_and(|extension| extension == "npy") {
        return Ok(Beside {
            list: out.with_extension("csv"),
            said: out.with_extension("view.json"),
            mask: view.vocabulary().map(|_| out.with_extension("mask.npy")),
        });
    }
    let advice = "give a name that ends in .npy; the list gets the same name with .csv";
    Err(ExchangeError::file(out, "is not a name for a NumPy array", advice))
}

/// A path as it is, or as artefacts show it if it is not Unicode.
pub(super) fn listed_name(path: &[u8]) -> String {
    match str::from_utf8(path) {
        Ok(name) => name.to_owned(),
        Err(_) => Name(path.to_vec()).to_string(),
    }
}

/// The header of version 1.0 of the format: magic, version, length, and a
/// Python dictionary padded with spaces.
fn header(kind: &str, rows: u64, width: usize) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // Two bytes of length come before the dictionary, a line break ends it.
    let length = HEADER_BYTES - bytes.len() - 2;
    bytes.extend((length as u16).to_le_bytes());
    let shape = format!("({rows}, {width})");
    let dictionary = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    bytes.extend(format!("{dictionary:<width$}\n", width = length - 1).bytes());
    bytes
}

/// A file that appears under its name when it is whole.
struct Output {
    path: PathBuf,
    writer: BufWriter<NamedTempFile>,
}

impl Output {
    fn create(path: &Path) -> Result<Self, ExchangeError> {
        let file = temporary(path, 0o666)?;
        Ok(Self { path: path.to_owned(), writer: BufWriter::with_capacity(1 << 20, file) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        self.writer.write_all(bytes).map_err(ExchangeError::io(&self.path))
    }

    /// Puts other bytes at the beginning.
    fn rewrite(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        let seek = self.writer.seek(SeekFrom::Start(0)).map(|_| ());
        seek.map_err(ExchangeError::io(&self.path))?;
        self.write(bytes)
    }

    fn persist(self) -> Result<(), ExchangeError> {
        let Self { path, writer } = self;
        let file = writer.into_inner().map_err(|error| error.into_error());
        let file = file.map_err(ExchangeError::io(&path))?;
        file.as_file().sync_all().map_err(ExchangeError::io(&path))?;
        let file: File =
            file.persist_noclobber(&path).map_err(|error| ExchangeError::io(&path)(error.error))?;
        drop(file);
        let directory = directory_of(&path);
        sync_directory(directory).map_err(ExchangeError::io(directory))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::views::canonicalise_file;
    use crate::exchange::Silent;

    const HEADER: &str = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 12), }";

    fn sample(name: &str) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus/documents");
        std::fs::read(folder.join(name)).unwrap()
    }

    #[test]
    fn rows_are_the_tensors_that_are_proved() {
        let folder = tempfile::tempdir().unwrap();
        let documents = folder.path().join("documents");
        std::fs::create_dir_all(documents.join("b")).unwrap();
        let files = [("b/z.gif", "0033_label3.gif"), ("a,\"1\".png", "0000_label4.png")];
        for (name, from) in files {
            std::fs::write(documents.join(name), sample(from)).unwrap();
        }
        std::fs::write(documents.join("b/note.txt"), "words").unwrap();
        let view: ViewId = "image/rgb-2x2".parse().unwrap();
        let out = folder.path().join("X.npy");
        let options = Options {
            documents: &documents,
            view,
            vocabularies: &Vocabularies::default(),
            out: &out,
        };
        let done = featurize(&options, &Silent).unwrap();
        assert_eq!((done.documents, done.rows, done.row_bytes), (3, 2, 12));
        assert_eq!(done.unreadable, BTreeMap::from([("outside-text", 1)]));

        let list = std::fs::read_to_string(folder.path().join("X.csv")).unwrap();
        let expected = "file,status,row\n\"a,\"\"1\"\".png\",read,0\nb/note.txt,outside-text,\nb/z.gif,read,1\n";
        assert_eq!(list, expected);
        let bytes = std::fs::read(&out).unwrap();
        let (head, rows) = bytes.split_at(HEADER_BYTES);
        assert_eq!(&head[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(str::from_utf8(&head[10..]).unwrap().trim_end(), HEADER);
        assert!(head.ends_with(b" \n"));
        let view = |name| canonicalise_file(&sample(name), &view).unwrap();
        assert_eq!(rows, [view("0000_label4.png"), view("0033_label3.gif")].concat());

        // Nothing is overwritten, and nothing is left of what fails.
        let error = featurize(&options, &Silent).unwrap_err().to_string();
        assert!(error.contains("X.npy: already exists"), "{error}");
        for (documents, out) in [
            (&documents, folder.path().join("no-array.bin")),
            (&folder.path().join("nowhere"), folder.path().join("Y.npy")),
            (&documents, folder.path().join("nowhere/Y.npy")),
        ] {
            featurize(&Options { documents, out: &out, ..options.clone() }, &Silent).unwrap_err();
        }
        let mut left: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["X.csv", "X.npy", "X.view.json", "documents"]);
        let said = std::fs::read_to_string(folder.path().join("X.view.json")).unwrap();
        assert_eq!(said, "{\n  \"candor.view\": \"image/rgb-2x2\"\n}\n");
    }

    #[test]
    fn a_header_has_one_length_for_any_number_of_rows() {
        for rows in [0, 7, u64::MAX] {
            let header = header("|u1", rows, 3 << 20);
            assert_eq!(header.len(), HEADER_BYTES);
            assert_eq!(header.last(), Some(&b'\n'));
        }
    }
}
