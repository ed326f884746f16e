//! Records that fail at each step of an enrolment and of a removal, before a call took effect and after it.

use alloc::sync::Arc;

use milagro_dta::grants::ClientKey;
use milagro_ledger::Records;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_wire::forms::registrar::SubjectState;
use milagro_wire::problem::ProblemType;

use crate::tests::world::{Extras, World, device, enrol, refusal, rng};

#[tokio::test]
async fn nothing_is_half_enrolled() {
    let records = Arc::new(FaultyRecords::new(1 << 27));
    let shared: Arc<dyn Records> = Arc::<FaultyRecords>::clone(&records);
    let world = World::over(shared).await;
    let service = world.registrar(Extras::default()).await;
    for loss in Loss::ALL {
        for turn in 0.. {
            let user = format!("user-{loss:?}-{turn}");
            let code = service.code(&user).await.unwrap().code;
            let key = ClientKey::random(&mut rng());
            records.lose_call(turn, loss);
            let first = enrol(&world, &service, &key, &code).await;
            if !records.recover() {
                // That was the last step: it asks more than once.
                assert!(first.is_ok() && turn > 4, "{turn}");
                break;
            }
            // The same device asks again, and it is one device.
            let again = enrol(&world, &service, &key, &code).await.unwrap();
            if let Ok(first) = first {
                assert_eq!(first.subject, again.subject);
            }
            let devices = service.devices(&user).await.unwrap().subjects.into_vec();
            let [device] = devices.as_slice() else {
                panic!("{loss:?} {turn}: {devices:?}")
            };
            assert_eq!(device.identity().unwrap(), again.subject);
            assert_eq!(device.state, SubjectState::Started);
            // The code has done what it was for once the device has logged in.
            service.logged_in(&again.subject).await.unwrap();
            let thief = ClientKey::random(&mut rng());
            let late = enrol(&world, &service, &thief, &code).await;
            assert_eq!(refusal(late), ProblemType::Refused, "{loss:?} {turn}");
        }
    }
}

#[tokio::test]
async fn no_removal_is_forgotten() {
    let records = Arc::new(FaultyRecords::new(1 << 27));
    let shared: Arc<dyn Records> = Arc::<FaultyRecords>::clone(&records);
    let world = World::over(shared).await;
    let service = world.registrar(Extras::default()).await;
    for loss in Loss::ALL {
        for turn in 0.. {
            let subject = device(&world, &service, &format!("user-{loss:?}-{turn}")).await;
            service.logged_in(&subject).await.unwrap();
            records.lose_call(turn, loss);
            let removed = async {
                service.remove(&subject).await?;
                service.push().await
            };
            let removed = removed.await;
            if !records.recover() {
                assert!(removed.is_ok() && turn > 4, "{turn}");
                break;
            }
            // Asked again, it ends well, and every authority has it.
            service.remove(&subject).await.unwrap();
            let pushed = service.push().await.unwrap();
            assert_eq!(pushed.taken, 3, "{loss:?} {turn}: {pushed:?}");
            let list = service.list().await.unwrap().unwrap();
            assert!(list.list().contains(&subject), "{loss:?} {turn}");
        }
    }
}
