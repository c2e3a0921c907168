//! What the responder's commands take.

use std::path::PathBuf;

use candor::corpus::views::ViewId;
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
and safe: without it no request can be answered.

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
    /// Answer a request: prove every verdict, release what matches.
    #[command(after_help = "\
If it is interrupted, run the same command again: finished proofs are kept in
OUT.partial, verified and reused.

Example:
  responder respond --corpus documents --commitment commit --request request --out bundle")]
    Respond {
        /// The documents, as committed.
        #[arg(long, value_name = "DIR")]
        corpus: PathBuf,
        /// The folder that commit-corpus wrote.
        #[arg(long, value_name = "DIR")]
        commitment: PathBuf,
        /// The request's folder.
        #[arg(long, value_name = "DIR")]
        request: PathBuf,
        /// The bundle to write.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Documents a proof, about; chosen for speed unless given.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        batch: Option<u64>,
        /// CSV `file,reason` of documents not to release even if they match;
        /// the bundle counts them and gives the reason.
        #[arg(long, value_name = "FILE")]
        withhold: Option<PathBuf>,
        /// Release also the files that the view cannot read.
        #[arg(long)]
        release_absent: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}
