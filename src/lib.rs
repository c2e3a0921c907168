//! Candor: disclosure that proves itself.
//!
//! A *responder* commits to a corpus, a *requester* sends a classifier, the
//! responder proves in zero knowledge what the classifier says of every
//! document and releases exactly those that match, and a *judge* verifies all
//! of it from one bundle. `docs/protocol.md` tells the story, `docs/argument.md`
//! the mathematics.
//!
//! * [`hash`]: Poseidon, the hash of every commitment
//! * [`corpus`]: documents, views, salted commitments and the Merkle root
//! * [`model`]: from ONNX to an exact integer program
//! * [`argument`]: statement, trace and adjoint; knows nothing of a proof system
//! * [`proof`]: the halo2 circuit, prover and verifier
//! * [`exchange`]: the artefacts the parties hand each other, and the judge's checks

pub mod argument;
pub mod corpus;
pub mod exchange;
pub mod field;
pub mod files;
pub mod hash;
pub mod model;
pub mod printable;
pub mod proof;
