//! What servers say of themselves.

use milagro_store::OpenError;

use crate::fitness::check_info;
use crate::settings::{Settings, Transport};

const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\nrole:master\r\nconnected_slaves:0\r\n\
    maxmemory_policy:noeviction\r\naof_enabled:1\r\naof_last_write_status:ok\r\n";

fn settings(replicas: u16) -> Settings {
    let settings = Settings::server("redis://127.0.0.1/", Transport::PlainText);
    settings.unwrap().replicas(replicas)
}

#[test]
fn a_good_server_is_taken() {
    assert!(check_info(GOOD, &settings(0)).is_ok());
    let replica = GOOD.replace("slaves:0", "slaves:2");
    assert!(check_info(&replica, &settings(1)).is_ok());
    assert!(check_info(&replica, &settings(2)).is_ok());
}

#[test]
fn each_bad_setting_is_named() {
    for (good, bad, name, replicas) in [
        ("version:7.0.15", "version:6.2.1", "redis_version", 0),
        ("role:master", "role:slave", "role", 0),
        ("noeviction", "allkeys-lru", "maxmemory_policy", 0),
        ("aof_enabled:1", "aof_enabled:0", "aof_enabled", 0),
        ("status:ok", "status:err", "aof_last_write_status", 0),
        ("slaves:0", "slaves:1", "connected_slaves", 0),
        ("slaves:0", "slaves:1", "connected_slaves", 2),
        ("aof_enabled:1\r\n", "", "aof_enabled", 0),
    ] {
        let info = GOOD.replace(good, bad);
        match check_info(&info, &settings(replicas)) {
            Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, name),
            other => panic!("{bad}: {other:?}"),
        }
    }
}
