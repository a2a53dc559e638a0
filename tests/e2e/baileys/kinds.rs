//! The kinds of message that are more than a text or media.

use serde_json::{Value, json};

/// One of each kind that is more than a text or media, as JSON of the protobuf.
pub fn kinds() -> Vec<Value> {
    let flow = |name: &str, params: Value| json!({ "name": name, "buttonParamsJson": params.to_string() });
    let template = json!({
        "hydratedTitleText": "Title", "hydratedContentText": "Body", "hydratedFooterText": "Footer", "templateId": "t",
        "hydratedButtons": [
            { "index": 1, "quickReplyButton": { "displayText": "Yes", "id": "y" } },
            { "index": 2, "urlButton": { "displayText": "Look", "url": "https://example.com" } },
            { "index": 3, "callButton": { "displayText": "Call", "phoneNumber": "+4915100000000" } },
        ],
    });
    let interactive = json!({
        "header": { "title": "Title", "subtitle": "Sub", "hasMediaAttachment": false },
        "body": { "text": "Body" },
        "footer": { "text": "Footer" },
        "nativeFlowMessage": {
            "buttons": [
                flow("quick_reply", json!({ "display_text": "Yes", "id": "y" })),
                flow("cta_url", json!({ "display_text": "Look", "url": "https://example.com" })),
                flow("cta_call", json!({ "display_text": "Call", "phone_number": "+4915100000000" })),
                flow("cta_copy", json!({ "display_text": "Copy", "copy_code": "1234" })),
                flow("single_select", json!({ "title": "Choose", "sections": [{ "title": "S", "rows": [{ "id": "r", "title": "R" }] }] })),
            ],
            "messageParamsJson": "{}", "messageVersion": 1,
        },
    });
    let card = json!({
        "header": { "title": "Card", "hasMediaAttachment": false }, "body": { "text": "Body" },
        "nativeFlowMessage": { "buttons": [flow("quick_reply", json!({ "display_text": "This", "id": "1" }))] },
    });
    vec![
        json!({ "buttonsMessage": {
            "contentText": "Body", "footerText": "Footer", "headerType": "TEXT", "text": "Title",
            "buttons": [
                { "buttonId": "y", "buttonText": { "displayText": "Yes" }, "type": "RESPONSE" },
                { "buttonId": "n", "buttonText": { "displayText": "No" }, "type": "RESPONSE" },
            ],
        } }),
        json!({ "buttonsResponseMessage": { "selectedButtonId": "y", "selectedDisplayText": "Yes", "type": "DISPLAY_TEXT" } }),
        json!({ "listMessage": {
            "title": "Title", "description": "Body", "buttonText": "Choose", "listType": "SINGLE_SELECT", "footerText": "Footer",
            "sections": [{ "title": "S", "rows": [{ "title": "R", "description": "D", "rowId": "r" }] }],
        } }),
        json!({ "listMessage": {
            "title": "Title", "description": "Body", "buttonText": "Look", "listType": "PRODUCT_LIST",
            "productListInfo": {
                "productSections": [{ "title": "S", "products": [{ "productId": "1" }] }],
                "headerImage": { "productId": "1", "jpegThumbnail": "AAEC" },
                "businessOwnerJid": "4915100000000@s.whatsapp.net",
            },
        } }),
        json!({ "listResponseMessage": {
            "title": "R", "listType": "SINGLE_SELECT", "singleSelectReply": { "selectedRowId": "r" }, "description": "D",
        } }),
        json!({ "interactiveMessage": interactive }),
        json!({ "viewOnceMessage": { "message": { "interactiveMessage": interactive } } }),
        json!({ "interactiveMessage": { "body": { "text": "Body" }, "carouselMessage": { "cards": [card, card], "messageVersion": 1 } } }),
        json!({ "interactiveMessage": { "body": { "text": "Body" }, "shopStorefrontMessage": { "id": "1", "surface": "FB", "messageVersion": 1 } } }),
        json!({ "interactiveMessage": { "body": { "text": "Body" }, "collectionMessage": { "bizJid": "4915100000000@s.whatsapp.net", "id": "1", "messageVersion": 1 } } }),
        json!({ "interactiveResponseMessage": {
            "body": { "text": "Yes", "format": "DEFAULT" },
            "nativeFlowResponseMessage": { "name": "quick_reply", "paramsJson": "{\"id\":\"y\"}", "version": 3 },
        } }),
        json!({ "templateMessage": { "hydratedTemplate": template } }),
        json!({ "templateMessage": { "hydratedFourRowTemplate": template, "templateId": "t" } }),
        json!({ "templateMessage": { "interactiveMessageTemplate": interactive, "templateId": "t" } }),
        json!({ "templateButtonReplyMessage": { "selectedId": "y", "selectedDisplayText": "Yes", "selectedIndex": 1 } }),
        json!({ "highlyStructuredMessage": { "namespace": "n", "elementName": "e", "params": ["1"], "hydratedHsm": { "hydratedTemplate": template } } }),
        json!({ "productMessage": {
            "product": { "productId": "1", "title": "P", "currencyCode": "EUR", "priceAmount1000": "1990", "productImageCount": 1 },
            "businessOwnerJid": "4915100000000@s.whatsapp.net", "body": "Body", "footer": "Footer",
        } }),
        json!({ "orderMessage": {
            "orderId": "1", "itemCount": 2, "status": "INQUIRY", "surface": "CATALOG", "message": "M", "orderTitle": "O",
            "sellerJid": "4915100000000@s.whatsapp.net", "token": "t", "totalAmount1000": "3980", "totalCurrencyCode": "EUR",
        } }),
        json!({ "invoiceMessage": { "note": "N", "token": "t", "attachmentType": "IMAGE" } }),
        json!({ "requestPaymentMessage": {
            "noteMessage": { "extendedTextMessage": { "text": "N" } }, "currencyCodeIso4217": "EUR", "amount1000": "1000",
            "requestFrom": "4915100000000@s.whatsapp.net", "expiryTimestamp": "1900000000",
        } }),
        json!({ "paymentInviteMessage": { "serviceType": "UPI", "expiryTimestamp": "1900000000" } }),
        json!({ "locationMessage": { "degreesLatitude": 52.5, "degreesLongitude": 13.25, "name": "N", "address": "A" } }),
        json!({ "liveLocationMessage": { "degreesLatitude": 52.5, "degreesLongitude": 13.25, "caption": "C", "sequenceNumber": "1" } }),
        json!({ "contactMessage": { "displayName": "C", "vcard": "BEGIN:VCARD\nEND:VCARD" } }),
        json!({ "contactsArrayMessage": { "displayName": "2", "contacts": [
            { "displayName": "C", "vcard": "BEGIN:VCARD\nEND:VCARD" }, { "displayName": "D", "vcard": "BEGIN:VCARD\nEND:VCARD" },
        ] } }),
        json!({ "groupInviteMessage": { "groupJid": "120363000000000001@g.us", "inviteCode": "c", "inviteExpiration": "1900000000", "groupName": "G", "caption": "C" } }),
        json!({ "newsletterAdminInviteMessage": { "newsletterJid": "120363000000000001@newsletter", "newsletterName": "N", "caption": "C", "inviteExpiration": "1900000000" } }),
        json!({ "newsletterFollowerInviteMessageV2": { "newsletterJid": "120363000000000001@newsletter", "newsletterName": "N", "caption": "C" } }),
        json!({ "eventMessage": { "isCanceled": false, "name": "E", "description": "D", "startTime": "1900000000", "location": { "name": "L" } } }),
        json!({ "pinInChatMessage": { "key": { "remoteJid": "4915100000000@s.whatsapp.net", "fromMe": true, "id": "A" }, "type": "PIN_FOR_ALL", "senderTimestampMs": "1" } }),
        json!({ "keepInChatMessage": { "key": { "remoteJid": "4915100000000@s.whatsapp.net", "fromMe": true, "id": "A" }, "keepType": "KEEP_FOR_ALL", "timestampMs": "1" } }),
        json!({ "scheduledCallCreationMessage": { "scheduledTimestampMs": "1900000000000", "callType": "VOICE", "title": "T" } }),
        json!({ "pollResultSnapshotMessage": { "name": "Q", "pollVotes": [{ "optionName": "red", "optionVoteCount": "2" }] } }),
        json!({ "albumMessage": { "expectedImageCount": 2, "expectedVideoCount": 1 } }),
        json!({ "extendedTextMessage": {
            "text": "see https://example.com", "matchedText": "https://example.com", "title": "T", "description": "D",
            "jpegThumbnail": "AAEC", "contextInfo": { "forwardingScore": 1, "isForwarded": true },
        } }),
    ]
}
