//! Deactivates the revision that a promotion has replaced.
//!
//! The platform deactivates any revision on request, even one with traffic or the last active one. This file does
//! neither: it reads the app first, and the revision afterwards.

use rollout::TrafficTarget;

use crate::app::App;
use crate::arm::{ArmError, Subject};
use crate::wire;

/// What became of a revision that was to be deactivated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// It is no longer active.
    Done,
    /// Nothing was written, or it is still active; with the reason.
    Kept(String),
}

impl App {
    /// Deactivates a revision without traffic and without a label, if another active revision carries all traffic
    /// and no run holds the lease.
    ///
    /// # Errors
    /// When the app cannot be read or the platform refuses. After an error of the request to deactivate, the
    /// revision may be inactive.
    pub async fn retire(&self, revision: &str) -> Result<Retired, ArmError> {
        let status = self.describe().await?;
        let keep = |why: String| Ok(Retired::Kept(format!("{revision} {why}")));
        if !matches!(status.lease, Ok(None)) {
            return keep("is kept: a run holds the lease".to_owned());
        }
        match status.revision(revision) {
            None => return keep("no longer exists".to_owned()),
            Some(found) if !found.active => return Ok(Retired::Done),
            Some(found) if found.weight > 0 => {
                return keep(format!("is kept: it carries {} %", found.weight));
            }
            Some(_) => {}
        }
        let names =
            |target: &TrafficTarget| *target == TrafficTarget::Revision(revision.to_owned());
        let labelled = status
            .traffic
            .0
            .iter()
            .find(|share| names(&share.target) && share.label.is_some());
        if let Some(label) = labelled.and_then(|share| share.label.as_ref()) {
            return keep(format!("is kept: it has the label {label}"));
        }
        let carried: u32 = status
            .revisions
            .iter()
            .filter(|other| other.active && other.name != revision)
            .map(|other| other.weight)
            .sum();
        if carried != 100 {
            return keep(format!(
                "is kept: the other active revisions carry {carried} %, not all traffic"
            ));
        }
        self.deactivate(revision).await?;
        let subject = Subject::Revision(revision.to_owned());
        let call = self
            .connection
            .call(&self.id, &["revisions", revision], subject);
        let after: wire::Revision = self.connection.read(&call).await?;
        match after.properties.active {
            Some(true) => keep("is still active after it was deactivated".to_owned()),
            _ => Ok(Retired::Done),
        }
    }

    async fn deactivate(&self, revision: &str) -> Result<(), ArmError> {
        let below = ["revisions", revision, "deactivate"];
        let subject = Subject::Deactivation(revision.to_owned());
        let call = self.connection.call(&self.id, &below, subject);
        self.connection.post(&call).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Selection;
    use crate::credential::Credential;
    use crate::scripted::{ScriptedServer, app_id, long_budgets, reply};

    /// An app whose old revision is `web--a`. Its own document shows it as inactive.
    async fn server(tags: Value, traffic: Value, other_is_active: bool) -> ScriptedServer {
        ScriptedServer::start(move |request| {
            let revision = |name: &str, active: bool| {
                json!({"name": name, "properties": {"active": active, "fqdn": name}})
            };
            if request.is("GET", "/web") {
                let ingress = json!({"fqdn": "web.io", "traffic": traffic});
                return reply(200, &json!({"tags": tags, "properties": {
                    "provisioningState": "Succeeded",
                    "configuration": {"activeRevisionsMode": "Multiple", "ingress": ingress}}}));
            }
            match request.method.as_str() {
                "POST" => reply(200, &json!("Deactivate succeeded")),
                _ if request.is("GET", "/revisions/web--a") => {
                    reply(200, &revision("web--a", false))
                }
                _ => reply(200, &json!({"value": [
                    revision("web--a", true), revision("web--b", other_is_active)]})),
            }
        })
        .await
    }

    async fn retired(server: &ScriptedServer) -> Retired {
        let connection = server.connection_with(Credential::Anonymous, long_budgets());
        let app = App::new(connection, app_id(), Selection::default());
        app.retire("web--a").await.unwrap()
    }

    fn shares(a: u32, b: u32) -> Value {
        json!([{"revisionName": "web--a", "weight": a}, {"revisionName": "web--b", "weight": b}])
    }

    #[tokio::test]
    async fn replaced_revision_is_deactivated() {
        let server = server(json!({}), shares(0, 100), true).await;
        assert_eq!(retired(&server).await, Retired::Done);
        assert_eq!(server.count("POST", "/revisions/web--a/deactivate"), 1);
    }

    #[tokio::test]
    async fn revision_that_is_still_needed_is_kept() {
        let leased = json!({"lockgate-run": "run-1"});
        let labelled = json!([
            {"revisionName": "web--a", "weight": 0, "label": "blue"},
            {"revisionName": "web--b", "weight": 100}]);
        for (tags, traffic, other_is_active, why) in [
            (json!({}), shares(10, 90), true, "10 %"),
            (json!({}), shares(0, 100), false, "not all traffic"),
            (json!({}), labelled, true, "blue"),
            (leased, shares(0, 100), true, "lease"),
        ] {
            let server = server(tags, traffic, other_is_active).await;
            let Retired::Kept(reason) = retired(&server).await else {
                panic!("it was deactivated in spite of {why}");
            };
            assert!(reason.contains(why), "{reason}");
            assert_eq!(server.count("POST", "/deactivate"), 0);
        }
    }
}
