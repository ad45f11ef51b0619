//! Why the control plane refuses a call, in ARM's form: a status, a code and a message.
//! Codes and statuses are those of the real service where they are known. For invalid traffic no
//! code has been recorded, so clients must not depend on the code used here.

use serde_json::{Value, json};

/// A refused call, which changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: String) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message,
        }
    }

    pub(crate) fn invalid_traffic(message: String) -> Self {
        Self::new(400, "ContainerAppInvalidTraffic", message)
    }

    pub(crate) fn suffix_exists(suffix: &str) -> Self {
        let message = format!(
            "The following field(s) are either invalid or missing. Field \
             'template.revisionsuffix' is invalid with details: 'Invalid value: \"{suffix}\": \
             revision with suffix {suffix} already exists.';."
        );
        Self::new(400, "ContainerAppInvalidRevisionSuffix", message)
    }

    pub(crate) fn busy(app: &str, operation: &str) -> Self {
        let message = format!(
            "Cannot modify a container app '{app}' because there is an active provisioning \
             operation in progress. OperationId: '{operation}'"
        );
        Self::new(409, "ContainerAppOperationInProgress", message)
    }

    pub(crate) fn no_app(resource_group: &str, name: &str) -> Self {
        let message = format!(
            "The Resource 'Microsoft.App/containerApps/{name}' under resource group \
             '{resource_group}' was not found. For more details please go to \
             https://aka.ms/ARMResourceNotFoundFix"
        );
        Self::new(404, "ResourceNotFound", message)
    }

    pub(crate) fn no_revision(app: &str, revision: &str) -> Self {
        let message = format!("The revision '{revision}' of container app '{app}' was not found.");
        Self::new(404, "ResourceNotFound", message)
    }

    /// Returns the body in ARM's usual envelope.
    pub(crate) fn body(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message}})
    }

    /// Returns the body without the envelope, as some paths of the real service send it.
    pub(crate) fn flat_body(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}

/// Returns the code that ARM usually sends with a status.
pub(crate) fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "ExpiredAuthenticationToken",
        403 => "AuthorizationFailed",
        404 => "ResourceNotFound",
        409 => "ContainerAppOperationInProgress",
        429 => "TooManyRequests",
        502 => "BadGatewayConnection",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "InternalServerError",
    }
}
