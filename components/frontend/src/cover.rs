//! The drawn cover of a book. It is made from the book's own data and so is always there and always the
//! same; the real picture lies on top of it when the browser can fetch one.

use domain::Book;

/// The one place that cover pictures come from; the content security policy lets no other in.
pub(crate) const PICTURES: &str = "https://www.gutenberg.org/";

/// What `parts/cover.html` draws, in the units of its 200 × 300 view box.
pub(crate) struct Cover {
    /// The cloth's colour, in degrees.
    pub(crate) hue: u16,
    /// The ornament's colour, in degrees.
    pub(crate) second_hue: u16,
    pub(crate) design: Design,
    /// Font size of the title.
    pub(crate) title_size: u16,
    pub(crate) title: Vec<Line>,
    pub(crate) author: Vec<Line>,
    /// Address of the real picture.
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

/// A line of text and where its baseline is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) y: u16,
    pub(crate) text: String,
}

/// Width that text may take: the view box less the spine and margins.
const MEASURE: f32 = 138.0;
/// Baseline of the author's last line.
const FOOT: u16 = 236;
/// Font size of the author.
pub(crate) const AUTHOR_SIZE: u16 = 12;

impl Cover {
    pub(crate) fn of(book: &Book) -> Self {
        let id = book.id.get().unsigned_abs();
        // Steps of the golden angle: neighbours differ, and no hue comes back soon.
        let hue = (id % 360 * 137 + id / 360 * 53) % 360;
        let design = match id % 4 {
            0 => Design::Sun,
            1 => Design::Frame,
            2 => Design::Stripes,
            _ => Design::Band,
        };
        let (title_size, title) = fitted(&book.title);
        let measure = MEASURE / f32::from(AUTHOR_SIZE);
        let author = cut(wrapped(&book.author, measure), measure, 2);
        let author_top = FOOT - 16 * (author.len().max(1) as u16 - 1);
        Self {
            hue: hue as u16,
            // Brass on every other cover, else a neighbour of the cloth.
            second_hue: if id % 8 < 4 { 40 } else { ((hue + 35) % 360) as u16 },
            design,
            title: placed(title, 84, title_size * 6 / 5),
            title_size,
            author: placed(author, author_top, 16),
            picture: book.thumbnail_url.starts_with(PICTURES).then(|| book.thumbnail_url.clone()),
        }
    }
}

/// The title in the largest size at which it fits whole, else cut in the smallest.
fn fitted(title: &str) -> (u16, Vec<String>) {
    const SIZES: [(u16, usize); 4] = [(26, 3), (22, 4), (18, 5), (15, 7)];
    for (size, most) in SIZES {
        let measure = MEASURE / f32::from(size);
        let words_are_whole = title.split_whitespace().all(|word| width(word) <= measure);
        let lines = wrapped(title, measure);
        if lines.len() <= most && words_are_whole {
            return (size, balanced(title, lines, measure));
        }
    }
    let (size, most) = SIZES[SIZES.len() - 1];
    let measure = MEASURE / f32::from(size);
    (size, cut(wrapped(title, measure), measure, most))
}

/// `text` in lines no wider than `measure` (in font sizes).
fn wrapped(text: &str, measure: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer) <= measure {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word wider than a line is broken where the line ends; not all scripts put blanks in between.
        for letter in word.chars() {
            line.push(letter);
            if width(&line) > measure {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As few lines as `lines` has, but of lengths as even as words allow: no `of` stands alone.
fn balanced(text: &str, mut lines: Vec<String>, mut measure: f32) -> Vec<String> {
    let widest = text.split_whitespace().map(width).fold(0.0, f32::max);
    loop {
        measure -= 0.25;
        let narrower = wrapped(text, measure);
        if measure < widest || narrower.len() > lines.len() {
            return lines;
        }
        lines = narrower;
    }
}

/// At most `most` of the lines; `…` shows the cut.
fn cut(mut lines: Vec<String>, measure: f32, most: usize) -> Vec<String> {
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

fn placed(lines: Vec<String>, top: u16, leading: u16) -> Vec<Line> {
    lines
        .into_iter()
        .zip(0..)
        .map(|(text, index)| Line { y: top + leading * index, text })
        .collect()
}

/// About how wide `text` is in a serif of any system, in font sizes. Rather too wide than too narrow.
fn width(text: &str) -> f32 {
    text.chars()
        .map(|letter| match letter {
            'f' | 'i' | 'j' | 'l' | 't' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '-'
            | '!' => 0.36,
            'm' | 'w' | 'M' | 'W' | '&' | '—' => 0.95,
            'A'..='Z' => 0.74,
            ' '..='\u{24f}' => 0.54,
            // Marks that stand on the letter before them take no room; other scripts may be square.
            '\u{300}'..='\u{36f}' => 0.0,
            '\u{250}'..='\u{10ff}' => 0.7,
            _ => 1.05,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(id: i64, title: &str, thumbnail_url: &str) -> Book {
        Book {
            id: id.try_into().unwrap(),
            title: title.into(),
            author: "Jansson, Tove".into(),
            copies: 2,
            thumbnail_url: thumbnail_url.into(),
        }
    }

    fn text(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn a_short_title_is_large_and_whole() {
        let cover = Cover::of(&book(8, "The Dance", ""));
        assert_eq!((cover.title_size, text(&cover.title)), (26, vec!["The Dance"]));
    }

    #[test]
    fn a_title_stands_in_lines_of_even_length() {
        let title = "The Introduction of Self-Registering Meteorological Instruments";
        let cover = Cover::of(&book(13, title, ""));
        assert_eq!(text(&cover.title).join(" "), title);
        assert!(!text(&cover.title).contains(&"of"), "{:?}", cover.title);
    }

    #[test]
    fn a_title_of_any_length_and_script_stays_on_the_cover() {
        let long = "Meteorological Instruments, ".repeat(10);
        let unbroken = "x".repeat(255);
        let chinese = "紅樓夢".repeat(85);
        for title in [long.as_str(), &unbroken, &chinese, "", "  ", "Ａ", "i\u{301}\u{301}"] {
            let cover = Cover::of(&book(i64::MAX, title, ""));
            let last = cover.title.last().map_or(0, |line| line.y);
            assert!(last < cover.author[0].y - 14, "{title}: {last}");
            for line in &cover.title {
                assert!(
                    width(&line.text) * f32::from(cover.title_size) <= MEASURE,
                    "{}",
                    line.text
                );
            }
        }
        assert!(Cover::of(&book(1, &long, "")).title.last().unwrap().text.ends_with('…'));
    }

    #[test]
    fn only_a_picture_the_policy_allows_is_asked_for() {
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
}
