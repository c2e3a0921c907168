//! Pages in a browser: they load nothing, nothing is wider than the window, and they
//! print. Needs Chromium; without it nothing is tested, and the test says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use candor::exchange::{Beside, verify_bundle_with};
use candor::{OnRecord, Silent};
use candor_pages::parts::{self, Column, Sections, Tone};
use candor_pages::plot::{self, Curve, Span};
use candor_pages::verify::{self, Run, Seen};
use candor_pages::{Head, frame, text};
use maud::html;

/// How long a browser may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let runs = |name: &&str| {
        let mut command = Command::new(name);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    names.into_iter().find(runs)
}

/// What the browser prints.
fn run(browser: &str, folder: &Path, arguments: &[&str]) -> String {
    let out = folder.join("stdout");
    let mut child = Command::new(browser)
        .args(["--headless", "--disable-gpu", "--no-sandbox", "--no-first-run"])
        .args(["--disable-dev-shm-usage", "--allow-file-access-from-files"])
        .args(["--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(arguments)
        .stdout(fs::File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::read_to_string(out).unwrap()
}

/// A page that looks at another in a frame of a width, and writes down what it finds.
fn harness(page: &str, width: u32) -> String {
    format!(
        r##"<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="page" src="{page}" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="found">nothing</pre>
<script>
onload = () => {{
  const inside = document.getElementById("page"), page = inside.contentDocument;
  const wide = page.scrollingElement.scrollWidth, found = [];
  if (wide > {width}) found.push("scrolls to " + wide);
  for (const element of page.body.querySelectorAll("*")) {{
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.right > {width} + 1)
      found.push(element.tagName + "." + element.className + " ends at " + box.right);
  }}
  for (const loaded of inside.contentWindow.performance.getEntriesByType("resource"))
    if (!loaded.name.startsWith("data:")) found.push("loads " + loaded.name);
  for (const element of page.querySelectorAll("[src], [href], [srcset], [style], script, link, iframe, object, embed, form")) {{
    const to = element.getAttribute("src") || element.getAttribute("href") || "";
    if (!to.startsWith("data:image/png;base64,") && !to.startsWith("#")) found.push("element " + element.tagName);
  }}
  for (const picture of page.images) {{
    if (!picture.naturalWidth) found.push("a picture is not shown");
    if (!picture.alt) found.push("a picture has no text");
  }}
  let level = 0;
  for (const heading of page.querySelectorAll("h1, h2, h3, h4")) {{
    const own = +heading.tagName[1];
    if (own > level + 1) found.push("heading " + heading.textContent + " skips a level");
    level = own;
  }}
  if (page.querySelectorAll("h1").length != 1) found.push("not one title");
  for (const head of page.querySelectorAll("th"))
    if (!head.scope) found.push("a head without a scope");
  const ids = [...page.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size != ids.length) found.push("an id stands twice");
  const weight = inside.contentWindow.getComputedStyle(page.querySelector("h1")).fontWeight;
  if (weight != "600") found.push("the style is not applied: " + weight);
  document.getElementById("found").textContent = "done:" + found.join("\n");
}};
</script>"##
    )
}

fn look(browser: &str, name: &str, page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, page).unwrap();
    for width in [400, 1200] {
        let outer = folder.path().join("harness.html");
        fs::write(&outer, harness("page.html", width)).unwrap();
        let url = format!("file://{}", outer.display());
        let dom = run(browser, folder.path(), &["--window-size=1400,1000", "--dump-dom", &url]);
        let found =
            dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        assert_eq!(found, Some("done:"), "{name} at {width} pixels");
    }
    let pdf = folder.path().join("page.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    let url = format!("file://{}", path.display());
    run(browser, folder.path(), &["--no-pdf-header-footer", &print, &url]);
    let pdf = fs::read(pdf).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{name} does not print");
    if let Some(keep) = std::env::var_os("CANDOR_KEEP_PAGES") {
        let keep = PathBuf::from(keep);
        fs::create_dir_all(&keep).unwrap();
        fs::write(keep.join(format!("{name}.html")), page).unwrap();
        fs::write(keep.join(format!("{name}.pdf")), pdf).unwrap();
    }
}

/// The page of the stored case.
fn verification() -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let commitment = golden.join("commitment.json");
    let seen = Seen::new();
    let beside = Beside { watch: Some(&seen), ..Beside::default() };
    let on_record = OnRecord { commitment: Some(&commitment), root: None };
    let (request, bundle) = (golden.join("request"), golden.join("bundle"));
    let report = verify_bundle_with(on_record, &request, &bundle, beside, &Silent).unwrap();
    let stated = "2026-01-02T03:04:05Z".parse().unwrap();
    verify::page(&report, seen, &Run { stated, strict: true, judge_copy: true, produced: 2 })
}

/// Every part that a page is made of, with words that nothing breaks.
fn specimen() -> String {
    let long = "W".repeat(3_000);
    let digest = "0123456789abcdef".repeat(4);
    let mut sections = Sections::default();
    let columns = [
        Column::number("Number"),
        Column::text("Name"),
        Column::code("SHA-256"),
        Column::text("Reason for withholding"),
        Column::number("Bytes"),
    ];
    let rows: Vec<_> = (0..60)
        .map(|row| {
            vec![
                html! { (row) },
                text::line(&long),
                html! { (digest) },
                text::line("priv\u{202e}ileged <b>"),
                html! { (text::grouped(u64::MAX)) },
            ]
        })
        .collect();
    sections.add("A table", parts::table("Of long words", &columns, &rows));
    let span = |name, low, guess, high| Span { name, low, guess, high };
    let spans = [span("recall", Some(0.81), Some(0.9), 0.97), span("elusion", None, None, 0.012)];
    sections.add("Spans", plot::spans("Where they lie", &spans));
    let up: Vec<_> = (0..20).map(|at| (f64::from(at) - 4.0, f64::from(at) / 20.0)).collect();
    let down: Vec<_> = up.iter().map(|(at, share)| (*at, 1.0 - share)).collect();
    let two = [Curve { name: "recall", points: &down }, Curve { name: "precision", points: &up }];
    sections.add("Curves", plot::curves("Against the threshold", "threshold", two, Some(3.5)));
    sections.add("Lines", parts::commands(&[format!("judge {long}"), "sha256sum x".to_owned()]));
    let facts = [("Root", parts::digest(&digest)), ("Path", text::line(&long))];
    sections.add("Facts", parts::facts(&facts));
    let body = html! {
        (parts::verdict(Tone::Bad, "Does not verify", &text::line(&long)))
        (parts::figures(&[(text::grouped(u64::MAX), "documents"), ("–".to_owned(), "examined")]))
        (sections.shown())
    };
    let head = Head { kind: "Specimen", title: &long, foot: "specimen", stated: None, wide: false };
    frame(&head, &body)
}

#[test]
fn pages_load_nothing_and_fit_windows_and_paper() {
    let Some(browser) = browser() else {
        eprintln!("SKIPPED: there is no Chromium; install it to see pages tested in a browser");
        return;
    };
    look(browser, "verification", &verification());
    look(browser, "specimen", &specimen());
}

#[test]
fn the_test_finds_what_it_looks_for() {
    let Some(browser) = browser() else { return };
    let page = specimen().replace(
        "<main>",
        "<main><div style=\"width:3000px\">x</div><img src=\"https://example.invalid/x.png\">",
    );
    let result = std::panic::catch_unwind(|| look(browser, "bad", &page));
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    for found in ["scrolls to", "element IMG", "a picture has no text"] {
        assert!(message.contains(found), "{message}");
    }
    assert!(message.contains("element DIV"), "the policy keeps a style out, and it is found");
}
