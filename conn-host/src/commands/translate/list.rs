//! A menu of rows. Its stanza has a `<biz>` ([`crate::wire::Stanza::List`]).

use edgewire_contract::content::{List, Row, Section};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::list_message::{ListType, Row as WaRow, Section as WaSection};

/// A menu as WhatsApp carries it.
pub(super) fn message(list: &List) -> wa::Message {
    let list_message = MessageField::some(wa::message::ListMessage {
        title: Some(list.title.clone()),
        description: Some(list.description.clone()),
        button_text: Some(list.button_text.clone()),
        list_type: Some(ListType::SINGLE_SELECT),
        sections: list.sections.iter().map(section).collect(),
        footer_text: list.footer.clone(),
        ..Default::default()
    });
    wa::Message { list_message, ..Default::default() }
}

fn section(section: &Section) -> WaSection {
    WaSection { title: Some(section.title.clone()), rows: section.rows.iter().map(row).collect() }
}

fn row(row: &Row) -> WaRow {
    WaRow {
        title: Some(row.title.clone()),
        description: row.description.clone(),
        row_id: Some(row.row_id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;
    use crate::wire::Stanza;

    #[test]
    fn a_newsletter_sees_no_biz() {
        let rows = json!([{"row_id": "r", "title": "R"}]);
        let body = json!({
            "to": NEWSLETTER, "title": "t", "description": "d", "button_text": "b",
            "sections": [{"title": "s", "rows": rows}],
        });
        assert_eq!(outgoing(Kind::List, &body, &material()).unwrap().stanza, Stanza::Plain);
    }
}
