//! How many items each line of a list of search terms finds: the trade's hit report.
//!
//! * `lines`: a list as it is asked of a view, and which lines one item meets
//! * `tally`: counts over items and families
//! * `chance`: when there are more chance matches than chance explains
//! * `report`: what is said of a list, as a table, as JSON and as CSV
//! * `folder`: all items of a folder, without a commitment

mod chance;
mod folder;
mod lines;
mod report;
mod tally;

pub use self::folder::{Options, hits};
pub(super) use self::lines::{Lines, Met};
pub(super) use self::report::table;
pub use self::report::{AllHits, HitReport, LineHits};
pub(super) use self::tally::Tally;
pub use chance::is_beyond_chance;
