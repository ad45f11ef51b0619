//! All apps of a resource group, and which of them carry a run's lease.
//!
//! One list, read once, decides nothing: for whoever cleans up after processes that are gone.

use rollout::Lease;

use crate::arm::{ArmError, Connection, Subject};
use crate::endpoint::{AppId, EndpointError};
use crate::tags::{self, TagError};
use crate::wire;

/// A resource group.
#[derive(Debug)]
pub struct Group {
    connection: Connection,
    place: AppId,
}

/// An app of the group.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// lockgate's lease, `None` without one; an error when its tags are damaged.
    pub lease: Result<Option<Lease>, TagError>,
}

impl Group {
    /// Prepares access to a resource group of a subscription (a GUID). Nothing is sent.
    ///
    /// # Errors
    /// [`EndpointError::Name`] for a part that could not be a path segment of a URL.
    pub fn new(
        connection: Connection,
        subscription: &str,
        resource_group: &str,
    ) -> Result<Group, EndpointError> {
        let place = AppId::group(subscription, resource_group)?;
        Ok(Group { connection, place })
    }

    /// Reads the apps, sorted by name. Writes nothing.
    ///
    /// # Errors
    /// When a page of the list cannot be read after its retries.
    pub async fn apps(&self) -> Result<Vec<Listed>, ArmError> {
        let call = self.connection.call(&self.place, &[], Subject::Apps);
        let apps: Vec<wire::App> = self.connection.read_all(call).await?;
        let mut listed: Vec<Listed> = apps
            .into_iter()
            .map(|app| Listed {
                lease: tags::decode(&app.tags.unwrap_or_default()),
                name: app.name,
            })
            .collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::Credential;
    use crate::scripted::{Server, patient, reply};

    #[tokio::test]
    async fn list_tells_which_apps_carry_a_lease() {
        let server = Server::start(|request| {
            let recorded = json!({
                "lockgate-run": "run-1", "lockgate-epoch": "1", "lockgate-holder": "run-1",
                "lockgate-stable": "web--a", "lockgate-canary": "web--b",
                "lockgate-stage": "0/10", "lockgate-mark": "running", "lockgate-deadline": "7",
                "lockgate-baseline-0": "web--a=100;"});
            let path = "/resourceGroups/shop/providers/Microsoft.App/containerApps";
            match request.is("GET", path) && !request.target.contains("page=2") {
                true => reply(
                    200,
                    &json!({
                        "value": [{"name": "web", "tags": recorded}, {"name": "plain"}],
                        "nextLink": format!("{}{path}?page=2", request.base()),
                    }),
                ),
                false => reply(
                    200,
                    &json!({"value": [{"name": "odd", "tags": {"lockgate-run": "run-2"}}]}),
                ),
            }
        })
        .await;
        let connection = server.connection_with(Credential::Anonymous, patient());
        let group = Group::new(connection, "sub", "shop").unwrap();
        let apps = group.apps().await.unwrap();
        let names: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
        assert_eq!(names, ["odd", "plain", "web"]);
        assert!(apps[0].lease.is_err());
        assert_eq!(apps[1].lease, Ok(None));
        let lease = apps[2].lease.clone().unwrap().unwrap();
        assert_eq!((lease.run.as_str(), lease.expires_at), ("run-1", 7));
    }
}
