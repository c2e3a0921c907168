//! Lines as lists hold them, and what they are understood as.

use crate::{
    Budget, Content, DateSource, Dated,
    filter::{Layout, Load, TokenKind, Truth},
    terms::{ItemFacts, Wanted},
};

use super::{Dialect, NotRule, Options, Query, Reading, UndatedRule, Wide};

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

#[test]
fn wide_forms() {
    let layout = Layout::TERMS_264;
    let wide = |line: &str, options: &Options| {
        let query = Query::parse(line, Dialect::Candor).unwrap();
        query.wide(options).map(|wide| shown(&wide)).unwrap_or_else(|refusal| refusal.to_string())
    };
    let all = Options::default();
    let lines = [
        ("\"Plan B\"", "word(plan) & word(b) & pair(plan b)"),
        ("merg*", "word(merg) | prefix(merg)"),
        ("international*", "prefix(internat)"),
        ("tax w/5 fraud", "word(tax) & word(fraud) & near(frau tax)"),
        ("tax* w/5 fraud", "(word(tax) | prefix(tax)) & word(fraud)"),
        (
            "\"tax fraud\" w/5 bank",
            "word(tax) & word(fraud) & pair(tax fraud) & word(bank) & (near(bank frau) | near(bank tax))",
        ),
        ("fraud w/5 the", "word(fraud) & word(the)"),
        ("msa NOT w/1 area", "word(msa)"),
        ("msa AND NOT area", "word(msa)"),
        ("alice@example.com", "word(alice) & word(example) & word(com) & pair(alice@example.com)"),
        (
            "www.example.com",
            "word(www) & word(example) & pair(www.example) & word(com) & pair(example.com)",
        ),
        ("契約書", "word(契約) & word(約書)"),
        ("第1条", "word(第) & word(1) & pair(第 1) & word(条) & pair(1 条)"),
        ("subject:\"plan b\"", "field(subject:plan) & field(subject:b)"),
        ("a AND date:1970-01-01..1970-01-02", "word(a) & (Date 719163..719164 | Date 0..0)"),
        ("a AND NOT date:1970", "word(a) & (Date 0..719162 | Date 719528..16777215)"),
        ("a AND NOT (kind:pdf OR b)", "word(a) & (Kind 0..12 | Kind 14..255)"),
        ("size:1024..2047", "SizeClass 0..0 | SizeClass 37..40"),
    ];
    for (line, expected) in lines {
        assert_eq!(wide(line, &all), expected, "{line}");
    }
    let filter = Options { not: NotRule::Filter, ..Options::default() };
    assert_eq!(
        wide("msa AND NOT \"area b\"", &filter),
        "word(msa) & (!word(area) | !word(b) | !pair(area b))"
    );
    assert_eq!(wide("msa AND NOT \"area b c\"", &filter), "word(msa)");
    let plain = Options { wanted: Wanted::Plain, ..Options::default() };
    assert!(wide("merg*", &plain).contains("text/terms-264"));
    assert_eq!(wide("merg* w/5 fraud", &plain), "word(fraud)");
    let dated = Options { sources: vec![DateSource::Header], ..Options::default() };
    let days = "Date 719163..719163 & DateSource 1..1";
    assert_eq!(
        wide("date:1970-01-01", &dated),
        format!("({days}) | Date 0..0 | DateSource 2..2 | DateSource 3..3")
    );
    let query = Query::parse("a AND NOT b", Dialect::Candor).unwrap();
    let miss = query
        .wide(&filter)
        .unwrap()
        .chance_of_miss(layout, Load { words: 6_000, pairs: 5_000, near: 17_000 });
    assert!(miss > 1e-6 && miss < 1e-3, "{miss}");
    let either = Query::parse("a OR b", Dialect::Candor).unwrap().wide(&all).unwrap();
    assert!(
        (either.chance_at_most(layout) - 2.0 * layout.chance_at_most(TokenKind::Word)).abs()
            < 1e-12
    );
}

fn shown(wide: &Wide) -> String {
    let list = |parts: &[Wide], sign: &str| {
        let part = |part: &Wide| match part {
            Wide::And(_) | Wide::Or(_) => format!("({})", shown(part)),
            part => shown(part),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(sign)
    };
    match wide {
        Wide::And(parts) => list(parts, " & "),
        Wide::Or(parts) => list(parts, " | "),
        Wide::Not(part) => format!("!{}", shown(part)),
        Wide::Token { kind, token } => format!("{}({token})", format!("{kind:?}").to_lowercase()),
        Wide::FactIn { fact, first, last } => format!("{fact:?} {first}..{last}"),
    }
}

/// An item of the given text, of no date or of 14 May 2019.
fn item(text: &str, dated: bool) -> (Content, ItemFacts) {
    let mut content = Content::default();
    content.text.push(text, &mut Budget::new()).unwrap();
    if dated {
        content.meta.date = Some(Dated { seconds: 1_557_819_000, source: DateSource::Header });
    }
    (content, ItemFacts::default())
}

#[test]
fn what_the_filter_says_by_chance_is_not_true() {
    let words: Vec<String> = (0..3_000).map(|word| format!("w{word}")).collect();
    let (content, facts) = item(&words.join(" "), false);
    let layout = Layout::TERMS_33;
    let view = layout.view(&content, &facts).unwrap();
    let truth = Truth::of(&content, &facts, layout.wanted()).unwrap();
    let options = Options { wanted: layout.wanted(), not: NotRule::Filter, ..Options::default() };
    let parse = |line: &str| Query::parse(line, Dialect::Candor).unwrap();
    for word in ["w1", "w2999", "\"w7 w8\""] {
        let wide = parse(word).wide(&options).unwrap();
        assert!(wide.holds(layout, &view) && wide.is_true(&truth), "{word}");
    }
    // A third of the bits is set: some word of many that are not there is found.
    let (mut by_chance, mut asked) = (0, 0);
    for number in 0..30_000 {
        let line = format!("q{number}");
        let wide = parse(&line).wide(&options).unwrap();
        assert!(!wide.is_true(&truth), "{line}");
        let not = parse(&format!("w1 AND NOT {line}")).wide(&options).unwrap();
        assert!(not.is_true(&truth), "{line}");
        assert_eq!(not.holds(layout, &view), !wide.holds(layout, &view), "{line}");
        by_chance += usize::from(wide.holds(layout, &view));
        asked += 1;
    }
    let most = layout.chance_at_most(TokenKind::Word) * f64::from(asked);
    assert!(by_chance > 0 && (by_chance as f64) < most, "{by_chance} of {most}");
}

#[test]
fn the_bound_on_misses_is_that_of_each_negated_token() {
    let options = Options { not: NotRule::Filter, ..Options::default() };
    let misses = |line: &str| {
        let wide = Query::parse(line, Dialect::Candor).unwrap().wide(&options).unwrap();
        wide.chance_of_miss_at_most(Layout::TERMS_264)
    };
    let word = Layout::TERMS_264.chance_at_most(TokenKind::Word);
    let pair = Layout::TERMS_264.chance_at_most(TokenKind::Pair);
    assert_eq!(misses("a AND b"), 0.0);
    assert_eq!(misses("a AND NOT date:2019"), 0.0);
    assert_eq!(misses("a AND NOT b"), word);
    assert_eq!(misses("a AND NOT (b OR c)"), 2.0 * word);
    // The pair of a phrase, and each of its words: the absence of one is enough.
    assert!((misses("a AND NOT \"b c\"") - (pair + 2.0 * word)).abs() < 1e-12);
}

#[test]
fn without_a_date_a_range_and_its_opposite_hold_both_or_neither() {
    let lines = [
        // The line; whether it holds of the undated item by either rule, and of the dated.
        ("merger AND date:2019", true, false, true),
        ("merger AND NOT date:2019", true, false, false),
        ("merger AND (date:2020 OR bonus)", true, true, true),
        ("merger AND NOT (date:2020 AND bonus)", true, false, true),
        ("merger AND NOT (date:2020 AND absent)", true, true, true),
        ("merger AND date:2019 AND NOT date:2019", true, false, false),
        ("(bonus AND date:2020) OR (merger AND NOT date:2019)", true, false, false),
        ("absent AND date:2019", false, false, false),
    ];
    let both = Options::default();
    let neither = Options { undated: UndatedRule::Neither, ..both.clone() };
    for (line, by_both, by_neither, of_dated) in lines {
        let query = Query::parse(line, Dialect::Candor).unwrap();
        for (dated, options, expected) in [
            (false, &both, by_both),
            (false, &neither, by_neither),
            (true, &both, of_dated),
            (true, &neither, of_dated),
        ] {
            let (content, facts) = item("the merger, and a bonus", dated);
            let holds = Reading::of(&content, &facts).unwrap().holds(&query, options);
            assert_eq!(holds, expected, "{line}, dated: {dated}");
            let truth = Truth::of(&content, &facts, Wanted::All).unwrap();
            // Where NOT is left to the reading, the wide form may hold beside the line.
            assert!(query.widest(options).is_true(&truth) || !holds, "{line}");
            let asked = Options { not: NotRule::Filter, ..options.clone() };
            assert_eq!(query.widest(&asked).is_true(&truth), holds, "{line}, dated: {dated}");
        }
    }
    // A date of a source that does not count is none.
    let header = Options { sources: vec![DateSource::Property], ..neither };
    let (content, facts) = item("merger", true);
    let query = Query::parse("merger AND date:2019", Dialect::Candor).unwrap();
    assert!(!Reading::of(&content, &facts).unwrap().holds(&query, &header));
    let truth = Truth::of(&content, &facts, Wanted::All).unwrap();
    assert!(!query.widest(&header).is_true(&truth));
}
