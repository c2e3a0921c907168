//! What a program says that is started without arguments.

use candor::exchange::ExchangeError;

use crate::{Defaults, UNDECIDED, tell};

/// Which of the three programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Commits and answers.
    Responder,
    /// Asks.
    Requester,
    /// Verifies.
    Judge,
}

/// The four steps: who makes each, what it is, and the command.
const STEPS: [(Program, &str, &str); 4] = [
    (
        Program::Responder,
        "The responder commits to its documents.",
        "responder commit-corpus DOCUMENTS --view VIEW --out COMMIT",
    ),
    (
        Program::Requester,
        "The requester turns a classifier into a request.",
        "requester issue-request --model MODEL --view VIEW --commitment COMMIT --calibration SAMPLES --match-class CLASS --out REQUEST",
    ),
    (
        Program::Responder,
        "The responder classifies, proves and releases.",
        "responder respond --corpus DOCUMENTS --commitment COMMIT --request REQUEST --out BUNDLE",
    ),
    (
        Program::Judge,
        "The judge verifies, from public files alone.",
        "judge verify-bundle --commitment COMMIT --request REQUEST --bundle BUNDLE",
    ),
];

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Responder => "responder",
            Self::Requester => "requester",
            Self::Judge => "judge",
        }
    }
}

fn text(program: Program, next: Option<&str>) -> String {
    let mut text = String::from("The four steps of a disclosure that proves itself:\n\n");
    for (number, (who, what, command)) in (1..).zip(STEPS) {
        let mark = if who == program { ">" } else { " " };
        text.push_str(&format!("{mark} {number}. {what}\n     {command}\n"));
    }
    let name = program.name();
    match (next, program) {
        (Some(next), _) => text.push_str(&format!("\nNext here: {next}\n")),
        (None, Program::Responder) => {
            text.push_str("\nTo begin a matter in this folder: responder init \"Smith v. Jones\"\n")
        }
        (None, _) => {
            let first = STEPS.iter().find(|(who, ..)| *who == program);
            let command = first.map_or("", |(.., command)| command);
            text.push_str(&format!("\nNext: {command}\n"));
        }
    }
    text + &format!("All commands: {name} --help\n")
}

/// Shows the four steps, and the next command to type, on standard error. The
/// exit code is that of wrong usage: nothing was done.
///
/// # Errors
/// If there is a `candor.toml` that cannot be read.
pub fn show_steps(program: Program) -> Result<u8, ExchangeError> {
    let status = match Defaults::find()?.matter() {
        Some(matter) => Some(matter.status()?),
        None => None,
    };
    let text = text(program, status.as_ref().map(|status| status.next.as_str()));
    tell(&text);
    Ok(UNDECIDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_marks_its_steps_and_names_a_command() {
        for program in [Program::Responder, Program::Requester, Program::Judge] {
            let text = text(program, None);
            assert_eq!(
                text.matches("> ").count(),
                if program == Program::Responder { 2 } else { 1 }
            );
            assert!(text.contains(&format!("{} --help", program.name())));
        }
        assert!(
            text(Program::Judge, Some("responder respond"))
                .contains("Next here: responder respond")
        );
    }
}
