//! How a component describes its routes for `openapi.json`. Native only: no component carries it.
//!
//! Each component has a function `describe() -> Description` (mostly in files `describe.rs`, beside the routes they tell
//! of); a generator puts all of them together. So a route is described where it is built, by the rules that read it:
//!
//! ```
//! use edgewire_contract::fault::FaultCode;
//! use edgewire_contract::token::Capability;
//! use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
//! use serde_json::json;
//!
//! let schema = json!({"type": "object", "required": ["invite"], "properties": {"invite": {"type": "string"}}});
//! let joined = json!({"type": "object", "properties": {"groupJid": {"$ref": "#/components/schemas/Group"}}});
//! let join = Operation::new("POST", "/api/v1/sessions/{session}/groups/join", "joinGroup")
//!     .tagged("Groups")
//!     .summed_up("Join a group")
//!     .told("By the code of an invite link, or the link.")
//!     .needs(&[Capability::Send])
//!     .parameter(Parameter::session())
//!     .body(Body::json(schema).example("code", json!({"invite": "AbC"})))
//!     .answer(Answer::json(200, "Joined.", joined, json!({"groupJid": "1@g.us"})))
//!     .fails(&[FaultCode::NotImplemented, FaultCode::Timeout]);
//! // What follows from the rest need not be said: a token, a body, a path with a name in it.
//! assert!(join.faults().contains(&FaultCode::Unauthorized));
//! assert_eq!(Description::of(vec![join]).mistakes::<()>(&[]), Vec::<String>::new());
//! ```
//!
//! * this file: the types; [`shared`]: the schemas that the rules of `edgewire_contract::shape` refer to; [`stored`]: that
//!   of a message that is kept; [`paged`]: lists in pages;
//! * [`mistakes`]: what a component's test holds its description against; [`valid`]: values against schemas.

pub mod mistakes;
pub mod paged;
pub mod shared;
pub mod stored;
pub mod valid;

use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use serde_json::{Value, json};

use crate::render::Family;

/// What a component can do, told.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// Its operations, in the order in which a reader meets them.
    pub operations: Vec<Operation>,
    /// Schemas that they refer to as `#/components/schemas/<name>`, besides those of [`shared`].
    pub schemas: Vec<(String, Value)>,
}

impl Description {
    /// Of operations whose schemas stand in them.
    pub fn of(operations: Vec<Operation>) -> Self {
        Self { operations, schemas: Vec::new() }
    }

    /// Adds a schema that operations refer to.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>, schema: Value) -> Self {
        self.schemas.push((name.into(), schema));
        self
    }
}

/// One operation: a method of a path. A route whose last part names one of several things (`/messages/{kind}`) may be
/// told as several operations, each with its own path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Upper case.
    pub method: &'static str,
    /// `/api/v1/sessions/{session}/messages/text`.
    pub path: String,
    /// Its name in generated clients, unlike any other: `sendText`.
    pub id: String,
    /// The chapter that it stands in: `Messages`.
    pub tag: &'static str,
    /// A few words.
    pub summary: String,
    /// All that one must know, Markdown. The capability is told from [`Self::capabilities`].
    pub description: String,
    /// Whose envelope its errors come in.
    pub family: Family,
    /// One of these is needed; without any, no token is.
    pub capabilities: &'static [Capability],
    /// Whether it takes a token of the deployment, too.
    pub deployment: bool,
    /// Everything but the body.
    pub parameters: Vec<Parameter>,
    /// The body, where it takes one.
    pub body: Option<Body>,
    /// How it succeeds.
    pub answers: Vec<Answer>,
    /// How it fails, besides what follows from the rest: see [`Self::faults`].
    pub fails: Vec<FaultCode>,
}

impl Operation {
    /// An operation of the Sessions API that needs no token, takes nothing and gives nothing.
    pub fn new(method: &'static str, path: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            id: id.into(),
            tag: "",
            summary: String::new(),
            description: String::new(),
            family: Family::Sessions,
            capabilities: &[],
            deployment: false,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            fails: Vec::new(),
        }
    }

    /// Sets the chapter.
    #[must_use]
    pub fn tagged(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Sets the few words.
    #[must_use]
    pub fn summed_up(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn told(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the envelope of its errors.
    #[must_use]
    pub fn of_family(mut self, family: Family) -> Self {
        self.family = family;
        self
    }

    /// One of these capabilities is needed.
    #[must_use]
    pub fn needs(mut self, any_of: &'static [Capability]) -> Self {
        self.capabilities = any_of;
        self
    }

    /// A token of the deployment is needed.
    #[must_use]
    pub fn of_deployment(mut self) -> Self {
        self.deployment = true;
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a success.
    #[must_use]
    pub fn answer(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Adds failures.
    #[must_use]
    pub fn fails(mut self, codes: &[FaultCode]) -> Self {
        self.fails.extend_from_slice(codes);
        self
    }

    /// Every way to fail, in the order of [`FaultCode::ALL`]: those said, and those that follow. Redis may always be away;
    /// a token may be bad or lack the capability; a name in the path may name nothing; a body, a query and a header may
    /// be invalid, and a body too large.
    pub fn faults(&self) -> Vec<FaultCode> {
        let takes = |place: Place| self.parameters.iter().any(|p| p.place == place);
        let follows = |code: FaultCode| match code {
            FaultCode::ValidationError => self.body.is_some() || takes(Place::Query) || takes(Place::Header),
            FaultCode::Unauthorized | FaultCode::Forbidden | FaultCode::GatewayUnavailable => {
                !self.capabilities.is_empty()
            }
            FaultCode::NotFound => self.path.contains('{'),
            FaultCode::PayloadTooLarge => self.body.is_some(),
            _ => false,
        };
        FaultCode::ALL.into_iter().filter(|code| self.fails.contains(code) || follows(*code)).collect()
    }
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path; always required.
    Path,
    /// In the query.
    Query,
    /// Among the headers.
    Header,
}

impl Place {
    /// As OpenAPI's `in` names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// Something that a request says outside its body.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub description: String,
    /// Its JSON schema.
    pub schema: Value,
    /// One that works.
    pub example: Option<Value>,
}

impl Parameter {
    /// A part of the path.
    pub fn path(name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        Self {
            name,
            place: Place::Path,
            required: true,
            description: description.into(),
            schema,
            example: None,
        }
    }

    /// A parameter of the query, which may be left out.
    pub fn query(name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        Self { place: Place::Query, required: false, ..Self::path(name, description, schema) }
    }

    /// A header, which may be left out.
    pub fn header(name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        Self { place: Place::Header, required: false, ..Self::path(name, description, schema) }
    }

    /// Adds one that works.
    #[must_use]
    pub fn such_as(mut self, example: impl Into<Value>) -> Self {
        self.example = Some(example.into());
        self
    }

    /// `{session}`.
    pub fn session() -> Self {
        let schema = json!({"$ref": "#/components/schemas/SessionId"});
        Self::path("session", "The session.", schema).such_as("main")
    }

    /// `?async`, of sends.
    pub fn asynchronous() -> Self {
        let description = "`true`: answer 202 as soon as the message is queued; the event `message.status` tells the rest. `false`: answer when WhatsApp has acknowledged the message.";
        Self::query("async", description, json!({"type": "boolean", "default": false}))
    }

    /// `Idempotency-Key`, of sends.
    pub fn idempotency_key() -> Self {
        let description = "The same request under the same key, within 24 hours and your organization, gives the first one's result and is not carried out again; another request under the key is a 409.";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
        Self::header("Idempotency-Key", description, schema).such_as("5f0c7d1e-order-1001")
    }
}

/// A body of one media type.
#[derive(Debug, Clone)]
pub struct Content {
    /// `application/json`.
    pub media_type: &'static str,
    /// Its JSON schema; of bytes `{}`.
    pub schema: Value,
    /// Whole bodies that work, by name. A single one is called `example`.
    pub examples: Vec<(String, Value)>,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub struct Body {
    /// Whether it must be there.
    pub required: bool,
    /// Its forms.
    pub content: Vec<Content>,
}

impl Body {
    /// A body of that media type, which must be there.
    pub fn of(media_type: &'static str, schema: Value) -> Self {
        Self { required: true, content: vec![Content { media_type, schema, examples: Vec::new() }] }
    }

    /// JSON, which must be there.
    pub fn json(schema: Value) -> Self {
        Self::of("application/json", schema)
    }

    /// Adds another form of it.
    #[must_use]
    pub fn or(mut self, media_type: &'static str, schema: Value) -> Self {
        self.content.push(Content { media_type, schema, examples: Vec::new() });
        self
    }

    /// Adds an example of the form that was named last.
    #[must_use]
    pub fn example(mut self, name: impl Into<String>, example: Value) -> Self {
        if let Some(content) = self.content.last_mut() {
            content.examples.push((name.into(), example));
        }
        self
    }

    /// It may be left out.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// A success.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// When it is given, and what it means.
    pub description: String,
    /// Headers besides `X-Request-Id`: name and description.
    pub headers: Vec<(&'static str, String)>,
    /// Its body; none for an empty one.
    pub content: Option<Content>,
}

impl Answer {
    /// Without a body.
    pub fn empty(status: u16, description: impl Into<String>) -> Self {
        Self { status, description: description.into(), headers: Vec::new(), content: None }
    }

    /// Of a media type: a picture, a stream.
    pub fn of(status: u16, description: impl Into<String>, media_type: &'static str, schema: Value) -> Self {
        let content = Content { media_type, schema, examples: Vec::new() };
        Self { content: Some(content), ..Self::empty(status, description) }
    }

    /// JSON.
    pub fn json(status: u16, description: impl Into<String>, schema: Value, example: Value) -> Self {
        let examples = vec![("example".into(), example)];
        let content = Content { media_type: "application/json", schema, examples };
        Self { content: Some(content), ..Self::empty(status, description) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, description: impl Into<String>) -> Self {
        self.headers.push((name, description.into()));
        self
    }
}
