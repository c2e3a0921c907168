//! Arguments that a matter's `candor.toml` makes needless.

use std::path::PathBuf;

use candor::exchange::{ExchangeError, Matter};

/// The matter of the current folder, if there is one.
#[derive(Clone, Debug)]
pub struct Defaults(Option<Matter>);

impl Defaults {
    /// Looks for `candor.toml` here and above.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn find() -> Result<Self, ExchangeError> {
        Matter::find().map(Self)
    }

    /// The matter.
    #[must_use]
    pub fn matter(&self) -> Option<&Matter> {
        self.0.as_ref()
    }

    /// The matter, to be written to.
    pub fn matter_mut(&mut self) -> Option<&mut Matter> {
        self.0.as_mut()
    }

    /// The path that was given, or else that of the matter, if something is there.
    #[must_use]
    pub fn existing(
        &self,
        given: Option<PathBuf>,
        of: impl FnOnce(&Matter) -> PathBuf,
    ) -> Option<PathBuf> {
        given.or_else(|| self.0.as_ref().map(of).filter(|path| path.exists()))
    }

    /// The path that was given, or else that of the matter.
    ///
    /// # Errors
    /// If there is neither.
    pub fn path(
        &self,
        given: Option<PathBuf>,
        argument: &str,
        of: impl FnOnce(&Matter) -> PathBuf,
    ) -> Result<PathBuf, ExchangeError> {
        given.or_else(|| self.0.as_ref().map(of)).ok_or_else(|| {
            ExchangeError::input(
                argument,
                "is missing",
                "give it, or work in the folder of a candor.toml (see responder init)",
            )
        })
    }
}
