//! The table, the failures and the totals.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use crate::judge::Judged;
use crate::options::Engine;
use crate::plan::Verdict;

/// So many passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Not tried, because of an unsupported proposal.
    pub skipped: usize,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// What came of a script with one engine.
#[derive(Debug, Default)]
struct File {
    totals: Totals,
    /// Lines for people.
    failures: Vec<String>,
    skips: BTreeMap<String, usize>,
}

/// What came of all scripts.
#[derive(Debug)]
pub struct Report {
    engines: Vec<Engine>,
    /// By script, in order: its name, and for each engine what came.
    files: Vec<(String, Vec<File>)>,
}

impl Report {
    /// For these scripts.
    pub fn new(engines: &[Engine], names: impl Iterator<Item = String>) -> Report {
        let files = names.map(|name| (name, Vec::new())).collect();
        Report {
            engines: engines.to_vec(),
            files,
        }
    }

    /// Adds what came of the script at `index` with the next engine.
    pub fn add(&mut self, index: usize, judged: &[Judged<'_>]) {
        let (name, files) = &mut self.files[index];
        let engine = self.engines[files.len()].name();
        let mut file = File::default();
        for Judged { case, verdict } in judged {
            match verdict {
                Verdict::Passed => file.totals.passed += 1,
                Verdict::Failed { expected, got } => {
                    file.totals.failed += 1;
                    file.failures.push(format!(
                        "{name}:{}: {} ({engine}): expected {expected}, got {got}",
                        case.line, case.what
                    ));
                }
                Verdict::Skipped(reason) => {
                    file.totals.skipped += 1;
                    *file.skips.entry(reason.clone()).or_default() += 1;
                }
            }
        }
        files.push(file);
    }

    /// Adds a script that could not be read.
    pub fn add_unreadable(&mut self, index: usize, message: &str) {
        let (name, files) = &mut self.files[index];
        files.push(File {
            totals: Totals {
                failed: 1,
                ..Totals::default()
            },
            failures: vec![format!("{name}: {message}")],
            skips: BTreeMap::new(),
        });
    }

    /// All of one engine, or of all.
    pub fn totals(&self, engine: Option<Engine>) -> Totals {
        let mut totals = Totals::default();
        for (_, files) in &self.files {
            for (file, &of) in files.iter().zip(&self.engines) {
                if engine.is_none_or(|engine| engine == of) {
                    totals += file.totals;
                }
            }
        }
        totals
    }

    /// A line for each directive that failed: `FILE:LINE: …`.
    pub fn failures(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().flat_map(|(_, files)| files);
        files.flat_map(|file| &file.failures).map(String::as_str)
    }

    /// Prints everything; the last line is the totals.
    pub fn print(&self) {
        self.print_table();
        self.print_skips();
        if self.failures().next().is_some() {
            println!("\nfailures:");
            self.failures().for_each(|failure| println!("{failure}"));
        }
        println!();
        for &engine in &self.engines {
            println!("{}: {}", engine.name(), self.totals(Some(engine)));
        }
        println!("{}", self.totals(None));
    }

    /// The totals of each directory of scripts, as a Markdown table; of failures, too, so that a table
    /// without any has to be true.
    pub fn markdown(&self) -> String {
        let mut directories: BTreeMap<&str, (usize, Vec<Totals>)> = BTreeMap::new();
        for (name, files) in &self.files {
            let directory = name.split('/').next().unwrap_or_default();
            let (scripts, totals) = directories
                .entry(directory)
                .or_insert_with(|| (0, vec![Totals::default(); self.engines.len()]));
            *scripts += 1;
            for (file, totals) in files.iter().zip(totals) {
                *totals += file.totals;
            }
        }
        let mut table = String::from("| suite | files |");
        for engine in &self.engines {
            table.push_str(&format!(" passed, {} | failed | skipped |", engine.name()));
        }
        table.push_str("\n|---|--:|");
        table.push_str(&"--:|--:|--:|".repeat(self.engines.len()));
        table.push('\n');
        for (directory, (scripts, totals)) in directories {
            table.push_str(&format!("| `{directory}` | {scripts} |"));
            for Totals {
                passed,
                failed,
                skipped,
            } in totals
            {
                table.push_str(&format!(" {passed} | {failed} | {skipped} |"));
            }
            table.push('\n');
        }
        table
    }

    fn print_table(&self) {
        let width = self
            .files
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0)
            .max(4);
        print!("{:width$}", "file");
        for engine in &self.engines {
            print!("  {:>24}", engine.name());
        }
        print!("\n{:width$}", "");
        for _ in &self.engines {
            print!("  {:>8}{:>8}{:>8}", "passed", "failed", "skipped");
        }
        println!();
        for (name, files) in &self.files {
            print!("{name:width$}");
            for File {
                totals:
                    Totals {
                        passed,
                        failed,
                        skipped,
                    },
                ..
            } in files
            {
                print!("  {passed:>8}{failed:>8}{skipped:>8}");
            }
            println!();
        }
    }

    fn print_skips(&self) {
        let mut skips = BTreeMap::<&str, usize>::new();
        for (reason, count) in self
            .files
            .iter()
            .flat_map(|(_, files)| files)
            .flat_map(|f| &f.skips)
        {
            *skips.entry(reason).or_default() += count;
        }
        if skips.is_empty() {
            return;
        }
        println!("\nskipped, because these proposals are not supported yet:");
        for (reason, count) in skips {
            println!("{count:>8}  {reason}");
        }
    }
}
