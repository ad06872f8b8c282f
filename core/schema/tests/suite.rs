//! The JSON Schema Test Suite: every required case of 2020-12 and draft-07 must be judged as it says.
//!
//! The suite is not part of the repository; `scripts/test.sh` fetches it. `MCP_ENGINE_SCHEMA_SUITE` names another copy.
//! Where there is none the tests say so and pass, except in CI, where that is an error.

use std::fs;
use std::path::{Path, PathBuf};

use mcp_engine_schema::{Compiler, Dialect, Formats, Raw, Rejection};

#[test]
fn required_cases_of_2020_12_are_judged_as_the_suite_says() {
    let Some(suite) = Suite::find("draft2020-12", Dialect::Draft202012) else { return };
    let report = suite.run("", Formats::Annotate);
    assert_eq!(report.failed, EXPECTED_FAILURES);
    assert!(report.passed >= 1_250, "{} cases", report.passed);
}

#[test]
fn required_cases_of_draft_07_are_judged_as_the_suite_says() {
    let Some(suite) = Suite::find("draft7", Dialect::Draft7) else { return };
    let report = suite.run("", Formats::Annotate);
    assert_eq!(report.failed, EXPECTED_FAILURES);
    assert!(report.passed >= 900, "{} cases", report.passed);
}

#[test]
fn optional_cases_fail_only_where_it_is_known() {
    for (folder, dialect) in [("draft2020-12", Dialect::Draft202012), ("draft7", Dialect::Draft7)] {
        let Some(suite) = Suite::find(folder, dialect) else { return };
        for (part, formats) in
            [("optional", Formats::Annotate), ("optional/format", Formats::Assert)]
        {
            let report = suite.run(part, formats);
            println!("{folder}/{part}: {} passed, {} not", report.passed, report.failed.len());
            let known = |case: &&String| OPTIONAL.iter().any(|(file, _)| case.contains(file));
            let unknown: Vec<_> = report.failed.iter().filter(|case| !known(case)).collect();
            assert!(unknown.is_empty(), "{unknown:#?}");
        }
    }
}

/// None: what fails in the validator is mended here, or named here with the reason.
const EXPECTED_FAILURES: Vec<String> = Vec::new();

/// Files with optional cases that are not judged as they say, and why.
const OPTIONAL: &[(&str, &str)] = &[
    ("/cross-draft.json", "other dialects are refused"),
    ("/format-assertion.json", "formats are asserted by a setting, not by a vocabulary"),
    ("/idn-email.json", "tables of internationalized names are left out of the build"),
    ("/idn-hostname.json", "tables of internationalized names are left out of the build"),
];

struct Suite {
    root: PathBuf,
    folder: &'static str,
    dialect: Dialect,
    remotes: Vec<(String, String)>,
}

#[derive(Default)]
struct Report {
    passed: usize,
    failed: Vec<String>,
}

impl Suite {
    fn find(folder: &'static str, dialect: Dialect) -> Option<Self> {
        let named = std::env::var_os("MCP_ENGINE_SCHEMA_SUITE").map(PathBuf::from);
        let usual =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/json-schema-test-suite");
        let root = named.unwrap_or(usual);
        if !root.join("tests").is_dir() {
            let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!in_ci, "the JSON Schema Test Suite is not in {root:?}");
            println!("NOT RUN: the JSON Schema Test Suite is not in {root:?}");
            return None;
        }
        let mut remotes = Vec::new();
        collect_remotes(&root.join("remotes"), "http://localhost:1234", folder, &mut remotes);
        assert!(remotes.len() > 10);
        Some(Self { root, folder, dialect, remotes })
    }

    /// Runs the files of one folder, without those of the folders in it.
    fn run(&self, part: &str, formats: Formats) -> Report {
        let remotes = self.remotes.iter().map(|(uri, text)| (uri.as_str(), raw(text)));
        let compiler = Compiler::default()
            .with_default_dialect(self.dialect)
            .with_formats(formats)
            .with_documents(remotes)
            .expect("the remotes can be registered");
        let mut report = Report::default();
        for path in files(&self.root.join("tests").join(self.folder).join(part)) {
            let text = read(&path);
            let name = path.strip_prefix(&self.root).expect("below the root").display().to_string();
            for case in raw(&text).elements().expect("a file is an array of cases") {
                run_case(&compiler, &name, case, &mut report);
            }
        }
        report
    }
}

fn run_case(compiler: &Compiler, file: &str, case: Raw<'_>, report: &mut Report) {
    let schema = compiler.compile(case.get("schema").expect("a case has a schema"));
    for test in case.get("tests").and_then(Raw::elements).expect("a case has tests") {
        let data = test.get("data").expect("a test has data");
        let expected = test.get("valid").and_then(Raw::as_bool).expect("a test has a verdict");
        let outcome = match &schema {
            Err(error) => Err(error.to_string()),
            Ok(schema) => match schema.validate(data) {
                Ok(()) => Ok(true),
                Err(Rejection::Violations(_)) => Ok(false),
                Err(limit) => Err(limit.to_string()),
            },
        };
        if outcome == Ok(expected) {
            report.passed += 1;
            continue;
        }
        let described = [case, test].map(|part| part.get("description").map_or("", Raw::spelling));
        report.failed.push(format!("{file} {} {}: {outcome:?}", described[0], described[1]));
    }
}

/// The documents that the cases of a draft refer to: those of no draft, and those of its own.
fn collect_remotes(folder: &Path, uri: &str, draft: &str, remotes: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let uri = format!("{uri}/{name}");
        if path.is_dir() {
            if !name.starts_with("draft") || name == draft {
                collect_remotes(&path, &uri, draft, remotes);
            }
            continue;
        }
        let text = read(&path);
        // Some documents of no draft are written for the later ones, and refer to what draft-07 does not see.
        if draft != "draft7" || !text.contains("$defs") {
            remotes.push((uri, text));
        }
    }
}

fn read(path: &Path) -> String {
    String::from_utf8(fs::read(path).expect("a file can be read")).expect("the suite is UTF-8")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    let mut files: Vec<_> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("the suite is JSON")
}
