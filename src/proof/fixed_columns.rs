//! The fixed columns of a batch's circuit.
//!
//! They depend on the program's shape and tables, the copies and the lanes,
//! and on nothing else; the judge derives them itself. Equal columns are one
//! column, because the library opens a commitment only once at a point.

use crate::argument::lane::{DATA_ROWS, LAST_ROW, LaneLayout, ROWS, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::shape::Shape;
use crate::argument::tables::{Entries, Entry, Tag};
use crate::model::program::Program;

/// Rows a table group fills.
pub(crate) const GROUP_ROWS: usize = LAST_ROW;

/// A fixed column; `None` is zero everywhere.
pub(crate) type FixedId = Option<usize>;

/// The fixed columns of the two look-ups of a table strip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StripLookups {
    /// Tag of the table of `(q, y)`.
    pub(crate) step_tag: FixedId,
    /// 1 in the rows that look `(q, y)` up, and in those that hide the helper.
    pub(crate) step_active: FixedId,
    /// Tag of the range of `r`.
    pub(crate) remainder_tag: FixedId,
    /// 1 in the rows that look `r` up, and in those that hide the helper.
    pub(crate) remainder_active: FixedId,
}

/// What a coefficient column weighs in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// The cells of one column, by its place in the lane.
    Column(usize),
    /// `2^shift·q + r` of a table strip, by the place of its q: in all its rows the
    /// coefficient of q is 2^shift times that of r.
    Step {
        /// The column of q; that of r is the next.
        first: usize,
        /// The shift of every row.
        shift: u32,
    },
}

/// A group of table entries: tag, q and y.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Tags.
    pub(crate) tag: FixedId,
    /// Arguments.
    pub(crate) q: FixedId,
    /// Values.
    pub(crate) y: GroupValues,
}

/// Where the values of a group of entries stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GroupValues {
    /// In a fixed column.
    Fixed(FixedId),
    /// In a column that both sides compute when τ is known, see [`super::columns::public`].
    Public(usize),
}

/// The fixed columns of a batch, and which of them says what.
#[derive(Clone, Debug)]
pub(crate) struct FixedColumns {
    /// How a lane is laid out.
    pub(crate) lane: LaneLayout,
    /// Number of lanes.
    pub(crate) lanes: usize,
    /// The distinct fixed columns that are not zero.
    pub(crate) columns: Vec<Vec<u64>>,
    /// 1 in exactly the rows that the running sums add: `0..LAST_ROW`.
    pub(crate) run: FixedId,
    /// 1 in row 0.
    pub(crate) first: FixedId,
    /// 1 in row [`LAST_ROW`].
    pub(crate) last: FixedId,
    /// 1 in the rows in which T takes a lane's right-hand side.
    pub(crate) rhs_run: FixedId,
    /// 1 in the first of these rows, where T starts.
    pub(crate) rhs_first: FixedId,
    /// The look-ups of each table strip.
    pub(crate) strips: Vec<StripLookups>,
    /// What each coefficient column weighs.
    pub(crate) weighed: Vec<Weighed>,
    /// Of each embedding strip the tags, and 1 in the rows that look `(id, f)` up and in
    /// those that hide the helper.
    pub(crate) embeddings: Vec<(FixedId, FixedId)>,
    /// The groups of table entries, those of each embedding after the others.
    pub(crate) groups: Vec<Group>,
    /// Columns of values that follow from τ.
    pub(crate) public: usize,
}

impl FixedColumns {
    /// The fixed columns for a program, for `copies` documents per lane and `lanes` lanes.
    #[must_use]
    pub(crate) fn new(program: &Program, shape: &Shape, lane: LaneLayout, lanes: usize) -> Self {
        let mut columns = Distinct::default();
        let rows = |range: std::ops::Range<usize>| {
            let mut column = vec![0; ROWS];
            column[range].fill(1);
            column
        };
        let rhs_start = LAST_ROW - lanes;
        let run = columns.add(rows(0..LAST_ROW));
        let first = columns.add(rows(0..1));
        let last = columns.add(rows(LAST_ROW..LAST_ROW + 1));
        let rhs_run = columns.add(rows(rhs_start..LAST_ROW));
        let rhs_first = columns.add(rows(rhs_start..rhs_start + 1));
        let strips = strip_lookups(shape, lane, &mut columns);
        let weighed = weighed(shape, lane);
        let embeddings = embedding_lookups(shape, lane, &mut columns);
        let mut groups = table_groups(&Entries::of(program), &mut columns);
        let fixed_groups = groups.len();
        for (id, embedding) in program.embeddings().iter().enumerate() {
            embedding_groups(Tag::embedding(id), embedding.ids, &mut groups, &mut columns);
        }
        let public = groups.len() - fixed_groups;
        for (column, group) in groups[fixed_groups..].iter_mut().enumerate() {
            group.y = GroupValues::Public(column);
        }
        let columns = columns.0;
        Self {
            lane,
            lanes,
            columns,
            run,
            first,
            last,
            rhs_run,
            rhs_first,
            strips,
            weighed,
            embeddings,
            groups,
            public,
        }
    }

    /// The row in which T takes the right-hand side of a lane.
    #[must_use]
    pub(crate) const fn rhs_row(&self, lane: usize) -> usize {
        LAST_ROW - self.lanes + lane
    }

    /// Slots of all lanes.
    pub(crate) fn slots(&self) -> usize {
        self.lanes * self.lane.copies as usize
    }

    /// Data columns of all lanes.
    #[must_use]
    pub(crate) fn data_columns(&self) -> usize {
        self.lanes * self.lane.columns()
    }
}

#[derive(Default)]
struct Distinct(Vec<Vec<u64>>);

impl Distinct {
    fn add(&mut self, column: Vec<u64>) -> FixedId {
        if column.iter().all(|value| *value == 0) {
            return None;
        }
        let known = self.0.iter().position(|other| *other == column);
        Some(known.unwrap_or_else(|| {
            self.0.push(column);
            self.0.len() - 1
        }))
    }

    /// Tags, and 1 in the rows that have one; if any has, in those that hide the helper
    /// too.
    fn add_active(&mut self, tags: Vec<u64>) -> (FixedId, FixedId) {
        // No tag is zero.
        let mut active: Vec<u64> = tags.iter().map(|tag| u64::from(*tag != 0)).collect();
        if active.contains(&1) {
            active[LAST_ROW + 1..DATA_ROWS].fill(1);
        }
        (self.add(tags), self.add(active))
    }
}

/// Of each embedding strip tags and activity.
fn embedding_lookups(
    shape: &Shape,
    lane: LaneLayout,
    columns: &mut Distinct,
) -> Vec<(FixedId, FixedId)> {
    let mut tags = vec![vec![0; ROWS]; lane.strips(RowKind::Embedding)];
    for copy in 0..lane.copies as usize {
        for (row, embedding) in shape.embeddings.iter().enumerate() {
            let (strip, row) = lane.place(RowKind::Embedding, copy, row);
            tags[strip][row] = Tag::embedding(*embedding).number();
        }
    }
    tags.into_iter().map(|tags| columns.add_active(tags)).collect()
}

fn strip_lookups(shape: &Shape, lane: LaneLayout, columns: &mut Distinct) -> Vec<StripLookups> {
    let strips = lane.strips(RowKind::Table);
    let mut tags = vec![[vec![0; ROWS], vec![0; ROWS]]; strips];
    for copy in 0..lane.copies as usize {
        for (row, lookups) in shape.lookups.iter().enumerate() {
            let (strip, row) = lane.place(RowKind::Table, copy, row);
            debug_assert!(row < STRIP_ROWS, "random rows carry no trace");
            tags[strip][0][row] = lookups.step.number();
            tags[strip][1][row] = lookups.remainder.map_or(0, |tag| tag.number());
        }
    }
    let strip = |[step, remainder]: [Vec<u64>; 2]| {
        let (step_tag, step_active) = columns.add_active(step);
        let (remainder_tag, remainder_active) = columns.add_active(remainder);
        StripLookups { step_tag, step_active, remainder_tag, remainder_active }
    };
    tags.into_iter().map(strip).collect()
}

/// What each coefficient column of a lane weighs, in the order of the data columns.
fn weighed(shape: &Shape, lane: LaneLayout) -> Vec<Weighed> {
    let shifts = strip_shifts(shape, lane);
    let mut weighed = Vec::with_capacity(lane.columns());
    for kind in RowKind::ALL {
        for strip in 0..lane.strips(kind) {
            let first = lane.first_column(kind, strip);
            let mut columns = first..first + kind.columns();
            let shift = shifts.get(strip).filter(|_| kind == RowKind::Table);
            if let Some(Some(shift)) = shift {
                weighed.push(Weighed::Step { first, shift: *shift });
                columns.start += 2;
            }
            weighed.extend(columns.map(Weighed::Column));
        }
    }
    weighed
}

/// The shift of each table strip all of whose rows have the same.
fn strip_shifts(shape: &Shape, lane: LaneLayout) -> Vec<Option<u32>> {
    // `None` of a strip that no row was seen of yet.
    let mut strips: Vec<Option<Option<u32>>> = vec![None; lane.strips(RowKind::Table)];
    for copy in 0..lane.copies as usize {
        for (row, shift) in shape.shifts.iter().enumerate() {
            let (strip, _) = lane.place(RowKind::Table, copy, row);
            let strip = &mut strips[strip];
            *strip = Some(strip.map_or(*shift, |seen| seen.filter(|seen| Some(*seen) == *shift)));
        }
    }
    strips.into_iter().map(Option::flatten).collect()
}

/// Entries in groups of a column's height; what is left of the last group
/// repeats its first entry, so that no row holds an entry of no table.
fn table_groups(entries: &Entries, columns: &mut Distinct) -> Vec<Group> {
    let group = |entries: &[Entry]| {
        let mut fill = |value: fn(&Entry) -> u64| {
            let mut column: Vec<u64> = entries.iter().map(value).collect();
            column.resize(ROWS, value(&entries[0]));
            columns.add(column)
        };
        Group {
            tag: fill(|e| e.tag.number()),
            q: fill(|e| e.q),
            y: GroupValues::Fixed(fill(|e| e.y)),
        }
    };
    entries.as_slice().chunks(GROUP_ROWS).map(group).collect()
}

/// The ids of an embedding in groups of its own, whose values are yet to be placed. What
/// is left of the last group repeats its first entry.
fn embedding_groups(tag: Tag, ids: usize, groups: &mut Vec<Group>, columns: &mut Distinct) {
    for first in (0..ids).step_by(GROUP_ROWS) {
        let mut q: Vec<u64> = (first as u64..ids.min(first + GROUP_ROWS) as u64).collect();
        q.resize(ROWS, first as u64);
        let tag = columns.add(vec![tag.number(); ROWS]);
        groups.push(Group { tag, q: columns.add(q), y: GroupValues::Fixed(None) });
    }
}
