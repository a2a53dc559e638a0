//! A file that comes in, on its way into a blob.

use edgewire_contract::fault::{Fault, FaultCode, FieldFault};
use edgewire_contract::media::{self, BlobRef, MAX_DOCUMENT_BYTES, MediaKind};
use edgewire_edge::Problem;
use edgewire_edge::blob::{self, BlobWriter};
use edgewire_edge::body::Bounded;
use edgewire_edge::bus::Bus;
use edgewire_edge::draft::check_type;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Headers, Incoming};

use crate::multipart::head::boundary;
use crate::multipart::{Event, Head, Malformed, Multipart};
use crate::upload::KINDS;

/// What a form may have beside its file, bytes.
const FORM_ROOM: u64 = 1 << 20;
/// The longest text in a form that is looked at, bytes.
const LONGEST_TEXT: usize = 256;

/// A file that came in.
#[derive(Debug)]
pub struct File {
    /// Its bytes.
    pub blob: BlobRef,
    /// What it is to be sent as.
    pub kind: MediaKind,
    /// The type that its sender says.
    pub mimetype: Option<String>,
}

/// 400: a field is bad.
pub fn bad(field: &str, message: &str) -> Fault {
    Fault::invalid(&[FieldFault { field: field.to_owned(), message: message.to_owned(), value: None }])
}

/// Reads a request's body, a file or a form with one, into `writer`. `kind` is what the query says. After an error, what
/// was written is to be abandoned.
///
/// # Errors
/// 400, 413, 415, 429.
pub async fn read<B: Bus, E: Env, I: Incoming>(
    headers: &Headers,
    body: I,
    kind: Option<MediaKind>,
    writer: &mut BlobWriter<'_, B, E>,
) -> Result<File, Problem> {
    let said = match headers.raw("content-type") {
        None => None,
        Some(_) => {
            let text = headers.get("content-type").map(str::trim).filter(|text| !text.is_empty());
            Some(text.ok_or_else(|| bad("header.Content-Type", NO_TYPE))?)
        }
    };
    match said {
        Some(said) if is_form(said) => {
            let boundary = boundary(said).map_err(|Malformed(why)| bad("header.Content-Type", why))?;
            let limit = kind.map_or(MAX_DOCUMENT_BYTES, MediaKind::max_bytes) + FORM_ROOM;
            form(Bounded::new(headers, body, limit)?, &boundary, kind, writer).await
        }
        said => {
            let mimetype = said.map(|said| media::mimetype(said).ok_or(said)).transpose();
            let mimetype = mimetype.map_err(|_| bad("header.Content-Type", NO_TYPE))?;
            // What curl says of any file.
            let mimetype = mimetype.filter(|said| said != "application/x-www-form-urlencoded");
            let kind = kind.unwrap_or_else(|| of_type(mimetype.as_deref()));
            check_type(kind, mimetype.as_deref())?;
            writer.limit = kind.max_bytes();
            let mut body = Bounded::new(headers, body, writer.limit).map_err(|_| blob::over(writer.limit))?;
            while let Some(piece) = body.piece().await.map_err(|fault| told(fault, writer.limit))? {
                writer.write(&piece).await?;
            }
            if writer.bytes() == 0 {
                return Err(bad("body", "must not be empty").into());
            }
            Ok(File { blob: writer.finish().await?, kind, mimetype })
        }
    }
}

const NO_TYPE: &str = "must be a type such as image/jpeg";

fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("multipart/form-data")
}

fn of_type(mimetype: Option<&str>) -> MediaKind {
    mimetype.map_or(MediaKind::Document, MediaKind::of_type)
}

/// Of a body that is the file, its limit is told as the file's.
fn told(fault: Fault, limit: u64) -> Fault {
    if fault.code == FaultCode::PayloadTooLarge { blob::over(limit) } else { fault }
}

/// What a form has said so far.
struct Form {
    kind: Option<MediaKind>,
    mimetype: Option<String>,
    /// The type of the file's part, once there is a file.
    file: Option<Option<String>>,
    part: Part,
}

/// The part that is being read.
enum Part {
    File,
    Text(&'static str, Vec<u8>),
    Other,
}

async fn form<B: Bus, E: Env, I: Incoming>(
    mut body: Bounded<I>,
    boundary: &str,
    kind: Option<MediaKind>,
    writer: &mut BlobWriter<'_, B, E>,
) -> Result<File, Problem> {
    let mut parts = Multipart::new(boundary);
    let mut form = Form { kind, mimetype: None, file: None, part: Part::Other };
    while let Some(piece) = body.piece().await? {
        parts.feed(&piece);
        loop {
            match parts.step().map_err(malformed)? {
                Event::More => break,
                Event::Part(head) => {
                    form.begin(head)?;
                    writer.limit = form.limit();
                }
                Event::Data(bytes) => match &mut form.part {
                    Part::File => writer.write(bytes).await?,
                    Part::Text(name, text) if text.len() + bytes.len() > LONGEST_TEXT => {
                        return Err(bad(name, "must be at most 256 bytes").into());
                    }
                    Part::Text(_, text) => text.extend_from_slice(bytes),
                    Part::Other => {}
                },
                Event::PartEnd => form.end(kind)?,
            }
        }
    }
    if !parts.is_complete() {
        return Err(malformed(Malformed("it ends before its closing boundary")).into());
    }
    let said = form.file.take().ok_or_else(|| bad("file", "is required"))?;
    if writer.bytes() == 0 {
        return Err(bad("file", "must not be empty").into());
    }
    let mimetype = form.mimetype.or(said);
    let kind = form.kind.unwrap_or_else(|| of_type(mimetype.as_deref()));
    check_type(kind, mimetype.as_deref())?;
    // Where the kind was not known yet when the file came in.
    if writer.bytes() > kind.max_bytes() {
        return Err(blob::over(kind.max_bytes()).into());
    }
    Ok(File { blob: writer.finish().await?, kind, mimetype })
}

fn malformed(Malformed(why): Malformed) -> Fault {
    bad("body", &format!("is not multipart/form-data: {why}"))
}

impl Form {
    /// How large the file may be, as far as that is known.
    fn limit(&self) -> u64 {
        self.kind.map_or(MAX_DOCUMENT_BYTES, MediaKind::max_bytes)
    }

    fn begin(&mut self, head: Head) -> Result<(), Fault> {
        let is_file = head.name == "file" || head.is_file;
        self.part = match &*head.name {
            _ if is_file && self.file.is_none() => {
                let said =
                    head.mimetype.map(|said| media::mimetype(&said).ok_or_else(|| bad("file", NO_PART_TYPE)));
                self.file = Some(said.transpose()?);
                Part::File
            }
            "kind" => Part::Text("kind", Vec::new()),
            "mimetype" => Part::Text("mimetype", Vec::new()),
            // Also `filename`, which belongs to the message and not to the file.
            _ => Part::Other,
        };
        Ok(())
    }

    fn end(&mut self, in_query: Option<MediaKind>) -> Result<(), Fault> {
        let Part::Text(name, text) = std::mem::replace(&mut self.part, Part::Other) else { return Ok(()) };
        let text = String::from_utf8_lossy(&text);
        match (name, text.trim()) {
            (_, "") => {}
            ("kind", text) => {
                let kind = MediaKind::named(text).ok_or_else(|| bad("kind", KINDS))?;
                if in_query.is_some_and(|said| said != kind) {
                    return Err(bad("kind", "must be what the query says"));
                }
                self.kind = Some(kind);
            }
            (_, text) => {
                self.mimetype = Some(media::mimetype(text).ok_or_else(|| bad("mimetype", NO_TYPE))?);
            }
        }
        Ok(())
    }
}

const NO_PART_TYPE: &str = "its Content-Type must be a type such as image/jpeg";
