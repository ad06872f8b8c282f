//! What a user says to a form: made by the side that asked the user, judged by the side that wanted to know.

use mcp_engine_proto::Method;
use mcp_engine_proto::connection::check_input;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::schema::{Completeness, Rejection, Violation, Violations};

use super::Form;

/// What a user said to a form.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// Filled it in: the content, which fits the form; `{}` when there was none.
    Accepted(Raw<'a>),
    /// Said no.
    Declined,
    /// Went away without a choice.
    Cancelled,
}

impl Form {
    /// The result of an elicitation that the user has accepted: what was filled in, completed with the defaults of fields that were
    /// left alone, as JSON text.
    ///
    /// ```
    /// use mcp_engine_schema::{Compiler, Form, Raw, version::Version};
    ///
    /// let requested = r#"{"type":"object","properties":{"size":{"type":"integer","default":3,"maximum":9}}}"#;
    /// let form = Form::compile(&Compiler::default(), Raw::parse(requested)?, Version::LATEST)?;
    /// assert_eq!(form.accept(Raw::parse("{}")?)?, r#"{"action":"accept","content":{"size":3}}"#);
    /// assert!(form.accept(Raw::parse(r#"{"size":10}"#)?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn accept(&self, content: Raw<'_>) -> Result<String, Rejection> {
        let content = self.fill_defaults(content);
        let complete = Raw::parse(&content).map_err(|error| no_answer(error.reason()))?;
        self.check(complete)?;
        Ok([r#"{"action":"accept","content":"#, &content, "}"].concat())
    }

    /// Judges the whole result of an elicitation: the choice of the user, and when that was to accept, what was filled in. The
    /// content of a user who did not accept is nobody's business.
    ///
    /// # Errors
    ///
    /// [`Rejection`] when it is no result of an elicitation, or its content does not fit the form.
    pub fn judge<'a>(&self, result: Raw<'a>) -> Result<Answer<'a>, Rejection> {
        check_input(Method::Elicit, result, self.version)
            .map_err(|rule| no_answer(rule.reason()))?;
        let action = result.get("action").and_then(Raw::string).map(|action| action.decode());
        match action.as_deref() {
            Some("accept") => {
                let content = result.get("content").filter(|content| !content.is_null());
                let nothing = Raw::parse("{}").map_err(|error| no_answer(error.reason()))?;
                let content = content.unwrap_or(nothing);
                self.check(content).map(|()| Answer::Accepted(content))
            }
            Some("decline") => Ok(Answer::Declined),
            _ => Ok(Answer::Cancelled),
        }
    }
}

fn no_answer(reason: &str) -> Rejection {
    let violation = Violation { message: reason.to_owned(), ..Violation::default() };
    Rejection::Violations(Violations::new(violation, Vec::new(), Completeness::Cut))
}
