//! Prints one view of files in hexadecimal, or why there is none, one line each:
//! `cargo run --release --example view -- image/rgb-12x10 FILE...`

use std::io::{self, Write};
use std::process::ExitCode;

use candor::corpus::views::{ViewId, canonicalise_file, unseen};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let view = arguments.next().and_then(|name| name.to_str()?.parse::<ViewId>().ok());
    let Some(view) = view else {
        eprintln!("usage: view image/rgb-WxH FILE...");
        return ExitCode::from(2);
    };
    let mut out = io::stdout().lock();
    for file in arguments {
        let result = match std::fs::read(&file) {
            Ok(bytes) => match canonicalise_file(&bytes, &view) {
                Ok(pixels) => format!("{}\t{}", hex::encode(pixels), unseen(&bytes).pages),
                Err(reason) => format!("!{reason:?}\t0"),
            },
            Err(error) => format!("?{error}\t0"),
        };
        if writeln!(out, "{}\t{result}", file.display()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
