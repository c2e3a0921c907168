//! PDF.
//!
//! The file is read by our own code, under budget, as far as its objects, keys,
//! filters and content go; hayro says which characters the codes of fonts stand for,
//! and sees nothing but the small files that [`font_dict`] writes for it. What is read
//! and what is not stands in `docs/text/pdf.md`.

mod annotations;
mod attachments;
mod bidi;
mod children;
mod content;
mod crypt;
mod extras;
mod fax;
mod file;
mod filter;
mod font;
mod font_dict;
mod inline;
mod layout;
mod lexer;
mod object;
mod operators;
mod pages;
mod picture;
mod raster;
mod read;
mod repair;
mod streams;
mod strings;
mod writer;
mod xml;
mod xref;

pub(crate) use children::children;
pub(crate) use read::read;
