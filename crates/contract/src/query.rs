//! Query parameters, read by the same rules for every endpoint.

use std::{collections::BTreeSet, fmt, ops::RangeInclusive, str::FromStr};

use percent_encoding::percent_decode_str;

/// The parameters of a request, read from its query. Every parameter of the endpoint is validated, even one that has no
/// effect with the others.
pub trait Parameters: Sized {
    /// Reads and validates the parameters.
    ///
    /// # Errors
    /// The first parameter that is invalid.
    fn read(query: &Query) -> Result<Self, InvalidParameter>;
}

/// An invalid parameter: a sentence for the client that names it and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidParameter(pub String);

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidParameter {}

/// The largest number of ids in one list.
pub const MAX_IDS: usize = 1000;

/// The parameters after the `?`.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses `name=value&…` as HTML forms write it (`+` is a space).
    ///
    /// # Errors
    /// Fails if a name or a value does not decode to UTF-8.
    pub fn parse(query: Option<&str>) -> Result<Self, InvalidParameter> {
        query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The text of parameter `name`, if present.
    ///
    /// # Errors
    /// Fails if it is given twice.
    pub fn text(&self, name: &str) -> Result<Option<&str>, InvalidParameter> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| &**value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(InvalidParameter(format!("`{name}` is given more than once"))),
            (value, None) => Ok(value),
        }
    }

    /// The value of parameter `name`, if present. The error of `T` completes "must …".
    ///
    /// # Errors
    /// Fails if it is given twice or is not a `T`.
    pub fn value<T: FromStr<Err: fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, InvalidParameter> {
        let value = self.text(name)?.map(str::parse).transpose();
        value.map_err(|rule| InvalidParameter(format!("`{name}` must {rule}")))
    }

    /// Whether parameter `name` is `true`; false if it is absent.
    ///
    /// # Errors
    /// Fails if it is neither `true` nor `false`.
    pub fn flag(&self, name: &str) -> Result<bool, InvalidParameter> {
        let value = self.text(name)?.unwrap_or("false");
        value.parse().map_err(|_| InvalidParameter(format!("`{name}` must be true or false")))
    }

    /// The comma-separated ids of parameter `name`, if present.
    ///
    /// # Errors
    /// Fails unless it is a list of 1 to [`MAX_IDS`] ids.
    pub fn ids<T: FromStr + Ord>(
        &self,
        name: &str,
    ) -> Result<Option<BTreeSet<T>>, InvalidParameter> {
        let Some(list) = self.text(name)? else {
            return Ok(None);
        };
        match list.split(',').map(str::parse).collect::<Result<Vec<T>, _>>() {
            Ok(ids) if ids.len() <= MAX_IDS => {
                // Collecting would sort, by an algorithm of 5 KB.
                let mut set = BTreeSet::new();
                set.extend(ids);
                Ok(Some(set))
            }
            _ => Err(InvalidParameter(format!(
                "`{name}` must be 1 to {MAX_IDS} ids with commas between them"
            ))),
        }
    }

    /// The whole number of parameter `name`, if present.
    ///
    /// # Errors
    /// Fails if it is not in plain digits or not in `range`.
    pub fn number(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, InvalidParameter> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && range.contains(&number) => Ok(Some(number)),
            _ => Err(InvalidParameter(format!(
                "`{name}` must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        }
    }
}

fn decode(text: &str) -> Result<String, InvalidParameter> {
    match percent_decode_str(&text.replace('+', " ")).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(InvalidParameter("the query is not percent-encoded UTF-8".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use domain::BookId;

    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(Some(text)).unwrap()
    }

    fn invalid(text: &str) -> InvalidParameter {
        InvalidParameter(text.to_owned())
    }

    #[test]
    fn a_query_is_read_as_forms_write_it() {
        let query = query("q=a+b%2Bc&limit=20&&flag&empty=");
        assert_eq!(query.text("q"), Ok(Some("a b+c")));
        assert_eq!(query.text("flag"), Ok(Some("")));
        assert_eq!(query.text("empty"), Ok(Some("")));
        assert_eq!(query.text("absent"), Ok(None));
        assert_eq!(query.number("limit", 1..=1000), Ok(Some(20)));
        assert_eq!(query.number("absent", 1..=1000), Ok(None));
        assert!(Query::parse(Some("q=%ff")).is_err());
    }

    #[test]
    fn a_number_outside_its_range_is_refused_by_name() {
        for value in ["", "0", "1001", "-1", "+5", "5.0", "abc", " 5", "99999999999999999999"] {
            let problem = query(&format!("limit={value}")).number("limit", 1..=1000).unwrap_err();
            assert_eq!(
                problem,
                invalid("`limit` must be a whole number from 1 to 1000"),
                "{value}"
            );
        }
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let query = query("yes=true&no=false&other=1&empty=");
        assert_eq!(query.flag("yes"), Ok(true));
        assert_eq!(query.flag("no"), Ok(false));
        assert_eq!(query.flag("absent"), Ok(false));
        for name in ["other", "empty"] {
            assert_eq!(query.flag(name), Err(invalid(&format!("`{name}` must be true or false"))));
        }
    }

    #[test]
    fn an_invalid_value_reports_what_it_must_be() {
        let query = query("id=7&other=-1");
        assert_eq!(query.value::<BookId>("id").map(|id| id.map(BookId::get)), Ok(Some(7)));
        assert_eq!(query.value::<BookId>("absent"), Ok(None));
        assert_eq!(
            query.value::<BookId>("other"),
            Err(invalid("`other` must be a whole number from 1 to 9223372036854775807"))
        );
    }

    #[test]
    fn a_list_has_one_to_a_thousand_ids() {
        let ids = |list: &str| query(list).ids::<u32>("ids");
        assert_eq!(ids("ids=9,4,4"), Ok(Some([4, 9].into())));
        assert_eq!(ids(""), Ok(None));
        let thousand = vec!["7"; 1000].join(",");
        assert_eq!(ids(&format!("ids={thousand}")), Ok(Some([7].into())));
        for list in ["", ",", "1,", "1,,2", "1,x", "1;2", &format!("{thousand},7")] {
            let problem = ids(&format!("ids={list}")).unwrap_err();
            assert_eq!(
                problem,
                invalid("`ids` must be 1 to 1000 ids with commas between them"),
                "{list}"
            );
        }
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert_eq!(
            query("limit=1&limit=2").number("limit", 1..=1000),
            Err(invalid("`limit` is given more than once"))
        );
    }
}
