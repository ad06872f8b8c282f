//! The values of an instance, as the validator looks at them.
//!
//! This is the seam to the crate `jsonschema`, which is generic over how an instance is represented. Every look is paid for,
//! and no look makes a tree: what the validator would want one for, constants and unique elements, is answered from the text,
//! and its messages are given an empty value in place of a copy.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::ptr;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, NodeIdentity, Object};
use mcp_engine_proto::json::{Raw, ValueKind};
use serde_json::Value;

use crate::equal;
use crate::instance::Instance;
use crate::number::Spelled;
use crate::pointer;
use crate::violation::{ERROR_STEPS, UNPAID};

/// Instances that are read from their text.
pub(crate) struct Text;

/// One value, or a name that is looked at like one.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    Value(&'a Instance<'a>, u32),
    Name(&'a Instance<'a>, u32),
    /// A name that comes from elsewhere.
    Loose(&'a str),
}

/// An object or an array.
#[derive(Clone, Copy)]
pub(crate) struct Container<'a> {
    instance: &'a Instance<'a>,
    place: u32,
}

/// The places inside a container, each paid for.
pub(crate) struct Places<'a> {
    instance: &'a Instance<'a>,
    at: u32,
    end: u32,
}

/// The members of an object.
pub(crate) struct Members<'a>(Places<'a>);

/// The elements of an array.
pub(crate) struct Elements<'a>(Places<'a>);

impl Json for Text {
    type Node<'a> = Node<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = ();

    /// A look-up walks over half the members, at a fraction of the cost of a pass that hands out each of them.
    const KEYS_PER_LOOKUP: usize = 8;
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(_: &mut (), string: &str, f: impl FnOnce(Node<'_>) -> T) -> T {
        f(Node::Loose(string))
    }
}

impl<'a> Node<'a> {
    /// The value's text; none for names.
    fn raw(self) -> Option<Raw<'a>> {
        match self {
            Self::Value(instance, place) => Some(instance.outline.value(place)),
            Self::Name(..) | Self::Loose(_) => None,
        }
    }

    fn container(self, kind: ValueKind) -> Option<Container<'a>> {
        match self {
            Self::Value(instance, place) if instance.outline.value(place).kind() == kind => {
                Some(Container { instance, place })
            }
            _ => None,
        }
    }
}

impl<'a> jsonschema::json::Node<'a, Text> for Node<'a> {
    type Object = Container<'a>;
    type Array = Container<'a>;
    type Number = Spelled<'a>;

    fn as_object(&self) -> Option<Container<'a>> {
        self.container(ValueKind::Object)
    }

    fn as_array(&self) -> Option<Container<'a>> {
        self.container(ValueKind::Array)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let (instance, text) = match *self {
            Self::Value(instance, place) => (instance, instance.outline.value(place).string()?),
            Self::Name(instance, place) => (instance, instance.outline.key(place)?),
            Self::Loose(text) => return Some(Cow::Borrowed(text)),
        };
        let bytes = text.spelling().len();
        let paid = instance.pay_text(bytes);
        match text.plain() {
            Some(plain) if paid => Some(Cow::Borrowed(plain)),
            None if paid && instance.pay_escapes(bytes) => Some(text.decode()),
            _ => Some(Cow::Borrowed("")),
        }
    }

    fn as_number(&self) -> Option<Spelled<'a>> {
        let Self::Value(instance, place) = *self else { return None };
        let raw = instance.outline.value(place);
        let number = raw.kind() == ValueKind::Number;
        (number && instance.pay_number(raw.spelling())).then_some(Spelled(raw))
    }

    fn as_boolean(&self) -> Option<bool> {
        self.raw()?.as_bool()
    }

    fn is_null(&self) -> bool {
        self.raw().is_some_and(Raw::is_null)
    }

    fn is_number(&self) -> bool {
        self.json_type() == JsonType::Number
    }

    fn json_type(&self) -> JsonType {
        match self.raw().map(Raw::kind) {
            None | Some(ValueKind::String) => JsonType::String,
            Some(ValueKind::Null) => JsonType::Null,
            Some(ValueKind::Boolean) => JsonType::Boolean,
            Some(ValueKind::Number) => JsonType::Number,
            Some(ValueKind::Array) => JsonType::Array,
            Some(ValueKind::Object) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match *self {
            Self::Value(instance, place) => equal::to_value(instance, place, expected),
            _ => self.as_string().is_some_and(|name| expected.as_str() == Some(&*name)),
        }
    }

    /// For messages alone: those about values quote the text instead, those about names have no other. What is made when
    /// nothing is left is marked, for it was not found in the instance.
    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(match *self {
            Self::Value(instance, _) if instance.pay(ERROR_STEPS) => Value::Null,
            Self::Name(instance, _) if instance.pay(ERROR_STEPS) => {
                let name = self.as_string().unwrap_or_default().into_owned();
                Value::String(pointer::cut(name, NAME_BYTES))
            }
            Self::Loose(_) => Value::Null,
            Self::Value(..) | Self::Name(..) => UNPAID,
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        let (instance, tag) = match *self {
            Self::Value(instance, place) => (instance, place.checked_mul(2)?),
            Self::Name(instance, place) => (instance, place.checked_mul(2)?.checked_add(1)?),
            Self::Loose(_) => return None,
        };
        Some(NodeIdentity::tagged(ptr::from_ref(instance).addr(), tag))
    }
}

impl<'a> Container<'a> {
    fn places(self) -> Places<'a> {
        let outline = &self.instance.outline;
        Places {
            instance: self.instance,
            at: self.place.saturating_add(1),
            end: outline.end(self.place),
        }
    }

    fn size(self) -> usize {
        if self.instance.is_exhausted() {
            0
        } else {
            self.instance.outline.size(self.place) as usize
        }
    }
}

impl<'a> Object<'a, Text> for Container<'a> {
    type Node = Node<'a>;
    type MemberName = Cow<'a, str>;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        self.size()
    }

    fn get(&self, key: &Box<str>) -> Option<Node<'a>> {
        let outline = &self.instance.outline;
        let mut passed = 0u64;
        let found = outline.children(self.place).find(|place| {
            passed = passed.saturating_add(1);
            match outline.plain_key(*place) {
                Some(name) => *name == **key,
                None => outline.key(*place).is_some_and(|name| name == **key),
            }
        });
        let paid = self.instance.pay(passed.checked_div(LOOKS_A_STEP)?.saturating_add(1));
        found
            .filter(|_| paid && self.instance.pay_step())
            .map(|place| Node::Value(self.instance, place))
    }

    fn members(&self) -> Members<'a> {
        Members(self.places())
    }

    fn try_for_each_name_node<B>(
        &self,
        _: &mut (),
        mut f: impl FnMut(Node<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.places().try_for_each(|place| f(Node::Name(self.instance, place)))
    }
}

impl<'a> Array<'a, Text> for Container<'a> {
    type Node = Node<'a>;
    type ElementsIter = Elements<'a>;

    fn len(&self) -> usize {
        self.size()
    }

    fn elements(&self) -> Elements<'a> {
        Elements(self.places())
    }

    fn is_unique(&self) -> bool {
        equal::is_unique(self.instance, self.place)
    }
}

impl Iterator for Places<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.at >= self.end || !self.instance.pay_step() {
            return None;
        }
        let place = self.at;
        self.at = self.instance.outline.end(place);
        Some(place)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Node<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let instance = self.0.instance;
        let place = self.0.next()?;
        let bytes = instance.outline.key(place)?.spelling().len();
        let plain = instance.outline.plain_key(place).is_some();
        let paid = instance.pay_name(bytes) && (plain || instance.pay_escapes(bytes));
        Some((instance.key(place).filter(|_| paid)?, Node::Value(instance, place)))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Node<'a>;

    #[inline]
    fn next(&mut self) -> Option<Node<'a>> {
        let instance = self.0.instance;
        self.0.next().map(|place| Node::Value(instance, place))
    }
}

/// Keys that are compared for the price of a step.
const LOOKS_A_STEP: u64 = 2;

/// The most that a message shows of a name.
const NAME_BYTES: u32 = 64;
