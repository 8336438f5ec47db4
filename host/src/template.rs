//! Text with `{{ variable }}` expressions, used for component variables and allowed hosts.
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

    /// The trimmed text between `{{` and the next `}}` is a variable name.
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
    /// The names of the variables it uses.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text, if it uses no variable.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with each expression replaced by the value of its variable.
    ///
    /// # Errors
    /// The first name without a value.
    pub fn render<'a>(
        &'a self,
        value: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<String, &'a str> {
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

    fn rendered(source: &str) -> Result<String, String> {
        let template = Template::try_from(source.to_owned())?;
        let value = |name: &str| (name == "host").then_some("db.example");
        template.render(value).map_err(|missing| format!("no {missing}"))
    }

    #[test]
    fn expressions_are_replaced_by_values() {
        assert_eq!(rendered(""), Ok("".into()));
        assert_eq!(rendered("plain } text {"), Ok("plain } text {".into()));
        assert_eq!(rendered("{{host}}"), Ok("db.example".into()));
        assert_eq!(
            rendered("mysql://{{ host }}:3306/{{host}}"),
            Ok("mysql://db.example:3306/db.example".into())
        );
        assert_eq!(rendered("{{ port }}"), Err("no port".into()));
    }

    #[test]
    fn an_unclosed_expression_is_an_error() {
        assert!(rendered("a {{ host }} b {{ host").is_err());
        assert!(rendered("{{").is_err());
    }
}
