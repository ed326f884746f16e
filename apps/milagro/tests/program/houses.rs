//! Login services that the same command starts again, under the same addresses: the program over its files, and the service over
//! a database.

mod child;
pub(crate) mod database;

use std::net::TcpStream;
use std::path::PathBuf;

use milagro_wire::client::OperatorClient;

use crate::logins::Desk;
use crate::process::{Running, until};

/// A service that can be killed.
pub(crate) trait House: Sync {
    /// Starts it, and does not wait.
    fn begin(&self) -> Running;
    /// Waits until it listens.
    fn listens(&self, running: &mut Running);
    /// Where logins are asked for.
    fn address(&self) -> String;
    /// Whoever enrols.
    fn operator(&self) -> OperatorClient;
    /// The audit file.
    fn audit(&self) -> PathBuf;
    /// Ends it for good.
    fn end(&self, running: Running);

    /// Starts it, and waits until it listens.
    fn start(&self) -> Running {
        let mut running = self.begin();
        self.listens(&mut running);
        running
    }
}

impl House for Desk {
    fn begin(&self) -> Running {
        self.begin_again()
    }

    fn listens(&self, running: &mut Running) {
        assert_eq!(running.address(), House::address(self));
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.again)
    }

    fn operator(&self) -> OperatorClient {
        Self::operator(self)
    }

    fn audit(&self) -> PathBuf {
        self.place.data().join("audit.jsonl")
    }

    fn end(&self, running: Running) {
        let mut running = running;
        running.signal("TERM");
        assert!(running.status().success(), "{}", running.log());
    }
}

/// Waits until somebody listens at a port.
fn listens(port: u16, running: &mut Running) {
    until("listening", || {
        running.expect_alive();
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
}
