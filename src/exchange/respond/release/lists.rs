//! What the responder's lists say, brought together with what becomes of the leaves.

use super::{Fate, Rules};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::{Basis, Segregable};
use crate::exchange::respond::withholding::{Redaction, Said};

impl Rules<'_> {
    /// What a list says of documents that the program withholds is what the program finds,
    /// and redacted copies stand in the place of withheld documents. Of what nothing asks
    /// for, nothing is told.
    pub(super) fn bring_in_lists(&self, fates: &mut [Fate]) -> Result<(), ExchangeError> {
        for (leaf, said) in &self.withheld.foretold {
            if let Some(fate) = fates.get_mut(*leaf as usize) {
                self.foretell(*leaf, said, fate)?;
            }
        }
        for (leaf, redaction) in &self.withheld.redactions {
            if let Some(fate) = fates.get_mut(*leaf as usize) {
                self.substitute(*leaf, redaction, fate)?;
            }
        }
        let promised = |fate: &Fate| match fate {
            Fate::Withheld { said, substitute: None, .. } => {
                said.log.as_ref().is_some_and(|log| log.segregable == Some(Segregable::Released))
            }
            _ => false,
        };
        let leaf = (0..).zip(fates.iter()).find(|(_, fate)| promised(fate));
        leaf.map_or(Ok(()), |(leaf, _)| {
            let problem = "its rest is said to be released, and no redacted copy is given";
            let advice = "give the copy with --redactions, or leave segregable empty";
            Err(ExchangeError::input(self.name(leaf), problem, advice))
        })
    }

    fn foretell(&self, leaf: u64, listed: &Said, fate: &mut Fate) -> Result<(), ExchangeError> {
        match (listed.bases.first(), &mut *fate) {
            (_, Fate::Closed) => Ok(()),
            (Basis::Program(listed), Fate::Settled { basis }) if basis == listed => Ok(()),
            (Basis::Carries(_), Fate::Withheld { said, .. }) if said.bases == listed.bases => {
                said.log.clone_from(&listed.log);
                Ok(())
            }
            (listed, fate) => {
                let found = match fate {
                    Fate::Released { .. } => "the program does not withhold it".to_owned(),
                    Fate::Settled { basis } => {
                        format!("the program withholds it as {}", basis.name())
                    }
                    Fate::Withheld { said, .. } => {
                        format!("the program withholds it as {}", said.bases)
                    }
                    Fate::Closed => return Ok(()),
                };
                let problem = format!("it is listed as {listed}, but {found}");
                let advice = "leave its basis empty, or give a reason of your own";
                Err(ExchangeError::input(self.name(leaf), problem, advice))
            }
        }
    }

    fn substitute(
        &self,
        leaf: u64,
        redaction: &Redaction,
        fate: &mut Fate,
    ) -> Result<(), ExchangeError> {
        let refused = |problem: &str, advice: &str| {
            Err(ExchangeError::input(self.name(leaf), problem, advice))
        };
        match fate {
            Fate::Closed => Ok(()),
            Fate::Released { .. } => refused(
                "it has a redacted copy, but is released itself",
                "give a basis in either list to withhold it, or leave the copy out",
            ),
            Fate::Settled { .. } => refused(
                "it has a redacted copy, but the program withholds it from all but the judge",
                "leave the copy out, or give a basis of your own",
            ),
            Fate::Withheld { said, substitute, .. } => {
                if redaction.bases.is_none() && matches!(said.bases.first(), Basis::Produced(_)) {
                    return refused(
                        "it has a redacted copy, but is said to be produced already",
                        "leave the copy out, or give a basis for what is blacked out",
                    );
                }
                let log = said.log.get_or_insert_default();
                if log.segregable == Some(Segregable::None) {
                    return refused(
                        "it has a redacted copy, but nothing of it is said to be segregable",
                        "write released under segregable, or leave the copy out",
                    );
                }
                log.segregable = Some(Segregable::Released);
                *substitute = Some(Box::new(redaction.clone()));
                Ok(())
            }
        }
    }
}
