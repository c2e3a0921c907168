//! Prints what is read of PDFs: for trying things out.
use candor_documents::{Budget, Kind, children, read};

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let start = std::time::Instant::now();
        let content = read(&bytes, Kind::Pdf, &mut Budget::new());
        let time = start.elapsed();
        match content {
            Ok(content) => {
                println!("{}", content.text.as_str().replace('\u{2029}', "\n¶\n"));
                eprintln!("{path}: {time:?} {:?} {:?}", content.meta, content.unread);
            }
            Err(reason) => eprintln!("{path}: {time:?} error {reason:?}"),
        }
        if std::env::var("CHILDREN").is_ok() {
            let out = std::env::var("OUT").ok();
            let result = children(&bytes, Kind::Pdf, &mut Budget::new(), &mut |child, _| {
                let name = String::from_utf8_lossy(&child.name).into_owned();
                eprintln!(
                    "  child {name} {:?} {:?} {}",
                    child.modified,
                    child.bytes.as_ref().map(Vec::len),
                    child.detail
                );
                if let (Some(out), Ok(bytes)) = (&out, &child.bytes) {
                    std::fs::write(format!("{out}/{}", name.replace('/', "_")), bytes).unwrap();
                }
                Ok(())
            });
            eprintln!("  children {result:?}");
        }
    }
}
