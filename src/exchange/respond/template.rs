//! The list for counsel: every document that an answer would hand over, with what helps
//! to decide whether it is withheld.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use candor_documents::Inherited;
use rayon::prelude::*;
use serde::Serialize;

use super::Options;
use super::job::{Job, Question};
use super::release::{Fate, Fates, Rules};
use super::settle::Settled;
use super::withholding::{HEADINGS, Withholding};
use crate::exchange::error::ExchangeError;
use crate::exchange::expand::kind_name;
use crate::exchange::folder::{refuse_existing, write_table};
use crate::exchange::formats::bundle::ByProgram;
use crate::exchange::formats::leaves::Status;
use crate::exchange::progress::Progress;
use crate::exchange::settling::BasisCounts;
use crate::field;
use crate::printable::count;
use crate::readers;

/// A family's id, to be a key.
type Id = [u8; field::SCALAR_BYTES];

/// Columns that are for people: their names stand in parentheses, and no list is read for
/// them.
const FOR_PEOPLE: [&str; 8] =
    ["(why)", "(kind)", "(date)", "(from)", "(to)", "(cc)", "(subject)", "(bytes)"];

/// What `withhold_template` is given.
#[derive(Clone, Debug)]
pub struct TemplateOptions<'a> {
    /// What is asked of which corpus.
    pub question: Question<'a>,
    /// The list to write; must not exist.
    pub out: &'a Path,
    /// As of an answer: [`Options::release_unreadable`].
    pub release_unreadable: bool,
    /// As of an answer: [`Options::withhold_chance_matches`].
    pub withhold_chance_matches: bool,
}

/// What `withhold_template` did. It names no document.
#[derive(Clone, Debug, Serialize)]
pub struct TemplateSummary {
    /// Documents that match.
    pub matching: u64,
    /// Lines of the list.
    pub rows: u64,
    /// Those of them that the program withholds, and whose basis it has filled in.
    #[serde(flatten)]
    pub by_basis: BasisCounts,
}

impl fmt::Display for TemplateSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BasisCounts { settled, chance_matches, undated } = self.by_basis;
        let rows = count(self.rows, "document", "documents");
        writeln!(f, "matching   {}\nlisted     {rows} that would be handed over", self.matching)?;
        if self.by_basis.total() > 0 {
            writeln!(
                f,
                "judge only {}: settled {settled}, chance matches {chance_matches}, undated {undated}",
                self.by_basis.total()
            )?;
        }
        writeln!(
            f,
            "next       give a basis to each document that is to be withheld; the others are released"
        )
    }
}

/// Writes the list of all documents that an answer to a request would hand over, for
/// counsel to fill in: the program is run in the clear, and nothing is proved. The list
/// names documents, and its owner alone can read it.
///
/// # Errors
/// If the request does not pass its checks, something given does not fit the commitment,
/// or a file cannot be read or written.
pub fn withhold_template(
    options: &TemplateOptions<'_>,
    progress: &dyn Progress,
) -> Result<TemplateSummary, ExchangeError> {
    let TemplateOptions { question, out, release_unreadable, withhold_chance_matches } = *options;
    refuse_existing(out)?;
    let job = Job::open(&question, progress)?;
    let answer = Options { withhold_chance_matches, ..Options::new(question, out) };
    let settled = Settled::read(&job, &answer, progress)?;
    let statuses = settled.statuses.as_deref().unwrap_or_default();
    let fates = Rules {
        store: &job.corpus.store,
        statuses,
        scope: job.request.request.release,
        withheld: &Withholding::default(),
        bases: &settled.bases,
        release_unreadable,
    };
    let Fates { of: fates, .. } = fates.fates()?;
    let template = Template::of(&job, statuses, &fates);
    let lines: Vec<Vec<String>> = template.lines(progress)?;
    let columns = HEADINGS[..2].iter().chain(&FOR_PEOPLE).chain(&HEADINGS[2..]);
    let (rows, columns) = (lines.len() as u64, columns.map(|name| (*name).to_owned()).collect());
    write_table(out, columns, lines.into_iter())?;
    let matching = statuses.iter().filter(|status| **status == Status::Matched).count() as u64;
    Ok(TemplateSummary { matching, rows, by_basis: super::settle::counts(&fates) })
}

/// What is listed, in order.
struct Template<'a> {
    job: &'a Job,
    statuses: &'a [Status],
    /// Leaves, with the basis of those that the program withholds.
    listed: Vec<(u64, Option<ByProgram>)>,
    /// The first member of each family that matches.
    matching: BTreeMap<Id, u64>,
}

impl<'a> Template<'a> {
    fn of(job: &'a Job, statuses: &'a [Status], fates: &[Fate]) -> Self {
        let entries = &job.corpus.store.entries;
        let id = |leaf: u64| field::encode(&entries[leaf as usize].family.id);
        let ordinal = |leaf: u64| entries[leaf as usize].family.ordinal;
        let mut matching: BTreeMap<Id, u64> = BTreeMap::new();
        let found = (0..).zip(statuses).filter(|(_, status)| **status == Status::Matched);
        for (leaf, _) in found {
            let first = matching.entry(id(leaf)).or_insert(leaf);
            if ordinal(leaf) < ordinal(*first) {
                *first = leaf;
            }
        }
        let listed = |(leaf, fate): (u64, &Fate)| match fate {
            Fate::Released { .. } => Some((leaf, None)),
            Fate::Settled { basis } => Some((leaf, Some(*basis))),
            Fate::Closed | Fate::Withheld { .. } => None,
        };
        let mut listed: Vec<_> = (0..).zip(fates).filter_map(listed).collect();
        // Families stand together, in the order of their first members' paths.
        let mut first: BTreeMap<Id, (u32, &[u8])> = BTreeMap::new();
        for (leaf, _) in &listed {
            let own = (ordinal(*leaf), entries[*leaf as usize].path());
            let least = first.entry(id(*leaf)).or_insert(own);
            *least = (*least).min(own);
        }
        listed.sort_by_key(|(leaf, _)| {
            let path = first.get(&id(*leaf)).map(|(_, path)| *path);
            (path, id(*leaf), ordinal(*leaf))
        });
        Self { job, statuses, listed, matching }
    }

    fn lines(&self, progress: &dyn Progress) -> Result<Vec<Vec<String>>, ExchangeError> {
        progress.stage("reading what would be released", self.listed.len() as u64);
        let line = |(leaf, basis): &(u64, Option<ByProgram>)| {
            let line = self.line(*leaf, *basis)?;
            progress.advance(1);
            Ok(line)
        };
        readers::in_parallel(|| self.listed.par_iter().map(line).collect())
    }

    fn line(&self, leaf: u64, basis: Option<ByProgram>) -> Result<Vec<String>, ExchangeError> {
        let document = self.job.corpus.document(leaf);
        let reading = self.job.corpus.read(document)?;
        let record = &document.record;
        let mail = reading.mail().map(Inherited::of).or_else(|| record.inherited.clone());
        let people = |of: fn(&Inherited) -> &Vec<String>| {
            mail.as_ref().map_or_else(String::new, |mail| of(mail).join("; "))
        };
        let for_people = [
            self.why(leaf),
            kind_name(&reading.kind),
            record.date.map_or_else(String::new, |date| date.to_string()),
            people(|mail| &mail.from),
            people(|mail| &mail.to),
            people(|mail| &mail.cc),
            mail.as_ref().and_then(|mail| mail.subject.clone()).unwrap_or_default(),
            document.byte_length.to_string(),
        ];
        let key = [leaf.to_string(), record.path.to_string()];
        let basis = basis.map_or_else(String::new, |basis| basis.name().to_owned());
        let empty = std::iter::repeat_n(String::new(), HEADINGS.len() - 3);
        Ok(key.into_iter().chain(for_people).chain([basis]).chain(empty).collect())
    }

    /// Why a document would be handed over.
    fn why(&self, leaf: u64) -> String {
        let id = field::encode(&self.job.corpus.document(leaf).family.id);
        match (self.statuses[leaf as usize], self.matching.get(&id)) {
            (Status::Matched, _) => "matches".to_owned(),
            (_, Some(first)) => format!("family of {first}"),
            (_, None) => "unreadable".to_owned(),
        }
    }
}
