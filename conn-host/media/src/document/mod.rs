//! Documents: anything, as it is. Only its type and, of a PDF, its pages are looked for.

mod pdf;

use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::format::Format;
use crate::prepare::Job;

pub(crate) fn prepare(job: &Job<'_>) -> Result<Prepared, MediaError> {
    let mimetype = mimetype(job);
    let pages = if job.format == Format::Pdf { pdf::pages(job.spool)? } else { None };
    Ok(job.untouched(&mimetype, Facts { pages, ..Facts::default() }))
}

/// The sender's word, else the content, else the name's extension.
fn mimetype(job: &Job<'_>) -> String {
    if let Some(hint) = job.hints.mimetype.as_deref().map(str::trim).filter(|hint| is_mimetype(hint)) {
        return hint.to_ascii_lowercase();
    }
    let by_name = job.hints.file_name.as_deref().and_then(|name| mime_guess::from_path(name).first_raw());
    match by_name {
        Some(by_name) if job.format.is_vague() => by_name.into(),
        _ => job.format.mime().into(),
    }
}

/// `type/subtype`, without what could end a header or a field.
fn is_mimetype(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    // The vaguest of types is no news.
    text.len() <= 127
        && text != "application/octet-stream"
        && text.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}
