//! The drawn cover of a book. It depends only on the book's data, so it is always available and stable. The real
//! picture covers it if the browser can load one.

use std::ops::Range;

use domain::Book;

/// The only host of cover pictures; the content security policy allows no other.
pub(crate) const PICTURE_HOST: &str = "https://www.gutenberg.org/";

/// The parameters of `parts/cover.html`, in the units of its 200 × 300 view box.
pub(crate) struct Cover {
    /// The hue of the cloth in degrees.
    pub(crate) hue: u16,
    /// The hue of the ornament in degrees.
    pub(crate) second_hue: u16,
    pub(crate) design: Design,
    /// Font size of the title.
    pub(crate) title_size: u16,
    pub(crate) title: Vec<Line>,
    /// The author's initials. The full name is beside every cover.
    pub(crate) monogram: String,
    /// The URL of the real picture.
    pub(crate) picture: Option<String>,
}

/// The ornament.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Design {
    Frame,
    Band,
    Sun,
    Stripes,
}

/// A line of text and its baseline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) y: u16,
    pub(crate) text: String,
}

/// The width available for text, in hundredths of a unit: the view box without spine and margins.
const TEXT_WIDTH: u32 = 13_800;
/// The width of a space and of the narrow letters, in hundredths of the font size.
const SPACE: u32 = 36;
/// The baseline of the title's first line.
const TITLE_BASELINE: u16 = 84;
/// The baseline of the monogram.
pub(crate) const MONOGRAM_BASELINE: u16 = 232;

impl Cover {
    pub(crate) fn of(book: &Book) -> Self {
        let picture = Some(&book.thumbnail_url).filter(|url| url.starts_with(PICTURE_HOST));
        let drawn = Self::drawn(book.id.get().unsigned_abs(), &book.title, &book.author);
        Self { picture: picture.cloned(), ..drawn }
    }

    /// A cover without a picture. The id decides on its colors and its ornament.
    pub(crate) fn drawn(id: u64, title: &str, author: &str) -> Self {
        // Steps of the golden angle: adjacent ids have different hues, and none repeats soon.
        let hue = (id % 360 * 137 + id / 360 * 53) % 360;
        let design = match id % 4 {
            0 => Design::Sun,
            1 => Design::Frame,
            2 => Design::Stripes,
            _ => Design::Band,
        };
        let (title_size, lines) = fit_title(title);
        Self {
            hue: hue as u16,
            // Brass on half of the covers, otherwise a hue near the cloth's.
            second_hue: if id % 8 < 4 { 40 } else { ((hue + 35) % 360) as u16 },
            design,
            title: place(lines, TITLE_BASELINE, title_size * 6 / 5),
            title_size,
            monogram: monogram(author),
            picture: None,
        }
    }
}

/// The page of the free text at Project Gutenberg, whose number is in the address of the cover.
pub(crate) fn gutenberg_page(thumbnail_url: &str) -> Option<String> {
    let path = thumbnail_url.strip_prefix(PICTURE_HOST)?;
    let (_, rest) = path.split_once("epub/")?;
    let number = rest.split('/').next()?;
    let is_number = (1..=7).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{}ebooks/{number}", PICTURE_HOST))
}

/// The title in the largest size at which it fits, otherwise truncated in the smallest.
fn fit_title(title: &str) -> (u16, Vec<String>) {
    const SIZES: [(u16, usize); 4] = [(21, 3), (18, 4), (15, 5), (13, 7)];
    let title = Text::new(title);
    let measure = |size| TEXT_WIDTH / u32::from(size);
    for (size, most) in SIZES {
        let lines = title.wrap(measure(size));
        if lines.len() <= most && title.widest_word <= measure(size) {
            return (size, title.lines(title.balance(lines, measure(size))));
        }
    }
    let (size, most) = SIZES[SIZES.len() - 1];
    let lines = title.lines(title.wrap(measure(size)));
    (size, truncate(lines, measure(size), most))
}

/// At most three initials of an author in catalog order: `T J` for `Jansson, Tove`.
fn monogram(author: &str) -> String {
    let (last, first) = author.split_once(',').unwrap_or(("", author));
    let words = first.split_whitespace().chain(last.split_whitespace());
    let initials = words.filter_map(|word| word.chars().next());
    // Skip the parenthesis of `(editor)` and the `de la` of a name.
    let initials = initials.filter(|letter| letter.is_alphabetic() && !letter.is_lowercase());
    initials.take(3).map(String::from).collect::<Vec<_>>().join("\u{2009}")
}

/// A text to be broken into lines. Lines are ranges of bytes and not strings, because a front page tries a few hundred.
struct Text {
    /// The words, each with a space after it.
    text: String,
    /// The range of each word and its width.
    words: Vec<(Range<usize>, u32)>,
    widest_word: u32,
}

impl Text {
    fn new(text: &str) -> Self {
        let mut this = Self { text: String::new(), words: Vec::new(), widest_word: 0 };
        for word in text.split_whitespace() {
            let start = this.text.len();
            this.text.push_str(word);
            let width = width(word);
            this.words.push((start..this.text.len(), width));
            this.text.push(' ');
            this.widest_word = this.widest_word.max(width);
        }
        this
    }

    /// Lines at most `measure` wide.
    fn wrap(&self, measure: u32) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut line, mut filled) = (0..0, 0);
        for (word, width) in &self.words {
            if !line.is_empty() && filled + SPACE + width <= measure {
                (line.end, filled) = (word.end, filled + SPACE + width);
                continue;
            }
            if !line.is_empty() {
                lines.push(line);
            }
            (line, filled) = (word.clone(), *width);
            if *width > measure {
                // Break inside the word; not all scripts have spaces.
                (line.end, filled) = (word.start, 0);
                for letter in self.text[word.clone()].chars() {
                    let width = letter_width(letter);
                    if filled + width > measure {
                        lines.push(line.clone());
                        (line.start, filled) = (line.end, 0);
                    }
                    line.end += letter.len_utf8();
                    filled += width;
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Wraps into the same number of lines, as even as possible, so that no short word is alone on a line.
    fn balance(&self, mut lines: Vec<Range<usize>>, mut measure: u32) -> Vec<Range<usize>> {
        const STEP: u32 = 25;
        while let Some(narrower) = measure.checked_sub(STEP).filter(|m| *m >= self.widest_word) {
            let wrapped = self.wrap(narrower);
            if wrapped.len() > lines.len() {
                break;
            }
            (lines, measure) = (wrapped, narrower);
        }
        lines
    }

    fn lines(&self, ranges: Vec<Range<usize>>) -> Vec<String> {
        ranges.into_iter().map(|line| self.text[line].to_owned()).collect()
    }
}

/// Keeps at most `most` lines; `…` marks the cut.
fn truncate(mut lines: Vec<String>, measure: u32, most: usize) -> Vec<String> {
    if lines.len() <= most {
        return lines;
    }
    lines.truncate(most);
    if let Some(last) = lines.last_mut() {
        while width(last) + width("…") > measure {
            last.pop();
        }
        last.truncate(last.trim_end_matches([' ', ',', ';', '-']).len());
        last.push('…');
    }
    lines
}

fn place(lines: Vec<String>, top: u16, leading: u16) -> Vec<Line> {
    lines
        .into_iter()
        .zip(0..)
        .map(|(text, index)| Line { y: top + leading * index, text })
        .collect()
}

/// The approximate width of `text` in any serif font, in hundredths of the font size. Rounded up rather than down.
fn width(text: &str) -> u32 {
    text.chars().map(letter_width).sum()
}

fn letter_width(letter: char) -> u32 {
    match letter {
        'f' | 'i' | 'j' | 'l' | 't' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '-'
        | '!' => SPACE,
        'm' | 'w' | 'M' | 'W' | '&' | '—' => 95,
        'A'..='Z' => 74,
        ' '..='\u{24f}' => 54,
        // Combining marks have no width; letters of other scripts may be square.
        '\u{300}'..='\u{36f}' => 0,
        '\u{250}'..='\u{10ff}' => 70,
        _ => 105,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(id: i64, title: &str, thumbnail_url: &str) -> Book {
        let row = serde_json::json!([id, title, "Jansson, Tove", 2, thumbnail_url]);
        serde_json::from_value(row).unwrap()
    }

    fn text(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn a_short_title_is_large_and_complete() {
        let cover = Cover::of(&book(8, "The Dance", ""));
        assert_eq!((cover.title_size, text(&cover.title)), (21, vec!["The Dance"]));
    }

    #[test]
    fn title_lines_have_even_lengths() {
        let title = "The Introduction of Self-Registering Meteorological Instruments";
        let cover = Cover::of(&book(13, title, ""));
        assert_eq!(text(&cover.title).join(" "), title);
        assert!(!text(&cover.title).contains(&"of"), "{:?}", cover.title);
    }

    #[test]
    fn titles_of_any_length_and_script_fit_on_the_cover() {
        let long = "Meteorological Instruments, ".repeat(10);
        let unbroken = "x".repeat(255);
        let chinese = "紅樓夢".repeat(85);
        for title in [long.as_str(), &unbroken, &chinese, "", "  ", "Ａ", "i\u{301}\u{301}"] {
            let cover = Cover::of(&book(i64::MAX, title, ""));
            let last = cover.title.last().map_or(0, |line| line.y);
            assert!(last < MONOGRAM_BASELINE - 30, "{title}: {last}");
            for line in &cover.title {
                assert!(
                    width(&line.text) * u32::from(cover.title_size) <= TEXT_WIDTH,
                    "{}",
                    line.text
                );
            }
        }
        assert!(Cover::of(&book(1, &long, "")).title.last().unwrap().text.ends_with('…'));
    }

    #[test]
    fn a_monogram_has_the_initials_in_spoken_order() {
        for (author, initials) in [
            ("Jansson, Tove", "T J"),
            ("Piper, H. Beam", "H B P"),
            ("St. Augustine", "S A"),
            ("Various", "V"),
            ("紅樓夢", "紅"),
            ("De la Cruz y Mendoza, Ana (editor)", "A D C"),
            ("1, 2", ""),
            ("", ""),
        ] {
            assert_eq!(monogram(author).replace('\u{2009}', " "), initials, "{author}");
        }
    }

    #[test]
    fn only_pictures_that_the_policy_allows_are_linked() {
        let picture = |url| Cover::of(&book(1, "t", url)).picture;
        assert!(picture("https://www.gutenberg.org/cache/epub/1/pg1.cover.medium.jpg").is_some());
        for url in [
            "",
            "http://www.gutenberg.org/x.jpg",
            "https://www.gutenberg.org.example/x.jpg",
            "https://www.gutenberg.org@example.org/x.jpg",
            "javascript:alert(1)",
        ] {
            assert_eq!(picture(url), None, "{url}");
        }
    }

    #[test]
    fn the_gutenberg_number_is_read_from_the_cover() {
        assert_eq!(
            gutenberg_page("https://www.gutenberg.org/cache/epub/123/pg123.cover.medium.jpg")
                .as_deref(),
            Some("https://www.gutenberg.org/ebooks/123")
        );
        for url in [
            "",
            "https://www.gutenberg.org/cache/epub/x/1.jpg",
            "https://www.gutenberg.org/cover.jpg",
            "https://www.gutenberg.org/epub/",
            "https://example.org/cache/epub/123/1.jpg",
        ] {
            assert_eq!(gutenberg_page(url), None, "{url}");
        }
    }
}
