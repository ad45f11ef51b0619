//! The app's traffic as the code of its infrastructure has it, to be pasted there. Reads nothing.

use rollout::{Share, Traffic, TrafficTarget, Weight};

use crate::cli::CodeLanguage;

/// Returns the traffic of an app in a language, without a last line break. What has neither weight nor a label is left out: it
/// is nothing to keep.
pub(super) fn code(language: CodeLanguage, app: &str, traffic: &Traffic) -> String {
    let is_kept = |share: &&Share| share.weight > Weight::ZERO || share.label.is_some();
    let shares = traffic.0.iter().filter(is_kept);
    match language {
        CodeLanguage::Terraform => {
            let blocks: Vec<String> = shares.map(|share| terraform(app, share)).collect();
            blocks.join("\n")
        }
        CodeLanguage::Bicep => {
            let entries: String = shares.map(bicep).collect();
            format!("traffic: [\n{entries}]")
        }
    }
}

/// Returns a block of Terraform
/// (<https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/container_app#traffic_weight-1>).
fn terraform(app: &str, share: &Share) -> String {
    let mut lines = vec![match &share.target {
        TrafficTarget::LatestReady => "  latest_revision = true".to_owned(),
        TrafficTarget::Revision(name) => {
            // A suffix is what a revision's name has after the app's; a name of another form has none.
            let suffix = name
                .strip_prefix(app)
                .and_then(|name| name.strip_prefix("--"));
            format!("  revision_suffix = {}", hcl(suffix.unwrap_or(name)))
        }
    }];
    lines.push(format!("  percentage      = {}", share.weight.per_cent()));
    if let Some(label) = &share.label {
        lines.push(format!("  label           = {}", hcl(label)));
    }
    format!("traffic_weight {{\n{}\n}}", lines.join("\n"))
}

/// Returns an entry of the array in Bicep
/// (<https://learn.microsoft.com/en-us/azure/templates/microsoft.app/containerapps#trafficweight>).
fn bicep(share: &Share) -> String {
    let mut lines = vec![match &share.target {
        TrafficTarget::LatestReady => "    latestRevision: true".to_owned(),
        TrafficTarget::Revision(name) => format!("    revisionName: {}", bicep_string(name)),
    }];
    lines.push(format!("    weight: {}", share.weight.per_cent()));
    if let Some(label) = &share.label {
        lines.push(format!("    label: {}", bicep_string(label)));
    }
    format!("  {{\n{}\n  }}\n", lines.join("\n"))
}

/// Returns a string of HCL (<https://developer.hashicorp.com/terraform/language/expressions/strings>).
fn hcl(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

/// Returns a string of Bicep
/// (<https://learn.microsoft.com/en-us/azure/azure-resource-manager/bicep/data-types#strings>).
fn bicep_string(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{}'", text.replace("${", "\\${"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(target: TrafficTarget, per_cent: u32, label: Option<&str>) -> Share {
        Share {
            target,
            weight: Weight::new(per_cent).unwrap(),
            label: label.map(str::to_owned),
        }
    }

    fn traffic() -> Traffic {
        let revision = |name: &str| TrafficTarget::Revision(name.to_owned());
        Traffic(vec![
            share(revision("shop--v2"), 75, Some("production")),
            share(revision("shop--v1"), 20, None),
            share(TrafficTarget::LatestReady, 5, None),
            share(revision("shop--v0"), 0, None),
            share(revision("cart--v1"), 0, Some("a\"'${b}%{c}\\")),
        ])
    }

    #[test]
    fn traffic_is_blocks_of_terraform() {
        insta::assert_snapshot!(code(CodeLanguage::Terraform, "shop", &traffic()));
    }

    #[test]
    fn traffic_is_an_array_of_bicep() {
        insta::assert_snapshot!(code(CodeLanguage::Bicep, "shop", &traffic()));
    }
}
