//! Calendar days, written `YYYY-MM-DD`.

use std::{fmt, str::FromStr, time::SystemTime};

use time::{Duration, Month, OffsetDateTime};

/// A day from 1000-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Date(
    #[cfg_attr(
        feature = "schema",
        schemars(
            with = "String",
            regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            extend("format" = "date")
        )
    )]
    time::Date,
);

crate::json::json_value!(Date, String, InvalidDate);

impl Date {
    /// The last day of the range.
    pub const MAX: Self = Self(time::Date::MAX);

    /// The first year that a `DATE` in MySQL has.
    const FIRST_YEAR: i32 = 1000;

    /// The day `days` later; `None` after the last day.
    pub fn after_days(self, days: u16) -> Option<Self> {
        self.0.checked_add(Duration::days(days.into())).map(Self)
    }

    /// The day `days` earlier; `None` before the first day.
    pub fn before_days(self, days: u16) -> Option<Self> {
        let day = self.0.checked_sub(Duration::days(days.into()))?;
        (day.year() >= Self::FIRST_YEAR).then_some(Self(day))
    }

    /// The number of days from this one to `later`, negative when `later` is earlier.
    pub fn days_until(self, later: Self) -> i64 {
        (later.0 - self.0).whole_days()
    }

    /// The year, the month from 1 to 12 and the day of the month.
    pub fn parts(self) -> (i32, u8, u8) {
        (self.0.year(), self.0.month().into(), self.0.day())
    }
}

impl From<SystemTime> for Date {
    /// The day in UTC.
    fn from(time: SystemTime) -> Self {
        Self(OffsetDateTime::from(time).date())
    }
}

/// The error for a text that is not a calendar day written `YYYY-MM-DD`. Its `Display` completes "must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDate;

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let &[ref year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(InvalidDate);
        };
        if year.len() != 4 {
            return Err(InvalidDate);
        }
        let year = i32::from(number(&year[..2])?) * 100 + i32::from(number(&year[2..])?);
        let month = Month::try_from(number(&[m1, m2])?).map_err(|_| InvalidDate)?;
        let day = number(&[d1, d2])?;
        if year < Self::FIRST_YEAR {
            return Err(InvalidDate);
        }
        time::Date::from_calendar_date(year, month, day).map(Self).map_err(|_| InvalidDate)
    }
}

/// The value of two digits. Signs and spaces are errors.
fn number(digits: &[u8]) -> Result<u8, InvalidDate> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + (digit - b'0')),
        _ => Err(InvalidDate),
    })
}

impl TryFrom<String> for Date {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, InvalidDate> {
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

impl fmt::Display for InvalidDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("be a calendar date written as YYYY-MM-DD")
    }
}

impl std::error::Error for InvalidDate {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn adding_days_crosses_months_leap_days_and_years() {
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
    fn invalid_days_and_other_formats_are_refused() {
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
            assert_eq!(text.parse::<Date>(), Err(InvalidDate), "{text:?}");
        }
    }

    #[test]
    fn a_time_converts_to_its_day_in_utc() {
        let day = |seconds| Date::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(day(0), date("1970-01-01"));
        assert_eq!(day(951_782_399), date("2000-02-28"));
        assert_eq!(day(951_782_400), date("2000-02-29"));
    }
}
