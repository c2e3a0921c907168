//! Views that an input may be over, by its sizes.

use crate::corpus::views::ViewId;
use crate::exchange::formats::request::dims;
use crate::model::onnx::Ends;

/// A side that is proposed where a model leaves it open.
const USUAL_SIDE: usize = 224;
/// Columns that are proposed where a model leaves them open.
const USUAL_COLUMNS: usize = 4096;

/// Tokens that are proposed where a model leaves their number open.
const USUAL_TOKENS: usize = 128;

/// The views that fit an input, the likeliest first. Views of search terms are left out: their
/// bytes are parts of filters.
pub(super) fn fitting(ends: &Ends) -> Vec<ViewId> {
    let stated = ends.input.as_slice();
    let mut names = Vec::new();
    if let ([_, tokens], true) = (stated, ends.whole_numbers) {
        let tokens = tokens.unwrap_or(USUAL_TOKENS);
        names.extend(["wordpiece", "bpe"].map(|scheme| format!("text/{scheme}-{tokens}")));
    }
    match *stated {
        [_, a, b, c] => {
            // Channels first, or last.
            for (channels, height, width) in [(a, b, c), (c, a, b)] {
                pictures(channels, height, width, &mut names);
            }
        }
        [_, height, width] => pictures(Some(1), height, width, &mut names),
        [_, columns] => {
            texts(columns.unwrap_or(USUAL_COLUMNS), &mut names);
            if let Some(side) =
                columns.map(usize::isqrt).filter(|side| Some(side * side) == columns)
            {
                pictures(Some(1), Some(side), Some(side), &mut names);
            }
        }
        _ => {}
    }
    if let [_, .., Some(columns)] = *stated
        && stated.len() > 2
    {
        // A row of text under another shape.
        texts(columns, &mut names);
    }
    let mut views: Vec<ViewId> = Vec::new();
    for view in names.iter().filter_map(|name| name.parse().ok()) {
        if dims(&view).fits(stated) && !views.contains(&view) {
            views.push(view);
        }
    }
    views
}

fn pictures(
    channels: Option<usize>,
    height: Option<usize>,
    width: Option<usize>,
    names: &mut Vec<String>,
) {
    let (height, width) = (height.unwrap_or(USUAL_SIDE), width.unwrap_or(USUAL_SIDE));
    for (count, colours) in [(3, "rgb"), (1, "gray")] {
        if channels.is_none_or(|channels| channels == count) {
            let of = |placing| format!("image/{colours}-{width}x{height}{placing}");
            names.extend(["", "-fit", "-crop"].map(of));
        }
    }
}

fn texts(columns: usize, names: &mut Vec<String>) {
    for grams in ["words", "words12", "chars"] {
        let of = |values| format!("text/{grams}-{columns}{values}");
        names.extend(["-l2", "", "-signed"].map(of));
    }
    names.push(format!("text/bytes-{columns}"));
    names.push(format!("text/bytes-{columns}-ends"));
    names.push("mail/thread".to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stated: &[Option<usize>], whole_numbers: bool) -> Vec<String> {
        let ends = Ends {
            input: stated.to_vec(),
            output: "y".to_owned(),
            several_outputs: false,
            whole_numbers,
        };
        fitting(&ends).iter().map(ToString::to_string).collect()
    }

    fn names(stated: &[Option<usize>]) -> Vec<String> {
        of(stated, false)
    }

    #[test]
    fn whole_numbers_are_ids_of_tokens_first() {
        let found = of(&[Some(1), Some(64)], true);
        assert_eq!(found[..2], ["text/wordpiece-64", "text/bpe-64"]);
        assert!(found.contains(&"text/bytes-64".to_owned()));
        assert_eq!(of(&[Some(1), None], true)[0], "text/wordpiece-128");
    }

    #[test]
    fn views_have_the_sizes_of_the_input() {
        let fixed = |sizes: &[usize]| sizes.iter().copied().map(Some).collect::<Vec<_>>();
        let of = |sizes: &[usize]| names(&fixed(sizes));
        assert_eq!(
            of(&[1, 3, 32, 64]),
            ["image/rgb-64x32", "image/rgb-64x32-fit", "image/rgb-64x32-crop"]
        );
        assert_eq!(of(&[1, 32, 64, 3])[0], "image/rgb-64x32");
        assert_eq!(of(&[1, 28, 28])[0], "image/gray-28x28");
        assert_eq!(of(&[1, 4096])[0], "text/words-4096-l2");
        assert!(of(&[1, 784]).contains(&"image/gray-28x28".to_owned()));
        assert_eq!(of(&[1, 1000])[..], ["text/bytes-1000", "text/bytes-1000-ends"]);
        // Too large, or of no kind of picture.
        for sizes in [&[1, 3, 2000, 2000][..], &[1, 2, 8, 8], &[1], &[1, 3, 8, 8, 8], &[]] {
            assert_eq!(of(sizes), [""; 0], "{sizes:?}");
        }
        let open = names(&[Some(1), Some(3), None, None]);
        assert_eq!(open[0], "image/rgb-224x224");
        assert!(names(&[Some(1), None]).contains(&"text/words-4096-l2".to_owned()));
    }
}
