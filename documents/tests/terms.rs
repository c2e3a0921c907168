//! Search terms, searches and filters against each other.

use std::{fs, path::Path};

use candor_documents::{
    Budget, Content, DateSource, Dated, Kind,
    filter::Layout,
    query::{Dialect, NotRule, Options, Query, Reading},
    terms::{ItemFacts, Wanted},
};

fn item(text: &str) -> Content {
    let mut content = Content::default();
    content.text.push(text, &mut Budget::new()).unwrap();
    content
}

fn options(layout: Layout) -> Options {
    Options { wanted: layout.wanted(), ..Options::default() }
}

#[test]
fn the_queries_of_the_test_file_find_it() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let text = fs::read_to_string(data.join("text-terms.txt")).unwrap();
    let expected: serde_json::Value =
        serde_json::from_slice(&fs::read(data.join("expected.json")).unwrap()).unwrap();
    let content = item(&text);
    let facts = ItemFacts::default();
    let reading = Reading::of(&content, &facts).unwrap();
    let queries = expected["files"]["text-terms.txt"]["meta"]["queries"].as_array().unwrap();
    assert!(queries.len() > 20);
    for query in queries {
        let line = query["query"].as_str().unwrap();
        let hit = query["hit"].as_bool().unwrap();
        let parsed = Query::parse(line, Dialect::Candor).unwrap();
        assert_eq!(reading.holds(&parsed, &Options::default()), hit, "{line}");
        for layout in Layout::ALL {
            let view = layout.view(&content, &facts).unwrap();
            let wide = parsed.wide(&options(layout)).unwrap();
            assert_eq!(wide.holds(layout, &view), hit, "{line} in {}", layout.name());
        }
    }
}

/// Numbers that look random: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const WORDS: &[&str] = &[
    "merger",
    "mergers",
    "the",
    "Plan",
    "b",
    "agreement",
    "agree",
    "ment",
    "o’neil",
    "R.J.",
    "r",
    "j",
    "smith-jones",
    "smith",
    "jones",
    "AT&T",
    "alice@mail.example.com",
    "example.com",
    "契約書",
    "契約",
    "約",
    "第1条",
    "1430",
    "Straße",
    "privileged",
    "privilege",
    "privileges",
    "x_1",
    "rj",
    "international",
];
const GAPS: &[&str] = &[
    " ", " ", " ", " ", ", ", "\n", "-\n", "-", ".", "'", "\u{2029}", " (", "--", "", "\u{AD}",
    "\u{AD}\n", "@", "&",
];

fn random_text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(24) {
        text += random.of(WORDS);
        text += random.of(GAPS);
    }
    text
}

fn random_operand(random: &mut Random) -> String {
    match random.below(8) {
        0 => format!("\"{} {}\"", random.of(WORDS), random.of(WORDS)),
        1 => format!("\"{}{}{}\"", random.of(WORDS), random.of(GAPS), random.of(WORDS)),
        2 => {
            let word = random.of(&[
                "mer",
                "merge",
                "privileg",
                "privilege",
                "agr",
                "smit",
                "inter",
                "internati",
            ]);
            format!("{word}*")
        }
        3 => format!(
            "\"{} {} {}*\"",
            random.of(WORDS),
            random.of(WORDS),
            random.of(&["mer", "jone", "agre"])
        ),
        4 => format!("({} OR {})", random.of(WORDS), random.of(WORDS)),
        _ => random.of(WORDS).to_string(),
    }
}

fn random_query(random: &mut Random, depth: usize, not: bool) -> String {
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => random_operand(random),
        2 => {
            let how = random.of(&["w", "pre", "NOT w"]);
            format!(
                "{} {how}/{} {}",
                random_operand(random),
                1 + random.below(12),
                random_operand(random)
            )
        }
        3 => random
            .of(&[
                "from:alice",
                "from:@example.com",
                "domain:example.com",
                "subject:\"plan b\"",
                "subject:rj",
                "date:2019",
                "date:..2018",
                "size:100..1000",
                "kind:mail",
                "number:1430..1432",
                "file:report.pdf",
            ])
            .to_string(),
        4 if not => format!(
            "(({}) AND NOT ({}))",
            random_query(random, depth - 1, not),
            random_query(random, depth - 1, not)
        ),
        4 | 5 => format!(
            "(({}) AND ({}))",
            random_query(random, depth - 1, not),
            random_query(random, depth - 1, not)
        ),
        _ => format!(
            "(({}) OR ({}))",
            random_query(random, depth - 1, not),
            random_query(random, depth - 1, not)
        ),
    }
}

fn random_item(random: &mut Random) -> (Content, ItemFacts) {
    let mut content = item(&random_text(random));
    if random.below(2) == 0 {
        content.meta.from.push("Alice@mail.example.com".into());
    }
    content.meta.subject = Some(random_text(random));
    let seconds = [1_500_000_000, 1_550_000_000][random.below(2)];
    let source = [DateSource::Header, DateSource::File][random.below(2)];
    content.meta.date = (random.below(3) > 0).then_some(Dated { seconds, source });
    let facts = ItemFacts {
        kind: [None, Some(Kind::Mail), Some(Kind::Pdf)][random.below(3)],
        size: [None, Some(99), Some(100), Some(1000), Some(1023)][random.below(5)],
        path: Some("a/report.pdf".into()),
        ..ItemFacts::default()
    };
    (content, facts)
}

/// Every item that holds a search holds its wide form, in every view; with NOT, if it is
/// left to the reading of the text.
#[test]
fn what_holds_a_search_holds_its_wide_form() {
    let random = &mut Random(0x9E37_79B9_7F4A_7C15);
    let (mut asked, mut held, mut wider) = (0, 0, 0);
    for round in 0..4_000 {
        let (content, facts) = random_item(random);
        let reading = Reading::of(&content, &facts).unwrap();
        let views = Layout::ALL.map(|layout| (layout, layout.view(&content, &facts).unwrap()));
        for _ in 0..12 {
            let line = random_query(random, 2, round % 2 == 1);
            let Ok(query) = Query::parse(&line, Dialect::Candor) else { continue };
            assert_eq!(
                Query::parse(&query.to_string(), Dialect::Candor),
                Ok(query.clone()),
                "{query}"
            );
            asked += 1;
            for (layout, view) in &views {
                let mut options = options(*layout);
                if random.below(3) == 0 {
                    options.sources = vec![DateSource::Header];
                }
                let exact = reading.holds(&query, &options);
                let Ok(wide) = query.wide(&options) else { continue };
                let found = wide.holds(*layout, view);
                assert!(found || !exact, "{query}\nin {:?}\nas {wide:?}", content.text.as_str());
                held += usize::from(exact);
                wider += usize::from(found && !exact);
            }
        }
    }
    assert!(asked > 30_000 && held > 20_000 && wider > 500, "{asked} {held} {wider}");
}

/// Proximity at and around the reach of near heads, with words that have no heads.
#[test]
fn what_stands_near_has_its_heads_near() {
    let words = [
        "merger",
        "tax",
        "fraud",
        "that",
        "thatch",
        "their",
        "the",
        "banker",
        "R.J.",
        "契約",
        "agree-\nment",
        "smith-jones",
    ];
    let sides = [
        "merger",
        "tax",
        "fraud",
        "that*",
        "thatc*",
        "thei*",
        "tax*",
        "rj",
        "契約",
        "agreement",
        "smith-jones",
        "\"fraud tax\"",
        "\"the merger\"",
        "(banker OR mer*)",
        "ment",
    ];
    let random = &mut Random(0x2545_F491_4F6C_DD1D);
    let (facts, layout) = (ItemFacts::default(), Layout::TERMS_264);
    let (mut near_only, mut settled) = (0, 0);
    for _ in 0..3_000 {
        // Rare words among common ones, so that few stand nearer than is asked.
        let gap = ["the", "of", "and", "is"];
        let words: Vec<&str> = (0..60)
            .map(|_| if random.below(5) == 0 { random.of(&words) } else { random.of(&gap) })
            .collect();
        let content = item(&words.join(" "));
        let reading = Reading::of(&content, &facts).unwrap();
        let view = layout.view(&content, &facts).unwrap();
        for _ in 0..10 {
            let how = random.of(&["w", "w", "pre", "NOT w"]);
            let line = format!(
                "{} {how}/{} {}",
                random.of(&sides),
                8 + random.below(5),
                random.of(&sides)
            );
            let Ok(query) = Query::parse(&line, Dialect::Candor) else { continue };
            let exact = reading.holds(&query, &Options::default());
            let found = query.wide(&Options::default()).unwrap().holds(layout, &view);
            assert!(found || !exact, "{query} in {:?}", content.text.as_str());
            near_only += usize::from(exact && how != "NOT w");
            settled += usize::from(found && !exact);
        }
    }
    assert!(near_only > 1_000 && settled > 100, "{near_only} {settled}");
}

/// Parts that are marked E or T are found in filters only where they are held: chance
/// aside, which items this small leave none of.
#[test]
fn what_is_marked_exact_is_exact() {
    let random = &mut Random(0xD1B5_4A32_D192_ED03);
    let mut compared = 0;
    for _ in 0..3_000 {
        let (content, facts) = random_item(random);
        let reading = Reading::of(&content, &facts).unwrap();
        for layout in [Layout::TERMS_132, Layout::TERMS_264] {
            let view = layout.view(&content, &facts).unwrap();
            let options = Options { not: NotRule::Filter, ..options(layout) };
            for _ in 0..10 {
                let Ok(query) = Query::parse(&random_query(random, 1, true), Dialect::Candor)
                else {
                    continue;
                };
                let holds_not = query.to_string().contains("NOT");
                let marks = query.marks(&options);
                if marks.iter().any(|marked| marked.mark.settled) && !holds_not {
                    continue;
                }
                let Ok(wide) = query.wide(&options) else { continue };
                let exact = reading.holds(&query, &options);
                let found = wide.holds(layout, &view);
                if holds_not {
                    assert!(found || !exact, "{query} in {:?}", content.text.as_str());
                } else {
                    assert_eq!(found, exact, "{query} in {:?}", content.text.as_str());
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}

#[test]
fn views_are_the_same_each_time() {
    let random = &mut Random(7);
    for _ in 0..50 {
        let (content, facts) = random_item(random);
        for layout in Layout::ALL {
            assert_eq!(layout.view(&content, &facts), layout.view(&content, &facts));
        }
    }
    assert_eq!(Layout::TERMS_33.wanted(), Wanted::Plain);
}

/// Any characters at all: nothing panics, and what is understood prints itself.
#[test]
fn lines_and_texts_of_any_characters() {
    let random = &mut Random(0xA076_1D64_78BD_642F);
    let signs: Vec<char> =
        "\"()*!?~:/+-&|%.,'@<>=ab1 wW5/..契ก\u{301}\u{2029}\u{AD}\n\u{1F}\0“”’ﷺ".chars().collect();
    let starts = [
        "w/5",
        "NOT",
        "AND",
        "OR",
        "date:",
        "2019..",
        "from:",
        "subject:",
        "number:1..",
        "size:",
        "kind:",
        "pre/",
    ];
    let dialects: Vec<Dialect> =
        [Dialect::Candor].into_iter().chain(Dialect::NAMED.map(|(_, dialect)| dialect)).collect();
    let mut understood = 0;
    for _ in 0..30_000 {
        let mut line = String::new();
        for _ in 0..1 + random.below(10) {
            match random.below(4) {
                0 => line += random.of(&starts),
                1 => line.extend(char::from_u32(random.below(0x11_0000) as u32)),
                _ => line.push(signs[random.below(signs.len())]),
            }
            if random.below(3) == 0 {
                line.push(' ');
            }
        }
        for dialect in &dialects {
            if let Ok(query) = Query::parse(&line, *dialect) {
                let shown = query.to_string();
                assert_eq!(
                    Query::parse(&shown, Dialect::Candor),
                    Ok(query),
                    "{line:?} as {shown:?}"
                );
                understood += 1;
            }
        }
        let content = item(&line);
        Layout::TERMS_264.view(&content, &ItemFacts::default()).unwrap();
    }
    assert!(understood > 10_000, "{understood}");
}
