//! What `openapi.json` says of the component's routes.
//!
//! * this file: what they share; [`messages`]: sends, edits, deletions, jobs; [`receipts`]: status,
//!   receipts, history; [`devices`]: devices and their life;
//! * [`shapes`]: the shapes of their answers.

mod devices;
mod messages;
mod receipts;
mod shapes;

use edgewire_contract::fault::FaultCode;
use edgewire_edge::describe::{Answer, Description, Operation, Parameter};
use edgewire_edge::render::Family;
use serde_json::json;

/// A device in the examples.
const DEVICE: &str = "main";
/// A job in the examples.
const JOB: &str = "01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1";
/// When things happen in the examples.
const AT: &str = "2026-06-15T18:30:00Z";

/// All of it.
pub fn describe() -> Description {
    let mut operations = messages::sends();
    operations.extend([messages::edit(), messages::delete(), messages::job(), messages::cancel()]);
    operations.extend(receipts::all());
    operations.extend(devices::all());
    let mut description = Description::of(operations);
    for (name, schema) in shapes::all().into_iter().chain(receipts::shapes()) {
        description = description.schema(name, schema);
    }
    description
}

/// An operation of this family.
fn operation(method: &'static str, path: &'static str, id: &str, tag: &'static str) -> Operation {
    Operation::new(method, path, id).of_family(Family::Device).tagged(tag).fails(&[FaultCode::NotFound])
}

/// `?device_id`.
fn device_id() -> Parameter {
    let about = "The device. Needed where the token has several and the body does not name it.";
    Parameter::query("device_id", about, json!({"$ref": "#/components/schemas/SessionId"})).such_as(DEVICE)
}

/// A success of the shape `name`.
fn answer(status: u16, about: &str, name: &str, example: serde_json::Value) -> Answer {
    Answer::json(status, about, json!({"$ref": format!("#/components/schemas/{name}")}), example)
}
