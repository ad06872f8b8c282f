//! Tables of the text report: a name on the left, numbers on the right.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{CellAlignment, presets};
use unicode_width::UnicodeWidthStr;

use super::tally::Stat;
use super::text::Styles;
use crate::units;

/// A table that fits the terminal: names that are too long lose their beginning.
#[derive(Debug)]
pub(super) struct Table {
    headers: Vec<String>,
    rows: Vec<(Look, String, Vec<String>)>,
}

/// How a row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Strong,
    Bad,
    Header,
}

/// The cells about sizes.
pub(super) fn sizes(stat: &Stat, all: &Stat) -> [String; 5] {
    [
        units::count(stat.count),
        units::bytes(stat.bytes),
        units::share(stat.bytes, all.bytes),
        units::bytes(stat.median()),
        units::bytes(u64::from(stat.largest)),
    ]
}

impl Table {
    pub(super) fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(|header| (*header).into()).collect(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, look: Look, name: &str, cells: &[String]) {
        self.rows.push((look, name.into(), cells.to_vec()));
    }

    /// Writes the table and an empty line.
    pub(super) fn write(
        &self,
        out: &mut impl Write,
        styles: Styles,
        columns: Option<u16>,
    ) -> io::Result<()> {
        let looks = std::iter::once(Look::Header).chain(self.rows.iter().map(|row| row.0));
        for (look, line) in looks.zip(self.layout(columns).lines()) {
            let style = look.style(styles);
            writeln!(out, "{style}{}{style:#}", line.trim_end())?;
        }
        writeln!(out)
    }

    fn layout(&self, columns: Option<u16>) -> comfy_table::Table {
        let room = columns.map_or(usize::MAX, |columns| self.name_room(columns.into()));
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(&self.headers);
        for (_, name, cells) in &self.rows {
            table.add_row(std::iter::once(clip(name, room)).chain(cells.iter().cloned()));
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if at == 0 { 0 } else { GAP }, 0));
            let right = at > 0;
            column.set_cell_alignment(if right {
                CellAlignment::Right
            } else {
                CellAlignment::Left
            });
        }
        table
    }

    /// Columns left for names beside the numbers.
    fn name_room(&self, columns: usize) -> usize {
        let numbers = (1..self.headers.len()).map(|at| {
            let cells = self.rows.iter().filter_map(|(.., cells)| cells.get(at - 1));
            let widths = cells.chain(self.headers.get(at)).map(|cell| cell.width());
            widths.max().unwrap_or_default() + usize::from(GAP)
        });
        columns.saturating_sub(numbers.sum()).max(LEAST_NAME)
    }
}

impl Look {
    fn style(self, styles: Styles) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => styles.strong,
            Self::Bad => styles.bad,
            Self::Header => styles.faint,
        }
    }
}

/// The name, or its end behind its indent: what tells names apart stands there.
fn clip(name: &str, room: usize) -> String {
    if name.width() <= room {
        return name.into();
    }
    let inside = name.trim_start();
    let indent = name.len() - inside.len();
    let mut kept = inside;
    while kept.width() + indent + 1 > room {
        let mut characters = kept.chars();
        if characters.next().is_none() {
            break;
        }
        kept = characters.as_str();
    }
    format!("{:indent$}…{kept}", "")
}

/// Between columns.
const GAP: u16 = 2;
const LEAST_NAME: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Look, Styles, Table, clip};

    #[test]
    fn table_fits_its_columns() -> std::io::Result<()> {
        let mut table = Table::new(&["name", "count"]);
        table.row(Look::Strong, "all", &["12".into()]);
        table.row(Look::Plain, "  notifications/resources/list_changed", &["1,234".into()]);
        let mut out = Vec::new();
        table.write(&mut out, Styles::default(), Some(30))?;
        let expected = "\
name                     count
all                         12
  …sources/list_changed  1,234

";
        assert_eq!(String::from_utf8_lossy(&out), expected);
        Ok(())
    }

    #[test]
    fn clipped_names_keep_indent_and_end() {
        assert_eq!(clip("  notifications/progress", 12), "  …/progress");
        assert_eq!(clip("short", 12), "short");
    }
}
