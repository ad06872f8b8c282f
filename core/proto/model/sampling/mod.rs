//! Sampling: a server asks the client's language model.
//!
//! Until 2025-06-18 a message holds one block, since then one or a list. A message of several blocks is written for the
//! older revisions as several messages of the same role; of a result of several blocks, which cannot be split, the first
//! one is written that the revision has a type for.

mod content;

pub use content::{
    SamplingContent, SamplingMessageContentBlock, ToolResultContent, ToolUseContent,
};

use std::borrow::Cow;

use super::content::Role;
use super::declare::{object, words};
use super::meta::{MetaObject, RequestMetaObject};
use super::object::{Object, ObjectWriter};
use super::task::TaskMetadata;
use super::tool::Tool;
use super::value::array;
use super::{JsonObject, Value};
use crate::version::Version;

object! {
    /// A request to ask the language model, as 2026-07-28 puts it into a result.
    pub struct CreateMessageRequest<'a> {
        tag { "method": "sampling/createMessage" }
        required {
            /// What is asked.
            params: CreateMessageRequestParams<'a> = "params",
        }
    }
}

object! {
    /// Parameters of `sampling/createMessage`.
    pub struct CreateMessageRequestParams<'a> {
        required {
            /// The conversation so far.
            messages: Vec<SamplingMessage<'a>> = "messages" via write_messages,
            /// Most tokens that the model may write.
            max_tokens: i64 = "maxTokens",
        }
        optional {
            /// Which model the server would like.
            model_preferences: ModelPreferences<'a> = "modelPreferences",
            /// What the model is told beforehand. The client may change it or leave it out.
            system_prompt: Cow<'a, str> = "systemPrompt",
            /// Whose context to include. All but [`IncludeContext::None`] is deprecated by the protocol.
            include_context: IncludeContext = "includeContext",
            /// How freely the model picks its words.
            temperature: f64 = "temperature",
            /// Texts at which the model stops.
            stop_sequences: Vec<Cow<'a, str>> = "stopSequences",
            /// For the provider of the model, in its own terms.
            metadata: JsonObject<'a> = "metadata",
            /// Tools that the model may use; only for a client that declares them.
            tools: Vec<Tool<'a>> = "tools" [since V2025_11_25],
            /// How the model is to use them.
            tool_choice: ToolChoice<'a> = "toolChoice" [since V2025_11_25],
            /// Asks for the request to be a task.
            task: TaskMetadata<'a> = "task" [only V2025_11_25],
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [until V2025_11_25],
        }
    }
}

object! {
    /// One message of a conversation with a language model.
    pub struct SamplingMessage<'a> {
        required {
            /// Who said it.
            role: Role = "role",
            /// What was said.
            content: SamplingContent<'a> = "content",
        }
        optional {
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_11_25],
        }
    }
}

object! {
    /// Result of `sampling/createMessage`.
    pub struct CreateMessageResult<'a> {
        required {
            /// Who said it.
            role: Role = "role",
            /// What was said.
            content: SamplingContent<'a> = "content",
            /// Name of the model that said it.
            model: Cow<'a, str> = "model",
        }
        optional {
            /// Why it stopped there, when that is known.
            stop_reason: StopReason<'a> = "stopReason",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta",
        }
    }
}

words! {
    /// Why a language model stopped.
    pub enum StopReason<'a> {
        /// It was done.
        EndTurn = "endTurn",
        /// It came upon a stop sequence.
        StopSequence = "stopSequence",
        /// It wrote as many tokens as it may.
        MaxTokens = "maxTokens",
        /// It wants to use a tool.
        ToolUse = "toolUse",
    }
}

words! {
    /// Whose context to include.
    pub enum IncludeContext {
        /// Nobody's.
        None = "none",
        /// That of the server that asks.
        ThisServer = "thisServer",
        /// That of all servers of the client.
        AllServers = "allServers",
    }
}

object! {
    /// Which model a server would like. The client picks one all the same.
    #[derive(Default)]
    pub struct ModelPreferences<'a> {
        optional {
            /// Names of models, the best first.
            hints: Vec<ModelHint<'a>> = "hints",
            /// How much a low price matters, from 0 to 1.
            cost_priority: f64 = "costPriority",
            /// How much speed matters, from 0 to 1.
            speed_priority: f64 = "speedPriority",
            /// How much ability matters, from 0 to 1.
            intelligence_priority: f64 = "intelligencePriority",
        }
    }
}

object! {
    /// A name for a model.
    #[derive(Default)]
    pub struct ModelHint<'a> {
        optional {
            /// Part of the name of a model or of its family.
            name: Cow<'a, str> = "name",
        }
    }
}

object! {
    /// How a model is to use tools.
    #[derive(Default)]
    pub struct ToolChoice<'a> [since V2025_11_25] {
        optional {
            /// How; taken to be [`ToolChoiceMode::Auto`].
            mode: ToolChoiceMode = "mode",
        }
    }
}

words! {
    /// How a model is to use tools.
    pub enum ToolChoiceMode {
        /// As it likes.
        Auto = "auto",
        /// At least one.
        Required = "required",
        /// Not at all.
        None = "none",
    }
}

/// Writes the messages, for revisions with one block each as one message for each block.
fn write_messages(messages: &Vec<SamplingMessage<'_>>, out: &mut Vec<u8>, version: Version) {
    let split = |message: &SamplingMessage<'_>| !message.content.fits_in_one(version);
    if !messages.iter().any(split) {
        return array(out, messages, |out, message| message.write(out, version));
    }
    let blocks = messages
        .iter()
        .flat_map(|message| message.content.blocks().iter().map(move |block| (message, block)));
    array(out, blocks, |out, (message, block)| {
        let mut object = ObjectWriter::open(out, version);
        object.required("role", &message.role, Role::write);
        object.required("content", block, SamplingMessageContentBlock::write);
        object.extra(&message.extra, <SamplingMessage<'_> as Object<'_>>::knows);
        object.close();
    });
}
