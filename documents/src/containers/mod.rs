//! Containers: files whose entries are items of their own.

pub mod mbox;
