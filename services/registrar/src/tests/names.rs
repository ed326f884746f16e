//! Names of users as people and programs write them: one spelling is one person.

use milagro_dta::grants::ClientKey;
use milagro_wire::bounded::Text;
use milagro_wire::forms::registrar::{Entitlement, HookEntitlement, NewsForm};
use milagro_wire::problem::{Problem, ProblemType};
use serde_json::Value;

use crate::hooks::Hooks;
use crate::tests::sinks::{Application, Manner};
use crate::tests::world::{Extras, World, client, device, refusal, rng};

const COMPOSED: &str = "Zo\u{eb}@users.example";
const DECOMPOSED: &str = "Zoe\u{308}@users.example";

fn by_hook(user: &str) -> Entitlement {
    Entitlement::Hook(HookEntitlement {
        user: Text::new(user).unwrap(),
        context: Text::new("a session").unwrap(),
    })
}

#[tokio::test]
async fn two_spellings_are_one_person() {
    let world = World::new().await;
    let application = Application::new([Manner::Yes; 5]).await;
    let hooks = Hooks {
        may_enrol: Some(application.hook()),
        has_logged_in: Some(application.hook()),
        ..Hooks::default()
    };
    let extras = Extras {
        hooks,
        ..Extras::default()
    };
    let service = world.registrar(extras).await;
    for name in [COMPOSED, DECOMPOSED] {
        device(&world, &service, name).await;
        let key = ClientKey::random(&mut rng());
        let registrar = client(&service).await;
        let enrolled = registrar.enrol(&world.domain, &key, by_hook(name)).await;
        enrolled.unwrap();
    }
    service.tell(DECOMPOSED, NewsForm::CopyFound).await.unwrap();
    for name in [COMPOSED, DECOMPOSED] {
        let devices = service.devices(name).await.unwrap().subjects.into_vec();
        assert_eq!(devices.len(), 4);
        assert!(devices.iter().all(|one| one.user == COMPOSED));
    }
    // The application hears one name, too.
    let heard = application.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 3);
    for (_, body) in heard {
        let said: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(said["data"]["user"], COMPOSED);
    }
}

#[tokio::test]
async fn ascii_is_as_it_was() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    for name in ["alice", "Alice", "alice+x@Users.Example", "a/b", "a  b <c>"] {
        device(&world, &service, name).await;
        let devices = service.devices(name).await.unwrap().subjects.into_vec();
        assert_eq!((devices.len(), devices[0].user.as_str()), (1, name));
    }
}

fn refused<T>(answer: Result<T, Problem>) {
    let Err(problem) = answer else {
        panic!("an answer")
    };
    assert_eq!(problem.known(), Some(ProblemType::Malformed));
    assert!(problem.to_string().contains("RFC 8265"), "{problem}");
}

#[tokio::test]
async fn what_deceives_is_nobody() {
    let world = World::new().await;
    let application = Application::new([]).await;
    let hooks = Hooks {
        may_enrol: Some(application.hook()),
        ..Hooks::default()
    };
    let extras = Extras {
        hooks,
        ..Extras::default()
    };
    let service = world.registrar(extras).await;
    for name in [
        "ad\u{202e}nim",
        "\u{2066}admin\u{2069}",
        "ad\u{200b}min",
        "ad\u{7}min",
        "admin ",
        "\u{5d0}admin",
        "admin\u{2603}",
    ] {
        refused(service.code(name).await);
        refused(service.devices(name).await);
        refused(service.tell(name, NewsForm::CopyFound).await);
    }
    for name in ["ad\u{202e}nim", "ad\u{200b}min", "\u{5d0}admin"] {
        let key = ClientKey::random(&mut rng());
        let registrar = client(&service).await;
        let enrolled = registrar.enrol(&world.domain, &key, by_hook(name)).await;
        assert_eq!(refusal(enrolled), ProblemType::Malformed, "{name:?}");
    }
    assert!(application.heard.lock().unwrap().is_empty());
}
