//! What is asked for, and by whom: options come before what the model says of itself,
//! and that before what is usual.

use std::path::Path;

use serde::Serialize;

use super::classes::Names;
use super::model::{self, Model};
use crate::corpus::views::ViewId;
use crate::exchange::commitment_files;
use crate::exchange::error::ExchangeError;
use crate::model::float_bits::FiniteF64;
use crate::model::graph::Graph;
use crate::model::onnx::{Metadata, Reading};
use crate::model::own_scaling::{OwnScaling, of_integers};
use crate::model::predicate::Predicate;
use crate::model::quantize::{ChannelOrder, InputScaling, PixelValues};

/// A scaling that many published models were trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// That of the models of torchvision: means and deviations of a set of photographs.
    Imagenet,
    /// From −1 to 1: byte / 127.5 − 1.
    Tf,
}

/// Means and deviations of red, green and blue.
const IMAGENET: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

impl Preset {
    /// The names in options and models.
    pub const NAMED: [(&'static str, Self); 2] = [("imagenet", Self::Imagenet), ("tf", Self::Tf)];

    fn of_name(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, preset)| preset)
    }

    /// Means and deviations in the model's order of channels.
    fn values(self, channels: ChannelOrder) -> [Vec<f64>; 2] {
        match self {
            Self::Tf => [vec![0.5], vec![0.5]],
            Self::Imagenet => IMAGENET.map(|list| match channels {
                ChannelOrder::Rgb => list.to_vec(),
                ChannelOrder::Bgr => list.iter().rev().copied().collect(),
            }),
        }
    }
}

/// What the requester gives; the rest is taken from the model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The view.
    pub view: Option<ViewId>,
    /// The bytes as they are.
    pub raw: bool,
    /// A scaling by its name.
    pub preset: Option<Preset>,
    /// Means, after division by 255.
    pub mean: &'a [f64],
    /// Deviations.
    pub std: &'a [f64],
    /// The order of channels.
    pub channels: Option<ChannelOrder>,
    /// Names or numbers of classes that match.
    pub match_class: &'a [String],
    /// The name or number of the score that decides.
    pub match_score: Option<&'a str>,
    /// What it has to be above.
    pub above: Option<f64>,
}

/// What is asked, with nothing left open.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The view.
    pub view: ViewId,
    /// How its bytes become the model's input.
    pub input: InputScaling,
    /// What is asked of the scores.
    pub predicate: Predicate,
    /// The same in words.
    pub settings: Vec<Setting>,
}

/// Something that was asked, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// `view`, `scaling`, `channels` or `matches`.
    pub what: &'static str,
    /// What it is, in words.
    pub value: String,
    /// `options`, `model`, `commitment`, `default` or, of `inspect`, `guess`.
    pub from: &'static str,
    /// What to look at, if there is anything.
    pub note: Option<String>,
}

const OPTIONS: &str = "options";
const MODEL: &str = "model";
const DEFAULT: &str = "default";

/// Settles what is asked of a model, for a commitment if there is one. `reading` is what
/// the options say of what the model leaves open.
///
/// # Errors
/// If the model cannot be read, or something is missing or makes no sense.
pub fn settle(
    model: &Path,
    commitment: Option<&Path>,
    reading: &Reading,
    given: &Given<'_>,
) -> Result<Settled, ExchangeError> {
    let said = Metadata::of(&model::file(model)?).map_err(|error| {
        ExchangeError::file(model, error, "see docs/formats.md for what a model may say")
    })?;
    let wishes = Wishes { model, given, said: &said };
    let view = match (wishes.view()?, commitment) {
        (Some(view), _) => view,
        (None, Some(commitment)) => committed(commitment)?,
        (None, None) => {
            let advice =
                "give it, or say it in the model; `requester inspect` lists views that fit";
            return Err(ExchangeError::input("--view", "is missing", advice));
        }
    };
    let Model { graph, .. } = model::read(model, &view.0, reading)?;
    wishes.settled(view, &graph)
}

/// A view, and where it comes from.
pub(super) type Chosen = (ViewId, Setting);

/// A view that was chosen somewhere.
pub(super) fn chosen(view: ViewId, from: &'static str) -> Chosen {
    (view, Setting { what: "view", value: view.to_string(), from, note: None })
}

/// The only view of a commitment.
fn committed(commitment: &Path) -> Result<Chosen, ExchangeError> {
    let views = commitment_files::read(commitment)?.header.views;
    if let [view] = views.as_slice() {
        return Ok(chosen(*view, "commitment"));
    }
    let views: Vec<_> = views.iter().map(ToString::to_string).collect();
    let advice = format!("choose one of {}", views.join(", "));
    Err(ExchangeError::input("--view", "is missing", advice))
}

/// What options and model say.
pub(super) struct Wishes<'a> {
    pub(super) model: &'a Path,
    pub(super) given: &'a Given<'a>,
    pub(super) said: &'a Metadata,
}

impl Wishes<'_> {
    fn refuse(&self, problem: String, advice: &str) -> ExchangeError {
        ExchangeError::file(self.model, problem, advice)
    }

    /// All but the view, which is chosen already.
    pub(super) fn settled(
        &self,
        (view, of_view): Chosen,
        graph: &Graph,
    ) -> Result<Settled, ExchangeError> {
        let (channels, of_channels) = self.channels()?;
        let (values, of_values) =
            self.values(channels, OwnScaling::of(graph), of_integers(graph))?;
        let (predicate, of_predicate) = self.predicate(Names::of(self.said, graph))?;
        let settings = [Some(of_view), Some(of_values), of_channels, Some(of_predicate)];
        Ok(Settled {
            view,
            input: InputScaling { values, channels },
            predicate,
            settings: settings.into_iter().flatten().collect(),
        })
    }

    /// The view that options or model name.
    pub(super) fn view(&self) -> Result<Option<Chosen>, ExchangeError> {
        if let Some(view) = self.given.view {
            return Ok(Some(chosen(view, OPTIONS)));
        }
        let Some(name) = &self.said.view else { return Ok(None) };
        let view = name.parse().map_err(|error| {
            self.refuse(format!("candor.view: {error}"), "give --view, or correct the model")
        })?;
        Ok(Some(chosen(view, MODEL)))
    }

    /// Whether options or model say anything of what matches.
    pub(super) fn asks(&self) -> bool {
        let Given { match_class, match_score, above, .. } = *self.given;
        let Metadata { matching, score, threshold, .. } = self.said;
        let by_option = !match_class.is_empty() || match_score.is_some() || above.is_some();
        by_option || !matching.is_empty() || score.is_some() || threshold.is_some()
    }

    /// The order of channels; told only where it is not the usual one.
    fn channels(&self) -> Result<(ChannelOrder, Option<Setting>), ExchangeError> {
        let (order, from) = match (self.given.channels, self.said.channels.as_deref()) {
            (Some(order), _) => (order, OPTIONS),
            (None, Some("rgb")) => (ChannelOrder::Rgb, MODEL),
            (None, Some("bgr")) => (ChannelOrder::Bgr, MODEL),
            (None, Some(other)) => {
                let problem = format!("candor.channels: `{other}` is neither rgb nor bgr");
                return Err(self.refuse(problem, "give --channels, or correct the model"));
            }
            (None, None) => (ChannelOrder::Rgb, DEFAULT),
        };
        let told = Setting { what: "channels", value: "blue first".into(), from, note: None };
        Ok((order, (order == ChannelOrder::Bgr).then_some(told)))
    }

    fn values(
        &self,
        channels: ChannelOrder,
        own: Option<OwnScaling>,
        integers: Option<PixelValues>,
    ) -> Result<(PixelValues, Setting), ExchangeError> {
        let Given { raw, preset, mean, std, .. } = *self.given;
        let (values, from) = if raw {
            (PixelValues::Raw, OPTIONS)
        } else if let Some(preset) = preset {
            (standardised(&preset.values(channels))?, OPTIONS)
        } else if !mean.is_empty() || !std.is_empty() {
            (standardised(&[mean.to_vec(), std.to_vec()])?, OPTIONS)
        } else if let Some(values) = self.said_values(channels)? {
            (values, MODEL)
        } else if let Some(values) = integers {
            (values, MODEL)
        } else if own.is_some_and(|own| own.takes_bytes()) {
            (PixelValues::Raw, MODEL)
        } else {
            (PixelValues::Unit, if own.is_some() { MODEL } else { DEFAULT })
        };
        let twice = matches!(values, PixelValues::Standardised { .. });
        let note = own.map(|own| {
            let OwnScaling { scale, offset } = own;
            let does = format!("the model itself multiplies by {scale:.6} and adds {offset:.6}");
            match twice {
                true => format!("{does}, so its input is scaled twice"),
                false => does,
            }
        });
        Ok((values.clone(), Setting { what: "scaling", value: in_words(&values), from, note }))
    }

    /// The scaling that the model names.
    fn said_values(&self, channels: ChannelOrder) -> Result<Option<PixelValues>, ExchangeError> {
        let Metadata { scaling, mean, std, .. } = self.said;
        let advice = "give --raw, --preset or --mean and --std, or correct the model";
        if mean.is_empty() != std.is_empty() {
            let problem = "it says only one of candor.mean and candor.std".to_owned();
            return Err(self.refuse(problem, advice));
        }
        let Some(name) = scaling else {
            let both = [mean.clone(), std.clone()];
            return if mean.is_empty() { Ok(None) } else { standardised(&both).map(Some) };
        };
        if !mean.is_empty() {
            let problem = "it says both candor.scaling and candor.mean".to_owned();
            return Err(self.refuse(problem, advice));
        }
        match (name.as_str(), Preset::of_name(name)) {
            ("raw", _) => Ok(Some(PixelValues::Raw)),
            ("unit", _) => Ok(Some(PixelValues::Unit)),
            (_, Some(preset)) => standardised(&preset.values(channels)).map(Some),
            _ => {
                let problem = format!("candor.scaling: `{name}` is not unit, raw, imagenet or tf");
                Err(self.refuse(problem, advice))
            }
        }
    }

    fn predicate(&self, names: Names<'_>) -> Result<(Predicate, Setting), ExchangeError> {
        let Given { match_class, match_score, above, .. } = *self.given;
        let by_option = !match_class.is_empty() || match_score.is_some() || above.is_some();
        let from = if by_option { OPTIONS } else { MODEL };
        let setting = |value| Setting { what: "matches", value, from, note: None };
        let classes = if by_option { match_class } else { &self.said.matching };
        if !classes.is_empty() {
            let indices: Vec<u32> =
                classes.iter().map(|class| self.class(class, names)).collect::<Result<_, _>>()?;
            let named: Vec<String> = indices.iter().map(|index| called(*index, names)).collect();
            let value = format!("top class {}", named.join(" or "));
            return Ok((Predicate::match_class(indices), setting(value)));
        }
        let score = match_score.or(self.said.score.as_deref());
        let (Some(score), Some(above)) = (score, above.or(self.said.threshold)) else {
            let problem = match (score, above.or(self.said.threshold)) {
                (None, None) => "nothing says which classes or scores match",
                (Some(_), _) => "nothing says what the score has to be above",
                (None, Some(_)) => "nothing says which score has to be above the threshold",
            };
            let advice = "give --match-class, or --match-score and --above";
            return Err(self.refuse(problem.to_owned(), advice));
        };
        let index = self.class(score, names)?;
        let value = format!("score {} above {above}", called(index, names));
        let above = finite("--above", above)?;
        Ok((Predicate::MatchScore { index, above }, setting(value)))
    }

    /// The index of a class that is given by name or index.
    fn class(&self, given: &str, names: Names<'_>) -> Result<u32, ExchangeError> {
        names.index_of(given).map_err(|(problem, advice)| self.refuse(problem, &advice))
    }
}

/// A class by its index, and its name if the model says one.
fn called(index: u32, names: Names<'_>) -> String {
    match names.list.get(index as usize) {
        Some(name) if *name != index.to_string() => format!("{index} ({name})"),
        _ => index.to_string(),
    }
}

fn finite(argument: &str, value: f64) -> Result<FiniteF64, ExchangeError> {
    FiniteF64::new(value)
        .map_err(|error| ExchangeError::input(argument, error, "give a finite number"))
}

fn standardised([mean, std]: &[Vec<f64>; 2]) -> Result<PixelValues, ExchangeError> {
    let list = |argument: &str, values: &[f64]| {
        values.iter().map(|value| finite(argument, *value)).collect::<Result<Vec<_>, _>>()
    };
    Ok(PixelValues::Standardised { mean: list("--mean", mean)?, std: list("--std", std)? })
}

fn in_words(values: &PixelValues) -> String {
    let list = |values: &[FiniteF64]| {
        let values: Vec<String> = values.iter().map(|value| value.get().to_string()).collect();
        values.join(",")
    };
    match values {
        PixelValues::Raw => "bytes as they are".to_owned(),
        PixelValues::Unit => "bytes / 255".to_owned(),
        PixelValues::Standardised { mean, std } => {
            format!("(bytes / 255 - {}) / {}", list(mean), list(std))
        }
    }
}
