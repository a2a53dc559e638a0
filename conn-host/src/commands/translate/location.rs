//! A place on the map.

use edgewire_contract::content::Location;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// A place as WhatsApp carries it.
pub(super) fn message(location: &Location) -> wa::Message {
    let location_message = MessageField::some(wa::message::LocationMessage {
        degrees_latitude: Some(location.latitude),
        degrees_longitude: Some(location.longitude),
        name: location.name.clone(),
        address: location.address.clone(),
        ..Default::default()
    });
    wa::Message { location_message, ..Default::default() }
}
