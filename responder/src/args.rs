//! What the responder's commands take.

use std::path::PathBuf;

use candor::corpus::views::ViewId;
use candor::exchange::expand::Dedupe;
use candor::exchange::respond::{Question, Shard};
use candor::exchange::{ExchangeError, Matter};
use candor_cli::{Defaults, HitsArgs};
use clap::{Parser, Subcommand};

use crate::check::CheckArgs;
use crate::lot::{OpenArgs, SealArgs};

/// Commits to documents, and answers requests about them with proofs.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 done; 1 the request fails a check; 2 could not do it (usage, input, I/O);
3 done, but the source differs from the list made at collection (expand --known), or
something is to be looked at (check).

Example:
  responder init \"Smith v. Jones\" --view image/gray-28x28
  responder commit-corpus
  responder respond

The same without candor.toml, the file that init writes:
  responder commit-corpus documents --view image/gray-28x28 --out commit
  responder respond --corpus documents --commitment commit --request request --out bundle"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a matter: write candor.toml, so that commands in its folder need no paths.
    #[command(after_help = "\
Put the documents into the folder `documents`, and the requester's folder into
`request`. Commitment and bundle are written beside them. To use other names,
edit candor.toml.

Example:
  responder init \"Smith v. Jones\" --view image/gray-28x28")]
    Init {
        /// The name of the matter.
        matter: String,
        /// The folder of the documents.
        #[arg(long, value_name = "DIR", default_value = "documents")]
        documents: PathBuf,
        /// A view under which each document will be committed; may be repeated.
        #[arg(long, value_name = "VIEW")]
        view: Vec<ViewId>,
        /// The vocabulary of a view of tokens, as commit-corpus takes it; may be repeated.
        #[arg(long, value_name = "FILE")]
        vocabulary: Vec<PathBuf>,
    },
    /// Show what was done in the matter, what is kept, and what comes next.
    #[command(after_help = "\
Example:
  responder status --json")]
    Status {
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Look at documents before anything is fixed: what they are, and what is missing.
    #[command(after_help = "\
Opens everything as expand does, and keeps nothing. The report is one page of HTML.
It names documents: keep it secret.

Example:
  responder scan collected --out scan.html")]
    Scan {
        /// A folder, or a file.
        source: PathBuf,
        /// The page to write.
        #[arg(long, value_name = "FILE", required_unless_present = "json")]
        out: Option<PathBuf>,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Open every file with all that stands in it: archives, mailboxes, attachments.
    #[command(after_help = "\
Writes items/, the documents under numbers, and the lists families.jsonl,
exceptions.csv (what could not be opened, and what to do about it),
duplicates.csv and known.csv. All of it is secret. commit-corpus takes the folder.
If it is stopped, run the same command again: what is done is kept in OUT.partial.

Exit code: 3 if the source is not what the list given with --known says.

Example:
  responder expand collected --out items --known collected.hashdeep")]
    Expand {
        /// A folder, or a file.
        source: PathBuf,
        /// The folder to write.
        #[arg(long, value_name = "ITEMS")]
        out: PathBuf,
        /// Whose documents these are; by default the first folder of each path.
        #[arg(long, value_name = "NAME")]
        custodian: Option<String>,
        /// Drop families that are there already: none, custodian (that the same
        /// custodian has), or global.
        #[arg(long, value_name = "WHICH", default_value = "none")]
        dedupe: Dedupe,
        /// A list of hashdeep, made at collection, to compare the source with.
        #[arg(long, value_name = "FILE")]
        known: Option<PathBuf>,
        /// A folder of texts that an OCR engine made, named SHA256.txt or PATH.txt
        /// after what they are of; each becomes an item.
        #[arg(long, value_name = "DIR")]
        ocr_text: Option<PathBuf>,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Print the text of a file, as views of text read it.
    #[command(after_help = "\
Exit codes: 0 read; 2 the file cannot be read from the disk; 3 nothing to read in it,
or it is of a kind without text.

Example:
  responder text mail.eml --terms")]
    Text {
        /// The file.
        file: PathBuf,
        /// Print the tokens that searches find, by kind, in place of the text.
        #[arg(long)]
        terms: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Count what each line of a list of search terms finds, without a proof.
    #[command(after_help = "\
For each line: items whose text holds it, the items of their families, items that it
alone finds, items that a proof would find, and those of them whose text does not hold
the line. The file is readable by its owner alone.

Example:
  responder hits --terms-file list.txt --corpus items --out hits.csv")]
    Hits(Box<HitsArgs>),
    /// Commit to every file under a folder.
    #[command(after_help = "\
Writes PUBLIC/commitment.json, to hand over, and SECRET/opening.store, to keep
safe: without it no request can be answered. SECRET/unreadable.csv lists files
that a view cannot read, with the reason and what to do; SECRET/unseen.csv lists
files that hold more than their views show (pages, frames, margins).
In the folder of a candor.toml no argument is needed, and the root is recorded.

Example:
  responder commit-corpus documents --view image/gray-28x28 --view image/rgb-64x64 --out commit")]
    CommitCorpus {
        /// The documents.
        documents: Option<PathBuf>,
        #[command(flatten)]
        args: CommitArgs,
    },
    /// Answer a request: prove every decision, release what matches.
    #[command(after_help = "\
If it is interrupted, run the same command again: finished proofs are kept in
OUT.partial, verified and reused. Files that the view cannot read are listed
beside the bundle in OUT.unreadable.csv, which is secret.

Example:
  responder respond --corpus documents --commitment commit --request request --out bundle")]
    Respond {
        #[command(flatten)]
        question: QuestionArgs,
        /// The folder to write the bundle to; not needed with --estimate.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        #[command(flatten)]
        release: ReleaseArgs,
        /// Predict what the answer will take, and stop.
        #[arg(long)]
        estimate: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List what an answer would hand over, for counsel to say what is withheld and why.
    #[command(after_help = "\
Runs the request in the clear and proves nothing. Fill in the column basis of what is
to be withheld, and as much of the others as a log needs; then give the list to respond
or assemble with --withhold. Columns in parentheses are for you and go nowhere. The
list names documents: keep it secret.

Example:
  responder withhold-template --corpus documents --commitment commit --request request \\
      --out withhold.csv")]
    WithholdTemplate {
        #[command(flatten)]
        question: QuestionArgs,
        /// The list to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// List also every file that the view cannot read, as respond would release it.
        #[arg(long)]
        release_unreadable: bool,
        /// As of respond: what matches by coinciding bits alone is withheld.
        #[arg(long)]
        withhold_chance_matches: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Prove a part of an answer; `assemble` joins the parts.
    #[command(after_help = "\
Any number of machines with the same documents, commitment and request can each
prove a part. If a part fails, run that part again and no other.

Example, the second of eight:
  responder prove --shard 2/8 --corpus documents --commitment commit --request request --out parts/2")]
    Prove {
        #[command(flatten)]
        question: QuestionArgs,
        /// Which part: I/N, counted from 1.
        #[arg(long, value_name = "I/N")]
        shard: Shard,
        /// The folder to write; not needed with --estimate.
        #[arg(long, value_name = "DIR", required_unless_present = "estimate")]
        out: Option<PathBuf>,
        /// Predict what the part will take, and stop.
        #[arg(long)]
        estimate: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Join the parts of an answer into a bundle.
    #[command(after_help = "\
Verifies every proof. Parts may overlap; if proofs are missing, the command
names the shards to run again.

Example:
  responder assemble --corpus documents --commitment commit --request request --out bundle parts/*")]
    Assemble {
        #[command(flatten)]
        question: QuestionArgs,
        /// The folders that `prove` wrote.
        #[arg(required = true, value_name = "PART")]
        shards: Vec<PathBuf>,
        /// The bundle to write.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        #[command(flatten)]
        release: ReleaseArgs,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Look at a bundle before it is sent: what the judge will say of it, and what it
    /// would hand over.
    #[command(after_help = "\
Verifies the bundle as the judge will. The page then lists families released in part,
released files with a withheld one inside, hits of --screen among what is released,
texts that are empty, names that go public, and sizes. Nothing is changed. The page
names documents: keep it secret.

Exit codes: 0 nothing stands out; 1 the bundle does not verify; 2 could not look;
3 something is to be looked at.

Example:
  responder check --screen privilege-terms.txt --out check.html --index released.csv
  responder check bundle --commitment commit --request request --out check.html")]
    Check(Box<CheckArgs>),
    /// Fix the bundle for the judge's lot: a sample of what was not handed over.
    #[command(after_help = "\
The lot must be signed by --judge, or have the digest that the judge gave you by hand.
Neither you nor the judge can choose the sample. Run again, the command gives the same
seal. What was sealed is kept in SECRET/lots.jsonl beside the opening store.

Exit codes: 0 sealed; 1 the lot fails a check; 2 could not seal.

Example:
  responder seal --lot lot.json --judge judge@court.example --allowed-signers signers \\
    --at-most 2000 --key ~/.ssh/id_ed25519 --out seal.json")]
    Seal(Box<SealArgs>),
    /// Open what was drawn to the judge alone.
    #[command(after_help = "\
To whom it is opened stands in the lot that you sealed. The drawing is computed again
from your own copy of the bundle; if it is not the one that lot and seal give, nothing
is opened.

Exit codes: 0 opened; 1 the drawing fails a check; 2 could not open.

Example:
  responder open --drawing drawing.json --preview drawn.csv
  responder open --drawing drawing.json --key ~/.ssh/id_ed25519 --out opened")]
    Open(Box<OpenArgs>),
}

/// What is asked of which corpus.
#[derive(Debug, clap::Args)]
pub(crate) struct QuestionArgs {
    /// The documents, as committed.
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// The folder that commit-corpus wrote, or PUBLIC/commitment.json in it.
    #[arg(long, value_name = "DIR|FILE")]
    commitment: Option<PathBuf>,
    /// The request's folder.
    #[arg(long, value_name = "DIR")]
    request: Option<PathBuf>,
    /// Roughly how many documents one proof covers; by default chosen for speed.
    /// Give all parts of an answer the same number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
}

/// The same, with what the matter says where nothing was given.
pub(crate) struct Asked {
    corpus: PathBuf,
    commitment: PathBuf,
    request: PathBuf,
    batch: Option<u64>,
}

impl QuestionArgs {
    pub(crate) fn resolve(self, defaults: &Defaults) -> Result<Asked, ExchangeError> {
        Ok(Asked {
            corpus: defaults.path(self.corpus, "--corpus", Matter::documents)?,
            commitment: defaults.path(self.commitment, "--commitment", Matter::commitment)?,
            request: defaults.path(self.request, "--request", Matter::request)?,
            batch: self.batch,
        })
    }
}

impl Asked {
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            corpus: &self.corpus,
            commitment: &self.commitment,
            request: &self.request,
            batch: self.batch,
        }
    }
}

/// What is released besides readable matches, or kept back of them.
#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseArgs {
    /// A list of documents not to release even if they match or their family does, as
    /// withhold-template writes it, or with the columns file and reason; CSV as
    /// spreadsheets save it. The bundle states what the list says of them. An item whose
    /// bytes hold such a document is kept back with it.
    #[arg(long, value_name = "FILE")]
    pub(crate) withhold: Option<PathBuf>,
    /// A list, with the columns path, substitute, basis and passages, of redacted copies to
    /// hand over in the place of documents that are withheld. The copies stand beside the
    /// list.
    #[arg(long, value_name = "FILE")]
    pub(crate) redactions: Option<PathBuf>,
    /// Also release every file that the view cannot read.
    #[arg(long)]
    pub(crate) release_unreadable: bool,
    /// Withhold what matches a search by coinciding bits of its filter alone, and open it
    /// to the judge alone. A request that says --settle judge asks for it already.
    #[arg(long)]
    pub(crate) withhold_chance_matches: bool,
    /// The folder to write what is opened to the judge alone: documents that match the
    /// filter, and neither hold a line of the search nor are to be released. Needed if
    /// there are any; not for the requester.
    #[arg(long, value_name = "DIR")]
    pub(crate) judge_copy: Option<PathBuf>,
}

/// How `commit-corpus` commits.
#[derive(Debug, clap::Args)]
pub(crate) struct CommitArgs {
    /// A view under which each document is committed; may be repeated.
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Vec<ViewId>,
    /// The vocabulary of a view of tokens (text/wordpiece-N, text/bpe-N): a tokenizer.json,
    /// vocab.txt, or vocab.json with merges.txt beside it. It is published with the
    /// commitment. May be repeated, once for each kind of view.
    #[arg(long, value_name = "FILE")]
    pub(crate) vocabulary: Vec<PathBuf>,
    /// A list made when the documents were collected; the commitment holds its
    /// digest. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) acquisition: Vec<PathBuf>,
    /// Commit even if a view reads none of the documents.
    #[arg(long)]
    pub(crate) allow_empty_view: bool,
    /// Leave out the view `mail/thread`, which is added where there is mail.
    #[arg(long)]
    pub(crate) no_mail_thread: bool,
    /// The folder to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
