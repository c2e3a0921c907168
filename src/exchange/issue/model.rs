//! The requester's model: weights beside it taken in, what it leaves open decided by
//! options and by the view.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use crate::corpus::views::ViewId;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::request::dims;
use crate::files::{explain, read_capped};
use crate::model::graph::{Graph, Problem};
use crate::model::onnx::external::{Place, taken_in};
use crate::model::onnx::{self, Ends, MAX_MODEL_BYTES, OnnxError, Reading};

/// A model as a request holds it.
pub(super) struct Model {
    /// The file, all weights inside.
    pub(super) bytes: Vec<u8>,
    /// What it leaves open, as it is read here.
    pub(super) reading: Reading,
    pub(super) graph: Graph,
}

/// The bytes of a model file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, ExchangeError> {
    let bytes = read_capped(path, MAX_MODEL_BYTES as u64)?;
    // Before anything else: it is no ONNX file in which anything could be looked for.
    if onnx::is_tflite(&bytes) {
        return Err(about(path, &OnnxError::TfLite));
    }
    Ok(bytes)
}

/// An error of the reader, about a file.
pub(super) fn about(path: &Path, error: &OnnxError) -> ExchangeError {
    match error {
        OnnxError::Several(refused) => {
            let subject = path.display().to_string();
            ExchangeError::Model { subject, refused: refused.clone() }
        }
        one => ExchangeError::file(path, one, "see docs/models.md for what models may hold"),
    }
}

/// Reads a model for a view. `asked` is what the options say.
pub(super) fn read(path: &Path, view: &ViewId, asked: &Reading) -> Result<Model, ExchangeError> {
    let about = |error: OnnxError| about(path, &error);
    let bytes = whole(path, file(path)?, &mut BTreeMap::new()).map_err(about)?;
    let ends = onnx::ends_of(&bytes, asked.output.as_deref()).map_err(about)?;
    let reading = reading(&ends, view, asked);
    let graph = onnx::read_as(&bytes, &reading).map_err(about)?;
    Ok(Model { bytes, reading, graph })
}

/// The file with all of its weights inside. `beside` is told how many bytes come from
/// which file.
pub(super) fn whole(
    path: &Path,
    bytes: Vec<u8>,
    beside: &mut BTreeMap<String, u64>,
) -> Result<Vec<u8>, OnnxError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    taken_in(bytes, &mut |place, most| {
        let bytes = load(folder, place, most)?;
        *beside.entry(place.location.clone()).or_default() += bytes.len() as u64;
        Ok(bytes)
    })
}

/// What a model leaves open, decided by the options and by the view.
pub(super) fn reading(ends: &Ends, view: &ViewId, asked: &Reading) -> Reading {
    let output = asked.output.is_some() || ends.several_outputs;
    Reading {
        output: output.then(|| ends.output.clone()),
        input_shape: asked.input_shape.clone().or_else(|| dims(view).shape_of(&ends.input)),
        padding: asked.padding,
    }
}

/// The bytes at a place beside a model. It is a file of the model's folder: a model from
/// elsewhere must not carry other files of this computer into a request.
fn load(folder: &Path, place: &Place, most: usize) -> Result<Vec<u8>, Problem> {
    let path = inside(folder, &place.location)?;
    let failed = |error: std::io::Error| {
        let problem = format!("its data in `{}` cannot be read", place.location);
        Problem::new(problem, explain(&error))
    };
    let mut file = File::open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let length = place.length.or_else(|| size.checked_sub(place.offset));
    let end = length.and_then(|length| place.offset.checked_add(length));
    let (Some(length), Some(_)) = (length, end.filter(|end| *end <= size)) else {
        return Err(Problem::new(
            format!("its data lies beyond the {size} bytes of `{}`", place.location),
            "copy that file again, it is cut off or belongs to another model",
        ));
    };
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= most) else {
        return Err(Problem::new(
            format!("with it the model is larger than {MAX_MODEL_BYTES} bytes"),
            "use a smaller model",
        ));
    };
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(place.offset)).map_err(failed)?;
    file.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A location as a path, if it is that of a regular file inside the folder, no links on
/// the way.
fn inside(folder: &Path, location: &str) -> Result<PathBuf, Problem> {
    let refuse = |what: &str| {
        Problem::new(
            format!("its data is in `{location}`, {what}"),
            "put that file into the folder of the model, or save the model as one file: onnx.save(onnx.load(\"model.onnx\"), \"one.onnx\")",
        )
    };
    let relative = Path::new(location);
    let plain = |component: Component<'_>| match component {
        Component::Normal(_) | Component::CurDir => true,
        Component::Prefix(_) | Component::RootDir | Component::ParentDir => false,
    };
    if location.is_empty() || location.contains('\\') || !relative.components().all(plain) {
        return Err(refuse("which does not name a file inside the model's folder"));
    }
    let mut path = folder.to_owned();
    let mut kind = None;
    for component in relative.components() {
        path.push(component);
        let metadata = fs::symlink_metadata(&path).map_err(|error| {
            let problem = format!("its data is in `{location}`");
            Problem::new(problem, explain(&error))
        })?;
        if metadata.is_symlink() {
            return Err(refuse("which is behind a link"));
        }
        kind = Some(metadata.file_type());
    }
    if kind.is_some_and(|kind| kind.is_file()) {
        return Ok(path);
    }
    Err(refuse("which is not a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(location: &str, offset: u64, length: Option<u64>) -> Place {
        Place { location: location.to_owned(), offset, length }
    }

    #[test]
    fn only_files_of_the_folder_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("model");
        fs::create_dir_all(here.join("parts")).unwrap();
        fs::write(folder.path().join("secret"), b"secret").unwrap();
        fs::write(here.join("weights"), b"0123456789").unwrap();
        fs::write(here.join("parts/more"), b"abc").unwrap();
        let read =
            |location: &str, offset, length| load(&here, &place(location, offset, length), 8);
        assert_eq!(read("weights", 2, Some(3)).unwrap(), b"234");
        assert_eq!(read("weights", 7, None).unwrap(), b"789");
        assert_eq!(read("./parts/more", 0, None).unwrap(), b"abc");
        let absolute = folder.path().join("secret");
        for location in ["../secret", "parts/../../secret", "", "..", "/", "parts\\more"]
            .into_iter()
            .chain(absolute.to_str())
        {
            let problem = read(location, 0, Some(1)).unwrap_err().problem;
            assert!(problem.contains("does not name a file inside"), "{location}: {problem}");
        }
        assert!(read("parts", 0, Some(1)).unwrap_err().problem.contains("is not a file"));
        assert!(read("nothing", 0, Some(1)).unwrap_err().advice.contains("no such file"));
        for (offset, length) in [(8, Some(3)), (11, None), (u64::MAX, Some(2)), (2, Some(u64::MAX))]
        {
            let problem = read("weights", offset, length).unwrap_err().problem;
            assert!(problem.contains("beyond the 10 bytes"), "{problem}");
        }
        assert!(read("weights", 0, None).unwrap_err().problem.contains("larger"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("model");
        fs::create_dir_all(&here).unwrap();
        fs::write(folder.path().join("secret"), b"secret").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), here.join("link")).unwrap();
        std::os::unix::fs::symlink(folder.path(), here.join("out")).unwrap();
        for location in ["link", "out/secret"] {
            let problem = load(&here, &place(location, 0, None), 8).unwrap_err().problem;
            assert!(problem.contains("behind a link"), "{location}: {problem}");
        }
    }
}
