//! Completions: what could stand in an argument that somebody is typing.

use std::fmt;
use std::sync::Arc;

use mcp_engine_proto::model::{CompleteRequestParams, CompleteResult, Completion};

use super::listing::INVALID_PARAMS;
use super::outcome::typed;
use crate::answer::{Answer, Responder, Served};
use crate::handler::Request;

/// Who completes arguments, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Completions(Option<Arc<Complete>>);

type Complete = dyn Fn(&CompleteRequestParams<'_>) -> Vec<String> + Send + Sync;

impl Completions {
    pub(crate) fn new(
        complete: impl Fn(&CompleteRequestParams<'_>) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(complete)))
    }

    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn serve(&self, request: Request, responder: Responder<'_>) -> Served {
        let params = request.message().params();
        let params = params.and_then(|params| CompleteRequestParams::read(params).ok());
        let Some(params) = params else {
            return responder
                .answer(&Answer::error(INVALID_PARAMS, "what is to be completed is not said"));
        };
        let values = self.0.as_ref().map(|complete| complete(&params)).unwrap_or_default();
        let total = i64::try_from(values.len()).unwrap_or(i64::MAX);
        let has_more = values.len() > MOST;
        let values = values.into_iter().take(MOST).map(Into::into).collect::<Vec<_>>();
        let completion = Completion::new(values).total(total).has_more(has_more);
        responder.answer(&typed(&CompleteResult::new(completion), request.context().version()))
    }
}

impl fmt::Debug for Completions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Completions").field(&self.is_some()).finish()
    }
}

/// MCP, Completion: at most so many values.
const MOST: usize = 100;
