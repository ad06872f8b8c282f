//! The result of a request that has become a task, whose two forms no declaration covers.

use super::Task;
use crate::json::Raw;
use crate::model::meta::ResultMetaObject;
use crate::model::object::{self, Object, ObjectWriter};
use crate::model::{Extra, Front, Mismatch, Value};
use crate::version::{Revisions, Version};

/// Result of a request that has become a task. In 2025-11-25 the task is a member of it, since 2026-07-28 its members
/// are those of the task.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CreateTaskResult<'a> {
    /// The task.
    pub task: Task<'a>,
    /// See [`ResultMetaObject`].
    ///
    /// Member `_meta`.
    pub meta: Option<Box<ResultMetaObject<'a>>>,
    /// Members that no revision knows, kept for whoever the object is passed on to.
    pub extra: Extra<'a>,
}

impl<'a> CreateTaskResult<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "CreateTaskResult";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2025_11_25);

    /// The type with what it requires, and nothing else.
    pub fn new(task: Task<'a>) -> Self {
        Self { task, meta: None, extra: Extra::new() }
    }

    /// Reads the type in either form.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when the value is not of this type.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends the type as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        let flat = version >= Version::V2026_07_28;
        let mut object = ObjectWriter::open(out, version);
        if flat {
            object.word("resultType", "task");
            self.task.write_members(&mut object);
        } else {
            object.required("task", &self.task, Task::write);
        }
        if let Some(meta) = &self.meta {
            object.required("_meta", meta, Value::write);
        }
        object.extra(&self.extra, knows);
        if flat {
            object.extra_beside(&self.task.extra, &self.extra, knows);
        }
        object.close();
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> CreateTaskResult<'static> {
        CreateTaskResult {
            task: self.task.into_owned(),
            meta: self.meta.map(Value::into_owned),
            extra: self.extra.into_owned(),
        }
    }
}

impl<'a> Value<'a> for CreateTaskResult<'a> {
    type Owned = CreateTaskResult<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let mut front = Front::new(raw);
        if !front.enter_object() {
            return Err(Mismatch::expected("an object"));
        }
        let (mut nested, mut meta, mut extra) = (None, None, Extra::new());
        let mut flat = <Task<'a> as Object<'a>>::Parts::default();
        let within = |mismatch: Mismatch, member| mismatch.within(Self::NAME, member);
        while let Some(name) = front.name() {
            match &*name.decode() {
                "task" => {
                    nested = Some(Value::read_front(&mut front).map_err(|it| within(it, "task"))?)
                }
                "_meta" => meta = object::optional(&mut front).map_err(|it| within(it, "_meta"))?,
                "resultType" => {
                    front.value();
                }
                known if Task::take(&mut flat, known, &mut front)? => {}
                _ => extra.push(name.decode(), front.value().into()),
            }
        }
        let task = nested.map_or_else(|| Task::build(flat, Extra::new()), Ok)?;
        Ok(Self { task, meta, extra })
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> CreateTaskResult<'static> {
        self.into_owned()
    }
}

fn knows(name: &str) -> bool {
    matches!(name, "task" | "_meta" | "resultType") || Task::knows(name)
}
