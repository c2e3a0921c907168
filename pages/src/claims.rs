//! What is not claimed: `docs/claims.md` in short.

use maud::{Markup, html};

const NOT_CLAIMED: [(&str, &str); 8] = [
    (
        "That the responder committed to all documents it has.",
        "The root fixes what was in the folder. What was left out before is a matter for declarations, audits of systems, and sanctions. Nor is it shown that the documents are different from each other.",
    ),
    (
        "That a document which is not released was shown truly to the question.",
        "The proofs are about the view that was committed to. An empty text or a blank picture may stand for the file, and nothing opens it. A sample drawn by lot bounds how many there are.",
    ),
    (
        "That an unreadable document is truly unreadable, or one outside the view of the stated kind,",
        "if it is not released. It is counted, and its kind or reason is the responder’s word.",
    ),
    (
        "What a record says of path, custodian and date.",
        "It was fixed before the question was known. What stands in a mail or file is checked where that is released.",
    ),
    (
        "When the commitment was made.",
        "It holds no date. A court’s file, a timestamping service or a newspaper shows that the root was known before the request.",
    ),
    (
        "That the terms or the model are good.",
        "How well they find what is sought is measured elsewhere; figures in the request are the requester’s word.",
    ),
    (
        "That a withholding is justified.",
        "It is counted, and its reason is shown. Judging it is for people.",
    ),
    (
        "That decoders agree on every machine.",
        "They are meant to. Where they did not, a true bundle would fail; a false one would not pass.",
    ),
];

/// The list on a page.
pub(crate) fn not_claimed() -> Markup {
    html! {
        ul {
            @for (what, why) in NOT_CLAIMED {
                li { strong { (what) } " " (why) }
            }
        }
        p { "Candor is research-grade software and has not been audited by anyone outside the project." }
    }
}
