//! Drawing the graph: from the root along every keyword that holds sub-schemas, and along every reference.

use std::collections::HashMap;
use std::ptr;

use mcp_engine_proto::schema::{SchemaError, SchemaLimit, SchemaRule};
use referencing::{Draft, Registry, Resolver};
use serde_json::{Map, Value};

use super::{Graph, Node, Pattern};
use crate::limits::Limits;
use crate::pointer;

/// A graph in the making.
pub(super) struct Drawing<'r, 'l> {
    documents: Option<&'l Registry<'l>>,
    graph: Graph,
    /// The numbers of the sub-schemas that were met, by their address.
    numbers: HashMap<*const Value, u32>,
    patterns: HashMap<String, u32>,
    waiting: Vec<Waiting<'r>>,
    /// Sub-schemas by their `$dynamicAnchor`.
    anchors: HashMap<String, Vec<u32>>,
    /// Sub-schemas whose reference may lead to any anchor of a name.
    dynamic: Vec<(u32, String)>,
    limits: &'l Limits,
}

/// A sub-schema that has a number and was not looked into yet.
struct Waiting<'r> {
    number: u32,
    schema: &'r Map<String, Value>,
    resolver: Resolver<'r>,
    draft: Draft,
}

/// To which value a sub-schema applies, seen from the one that names it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Here,
    OneOfHere,
    Below,
    /// To none, until something refers to it.
    Apart,
}

impl<'r, 'l> Drawing<'r, 'l> {
    pub(super) fn new(documents: Option<&'l Registry<'l>>, limits: &'l Limits) -> Self {
        Self {
            documents,
            graph: Graph::default(),
            numbers: HashMap::new(),
            patterns: HashMap::new(),
            waiting: Vec::new(),
            anchors: HashMap::new(),
            dynamic: Vec::new(),
            limits,
        }
    }

    /// Follows every way from the root.
    pub(super) fn draw(
        mut self,
        root: &'r Value,
        resolver: &Resolver<'r>,
        draft: Draft,
    ) -> Result<Graph, SchemaError> {
        self.number(root, resolver, draft, (0, String::new()))?;
        while let Some(next) = self.waiting.pop() {
            self.visit(next)?;
        }
        self.connect_dynamic();
        Ok(self.graph)
    }

    /// The number of a sub-schema, which is looked into later when it is new.
    fn number(
        &mut self,
        schema: &'r Value,
        resolver: &Resolver<'r>,
        draft: Draft,
        origin: (u32, String),
    ) -> Result<u32, SchemaError> {
        if let Some(number) = self.numbers.get(&ptr::from_ref(schema)) {
            return Ok(*number);
        }
        let number = self.graph.nodes.len() as u32;
        if number >= self.limits.sub_schemas {
            return Err(SchemaError::LimitExceeded(SchemaLimit::SubSchemas));
        }
        self.graph.nodes.push(Node { origin, ..Node::default() });
        self.numbers.insert(ptr::from_ref(schema), number);
        if let Value::Object(members) = schema {
            let draft = self.dialect(draft, schema, number)?;
            // An identifier that is none is reported by the validator.
            let resource = draft.create_resource_ref(schema);
            let resolver = resolver.in_subresource(resource).unwrap_or_else(|_| resolver.clone());
            self.waiting.push(Waiting { number, schema: members, resolver, draft });
        }
        Ok(number)
    }

    /// The dialect of a sub-schema inside one of another dialect.
    fn dialect(&self, outer: Draft, schema: &Value, number: u32) -> Result<Draft, SchemaError> {
        let Some(Value::String(uri)) = schema.get("$schema") else { return Ok(outer) };
        match Draft::from_schema_uri(uri) {
            Draft::Draft202012 => Ok(Draft::Draft202012),
            Draft::Draft7 => Ok(Draft::Draft7),
            Draft::Unknown if number == 0 => Ok(outer),
            Draft::Unknown if self.documents.is_some_and(|known| known.contains_resource(uri)) => {
                Ok(Draft::Unknown)
            }
            _ => Err(self.refused(SchemaRule::Dialect, number, "/$schema", uri)),
        }
    }

    fn visit(&mut self, waiting: Waiting<'r>) -> Result<(), SchemaError> {
        // In draft-07 a reference hides what stands beside it.
        if waiting.draft == Draft::Draft7
            && let Some(reference) = waiting.schema.get("$ref")
        {
            self.keyword(&waiting, "$ref", reference)?;
            return waiting
                .schema
                .iter()
                .filter(|(keyword, _)| DEFINITIONS.contains(&keyword.as_str()))
                .try_for_each(|(keyword, value)| self.keyword(&waiting, keyword, value));
        }
        waiting
            .schema
            .iter()
            .try_for_each(|(keyword, value)| self.keyword(&waiting, keyword, value))
    }

    fn keyword(
        &mut self,
        from: &Waiting<'r>,
        keyword: &str,
        value: &'r Value,
    ) -> Result<(), SchemaError> {
        if NAMES.contains(&keyword) {
            let names = names(value);
            self.node(from.number, |node| node.required = node.required.saturating_add(names));
        }
        let relation = match keyword {
            "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas"
            | "dependencies" => Relation::Here,
            "properties"
            | "additionalProperties"
            | "propertyNames"
            | "items"
            | "prefixItems"
            | "additionalItems"
            | "contains" => Relation::Below,
            "patternProperties" => {
                for pattern in value.as_object().into_iter().flat_map(|members| members.keys()) {
                    let pattern = self.pattern(from.number, pattern)?;
                    self.node(from.number, |node| node.name_patterns.push(pattern));
                }
                Relation::Below
            }
            "unevaluatedProperties" | "unevaluatedItems" => {
                self.node(from.number, |node| {
                    node.unevaluated = node.unevaluated.saturating_add(1)
                });
                Relation::Below
            }
            "$defs" | "definitions" | "contentSchema" => Relation::Apart,
            "$ref" | "$dynamicRef" => return self.reference(from, keyword, value),
            "$dynamicAnchor" => {
                if let Value::String(name) = value {
                    self.anchors.entry(name.clone()).or_default().push(from.number);
                }
                return Ok(());
            }
            "multipleOf" => {
                self.graph.divides = true;
                return Ok(());
            }
            "pattern" => {
                return value
                    .as_str()
                    .map_or(Ok(()), |text| self.pattern(from.number, text).map(|_| ()));
            }
            _ => return Ok(()),
        };
        self.sub_schemas(from, relation, keyword, value)
    }

    /// Connects a keyword's sub-schemas: its value, or what its value holds.
    fn sub_schemas(
        &mut self,
        from: &Waiting<'r>,
        relation: Relation,
        keyword: &str,
        value: &'r Value,
    ) -> Result<(), SchemaError> {
        match value {
            Value::Object(members) if HOLDS_MEMBERS.contains(&keyword) => {
                for (name, schema) in members {
                    self.sub_schema(from, relation, &[keyword, name], schema)?;
                }
                Ok(())
            }
            Value::Array(elements) => {
                for (at, schema) in elements.iter().enumerate() {
                    self.sub_schema(from, relation, &[keyword, &at.to_string()], schema)?;
                }
                Ok(())
            }
            schema => self.sub_schema(from, relation, &[keyword], schema),
        }
    }

    fn sub_schema(
        &mut self,
        from: &Waiting<'r>,
        relation: Relation,
        steps: &[&str],
        schema: &'r Value,
    ) -> Result<(), SchemaError> {
        if !matches!(schema, Value::Object(_) | Value::Bool(_)) {
            return Ok(());
        }
        let mut way = String::new();
        steps.iter().for_each(|step| pointer::push(&mut way, step));
        let to = self.number(schema, &from.resolver, from.draft, (from.number, way))?;
        self.connect(from.number, relation, to);
        Ok(())
    }

    /// Connects the target of a reference.
    fn reference(
        &mut self,
        from: &Waiting<'r>,
        keyword: &str,
        value: &Value,
    ) -> Result<(), SchemaError> {
        let Value::String(reference) = value else { return Ok(()) };
        let way = format!("/{keyword}");
        if reference.is_empty() {
            // The validator would take it for no reference at all.
            return Err(self.refused(SchemaRule::Reference, from.number, &way, "write \"#\""));
        }
        let resolved = from
            .resolver
            .lookup(reference)
            .map_err(|_| self.refused(SchemaRule::Reference, from.number, &way, reference))?;
        let (schema, resolver, draft) = resolved.into_inner();
        let fragment = reference.rsplit_once('#').map_or("", |(_, fragment)| fragment);
        let dynamic = !fragment.is_empty() && !fragment.starts_with('/');
        let relation = if dynamic { Relation::OneOfHere } else { Relation::Here };
        let to = self.number(schema, &resolver, draft, (from.number, way))?;
        self.connect(from.number, relation, to);
        if dynamic {
            self.dynamic.push((from.number, fragment.to_owned()));
        }
        // Anchors are anywhere in the resource.
        if let Ok(resource) = resolver.lookup("") {
            let (schema, resolver, draft) = resource.into_inner();
            self.number(schema, &resolver, draft, (from.number, format!("/{keyword}")))?;
        }
        Ok(())
    }

    /// The number of a pattern.
    fn pattern(&mut self, node: u32, pattern: &str) -> Result<u32, SchemaError> {
        if let Some(number) = self.patterns.get(pattern) {
            return Ok(*number);
        }
        let number = self.graph.patterns.len() as u32;
        if number >= self.limits.patterns {
            return Err(SchemaError::LimitExceeded(SchemaLimit::Patterns));
        }
        self.patterns.insert(pattern.to_owned(), number);
        self.graph.patterns.push(Pattern { text: pattern.to_owned(), node });
        Ok(number)
    }

    /// Leads every dynamic reference of a name to one node for that name, and that to all anchors of the name.
    fn connect_dynamic(&mut self) {
        let mut hubs: HashMap<String, u32> = HashMap::new();
        for (from, name) in std::mem::take(&mut self.dynamic) {
            let Some(anchors) = self.anchors.get(&name) else { continue };
            let hub = *hubs.entry(name).or_insert_with(|| {
                let hub = Node { one_of_here: anchors.clone(), ..Node::default() };
                self.graph.nodes.push(hub);
                self.graph.nodes.len().saturating_sub(1) as u32
            });
            self.connect(from, Relation::OneOfHere, hub);
        }
    }

    fn connect(&mut self, from: u32, relation: Relation, to: u32) {
        self.node(from, |node| match relation {
            Relation::Here => node.here.push(to),
            Relation::OneOfHere => node.one_of_here.push(to),
            Relation::Below => node.below.push(to),
            Relation::Apart => {}
        });
    }

    fn node(&mut self, number: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.graph.nodes.get_mut(number as usize) {
            change(node);
        }
    }

    fn refused(&self, rule: SchemaRule, number: u32, way: &str, detail: &str) -> SchemaError {
        let limit = self.limits.message_bytes;
        SchemaError::Invalid {
            rule,
            path: pointer::cut(self.graph.path(number) + way, limit),
            detail: pointer::cut(detail.to_owned(), limit),
        }
    }
}

/// Number of names in an array, or in the arrays of an object.
fn names(value: &Value) -> u64 {
    let count = |value: &Value| value.as_array().map_or(0, Vec::len) as u64;
    let inside = value.as_object().into_iter().flat_map(|members| members.values());
    inside.map(count).fold(count(value), u64::saturating_add)
}

/// Keywords that require members by name.
const NAMES: &[&str] = &["required", "dependentRequired", "dependencies"];

/// Keywords whose value is an object of sub-schemas.
const HOLDS_MEMBERS: &[&str] = &[
    "dependentSchemas",
    "dependencies",
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
];

const DEFINITIONS: &[&str] = &["$defs", "definitions"];
