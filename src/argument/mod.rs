//! Statement, trace layout and adjoint; knows nothing of a proof system.
