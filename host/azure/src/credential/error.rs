//! Why there is no token. No message quotes a secret, or an answer that may contain one.

use super::token::DEFAULT_TOKEN_VARIABLE;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The variable is missing or empty.
    #[error(
        "environment variable {name} is not set; set it to the output of `az account \
         get-access-token --resource https://management.azure.com/ --query accessToken --output \
         tsv`"
    )]
    NotSet {
        /// The variable.
        name: String,
    },
    /// The variable holds something that cannot be a token.
    #[error(
        "environment variable {name} does not hold a bearer token: it has spaces, line breaks or \
         characters beyond ASCII; set it to the bare token without `Bearer` and without quotes"
    )]
    NotAToken {
        /// The variable.
        name: String,
    },
    /// The program was not found.
    #[error(
        "{program} is not installed or not on PATH; install the Azure command line and run \
         `az login`, or set {DEFAULT_TOKEN_VARIABLE} to a token"
    )]
    AzAbsent {
        /// The program that was looked for.
        program: String,
    },
    /// The program runs, but it has no login or the login has expired.
    #[error("az is not logged in ({detail}); run `az login`")]
    AzLoggedOut {
        /// The first line that it printed to stderr.
        detail: String,
    },
    /// The program failed in another way, or did not end in time.
    #[error("az could not get a token: {detail}; run `az account get-access-token` to see why")]
    AzFailed {
        /// The first line that it printed to stderr.
        detail: String,
    },
    /// A variable that the credential needs is missing or empty.
    #[error("the {credential} credential needs {variable}, which is not set; {cure}")]
    Incomplete {
        /// The credential's name in the configuration.
        credential: &'static str,
        /// The variable.
        variable: &'static str,
        /// What to do about it, as the end of the sentence.
        cure: &'static str,
    },
    /// A file cannot be read, or its content is not what the credential needs.
    #[error("{path}, which {variable} names, cannot be used: {reason}")]
    File {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The service that issues tokens or assertions refused, or did not answer.
    #[error("the {credential} credential got no token: {reason}{}", hint(reason))]
    Denied {
        /// The credential's name in the configuration.
        credential: &'static str,
        /// What the service answered, in one line.
        reason: String,
    },
    /// The credential is a token that somebody else has fetched, or none.
    #[error(
        "there is no token for {scope}: {source_of_tokens}; let lockgate sign in itself: name a credential in azure.credential"
    )]
    OneScope {
        /// The scope that is asked for.
        scope: String,
        /// What the configuration names, as a part of the sentence.
        source_of_tokens: String,
    },
    /// No credential has this name.
    #[error("there is no credential {name:?}; choose one of {known}")]
    Unknown {
        /// The name in the configuration.
        name: String,
        /// The names that exist, separated by commas.
        known: String,
    },
}

/// Returns what to do about the common refusals of Entra.
fn hint(reason: &str) -> &'static str {
    let hints = [
        (
            "AADSTS700024",
            "; the assertion is too old: let lockgate fetch a fresh one each time (in GitHub Actions \
             `id-token: write`) instead of logging in once",
        ),
        (
            "AADSTS70021",
            "; no federated credential of the application matches this job's subject: compare \
             repository, branch, tag or environment",
        ),
        (
            "AADSTS700212",
            "; no federated credential of the application accepts this assertion's audience: set the \
             audience to api://AzureADTokenExchange",
        ),
        (
            "AADSTS700213",
            "; no federated credential of the application matches this job's subject: compare \
             repository, branch, tag or environment",
        ),
        ("AADSTS7000215", "; the client secret is wrong"),
        ("AADSTS7000222", "; the client secret has expired"),
        (
            "AADSTS700027",
            "; the certificate is not one of the application's",
        ),
        (
            "AADSTS700016",
            "; AZURE_CLIENT_ID is not an application of this tenant",
        ),
        ("AADSTS90002", "; AZURE_TENANT_ID is not a tenant"),
        (
            "AADSTS500011",
            "; the tenant does not know the service: compare the scope, and where it is right, let an administrator add the \
             service's application to the tenant",
        ),
        (
            "AADSTS65001",
            "; the login may not use the service: let it consent (`az login --scope SCOPE/.default`), or use another credential",
        ),
        (
            "AADSTS501051",
            "; the service only takes identities that an administrator has assigned to it",
        ),
    ];
    let whole = |code: &str| {
        let after = reason.find(code).map(|at| &reason[at + code.len()..]);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
    };
    let found = hints.iter().find(|(code, _)| whole(code));
    found.map_or("", |(_, hint)| hint)
}
