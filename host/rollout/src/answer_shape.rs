//! How what a gate answered is written in JSON: the verdict with its reasons, or why there is none. The functions are for
//! `#[serde(with = …)]` on a `Result<Report, GateFailure>`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::verdict::{GateAnswer, GateFailure, Measurement, Report, Verdict};

/// What a gate answered, or why it could not: it has either a `verdict` with a `reason`, or a `failure`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AnswerShape {
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<Word>,
    /// Milliseconds before which a gate that holds is not asked again; absent for the plan's check interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ask_again_ms: Option<u32>,
    /// The summary of a pass, or the reason of a fail or hold: one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The numbers behind the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measurements: Vec<Measurement>,
    /// Bytes that the gate receives again at its next call, as base64.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "crate::base64_text"
    )]
    #[schemars(with = "String")]
    state: Vec<u8>,
    /// Why the gate could not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<GateFailure>,
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Pass,
    Fail,
    Hold,
}

impl From<Report> for AnswerShape {
    fn from(report: Report) -> AnswerShape {
        let (word, ask_again_ms) = match report.verdict {
            Verdict::Pass => (Word::Pass, None),
            Verdict::Fail => (Word::Fail, None),
            Verdict::Hold { ask_again_ms } => (Word::Hold, ask_again_ms),
        };
        AnswerShape {
            verdict: Some(word),
            ask_again_ms,
            reason: Some(report.reason),
            measurements: report.measurements,
            state: report.state,
            failure: None,
        }
    }
}

impl From<Result<Report, GateFailure>> for AnswerShape {
    fn from(result: Result<Report, GateFailure>) -> AnswerShape {
        match result {
            Ok(report) => report.into(),
            Err(failure) => AnswerShape {
                failure: Some(failure),
                ..AnswerShape::default()
            },
        }
    }
}

impl TryFrom<AnswerShape> for Result<Report, GateFailure> {
    type Error = &'static str;

    fn try_from(shape: AnswerShape) -> Result<Result<Report, GateFailure>, &'static str> {
        let word = match (shape.verdict, shape.failure) {
            (None, Some(failure)) => return Ok(Err(failure)),
            (Some(word), None) => word,
            (None, None) => {
                return Err("an answer has a verdict or a failure, and this has neither");
            }
            (Some(_), Some(_)) => {
                return Err("an answer has a verdict or a failure, and this has both");
            }
        };
        Ok(Ok(Report {
            verdict: match word {
                Word::Pass => Verdict::Pass,
                Word::Fail => Verdict::Fail,
                Word::Hold => Verdict::Hold {
                    ask_again_ms: shape.ask_again_ms,
                },
            },
            reason: shape.reason.ok_or("a verdict has a reason")?,
            measurements: shape.measurements,
            state: shape.state,
        }))
    }
}

impl TryFrom<AnswerShape> for Report {
    type Error = &'static str;

    fn try_from(shape: AnswerShape) -> Result<Report, &'static str> {
        match Result::<Report, GateFailure>::try_from(shape)? {
            Ok(report) => Ok(report),
            Err(_) => Err("a report has a verdict, and this has a failure"),
        }
    }
}

/// What one gate answered, or why it could not.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct OfGate {
    /// The gate's name in the configuration.
    gate: String,
    #[serde(flatten)]
    result: AnswerShape,
    /// How long the call took, in milliseconds.
    took_ms: u64,
}

impl Serialize for GateAnswer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let of_gate = OfGate {
            gate: self.gate.clone(),
            result: self.result.clone().into(),
            took_ms: self.took_ms,
        };
        of_gate.serialize(to)
    }
}

impl<'de> Deserialize<'de> for GateAnswer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<GateAnswer, D::Error> {
        let of_gate = OfGate::deserialize(from)?;
        Ok(GateAnswer {
            gate: of_gate.gate,
            result: of_gate.result.try_into().map_err(D::Error::custom)?,
            took_ms: of_gate.took_ms,
        })
    }
}

impl JsonSchema for GateAnswer {
    fn schema_name() -> Cow<'static, str> {
        "GateAnswer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        OfGate::json_schema(generator)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        AnswerShape::from(self.clone()).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Report, D::Error> {
        AnswerShape::deserialize(from)?
            .try_into()
            .map_err(D::Error::custom)
    }
}

/// Serialises what a gate answered.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(
    result: &Result<Report, GateFailure>,
    to: S,
) -> Result<S::Ok, S::Error> {
    AnswerShape::from(result.clone()).serialize(to)
}

/// Deserialises what a gate answered.
///
/// # Errors
/// When the value is not of this shape, or has neither a verdict nor a failure, or both.
pub fn deserialize<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Result<Report, GateFailure>, D::Error> {
    AnswerShape::deserialize(from)?
        .try_into()
        .map_err(D::Error::custom)
}
