//! All apps of a resource group, and which of them carry the lease of a run.
//!
//! For `lockgate recover` of a whole group. Reads one list and decides nothing.

use rollout::Lease;

use crate::arm::{ArmError, Connection, Subject};
use crate::endpoint::{AppId, EndpointError};
use crate::tags::{self, TagError};
use crate::wire;

/// A resource group.
#[derive(Debug)]
pub struct Group {
    connection: Connection,
    id: AppId,
}

/// An app in the list of a group.
#[derive(Debug, Clone)]
pub struct ListedApp {
    /// Its name.
    pub name: String,
    /// The lease on the app; `None` without one, an error when its tags are damaged.
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
        let id = AppId::group(subscription, resource_group)?;
        Ok(Group { connection, id })
    }

    /// Returns the seconds since 1970 on the service's clock, as its answers have shown it.
    pub fn unix_seconds(&self) -> u64 {
        self.connection.unix_seconds()
    }

    /// Reads the apps, sorted by name. Writes nothing.
    ///
    /// # Errors
    /// When a page of the list cannot be read after its retries.
    pub async fn apps(&self) -> Result<Vec<ListedApp>, ArmError> {
        let call = self.connection.call(&self.id, &[], Subject::Apps);
        let apps: Vec<wire::App> = self.connection.read_all(call).await?;
        let mut listed: Vec<ListedApp> = apps
            .into_iter()
            .map(|app| ListedApp {
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
    use crate::scripted::{ScriptedServer, long_budgets, reply};

    #[tokio::test]
    async fn list_shows_which_apps_carry_a_lease() {
        let server = ScriptedServer::start(|request| {
            let tags = json!({
                "lockgate-lease": "1/running", "lockgate-run": "run-1", "lockgate-holder": "1/run-1",
                "lockgate-since": "1/2", "lockgate-expires": "7", "lockgate-stages": "10,100",
                "lockgate-stable": "web--a", "lockgate-canary": "web--b", "lockgate-stage": "0/10",
                "lockgate-baseline-0": "web--a=100;"});
            let path = "/resourceGroups/shop/providers/Microsoft.App/containerApps";
            if request.target.contains("page=2") {
                let damaged = json!({"name": "odd", "tags": {"lockgate-run": "run-2"}});
                return reply(200, &json!({"value": [damaged]}));
            }
            assert!(request.is("GET", path), "{}", request.target);
            let link = format!("{}{path}?page=2", request.base());
            let apps = json!([{"name": "web", "tags": tags}, {"name": "plain"}]);
            reply(200, &json!({"value": apps, "nextLink": link}))
        })
        .await;
        let connection = server.connection_with(Credential::Anonymous, long_budgets());
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
