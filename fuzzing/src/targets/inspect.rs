//! A model file in a folder, looked at as the requester does.

use std::fs;
use std::sync::{LazyLock, Mutex};

use candor::Silent;
use candor::corpus::Vocabularies;
use candor::exchange::issue::{Given, InspectOptions, Reading, inspect};
use tempfile::TempDir;

/// Bytes of the file `weights` beside the model.
const BESIDE: usize = 128;

/// Inspects a model beside which there are weights. It can be asked, or something is refused,
/// or it is no model; the report is the same each time.
pub(crate) fn inspected(data: &[u8]) {
    static FOLDER: LazyLock<Mutex<TempDir>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("weights"), [63; BESIDE]).expect("weights");
        Mutex::new(folder)
    });
    let folder = FOLDER.lock().expect("no target panicked before");
    let model = folder.path().join("model.onnx");
    fs::write(&model, data).expect("a model");
    let options = InspectOptions {
        model: &model,
        reading: Reading::default(),
        given: Given::default(),
        calibration: None,
        vocabularies: Vocabularies::default(),
        documents: 1000,
    };
    let report = || {
        let found = inspect(&options, &Silent).map_err(|error| error.to_string())?;
        assert_eq!(found.compiles, found.compiled.is_some());
        assert_eq!(found.compiles, found.refused.count() == 0, "{:?}", found.refused);
        assert!(found.beside.iter().all(|file| file.file == "weights"), "{:?}", found.beside);
        Ok::<_, String>(serde_json::to_string(&found).expect("a report"))
    };
    assert_eq!(report(), report());
}
