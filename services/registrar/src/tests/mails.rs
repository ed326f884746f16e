//! Codes by mail, with a mail server of the tests.

use core::time::Duration;

use milagro_base::Seconds;
use milagro_dta::grants::ClientKey;
use milagro_wire::bounded::Text;
use milagro_wire::forms::registrar::NewsForm;
use milagro_wire::problem::ProblemType;

use crate::mail::{MailError, MailSecurity, MailSettings, MailText, Mailer};
use crate::tests::sinks::MailSink;
use crate::tests::world::{Extras, World, client, enrol, rng, word};

fn text(subject: &str, text: &str) -> MailText {
    MailText {
        subject: subject.to_owned(),
        text: text.to_owned(),
    }
}

fn settings(port: u16) -> MailSettings {
    MailSettings {
        server: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::None,
        login: None,
        from: "Shop <register@shop.example>".to_owned(),
        code: text("Your device", "https://shop.example/enrol#{code}\n"),
        copied: MailText::copied(),
        guessed: MailText::guessed(),
        domains: vec!["Users.example".to_owned()],
        time: Duration::from_secs(10),
    }
}

fn extras(port: u16) -> Extras {
    Extras {
        mailer: Some(Mailer::new(settings(port)).unwrap()),
        ..Extras::default()
    }
}

fn address(text: &str) -> Text<255> {
    Text::new(text).unwrap()
}

#[tokio::test]
async fn enrol_whoever_reads_them() {
    let world = World::new().await;
    let sink = MailSink::new().await;
    let service = world.registrar(extras(sink.port)).await;
    let registrar = client(&service).await;
    for _ in 0..3 {
        registrar
            .mail(address("Alice@USERS.example"))
            .await
            .unwrap();
    }
    // No more in this hour, however the address is written.
    assert_eq!(
        word(registrar.mail(address("aLICE@users.EXAMPLE")).await),
        ProblemType::Rate
    );
    for wrong in [
        "alice@elsewhere.example",
        "alice",
        "@users.example",
        "a b@users.example",
        "alice@users.example,x@users.example",
    ] {
        assert_eq!(
            word(registrar.mail(address(wrong)).await),
            ProblemType::Refused,
            "{wrong}"
        );
    }
    let mails = sink.mails.lock().unwrap().clone();
    assert_eq!(mails.len(), 3);
    let mail = mails.last().unwrap();
    assert!(mail.contains("RCPT TO:<Alice@users.example>"), "{mail}");
    let code = mail.split("enrol#").nth(1).unwrap().trim_end();
    enrol(&world, &service, &ClientKey::random(&mut rng()), code)
        .await
        .unwrap();
    let devices = service.devices("Alice@users.example").await.unwrap();
    assert_eq!(devices.subjects.as_slice().len(), 1);
    world.clock.pass(Seconds::hours(1));
    registrar
        .mail(address("Alice@users.example"))
        .await
        .unwrap();
}

#[tokio::test]
async fn say_that_the_server_is_away() {
    let world = World::new().await;
    // A port that was free a moment ago.
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let service = world.registrar(extras(port)).await;
    let registrar = client(&service).await;
    assert_eq!(
        word(registrar.mail(address("bob@users.example")).await),
        ProblemType::Unavailable
    );
    let none = client(&world.registrar(Extras::default()).await).await;
    assert_eq!(
        word(none.mail(address("bob@users.example")).await),
        ProblemType::NotFound
    );
}

#[tokio::test]
async fn go_over_tls_or_stay_on_this_machine() {
    let far = MailSettings {
        server: "mail.example".to_owned(),
        ..settings(25)
    };
    assert!(matches!(Mailer::new(far), Err(MailError::Security)));
    let bare = MailSettings {
        code: text("Your device", "no code"),
        ..settings(25)
    };
    assert!(matches!(Mailer::new(bare), Err(MailError::Text)));
    let nobody = MailSettings {
        from: "nobody".to_owned(),
        ..settings(25)
    };
    assert!(matches!(Mailer::new(nobody), Err(MailError::Address)));
}

#[tokio::test]
async fn tell_users_of_copies() {
    let world = World::new().await;
    let sink = MailSink::new().await;
    let service = world.registrar(extras(sink.port)).await;
    for (news, words) in [
        (NewsForm::CopyFound, "Somebody has a copy"),
        (NewsForm::CopySuspected, "wrong PINs"),
    ] {
        service.tell("alice@users.example", news).await.unwrap();
        let mails = sink.mails.lock().unwrap();
        let mail = mails.last().unwrap();
        assert!(mail.contains(words), "{mail}");
        assert!(mail.contains("RCPT TO:<alice@users.example>"), "{mail}");
        assert!(mail.contains("To: alice@users.example"), "{mail}");
    }
    assert_eq!(sink.mails.lock().unwrap().len(), 2);
    // Nobody can be reached under these names.
    let (unknown, malformed) = (ProblemType::NotFound, ProblemType::Malformed);
    for (name, problem) in [
        ("alice", unknown),
        ("alice@elsewhere.example", unknown),
        ("a@users.example\r\nBcc: b@users.example", malformed),
    ] {
        let untold = service.tell(name, NewsForm::CopyFound).await.unwrap_err();
        assert_eq!(untold.known(), Some(problem), "{name}");
    }
    assert_eq!(sink.mails.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn say_what_the_operator_says() {
    let world = World::new().await;
    let sink = MailSink::new().await;
    let own = MailSettings {
        code: text("For {user}", "Hello {user}: {code}\n"),
        copied: text("Closed", "A device of {user} is closed.\n"),
        guessed: text("Guesses, {user}", "Somebody guesses.\n"),
        ..settings(sink.port)
    };
    let extras = Extras {
        mailer: Some(Mailer::new(own).unwrap()),
        ..Extras::default()
    };
    let service = world.registrar(extras).await;
    let user = "alice@users.example";
    client(&service).await.mail(address(user)).await.unwrap();
    for news in [NewsForm::CopyFound, NewsForm::CopySuspected] {
        service.tell(user, news).await.unwrap();
    }
    let mails = sink.mails.lock().unwrap().clone();
    let [code, copied, guessed] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    assert!(code.contains("Subject: For alice@users.example"), "{code}");
    let (_, typed) = code.split_once("Hello alice@users.example: ").unwrap();
    let key = ClientKey::random(&mut rng());
    let enrolled = enrol(&world, &service, &key, typed.trim_end()).await;
    enrolled.unwrap();
    assert!(copied.contains("Subject: Closed"), "{copied}");
    let said = copied.contains("A device of alice@users.example is closed.");
    assert!(said, "{copied}");
    let subject = "Subject: Guesses, alice@users.example";
    assert!(guessed.contains(subject), "{guessed}");
    assert!(guessed.contains("Somebody guesses."), "{guessed}");
}

#[tokio::test]
async fn have_no_places_that_nothing_comes_into() {
    let (good, code) = (|| text("A", "{code}"), || text("{code}", "{code}"));
    let bad = |one: MailSettings| match Mailer::new(one) {
        Err(MailError::Place(name)) => name,
        other => panic!("{other:?}"),
    };
    let with = |code, copied, guessed| MailSettings {
        code,
        copied,
        guessed,
        ..settings(25)
    };
    let own = || (MailText::copied(), MailText::guessed());
    let (copied, guessed) = own();
    assert_eq!(bad(with(code(), copied, guessed)), "code");
    let (copied, guessed) = own();
    let misspelt = text("A", "{code} {usr}");
    assert_eq!(bad(with(misspelt, copied, guessed)), "usr");
    let (copied, guessed) = own();
    assert_eq!(bad(with(good(), code(), guessed)), "code");
    assert_eq!(bad(with(good(), copied, text("A", "{}"))), "");
}
