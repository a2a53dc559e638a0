//! Gathers what is wrong with a request, wherever it is (query, headers, body), so that one answer names all of it.

use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use serde_json::Value;

/// How long a value may be to be shown back.
const SHOWN_VALUE: usize = 64;

/// The bad fields found so far.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldFault>);

impl Checks {
    /// Notes a bad field.
    pub fn note(&mut self, field: &str, message: impl Into<String>, value: &str) {
        let value = (!value.is_empty() && value.len() <= SHOWN_VALUE).then(|| value.into());
        self.0.push(FieldFault { field: field.into(), message: message.into(), value });
    }

    /// Takes over the bad fields of `result`, if that is its fault.
    ///
    /// # Errors
    /// Any fault but 400.
    pub fn take<T>(&mut self, result: Result<T, Fault>) -> Result<Option<T>, Fault> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(mut fault) if fault.code == FaultCode::ValidationError => {
                let Some(Value::Array(fields)) = fault.details.remove("fields") else { return Err(fault) };
                self.0.extend(fields.into_iter().filter_map(field_fault));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Ends the checks.
    ///
    /// # Errors
    /// 400 naming every bad field.
    pub fn finish(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::invalid(&self.0)) }
    }
}

/// One of a fault's `details.fields`.
fn field_fault(value: Value) -> Option<FieldFault> {
    let Value::Object(mut object) = value else { return None };
    let mut text = |name: &str| match object.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    Some(FieldFault { field: text("field")?, message: text("message")?, value: object.remove("value") })
}
