//! The bar chart of the loans per day.

use contract::borrowing::DayCount;
use domain::Date;

use crate::layout::Layout;

/// A bar chart in a box of [`WIDTH`](Self::WIDTH) × [`HEIGHT`](Self::HEIGHT) units.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    /// The number of loans on each day, in words.
    pub(super) list: Vec<String>,
    pub(super) total: u64,
    /// The loans of the busiest day.
    pub(super) max: u64,
    /// The number at the top of the scale, even and at least `max`.
    pub(super) top: u64,
    pub(super) first: Date,
    pub(super) last: Date,
}

/// The bar of a day with loans.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) width: usize,
    pub(super) height: u64,
    pub(super) label: String,
}

impl Chart {
    const WIDTH: usize = 600;
    const HEIGHT: u64 = 120;

    /// The chart of these days; `None` without loans.
    pub(super) fn new(days: &[DayCount], layout: &Layout<'_>) -> Option<Self> {
        let max = days.iter().map(|count| count.loans).max()?;
        let top = scale_top(max);
        let step = Self::WIDTH / days.len();
        let label = |&DayCount { day, loans }: &DayCount| {
            let date = ("date", layout.texts.date(day).into());
            let count = i64::try_from(loans).unwrap_or(i64::MAX);
            layout.texts.with("loans-on", &[date, ("count", count.into())])
        };
        let bar = |(index, count): (usize, &DayCount)| {
            // A day without loans has no bar: the lowest bar is one loan.
            let height = (count.loans > 0).then(|| (count.loans * Self::HEIGHT / top).max(2))?;
            Some(Bar {
                x: index * step + step / 10,
                y: Self::HEIGHT - height,
                width: step * 8 / 10,
                height,
                label: label(count),
            })
        };
        Some(Self {
            bars: days.iter().enumerate().filter_map(bar).collect(),
            list: days.iter().map(label).collect(),
            total: days.iter().map(|count| count.loans).sum(),
            max,
            top,
            first: days.first()?.day,
            last: days.last()?.day,
        })
    }
}

/// The top of a scale with a readable middle: twice 1, 2 or 5 times a power of 10.
fn scale_top(max: u64) -> u64 {
    let half = max.div_ceil(2).max(1);
    let power = 10_u64.saturating_pow(half.ilog10());
    let factor = [1, 2, 5, 10].into_iter().find(|factor| power.saturating_mul(*factor) >= half);
    power.saturating_mul(factor.unwrap_or(10)).saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_easy_to_read_and_high_enough() {
        for (max, top) in [
            (0, 2),
            (1, 2),
            (2, 2),
            (3, 4),
            (4, 4),
            (5, 10),
            (10, 10),
            (11, 20),
            (21, 40),
            (41, 100),
        ] {
            assert_eq!(scale_top(max), top, "{max}");
        }
        assert!(scale_top(u64::MAX) >= u64::MAX / 2);
    }
}
