//! What the responder holds: collected files, the items in them, the commitment.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candor::ViewId;
use candor::exchange::expand::{self, Dedupe, ExpandSummary, expand};
use candor::exchange::scan::scan;
use candor::exchange::{CommitOptions, commit};
use candor_cli::Bars;
use rand_core::OsRng;

pub(crate) const TERMS: &str = "text/terms-264";
pub(crate) const WORDS: &str = "text/words-4096-l2";
pub(crate) const PICTURE: &str = "image/gray-28x28";
const THREAD: &str = "mail/thread";
pub(crate) const TOKENS: &str = "text/wordpiece-64";

/// The folders of a case.
pub(crate) struct Collection {
    pub(crate) folder: PathBuf,
}

impl Collection {
    /// Collects the sample, looks at it, expands it and commits to the items.
    pub(crate) fn commit(sample: &Path, folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        let this = Self { folder };
        let (start, collected) = (Instant::now(), this.folder.join("collected"));
        copy(&sample.join("matter"), &collected)?;
        copy(&sample.join("documents"), &collected.join("forms"))?;

        println!("THE RESPONDER looks, opens, and commits.");
        let page = this.folder.join("scan.html");
        let found = scan(&collected, Some(&page), &Bars::default())?;
        let custodians: Vec<_> = found.custodians.iter().flat_map(|c| &c.custodian).collect();
        let custodians = custodians.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        println!("  collected  {} files, in folders: {}", found.files, custodians.join(", "));
        let expanded = this.expanded(&collected)?;
        println!("  scanned    {} with text, {} pictures", found.all.readable, found.all.pictures);
        println!(
            "  expanded   {} documents in {} families: the mails of a mailbox, attachments,",
            expanded.items, expanded.families
        );
        println!("             what is in a zip archive; {} exceptions", expanded.exceptions.rows);
        let views = [TERMS, WORDS, PICTURE, THREAD];
        let views = views.into_iter().map(str::parse).collect::<Result<Vec<ViewId>, _>>()?;
        let options = CommitOptions {
            documents: &this.items(),
            views: &views,
            acquisition: &[],
            vocabularies: &[],
            out: &this.commitment(),
        };
        let committed = commit(&options, &Bars::default(), &mut OsRng)?;
        println!("  committed  {} documents, under four views:", committed.documents);
        for view in &committed.views {
            let (view, has) = (view.view.to_string(), view.readable);
            println!("             {view:<19} {has:>3} documents have it; {}", purpose(&view));
        }
        println!("  Everyone sees commitment/PUBLIC: how many documents, which views, one root,");
        println!("    {}.", committed.root);
        println!("  No one else sees commitment/SECRET, the items, or any name of a file.");
        println!("  {:.1} s\n", start.elapsed().as_secs_f64());
        Ok(this)
    }

    /// Commits to one mailbox alone, under a view of tokens.
    pub(crate) fn commit_mailbox(sample: &Path, folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        let this = Self { folder };
        let collected = this.folder.join("collected");
        fs::create_dir_all(&collected)?;
        fs::copy(sample.join("matter/marketing/ruth.mbox"), collected.join("ruth.mbox"))?;
        this.expanded(&collected)?;
        let options = CommitOptions {
            documents: &this.items(),
            views: &[TOKENS.parse()?],
            acquisition: &[],
            vocabularies: &[sample.join("mail_transformer.vocabulary")],
            out: &this.commitment(),
        };
        let committed = commit(&options, &Bars::default(), &mut OsRng)?;
        let mails = committed.views.first().map_or(0, |view| view.readable);
        println!(
            "  A transformer reads words in their order, as numbers of a vocabulary, which has to"
        );
        println!(
            "  be known beforehand. So the responder commits to one mailbox once more, of {mails} mails,"
        );
        println!(
            "    under {TOKENS}: the first 64 tokens of each. The vocabulary is published with"
        );
        println!("    it, and its digest is part of the root, {}.", committed.root);
        Ok(this)
    }

    /// Expands what was collected into the folder of the items.
    fn expanded(&self, collected: &Path) -> Result<ExpandSummary, Box<dyn Error>> {
        let options = expand::Options {
            source: collected,
            out: &self.items(),
            custodian: None,
            dedupe: Dedupe::None,
            known: None,
            ocr_text: None,
        };
        Ok(expand(&options, &Bars::default())?.summary)
    }

    pub(crate) fn items(&self) -> PathBuf {
        self.folder.join("items")
    }

    pub(crate) fn commitment(&self) -> PathBuf {
        self.folder.join("commitment")
    }

    /// What the judge and the requester have of the commitment.
    pub(crate) fn public(&self) -> PathBuf {
        self.commitment().join("PUBLIC")
    }
}

fn purpose(view: &str) -> &'static str {
    match view {
        TERMS => "for search terms",
        WORDS => "for classifiers of text",
        PICTURE => "for classifiers of pictures",
        _ => "for threads of mail",
    }
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Bytes of a file, or of all files under a folder.
pub(crate) fn size(path: &Path) -> Result<u64, Box<dyn Error>> {
    if path.is_file() {
        return Ok(fs::metadata(path)?.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}
