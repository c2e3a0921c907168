//! Reports as a page of text.

use std::fmt;

use super::bases::phrase;
use super::{
    AcceptedDisagreement, BasisCount, BasisCounts, CheckResult, DocumentReport, Finding, Outcome,
    Report, RootSource, SearchReport,
};
use crate::exchange::formats::bundle::PRODUCED_CLASS;
use crate::exchange::hits::table;
use crate::printable::{count, printable};

/// What a check found, in a clause that reads right for 0, 1 and many.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parsing {
                proofs,
                released,
                withheld,
                substitutes,
                outside,
                unreadable,
                left_aside,
            } => {
                let proofs = count(*proofs, "proof", "proofs");
                let released = count(*released, "released file", "released files");
                write!(
                    f,
                    "files complete and undamaged: {proofs}, {released}, {withheld} withheld, {unreadable} unreadable, {outside} outside the view"
                )?;
                if *substitutes > 0 {
                    write!(f, "; {} beside them", redacted(*substitutes))?;
                }
                if *left_aside > 0 {
                    let files = count(*left_aside, "file", "files");
                    write!(f, "; left aside: {files} that operating systems add")?;
                }
                Ok(())
            }
            Self::Request { request, accepted_disagreement } => {
                write!(f, "request {request} was compiled correctly and is for this commitment")?;
                if let Some(AcceptedDisagreement { same_decision, documents }) =
                    accepted_disagreement
                {
                    let documents =
                        count(*documents, "calibration document", "calibration documents");
                    write!(
                        f,
                        "; the requester states that program and model decide alike on {same_decision} of {documents}, and accepted the difference"
                    )?;
                }
                Ok(())
            }
            Self::Leaves { leaves, root } => {
                let leaves = count(*leaves, "leaf hashes", "leaves hash");
                write!(f, "{leaves} to root {root}")
            }
            Self::Decisions { proofs, proved, matching, unreadable, outside } => write!(
                f,
                "proofs verified: {proofs}; documents proved: {proved}; matching: {matching}; unreadable: {unreadable}; outside the view: {outside}"
            ),
            Self::Release {
                released,
                withheld,
                produced,
                substitutes,
                by_basis,
                read_again,
                families,
                families_not_checked,
            } => {
                write!(
                    f,
                    "released as committed, and decided alike when the program is run on them: {released}; withheld with a reason: {withheld}; families complete: {families}"
                )?;
                if *families_not_checked > 0 {
                    write!(f, " (structure not checked: {families_not_checked})")?;
                }
                if *produced > 0 {
                    write!(f, "; found in earlier bundles: {produced}")?;
                }
                if *substitutes > 0 {
                    write!(f, "; with a redacted copy: {substitutes}")?;
                }
                if by_basis.total() > 0 {
                    write!(
                        f,
                        "; withheld by the program: {} (read again: {read_again})",
                        by_basis.total()
                    )?;
                }
                Ok(())
            }
            Self::Privacy { not_matching, members } => {
                match not_matching {
                    0 => f.write_str("every readable document matches"),
                    1 => f.write_str("one document does not match"),
                    many => write!(f, "{many} documents do not match"),
                }?;
                match members {
                    0 => f.write_str("; nothing is disclosed without a match of its own"),
                    1 => f.write_str(
                        "; one is disclosed or logged only as a member of a family with a match",
                    ),
                    many => write!(
                        f,
                        "; {many} are disclosed or logged only as members of families with a match"
                    ),
                }
            }
            Self::Unreadable {
                confirmed,
                not_examined,
                confirmed_outside,
                outside_not_checked,
            } => write!(
                f,
                "released as unreadable and confirmed: {confirmed}; not examined: {not_examined}; released as outside the view and confirmed: {confirmed_outside}; not checked: {outside_not_checked}"
            ),
        }
    }
}

impl RootSource {
    /// What a reader must know of it, if anything.
    const fn remark(self) -> &'static str {
        match self {
            Self::Commitment => "",
            Self::Compared => " (compared with the root given)",
            Self::Bundle => {
                " (taken from the bundle's own copy: compare it with the root on record)"
            }
        }
    }
}

/// So many copies, and what they are not.
fn redacted(copies: u64) -> String {
    let copies = count(copies, "redacted copy", "redacted copies");
    format!("{copies}, not the committed bytes,")
}

impl Report {
    /// On which bases documents are withheld, and what is handed over in their place.
    fn bases(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.withheld == 0 || self.failure.is_some() {
            return Ok(());
        }
        writeln!(
            f,
            "withheld by basis, which is the responder's word: {}",
            phrase(&self.withheld_by_basis)
        )?;
        let is_produced = |count: &&BasisCount| count.basis == PRODUCED_CLASS;
        let produced = self.withheld_by_basis.iter().find(is_produced);
        let produced = produced.map_or(0, |count| count.documents);
        if produced > self.produced {
            writeln!(
                f,
                "Of {produced} produced before, {} were looked up: give the bundles that they are in with --produced.",
                self.produced
            )?;
        } else if produced > 0 {
            writeln!(f, "produced before, and found in the bundles given: {produced}")?;
        }
        if self.substitutes > 0 {
            let copies = count(self.substitutes, "document", "documents");
            writeln!(
                f,
                "In the place of {copies} withheld, the bundle holds a redacted copy. It is not the committed bytes, and nothing is proved of it."
            )?;
        }
        writeln!(f)
    }

    /// What each line of a search finds among the disclosed documents.
    fn searched(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(SearchReport { disclosed, lines, all }) = &self.search else { return Ok(()) };
        writeln!(
            f,
            "Proved: {} in all. Which lines they meet is recomputed from the {disclosed} disclosed; of those withheld nothing can be said by line.",
            count(self.matching, "document matches", "documents match")
        )?;
        let rows = lines.iter().map(|line| (&line.hits, Some(line.expected_chance_matches)));
        table(f, rows, all, *disclosed)?;
        for line in lines.iter().filter(|line| line.beyond_chance) {
            writeln!(
                f,
                "WARNING: line {} matches by chance more often than chance explains; its terms may have been chosen for that",
                line.hits.line
            )?;
        }
        writeln!(f)
    }

    /// What the program withholds, and what NOT may lose.
    fn settling(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(misses) = self.expected_misses {
            writeln!(
                f,
                "NOT is asked of the filter: at most {misses:.3} documents are expected to be lost by a chance match\n"
            )?;
        }
        let total = self.by_basis.total();
        if total == 0 || self.failure.is_some() {
            return Ok(());
        }
        let BasisCounts { settled, chance_matches, undated } = self.by_basis;
        writeln!(
            f,
            "Every document that holds the wide form of a line was found: proved.\nwithheld by the program: settled {settled}, chance matches {chance_matches}, undated {undated}"
        )?;
        if self.read_again == total {
            writeln!(f, "That none of them is to be released was re-read by the judge on all.\n")
        } else {
            writeln!(
                f,
                "That none of them is to be released rests on the responder's word: ask the responder for the judge's copy, and give it with --judge-copy.\n"
            )
        }
    }
}

/// The page that is filed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(examined) = self.examined {
            let all = count(self.documents, "document", "documents");
            let aside = self.outside_not_checked;
            writeln!(
                f,
                "of {all}, {examined} examined, {aside} claimed to be of kinds not asked about, not checked\n"
            )?;
        }
        writeln!(f, "commitment  root {}{}", self.root, self.root_source.remark())?;
        if let Some(request) = self.request {
            writeln!(f, "request     {request}")?;
        }
        writeln!(f)?;
        for check in &self.checks {
            write!(f, "{} {:<10} ", check.id, check.name)?;
            match (check.result, &check.finding, &self.failure) {
                (CheckResult::Failed, _, Some(failure)) => writeln!(f, "FAILED  {failure}")?,
                (CheckResult::Passed, Some(finding), _) => writeln!(f, "ok      {finding}")?,
                _ => writeln!(f, "not run")?,
            }
        }
        for name in &self.left_aside {
            writeln!(f, "left aside: {}", printable(name))?;
        }
        writeln!(
            f,
            "\ndocuments {}, matching {}, released {}, withheld {}, unreadable {} (not examined {}), outside the view {} (not accepted {}); {:.2} s\n",
            self.documents,
            self.matching,
            self.released,
            self.withheld,
            self.unreadable,
            self.not_examined,
            self.outside,
            self.outside_not_accepted,
            self.seconds
        )?;
        self.bases(f)?;
        self.searched(f)?;
        self.settling(f)?;
        match self.outcome {
            Outcome::Verified if self.outside_not_checked > 0 => writeln!(
                f,
                "VERIFIED: exactly the documents that match were released; kinds that the request leaves aside are the responder's word"
            ),
            Outcome::Verified => {
                writeln!(f, "VERIFIED: exactly the documents that match were released")
            }
            Outcome::Incomplete => writeln!(
                f,
                "VERIFIED BUT INCOMPLETE: everything the bundle states is correct; some documents were withheld, not examined, or are outside the view (see counts)"
            ),
            Outcome::Failed => writeln!(f, "DOES NOT VERIFY"),
        }
    }
}

impl fmt::Display for DocumentReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "commitment  root {}{}", self.root, self.root_source.remark())?;
        writeln!(f, "file        {}\n", self.sha256)?;
        match (&self.failure, self.leaf, &self.path) {
            (None, Some(leaf), Some(path)) => {
                writeln!(f, "VERIFIED: document {leaf} of the corpus, `{path}`")
            }
            (Some(failure), ..) => writeln!(f, "{failure}\n\nDOES NOT VERIFY"),
            (None, ..) => writeln!(f, "DOES NOT VERIFY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;

    #[test]
    fn sentences_agree_with_their_numbers() {
        let lines = |number| findings(number).map(|finding| finding.to_string());
        let digest = "01".repeat(32);
        let root = format!("01{}", "0".repeat(62));
        assert_eq!(
            lines(0),
            [
                "files complete and undamaged: 0 proofs, 0 released files, 0 withheld, 0 unreadable, 0 outside the view".to_owned(),
                format!("request {digest} was compiled correctly and is for this commitment"),
                format!("0 leaves hash to root {root}"),
                "proofs verified: 0; documents proved: 0; matching: 0; unreadable: 0; outside the view: 0".to_owned(),
                "released as committed, and decided alike when the program is run on them: 0; withheld with a reason: 0; families complete: 0".to_owned(),
                "every readable document matches; nothing is disclosed without a match of its own".to_owned(),
                "released as unreadable and confirmed: 0; not examined: 0; released as outside the view and confirmed: 0; not checked: 0".to_owned(),
            ]
        );
        assert_eq!(
            lines(1),
            [
                "files complete and undamaged: 1 proof, 1 released file, 1 withheld, 1 unreadable, 1 outside the view; 1 redacted copy, not the committed bytes, beside them; left aside: 1 file that operating systems add".to_owned(),
                format!("request {digest} was compiled correctly and is for this commitment; the requester states that program and model decide alike on 1 of 2 calibration documents, and accepted the difference"),
                format!("1 leaf hashes to root {root}"),
                "proofs verified: 1; documents proved: 1; matching: 1; unreadable: 1; outside the view: 1".to_owned(),
                "released as committed, and decided alike when the program is run on them: 1; withheld with a reason: 1; families complete: 1 (structure not checked: 1); found in earlier bundles: 1; with a redacted copy: 1; withheld by the program: 3 (read again: 3)".to_owned(),
                "one document does not match; one is disclosed or logged only as a member of a family with a match".to_owned(),
                "released as unreadable and confirmed: 1; not examined: 1; released as outside the view and confirmed: 1; not checked: 1".to_owned(),
            ]
        );
        let many = lines(5);
        assert!(many[0].starts_with("files complete and undamaged: 5 proofs, 5 released files"));
        assert!(many[0].ends_with("left aside: 5 files that operating systems add"));
        assert_eq!(many[2], format!("5 leaves hash to root {root}"));
        assert_eq!(
            many[5],
            "5 documents do not match; 5 are disclosed or logged only as members of families with a match"
        );
    }
}
