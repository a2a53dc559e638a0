//! The library's `ProtocolStore`: a table of contents, for the most part.

use async_trait::async_trait;
use wacore::store::error::Result;
use wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};

use super::record::DeviceList;
use super::{DeviceStore, table};

#[async_trait]
impl ProtocolStore for DeviceStore {
    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        Ok(self.sender_key_devices(group_jid).await?)
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        Ok(self.set_sender_key_devices(group_jid, entries).await?)
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        Ok(self.clear_sender_key_group(group_jid).await?)
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        Ok(self.forget_sender_key_devices(device_jids).await?)
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        Ok(self.clear_sender_key_groups().await?)
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        Ok(self.mapping_of_lid(lid).await?)
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        Ok(self.mapping_of_pn(phone).await?)
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        Ok(self.put_mappings(std::slice::from_ref(entry)).await?)
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        Ok(self.put_mappings(entries).await?)
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        Ok(self.all_mappings().await?)
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        Ok(self.put_base_key(address, message_id, base_key).await?)
    }

    async fn has_same_base_key(
        &self,
        address: &str,
        message_id: &str,
        current_base_key: &[u8],
    ) -> Result<bool> {
        Ok(self.base_key(address, message_id).await?.is_some_and(|key| key == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        Ok(self.remove_base_key(address, message_id).await?)
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.update_device_lists(vec![record]).await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let row = |record: &DeviceListRecord| {
            self.record(table::DEVICE_LIST, &record.user, &DeviceList::new(record))
        };
        let rows = records.iter().map(row).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(self.commit(self.writes().hset_owned(self.table(table::DEVICE_LIST), rows)).await?)
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        let list: Option<DeviceList> = self.get_record(table::DEVICE_LIST, user).await?;
        Ok(list.map(|list| list.into_library(user)))
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        Ok(self.delete(table::DEVICE_LIST, &[user]).await?)
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get(table::GROUP, group_jid).await?)
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        Ok(self.put(table::GROUP, group_jid, blob).await?)
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        Ok(self.delete(table::GROUP, &[group_jid]).await?)
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        Ok(self.tc_token(jid).await?)
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        Ok(self.set_tc_token(jid, entry.clone()).await?)
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        Ok(self.remove_tc_token(jid).await?)
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        Ok(self.fields(table::TC_TOKEN).await?)
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        Ok(self.drop_old_tc_tokens(token_cutoff, sender_cutoff).await?)
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        Ok(self.advance_tc_token(jid, sender_timestamp).await?)
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        Ok(self.receive_tc_token(jid, token, token_timestamp).await?)
    }

    async fn store_sent_message(&self, chat_jid: &str, message_id: &str, payload: &[u8]) -> Result<()> {
        Ok(self.put_sent(chat_jid, message_id, payload).await?)
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.take_sent(chat_jid, message_id).await?)
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        Ok(self.drop_old_sent(cutoff_timestamp).await?)
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        Ok(self.put_pending(&[PendingInboundRow { chat, sender, id, message }]).await?)
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.pending(chat, sender, id).await?)
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        Ok(self.remove_pending(&[PendingInboundKey { chat, sender, id }]).await?)
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        Ok(self.drop_old_pending(cutoff_timestamp).await?)
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        Ok(self.put_pending(rows).await?)
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        Ok(self.remove_pending(keys).await?)
    }
}
