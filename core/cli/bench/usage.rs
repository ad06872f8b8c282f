//! What a process and those of its group have used, as the system tells it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The processes of a group. Where the system tells nothing, they have used nothing that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    leader: u32,
}

impl Group {
    pub(super) fn of(leader: u32) -> Self {
        Self { leader }
    }

    /// Microseconds of processor time of all of them, to within ten thousand.
    pub(super) fn cpu_micros(self) -> Option<u64> {
        let ticks: u64 = self.stats()?.iter().map(|stat| stat.ticks).sum();
        Some(ticks.saturating_mul(MICROS_PER_TICK))
    }

    /// Lets the peak begin anew.
    pub(super) fn forget_peak(self) {
        for stat in self.stats().unwrap_or_default() {
            // Without the right to it, the peak is that since the start.
            let _ = fs::write(format!("{PROCESSES}/{}/clear_refs", stat.pid), PEAK);
        }
    }

    /// The most bytes that were resident in each, together.
    pub(super) fn peak_bytes(self) -> Option<u64> {
        let peaks = self.stats()?.into_iter().filter_map(|stat| {
            let status =
                beginning(&Path::new(PROCESSES).join(stat.pid.to_string()).join("status"))?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        });
        Some(peaks.sum::<u64>().saturating_mul(1 << 10))
    }

    /// The processes of the group; `None` when there are none, or the system does not tell.
    fn stats(self) -> Option<Vec<Stat>> {
        let entries = fs::read_dir(PROCESSES).ok()?;
        let stats = entries.flatten().filter_map(|entry| Stat::read(&entry.path()));
        let own: Vec<_> = stats.filter(|stat| stat.group == self.leader).collect();
        (!own.is_empty()).then_some(own)
    }
}

/// Microseconds of processor time of this process.
pub(super) fn own_cpu_micros() -> Option<u64> {
    let stat = Stat::read(&Path::new(PROCESSES).join("self"))?;
    Some(stat.ticks.saturating_mul(MICROS_PER_TICK))
}

/// What stands in `/proc/PID/stat`.
struct Stat {
    pid: u32,
    group: u32,
    /// Of processor time, of itself and of its children that are gone.
    ticks: u64,
}

impl Stat {
    fn read(folder: &Path) -> Option<Self> {
        let text = beginning(&folder.join("stat"))?;
        // The name of the program stands in parentheses and may hold anything.
        let (front, behind) = text.rsplit_once(')')?;
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            pid: front.split(' ').next()?.parse().ok()?,
            group: u32::try_from(number(2)?).ok()?,
            ticks: (11..15).filter_map(number).sum(),
        })
    }
}

/// What one read of a file of the system yields, which is all that is looked for.
fn beginning(path: &Path) -> Option<String> {
    let mut buffer = [0; 4 << 10];
    let read = File::open(path).and_then(|mut file| file.read(&mut buffer)).ok()?;
    Some(String::from_utf8_lossy(buffer.get(..read)?).into_owned())
}

const PROCESSES: &str = "/proc";
/// The system counts hundredths of a second, whatever its own clock is.
const MICROS_PER_TICK: u64 = 10_000;
/// What lets the peak of resident memory begin anew.
const PEAK: &str = "5";
