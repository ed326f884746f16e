//! What counts once: the use of a challenge, or of a proof that says a time.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_curve::Transcript;
use milagro_ledger::{Account, Kind, Life};

use crate::names::domain::TrustDomainId;
use crate::names::server::ServerId;
use crate::proof::encoding::Message;
use crate::proof::fresh::Fresh;
use crate::proof::spec::Mode;
use crate::proof::tags;

/// The account of one use, in parts, so that it can be sealed with a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    kind: Kind,
    digest: [u8; 32],
    from: Seconds,
    until: Seconds,
}

impl Use {
    /// Of a challenge: one use by an identity, so that nobody uses up another's. Of a proof that says a time: one
    /// use of its U. The life hangs on the protocol's constants alone.
    pub(crate) fn of(message: &Message, domain: &TrustDomainId, server: &ServerId) -> Self {
        let mut transcript = Transcript::new(tags::ACCOUNT);
        let kind = match &message.fresh {
            Fresh::Challenge(challenge) => {
                transcript.append("server", server.as_bytes());
                transcript.append("challenge", challenge.as_bytes());
                Kind::CHALLENGE
            }
            Fresh::Time(_) => {
                // The first 48 bytes of the parts are U, or its x where it travels with both coordinates.
                let u = message.parts.first_chunk::<48>().unwrap_or(&[0; 48]);
                transcript.append("domain", &domain.to_bytes());
                transcript.append("U", u);
                match message.mode {
                    Mode::Sign => Kind::SIGNATURE,
                    _ => Kind::ONE_PASS,
                }
            }
        };
        message.identity.absorb(&mut transcript);
        Self {
            kind,
            digest: transcript.bytes("use"),
            from: message.fresh.from(),
            until: message.fresh.until(),
        }
    }

    /// The account of answering a hello, which is another than that of the login that may follow.
    pub(crate) fn answer(&self) -> Account {
        let mut transcript = Transcript::new(tags::ACCOUNT);
        transcript.append("use", &self.digest);
        let digest = transcript.bytes("answer");
        Self { digest, ..*self }.account()
    }

    pub(crate) fn account(&self) -> Account {
        let life = Life::Span {
            from: Some(self.from),
            until: self.until,
        };
        Account::new(self.kind, &self.digest, life)
    }

    /// When it is worthless.
    pub(crate) const fn until(&self) -> Seconds {
        self.until
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        writer
            .u8(self.kind.to_byte())
            .bytes(&self.digest)
            .seconds(self.from)
            .seconds(self.until)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            kind: Kind::new(reader.u8()?),
            digest: *reader.array()?,
            from: reader.seconds()?,
            until: reader.seconds()?,
        })
    }
}
