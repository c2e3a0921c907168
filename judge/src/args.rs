//! What the judge's commands take.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Verifies what a responder released, and that nothing that matches is missing.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 verified; 1 a check failed; 2 could not decide (usage, input, I/O);
3 verified, but documents were not reached or are withheld.

Example:
  judge verify-bundle --commitment commit/commitment.json --request request --bundle bundle"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify a whole bundle: every decision, and every released file.
    #[command(after_help = "\
Commitment and request must be your own copies, not the responder's.

Example:
  judge verify-bundle --commitment commit/commitment.json --request request --bundle bundle --json")]
    VerifyBundle {
        /// The commitment that the responder published.
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The request's folder.
        #[arg(long, value_name = "DIR")]
        request: PathBuf,
        /// The bundle's folder.
        #[arg(long, value_name = "DIR")]
        bundle: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Verify that one file is a released document of the committed corpus.
    #[command(after_help = "\
Example:
  judge verify-document --commitment commit/commitment.json --bundle bundle scan.png")]
    VerifyDocument {
        /// The commitment that the responder published.
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The bundle's folder.
        #[arg(long, value_name = "DIR")]
        bundle: PathBuf,
        /// The file.
        file: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}
