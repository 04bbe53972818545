//! `Manifest`: what the rules need to know of a `Cargo.toml`. Not a parser of TOML: it reads the plain style that these
//! manifests are written in.

/// A package's name, dependencies and features.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    /// What it is built with, each with its line.
    pub(crate) dependencies: Vec<(usize, String)>,
    /// What only its tests are built with.
    pub(crate) dev_dependencies: Vec<(usize, String)>,
    pub(crate) features: Vec<String>,
    /// Whether it takes the lints of the workspace.
    pub(crate) has_lints: bool,
}

impl Manifest {
    pub(crate) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = String::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']').to_owned();
                // `[dependencies.name]` is a dependency by itself.
                if let Some((kind, name)) = section.rsplit_once("dependencies.") {
                    manifest.add(&format!("{kind}dependencies"), at + 1, name);
                }
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
            let key = key.trim();
            let name = key.split('.').next().unwrap_or(key).trim_matches('"');
            match section.as_str() {
                "package" if key == "name" => value.trim().trim_matches('"').clone_into(&mut manifest.name),
                "features" => manifest.features.push(name.to_owned()),
                "lints" => manifest.has_lints |= key == "workspace" && value.trim() == "true",
                _ => manifest.add(&section, at + 1, name),
            }
        }
        manifest
    }

    fn add(&mut self, section: &str, line: usize, name: &str) {
        if section.ends_with("dev-dependencies") {
            self.dev_dependencies.push((line, name.to_owned()));
        } else if section.ends_with("dependencies") && !section.starts_with("workspace") {
            self.dependencies.push((line, name.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_all_kinds_are_found() {
        let manifest = Manifest::parse(
            "[package]\nname = \"a\"\nversion.workspace = true\n[dependencies]\nb.workspace = true\nc = { path = \"x\" }\n\
             # d = 1\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n[dev-dependencies]\nf.workspace = true\n\
             [dependencies.g]\nversion = \"1\"\n[features]\nh = []\n[lints]\nworkspace = true\n",
        );
        let of =
            |list: &[(usize, String)]| list.iter().map(|(line, name)| format!("{line} {name}")).collect::<Vec<_>>();
        assert_eq!(manifest.name, "a");
        assert_eq!(of(&manifest.dependencies), ["5 b", "6 c", "9 e", "12 g"]);
        assert_eq!(of(&manifest.dev_dependencies), ["11 f"]);
        assert_eq!(manifest.features, ["h"]);
        assert!(manifest.has_lints);
    }
}
