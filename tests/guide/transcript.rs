//! Transcripts in Markdown, and what of them may differ from run to run:
//!
//! * a number of 64 hexadecimal digits: another, but always the same for the same
//! * a number before a unit of time or size, and the number of a leaf
//! * `…` on a line of its own: any lines; within a line: any text
//! * the number of spaces

use std::collections::BTreeMap;

const UNITS: [&str; 6] = ["s", "ms", "min", "MB", "kB", "bytes"];

/// A command and what it prints.
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) expected: Vec<String>,
}

/// The lines of all blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let mut inside = false;
    let mut ours = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(found) => {
                inside = !inside;
                ours = inside && found == language;
            }
            None if ours => lines.push(line),
            None => {}
        }
    }
    assert!(!inside, "a block does not end");
    lines
}

/// The steps of all `console` blocks.
pub(crate) fn console(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in blocks(text, "console") {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), expected: Vec::new() });
            }
            (None, Some(step)) => step.expected.push(line.to_owned()),
            (None, None) => panic!("a block begins without a command: {line}"),
        }
    }
    steps
}

/// The commands of all `sh` blocks, without comments.
pub(crate) fn commands(text: &str) -> Vec<String> {
    let text = blocks(text, "sh").join("\n").replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Which number of 64 digits stands for which.
#[derive(Clone, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// A command with the numbers of this run.
    pub(crate) fn given(&self, command: &str) -> String {
        self.0.iter().fold(command.to_owned(), |text, (guide, run)| text.replace(guide, run))
    }

    /// Whether these lines may be printed as that text.
    pub(crate) fn matches(&mut self, expected: &[String], printed: &str) -> bool {
        let printed: Vec<&str> = printed.lines().collect();
        match self.lines(expected, &printed) {
            Some(names) => {
                *self = names;
                true
            }
            None => false,
        }
    }

    fn lines(&self, expected: &[String], printed: &[&str]) -> Option<Self> {
        let Some((first, rest)) = expected.split_first() else {
            return printed.is_empty().then(|| self.clone());
        };
        if first == "…" {
            return (0..=printed.len()).find_map(|skipped| self.lines(rest, &printed[skipped..]));
        }
        let (line, others) = printed.split_first()?;
        self.line(first, line)?.lines(rest, others)
    }

    fn line(&self, expected: &str, printed: &str) -> Option<Self> {
        if expected.contains('…') {
            return glob(expected, printed).then(|| self.clone());
        }
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let printed: Vec<&str> = printed.split_whitespace().collect();
        let mut names = self.clone();
        let equal = expected.len() == printed.len()
            && (0..expected.len()).all(|at| {
                let measured = expected.get(at + 1).is_some_and(|next| is_unit(next))
                    || at > 0 && expected[at - 1] == "document";
                if digits(expected[at]).is_some() {
                    return names.same(expected[at], printed[at]);
                }
                expected[at] == printed[at]
                    || measured && is_number(expected[at]) && is_number(printed[at])
            });
        equal.then_some(names)
    }

    /// Whether two words hold 64 digits that stand for each other.
    fn same(&mut self, expected: &str, printed: &str) -> bool {
        let (Some(guide), Some(run)) = (digits(expected), digits(printed)) else {
            return false;
        };
        if !self.0.contains_key(guide) && !self.0.values().any(|other| other == run) {
            self.0.insert(guide.to_owned(), run.to_owned());
        }
        self.0.get(guide).is_some_and(|stands| stands == run)
            && expected.replace(guide, "") == printed.replace(run, "")
    }
}

fn glob(expected: &str, printed: &str) -> bool {
    let mut rest = printed;
    let mut parts = expected.split('…');
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

fn is_unit(word: &str) -> bool {
    UNITS.contains(&word.trim_end_matches([',', ';', ')']))
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok()
}

fn digits(word: &str) -> Option<&str> {
    let of = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    word.split(|c: char| !c.is_ascii_alphanumeric()).find(of)
}

#[test]
fn only_what_differs_from_run_to_run_may_differ() {
    let (one, two) = ("1a".repeat(32), "2b".repeat(32));
    let mut names = Names::default();
    let mut matches = |expected: &str, printed: &str| {
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        names.matches(&expected, printed)
    };
    assert!(matches(&format!("root  {one},\n…\nend"), &format!("root {two},\na\nb\nend\n")));
    assert!(!matches(&format!("root {one}"), &format!("root {one}")));
    assert!(!matches(&format!("root {}", "3c".repeat(32)), &format!("root {two}")));
    assert!(matches("43 files in 1.5 s; 3 MB", "43 files in 22.75 s; 1 MB"));
    assert!(!matches("43 files in 1.5 s", "42 files in 1.5 s"));
    assert!(!matches("43 files in 1.5 s", "43 files in no s"));
    assert!(matches("document 3 of 5", "document 4 of 5"));
    assert!(!matches("document 3 of 5", "document 3 of 6"));
    assert!(matches("a … b … c", "a 1 b 2 c"));
    assert!(!matches("a … b … c", "a 1 2 c"));
    assert!(!matches("a\n…\nb", "a\nc"));
    assert!(!matches("", "a"));
    let steps = console("```console\n$ a\nx\n\ny\n```\n```sh\n$ b\n```\n```console\n$ c\n```\n");
    let steps: Vec<_> = steps.iter().map(|step| (&*step.command, step.expected.len())).collect();
    assert_eq!(steps, [("a", 3), ("c", 0)]);
}
