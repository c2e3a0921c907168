//! What is said of a model: what it is asked, and how it is read.

use std::path::PathBuf;

use candor::exchange::issue::Preset;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, ValueEnum};

/// What the options say; the rest is taken from the model.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("predicate").args(["match_class", "match_score"])))]
pub(crate) struct ModelArgs {
    /// A class that matches, by its index or by the name that the model gives it; may be
    /// repeated. Where a number could be either: `index:N`, `label:NAME`.
    #[arg(long, value_name = "INDEX|NAME", requires = "model")]
    pub(crate) match_class: Vec<String>,
    /// The score that decides.
    #[arg(long, value_name = "CLASS", requires = "model")]
    pub(crate) match_score: Option<String>,
    /// A document matches if its score is above this number.
    #[arg(long, value_name = "FLOAT", requires = "model", conflicts_with = "match_class")]
    #[arg(allow_hyphen_values = true)]
    pub(crate) above: Option<f64>,
    /// The vocabulary of a view of tokens, as for `featurize`; not needed with a commitment.
    #[arg(long, value_name = "FILE", requires = "model")]
    pub(crate) vocabulary: Option<PathBuf>,
    /// The output that has the scores, of a model with several.
    #[arg(long, value_name = "NAME", requires = "model")]
    pub(crate) output: Option<String>,
    /// The shape of the input, the batch (1) first, of a model that leaves it open; not
    /// needed where the view determines it.
    #[arg(long, value_name = "1,C,H,W", value_delimiter = ',', requires = "model")]
    pub(crate) input_shape: Option<Vec<usize>>,
    /// A scaling by its name: that of torchvision's models, or from -1 to 1.
    #[arg(long, value_name = "NAME", value_parser = preset(), conflicts_with_all = ["mean", "std", "raw"])]
    pub(crate) preset: Option<Preset>,
    /// Mean of each channel, subtracted after division by 255.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', allow_hyphen_values = true)]
    #[arg(requires = "std")]
    pub(crate) mean: Vec<f64>,
    /// Standard deviation of each channel; values are divided by it last.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', requires = "mean")]
    pub(crate) std: Vec<f64>,
    /// Give the model the bytes as they are, 0 to 255.
    #[arg(long, conflicts_with_all = ["mean", "std"])]
    pub(crate) raw: bool,
    /// The order of colour channels that the model expects; red first unless it says more.
    #[arg(long, value_enum)]
    pub(crate) channels: Option<Channels>,
    /// The same as --channels bgr.
    #[arg(long, conflicts_with = "channels")]
    pub(crate) bgr: bool,
}

/// Reads the name of a scaling.
fn preset() -> impl TypedValueParser<Value = Preset> {
    let names = Preset::NAMED.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|name| {
        let named = Preset::NAMED.into_iter().find(|(known, _)| *known == name);
        named.map_or(Preset::Tf, |(_, preset)| preset)
    })
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Channels {
    Rgb,
    Bgr,
}
