//! Messages and receipts on their way out.

use edgewire_contract::command::MarkKind;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use whatsapp_rust::features::NewsletterError;
use whatsapp_rust::send::{SendError, SendOptions};
use whatsapp_rust::wacore::send::StanzaType;
use whatsapp_rust::wacore::store::traits::Backend;
use whatsapp_rust::wacore::time::now_secs;
use whatsapp_rust::wacore_binary::{JidExt as _, Node};
use whatsapp_rust::{Client, ClientError, ErrorChainExt as _, Jid, NodeBuilder, Server};

use crate::wire::{Outgoing, Stanza, WireError};

/// How many messages one receipt names at most, as WhatsApp's own clients do it.
const IDS_PER_RECEIPT: usize = 256;

/// What the library waits for may not come any more once its connection has `ended`, and it does not always notice; and what
/// it could not read, it leaves out.
pub(super) async fn while_it_may(
    ended: &CancellationToken,
    mut unread: watch::Receiver<u64>,
    writing: impl Future<Output = Result<(), WireError>>,
) -> Result<(), WireError> {
    let written = tokio::select! {
        biased;
        Ok(()) = unread.changed() => Err(WireError::NotConnected),
        written = writing => written,
        () = ended.cancelled() => Err(WireError::NotConnected),
    };
    if unread.has_changed().unwrap_or_default() { Err(WireError::NotConnected) } else { written }
}

/// Encrypts and writes a message.
pub(super) async fn send(client: &Client, outgoing: Outgoing) -> Result<(), WireError> {
    let to = jid(&outgoing.to)?;
    let Outgoing { id, message, stanza, .. } = outgoing;
    let options = SendOptions::default().with_message_id(id.as_str());
    let options = match stanza {
        Stanza::Plain => options,
        Stanza::Text => options.with_stanza_type_override(StanzaType::Text),
        Stanza::List => options.with_extra_stanza_nodes(vec![list_biz()]),
        Stanza::NewsletterEdit => {
            return client.newsletter().edit_message(&to, id, message).await.map_err(newsletter_error);
        }
        Stanza::NewsletterRevoke => {
            return client.newsletter().revoke_message(&to, id).await.map_err(newsletter_error);
        }
        Stanza::NewsletterReaction { server_id, emoji } => {
            // As the library's `newsletter().send_reaction`, which makes up an id: its acknowledgement would be lost.
            return client.send_node(reaction(&to, &id, server_id, &emoji)).await.map_err(client_error);
        }
    };
    match client.send_message_with_options(to, message, options).await {
        Ok(_) => Ok(()),
        Err(SendError::NotLoggedIn) => Err(WireError::NotConnected),
        Err(SendError::Client(e)) => Err(client_error(e)),
        Err(SendError::InvalidRequest(why)) => Err(WireError::Refused(why)),
        Err(e) if let Some(code) = definite(&e) => Err(WireError::Rejected(code)),
        Err(e) => Err(WireError::Failed(format!("{e:#}"))),
    }
}

/// The number of a server's refusal that another try would meet as well: no such group, not a member of it.
fn definite(error: &SendError) -> Option<u16> {
    let code = error.server_rejection()?.code;
    ((400..500).contains(&code) && ![408, 429].contains(&code)).then_some(code)
}

/// What WhatsApp's server wants to see beside a list menu.
fn list_biz() -> Node {
    let list = NodeBuilder::new("list").attr("type", "product_list").attr("v", "2").build();
    NodeBuilder::new("biz").children([list]).build()
}

fn reaction(to: &Jid, id: &str, server_id: u64, emoji: &str) -> Node {
    NodeBuilder::new("message")
        .attr("to", to)
        .attr("type", "reaction")
        .attr("id", id)
        .attr("server_id", server_id)
        .children([NodeBuilder::new("reaction").attr("code", emoji).build()])
        .build()
}

fn client_error(error: ClientError) -> WireError {
    match error {
        ClientError::NotConnected | ClientError::NotLoggedIn => WireError::NotConnected,
        // Written in part or not at all: nobody knows. The same id goes out again on the next connection.
        ClientError::Socket(_) | ClientError::EncryptSend(_) => WireError::NotConnected,
        e => WireError::Failed(format!("{e:#}")),
    }
}

fn newsletter_error(error: NewsletterError) -> WireError {
    match error {
        NewsletterError::Client(e) => client_error(e),
        NewsletterError::InvalidRequest(why) => WireError::Refused(why),
        e => WireError::Failed(format!("{e:#}")),
    }
}

/// Tells the writer of messages that they were read or have arrived.
pub(super) async fn mark(
    client: &Client,
    mark: MarkKind,
    chat: &str,
    sender: Option<&str>,
    ids: &[String],
) -> Result<(), WireError> {
    let chat = jid(chat)?;
    let sender = sender.map(jid).transpose()?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if mark == MarkKind::Delivered {
        if chat.is_newsletter() {
            return Err(WireError::Refused("nobody is told that a newsletter's post has arrived".into()));
        }
        // The library has no call for it: it tells so by itself of what it could decrypt.
        for ids in ids.chunks(IDS_PER_RECEIPT) {
            let node = delivered(&chat, sender.as_ref(), ids, now_secs());
            client.send_node(node).await.map_err(client_error)?;
        }
        return Ok(());
    }
    match client.mark_as_read(&chat, sender.as_ref(), &ids).await {
        Ok(()) => Ok(()),
        Err(_) if !client.is_connected() => Err(WireError::NotConnected),
        Err(e) => Err(WireError::Failed(format!("{e:#}"))),
    }
}

/// As the library's own: in a chat of two to the writer, else to the chat, naming the writer.
fn delivered(chat: &Jid, sender: Option<&Jid>, ids: &[&str], seconds: i64) -> Node {
    let of_two = chat.is_pn() || chat.is_lid();
    let to = sender.filter(|_| of_two).unwrap_or(chat);
    let mut receipt = NodeBuilder::new("receipt").attr("to", to).attr("t", seconds.to_string());
    if let Some((first, _)) = ids.split_first() {
        receipt = receipt.attr("id", *first);
    }
    if let Some(sender) = sender.filter(|_| !of_two) {
        receipt = receipt.attr("participant", sender);
    }
    if chat.is_status_broadcast() {
        receipt = receipt.attr("context", "status");
    }
    let more: Vec<Node> =
        ids.iter().skip(1).map(|id| NodeBuilder::new("item").attr("id", *id).build()).collect();
    if !more.is_empty() {
        receipt = receipt.children([NodeBuilder::new("list").children(more).build()]);
    }
    receipt.build()
}

/// The secret of a message that the library keeps. It was kept under the addresses that the message came with, or, if it is
/// ours, went out with: a chat and a writer may go by phone number or by LID, so both are tried. What the library has only
/// just seen may not be written yet.
pub(super) async fn message_secret(
    client: &Client,
    chat: &str,
    sender: Option<&str>,
    id: &str,
) -> Option<Vec<u8>> {
    let backend = client.persistence_manager().backend();
    let ours = [client.pn(), client.lid()].into_iter().flatten().map(|jid| jid.to_non_ad_string()).collect();
    kept_secret(&*backend, &jid(chat).ok()?, sender.map(jid).transpose().ok()?.as_ref(), ours, id).await
}

/// Whether a group is a community's announcement group. The library remembers it.
pub(super) async fn is_announcements(client: &Client, group: &str) -> Result<bool, WireError> {
    let group = jid(group)?;
    if !client.is_connected() {
        return Err(WireError::NotConnected);
    }
    let asked = match client.groups().query_info(&group).await {
        Ok(info) => match info.is_community_announce {
            Some(known) => Ok(known),
            None => client.groups().get_metadata(&group).await.map(|group| group.is_default_sub_group),
        },
        Err(e) => Err(e),
    };
    match asked {
        Ok(announcements) => Ok(announcements),
        Err(_) if !client.is_connected() => Err(WireError::NotConnected),
        // Whether the account may write there at all is for the message's own answer to say.
        Err(e) if e.server_rejection().is_some() => Ok(false),
        Err(e) => Err(WireError::Failed(format!("{e:#}"))),
    }
}

async fn kept_secret(
    backend: &dyn Backend,
    chat: &Jid,
    sender: Option<&Jid>,
    ours: Vec<String>,
    id: &str,
) -> Option<Vec<u8>> {
    let chats = addresses(backend, chat).await;
    let senders = match sender {
        Some(sender) => addresses(backend, sender).await,
        None => ours,
    };
    for chat in &chats {
        for sender in &senders {
            if let Ok(Some(secret)) = backend.get_msg_secret(chat, sender, id).await {
                return Some(secret);
            }
        }
    }
    None
}

/// The address, and the other one of the same person, where it is known.
async fn addresses(backend: &dyn Backend, jid: &Jid) -> Vec<String> {
    let other = if jid.is_lid() {
        let mapping = backend.get_lid_mapping(&jid.user).await.ok().flatten();
        mapping.map(|mapping| Jid::new(mapping.phone_number, Server::Pn))
    } else if jid.is_pn() {
        let mapping = backend.get_pn_mapping(&jid.user).await.ok().flatten();
        mapping.map(|mapping| Jid::new(mapping.lid, Server::Lid))
    } else {
        None
    };
    [Some(jid), other.as_ref()].into_iter().flatten().map(Jid::to_non_ad_string).collect()
}

fn jid(text: &str) -> Result<Jid, WireError> {
    text.parse().map_err(|_| WireError::Refused("the recipient is no JID".into()))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::FutureExt as _;
    use whatsapp_rust::wacore::store::InMemoryBackend;
    use whatsapp_rust::wacore::store::traits::{
        LidPnMappingEntry, MsgSecretEntry, MsgSecretStore, ProtocolStore,
    };

    use super::*;

    fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    /// Without it, a message whose socket was lost at an unlucky moment kept its chat waiting for as long as the library
    /// waits for an answer: more than a minute.
    #[tokio::test]
    async fn a_message_is_not_waited_for_on_a_connection_that_has_ended() {
        let (ended, unread) = (CancellationToken::new(), watch::Sender::new(7));
        let while_it_may = |writing| while_it_may(&ended, unread.subscribe(), writing);
        while_it_may(ready(Ok(())).boxed()).await.unwrap();
        let (never, ()) = tokio::join!(while_it_may(pending().boxed()), async { ended.cancel() });
        assert!(matches!(never, Err(WireError::NotConnected)));
        // What is known is not forgotten.
        while_it_may(ready(Ok(())).boxed()).await.unwrap();
    }

    #[tokio::test]
    async fn a_message_for_which_something_could_not_be_read_is_not_trusted() {
        let (ended, unread) = (CancellationToken::new(), watch::Sender::new(7));
        for waits in [false, true] {
            let writing = async {
                unread.send_modify(|unread| *unread += 1);
                if waits {
                    tokio::task::yield_now().await;
                }
                Ok(())
            };
            let written = while_it_may(&ended, unread.subscribe(), writing).await;
            assert!(matches!(written, Err(WireError::NotConnected)), "{waits}");
        }
    }

    #[test]
    fn a_list_menu_is_announced_to_the_server() {
        let biz = list_biz();
        let node = biz.as_node_ref();
        let list = node.get_optional_child("list").unwrap();
        assert_eq!(list.get_attr("type").unwrap().as_str(), "product_list");
        assert_eq!(list.get_attr("v").unwrap().as_str(), "2");
    }

    #[test]
    fn a_newsletters_reaction_has_our_id_and_the_posts_number() {
        let reaction = reaction(&jid("120363000000000009@newsletter"), "3EB0AA", 142, "👍");
        let node = reaction.as_node_ref();
        let attr = |name: &str| node.get_attr(name).unwrap().as_str().into_owned();
        assert_eq!(attr("id"), "3EB0AA");
        assert_eq!(attr("server_id"), "142");
        assert_eq!(attr("type"), "reaction");
        let child = node.get_optional_child("reaction").unwrap();
        assert_eq!(child.get_attr("code").unwrap().as_str(), "👍");
    }

    #[test]
    fn a_receipt_names_the_writer_where_there_may_be_several() {
        let (person, group) = (jid("628123456789@s.whatsapp.net"), jid("120363000000000000@g.us"));
        let attrs = |node: &Node| {
            let node = node.as_node_ref();
            let attr = |name: &str| node.get_attr(name).map(|value| value.as_str().into_owned());
            let items =
                node.get_optional_child("list").map_or(0, |list| list.get_children_by_tag("item").count());
            (attr("to"), attr("participant"), attr("id"), attr("type"), items)
        };
        let text = |text: &str| Some(text.to_owned());
        let two = delivered(&person, None, &["A"], 7);
        assert_eq!(attrs(&two), (text("628123456789@s.whatsapp.net"), None, text("A"), None, 0));
        let many = delivered(&group, Some(&person), &["A", "B", "C"], 7);
        let participant = text("628123456789@s.whatsapp.net");
        assert_eq!(attrs(&many), (text("120363000000000000@g.us"), participant, text("A"), None, 2));
        let status = delivered(&jid("status@broadcast"), Some(&person), &["A"], 7);
        assert_eq!(status.as_node_ref().get_attr("context").unwrap().as_str(), "status");
    }

    #[tokio::test]
    async fn a_secret_is_found_under_either_address() {
        let backend = InMemoryBackend::new();
        let (phone, lid) = (jid("15550002@s.whatsapp.net"), jid("2000@lid"));
        let entry = MsgSecretEntry::new(&lid, &lid, "3EB0BB", [9; 32], 0, 1);
        backend.put_msg_secrets(vec![entry]).await.unwrap();
        let secret = async |chat: &Jid, sender: Option<&Jid>| {
            kept_secret(&backend, chat, sender, vec!["2000@lid".into()], "3EB0BB").await
        };
        assert_eq!(secret(&phone, Some(&phone)).await, None);
        let mapping = LidPnMappingEntry {
            lid: "2000".into(),
            phone_number: "15550002".into(),
            created_at: 0,
            updated_at: 0,
            learning_source: "usync".into(),
        };
        backend.put_lid_mapping(&mapping).await.unwrap();
        assert_eq!(secret(&phone, Some(&phone)).await, Some(vec![9; 32]));
        assert_eq!(secret(&lid, Some(&phone)).await, Some(vec![9; 32]));
        assert_eq!(secret(&lid, None).await, Some(vec![9; 32]));
    }
}
