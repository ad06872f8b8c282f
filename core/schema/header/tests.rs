use super::*;

fn table(schema: &str) -> Result<HeaderTable, SchemaError> {
    HeaderTable::of(Raw::parse(schema).unwrap(), &Limits::default())
}

fn refusal(schema: &str) -> (SchemaRule, String) {
    match table(schema) {
        Err(SchemaError::Invalid { rule, path, .. }) => (rule, path),
        other => panic!("{schema}: {other:?}"),
    }
}

#[test]
fn nested_properties_are_mirrored_with_their_paths_and_types() {
    let table = table(
        r#"{"type":"object","properties":{
            "region":{"x-mcp-header":"Region","type":"string"},
            "x-mcp-header":{"type":"string"},
            "options":{"type":"object","properties":{
                "a/b":{"type":["integer","null"],"x-mcp-header":"Limit"},
                "dry":{"type":"boolean","x-mcp-header":"Dry-Run"}}},
            "data":{"const":{"x-mcp-header":"no"},"default":{"properties":{"a":{"x-mcp-header":""}}}}
        }}"#,
    )
    .unwrap();
    let found: Vec<_> =
        table.iter().map(|one| (one.name(), one.path().collect::<Vec<_>>(), one.kind())).collect();
    let expected = [
        ("Region", vec!["region"], HeaderType::String),
        ("Limit", vec!["options", "a/b"], HeaderType::Integer),
        ("Dry-Run", vec!["options", "dry"], HeaderType::Boolean),
    ];
    assert_eq!(found, expected);
}

#[test]
fn names_must_be_tokens() {
    for name in
        [r#""""#, r#""a b""#, r#""a:b""#, r#""é""#, r#""a\r\nX: y""#, r#""a\u0000""#, "1", "null"]
    {
        let schema =
            format!(r#"{{"properties":{{"a":{{"type":"string","x-mcp-header":{name}}}}}}}"#);
        let place = "/properties/a/x-mcp-header".to_owned();
        assert_eq!(refusal(&schema), (SchemaRule::HeaderName, place), "{name}");
    }
    assert!(
        table(r#"{"properties":{"a":{"type":"string","x-mcp-header":"!#$%&'*+-.^_`|~09azAZ"}}}"#)
            .is_ok()
    );
}

#[test]
fn names_must_be_unique_in_any_case() {
    let schema = r#"{"properties":{"a":{"type":"string","x-mcp-header":"Region"},
        "b":{"properties":{"c":{"type":"string","x-mcp-header":"rEGION"}}}}}"#;
    let place = "/properties/b/properties/c/x-mcp-header".to_owned();
    assert_eq!(refusal(schema), (SchemaRule::HeaderDuplicate, place));
}

#[test]
fn only_strings_integers_and_booleans_are_mirrored() {
    for kind in [
        r#""number""#,
        r#""object""#,
        r#""array""#,
        r#""null""#,
        r#"["string","integer"]"#,
        r#"["null"]"#,
        r#"["string","null","null"]"#,
        "{}",
    ] {
        let schema = format!(r#"{{"properties":{{"a":{{"type":{kind},"x-mcp-header":"A"}}}}}}"#);
        assert_eq!(refusal(&schema).0, SchemaRule::HeaderType, "{kind}");
    }
    assert_eq!(refusal(r#"{"properties":{"a":{"x-mcp-header":"A"}}}"#).0, SchemaRule::HeaderType);
}

#[test]
fn annotations_belong_where_properties_alone_lead() {
    let inner = r#"{"type":"string","x-mcp-header":"A"}"#;
    let mut places = vec![inner.to_owned()];
    places.extend(SCHEMAS.iter().map(|keyword| format!(r#"{{"{keyword}":{inner}}}"#)));
    places.extend(SCHEMAS.iter().map(|keyword| format!(r#"{{"{keyword}":[true,{inner}]}}"#)));
    places.extend(MEMBERS.iter().map(|keyword| format!(r#"{{"{keyword}":{{"a":{inner}}}}}"#)));
    places
        .push(format!(r#"{{"properties":{{"a":{{"items":{{"properties":{{"b":{inner}}}}}}}}}}}"#));
    for schema in places {
        assert_eq!(refusal(&schema).0, SchemaRule::HeaderPlace, "{schema}");
    }
}

#[test]
fn one_parameter_more_than_the_limit_is_refused() {
    let schema = |count: u32| {
        let property = |at| format!(r#""p{at}":{{"type":"string","x-mcp-header":"H{at}"}}"#);
        let properties: Vec<_> = (0..count).map(property).collect();
        format!(r#"{{"properties":{{{}}}}}"#, properties.join(","))
    };
    assert_eq!(table(&schema(64)).unwrap().iter().len(), 64);
    assert_eq!(table(&schema(65)), Err(SchemaError::LimitExceeded(SchemaLimit::Headers)));
}

#[test]
fn values_are_read_by_type_and_absent_or_null_ones_give_no_header() {
    let table = table(
        r#"{"properties":{"s":{"type":"string","x-mcp-header":"S"},
            "o":{"properties":{"i":{"type":"integer","x-mcp-header":"I"}}},
            "b":{"type":"boolean","x-mcp-header":"B"}}}"#,
    )
    .unwrap();
    let read = |arguments: &str| -> Vec<Result<Option<String>, String>> {
        let raw = Raw::parse(arguments).unwrap();
        let one = |one: &Mirrored| {
            let read = one.read(raw).map_err(|violation| violation.instance_path);
            read.map(|value| value.map(|value| format!("{value:?}")))
        };
        table.iter().map(one).collect()
    };
    let some = |text: &str| Ok(Some(text.to_owned()));
    assert_eq!(
        read(r#"{"b":false,"o":{"i":42.0},"s":"Hello, \u4e16\u754c"}"#),
        [some(r#"String("Hello, 世界")"#), some("Integer(42)"), some("Boolean(false)")]
    );
    assert_eq!(read(r#"{"s":"","o":{"i":null}}"#), [some(r#"String("")"#), Ok(None), Ok(None)]);
    assert_eq!(read(r#"{"o":[],"b":null}"#), [Ok(None), Ok(None), Ok(None)]);
    let wrong = |path: &str| Err(path.to_owned());
    assert_eq!(
        read(r#"{"s":1,"o":{"i":1.5},"b":"true"}"#),
        [wrong("/s"), wrong("/o/i"), wrong("/b")]
    );
    assert_eq!(read(r#"{"o":{"i":9007199254740991}}"#)[1], some("Integer(9007199254740991)"));
    assert_eq!(read(r#"{"o":{"i":-9007199254740992}}"#)[1], wrong("/o/i"));
    assert_eq!(read(r#"{"o":{"i":"7"}}"#)[1], wrong("/o/i"));
}
