//! What the requester's commands take.

mod model;

use std::path::PathBuf;

use candor::corpus::views::ViewId;
use candor::exchange::formats::search::Settle;
use candor::exchange::issue::{DEFAULT_AGREEMENT, MAY_MISS};
use candor::{CoarseKind, Dialect};
use candor_cli::{HitsArgs, Source, dialect};
use candor_pages::Stated;
use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use self::model::{Channels, ModelArgs};

/// Turns a classifier into a request that a responder can answer with proofs.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 done; 1 the request fails a check; 2 could not do it (usage, input, I/O).

Example:
  requester issue-request --model digits.onnx --view image/gray-28x28 \\
    --commitment commitment.json --calibration samples --match-class 7 --out request"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile an ONNX model, or search terms, into a request for one committed corpus.
    #[command(after_help = "\
Example:
  requester issue-request --terms 'bonus w/5 pay AND date:2019' --view text/terms-264 \\
    --commitment commitment.json --settle judge --undated exclude --out request")]
    IssueRequest(Box<IssueRequest>),
    /// Show what a model needs, and whether it can be asked, before there is a commitment.
    #[command(after_help = "\
Says what the file holds, which of its operators are supported, all that is refused with
what to do, views that fit, and for one of them rows, time and memory. That view is the
one given, or the model's own, or the likeliest that fits.
Without --calibration, ranges are those of made-up documents (black, white, ramps, noise):
the rows are close to the real ones, and nothing is known of agreement.
Exit code 0 if the model can be asked, 2 if not.

Examples:
  requester inspect digits.onnx
  requester inspect photos.onnx --view image/rgb-224x224-fit --preset imagenet \\
    --calibration samples --documents 50000")]
    Inspect(Box<Inspect>),
    /// Show how each line of a list of search terms is understood.
    #[command(after_help = "\
Each part of a line is marked: E is exact in the proof, T needs the view
text/terms-264, S is proved as something wider that the reading of the text settles.
A line with two readings, or none, is refused with what to write instead; then the
exit code is 2.

Example:
  requester terms list.txt --dialect relativity")]
    Terms {
        /// The list: UTF-8, one search on each line; lines that begin with # do not count.
        list: PathBuf,
        /// The program whose syntax the lines are in; without it, Candor's own.
        #[arg(long, value_name = "PROGRAM", value_parser = dialect())]
        dialect: Option<Dialect>,
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
  requester hits --terms-file list.txt --corpus items --out hits.csv")]
    Hits(Box<HitsArgs>),
    /// Write the tensors that are proved, to train or test a model on them.
    #[command(after_help = "\
Writes a NumPy array of unsigned bytes with one row per document that the view
reads (rows from the top, pixels from the left, channels together), and beside
it a CSV file with the columns file, status and row, and X.view.json with what a
model says of itself that is trained on them. Documents come in the order
of their paths; status is `read` or the reason why there is no row.
Of a view of tokens it writes their ids as numbers of two bytes, and X.mask.npy
with 1 for each token and 0 for padding.

Example:
  requester featurize --view image/gray-28x28 samples --out X.npy
  python3 -c 'import numpy; print(numpy.load(\"X.npy\").shape)'
  requester featurize --view text/wordpiece-128 --vocabulary tokenizer.json mails --out T.npy")]
    Featurize {
        /// The documents.
        documents: PathBuf,
        /// The view to read them by.
        #[arg(long, value_name = "VIEW")]
        view: ViewId,
        /// The vocabulary of a view of tokens: a tokenizer.json, vocab.txt, or vocab.json
        /// with merges.txt beside it, or the one that a commitment was published with.
        #[arg(long, value_name = "FILE")]
        vocabulary: Option<PathBuf>,
        /// The array to write; its name ends in .npy.
        #[arg(long, value_name = "X.npy")]
        out: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Measure a request on documents of your own.
    #[command(after_help = "\
Labels are class numbers or, with --classes, names. Without --labels, the class
of `scan_label7.png` is 7.

Example:
  requester evaluate --request request --documents held-out --labels held-out.csv")]
    Evaluate {
        /// The request's folder.
        #[arg(long, value_name = "DIR")]
        request: Option<PathBuf>,
        /// The documents.
        #[arg(long, value_name = "DIR")]
        documents: PathBuf,
        /// The vocabulary of a view of tokens, as for `featurize`.
        #[arg(long, value_name = "FILE")]
        vocabulary: Option<PathBuf>,
        /// A list with the columns file and label; CSV as spreadsheets save it.
        #[arg(long, value_name = "FILE")]
        labels: Option<PathBuf>,
        /// The scores that your own runtime gave for the tensors of `featurize`: a
        /// list with the column file and one more per score; CSV as spreadsheets save it.
        #[arg(long, value_name = "FILE")]
        scores: Option<PathBuf>,
        /// Write the scores of every document to this list.
        #[arg(long, value_name = "FILE.csv")]
        scores_out: Option<PathBuf>,
        /// Show what other thresholds would release, and miss.
        #[arg(long)]
        sweep: bool,
        /// The page to write for people: precision and recall against the threshold,
        /// margins, confusion, and the documents nearest the border. It shows documents.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// The time that the page states, as 2026-01-31T12:00:00Z; without it, that of this
        /// machine.
        #[arg(long, value_name = "TIME", requires = "html")]
        time: Option<Stated>,
        /// Names of the classes 0, 1, … in the labels; without them, the model's own.
        #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
        classes: Vec<String>,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    /// The ONNX model.
    pub(crate) model: PathBuf,
    /// The view that it reads.
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Option<ViewId>,
    /// A folder of documents similar to those of the corpus, for figures that are those of
    /// a request.
    #[arg(long, value_name = "DIR")]
    pub(crate) calibration: Option<PathBuf>,
    /// Predict time and memory for so many documents.
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_DOCUMENTS)]
    pub(crate) documents: u64,
    #[command(flatten)]
    pub(crate) of_model: ModelArgs,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Documents for which time is predicted, unless something says how many there are.
pub(crate) const USUAL_DOCUMENTS: u64 = 1000;

#[derive(Debug, ClapArgs)]
#[command(
    group(ArgGroup::new("question").required(true).args(["model", "terms", "terms_file"])),
    after_help = "\
What a model says of itself (its view, its scaling, which classes match) need not be
given; options come first, and the report says what was taken from where.
With a model, a document matches if the class with the greatest score is one of
--match-class (among equal scores the lowest index wins), or if score INDEX is above
FLOAT. With search terms, it matches if it matches one of the lines, as far as the
view can say; `requester terms` shows where that finds more than the line.
In the folder of a candor.toml, --commitment and --out are not needed.
--dry-run does all but write, so that a model or a search can be tuned in a loop; its exit
code is 2 if the request would not be issued.

Examples:
  requester issue-request --model digits.onnx --view image/gray-28x28 \\
    --commitment commitment.json --calibration samples --match-class 7 --out request
  requester issue-request --model photos.onnx --view image/rgb-64x64 --preset imagenet \\
    --commitment commitment.json --calibration samples \\
    --match-score 1 --above 0.7 --out request
  requester issue-request --model photos.onnx --view image/rgb-64x64 --preset imagenet \\
    --calibration samples --match-score 1 --above 0.7 --dry-run
  requester issue-request --terms 'from:alice@example.com AND (merger OR \"side letter\")' \\
    --view text/terms-132 --commitment commitment.json --out request"
)]
pub(crate) struct IssueRequest {
    /// The ONNX model.
    #[arg(long, value_name = "FILE", requires = "calibration")]
    pub(crate) model: Option<PathBuf>,
    /// A search, in place of a model.
    #[arg(long, value_name = "SEARCH")]
    pub(crate) terms: Option<String>,
    /// A list of searches, one on each line: a document matches if it matches one.
    #[arg(long, value_name = "FILE")]
    pub(crate) terms_file: Option<PathBuf>,
    /// The program whose syntax the searches are in; without it, Candor's own.
    #[arg(long, value_name = "PROGRAM", value_parser = dialect(), conflicts_with = "model")]
    pub(crate) dialect: Option<Dialect>,
    /// The sources of dates that count in searches; a date of another source is none.
    #[arg(long, value_name = "SOURCE,…", value_delimiter = ',', conflicts_with = "model")]
    #[arg(value_enum, default_values = ["header", "property", "file"])]
    pub(crate) dates: Vec<Source>,
    /// What NOT over words means: settle leaves it to the reading of the text, so that
    /// nothing is lost; filter asks the filter, which may lose a document by chance.
    #[arg(long, value_enum, default_value = "settle", conflicts_with = "model")]
    pub(crate) not: Not,
    /// Accept that so many documents are expected to be lost by --not filter.
    #[arg(long, value_name = "NUMBER", conflicts_with = "model", value_parser = misses)]
    #[arg(default_value_t = MAY_MISS)]
    pub(crate) may_miss: f64,
    /// What is done with documents that match the wide form of a line, and not the line:
    /// release them, or have the judge alone read them again (judge).
    #[arg(long, value_name = "WAY", default_value = "release", conflicts_with = "model")]
    #[arg(value_parser = settle)]
    pub(crate) settle: Settle,
    /// What is done with documents that match for want of a date alone: release them, or
    /// exclude them, and have the judge alone read them again.
    #[arg(long, value_enum, default_value = "release", conflicts_with = "model")]
    pub(crate) undated: Undated,
    /// What the search is about: each item, or each family by its top item, in the view of
    /// the name given and -family.
    #[arg(long, value_enum, default_value = "item", conflicts_with = "model")]
    pub(crate) scope: Scope,
    /// The view that it reads, one of those committed; not needed if there is only one, or
    /// if the model says which.
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Option<ViewId>,
    /// The commitment that the responder published, or the folder that holds it.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) commitment: Option<PathBuf>,
    /// A folder of documents similar to those of the corpus, several hundred.
    #[arg(long, value_name = "DIR", requires = "model")]
    pub(crate) calibration: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of_model: ModelArgs,
    /// What is to be released of a match: the item alone, or its family, which is the
    /// loose file or mail that it stands in with all that stands in that.
    #[arg(long, value_enum, default_value = "family")]
    pub(crate) release: Release,
    /// Kinds that are not asked about, of documents that the view does not read: text,
    /// picture, sound, container, other. An answer that leaves others out is incomplete.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',')]
    pub(crate) accept_outside: Vec<CoarseKind>,
    /// Stop if program and model make the same decision on a smaller share of the
    /// calibration documents, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = DEFAULT_AGREEMENT)]
    pub(crate) agreement: f64,
    /// Issue the request even if program and model disagree; the request says so.
    #[arg(long)]
    pub(crate) accept_disagreement: bool,
    /// Do all but write the request. No commitment is needed, and --out is left alone.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Predict time and chance for a corpus of so many documents; without it, for that of
    /// the commitment, or for 1,000.
    #[arg(long, value_name = "NUMBER", requires = "dry_run")]
    pub(crate) documents: Option<u64>,
    /// The folder to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Release {
    Item,
    Family,
}

/// What NOT over words means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Not {
    Settle,
    Filter,
}

/// What is done with documents without a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Undated {
    Release,
    Exclude,
}

/// What a search is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    Item,
    Family,
}

fn settle(text: &str) -> Result<Settle, &'static str> {
    match text {
        "release" => Ok(Settle::Release),
        "judge" => Ok(Settle::Judge),
        _ if text.starts_with("lot") => {
            Err("a draw by lot is not there yet; use judge, which reads all, or release")
        }
        _ => Err("use release or judge"),
    }
}

fn misses(text: &str) -> Result<f64, &'static str> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or("give a number of documents, such as 0.5")
}
