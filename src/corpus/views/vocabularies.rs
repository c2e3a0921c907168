//! Views with the vocabularies that those of tokens read by.

use std::fmt;
use std::sync::Arc;

use candor_documents::tokens::{Scheme, Vocabulary};
use serde::{Deserialize, Serialize};

use super::{ImageView, TextView, ViewId};
use crate::corpus::sha256::Sha256Hex;

/// The vocabularies of views of tokens: at most one for each scheme.
#[derive(Clone, Default)]
pub struct Vocabularies {
    wordpiece: Option<Arc<Vocabulary>>,
    bpe: Option<Arc<Vocabulary>>,
}

impl Vocabularies {
    /// The vocabulary of a scheme.
    #[must_use]
    pub fn of(&self, scheme: Scheme) -> Option<&Arc<Vocabulary>> {
        match scheme {
            Scheme::WordPiece => self.wordpiece.as_ref(),
            Scheme::Bpe => self.bpe.as_ref(),
        }
    }

    /// Adds a vocabulary; gives it back if there is one of its scheme already.
    ///
    /// # Errors
    /// If there is.
    pub fn add(&mut self, vocabulary: Vocabulary) -> Result<(), Box<Vocabulary>> {
        let place = match vocabulary.scheme() {
            Scheme::WordPiece => &mut self.wordpiece,
            Scheme::Bpe => &mut self.bpe,
        };
        if place.is_some() {
            return Err(Box::new(vocabulary));
        }
        *place = Some(Arc::new(vocabulary));
        Ok(())
    }

    /// The id that fills up a view of tokens; 0 of other views, and where there is no
    /// vocabulary.
    #[must_use]
    pub fn padding(&self, view: &ViewId) -> u32 {
        let vocabulary = view.scheme().and_then(|scheme| self.of(scheme));
        vocabulary.map_or(0, |vocabulary| vocabulary.padding().into())
    }

    /// Their digests.
    #[must_use]
    pub fn digests(&self) -> VocabularyDigests {
        let digest = |scheme| self.of(scheme).map(|found| Sha256Hex(found.digest()));
        VocabularyDigests { wordpiece: digest(Scheme::WordPiece), bpe: digest(Scheme::Bpe) }
    }
}

/// As their digests.
impl fmt::Debug for Vocabularies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digests().fmt(f)
    }
}

impl PartialEq for Vocabularies {
    fn eq(&self, other: &Self) -> bool {
        self.digests() == other.digests()
    }
}

impl Eq for Vocabularies {}

/// SHA-256 of the files of vocabularies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyDigests {
    /// Of that of views `text/wordpiece-N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wordpiece: Option<Sha256Hex>,
    /// Of that of views `text/bpe-N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bpe: Option<Sha256Hex>,
}

impl VocabularyDigests {
    /// The digest for a scheme.
    #[must_use]
    pub const fn of(&self, scheme: Scheme) -> Option<Sha256Hex> {
        match scheme {
            Scheme::WordPiece => self.wordpiece,
            Scheme::Bpe => self.bpe,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.wordpiece.is_none() && self.bpe.is_none()
    }
}

/// A view of tokens without its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the view {0} needs a vocabulary")]
pub struct NoVocabulary(pub ViewId);

/// A view with what it reads by: that of tokens has its vocabulary.
#[derive(Clone, Debug)]
pub struct View {
    id: ViewId,
    vocabulary: Option<Arc<Vocabulary>>,
}

impl View {
    /// The view with the vocabulary of its scheme, if it needs one.
    ///
    /// # Errors
    /// If there is no such vocabulary.
    pub fn new(id: ViewId, vocabularies: &Vocabularies) -> Result<Self, NoVocabulary> {
        let vocabulary = match id.scheme() {
            Some(scheme) => Some(vocabularies.of(scheme).cloned().ok_or(NoVocabulary(id))?),
            None => None,
        };
        Ok(Self { id, vocabulary })
    }

    /// Each of several views, in their order.
    ///
    /// # Errors
    /// As [`View::new`].
    pub fn all(ids: &[ViewId], vocabularies: &Vocabularies) -> Result<Vec<Self>, NoVocabulary> {
        ids.iter().map(|id| Self::new(*id, vocabularies)).collect()
    }

    /// Which view it is.
    #[must_use]
    pub const fn id(&self) -> ViewId {
        self.id
    }

    /// The id that fills up a view of tokens; 0 of other views.
    #[must_use]
    pub fn padding(&self) -> u32 {
        self.vocabulary().map_or(0, |vocabulary| vocabulary.padding().into())
    }

    /// The vocabulary that it reads by.
    #[must_use]
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_deref()
    }
}

impl From<ImageView> for View {
    fn from(view: ImageView) -> Self {
        Self { id: ViewId::Image(view), vocabulary: None }
    }
}

impl ViewId {
    /// How a view of tokens cuts text; `None` for other views.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::Text(TextView::Tokens(view)) => Some(view.scheme()),
            _ => None,
        }
    }

    /// Whether there is a view of tokens of a scheme among several.
    #[must_use]
    pub fn any_of(scheme: Scheme, views: &[Self]) -> bool {
        views.iter().any(|view| view.scheme() == Some(scheme))
    }
}
