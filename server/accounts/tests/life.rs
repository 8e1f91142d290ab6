//! Accounts from application to expiry, and what attackers try.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use tenkyu_accounts::{
    AccountError, AccountOptions, Accounts, Application, Attempt, NewPerson, NewToken, State,
};
use tenkyu_store::testing;
use tenkyu_wire::access::{Caller, GroupRole, Scope, Via};

const NOW: i64 = 1_795_000_000;
const DAY: i64 = 24 * 3600;
const PASSWORD: &str = "correct horse battery";

struct Place {
    accounts: Accounts,
    _folder: tempfile::TempDir,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = testing::open(folder.path()).await;
    // Cheap hashes: what they cost is not tested here.
    let options = AccountOptions { hash_kib: 64, hash_passes: 1, ..AccountOptions::default() };
    Place { accounts: Accounts::open(&store, options).await.unwrap(), _folder: folder }
}

fn about(user: &str) -> Application {
    Application {
        user: user.to_owned(),
        display: format!("{user} example"),
        email: format!("{user}@nao.example"),
        affiliation: "NAOJ".to_owned(),
        password: PASSWORD.to_owned(),
        ..Application::default()
    }
}

fn attempt<'a>(user: &'a str, password: &'a str) -> Attempt<'a> {
    Attempt { user, password, address: "192.0.2.1", device: None, agent: "test" }
}

impl Place {
    async fn person(&self, user: &str) -> Caller {
        let new = NewPerson { about: about(user), operator: user == "boss" };
        self.accounts.create(&new, NOW).await.unwrap();
        self.again(user).await
    }

    async fn again(&self, user: &str) -> Caller {
        let session = self.accounts.sign_in(&attempt(user, PASSWORD), NOW).await.unwrap();
        self.accounts.of_session(&session.secret, NOW).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn an_application_is_approved_and_lasts_a_year() {
    let place = place().await;
    let a = &place.accounts;
    let person = a.apply(&about("ann"), "192.0.2.1", NOW).await.unwrap();
    assert_eq!(person.state, State::Applied);
    let early = a.sign_in(&attempt("ann", PASSWORD), NOW).await;
    assert!(matches!(early, Err(AccountError::NotApproved)));
    assert!(matches!(
        a.apply(&Application { user: "Ann ".to_owned(), ..about("ann") }, "192.0.2.1", NOW).await,
        Err(AccountError::UserTaken(_))
    ));
    a.decide(&person.person.id, true, NOW).await.unwrap();
    let session = a.sign_in(&attempt(" ANN", PASSWORD), NOW).await.unwrap();
    let caller = a.of_session(&session.secret, NOW).await.unwrap().unwrap();
    assert_eq!((caller.person.unwrap().user.as_str(), caller.via), ("ann", Via::Cookie));
    let late = NOW + 365 * DAY;
    let expired = a.sign_in(&attempt("ann", PASSWORD), late).await;
    assert!(matches!(expired, Err(AccountError::Expired)));
    assert_eq!(a.people(Some(State::Expired), "", late).await.unwrap().len(), 1);
    a.decide(&person.person.id, true, late).await.unwrap();
    assert!(a.sign_in(&attempt("ann", PASSWORD), late).await.is_ok());
    a.decide(&person.person.id, false, NOW).await.unwrap();
    assert!(a.of_session(&session.secret, NOW).await.unwrap().is_none());
    let locked = a.sign_in(&attempt("ann", PASSWORD), NOW).await;
    assert!(matches!(locked, Err(AccountError::Locked)));
}

#[tokio::test]
async fn sessions_rest_end_and_are_ended() {
    let place = place().await;
    let a = &place.accounts;
    place.person("ann").await;
    let one = a.sign_in(&attempt("ann", PASSWORD), NOW).await.unwrap();
    let two = a.sign_in(&attempt("ann", PASSWORD), NOW).await.unwrap();
    assert_ne!(one.secret, two.secret);
    assert!(a.of_session(&one.secret, NOW + 3 * DAY).await.unwrap().is_none());
    // Used every day, until the longest time is over.
    for day in 1..30 {
        assert!(a.of_session(&two.secret, NOW + day * DAY).await.unwrap().is_some(), "{day}");
    }
    assert!(a.of_session(&two.secret, NOW + 30 * DAY).await.unwrap().is_none());
    let id = one.person.id.clone();
    a.sign_out_everywhere(&id, Some(&one.secret)).await.unwrap();
    assert_eq!(a.sessions(&id, NOW).await.unwrap().len(), 1);
    a.sign_out(&one.secret).await.unwrap();
    assert!(a.of_session(&one.secret, NOW).await.unwrap().is_none());
    // Nothing of what is kept opens anything.
    let three = a.sign_in(&attempt("ann", PASSWORD), NOW).await.unwrap();
    let kept = &a.sessions(&id, NOW).await.unwrap()[0].id;
    assert_ne!(*kept, three.secret);
    assert!(a.of_session(kept, NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn ten_thousand_guesses_do_not_find_a_password_nor_lock_its_owner_out() {
    let place = place().await;
    let a = &place.accounts;
    place.person("ann").await;
    let mine = a.sign_in(&attempt("ann", PASSWORD), NOW).await.unwrap();
    let (mut hashed, mut refused) = (0, 0);
    for n in 0..10_000_i64 {
        let address = format!("10.0.{}.{}", n % 40, n % 250);
        let guess = Attempt { address: &address, ..attempt("ann", "guess guess guess") };
        match a.sign_in(&guess, NOW + n / 10).await {
            Err(AccountError::BadSignIn) => hashed += 1,
            Err(AccountError::TooOften(seconds)) if seconds > 0 => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(hashed < 200 && hashed + refused == 10_000, "{hashed} were hashed");
    let owner = Attempt { device: Some(&mine.device), ..attempt("ann", PASSWORD) };
    assert!(a.sign_in(&owner, NOW + 1000).await.is_ok());
    // The device of another account helps nobody.
    place.person("eve").await;
    let hers = a.sign_in(&attempt("eve", PASSWORD), NOW).await.unwrap();
    let with_hers =
        Attempt { device: Some(&hers.device), address: "10.9.9.9", ..attempt("ann", "x") };
    assert!(matches!(a.sign_in(&with_hers, NOW + 1000).await, Err(AccountError::TooOften(_))));
}

#[tokio::test]
async fn unknown_names_take_as_long_as_wrong_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let store = testing::open(folder.path()).await;
    let options = AccountOptions { hash_kib: 8192, hash_passes: 2, ..AccountOptions::default() };
    let a = Accounts::open(&store, options).await.unwrap();
    a.create(&NewPerson { about: about("ann"), operator: false }, NOW).await.unwrap();
    let mut times = [0.0_f64; 2];
    for n in 0..6 {
        for (which, user) in ["ann", "nobody"].into_iter().enumerate() {
            let start = std::time::Instant::now();
            let wrong = a.sign_in(&attempt(user, "wrong wrong wrong"), NOW + 1000 * n).await;
            assert!(matches!(wrong, Err(AccountError::BadSignIn)));
            times[which] += start.elapsed().as_secs_f64();
        }
    }
    let ratio = times[0] / times[1];
    assert!((0.4..2.5).contains(&ratio), "{times:?}");
}

#[tokio::test]
async fn tokens_do_what_they_say_until_they_end() {
    let place = place().await;
    let a = &place.accounts;
    let ann = place.person("ann").await;
    let new = |scopes: &[&str]| NewToken {
        name: "script".to_owned(),
        scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
        days: 7,
    };
    for bad in [&["admin:people"][..], &["account"], &["root"], &[]] {
        assert!(matches!(a.mint(&ann, &new(bad), NOW).await, Err(AccountError::BadScope(_))));
    }
    let (token, text) = a.mint(&ann, &new(&["read:tap"]), NOW).await.unwrap();
    assert!(text.starts_with("tk_") && text.len() == 46);
    let caller = a.of_token(&text, None, NOW).await.unwrap();
    assert_eq!(caller.id(), ann.id());
    assert!(caller.scopes.has(Scope::ReadTap) && !caller.scopes.has(Scope::ReadFiles));
    // A token makes none that may do more than itself.
    assert!(a.mint(&caller, &new(&["read:files"]), NOW).await.is_err());
    for user in ["ann", "ANN", "token", ""] {
        assert!(a.of_token(&text, Some(user), NOW).await.is_ok(), "{user}");
    }
    let bad = |done: Result<Caller, _>| matches!(done, Err(AccountError::BadToken));
    assert!(bad(a.of_token(&text, Some("bob"), NOW).await));
    assert!(bad(a.of_token(&text, None, NOW + 7 * DAY).await));
    assert!(bad(a.of_token(&text[..45], None, NOW).await));
    assert!(bad(a.of_token(&token.id, None, NOW).await));
    assert_eq!(a.tokens(ann.id().unwrap()).await.unwrap()[0].used, Some(NOW));
    assert!(a.revoke("somebody", &token.id, NOW).await.is_err());
    a.revoke(ann.id().unwrap(), &token.id, NOW).await.unwrap();
    assert!(bad(a.of_token(&text, None, NOW).await));
}

#[tokio::test]
async fn links_are_good_once() {
    let place = place().await;
    let a = &place.accounts;
    let link = a.operator_link(NOW).await.unwrap().unwrap();
    let newer = a.operator_link(NOW).await.unwrap().unwrap();
    let boss = NewPerson { about: about("boss"), operator: true };
    assert!(matches!(a.use_operator_link(&link, &boss, NOW).await, Err(AccountError::BadLink)));
    let made = a.use_operator_link(&newer, &boss, NOW).await.unwrap();
    assert!(made.operator && made.expires.is_none());
    let second = NewPerson { about: about("second"), operator: true };
    assert!(matches!(a.use_operator_link(&newer, &second, NOW).await, Err(AccountError::BadLink)));
    assert!(a.operator_link(NOW).await.unwrap().is_none());
    let ann = place.person("ann").await;
    let id = ann.id().unwrap();
    let session = a.sign_in(&attempt("ann", PASSWORD), NOW).await.unwrap();
    let reset = a.reset_link(id, "", NOW).await.unwrap();
    assert!(matches!(
        a.use_reset_link(&reset, "short", NOW).await,
        Err(AccountError::WeakPassword(_))
    ));
    let late = a.use_reset_link(&reset, "another good one", NOW + DAY).await;
    assert!(matches!(late, Err(AccountError::BadLink)));
    a.use_reset_link(&reset, "another good one", NOW).await.unwrap();
    let again = a.use_reset_link(&reset, "a third good one", NOW).await;
    assert!(matches!(again, Err(AccountError::BadLink)));
    assert!(a.of_session(&session.secret, NOW).await.unwrap().is_none());
    assert!(a.sign_in(&attempt("ann", "another good one"), NOW).await.is_ok());
}

#[tokio::test]
async fn groups_are_run_by_those_who_may() {
    let place = place().await;
    let a = &place.accounts;
    let mut callers = Vec::new();
    for user in ["ann", "bob", "cat", "dan", "boss"] {
        callers.push(place.person(user).await);
    }
    let [ann, bob, cat, dan, _] = &callers[..] else { panic!() };
    let group = a.create_group(ann, "S24A-001 銀河", "", NOW).await.unwrap();
    let id = &group.id;
    for like in ["s24a-001 銀河", "Ｓ24Ａ001銀河"] {
        let taken = a.create_group(bob, like, "", NOW).await;
        assert!(matches!(taken, Err(AccountError::GroupTaken(_))), "{like}");
    }
    let ann = &place.again("ann").await;
    a.set_member(ann, id, "bob", GroupRole::Administrator, NOW).await.unwrap();
    let bob = &place.again("bob").await;
    a.set_member(bob, id, "cat", GroupRole::Member, NOW).await.unwrap();
    // An administrator makes no administrators and touches no owner.
    assert!(a.set_member(bob, id, "cat", GroupRole::Administrator, NOW).await.is_err());
    assert!(a.remove_member(bob, id, "ann", NOW).await.is_err());
    let cat_in = &place.again("cat").await;
    assert!(a.set_member(cat_in, id, "dan", GroupRole::Member, NOW).await.is_err());
    assert!(matches!(a.group(dan, id).await, Err(AccountError::NotFound(_))));
    assert!(matches!(a.remove_member(ann, id, "ann", NOW).await, Err(AccountError::LastOwner)));
    let down = a.set_member(ann, id, "ann", GroupRole::Member, NOW).await;
    assert!(matches!(down, Err(AccountError::LastOwner)));
    let link = a.invite(bob, id, 7, 1, NOW).await.unwrap();
    // Who is a member already uses nothing up.
    assert!(a.join(cat_in, &link, NOW).await.is_ok());
    assert_eq!(a.join(dan, &link, NOW).await.unwrap().name, group.name);
    assert!(matches!(a.join(cat, &link, NOW).await, Err(AccountError::BadLink)));
    let members = a.group(&place.again("dan").await, id).await.unwrap().members;
    let users: Vec<&str> = members.iter().map(|m| m.person.user.as_str()).collect();
    assert_eq!(users, ["ann", "bob", "cat", "dan"]);
    a.remove_member(cat_in, id, "cat", NOW).await.unwrap();
    assert!(place.again("cat").await.groups.is_empty());
    let boss = &place.again("boss").await;
    assert_eq!(a.groups(boss, true).await.unwrap().len(), 1);
    a.remove_member(boss, id, "dan", NOW).await.unwrap();
}
