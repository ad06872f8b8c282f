//! The types of MCP, held against what the specification says of them: the official JSON Schemas and examples, when
//! `MCP_ENGINE_SPEC_DIR` names a folder with both, and always the messages of this repository.

#[path = "../shared/corpus.rs"]
mod corpus;
#[path = "../shared/mutator.rs"]
#[expect(dead_code, reason = "only its random numbers are needed here")]
mod mutator;

mod captures;
mod encoded;
mod examples;
mod generated;
mod instances;
mod names;
mod older;
mod reading;
mod same;
mod spec;
