//! What a request asks for: its path as segments and its query as named values, both percent-decoded.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::problem::{Problem, bad_request};

/// The path's segments, cut at `/` first and decoded then, so that a `%2F` stays inside its segment.
///
/// Leading, trailing and repeated slashes don't count, as in Spin's own router. A `%` that two
/// hexadecimal digits don't follow stands for itself.
///
/// # Errors
/// 400 when a segment does not decode to UTF-8.
pub fn segments(path: &str) -> Result<Vec<String>, Problem> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| decoded(segment, "the path"))
        .collect()
}

/// The values after the `?`, by name.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `name=value&…` as HTML forms write it (`+` is a blank).
    ///
    /// # Errors
    /// 400 when a name or a value does not decode to UTF-8.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let part = |text: &str| decoded(&text.replace('+', " "), "the query");
        query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((part(name)?, part(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The value of `name`, if it is there.
    ///
    /// # Errors
    /// 400 when it is there twice: whichever we took, somebody meant the other.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| &**value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(bad_request(format!("`{name}` is given more than once"))),
            (value, None) => Ok(value),
        }
    }

    /// Whether `name` is there and `true`.
    ///
    /// # Errors
    /// 400 that names it when it is neither `true` nor `false`.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        let value = self.text(name)?.unwrap_or("false");
        value.parse().map_err(|_| bad_request(format!("`{name}` must be true or false")))
    }

    /// The id called `name`, if it is there.
    ///
    /// # Errors
    /// 400 that names it when it is none.
    pub fn id<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let id = self.text(name)?.map(str::parse).transpose();
        id.map_err(|why| bad_request(format!("`{name}`: {why}")))
    }

    /// The ids called `name` with commas between them, if they are there.
    ///
    /// # Errors
    /// 400 that names them when they are none, more than 1000, or not all of them ids.
    pub fn ids<T: FromStr + Ord>(&self, name: &str) -> Result<Option<BTreeSet<T>>, Problem> {
        const MOST: usize = 1000;
        let Some(list) = self.text(name)? else {
            return Ok(None);
        };
        match list.split(',').map(str::parse).collect::<Result<Vec<T>, _>>() {
            Ok(ids) if ids.len() <= MOST => Ok(Some(ids.into_iter().collect())),
            _ => Err(bad_request(format!(
                "`{name}` must be 1 to {MOST} ids with commas between them"
            ))),
        }
    }

    /// The whole number called `name`, if it is there.
    ///
    /// # Errors
    /// 400 that names it when it is not in plain digits or not in `range`.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && range.contains(&number) => Ok(Some(number)),
            _ => Err(bad_request(format!(
                "`{name}` must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        }
    }
}

fn decoded(text: &str, place: &str) -> Result<String, Problem> {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(bad_request(format!("{place} is not percent-encoded UTF-8"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_before_it_is_decoded() {
        let cases: [(&str, &[&str]); 9] = [
            ("/", &[]),
            ("/catdb", &["catdb"]),
            ("//catdb///7/", &["catdb", "7"]),
            ("/a%2Fb/c", &["a/b", "c"]),
            ("/caf%C3%A9", &["café"]),
            ("/100%", &["100%"]),
            ("/%zz%4", &["%zz%4"]),
            ("/a+b", &["a+b"]),
            ("/%20", &[" "]),
        ];
        for (path, expected) in cases {
            assert_eq!(segments(path).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_not_utf8_is_refused() {
        assert_eq!(segments("/catdb/%ff").unwrap_err().status(), 400);
    }

    #[test]
    fn a_query_is_read_as_forms_write_it() {
        let query = Query::parse(Some("q=a+b%2Bc&limit=20&&flag&empty=")).unwrap();
        assert_eq!(query.text("q"), Ok(Some("a b+c")));
        assert_eq!(query.text("flag"), Ok(Some("")));
        assert_eq!(query.text("empty"), Ok(Some("")));
        assert_eq!(query.text("absent"), Ok(None));
        assert_eq!(query.number("limit", 1..=1000), Ok(Some(20)));
        assert_eq!(query.number("absent", 1..=1000), Ok(None));
        assert_eq!(Query::parse(Some("q=%ff")).unwrap_err().status(), 400);
    }

    #[test]
    fn a_number_out_of_range_or_shape_is_named() {
        for value in ["", "0", "1001", "-1", "+5", "5.0", "abc", " 5", "99999999999999999999"] {
            let query = Query::parse(Some(&format!("limit={value}"))).unwrap();
            let problem = query.number("limit", 1..=1000).unwrap_err();
            assert_eq!(
                problem,
                bad_request("`limit` must be a whole number from 1 to 1000"),
                "{value}"
            );
        }
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let query = Query::parse(Some("yes=true&no=false&other=1&empty=")).unwrap();
        assert_eq!(query.flag("yes"), Ok(true));
        assert_eq!(query.flag("no"), Ok(false));
        assert_eq!(query.flag("absent"), Ok(false));
        for name in ["other", "empty"] {
            let named = bad_request(format!("`{name}` must be true or false"));
            assert_eq!(query.flag(name), Err(named));
        }
    }

    #[test]
    fn what_is_no_id_is_named_with_the_reason() {
        let query = Query::parse(Some("id=7&other=-1")).unwrap();
        assert_eq!(query.id("id"), Ok(Some(7_u32)));
        assert_eq!(query.id::<u32>("absent"), Ok(None));
        let problem = query.id::<u32>("other").unwrap_err();
        assert_eq!(problem, bad_request("`other`: invalid digit found in string"));
    }

    #[test]
    fn a_list_has_one_to_a_thousand_ids() {
        let ids = |list: &str| Query::parse(Some(list)).unwrap().ids::<u32>("ids");
        assert_eq!(ids("ids=9,4,4"), Ok(Some([4, 9].into())));
        assert_eq!(ids(""), Ok(None));
        let thousand = vec!["7"; 1000].join(",");
        assert_eq!(ids(&format!("ids={thousand}")), Ok(Some([7].into())));
        for list in ["", ",", "1,", "1,,2", "1,x", "1;2", &format!("{thousand},7")] {
            let problem = ids(&format!("ids={list}")).unwrap_err();
            assert_eq!(
                problem,
                bad_request("`ids` must be 1 to 1000 ids with commas between them"),
                "{list}"
            );
        }
    }

    #[test]
    fn a_value_given_twice_is_refused() {
        let query = Query::parse(Some("limit=1&limit=2")).unwrap();
        assert_eq!(
            query.number("limit", 1..=1000),
            Err(bad_request("`limit` is given more than once"))
        );
    }
}
