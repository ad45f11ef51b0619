//! Commands that a pipeline obeys, built here alone: the only lines of lockgate that pass the output unchanged. Every text
//! that is put into one is first made printable and then escaped as the pipeline reads it, so that it can neither end the
//! command nor begin another one (I-17, I-23).

use jiff::Timestamp;

/// A line that a pipeline obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PipelineCommand(String);

/// The longest text of a command, in characters: a sentence of a gate may be long, and is whole in the report.
const TEXT_MAX: usize = 4_000;

impl PipelineCommand {
    /// Returns a command of GitHub Actions with these properties, `::name key=value::text`
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; read by
    /// `src/Runner.Common/ActionCommand.cs` of actions/runner).
    pub(super) fn github(
        name: &'static str,
        properties: &[(&'static str, &str)],
        text: &str,
    ) -> PipelineCommand {
        let properties: Vec<String> = properties
            .iter()
            .map(|(key, value)| format!("{key}={}", github_property(value)))
            .collect();
        let space = if properties.is_empty() { "" } else { " " };
        let (properties, text) = (properties.join(","), github_text(text));
        PipelineCommand(format!("::{name}{space}{properties}::{text}"))
    }

    /// Returns a command of Azure Pipelines, such as `task.logissue`, with these properties
    /// (<https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands>; escaped as in
    /// `node/taskcommand.ts` of microsoft/azure-pipelines-task-lib).
    pub(super) fn azure(
        name: &'static str,
        properties: &[(&'static str, &str)],
        text: &str,
    ) -> PipelineCommand {
        let properties: String = properties
            .iter()
            .map(|(key, value)| format!("{key}={};", azure_property(value)))
            .collect();
        let space = if properties.is_empty() { "" } else { " " };
        let text = azure_text(text);
        PipelineCommand(format!("##vso[{name}{space}{properties}]{text}"))
    }

    /// Returns a line that Azure Pipelines shows in another way, such as `group`. Its text is not unescaped by the agent.
    pub(super) fn azure_format(name: &'static str, text: &str) -> PipelineCommand {
        PipelineCommand(format!("##[{name}]{}", gates::sanitise(text, TEXT_MAX)))
    }

    /// Returns the beginning of a section of GitLab's job log, which is closed at first
    /// (<https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections>). The number tells sections apart.
    pub(super) fn gitlab_section(at: Timestamp, number: u32, title: &str) -> PipelineCommand {
        let (at, title) = (at.as_second(), gates::sanitise(title, TEXT_MAX));
        PipelineCommand(format!(
            "\x1b[0Ksection_start:{at}:lockgate_{number}[collapsed=true]\r\x1b[0K{title}"
        ))
    }

    /// Returns the end of a section of GitLab's job log.
    pub(super) fn gitlab_section_end(at: Timestamp, number: u32) -> PipelineCommand {
        let at = at.as_second();
        PipelineCommand(format!(
            "\x1b[0Ksection_end:{at}:lockgate_{number}\r\x1b[0K"
        ))
    }

    /// Returns the line as it is written.
    pub(crate) fn as_line(&self) -> &str {
        &self.0
    }
}

/// Returns a text without escapes and commands, with its line breaks, and at most [`TEXT_MAX`] characters of it.
fn printable(text: &str) -> String {
    let lines = text.trim_end().split(['\n', '\r']);
    let lines: Vec<String> = lines.map(|line| gates::sanitise(line, TEXT_MAX)).collect();
    let text = lines.join("\n");
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn github_text(text: &str) -> String {
    let text = printable(text).replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_text(text).replace(':', "%3A").replace(',', "%2C")
}

fn azure_text(text: &str) -> String {
    let text = printable(text).replace('%', "%AZP25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn azure_property(text: &str) -> String {
    azure_text(text).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a gate may say to control a terminal or a pipeline.
    const HOSTILE: &str = "a\r\n::error::b\n##vso[task.complete]c\n##[endgroup]\u{1b}[0Ksection_end:1:x\r\u{1b}[0K\u{202e}d";

    /// Reads a line as `ActionCommand.TryParseV2` does: the name, the properties and the text.
    fn as_github(line: &str) -> (String, Vec<(String, String)>, String) {
        let rest = line.trim_start().strip_prefix("::").expect("a command");
        let (info, text) = rest.split_once("::").expect("a command");
        let unescaped = |text: &str, more: &[(&str, &str)]| {
            let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
            for (from, to) in more {
                text = text.replace(from, to);
            }
            text.replace("%25", "%")
        };
        let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
        let property = |pair: &str| {
            let (key, value) = pair.split_once('=').expect("a property");
            let value = unescaped(value, &[("%3A", ":"), ("%2C", ",")]);
            (key.to_owned(), value)
        };
        let properties = properties.split(',').filter(|pair| !pair.is_empty());
        let properties = properties.map(property).collect();
        (name.to_owned(), properties, unescaped(text, &[]))
    }

    #[test]
    fn command_of_github_has_the_text_that_was_put_into_it() {
        let title = "a: 50 %, b=c";
        let text = "100 % of 5: failed, %0A is no line break\nsecond line";
        let command = PipelineCommand::github("error", &[("title", title)], text);
        assert_eq!(
            command.as_line(),
            "::error title=a%3A 50 %25%2C b=c::100 %25 of 5: failed, %250A is no line break%0Asecond line"
        );
        let (name, properties, read) = as_github(command.as_line());
        assert_eq!((name.as_str(), read.as_str()), ("error", text));
        assert_eq!(properties, [("title".to_owned(), title.to_owned())]);
        let bare = PipelineCommand::github("endgroup", &[], "");
        assert_eq!(bare.as_line(), "::endgroup::");
    }

    #[test]
    fn command_of_azure_has_the_text_that_was_put_into_it() {
        let command = PipelineCommand::azure(
            "task.setvariable",
            &[("variable", "lockgate.a;b]c"), ("isOutput", "true")],
            "50 % [x];\ny",
        );
        assert_eq!(
            command.as_line(),
            "##vso[task.setvariable variable=lockgate.a%3Bb%5Dc;isOutput=true;]50 %AZP25 [x];%0Ay"
        );
        let bare = PipelineCommand::azure("task.uploadsummary", &[], "/tmp/a.md");
        assert_eq!(bare.as_line(), "##vso[task.uploadsummary]/tmp/a.md");
    }

    #[test]
    fn section_of_gitlab_is_closed_at_first_and_ended_by_its_name() {
        let at = Timestamp::from_second(1_767_355_200).unwrap();
        let begins = PipelineCommand::gitlab_section(at, 2, "stage 1 of 4: 10 %");
        assert_eq!(
            begins.as_line(),
            "\x1b[0Ksection_start:1767355200:lockgate_2[collapsed=true]\r\x1b[0Kstage 1 of 4: 10 %"
        );
        let ends = PipelineCommand::gitlab_section_end(at, 2);
        assert_eq!(
            ends.as_line(),
            "\x1b[0Ksection_end:1767355200:lockgate_2\r\x1b[0K"
        );
    }

    #[test]
    fn text_of_others_begins_and_ends_no_command() {
        let at = Timestamp::UNIX_EPOCH;
        let commands = [
            PipelineCommand::github("error", &[("title", HOSTILE)], HOSTILE),
            PipelineCommand::azure("task.logissue", &[("code", HOSTILE)], HOSTILE),
            PipelineCommand::azure_format("group", HOSTILE),
            PipelineCommand::gitlab_section(at, 1, HOSTILE),
        ];
        for command in commands {
            let line = command.as_line();
            assert!(!line.contains('\n'), "{line:?}");
            assert!(!line.contains('\u{202e}'), "{line:?}");
            let own = |sign: &str| usize::from(line.starts_with(sign));
            assert_eq!(line.matches("##vso[").count(), own("##vso["), "{line:?}");
            assert_eq!(line.matches("##[").count(), own("##["), "{line:?}");
            let escapes = if line.starts_with('\x1b') { 2 } else { 0 };
            assert_eq!(line.matches('\x1b').count(), escapes, "{line:?}");
            assert_eq!(line.matches('\r').count(), escapes / 2, "{line:?}");
        }
        let error = PipelineCommand::github("error", &[("title", HOSTILE)], HOSTILE);
        let (name, properties, _) = as_github(error.as_line());
        assert_eq!(name, "error");
        assert_eq!(properties.len(), 1, "{properties:?}");
        let issue = PipelineCommand::azure("task.logissue", &[("code", HOSTILE)], HOSTILE);
        let (info, _) = issue.as_line().split_once(']').unwrap();
        let pairs = info.split_once(' ').unwrap().1;
        assert_eq!(pairs.matches(';').count(), 1, "{pairs}");
    }

    #[test]
    fn long_text_is_cut() {
        let long = "x".repeat(3 * TEXT_MAX);
        let command = PipelineCommand::github("error", &[], &long);
        assert!(command.as_line().chars().count() < TEXT_MAX + 100);
    }
}
