use referencing::{Draft, Registry, uri};
use serde_json::{Value, json};

use super::*;

fn reckon(schema: &Value) -> Result<Cost, SchemaError> {
    let limits = Limits::default();
    let draft = Draft::Draft202012;
    let base = "json-schema:///";
    let registry = Registry::new().add(base, draft.create_resource_ref(schema)).unwrap();
    let registry = registry.prepare().unwrap();
    let resolver = registry.resolver(uri::from_str(base).unwrap());
    let graph = Graph::draw(schema, &resolver, draft, None, &limits)?;
    let weights: Vec<u64> = (1..=graph.patterns.len() as u64).map(|at| at * 10).collect();
    Cost::reckon(&graph, &weights, &limits)
}

fn cost(schema: Value) -> Cost {
    reckon(&schema).unwrap()
}

#[test]
fn what_applies_to_one_value_is_added_and_what_applies_below_is_not() {
    let flat = cost(json!({"allOf": [{}, {}], "properties": {"a": {}, "b": {"not": {}}}}));
    assert_eq!((flat.height, flat.longest), (2, Some(3)));
    // Two for the branches and one for the root, and the branches again to list what does not match.
    assert_eq!((flat.expansion, flat.each), (5, 3));
}

#[test]
fn a_reference_counts_as_often_as_it_is_used() {
    let once = cost(json!({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"not": {}}}}));
    let twice = cost(json!({
        "items": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]},
        "$defs": {"a": {"not": {}}}
    }));
    assert!(twice.each > 2 * once.each);
}

#[test]
fn a_recursive_schema_has_no_longest_way_but_a_height() {
    let tree = cost(json!({"properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}}));
    assert_eq!((tree.longest, tree.height), (None, 2));
    assert_eq!((tree.nesting(0), tree.nesting(9)), (2, 20));
    let list = cost(json!({"items": {"items": {}}}));
    assert_eq!((list.nesting(0), list.nesting(9)), (1, 3));
}

#[test]
fn a_dynamic_reference_leads_to_one_of_its_anchors() {
    let schema = |anchors: usize| {
        let resource = |at: usize| {
            let body =
                json!({"$id": format!("http://a/{at}"), "$dynamicAnchor": "n", "not": {"not": {}}});
            (format!("d{at}"), body)
        };
        let definitions: serde_json::Map<_, _> = (0..anchors).map(resource).collect();
        json!({"$ref": "http://a/0", "items": {"$ref": "http://a/0#n"}, "$defs": definitions})
    };
    assert_eq!(cost(schema(1)).expansion, cost(schema(9)).expansion);
}

#[test]
fn unevaluated_properties_look_again() {
    let plain = cost(json!({"anyOf": [{"properties": {"a": {}}}]}));
    let again = cost(json!({"anyOf": [{"properties": {"a": {}}}], "unevaluatedProperties": false}));
    assert!(again.expansion > plain.expansion + 2);
}

#[test]
fn patterns_for_names_are_added_where_they_apply_together() {
    let apart = cost(
        json!({"items": {"patternProperties": {"a": {}}}, "not": {"patternProperties": {"b": {}}}}),
    );
    assert_eq!(apart.name_weight, 20);
    let together =
        cost(json!({"patternProperties": {"a": {}}, "not": {"patternProperties": {"b": {}}}}));
    assert_eq!(together.name_weight, 30);
}

#[test]
fn the_way_to_a_sub_schema_that_leads_to_itself_is_told() {
    let schema = json!({"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}]}}});
    let Err(SchemaError::Invalid { rule, path, .. }) = reckon(&schema) else {
        panic!("it is endless")
    };
    assert_eq!(rule, SchemaRule::Recursion);
    assert!(path.starts_with("/properties/a"), "{path}");
}
