//! From a template to the files of one gate: names and kind are filled in, and what belongs to another kind is left out.
//! Writes nothing.

use anyhow::Context as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};

use super::files::{self, Source};
use super::{GateName, Language};

/// The gate that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewGate {
    pub(crate) name: GateName,
    pub(crate) language: Language,
    pub(crate) health_check: bool,
    pub(crate) promotion_gate: bool,
}

/// A file of the gate's folder.
#[derive(Debug)]
pub(crate) struct RenderedFile {
    /// Its path in the folder, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl NewGate {
    /// Returns the kind as it stands on the command line.
    pub(crate) fn kind(&self) -> &'static str {
        match (self.health_check, self.promotion_gate) {
            (true, true) => "both",
            (false, true) => "promotion-gate",
            _ => "health-check",
        }
    }

    /// Returns the world of the contract that the component implements.
    fn world(&self) -> &'static str {
        match self.kind() {
            "both" => "gate",
            kind => kind,
        }
    }

    /// Returns the component's path in the gate's folder.
    pub(crate) fn component(&self) -> String {
        match self.language {
            Language::Rust => format!(
                "target/wasm32-unknown-unknown/release/{}.wasm",
                self.name.with_underscores()
            ),
            _ => format!("{}.wasm", self.name.text()),
        }
    }

    /// Returns all files, sorted by path.
    ///
    /// # Errors
    /// When a template is not valid: a fault of this executable.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<RenderedFile>> {
        let templates = files::of(self.language);
        let part = |name: &str| {
            let source = templates.parts.iter().find(|source| source.path == name);
            let source = source.with_context(|| format!("the template has no {name}"))?;
            let text = self.rendered(source, "", "")?;
            Ok::<String, anyhow::Error>(text.trim_end().to_owned())
        };
        let (install, steps) = (part("install.md")?, part("steps.yml")?);
        let mut all = Vec::new();
        for source in files::COMMON.iter().chain(templates.own) {
            all.push(RenderedFile {
                path: source.path.replace("dot-", "."),
                bytes: self.rendered(source, &install, &steps)?.into_bytes(),
            });
        }
        let (recording, recorded) = files::recording(self.health_check);
        all.push(RenderedFile {
            path: recording.to_owned(),
            bytes: recorded.to_vec(),
        });
        all.extend(templates.kit.iter().map(|file| RenderedFile {
            path: format!("sdk/{}", file.path),
            bytes: file.bytes.to_vec(),
        }));
        all.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(all)
    }

    fn rendered(&self, source: &Source, install: &str, steps: &str) -> anyhow::Result<String> {
        let text = std::str::from_utf8(source.bytes).context("a template is text")?;
        // A checkout may have other line ends than the repository.
        let text = text.replace("\r\n", "\n");
        environment()?
            .render_str(
                &text,
                context! {
                    name => self.name.text(),
                    crate => self.name.with_underscores(),
                    lang => self.language.flag(),
                    language => self.language.name(),
                    kind => self.kind(),
                    world => self.world(),
                    health_check => self.health_check,
                    promotion_gate => self.promotion_gate,
                    component => self.component(),
                    source => self.language.source(),
                    build => self.language.build(),
                    install => install,
                    steps => steps,
                },
            )
            .with_context(|| format!("the template of {}", source.path))
    }
}

/// Returns an engine whose marks occur in none of the languages.
fn environment() -> anyhow::Result<Environment<'static>> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .block_delimiters("<%", "%>")
        .variable_delimiters("<$", "$>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    Ok(environment)
}
