//! A compiled schema, and judging values by it.
//!
//! A value is outlined, judged from its text, and, when it does not match, judged once more to list where. Both times it may
//! not cost more than the limits allow, whatever schema and value are: what cannot be told within them is not accepted.

use core::fmt;
use std::sync::Arc;

use jsonschema::Validator;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::schema::{Rejection, SchemaLimit, Validate};

use crate::compiler::Dialect;
use crate::cost::Cost;
use crate::instance::{Instance, Prices};
use crate::limits::Limits;
use crate::node::{Node, Text};
use crate::violation;

/// A compiled schema. Clones share it.
///
/// ```
/// use mcp_engine_schema::{Compiler, Raw, Rejection};
///
/// let schema = Compiler::default().compile(Raw::parse(r#"{"type": "array", "items": {"minimum": 1}}"#)?)?;
/// assert!(schema.validate(Raw::parse("[1, 2, 3]")?).is_ok());
/// let Err(Rejection::Violations(violations)) = schema.validate(Raw::parse("[1, 0]")?) else { panic!() };
/// assert_eq!(violations.to_string(), "/1: 0 is less than the minimum of 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Schema {
    compiled: Arc<Compiled>,
}

struct Compiled {
    validator: Validator<Text>,
    dialect: Dialect,
    cost: Cost,
    prices: Prices,
    limits: Limits,
}

impl Schema {
    pub(crate) fn new(
        validator: Validator<Text>,
        dialect: Dialect,
        cost: Cost,
        heaviest: u64,
        limits: Limits,
    ) -> Self {
        let prices = Prices {
            step: cost.each.checked_div(LOOKS_A_STEP).unwrap_or(0).saturating_add(1),
            name_byte: cost.name_weight,
            text_byte: heaviest,
            long_number: if cost.divides { DIVISION } else { 0 },
        };
        Self { compiled: Arc::new(Compiled { validator, dialect, cost, prices, limits }) }
    }

    /// The dialect that the schema is written in.
    pub fn dialect(&self) -> Dialect {
        self.compiled.dialect
    }

    /// Judges a value. Keys that appear twice in an object of it are a violation too.
    ///
    /// # Errors
    ///
    /// As for [`Validate::validate`].
    pub fn validate(&self, value: Raw<'_>) -> Result<(), Rejection> {
        let Compiled { validator, cost, prices, limits, .. } = &*self.compiled;
        let instance = Instance::new(value, limits.values, *prices)
            .ok_or(Rejection::LimitExceeded(SchemaLimit::Values))?;
        if cost.nesting(u64::from(instance.outline.depth())) > u64::from(limits.nesting) {
            return Err(Rejection::LimitExceeded(SchemaLimit::Nesting));
        }
        if let Some(place) = instance.duplicate() {
            return Err(Rejection::Violations(violation::duplicate(&instance, place, limits)));
        }
        instance.allow(limits.steps);
        let valid = validator.is_valid(Node::Value(&instance, 0));
        match (instance.is_exhausted(), valid) {
            (true, _) => Err(Rejection::LimitExceeded(SchemaLimit::Steps)),
            (false, true) => Ok(()),
            (false, false) => {
                let violations = violation::list(validator, &instance, cost, limits);
                Err(Rejection::Violations(violations))
            }
        }
    }
}

impl Validate for Schema {
    fn validate(&self, instance: Raw<'_>) -> Result<(), Rejection> {
        Self::validate(self, instance)
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("dialect", &self.compiled.dialect).finish_non_exhaustive()
    }
}

/// Sub-schemas that look at a value for the price of a step.
const LOOKS_A_STEP: u64 = 16;

/// Price of dividing a number that is not exact as a double.
const DIVISION: u64 = 600;
