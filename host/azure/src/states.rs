//! The platform's words for the state of things.
//!
//! The live service returns words that its own description does not list, and in any case, so each
//! type has an arm for the rest. A word that nobody knows must never be taken for a good one.

use std::fmt;

use serde::Deserialize;

/// Makes an enum that parses its words in any case and keeps the words it does not know.
macro_rules! states {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $($word:literal)|+,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(from = "String")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A word that lockgate does not know, as the platform wrote it.
            Other(String),
        }

        impl From<String> for $name {
            fn from(text: String) -> $name {
                $($(if text.eq_ignore_ascii_case($word) {
                    return $name::$variant;
                })+)+
                $name::Other(text)
            }
        }

        /// What the platform does not say at all.
        impl Default for $name {
            fn default() -> $name {
                $name::Other("not given".to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($name::$variant => f.write_str(stringify!($variant)),)+
                    $name::Other(text) => f.write_str(text),
                }
            }
        }
    };
}

states! {
    /// How many revisions of an app may be active at a time.
    Mode {
        /// One: traffic cannot be split.
        Single = "Single",
        /// Several: what a canary needs.
        Multiple = "Multiple",
    }
}

states! {
    /// What the control plane is doing with an app.
    Provisioning {
        /// Done.
        Succeeded = "Succeeded",
        /// A write is being applied.
        InProgress = "InProgress",
        /// The last write failed.
        Failed = "Failed",
        /// The last write was canceled.
        Canceled = "Canceled" | "Cancelled",
        /// Going away.
        Deleting = "Deleting",
    }
}

impl Provisioning {
    /// Returns whether no write is being applied. An unknown word counts as busy.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Provisioning::Succeeded | Provisioning::Failed | Provisioning::Canceled
        )
    }
}

states! {
    /// What the health probes of a revision say.
    Health {
        /// They pass.
        Healthy = "Healthy",
        /// They do not.
        Unhealthy = "Unhealthy",
        /// There are none, or none has run.
        None = "None",
    }
}

states! {
    /// What the control plane is doing with a revision.
    RevisionProvisioning {
        /// It is being set up.
        Provisioning = "Provisioning",
        /// It is set up.
        Provisioned = "Provisioned",
        /// It cannot be set up.
        Failed = "Failed",
        /// It is being taken down.
        Deprovisioning = "Deprovisioning",
        /// It is taken down.
        Deprovisioned = "Deprovisioned",
    }
}

states! {
    /// What a revision's replicas do.
    Running {
        /// They run.
        Running = "Running",
        /// They run, as many as may. Not in the published list, but common with few replicas.
        RunningAtMaxScale = "RunningAtMaxScale" | "Running (at max)",
        /// They start.
        Processing = "Processing" | "Activating",
        /// None runs.
        Stopped = "Stopped",
        /// Some do not run.
        Degraded = "Degraded",
        /// None runs, and none will.
        Failed = "Failed" | "ActivationFailed" | "Activation failed",
        /// None is needed now.
        ScaledToZero = "ScaledToZero" | "Scale to 0" | "Scaled to 0",
    }
}
