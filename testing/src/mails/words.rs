//! Words as often as mail has them, lines and texts of them.

use super::draw::Draw;

/// Counts and words; its head says where they are from.
const LIST: &str = include_str!("words.txt");
/// Characters of a line, about.
const WIDTH: usize = 72;
/// How long texts are, in words: one of these, and up to the next. As many mails are in
/// one step as in another. With headers and what is quoted, the median is about 250.
const LENGTHS: [u64; 14] = [10, 25, 45, 70, 95, 125, 155, 190, 235, 295, 390, 550, 850, 1500];

/// Draws words.
#[derive(Debug)]
pub(super) struct Words {
    words: Vec<&'static str>,
    /// How often this word and those before it stand in the list's mails.
    sums: Vec<u64>,
}

impl Words {
    pub(super) fn new() -> Self {
        let (mut words, mut sums, mut sum) = (Vec::new(), Vec::new(), 0);
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split(' ');
            let count: u64 = parts.next().and_then(|count| count.parse().ok()).expect("a count");
            for word in parts {
                sum += count;
                words.push(word);
                sums.push(sum);
            }
        }
        Self { words, sums }
    }

    fn word(&self, draw: &mut Draw) -> &'static str {
        let drawn = draw.below(*self.sums.last().expect("words"));
        self.words[self.sums.partition_point(|sum| *sum <= drawn)]
    }

    /// So many words as a title.
    pub(super) fn line(&self, count: u64, draw: &mut Draw) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word(draw)).collect();
        capital(&words.join(" "))
    }

    /// Sentences in paragraphs, ending in a line end. No line begins as a mailbox's
    /// messages do.
    pub(super) fn text(&self, draw: &mut Draw) -> String {
        let step = draw.below(LENGTHS.len() as u64 - 1) as usize;
        let (least, more) = (LENGTHS[step], LENGTHS[step + 1] - LENGTHS[step]);
        let mut count = least + draw.below(more);
        // One in a hundred goes on and on.
        if draw.chance(1) {
            count *= 2 + draw.below(12);
        }
        self.text_of(count, draw)
    }

    /// As [`Self::text`], of so many words.
    pub(super) fn text_of(&self, count: u64, draw: &mut Draw) -> String {
        let mut text = String::new();
        let (mut width, mut left, mut begins) = (0, 0, true);
        for _ in 0..count {
            if left == 0 {
                left = 4 + draw.below(20);
                begins = true;
                if draw.chance(20) && !text.is_empty() {
                    text += "\n\n";
                    width = 0;
                }
            }
            // Numbers and amounts stand in mail that no list of words holds.
            let mut word = match draw.below(40) {
                0 => draw.below(10_000).to_string(),
                _ => self.word(draw).to_owned(),
            };
            if std::mem::take(&mut begins) {
                word = capital(&word);
            }
            left -= 1;
            match draw.below(12) {
                _ if left == 0 => word.push('.'),
                0 => word.push(','),
                _ => {}
            }
            if width + word.len() > WIDTH {
                text.push('\n');
                width = 0;
            } else if width > 0 {
                text.push(' ');
            }
            if width == 0 && word == "From" {
                word = "from".to_owned();
            }
            width += word.len() + 1;
            text += &word;
        }
        text.push('\n');
        text
    }
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
