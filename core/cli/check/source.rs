//! Where the bytes come from: a file or standard input, and how far it is read.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// An open input.
pub(super) struct Source {
    input: Box<dyn Read>,
    progress: ProgressBar,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            // Its buffer is passed over by reads that are larger than it.
            return Ok(Self {
                input: Box::new(io::stdin().lock()),
                progress: ProgressBar::hidden(),
            });
        }
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { input: Box::new(file), progress: progress(size) })
    }

    /// Reads what is there into `room`; 0 at the end.
    pub(super) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(n) => {
                    self.progress.inc(n as u64);
                    return Ok(n);
                }
                error => return error,
            }
        }
    }

    /// Reads until `room` holds a line that is not blank, or is full, or the input has ended.
    pub(super) fn read_head(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read(rest)? {
                0 => break,
                n => filled += n,
            }
            let head = room.get(..filled).unwrap_or_default();
            if head.trim_ascii_start().contains(&b'\n') {
                break;
            }
        }
        Ok(filled)
    }

    /// Does something with the terminal while the progress bar is out of the way.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.progress.suspend(work)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.progress.finish_and_clear();
    }
}

/// A bar on standard error, if that is a terminal and the input takes long enough to wait for.
fn progress(size: u64) -> ProgressBar {
    if size < WORTH_A_BAR || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr_with_hz(10));
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template(TEMPLATE) {
        Ok(style) => bar.with_style(style.progress_chars("━╸ ")),
        Err(_) => bar,
    }
}

const WORTH_A_BAR: u64 = 8 << 20;
const TEMPLATE: &str = "{bar:30} {percent:>3}%  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}";
