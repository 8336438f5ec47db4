//! Line charts as inline SVG for an HTML page, without any other file.

use std::fmt::Write;

/// One line of a chart.
pub struct Line<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// A color of CSS.
    pub color: &'a str,
    /// Its values, at 0, 1, 2, … on the horizontal axis; gaps are not drawn.
    pub values: Vec<Option<f64>>,
}

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 8.0;

/// A chart over seconds.
pub fn chart(unit: &str, lines: &[Line<'_>]) -> String {
    let seconds = lines.iter().map(|line| line.values.len()).max().unwrap_or(0).max(2);
    let most =
        lines.iter().flat_map(|line| line.values.iter().flatten()).fold(0.0_f64, |a, b| a.max(*b));
    let top = nice_limit(most);
    let x = |second: usize| LEFT + (WIDTH - LEFT - 8.0) * second as f64 / (seconds - 1) as f64;
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        let (at, right) = (y(value), WIDTH - 8.0);
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    for step in 0..=4 {
        let second = (seconds - 1) * step / 4;
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{second} s</text>",
            x(second),
            HEIGHT - 6.0
        );
    }
    for line in lines {
        let mut path = String::new();
        let mut pen = 'M';
        for (second, value) in line.values.iter().enumerate() {
            match value {
                Some(value) => {
                    let _ = write!(path, "{pen}{:.1} {:.1}", x(second), y(*value));
                    pen = 'L';
                }
                None => pen = 'M',
            }
        }
        let _ = write!(
            svg,
            "<path fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" d=\"{path}\"/>",
            line.color
        );
    }
    svg.push_str("</svg><p class=\"legend\">");
    for line in lines {
        let _ =
            write!(svg, "<span style=\"color:{}\">■</span> {} ({unit}) ", line.color, line.name);
    }
    svg.push_str("</p>");
    svg
}

/// The smallest of 1, 2, 4 and 8 times a power of ten that is not below `most`.
fn nice_limit(most: f64) -> f64 {
    let power = 10_f64.powf(most.max(0.01).log10().floor());
    [1.0, 2.0, 4.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|limit| *limit >= most)
        .unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_above_the_highest_value() {
        for (most, limit) in [(0.0, 0.01), (3.0, 4.0), (10.0, 10.0), (81.0, 100.0), (450.0, 800.0)]
        {
            assert!((nice_limit(most) - limit).abs() < 1e-9, "{most}");
        }
    }
}
