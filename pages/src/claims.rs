//! What is not claimed: `docs/claims.md` in short.

use maud::{Markup, html};

/// What is not claimed, as `docs/claims.md` begins it; the same for a page; and why.
const NOT_CLAIMED: [(&str, &str, &str); 11] = [
    (
        "That the folder held all documents there are.",
        "That the responder committed to all documents it has.",
        "The root fixes what was in the folder. What was left out before is a matter for declarations, audits of systems, and sanctions. Nor is it shown that the documents are different from each other.",
    ),
    (
        "That the view of a document that is not released was honestly derived from its file.",
        "That a document which is not released was shown truly to the question.",
        "The proofs are about the view that was committed to. An empty text or a blank picture may stand for the file, and nothing opens it. A sample drawn by lot bounds how many there are.",
    ),
    (
        "That a document is truly unreadable",
        "That a document is truly unreadable, if it is not released.",
        "It is counted, and the reason is the responder’s word.",
    ),
    (
        "That a document is of the kind stated",
        "That a document is of the kind stated, if it is outside the view and not released.",
        "It is counted, and the kind is the responder’s word.",
    ),
    (
        "What a record says",
        "What a record says of path, custodian and date.",
        "It was fixed before the question was known. What stands in a mail or file is checked where that is released.",
    ),
    (
        "When the commitment was made.",
        "When the commitment was made.",
        "It holds no date. A court’s file, a timestamping service or a newspaper shows that the root was known before the request.",
    ),
    (
        "That the terms or the classifier are good.",
        "That the terms or the model are good.",
        "How well they find what is sought is measured elsewhere; figures in the request are the requester’s word.",
    ),
    (
        "That a withholding is justified.",
        "That a withholding is justified.",
        "It is counted, and its reason is shown. Judging it is for people.",
    ),
    (
        "That a redacted copy was made from the document in whose place it stands",
        "That a redacted copy was made from the document in whose place it stands.",
        "It is not the committed bytes, and nothing is proved of it.",
    ),
    (
        "That decoders agree on every machine.",
        "That decoders agree on every machine.",
        "They are meant to. Where they did not, a true bundle would fail; a false one would not pass.",
    ),
    (
        "That secrets stay secret from someone on the responder's machine",
        "That secrets stay secret from someone on the responder’s machine.",
        "The proofs reveal nothing; the machine that makes them holds everything.",
    ),
];

/// The list on a page.
pub(crate) fn not_claimed() -> Markup {
    html! {
        ul {
            @for (_, what, why) in NOT_CLAIMED {
                li { strong { (what) } " " (why) }
            }
        }
        p { "Candor is research-grade software and has not been audited by anyone outside the project." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lists_what_the_documents_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/claims.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (_, section) = text.split_once("\n## Not claimed\n").unwrap();
        let section = section.split("\n## ").next().unwrap();
        let begins = section.lines().filter_map(|line| line.strip_prefix("**"));
        let documented: Vec<&str> = begins.filter_map(|line| line.split("**").next()).collect();
        let shown: Vec<&str> = NOT_CLAIMED.iter().map(|(documented, ..)| *documented).collect();
        assert_eq!(shown, documented);
    }
}
