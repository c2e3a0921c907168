//! What the judge's commands about lots take.

use std::path::PathBuf;

use candor::exchange::formats::text::Sha256Hex;
use candor_lot::formats::{Decimal, Families, Stratum};
use candor_lot::signature::{Authority, Principal};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum LotCommand {
    /// Fix what will be drawn, and how much, before the responder fixes the bundle.
    #[command(after_help = "\
Writes LOT/lot.json, which you sign and hand over, and LOT/secret, which you keep. Write
a stratum as NAME=SIZE: disclosed, withheld, withheld:BASIS, nonmatching, unreadable,
outside, outside:KIND; or all, without a request. Give the sizes of several looks with
commas between them, or all for every document.

Example:
  judge lot commit --commitment commitment.json --request request \\
    --stratum nonmatching=1500 --stratum outside=300 --key ~/.ssh/id_ed25519 --out lot-1
  judge lot commit --commitment commitment.json --stratum all=300 --out lot-1")]
    Commit {
        /// The commitment that the responder published, or the folder that holds it.
        #[arg(long, value_name = "FILE|DIR")]
        commitment: Option<PathBuf>,
        /// The request's folder; not for a lot over all documents.
        #[arg(long, value_name = "DIR")]
        request: Option<PathBuf>,
        /// A stratum, and how much is drawn of it; may be repeated.
        #[arg(long, value_name = "NAME=SIZE", required = true)]
        stratum: Vec<Stratum>,
        /// What is opened of the family of a drawn item: top (its top item) or whole.
        #[arg(long, value_name = "WHICH", default_value = "top")]
        families: Families,
        /// A basis on which a drawn document may stay closed; may be repeated.
        #[arg(long, value_name = "BASIS")]
        excuse: Vec<String>,
        /// The chance with which what is said of the lot may be wrong.
        #[arg(long, value_name = "SHARE", default_value = "0.05")]
        error: Decimal,
        /// The folder of the lot before, if there was one for this root.
        #[arg(long, value_name = "LOT")]
        after: Option<PathBuf>,
        /// Sign with this OpenSSH private key, which has no passphrase. Sign with
        /// ssh-keygen -Y sign otherwise.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The folder to write.
        #[arg(long, value_name = "LOT")]
        out: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Draw the sample: verify the bundle that the responder sealed, and draw from it.
    #[command(after_help = "\
Writes LOT/drawing.json, which shows the nonce. Hand it over: the responder opens what
was drawn to the key of the lot. The seal must be signed by --responder, or have the
digest that the responder gave you by hand.

Exit codes: 0 drawn; 1 the seal or the bundle fails a check; 2 could not draw.

Example:
  judge lot draw --lot lot-1 --seal seal.json --responder counsel@firm.example \\
    --allowed-signers signers --commitment commitment.json --request request --bundle bundle")]
    Draw {
        /// The folder of the lot.
        #[arg(long, value_name = "LOT")]
        lot: PathBuf,
        /// The responder's seal; its signature stands beside it.
        #[arg(long, value_name = "FILE")]
        seal: PathBuf,
        /// The principal who must have signed the seal.
        #[arg(long, value_name = "NAME", requires = "allowed_signers")]
        responder: Option<String>,
        /// The keys of principals, as ssh-keygen -Y verify takes them.
        #[arg(long, value_name = "FILE", requires = "responder")]
        allowed_signers: Option<PathBuf>,
        /// The digest of the seal, as the responder gave it to you.
        #[arg(long, value_name = "DIGEST", value_parser = digest,
            conflicts_with = "responder")]
        seal_digest: Option<Sha256Hex>,
        /// Your own copy of the commitment, or the folder that holds it.
        #[arg(long, value_name = "FILE|DIR")]
        commitment: Option<PathBuf>,
        /// The request's folder.
        #[arg(long, value_name = "DIR")]
        request: Option<PathBuf>,
        /// The bundle: its folder, or a zip or tar archive of it.
        #[arg(long, value_name = "DIR|FILE")]
        bundle: Option<PathBuf>,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// End a lot without drawing it.
    #[command(after_help = "\
Writes LOT/void.json, which you publish. With --with-nonce all see which sample was
dropped.

Example:
  judge lot void --lot lot-1 --with-nonce --reason \"the bundle was withdrawn\"")]
    Void {
        /// The folder of the lot.
        #[arg(long, value_name = "LOT")]
        lot: PathBuf,
        /// Show the nonce.
        #[arg(long)]
        with_nonce: bool,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Compute how much to draw.
    #[command(after_help = "\
With --width, the fewest documents for which no 95 % interval of a share is wider,
whatever is found (Clopper and Pearson). With --size and --share, the fewest of a stratum
of that size that bound a share if nothing is found. Both are exact.

Example:
  judge lot plan --width 0.05 --confidence 0.95
  judge lot plan --size 95000 --share 0.001")]
    Plan {
        /// The widest interval that may come of it.
        #[arg(long, value_name = "SHARE")]
        width: Option<Decimal>,
        /// How often what is said has to hold.
        #[arg(long, value_name = "SHARE", default_value = "0.95")]
        confidence: Decimal,
        /// The number of documents of a stratum.
        #[arg(long, value_name = "N", requires = "share")]
        size: Option<u64>,
        /// The share of it that is bounded if nothing is found.
        #[arg(long, value_name = "SHARE", requires = "size")]
        share: Option<Decimal>,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// A digest that people hand on.
pub(crate) fn digest(text: &str) -> Result<Sha256Hex, String> {
    let text = text.trim().to_ascii_lowercase();
    Sha256Hex::parse(&text).ok_or_else(|| "expected 64 hexadecimal digits".to_owned())
}

/// How it is known that a seal is the responder's; one of both was given.
pub(crate) fn authority<'a>(
    responder: Option<&'a str>,
    allowed_signers: Option<&'a PathBuf>,
    digest: Option<Sha256Hex>,
) -> Option<Authority<'a>> {
    let signed = responder
        .zip(allowed_signers)
        .map(|(name, allowed_signers)| Authority::Signed(Principal { name, allowed_signers }));
    signed.or(digest.map(Authority::Digest))
}
