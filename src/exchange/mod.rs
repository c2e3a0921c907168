//! The artefacts the parties hand each other, and the checks of the judge.
