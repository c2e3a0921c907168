//! Writes what goes into an archive beside the programs; see `scripts/package.sh`.

mod allowed;
mod licences;
mod pages;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Writes what goes into an archive beside the programs.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the man pages and shell completions of the three programs.
    Pages {
        /// The folder to write into, as `man/` and `completions/`.
        out: PathBuf,
    },
    /// Print the licences of all crates that the programs are made of.
    Licences {
        /// The target that the programs are built for.
        target: String,
    },
    /// Compare the licences of all crates, those of tests too, with `deny.toml`.
    Check,
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().command {
        Command::Pages { out } => pages::write(&out)?,
        Command::Licences { target } => print!("{}", licences::collect(&target)?),
        Command::Check => {
            let refused = allowed::refused()?;
            if !refused.is_empty() {
                return Err(refused.join("; ").into());
            }
        }
    }
    Ok(())
}
