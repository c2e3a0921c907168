//! The requester's commands on the sample corpus.

mod common;

use std::fs;

use candor_testing::Case;
use common::requester;

#[test]
fn issue_and_evaluate_report_agreement_accuracy_and_cost() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Case::new(folder).with_all_samples().with_views(&["image/gray-28x28"]).commit();

    let issue = "issue-request --model SAMPLE/model.onnx --commitment commit/PUBLIC/commitment.json \
                 --calibration SAMPLE/calibration";
    let seven = format!("{issue} --view image/gray-28x28 --match-class 7");
    let (code, out, errors) = requester(folder, &format!("{seven} --out request"));
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    for name in ["request.json", "model.onnx", "program.bin"] {
        assert!(folder.join("request").join(name).is_file(), "{name}");
    }
    let score = format!("{issue} --view image/gray-28x28 --match-score 7 --above -1.5");
    assert_eq!(requester(folder, &format!("{score} --out threshold")).0, 0);

    let evaluate = "evaluate --request request --documents SAMPLE/documents";
    let (code, out, errors) = requester(folder, &format!("{evaluate} --json"));
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    // True classes are in the names of the files; one file is no image.
    assert_eq!(
        (found["unreadable"].as_u64(), found["quality"]["labelled"].as_u64()),
        (Some(1), Some(42))
    );
    assert!(found["quality"]["program_correct"].as_u64().unwrap() >= 38, "{found}");
    assert!(found["cost"]["rows_per_document"]["table"].as_u64().unwrap() > 0);

    let labels = folder.join("labels.csv");
    fs::write(&labels, "file,label\n0004_label7.png,seven\n0001_label8.png,8\n").unwrap();
    let names = "zero,one,two,three,four,five,six,seven,eight,nine";
    let labelled = format!("{evaluate} --labels labels.csv --classes {names} --json");
    let (code, out, _) = requester(folder, &labelled);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, found["quality"]["labelled"].as_u64()), (0, Some(2)));
    assert_eq!(found["retrieval"]["relevant"], 1);
    let (code, _, errors) = requester(folder, &format!("{evaluate} --labels labels.csv"));
    assert_eq!(code, 2);
    assert!(errors.contains("`seven` is not a class"), "{errors}");

    for wrong in [
        format!("{seven} --out request"),
        format!("{issue} --view image/gray-8x8 --match-class 7 --out x"),
        format!("{issue} --view image/gray-28x28 --match-class 10 --out x"),
        format!("{issue} --view image/gray-28x28 --out x"),
        format!("{seven} --match-score 1 --above 0 --out x"),
        format!("{seven} --raw --mean 0 --std 1 --out x"),
        evaluate.replace("request request", "request nowhere"),
    ] {
        let (code, _, errors) = requester(folder, &wrong);
        assert_eq!(code, 2, "{wrong}: {errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
}

#[test]
fn featurize_writes_the_tensors_and_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "featurize --view image/gray-28x28 SAMPLE/documents --out X.npy --json";
    let (code, out, errors) = requester(folder, command);
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    let done: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&done["documents"], &done["rows"], &done["row_bytes"]),
        (&43.into(), &42.into(), &784.into())
    );
    assert_eq!(done["unreadable"]["outside-text"], 1);
    assert_eq!(folder.join("X.npy").metadata().unwrap().len(), 128 + 42 * 784);
    let list = fs::read_to_string(folder.join("X.csv")).unwrap();
    assert!(list.starts_with("file,status,row\n0000_label4.png,read,0\n"), "{list}");
    assert!(list.contains("\nnote.txt,outside-text,\n"), "{list}");
    for wrong in [
        command.to_owned(),
        command.replace("X.npy", "X.bin"),
        command.replace("documents", "nowhere").replace("X.npy", "Y.npy"),
        command.replace("28x28", "0x28").replace("X.npy", "Y.npy"),
    ] {
        let (code, _, errors) = requester(folder, &wrong);
        assert_eq!(code, 2, "{wrong}: {errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
    assert_eq!(folder.read_dir().unwrap().count(), 3);
}
