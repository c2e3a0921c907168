//! The user guide's transcripts, run as they are printed, and the commands of
//! the README: guide and programs cannot drift apart.
//!
//! What a block ```` ```console ```` holds is typed in order, in one temporary
//! folder that has the sample corpus. A command whose exit code is not 0 must be
//! followed by `echo $?`. See [`transcript`] for what may differ.
#![cfg(unix)]

#[path = "guide/programs.rs"]
mod programs;
#[path = "guide/session.rs"]
mod session;
#[path = "guide/transcript.rs"]
mod transcript;

use std::fs;
use std::path::Path;
use std::process::Command;

use session::Session;
use transcript::{Names, Step, commands, console};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_guide_shows_what_the_programs_print() {
    let mut steps = console(&read("docs/user-guide.md"));
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        eprintln!("skipped: lots, for ssh-keygen is not installed");
        let of_a_lot = ["ssh-keygen", "signers", "lot-1"];
        steps.retain(|step| !of_a_lot.iter().any(|word| step.command.contains(word)));
    }
    assert!(steps.len() >= 30, "{} commands", steps.len());
    let mut session = Session::new();
    let mut names = Names::default();
    let mut wrong = Vec::new();
    for (at, Step { command, expected }) in steps.iter().enumerate() {
        // The guide must show the exit code of a command that has another than 0.
        let told = steps.get(at + 1).is_some_and(|next| next.command == "echo $?");
        let (code, printed) = session.run(&names.given(command));
        if !names.matches(expected, &printed) {
            wrong.push(format!(
                "$ {command}\n--- the guide\n{}\n--- printed\n{printed}",
                expected.join("\n")
            ));
        }
        if code != 0 && !told {
            wrong.push(format!("$ {command}\nends with code {code}:\n{printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_commands_of_the_readme_work() {
    let readme = read("README.md");
    let (_, steps) = readme.split_once("## The four steps").unwrap();
    let commands = commands(steps);
    assert_eq!(commands.len(), 6, "{commands:?}");
    let mut session = Session::new();
    let codes = commands.iter().map(|command| {
        let (code, printed) = session.run(command);
        (code, format!("$ {command}\n{printed}"))
    });
    for (code, printed) in codes {
        assert_eq!(code, 0, "{printed}");
    }
}

/// Messages in the guide's tables, with `…` for what differs, are those of the
/// programs.
#[test]
fn the_messages_in_the_guide_are_in_the_source() {
    let source = programs::sources();
    let source = source.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    // Long texts are broken over lines in the source.
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let source = flat(&source.replace("\\\n", " "));
    let guide = read("docs/user-guide.md");
    let mut messages = 0;
    for heading in ["Common messages with code 2:", "## When a model is refused"] {
        let (_, table) = guide.split_once(heading).unwrap();
        let rows = table.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
        for row in rows.take_while(|line| line.starts_with('|')) {
            let cell = row.split(" | ").next().unwrap();
            for message in cell.split('`').skip(1).step_by(2) {
                messages += 1;
                for part in message.split('…').map(str::trim) {
                    assert!(source.contains(part), "`{message}`: no `{part}` in the source");
                }
            }
        }
    }
    assert!(messages >= 30, "{messages} messages");
}
