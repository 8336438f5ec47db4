//! Texts with `{{ variable }}` expressions, as a manifest's variables and allowed hosts may be.
use serde::Deserialize;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl TryFrom<String> for Template {
    type Error = String;

    /// Everything between `{{` and the next `}}`, without the blanks around it, is a variable's name.
    fn try_from(source: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while !rest.is_empty() {
            let (text, expression) = rest.split_once("{{").unwrap_or((rest, ""));
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            if text.len() == rest.len() {
                break;
            }
            let (name, after) = expression
                .split_once("}}")
                .ok_or_else(|| format!("the template {source:?} has a '{{{{' without a '}}}}'"))?;
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        Ok(Self(parts))
    }
}

impl Template {
    /// The names of the variables it needs.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text, if there is no variable in it.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with every expression replaced by what `value` gives for its name; the first name
    /// it has nothing for is the error.
    pub fn fill<'a>(&'a self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String, &'a str> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.as_str()),
                Part::Variable(name) => value(name).ok_or(name.as_str()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(source: &str) -> Result<String, String> {
        let template = Template::try_from(source.to_owned())?;
        let value = |name: &str| (name == "host").then_some("db.example");
        template.fill(value).map_err(|missing| format!("no {missing}"))
    }

    #[test]
    fn expressions_are_replaced_and_the_rest_is_kept() {
        assert_eq!(filled(""), Ok("".into()));
        assert_eq!(filled("plain } text {"), Ok("plain } text {".into()));
        assert_eq!(filled("{{host}}"), Ok("db.example".into()));
        assert_eq!(
            filled("mysql://{{ host }}:3306/{{host}}"),
            Ok("mysql://db.example:3306/db.example".into())
        );
        assert_eq!(filled("{{ port }}"), Err("no port".into()));
    }

    #[test]
    fn an_open_expression_is_an_error() {
        assert!(filled("a {{ host }} b {{ host").is_err());
        assert!(filled("{{").is_err());
    }
}
