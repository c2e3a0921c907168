//! PDF.

mod crypt;
mod file;
mod filter;
mod font;
mod font_dict;
mod lexer;
mod object;
mod repair;
mod writer;
mod xref;
