//! Sound: whatever a stranger calls a clip, made into a voice note.

use edgewire_media::{Hints, Kind};

/// The first byte says whether it is a voice note, the rest is the clip.
pub fn run(data: &[u8]) {
    let Some((first, clip)) = data.split_first() else { return };
    crate::media::prepared(Kind::Audio, clip, &Hints { ptt: first.is_multiple_of(2), ..Hints::default() });
}
