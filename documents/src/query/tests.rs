//! Lines as lists hold them, and what they are understood as.

use super::{Dialect, Query};

/// What a line is understood as, or why it is refused.
fn understood(line: &str, dialect: Dialect) -> String {
    match Query::parse(line, dialect) {
        Ok(query) => {
            let shown = query.to_string();
            assert_eq!(Query::parse(&shown, Dialect::Candor).as_ref(), Ok(&query), "{shown}");
            shown
        }
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn the_grammar() {
    let lines = [
        ("merger", "merger"),
        (
            "(merger OR acquisition) AND NOT newsletter",
            "(merger OR acquisition) AND NOT newsletter",
        ),
        ("a OR b OR (c AND d)", "a OR b OR (c AND d)"),
        ("((merger))", "merger"),
        (
            "msa AND NOT \"Metropolitan Standard Area\"",
            "msa AND NOT \"metropolitan standard area\"",
        ),
        ("(john OR jon) w/2 smith", "(john OR jon) w/2 smith"),
        ("a* W/3 \"law firm*\"", "a* w/3 \"law firm*\""),
        ("rico NOT w/5 puerto OR fraud PRE/2 bank", "rico NOT w/5 puerto OR fraud pre/2 bank"),
        ("number:1430..1432 w/2 patent", "(1430 OR 1431 OR 1432) w/2 patent"),
        (
            "from:alice@example.com AND date:2019..2020 AND NOT kind:picture",
            "from:alice@example.com AND date:2019-01-01..2020-12-31 AND NOT kind:picture",
        ),
        ("subject:\"plan b\" AND size:..1MiB", "subject:\"plan b\" AND size:0..1048576"),
    ];
    for (line, expected) in lines {
        assert_eq!(understood(line, Dialect::Candor), expected);
    }
}

#[test]
fn refusals_show_the_readings() {
    let lines = [
        ("a AND b OR c", "(a AND b) OR c or a AND (b OR c)"),
        ("a OR b AND NOT c OR d", "a OR (b AND NOT c) OR d or (a OR b) AND NOT (c OR d)"),
        (
            "trade secret",
            "\"trade secret\" for words side by side or trade AND secret or trade OR secret",
        ),
        ("a w/5 b w/3 c", "(a w/5 b) AND (b w/3 c) or (a w/5 b) AND (a w/3 c)"),
        ("(a AND b) w/5 c", "(a w/5 c) AND (b w/5 c)"),
        ("from:alice w/5 b", "words, phrases or an OR"),
        ("a NOT b", "AND NOT"),
        ("NOT a", "a AND NOT b"),
        ("a OR NOT b", "NOT stands after AND alone"),
        ("a AND", "the line ends"),
        ("", "the line ends"),
        ("(a", "not closed"),
        ("a)", "not open"),
        ("()", "awaited"),
        ("AND a", "awaited"),
        ("pr*", "fewer than three letters"),
        ("a* w/5 b*", "nothing of"),
        ("\"a b\" AND co*", "fewer than three"),
        ("a NOT pre/5 b", "NOT w/5"),
    ];
    for (line, expected) in lines {
        let shown = understood(line, Dialect::Candor);
        assert!(shown.starts_with("at byte") && shown.contains(expected), "{line}: {shown}");
    }
    let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
    assert!(understood(&deep, Dialect::Candor).contains("32 deep"));
}

#[test]
fn one_line_in_five_dialects() {
    use Dialect::{Disco, Lexis, Lucene, Nuix, Relativity};
    let lines = [
        (
            "trade secret",
            [
                Some("\"trade secret\""),
                Some("trade AND secret"),
                Some("trade OR secret"),
                Some("\"trade secret\""),
                Some("trade OR secret"),
            ],
        ),
        ("contract*", [Some("contract*"), Some("contract*"), None, None, Some("contract*")]),
        ("contract!", [None, None, Some("contract*"), Some("contract*"), None]),
        (
            "a AND b OR c",
            [
                Some("a AND (b OR c)"),
                Some("(a AND b) OR c"),
                Some("(a AND b) OR c"),
                Some("a AND (b OR c)"),
                None,
            ],
        ),
        ("a and b", [Some("a AND b"), Some("a AND b"), Some("a AND b"), Some("a AND b"), None]),
        ("a NOT b", [Some("a AND NOT b"); 5]),
        (
            "fraud w/5 bank",
            [
                Some("fraud w/5 bank"),
                Some("fraud w/5 bank"),
                Some("fraud w/5 bank"),
                Some("fraud w/5 bank"),
                None,
            ],
        ),
        (
            "a w/5 b OR c",
            [None, Some("a w/5 b OR c"), Some("a w/5 b OR c"), Some("a w/5 (b OR c)"), None],
        ),
        ("fraud /5 bank", [None, None, Some("fraud w/5 bank"), Some("fraud w/5 bank"), None]),
        ("fraud +5 bank", [None, None, Some("fraud pre/5 bank"), Some("fraud pre/5 bank"), None]),
        ("a & b % c", [None, None, Some("a AND b AND NOT c"), None, None]),
        ("a && b || c", [None, Some("(a AND b) OR c"), None, None, None]),
        (
            "\"fraud bank\"~3",
            [
                None,
                Some("fraud pre/4 bank OR bank pre/2 fraud"),
                None,
                None,
                Some("fraud pre/4 bank OR bank pre/2 fraud"),
            ],
        ),
        (
            "smith-jones",
            [
                Some("\"smith jones\""),
                Some("smith-jones"),
                Some("smith-jones"),
                Some("smith-jones"),
                Some("smith-jones"),
            ],
        ),
        ("apply~", [None; 5]),
        ("12~~24", [None; 5]),
        ("wom?n", [None; 5]),
        ("a w/p b", [None; 5]),
        (
            "apple pie and poached pear",
            [
                Some("\"apple pie\" AND \"poached pear\""),
                Some("apple AND pie AND poached AND pear"),
                Some("apple OR (pie AND poached) OR pear"),
                Some("\"apple pie\" AND \"poached pear\""),
                None,
            ],
        ),
        (
            "bankrupt! w/25 discharg! and not student or college",
            [
                None,
                None,
                Some("(bankrupt* w/25 discharg* AND NOT student) OR college"),
                Some("bankrupt* w/25 discharg* AND NOT (student OR college)"),
                None,
            ],
        ),
    ];
    for (line, expected) in lines {
        for (dialect, expected) in
            [Relativity, Nuix, Disco, Lexis, Lucene].into_iter().zip(expected)
        {
            let shown = understood(line, dialect);
            match expected {
                Some(expected) => assert_eq!(shown, expected, "{line} in {dialect:?}"),
                None => assert!(shown.starts_with("at byte"), "{line} in {dialect:?}: {shown}"),
            }
        }
    }
}
