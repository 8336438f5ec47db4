//! The commands of k8s-spinkube/README.md, by section.

/// A section of a Markdown page that has shell commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading, without `#`
    pub heading: String,
    /// Its blocks of ```sh, in order
    pub scripts: Vec<String>,
}

/// The sections of `markdown` with commands, in order.
pub fn sections(markdown: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut heading = "";
    let mut script: Option<String> = None;
    for line in markdown.lines() {
        match &mut script {
            Some(text) if line == "```" => {
                let text = std::mem::take(text);
                script = None;
                match sections.last_mut().filter(|section| section.heading == heading) {
                    Some(section) => section.scripts.push(text),
                    None => {
                        sections.push(Section { heading: heading.to_owned(), scripts: vec![text] });
                    }
                }
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line == "```sh" => script = Some(String::new()),
            None => {
                if let Some(title) = line.strip_prefix('#') {
                    heading = title.trim_start_matches('#').trim();
                }
            }
        }
    }
    sections
}

/// `script` without the commands that begin with `program`, including their continuation lines.
pub fn without_program(script: &str, program: &str) -> String {
    let mut kept = String::new();
    let mut is_dropped = false;
    let mut continues = false;
    for line in script.lines() {
        if !continues {
            is_dropped = line.split_whitespace().next() == Some(program);
        }
        continues = line.ends_with('\\');
        if !is_dropped {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_section() {
        let page = "# Page\n\n## One\n\ntext\n\n```sh\na \\\n  b\n# no heading\n```\n\n```text\nno command\n```\n\n\
                    ```sh\nc\n```\n\n### Two\n\n```sh\nd\n```\n";
        assert_eq!(
            sections(page),
            [
                Section {
                    heading: "One".into(),
                    scripts: vec!["a \\\n  b\n# no heading\n".into(), "c\n".into()]
                },
                Section { heading: "Two".into(), scripts: vec!["d\n".into()] },
            ]
        );
    }

    #[test]
    fn a_program_is_removed_with_its_continuation_lines() {
        let script = "k3d cluster create \\\n  --agents 2\n\nkubectl get \\\n  pods\nk3d end\n";
        assert_eq!(without_program(script, "k3d"), "\nkubectl get \\\n  pods\n");
    }
}
