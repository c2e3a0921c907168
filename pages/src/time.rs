//! The one time that a page states.

use std::time::{SystemTime, UNIX_EPOCH};

use candor_documents::{Moment, MomentError};
use maud::{Markup, html};

/// When a page says that it was made. No one can check it, and the page says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated(Moment);

impl Stated {
    /// What the clock of this machine says.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Self(Moment::from_seconds(seconds).unwrap_or(Moment::LAST))
    }

    /// The moment.
    #[must_use]
    pub const fn moment(self) -> Moment {
        self.0
    }

    /// The time for a reader: to the second, in UTC.
    #[must_use]
    pub fn shown(self) -> Markup {
        let text = self.0.to_string();
        let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
        html! { time datetime=(text) { (day) " " (rest.trim_end_matches('Z')) " UTC" } }
    }
}

impl From<Moment> for Stated {
    fn from(moment: Moment) -> Self {
        Self(moment)
    }
}

impl std::str::FromStr for Stated {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        text.parse().map(Self)
    }
}
