//! Reading well-formed and malformed files.
