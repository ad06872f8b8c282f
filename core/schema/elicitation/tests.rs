use super::*;

const C: Version = Version::V2025_06_18;
const D: Version = Version::V2025_11_25;
const E: Version = Version::V2026_07_28;

fn form(requested: &str, version: Version) -> Result<Form, SchemaError> {
    Form::compile(&Compiler::default(), Raw::parse(requested).unwrap(), version)
}

fn property(property: &str, version: Version) -> Result<Form, SchemaError> {
    form(&format!(r#"{{"type":"object","properties":{{"p":{property}}}}}"#), version)
}

fn refusal(outcome: Result<Form, SchemaError>) -> Option<(SchemaRule, String)> {
    match outcome {
        Err(SchemaError::Invalid { rule, path, .. }) => Some((rule, path)),
        _ => None,
    }
}

fn accepts(form: &Form, content: &str) -> bool {
    form.check(Raw::parse(content).unwrap()).is_ok()
}

#[test]
fn the_kinds_of_fields_are_those_of_the_revision() {
    let every = [
        r#"{"type":"string","title":"T","description":"D","minLength":3,"maxLength":50,"format":"email"}"#,
        r#"{"type":"string","pattern":"^[A-Za-z]+$"}"#,
        r#"{"type":"number","minimum":0,"maximum":100.5}"#,
        r#"{"type":"integer","minimum":-1}"#,
        r#"{"type":"boolean","default":true}"#,
        r#"{"type":"string","enum":["a","b"],"enumNames":["A","B"]}"#,
    ];
    let since_d = [
        r#"{"type":"string","oneOf":[{"const":"a","title":"A"}],"default":"a"}"#,
        r#"{"type":"array","items":{"type":"string","enum":["a","b"]},"minItems":1,"maxItems":2,"default":["b"]}"#,
        r#"{"type":"array","items":{"anyOf":[{"const":"a","title":"A"}]}}"#,
    ];
    for version in [C, D, E] {
        every.iter().for_each(|one| assert!(property(one, version).is_ok(), "{one} {version}"));
        for one in since_d {
            assert_eq!(property(one, version).is_ok(), version >= D, "{one} {version}");
        }
    }
}

#[test]
fn fields_tell_what_a_form_has_to_show() {
    let form = form(
        r#"{"type":"object","required":["color"],"properties":{
            "color":{"type":"string","title":"Color","oneOf":[{"const":"\u0023f00","title":"Red"},{"const":"0","title":""}]},
            "size":{"type":"string","enum":["s","l"],"enumNames":["small"],"description":"how large"},
            "mail":{"type":"string","format":"email","default":"a@b.ch"},
            "tags":{"type":"array","items":{"type":"string","enum":["x","y"]},"default":[]}}}"#,
        E,
    )
    .unwrap();
    let fields: Vec<_> = form.fields().collect();
    let choice = |value: &str, title: Option<&str>| Choice {
        value: value.to_owned(),
        title: title.map(str::to_owned),
    };
    assert_eq!(
        (fields[0].name(), fields[0].title(), fields[0].is_required()),
        ("color", Some("Color"), true)
    );
    let colors = vec![choice("#f00", Some("Red")), choice("0", Some(""))];
    assert_eq!(fields[0].kind(), &FieldKind::One(colors));
    let sizes = vec![choice("s", Some("small")), choice("l", None)];
    assert_eq!(
        (fields[1].kind(), fields[1].description()),
        (&FieldKind::One(sizes), Some("how large"))
    );
    assert_eq!(fields[2].kind(), &FieldKind::Text { format: Some("email".to_owned()) });
    assert_eq!((fields[2].default(), fields[2].is_required()), (Some(r#""a@b.ch""#), false));
    assert_eq!(fields[3].kind(), &FieldKind::Many(vec![choice("x", None), choice("y", None)]));
}

#[test]
fn what_is_not_flat_or_not_in_the_subset_is_refused_with_its_place() {
    let shape = SchemaRule::ElicitationShape;
    let keyword = SchemaRule::ElicitationKeyword;
    for (one, rule, path) in [
        (r#"{"type":"object","properties":{}}"#, shape, "/type"),
        (r#"{"type":"null"}"#, shape, "/type"),
        (r#"{"type":["string","null"]}"#, shape, "/type"),
        ("{}", shape, "/type"),
        ("true", shape, "/type"),
        (r#"{"type":"array","items":{"type":"object"}}"#, shape, "/items/type"),
        (r#"{"type":"array","items":{"type":"string"}}"#, shape, "/items/enum"),
        (r#"{"type":"array"}"#, shape, "/items"),
        (r#"{"type":"string","format":"ipv4"}"#, shape, "/format"),
        (r#"{"type":"string","enum":[1]}"#, shape, "/enum"),
        (r#"{"type":"string","oneOf":[{"const":"a"}]}"#, shape, "/oneOf"),
        (r#"{"type":"string","oneOf":[{"const":1,"title":"A"}]}"#, shape, "/oneOf"),
        (r#"{"type":"string","multipleOf":2}"#, keyword, "/multipleOf"),
        (r#"{"type":"string","anyOf":[true]}"#, keyword, "/anyOf"),
        (r#"{"type":"number","exclusiveMinimum":0}"#, keyword, "/exclusiveMinimum"),
        (r#"{"type":"boolean","not":{"const":true}}"#, keyword, "/not"),
        (
            r#"{"type":"array","items":{"type":"string","enum":["a"],"minLength":1}}"#,
            keyword,
            "/items/minLength",
        ),
    ] {
        let found = refusal(property(one, D));
        assert_eq!(found, Some((rule, format!("/properties/p{path}"))), "{one}");
    }
    for (root, rule, path) in [
        (r#"{"type":"array","properties":{}}"#, shape, "/type"),
        (r#"{"type":"object"}"#, shape, "/properties"),
        (
            r#"{"type":"object","properties":{},"additionalProperties":{}}"#,
            shape,
            "/additionalProperties",
        ),
        (r#"{"type":"object","properties":{},"minProperties":1}"#, keyword, "/minProperties"),
        (r#"{"type":"object","properties":{},"$defs":{}}"#, keyword, "/$defs"),
    ] {
        assert_eq!(refusal(form(root, D)), Some((rule, path.to_owned())), "{root}");
    }
}

#[test]
fn descriptions_and_keywords_of_others_do_no_harm() {
    let requested = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","title":"T",
        "additionalProperties":false,"x-order":["p"],
        "properties":{"p":{"type":"string","$comment":"c","examples":["e"],"deprecated":true,"x-mask":"*"}}}"#;
    for version in [C, D, E] {
        assert!(form(requested, version).is_ok());
    }
}

#[test]
fn revisions_without_elicitation_refuse_every_form() {
    for version in [Version::V2024_11_05, Version::V2025_03_26] {
        let found = refusal(form(r#"{"type":"object","properties":{}}"#, version));
        assert_eq!(found, Some((SchemaRule::ElicitationVersion, String::new())));
    }
}

#[test]
fn a_default_must_be_a_value_of_its_field() {
    for one in [
        r#"{"type":"string","default":1}"#,
        r#"{"type":"integer","default":1.5}"#,
        r#"{"type":"number","default":"1"}"#,
        r#"{"type":"boolean","default":"true"}"#,
        r#"{"type":"string","enum":["a"],"default":"b"}"#,
        r#"{"type":"array","items":{"type":"string","enum":["a"]},"default":"a"}"#,
        r#"{"type":"array","items":{"type":"string","enum":["a"]},"default":["a","b"]}"#,
    ] {
        let place = "/properties/p/default".to_owned();
        assert_eq!(
            refusal(property(one, D)),
            Some((SchemaRule::ElicitationDefault, place)),
            "{one}"
        );
    }
    assert!(property(r#"{"type":"integer","default":2.0}"#, E).is_ok());
}

#[test]
fn defaults_are_filled_in_where_the_content_has_nothing() {
    let requested = r#"{"type":"object","properties":{
        "name":{"type":"string","default":"John \"D\""},"age":{"type":"integer","default":30},
        "score":{"type":"number","default":95.50},"status":{"type":"string","enum":["active"],"default":"active"},
        "verified":{"type":"boolean","default":true},"note":{"type":"string"}}}"#;
    let newer = form(requested, D).unwrap();
    let fill = |form: &Form, content: &str| form.fill_defaults(Raw::parse(content).unwrap());
    let all = r#"{"name":"John \"D\"","age":30,"score":95.50,"status":"active","verified":true}"#;
    assert_eq!(fill(&newer, "{}"), all);
    assert_eq!(fill(&newer, " { } "), all.replacen('{', "{ ", 1).replace("{ \"", "{\""));
    let some = r#"{"na\u006de": "x" , "verified":false, "status":null,"score":1 }"#;
    assert_eq!(
        fill(&newer, some),
        r#"{"na\u006de": "x" , "verified":false, "status":null,"score":1,"age":30}"#
    );
    assert_eq!(fill(&newer, "[]"), "[]");
    assert!(accepts(&newer, all));
    let older = form(requested, C).unwrap();
    assert_eq!(fill(&older, "{}"), r#"{"verified":true}"#);
}

#[test]
fn content_is_judged_with_its_formats_and_stays_flat() {
    let form = |version| {
        form(
            r#"{"type":"object","required":["mail"],"properties":{
                "mail":{"type":"string","format":"email"},"day":{"type":"string","format":"date"},
                "at":{"type":"string","format":"date-time"},"site":{"type":"string","format":"uri"}}}"#,
            version,
        )
        .unwrap()
    };
    let (older, newer) = (form(C), form(D));
    for (content, accepted) in [
        (
            r#"{"mail":"a@b.ch","day":"2026-02-28","at":"2026-02-28T10:00:00Z","site":"https://a.ch/b"}"#,
            true,
        ),
        (r#"{"mail":"a.b.ch"}"#, false),
        (r#"{"mail":"a@b.ch","day":"2026-02-30"}"#, false),
        (r#"{"mail":"a@b.ch","at":"2026-02-28 10:00"}"#, false),
        (r#"{"mail":"a@b.ch","site":"a b"}"#, false),
        ("{}", false),
        ("[]", false),
        (r#"{"mail":"a@b.ch","more":1}"#, true),
        (r#"{"mail":"a@b.ch","more":null}"#, false),
        (r#"{"mail":"a@b.ch","more":{"a":1}}"#, false),
        (r#"{"mail":"a@b.ch","more":[1]}"#, false),
    ] {
        assert_eq!(accepts(&older, content), accepted, "{content}");
        assert_eq!(accepts(&newer, content), accepted, "{content}");
    }
    let strings = r#"{"mail":"a@b.ch","more":["x"]}"#;
    assert!(!accepts(&older, strings) && accepts(&newer, strings));
}

#[test]
fn what_a_user_accepts_is_completed_with_the_defaults_and_fits_the_form() {
    let requested = r#"{"type":"object","required":["a"],"properties":{
        "a":{"type":"string","minLength":2,"default":"xy"},"b":{"type":"integer"}}}"#;
    let form = form(requested, D).unwrap();
    let accept = |content| form.accept(Raw::parse(content).unwrap());
    assert_eq!(accept("{}").unwrap(), r#"{"action":"accept","content":{"a":"xy"}}"#);
    let both = r#"{"action":"accept","content":{"b":1,"a":"xy"}}"#;
    assert_eq!(accept(r#"{"b":1}"#).unwrap(), both);
    for content in [r#"{"a":"x"}"#, r#"{"b":"1"}"#, r#"{"c":{}}"#, "[]", "null"] {
        assert!(accept(content).is_err(), "{content}");
    }
}

#[test]
fn the_whole_answer_of_a_user_is_judged() {
    let requested = r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#;
    let form = form(requested, D).unwrap();
    let judge = |result| match form.judge(Raw::parse(result).unwrap()) {
        Ok(Answer::Accepted(content)) => content.spelling().to_owned(),
        Ok(Answer::Declined) => "declined".to_owned(),
        Ok(Answer::Cancelled) => "cancelled".to_owned(),
        Err(rejection) => rejection.to_string(),
    };
    assert_eq!(judge(r#"{"action":"accept","content":{"a":"x"}}"#), r#"{"a":"x"}"#);
    assert_eq!(judge(r#"{"action":"decline"}"#), "declined");
    assert_eq!(judge(r#"{"action":"canc\u0065l","content":{"a":1}}"#), "cancelled");
    for missing in [r#"{"action":"accept"}"#, r#"{"action":"accept","content":null}"#] {
        assert_eq!(judge(missing), "the root: \"a\" is a required property", "{missing}");
    }
    let wrong = judge(r#"{"action":"accept","content":{"a":1}}"#);
    assert_eq!(wrong, "/a: 1 is not of type \"string\"");
    for odd in ["{}", "[]", r#"{"action":"yes"}"#, r#"{"action":"accept","content":{"a":{}}}"#] {
        assert!(judge(odd).starts_with("the root: a response must be"), "{odd}");
    }
}
