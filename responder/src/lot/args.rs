//! What the responder's commands about lots take.

use std::path::PathBuf;

use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, Matter};
use candor_cli::Defaults;
use clap::Args;

/// Request and bundle; not for a lot over all documents.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The folder that commit-corpus wrote.
    #[arg(long, value_name = "DIR")]
    commitment: Option<PathBuf>,
    /// The request's folder; not for a lot over all documents.
    #[arg(long, value_name = "DIR")]
    request: Option<PathBuf>,
    /// Your own copy of the bundle; not for a lot over all documents.
    #[arg(long, value_name = "DIR|FILE")]
    bundle: Option<PathBuf>,
}

impl AnswerArgs {
    pub(crate) fn commitment(&self, defaults: &Defaults) -> Result<PathBuf, ExchangeError> {
        defaults.path(self.commitment.clone(), "--commitment", Matter::commitment)
    }

    /// Request and bundle, where both are given or there.
    pub(crate) fn answer(&self, defaults: &Defaults) -> Option<(PathBuf, PathBuf)> {
        let request = defaults.existing(self.request.clone(), Matter::request)?;
        Some((request, defaults.existing(self.bundle.clone(), Matter::bundle)?))
    }
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// The judge's lot; its signature stands beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) lot: PathBuf,
    /// The principal who must have signed the lot.
    #[arg(long, value_name = "NAME", requires = "allowed_signers")]
    pub(crate) judge: Option<String>,
    /// The keys of principals, as ssh-keygen -Y verify takes them.
    #[arg(long, value_name = "FILE", requires = "judge")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// The digest of the lot, as the judge gave it to you.
    #[arg(long, value_name = "DIGEST", value_parser = digest,
        conflicts_with = "judge")]
    pub(crate) lot_digest: Option<Sha256Hex>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// The end of an earlier lot that was not drawn, void.json; may be repeated. If you
    /// never sealed that lot, its lot.json must stand beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) void: Vec<PathBuf>,
    /// Most documents that may be drawn of this corpus, in all lots together.
    #[arg(long, value_name = "N")]
    pub(crate) at_most: u64,
    /// Sign with this OpenSSH private key, which has no passphrase. Sign with ssh-keygen
    /// -Y sign otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// The judge's drawing.
    #[arg(long, value_name = "FILE")]
    pub(crate) drawing: PathBuf,
    /// The documents, as committed.
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// A list of what stays closed: CSV with the columns leaf, basis and reason.
    #[arg(long, value_name = "CSV")]
    pub(crate) missing: Option<PathBuf>,
    /// Open nothing; write a list of what would be opened, for you alone, which can be
    /// made the list of what stays closed.
    #[arg(long, value_name = "CSV", conflicts_with_all = ["out", "missing", "key"])]
    pub(crate) preview: Option<PathBuf>,
    /// Sign with this OpenSSH private key, which has no passphrase. Sign with ssh-keygen
    /// -Y sign otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The folder to write.
    #[arg(long, value_name = "DIR", required_unless_present = "preview")]
    pub(crate) out: Option<PathBuf>,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A digest that people hand on.
fn digest(text: &str) -> Result<Sha256Hex, String> {
    let text = text.trim().to_ascii_lowercase();
    Sha256Hex::parse(&text).ok_or_else(|| "expected 64 hexadecimal digits".to_owned())
}
