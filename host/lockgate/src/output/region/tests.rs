//! What a terminal shows of lines and a region below them, as a terminal parser reads the bytes.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use super::super::row::Tone;
use super::*;

/// A terminal in memory.
#[derive(Clone)]
struct Screen(Arc<Mutex<Shown>>);

struct Shown {
    parser: vt100::Parser,
    writes: usize,
    is_gone: bool,
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut shown = self.0.lock().unwrap();
        if shown.is_gone {
            return Err(ErrorKind::BrokenPipe.into());
        }
        shown.writes += 1;
        // The driver of a terminal makes two characters of one.
        let text = String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace('\n', "\r\n");
        shown.parser.process(text.as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn of(width: u16, height: u16) -> (Screen, Region) {
        let parser = vt100::Parser::new(height, width, 100);
        let screen = Screen(Arc::new(Mutex::new(Shown {
            parser,
            writes: 0,
            is_gone: false,
        })));
        let asked = screen.clone();
        let size = move || {
            let (rows, columns) = asked.0.lock().unwrap().parser.screen().size();
            Some(Size {
                width: columns.into(),
                height: rows.into(),
            })
        };
        let region = Region::new(Terminal {
            stream: Box::new(screen.clone()),
            size: Box::new(size),
            colours: Colours::On,
            narrowed: Narrowed::Cuts,
        });
        (screen, region)
    }

    fn resize(&self, width: u16, height: u16) {
        let mut shown = self.0.lock().unwrap();
        shown.parser.screen_mut().set_size(height, width);
    }

    /// Returns the rows that are not empty, and whether the cursor is where a shell would write on.
    fn rows(&self) -> Vec<String> {
        let shown = self.0.lock().unwrap();
        let screen = shown.parser.screen();
        let text = screen.contents();
        let rows = text.lines().map(|row| row.trim_end().to_owned());
        let rows: Vec<String> = rows.filter(|row| !row.is_empty()).collect();
        assert!(!screen.hide_cursor(), "the cursor is never hidden");
        assert_eq!(
            screen.cursor_position().1,
            0,
            "the cursor is at the beginning of a row"
        );
        rows
    }

    fn writes(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().writes)
    }
}

fn draw(region: &Region, rows: &[&str]) {
    let draw = |_| rows.iter().map(|row| Row::of(Tone::Good, row)).collect();
    region.show(draw).unwrap();
}

#[test]
fn lines_scroll_above_the_region_and_nothing_of_it_is_left_behind() {
    let (screen, region) = Screen::of(40, 10);
    region.line("first").unwrap();
    draw(&region, &["a bar", "next"]);
    assert_eq!(screen.rows(), ["first", "a bar", "next"]);
    // More lines than the screen has rows, some of them longer than a row.
    for number in 0..30 {
        region
            .line(&format!("{number} {}", "x".repeat(number * 3)))
            .unwrap();
    }
    draw(&region, &["a longer bar", "another", "next"]);
    region.line("last").unwrap();
    let rows = screen.rows();
    assert_eq!(
        &rows[rows.len() - 4..],
        ["last", "a longer bar", "another", "next"]
    );
    assert!(
        !rows[..rows.len() - 4].iter().any(|row| row.contains("bar")),
        "{rows:?}"
    );
    draw(&region, &["short"]);
    assert_eq!(screen.rows().last().unwrap(), "short");
    region.clear().unwrap();
    assert_eq!(screen.rows().last().unwrap(), "last");
}

#[test]
fn every_line_and_every_frame_is_one_write_and_the_same_frame_is_none() {
    let (screen, region) = Screen::of(40, 10);
    draw(&region, &["one", "two"]);
    assert_eq!(screen.writes(), 1);
    draw(&region, &["one", "two"]);
    assert_eq!(screen.writes(), 0);
    region.line("a line").unwrap();
    assert_eq!(screen.writes(), 1);
    region.clear().unwrap();
    region.clear().unwrap();
    assert_eq!(screen.writes(), 1);
}

#[test]
fn region_never_takes_the_row_of_the_cursor_nor_the_last_column() {
    let (screen, region) = Screen::of(10, 4);
    draw(&region, &["0123456789", "b", "c", "d", "e"]);
    assert_eq!(screen.rows(), ["01234567…", "b", "c"]);
    region.line("above").unwrap();
    assert_eq!(screen.rows(), ["01234567…", "b", "c"]);
    region.clear().unwrap();
    assert_eq!(screen.rows(), [""; 0]);
}

#[test]
fn terminal_that_is_resized_shows_one_region() {
    let (screen, region) = Screen::of(40, 10);
    region.line("a line").unwrap();
    draw(&region, &["a bar that is as wide as the terminal", "next"]);
    for (width, height) in [(20, 10), (60, 12), (30, 8), (5, 8), (80, 24)] {
        screen.resize(width, height);
        draw(&region, &["a bar that is as wide as the terminal", "next"]);
        let rows = screen.rows();
        assert_eq!(rows.len(), 3, "{width}: {rows:?}");
        assert!(rows[2].starts_with("next"), "{rows:?}");
    }
}

#[test]
fn rows_that_a_narrower_terminal_breaks_are_counted() {
    let (_, region) = Screen::of(40, 10);
    draw(
        &region,
        &["0123456789012345678901234567890123456", "next", ""],
    );
    let mut state = region.state();
    assert_eq!(state.up(20), "\r\x1b[3A");
    state.terminal.narrowed = Narrowed::Breaks;
    assert_eq!(state.up(20), "\r\x1b[4A");
    assert_eq!(state.up(10), "\r\x1b[6A");
    assert_eq!(state.up(80), "\r\x1b[3A");
}

#[test]
fn terminal_that_is_gone_is_an_error_and_nothing_else() {
    let (screen, region) = Screen::of(40, 10);
    draw(&region, &["one"]);
    screen.0.lock().unwrap().is_gone = true;
    assert!(region.line("a line").is_err());
    assert!(region.show(|_| vec![Row::of(Tone::Plain, "two")]).is_err());
    assert!(region.clear().is_err());
}

#[test]
fn panic_takes_the_region_away_unless_somebody_writes() {
    let (screen, region) = Screen::of(40, 10);
    draw(&region, &["one"]);
    let writing = region.state();
    region.clear_unless_writing();
    drop(writing);
    assert_eq!(screen.rows(), ["one"]);
    region.clear_unless_writing();
    assert_eq!(screen.rows(), [""; 0]);
}
