//! What the responder's commands take.

use std::path::PathBuf;

use candor::corpus::views::ViewId;
use candor::exchange::respond::{Question, Shard};
use clap::{Parser, Subcommand};

/// Commits to documents, and answers requests about them with proofs.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 done; 1 the request fails a check; 2 could not do it (usage, input, I/O).

Example:
  responder commit-corpus documents --view image/gray-28x28 --out commit
  responder respond --corpus documents --commitment commit --request request --out bundle"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Commit to every file under a directory.
    #[command(after_help = "\
Writes commitment.json, to be published, and opening.store, to be kept secret
and safe: without it no request can be answered. If a view cannot read some of
the files, unreadable.csv lists them with the reason and what to do; if files
hold more than their views show (pages, frames), unseen.csv does. Both are secret.

Example:
  responder commit-corpus documents --view image/gray-28x28 --view image/rgb-64x64 --out commit")]
    CommitCorpus {
        /// The documents.
        directory: PathBuf,
        /// A view under which each document is committed; may be repeated.
        #[arg(long, value_name = "VIEW", required = true)]
        view: Vec<ViewId>,
        /// The folder to write.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
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
        /// The bundle to write; not needed with --estimate.
        #[arg(long, value_name = "DIR", required_unless_present = "estimate")]
        out: Option<PathBuf>,
        #[command(flatten)]
        release: ReleaseArgs,
        /// Tell what the answer will take, and stop.
        #[arg(long)]
        estimate: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Prove a part of an answer; `assemble` joins the parts.
    #[command(after_help = "\
Any number of machines with the same documents, commitment and request can each
prove a part. A part that dies is run again, and nothing else.

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
        /// Tell what the part will take, and stop.
        #[arg(long)]
        estimate: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Join the parts of an answer into a bundle.
    #[command(after_help = "\
Every proof is verified. Parts may overlap; proofs that are missing are named.

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
        out: PathBuf,
        #[command(flatten)]
        release: ReleaseArgs,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// What is asked of which corpus.
#[derive(Debug, clap::Args)]
pub(crate) struct QuestionArgs {
    /// The documents, as committed.
    #[arg(long, value_name = "DIR")]
    corpus: PathBuf,
    /// The folder that commit-corpus wrote.
    #[arg(long, value_name = "DIR")]
    commitment: PathBuf,
    /// The request's folder.
    #[arg(long, value_name = "DIR")]
    request: PathBuf,
    /// Documents a proof, about; chosen for speed unless given. All parts of
    /// an answer must be given the same.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
}

impl QuestionArgs {
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
    /// CSV `file,reason` of documents not to release even if they match;
    /// the bundle counts them and gives the reason.
    #[arg(long, value_name = "FILE")]
    pub(crate) withhold: Option<PathBuf>,
    /// Release also the files that the view cannot read.
    #[arg(long)]
    pub(crate) release_unreadable: bool,
}
