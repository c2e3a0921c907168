//! A template of a certificate, filled with what the page knows.

use candor::exchange::{Outcome, Report};
use maud::{Markup, html};

use super::seen::Bundle;
use super::{Run, command};
use crate::frame::VERSION;
use crate::parts::{commands, digest, facts};
use crate::text::grouped;

/// For Rules 902(13) and 902(14) of the Federal Rules of Evidence.
pub(super) fn shown(report: &Report, bundle: &Bundle, run: &Run) -> Markup {
    let result = match report.outcome {
        Outcome::Verified => "verified",
        Outcome::Incomplete => "verified, but incomplete",
        Outcome::Failed => "does not verify",
    };
    let request = report.request.map(|request| request.to_string()).unwrap_or_default();
    let rows = [
        ("Root", digest(&report.root.to_string())),
        ("Request", digest(&request)),
        ("Bundle", html! { (digest(&bundle.digest)) " (SHA-256 of tagmanifest-sha256.txt)" }),
        ("Program", html! { (VERSION) ", judge; SHA-256 of the program: " (blank()) }),
        (
            "Result",
            html! {
                (result) ", exit code " (report.outcome.exit_code()) "; "
                (grouped(report.documents)) " documents, " (grouped(report.matching)) " match, "
                (grouped(report.released)) " released"
            },
        ),
    ];
    html! {
        div.certificate {
            p {
                "A template, to be completed and signed by the person who ran the program, if a court admits such a certificate. It is no legal advice. "
                "Blanks are for that person to fill; nothing in it is stated by the program but the figures of this report."
            }
            h3 { "Certification under Federal Rules of Evidence 902(13) and 902(14)" }
            p { "I, " (blank()) ", state:" }
            ol {
                li { "I am qualified to make this certification by reason of " (blank()) "." }
                li {
                    "On " (blank()) " I ran the program named below on a computer under my control. "
                    "It read the copies of the commitment, the request and the bundle whose digests stand below, and wrote this report."
                }
                li {
                    "(Rule 902(13)) The report is the record of an electronic process that produces an accurate result. "
                    "The process recomputes the root from the digests of all committed documents, compiles the request again, verifies each proof, and compares each released file with its commitment. The same input gives the same result on every run."
                }
                li {
                    "(Rule 902(14)) The released files are identified by SHA-256. The manifests of the bundle list the digest of every file, and the digest of the bundle below fixes these manifests. "
                    "The program compared each released file with its digest, and with what was committed to before the request was made."
                }
                li {
                    "This certification says nothing of whether the documents that were committed to are all that there are, nor of the other points under “What this does not show”."
                }
            }
            (facts(&rows))
            (commands(&command(report, run)))
            p { "I declare under penalty of perjury under the laws of the United States of America that the foregoing is true and correct (28 U.S.C. § 1746)." }
            p { "Executed on " (blank()) " at " (blank()) }
            p { "Signature " (blank()) }
        }
    }
}

fn blank() -> Markup {
    html! { span.blank { span.unseen { "(blank)" } } }
}
