//! `DeviceStore`.

use wacore::store::Device;
use wacore::store::traits::Backend;

pub async fn a_device(store: &dyn Backend) {
    assert!(!store.exists().await.unwrap());
    assert!(store.load().await.unwrap().is_none());
    assert_eq!(store.create().await.unwrap(), 1);
    assert!(store.exists().await.unwrap());
    let made = store.load().await.unwrap().unwrap();
    store.create().await.unwrap();
    let again = store.load().await.unwrap().unwrap();
    assert_eq!(made.registration_id, again.registration_id, "a device is not made twice");
    assert_eq!(made.noise_key.private_key.serialize(), again.noise_key.private_key.serialize());

    let mut device = Device::new();
    device.pn = Some("15550000001:7@s.whatsapp.net".parse().unwrap());
    device.lid = Some("100000000000001:7@lid".parse().unwrap());
    device.push_name = "Zoë \u{1f600}".to_owned();
    device.edge_routing_info = Some(vec![0, 255]);
    device.next_pre_key_id = 813;
    device.nct_salt = Some(vec![1; 16]);
    device.login_counter = 3;
    device.lid_migrated = true;
    store.save(&device).await.unwrap();
    let loaded = store.load().await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(&loaded).unwrap(), serde_json::to_value(&device).unwrap());
    assert_eq!(loaded.device_props.os, device.device_props.os);
    assert_eq!(loaded.device_props.history_sync_config, device.device_props.history_sync_config);
    assert!(loaded.is_registered());

    store.snapshot_db("name", Some(b"extra")).await.unwrap();
    assert!(store.resource_report().await.memory_bytes.is_none_or(|bytes| bytes == 0));
}
