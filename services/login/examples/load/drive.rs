//! Phones that log in over a fixed number of connections.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use milagro_mpin::{Challenge, MasterSecret};
use milagro_wire::bounded::Blob;
use tokio::time::{Instant, sleep_until};

use crate::Outcome;
use crate::load::figures::count;
use crate::load::http::{Connection, member};
use crate::load::phones::{Phone, Ready, Task, make_ready};
use crate::load::process::Server;
use crate::load::server::ROLE;

/// Connections.
const CONNECTIONS: usize = 128;

/// A service under load, and the phones that know it.
pub(crate) struct Load {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    pub(crate) phones: Vec<Phone>,
}

/// What came of logins that went as fast as they could.
pub(crate) struct Rush {
    pub(crate) logins: usize,
    pub(crate) seconds: f64,
    /// The service's processor time, in microseconds.
    pub(crate) spent: f64,
    /// Logins in a batch.
    pub(crate) batch: f64,
}

/// What the service has counted.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) checked: f64,
    pub(crate) batches: f64,
}

impl Load {
    /// Starts the service with so many phones.
    pub(crate) fn start(folder: &Path, master: &MasterSecret, phones: usize) -> Outcome<Self> {
        let mut server = Server::start(ROLE, folder)?;
        let secret = Blob::<32>::new(*master.to_bytes()).map_err(|_| "too long")?;
        server.tell(&secret.to_text())?;
        server.tell(&phones.to_string())?;
        let address = server.address()?;
        let phones = (0..phones).map(|number| {
            let mut phone = Phone::new(master, number)?;
            phone.cookie = server.line()?;
            Ok(phone)
        });
        let phones = phones.collect::<Outcome<_>>()?;
        Ok(Self {
            server,
            address,
            phones,
        })
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, hours: u32) -> Outcome<()> {
        self.server
            .tell(&format!("pass {}", u64::from(hours) * 3600))?;
        self.server.line()?;
        Ok(())
    }

    /// Has each phone make so many proofs, of which every `wrong`th of all is made with a wrong PIN (0: none). Processor time of
    /// the service for a challenge, in microseconds.
    pub(crate) async fn prepare(&mut self, proofs: usize, wrong: usize) -> Outcome<f64> {
        let before = self.server.spent()?;
        let (address, all) = (self.address, self.phones.len());
        let parts = (0..all).collect::<Vec<_>>();
        let parts = parts.chunks(all.div_ceil(CONNECTIONS)).map(<[_]>::to_vec);
        let tasks = each(parts.collect(), |part| async move {
            let mut connection = Connection::open(address).await?;
            let mut tasks = Vec::with_capacity(part.len());
            for number in part {
                let mut own = Vec::with_capacity(proofs);
                for round in 0..proofs {
                    let place = round * all + number;
                    let right = wrong == 0 || place % wrong != wrong - 1;
                    let challenge = challenge(&mut connection).await?;
                    own.push(Task { challenge, right });
                }
                tasks.push(own);
            }
            Ok(tasks)
        });
        let tasks = tasks.await?.into_iter().flatten().collect();
        let spent = self.server.spent()? - before;
        make_ready(&mut self.phones, tasks)?;
        Ok(spent / count(all * proofs))
    }

    /// Lets all phones use what they have made ready, as fast as they can.
    pub(crate) async fn rush(&mut self) -> Outcome<Rush> {
        let logins = self.phones.iter().map(|phone| phone.ready.len()).sum();
        let (counted, spent, start) = (self.counted().await?, self.server.spent()?, Instant::now());
        self.drive(None).await?;
        let (seconds, spent) = (start.elapsed().as_secs_f64(), self.server.spent()? - spent);
        let now = self.counted().await?;
        Ok(Rush {
            logins,
            seconds,
            spent,
            batch: (now.checked - counted.checked) / (now.batches - counted.batches),
        })
    }

    /// Lets all phones use what they have made ready, so many in a second, whatever the service says to it. How long each login
    /// took from the moment when it was due.
    pub(crate) async fn walk(&mut self, rate: f64) -> Outcome<Vec<Duration>> {
        let connections = count(CONNECTIONS.min(self.phones.len()));
        self.drive(Some(Duration::from_secs_f64(connections / rate)))
            .await
    }

    async fn drive(&mut self, every: Option<Duration>) -> Outcome<Vec<Duration>> {
        let (address, start) = (self.address, Instant::now());
        let size = self.phones.len().div_ceil(CONNECTIONS);
        let mut parts = Vec::new();
        while !self.phones.is_empty() {
            let rest = self.phones.split_off(size.min(self.phones.len()));
            parts.push((parts.len(), std::mem::replace(&mut self.phones, rest)));
        }
        let done = each(parts, |(number, mut phones)| async move {
            // The connections take turns.
            let offset = |every: Duration| every.mul_f64(count(number) / count(CONNECTIONS));
            let mut due = start + every.map_or(Duration::ZERO, offset);
            let mut connection = Connection::open(address).await?;
            let mut times = Vec::new();
            while phones.iter().any(|phone| !phone.ready.is_empty()) {
                for phone in &mut phones {
                    let Some(ready) = phone.ready.pop() else {
                        continue;
                    };
                    if let Some(every) = every {
                        sleep_until(due).await;
                        due += every;
                    }
                    log_in(&mut connection, phone, ready).await?;
                    times.extend(every.map(|every| (due - every).elapsed()));
                }
            }
            Ok((phones, times))
        });
        let mut all = Vec::new();
        for (phones, times) in done.await? {
            self.phones.extend(phones);
            all.extend(times);
        }
        Ok(all)
    }

    /// What the service has counted until now.
    pub(crate) async fn counted(&self) -> Outcome<Counted> {
        let mut connection = Connection::open(self.address).await?;
        let text = connection.get("/metrics").await?.body;
        let counter = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name));
            value.map_or(Ok(0.0), |value| value.trim().parse::<f64>())
        };
        Ok(Counted {
            checked: counter("milagro_logins_checked_total ")?,
            batches: counter("milagro_login_batches_total ")?,
        })
    }
}

/// Does something with each, all at once.
pub(crate) async fn each<T, R, F>(items: Vec<T>, work: impl Fn(T) -> F) -> Outcome<Vec<R>>
where
    R: Send + 'static,
    F: Future<Output = Outcome<R>> + Send + 'static,
{
    let tasks: Vec<_> = items
        .into_iter()
        .map(|item| tokio::spawn(work(item)))
        .collect();
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await??);
    }
    Ok(done)
}

pub(crate) async fn challenge(connection: &mut Connection) -> Outcome<Challenge> {
    let answer = connection.get("/v1/challenge").await?;
    let text = member(&answer.body, "challenge")?;
    let blob = Blob::<64>::from_text(text).map_err(|_| "no challenge")?;
    Ok(Challenge::from_bytes(blob.as_bytes())?)
}

/// Logs in for a session, which takes the place of the one before.
pub(crate) async fn log_in(
    connection: &mut Connection,
    phone: &mut Phone,
    ready: Ready,
) -> Outcome<()> {
    let Ready { proof, right } = ready;
    let body = format!(
        "{{\"proof\":\"{proof}\",\"cookie\":\"{}\",\"purpose\":{{\"for\":\"session\"}}}}",
        phone.cookie
    );
    let more = match phone.session.as_str() {
        "" => String::new(),
        session => format!("cookie: {session}\r\n"),
    };
    let answer = connection.post("/v1/login", &more, &body).await?;
    let expected = if right { 200 } else { 403 };
    if answer.status != expected {
        return Err(format!("{}: {}", answer.status, answer.body).into());
    }
    if right {
        member(&answer.body, "cookie")?.clone_into(&mut phone.cookie);
        let cookie = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "));
        let pair = cookie.and_then(|cookie| cookie.split(';').next());
        pair.ok_or("no session")?.clone_into(&mut phone.session);
    }
    Ok(())
}
