//! What was measured: one line a run, kept in a file so that a long measurement can be made in parts.

use std::fs;
use std::io;
use std::path::Path;

use super::workload::Workload;

/// One run of one server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) workload: String,
    pub(super) server: String,
    /// Which repetition it was of; those of one repetition were made one after the other.
    pub(super) repetition: usize,
    pub(super) figures: Figures,
}

/// What a run came to. What a workload has no use for is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Microseconds of processor time a request, in user space and in the kernel.
    pub(super) cost: f64,
    /// The part of it in user space.
    pub(super) user: f64,
    /// Requests a second.
    pub(super) rate: f64,
    /// Microseconds below which half, and 99 %, of the answers came.
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// What else the workload is about: bytes of the answer, KiB a connection, sleeps a second.
    pub(super) other: f64,
}

/// The middle one of some figures, and the least and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
}

impl Spread {
    pub(super) fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_unstable_by(f64::total_cmp);
        let (least, greatest) = (*figures.first()?, *figures.last()?);
        let half = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(figures[half - 1], figures[half])
        } else {
            figures[half]
        };
        Some(Self { median, least, greatest })
    }
}

/// All runs so far.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) runs: Vec<Run>,
}

impl Results {
    /// Those of earlier calls, if there are any.
    pub(super) fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        Self { runs: text.lines().filter_map(parse).collect() }
    }

    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        fs::write(file, self.runs.iter().map(line).collect::<String>())
    }

    /// Forgets what was measured of a workload.
    pub(super) fn forget(&mut self, workload: &str) {
        self.runs.retain(|run| run.workload != workload);
    }

    /// A figure of the runs of a server.
    pub(super) fn figures(&self, workload: &str, server: &str, figure: fn(&Figures) -> f64) -> Option<Spread> {
        Spread::of(self.of(workload, server).map(|run| figure(&run.figures)).collect())
    }

    /// A figure of a server as a multiple of another's, of each repetition by itself: a machine that is slow for a while is
    /// so for both.
    pub(super) fn ratio(
        &self,
        workload: &Workload,
        server: &str,
        base: &str,
        figure: fn(&Figures) -> f64,
    ) -> Option<Spread> {
        let ratio = |run: &Run| {
            let same = self.of(workload.name, base).find(|other| other.repetition == run.repetition)?;
            Some(figure(&run.figures) / figure(&same.figures))
        };
        Spread::of(self.of(workload.name, server).filter_map(ratio).collect())
    }

    pub(super) fn repetitions(&self) -> usize {
        self.runs.iter().map(|run| run.repetition + 1).max().unwrap_or(0)
    }

    fn of<'a>(&'a self, workload: &'a str, server: &'a str) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().filter(move |run| run.workload == workload && run.server == server)
    }
}

fn line(run: &Run) -> String {
    let Figures { cost, user, rate, p50, p99, other } = run.figures;
    format!("{} {} {} {cost} {user} {rate} {p50} {p99} {other}\n", run.workload, run.server, run.repetition)
}

fn parse(line: &str) -> Option<Run> {
    let mut words = line.split(' ');
    let (workload, server) = (words.next()?.to_owned(), words.next()?.to_owned());
    let repetition = words.next()?.parse().ok()?;
    let mut next = || words.next()?.parse().ok();
    let figures = Figures { cost: next()?, user: next()?, rate: next()?, p50: next()?, p99: next()?, other: next()? };
    Some(Run { workload, server, repetition, figures })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(server: &str, repetition: usize, cost: f64) -> Run {
        let figures = Figures { cost, rate: 1000.5, ..Figures::default() };
        Run { workload: "hello".to_owned(), server: server.to_owned(), repetition, figures }
    }

    #[test]
    fn runs_are_read_as_they_were_written() {
        let run = run("go", 2, 12.125);
        assert_eq!(parse(line(&run).trim_end()), Some(run));
        assert_eq!(parse("hello go 1 2"), None);
    }

    #[test]
    fn ratios_are_those_of_one_repetition() {
        let runs = vec![run("floor", 0, 5.0), run("go", 0, 10.0), run("floor", 1, 10.0), run("go", 1, 30.0)];
        let results = Results { runs: [runs, vec![run("go", 2, 7.0)]].concat() };
        let hello = Workload::named("hello").unwrap();
        let ratio = results.ratio(hello, "go", "floor", |figures| figures.cost);
        assert_eq!(ratio, Some(Spread { median: 2.5, least: 2.0, greatest: 3.0 }));
        let cost = results.figures("hello", "go", |figures| figures.cost);
        assert_eq!(cost, Some(Spread { median: 10.0, least: 7.0, greatest: 30.0 }));
        assert_eq!(results.repetitions(), 3);
    }
}
