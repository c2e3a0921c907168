//! The lot: an honest sample of what was *not* handed over, opened to the judge alone.
//!
//! A bundle proves the decision for every document, but not that the view of a document
//! that stays closed was honestly made, nor that the classifier misses little. A sample
//! of what was not handed over settles both, if nobody can choose it. So the judge
//! commits to a nonce ([`formats::lot`]), the responder fixes the bundle and adds a salt
//! without knowing the nonce ([`formats::seal`]), and the nonce and the seal together
//! give the sample ([`draw`], [`formats::drawing`]), which leaves nothing to choose. The
//! responder opens it to a key that the judge made for this lot alone
//! ([`formats::opened`], [`formats::package`]).
//!
//! * [`formats`]: the files, byte for byte
//! * [`draw`]: from nonce and seal to the sample
//! * [`signature`]: who wrote a file, as `ssh-keygen -Y` has it
//! * [`judge`]: commit to a lot, draw it, or let it end without a drawing
//! * [`responder`]: seal a lot, and open what was drawn
//! * [`mod@audit`]: what was opened, against what was committed
//! * [`mod@estimate`]: what the sample says of the whole
//!
//! Order is shown by digests, never by clocks. `docs/formats.md` has the exact bytes,
//! `docs/protocol.md` the story.

pub mod audit;
pub mod draw;
pub mod estimate;
pub mod formats;
pub mod judge;
pub mod responder;
pub mod signature;
