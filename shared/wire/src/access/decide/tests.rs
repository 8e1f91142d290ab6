use super::*;
use crate::access::{Kind, Person, Scopes, SecretLink};

const NOW: i64 = 1_795_000_000;

fn person(id: &str, groups: &[(&str, GroupRole)]) -> Caller {
    let named = Person { id: id.to_owned(), user: id.to_owned(), display: id.to_owned() };
    Caller {
        person: Some(named),
        groups: groups.iter().map(|(group, role)| ((*group).to_owned(), *role)).collect(),
        operator: false,
        scopes: Scopes::all(),
        via: Via::Cookie,
    }
}

fn with_token(caller: Caller, scopes: &str) -> Caller {
    Caller { scopes: Scopes::parse(scopes).unwrap(), via: Via::Token, ..caller }
}

fn reason(caller: &Caller, action: Action, rule: &Rule) -> Option<Reason> {
    match allowed(caller, action, &Resource::new(Kind::File, rule), NOW) {
        Verdict::Yes => None,
        Verdict::No(denial) => Some(denial.reason),
    }
}

const ACTIONS: [Action; 5] =
    [Action::See, Action::Read, Action::Write, Action::Delete, Action::Share];

#[test]
fn every_role_may_what_its_row_says() {
    use Reason::{NotOwner, NotShared, ReadOnly, SignIn};
    let rule = Rule { readers: vec!["r".into()], writers: vec!["w".into()], ..Rule::of("ann") };
    let operator = Caller { operator: true, ..person("op", &[]) };
    let member = GroupRole::Member;
    let rows = [
        (Caller::anonymous(), [Some(SignIn); 5]),
        (person("ann", &[]), [None; 5]),
        (operator, [None; 5]),
        (
            person("bob", &[("r", member)]),
            [None, None, Some(ReadOnly), Some(ReadOnly), Some(NotOwner)],
        ),
        (person("cat", &[("w", member)]), [None, None, None, None, Some(NotOwner)]),
        (
            person("dan", &[("x", GroupRole::Owner)]),
            [Some(NotShared), Some(NotShared), Some(NotShared), Some(NotShared), Some(NotOwner)],
        ),
    ];
    for (caller, expected) in rows {
        let found = ACTIONS.map(|action| reason(&caller, action, &rule));
        assert_eq!(found, expected, "{caller:?}");
    }
}

#[test]
fn a_thing_of_a_group_is_shared_by_its_administrators() {
    let rule = Rule { writers: vec!["w".into()], ..Rule::default() };
    assert_eq!(
        reason(&person("a", &[("w", GroupRole::Administrator)]), Action::Share, &rule),
        None
    );
    let member = person("b", &[("w", GroupRole::Member)]);
    assert_eq!(reason(&member, Action::Share, &rule), Some(Reason::NotOwner));
}

#[test]
fn proprietary_data_open_by_themselves_at_their_date() {
    let rule = Rule {
        release: Some(NOW + 1),
        public: true,
        described: true,
        readers: vec!["pi".into()],
        ..Rule::default()
    };
    let resource = Resource::new(Kind::Data, &rule);
    let anyone = Caller::anonymous();
    assert!(allowed(&anyone, Action::See, &resource, NOW).is_yes());
    let Verdict::No(denial) = allowed(&anyone, Action::Read, &resource, NOW) else { panic!() };
    assert_eq!((denial.reason, denial.until), (Reason::NotReleased, Some(NOW + 1)));
    assert_eq!((denial.status(), denial.groups.as_slice()), (403, &["pi".to_owned()][..]));
    assert!(allowed(&anyone, Action::Read, &resource, NOW + 1).is_yes());
    let member = person("a", &[("pi", GroupRole::Member)]);
    assert!(allowed(&member, Action::Read, &resource, NOW).is_yes());
    assert!(!allowed(&member, Action::Write, &resource, NOW + 2).is_yes());
    // Hidden until its date as well where it is not described.
    let hidden = Rule { described: false, ..rule };
    assert!(!allowed(&anyone, Action::See, &Resource::new(Kind::Data, &hidden), NOW).is_yes());
}

#[test]
fn a_token_does_only_what_its_scopes_say_and_never_less_than_none() {
    let rule = Rule::of("ann");
    let reader = with_token(person("ann", &[]), "read:files");
    assert_eq!(reason(&reader, Action::Read, &rule), None);
    assert_eq!(reason(&reader, Action::Write, &rule), Some(Reason::Scope(Scope::WriteFiles)));
    let none = with_token(person("ann", &[]), "");
    assert_eq!(reason(&none, Action::Read, &rule), Some(Reason::Scope(Scope::ReadFiles)));
    assert_eq!(reason(&none, Action::Read, &Rule::public()), None);
    let operator = Caller { operator: true, ..person("op", &[]) };
    let narrow = with_token(operator.clone(), "read:files");
    assert_eq!(reason(&narrow, Action::Read, &rule), Some(Reason::NotShared));
    assert_eq!(
        reason(&with_token(operator, "read:files admin:archive"), Action::Read, &rule),
        None
    );
}

#[test]
fn a_link_opens_until_it_ends_and_no_more_than_it_says() {
    let link = SecretLink { sha256: "aa".into(), until: Some(NOW + 1), write: false };
    let rule = Rule { links: vec![link], ..Rule::of("ann") };
    let ask = |link, action, now| {
        let resource = Resource { kind: Kind::File, rule: &rule, link };
        match allowed(&Caller::anonymous(), action, &resource, now) {
            Verdict::Yes => None,
            Verdict::No(denial) => Some(denial.reason),
        }
    };
    assert_eq!(ask(Some("aa"), Action::Read, NOW), None);
    assert_eq!(ask(Some("aa"), Action::Write, NOW), Some(Reason::SignIn));
    assert_eq!(ask(Some("aa"), Action::Read, NOW + 1), Some(Reason::LinkEnded));
    assert_eq!(ask(Some("ab"), Action::Read, NOW), Some(Reason::SignIn));
    assert_eq!(ask(None, Action::Read, NOW), Some(Reason::SignIn));
}

#[test]
fn what_is_nobodys_is_open_to_nobody_but_operators() {
    let rule = Rule::default();
    for action in ACTIONS {
        assert!(reason(&person("ann", &[("g", GroupRole::Owner)]), action, &rule).is_some());
        assert!(reason(&Caller::anonymous(), action, &rule).is_some());
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    for (seconds, expected) in [
        (0, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (-1, "1969-12-31"),
        (4_107_542_399, "2100-02-28"),
        (4_107_542_400, "2100-03-01"),
    ] {
        assert_eq!(day(seconds), expected);
    }
}

#[test]
fn scopes_are_words() {
    let scopes = Scopes::parse("write:files  read:tap").unwrap();
    assert_eq!(scopes.words(), "read:tap write:files");
    assert_eq!(Scopes::parse("read:tap root"), Err("root".to_owned()));
    let json = serde_json::to_string(&scopes).unwrap();
    assert_eq!(json, r#"["read:tap","write:files"]"#);
    assert_eq!(serde_json::from_str::<Scopes>(&json).unwrap(), scopes);
}
