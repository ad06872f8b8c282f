//! What is printed for people: words with colours where the terminal has some, and nothing that a peer could draw with.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::escape::shown;

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();

/// Prints a line. A standard output that is gone ends nothing.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Prints a title with a rule below it.
pub(crate) fn title(text: &str) {
    line(format_args!("\n{STRONG}{}{STRONG:#}", shown(text)));
}

/// Prints an entry of a list: a name, and the first line of what it says of itself.
pub(crate) fn entry(name: &str, description: Option<&str>) {
    let first = description.unwrap_or_default().lines().next().unwrap_or_default();
    line(format_args!("  {NAME}{}{NAME:#}  {FAINT}{}{FAINT:#}", shown(name), shown(first)));
}

/// Prints a text of several lines as it is, but for what could move the cursor.
pub(crate) fn text(text: &str) {
    for each in text.lines() {
        line(shown(each));
    }
}

/// A bar on standard error, which shows nothing where that is no terminal.
pub(crate) fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  {bar:30.cyan/dim} {pos}/{len} {msg}");
    let bar = ProgressBar::new(0);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
