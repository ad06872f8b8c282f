//! The credentials of one request, over as many attempts as it takes.

use std::sync::Arc;

use mcp_engine_proto::http::{Url, Verdict};

use super::authorizer::{Authorizer, Challenge, NextStep};
use super::fetch::Fetched;
use super::flow::{Authorization, AuthorizationFlow, Credentials, Flows, Responded, Unauthorized};
use super::remote::Remote;
use super::{HttpClientLimit, HttpError};

/// Asks for credentials, and tells of responses, until one of them is taken.
pub(super) enum Guard {
    None,
    Tokens { authorizer: Arc<dyn Authorizer>, was_challenged: bool },
    Flow { flows: Flows, own: Option<Box<dyn AuthorizationFlow>>, left: u32 },
}

impl Guard {
    pub(super) fn of(remote: &Remote) -> Self {
        match &remote.options.authorization {
            Authorization::None => Self::None,
            Authorization::Tokens(authorizer) => {
                Self::Tokens { authorizer: Arc::clone(authorizer), was_challenged: false }
            }
            Authorization::Flows(flows) => {
                let left = remote.options.client.attempts;
                Self::Flow { flows: Arc::clone(flows), own: None, left }
            }
        }
    }

    /// Whether it wants to know all of a request.
    pub(super) fn sees_requests(&self) -> bool {
        matches!(self, Self::Flow { .. })
    }

    /// What a request is sent with that was not sent there yet.
    pub(super) async fn begin(
        &mut self,
        request: Unauthorized<'_>,
    ) -> Result<Credentials, HttpError> {
        let given = match self {
            Self::None => return Ok(Credentials::default()),
            Self::Tokens { authorizer, .. } => tokens(authorizer.as_ref(), request.url).await?,
            Self::Flow { flows, own, .. } => {
                let flow = own.insert(flows());
                flow.begin(request).await.map_err(HttpError::Authorizer)?
            }
        };
        at_origin_of(request.url, given)
    }

    /// What a request is sent with once more, if it is.
    pub(super) async fn answered(
        &mut self,
        url: &Url,
        fetched: &Fetched,
    ) -> Result<Option<Credentials>, HttpError> {
        match self {
            Self::None => Ok(None),
            Self::Tokens { authorizer, was_challenged } => {
                // It is asked once, however many times the request is sent.
                if fetched.verdict != Verdict::Challenge || std::mem::replace(was_challenged, true)
                {
                    return Ok(None);
                }
                renewed(authorizer.as_ref(), url, fetched).await
            }
            Self::Flow { own, left, .. } => {
                let Some(flow) = own else { return Ok(None) };
                let response = Responded { status: fetched.status, headers: fetched.headers() };
                let next = flow.answered(response).await.map_err(HttpError::Authorizer)?;
                let Some(next) = next else {
                    *own = None;
                    return Ok(None);
                };
                let limit = HttpError::Limit(HttpClientLimit::Attempts);
                *left = left.checked_sub(1).ok_or(limit)?;
                at_origin_of(url, next).map(Some)
            }
        }
    }
}

async fn tokens(authorizer: &dyn Authorizer, url: &Url) -> Result<Credentials, HttpError> {
    let headers = authorizer.headers(url).await.map_err(HttpError::Authorizer)?;
    Ok(Credentials { headers, url: None })
}

async fn renewed(
    authorizer: &dyn Authorizer,
    url: &Url,
    fetched: &Fetched,
) -> Result<Option<Credentials>, HttpError> {
    let challenge = Challenge { url, status: fetched.status, header: fetched.challenge() };
    let next = authorizer.challenged(challenge).await.map_err(HttpError::Authorizer)?;
    match next {
        NextStep::TryAgain => tokens(authorizer, url).await.map(Some),
        NextStep::GiveUp => Ok(None),
    }
}

/// Nobody sends a request elsewhere: connections lead to the server alone, and credentials are for it.
fn at_origin_of(own: &Url, given: Credentials) -> Result<Credentials, HttpError> {
    match &given.url {
        Some(url) if !url.is_same_origin(own) => {
            Err(HttpError::Authorizer("the URL of the request leads elsewhere".into()))
        }
        _ => Ok(given),
    }
}
