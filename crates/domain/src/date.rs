//! Days of the calendar, written `YYYY-MM-DD` in and out.

use std::{fmt, str::FromStr, time::SystemTime};

use serde::{Deserialize, Serialize};
use time::{Duration, Month, OffsetDateTime};

/// A day from 1000-01-01 to 9999-12-31, the range of a `DATE` in MySQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Date(time::Date);

impl Date {
    /// The last day there is.
    pub const MAX: Self = Self(time::Date::MAX);

    const FIRST_YEAR: i32 = 1000;

    /// The day this many days later, if there still is one.
    pub fn after_days(self, days: u16) -> Option<Self> {
        self.0.checked_add(Duration::days(days.into())).map(Self)
    }

    /// The day this many days earlier, if there is one.
    pub fn before_days(self, days: u16) -> Option<Self> {
        let day = self.0.checked_sub(Duration::days(days.into()))?;
        (day.year() >= Self::FIRST_YEAR).then_some(Self(day))
    }

    /// How many days `later` is after this one, negative when it is before.
    pub fn days_until(self, later: Self) -> i64 {
        (later.0 - self.0).whole_days()
    }

    /// The year, the month from 1 to 12 and the day of the month.
    pub fn parts(self) -> (i32, u8, u8) {
        (self.0.year(), self.0.month().into(), self.0.day())
    }
}

impl From<SystemTime> for Date {
    /// The day it is at that time, in UTC.
    fn from(time: SystemTime) -> Self {
        Self(OffsetDateTime::from(time).date())
    }
}

/// What was given is no day: it is not written `YYYY-MM-DD`, or the calendar does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADate;

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let &[ref year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(NotADate);
        };
        if year.len() != 4 {
            return Err(NotADate);
        }
        let year = i32::from(number(&year[..2])?) * 100 + i32::from(number(&year[2..])?);
        let month = Month::try_from(number(&[m1, m2])?).map_err(|_| NotADate)?;
        let day = number(&[d1, d2])?;
        if year < Self::FIRST_YEAR {
            return Err(NotADate);
        }
        time::Date::from_calendar_date(year, month, day).map(Self).map_err(|_| NotADate)
    }
}

/// Two digits, no sign and no blank.
fn number(digits: &[u8]) -> Result<u8, NotADate> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + (digit - b'0')),
        _ => Err(NotADate),
    })
}

impl TryFrom<String> for Date {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl fmt::Display for NotADate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date is a day of the calendar, written YYYY-MM-DD")
    }
}

impl std::error::Error for NotADate {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_go_on_across_months_leap_years_and_year_ends() {
        for (day, days, later) in [
            ("2026-01-31", 14, "2026-02-14"),
            ("2026-02-20", 14, "2026-03-06"),
            ("2024-02-20", 14, "2024-03-05"),
            ("2000-02-28", 1, "2000-02-29"),
            ("1900-02-28", 1, "1900-03-01"),
            ("2026-12-25", 14, "2027-01-08"),
            ("2026-06-01", 0, "2026-06-01"),
        ] {
            assert_eq!(date(day).after_days(days), Some(date(later)), "{day} + {days}");
            assert_eq!(date(later).before_days(days), Some(date(day)), "{later} - {days}");
            assert_eq!(date(day).days_until(date(later)), i64::from(days));
            assert_eq!(date(later).days_until(date(day)), -i64::from(days));
        }
        assert_eq!(date("9999-12-31").after_days(1), None);
        assert_eq!(date("1000-01-01").before_days(1), None);
    }

    #[test]
    fn what_the_calendar_does_not_have_is_no_date() {
        for text in [
            "",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-1-1",
            "26-01-01",
            "02026-01-01",
            "+026-01-01",
            "2026/01/01",
            "2026-01-01 ",
            "2026-01-01T00:00:00Z",
            "0000-00-00",
            "0999-12-31",
            "٢٠٢٦-01-01",
            "tomorrow",
        ] {
            assert_eq!(text.parse::<Date>(), Err(NotADate), "{text:?}");
        }
    }

    #[test]
    fn a_time_is_a_day_in_utc() {
        let day = |seconds| Date::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(day(0), date("1970-01-01"));
        assert_eq!(day(951_782_399), date("2000-02-28"));
        assert_eq!(day(951_782_400), date("2000-02-29"));
    }

    proptest! {
        #[test]
        fn a_date_reads_as_it_is_written(year in 1000..=9999, month in 1..=12, day in 1..=28) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            prop_assert_eq!(date(&text).to_string(), text);
        }

        #[test]
        fn later_is_later_by_exactly_that(day in 0_u64..200_000_000_000, days in 0_u16..=10_000) {
            let start = Date::from(SystemTime::UNIX_EPOCH + Duration::from_secs(day));
            let end = start.after_days(days).unwrap();
            prop_assert!(end >= start);
            prop_assert_eq!(end.before_days(days), Some(start));
            // Written as text, dates have the same order: SQL and clients rely on it.
            prop_assert!(end.to_string() >= start.to_string());
        }

        #[test]
        fn no_text_is_a_date_that_reads_differently(text in "[0-9-]{0,12}") {
            if let Ok(date) = text.parse::<Date>() {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
