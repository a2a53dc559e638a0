//! Which LID belongs to which phone number, and the other way round: a table for each direction, written together.
//! Each row holds the whole mapping, so that a look-up either way is one round trip. Writing looks for the number that
//! a LID had before, so it is two, under the session's lock; three when a LID has changed its number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wacore::store::traits::LidPnMappingEntry;

use super::record::LidRow;
use super::{DeviceStore, table};
use crate::error::StoreError;

impl DeviceStore {
    pub(super) async fn mapping_of_lid(&self, lid: &str) -> Result<Option<LidPnMappingEntry>, StoreError> {
        let row: Option<LidRow> = self.get_record(table::LID, lid).await?;
        Ok(row.map(|row| row.into_mapping_of_lid(lid.to_owned())))
    }

    pub(super) async fn mapping_of_pn(&self, phone: &str) -> Result<Option<LidPnMappingEntry>, StoreError> {
        let row: Option<LidRow> = self.get_record(table::PN, phone).await?;
        Ok(row.map(|row| row.into_mapping_of_pn(phone.to_owned())))
    }

    pub(super) async fn all_mappings(&self) -> Result<Vec<LidPnMappingEntry>, StoreError> {
        let rows = self.get_all_records::<LidRow>(table::LID).await?;
        Ok(rows.into_iter().map(|(lid, row)| row.into_mapping_of_lid(lid)).collect())
    }

    /// Stores mappings; of two for the same LID or number, the later one counts. A number that a LID no longer has
    /// leads nowhere afterwards, unless it leads to another LID by now.
    pub(super) async fn put_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let _lock = self.look_and_write.lock().await;
        let lids: Vec<&str> =
            entries.iter().map(|entry| entry.lid.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
        let stored: Vec<Option<LidRow>> = self.get_records(table::LID, &lids).await?;
        let mut numbers: HashMap<&str, String> =
            lids.into_iter().zip(stored).filter_map(|(lid, row)| Some((lid, row?.other))).collect();

        let mut by_lid: BTreeMap<&str, LidRow> = BTreeMap::new();
        let mut by_pn: BTreeMap<&str, LidRow> = BTreeMap::new();
        // Numbers that a LID gave up.
        let mut given_up: BTreeMap<String, &str> = BTreeMap::new();
        for entry in entries {
            let (lid, phone) = (entry.lid.as_str(), entry.phone_number.as_str());
            if let Some(before) = numbers.insert(lid, phone.to_owned()).filter(|before| before != phone) {
                if by_pn.get(before.as_str()).is_some_and(|row| row.other == lid) {
                    by_pn.remove(before.as_str());
                }
                given_up.insert(before, lid);
            }
            by_lid.insert(lid, LidRow::of_lid(entry));
            by_pn.insert(phone, LidRow::of_pn(entry));
        }
        given_up.retain(|phone, _| !by_pn.contains_key(phone.as_str()));
        let stale = self.still_leading_to(given_up).await?;

        let lid_rows = by_lid.into_iter().map(|(lid, row)| self.record(table::LID, lid, &row));
        let pn_rows = by_pn.into_iter().map(|(phone, row)| self.record(table::PN, phone, &row));
        let writes = self
            .writes()
            .hset_owned(self.table(table::LID), lid_rows.collect::<Result<_, _>>()?)
            .hset_owned(self.table(table::PN), pn_rows.collect::<Result<_, _>>()?)
            .hdel(self.table(table::PN), &stale);
        self.commit(writes).await
    }

    /// Those of the numbers that still lead to the LID that gave them up. No round trip when there are none.
    async fn still_leading_to(&self, given_up: BTreeMap<String, &str>) -> Result<Vec<String>, StoreError> {
        let phones: Vec<&String> = given_up.keys().collect();
        let rows: Vec<Option<LidRow>> = self.get_records(table::PN, &phones).await?;
        Ok(given_up
            .iter()
            .zip(rows)
            .filter(|((_, lid), row)| row.as_ref().is_some_and(|row| row.other == **lid))
            .map(|((phone, _), _)| phone.clone())
            .collect())
    }
}
