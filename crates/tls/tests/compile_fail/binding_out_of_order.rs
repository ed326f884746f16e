//! Each message of a channel binding is for one step of one end, and a step moves the state.

use milagro_tls::Seconds;
use milagro_tls::binding::{AwaitClient, AwaitServer, BindingHello, ClientBinding, ServerBinding};
use milagro_tls::rand_core::UnwrapErr;

fn twice(waiting: AwaitServer<'_>, bad: &ServerBinding, good: &ServerBinding) {
    let mut rng = UnwrapErr(getrandom::SysRng);
    if waiting.answer(&mut rng, bad, Seconds::ZERO).is_err() {
        let _ = waiting.answer(&mut rng, good, Seconds::ZERO);
    }
}

fn hello_again(waiting: AwaitClient<'_>, hello: &BindingHello) {
    let _ = waiting.finish(hello, Seconds::ZERO);
}

fn other_end(waiting: AwaitServer<'_>, last: &ClientBinding) {
    let _ = waiting.finish(last, Seconds::ZERO);
}

fn main() {}
