//! Man pages and shell completions, from what the programs accept.

use std::fs;
use std::io;
use std::path::Path;

use clap_complete::Shell;

const SHELLS: [Shell; 4] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell];

/// Writes `man/PROGRAM.1`, `man/PROGRAM-COMMAND.1` and `completions/`.
pub(crate) fn write(out: &Path) -> io::Result<()> {
    let (man, completions) = (out.join("man"), out.join("completions"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&completions)?;
    for mut program in [responder::command(), requester::command(), judge::command()] {
        clap_mangen::generate_to(program.clone(), &man)?;
        let name = program.get_name().to_owned();
        for shell in SHELLS {
            clap_complete::generate_to(shell, &mut program, &name, &completions)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let page = fs::read_to_string(folder.path().join("man/judge-verify-bundle.1")).unwrap();
        assert!(page.contains("commitment"), "{page}");
        for program in [responder::command(), requester::command(), judge::command()] {
            let name = program.get_name();
            for command in program.get_subcommands() {
                let page = format!("man/{name}-{}.1", command.get_name());
                assert!(folder.path().join(&page).is_file(), "{page}");
            }
            for file in [
                format!("{name}.bash"),
                format!("_{name}"),
                format!("{name}.fish"),
                format!("_{name}.ps1"),
            ] {
                assert!(folder.path().join("completions").join(&file).is_file(), "{file}");
            }
        }
    }
}
