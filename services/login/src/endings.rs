//! Sessions that this process ends, and who hears of it.

use milagro_mpin::server::DeviceId;
use milagro_wire::login::names::UserName;
use tokio::sync::broadcast;

/// How many may end before a listener has looked: whoever is slower learns that it has missed some.
const ROOM: usize = 1024;

/// A user on a device.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct OnDevice {
    /// The user.
    pub user: UserName,
    /// The device.
    pub device: DeviceId,
}

/// Those who listen.
#[derive(Debug)]
pub(crate) struct Endings(broadcast::Sender<OnDevice>);

impl Default for Endings {
    fn default() -> Self {
        Self(broadcast::channel(ROOM).0)
    }
}

impl Endings {
    pub(crate) fn say(&self, who: OnDevice) {
        // Mostly nobody listens.
        let _nobody = self.0.send(who);
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<OnDevice> {
        self.0.subscribe()
    }
}
