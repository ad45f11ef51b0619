//! The platform's words for the states of apps and revisions.
//!
//! The live service returns words that its API description does not list, in upper and lower case, so each type
//! has a variant for unknown words. An unknown word never counts as a good state.

use std::fmt;

use serde::Deserialize;

/// Defines an enum that parses its words in any case and keeps unknown words.
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

        /// The state when the platform names none.
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
        /// One, so traffic cannot be split.
        Single = "Single",
        /// Several, as a canary needs.
        Multiple = "Multiple",
    }
}

states! {
    /// What the control plane is doing with an app.
    Provisioning {
        /// No write is being applied, and the last one succeeded.
        Succeeded = "Succeeded",
        /// A write is being applied.
        InProgress = "InProgress",
        /// The last write failed.
        Failed = "Failed",
        /// The last write was canceled.
        Canceled = "Canceled" | "Cancelled",
        /// The app is being deleted.
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
        /// They fail.
        Unhealthy = "Unhealthy",
        /// There are no probes, or none has run.
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
    /// The state of a revision's replicas.
    Running {
        /// They run.
        Running = "Running",
        /// They run, as many as the scale allows. Not in the published list, but common with few replicas.
        RunningAtMaxScale = "RunningAtMaxScale" | "Running (at max)",
        /// They start.
        Processing = "Processing" | "Activating",
        /// None runs.
        Stopped = "Stopped",
        /// Some do not run.
        Degraded = "Degraded",
        /// None runs, and none will start.
        Failed = "Failed" | "ActivationFailed" | "Activation failed",
        /// None is needed now.
        ScaledToZero = "ScaledToZero" | "Scale to 0" | "Scaled to 0",
    }
}
