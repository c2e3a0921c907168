//! From a formula to a program: bits and comparisons are table steps on bytes, each
//! level of gates is one linear map and one step.

use std::collections::BTreeMap;

use super::{Bit, Formula};
use crate::model::linear::{Gather, LinearMap};
use crate::model::program::{NodeId, Op, Program, ProgramBuilder, ProgramError, Table};

/// Most inputs of a gate; wider ones are made of several. It bounds the step's table.
const FAN_IN: usize = 64;

/// A value of 0 or 1: an element of a node, or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Signal {
    node: NodeId,
    element: u32,
    negated: bool,
}

impl Signal {
    fn not(self) -> Self {
        Self { negated: !self.negated, ..self }
    }
}

/// Comparison of the bytes of a number with a constant, down from the greatest byte:
/// the number is below (0), equal (1) or above (2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Comparison {
    byte: u32,
    bytes: u32,
    with: u64,
}

/// Compiles a formula over a view of `bytes` bytes to a program that reads only the
/// bytes that the formula names, and gives its value.
///
/// # Errors
/// If the formula is larger than programs may be, or names bytes that the view does
/// not have.
pub fn compile(view: &str, bytes: usize, formula: &Formula) -> Result<Program, ProgramError> {
    let mut compiler = Compiler {
        builder: ProgramBuilder::new(view, bytes)?,
        bytes,
        bits: BTreeMap::new(),
        below: BTreeMap::new(),
        opposites: BTreeMap::new(),
    };
    compiler.read(formula)?;
    let gate = compiler.tree(formula);
    let last = compiler.gates(&gate)?;
    let decision = compiler.step(&[Gate { all: true, inputs: vec![last] }])?;
    compiler.builder.finish(decision)
}

struct Compiler {
    builder: ProgramBuilder,
    bytes: usize,
    bits: BTreeMap<Bit, Signal>,
    /// Whether a number is below a constant.
    below: BTreeMap<Comparison, Signal>,
    /// For a node the one that holds `1 − x` for each of its elements.
    opposites: BTreeMap<NodeId, NodeId>,
}

/// A tree of gates over signals.
enum Tree {
    Signal(Signal),
    Gate {
        /// Whether all inputs have to hold, or one.
        all: bool,
        inputs: Vec<Tree>,
    },
}

/// A gate all of whose inputs are known.
struct Gate {
    all: bool,
    inputs: Vec<Signal>,
}

impl Compiler {
    /// Makes the steps for all bits and comparisons of a formula.
    fn read(&mut self, formula: &Formula) -> Result<(), ProgramError> {
        let (mut bits, mut comparisons) = (Vec::new(), Vec::new());
        collect(formula, &mut bits, &mut comparisons);
        bits.sort_unstable_by_key(|bit| (bit.bit, bit.byte));
        bits.dedup();
        for bits in bits.chunk_by(|a, b| a.bit == b.bit) {
            let read = self.gather(bits.iter().map(|bit| bit.byte))?;
            let shift = bits.first().map_or(0, |bit| bit.bit);
            let table = self.builder.table(Table::of(0, 255, |byte| byte >> shift & 1))?;
            let node = self.builder.push(Op::Table { input: read, table, shift: 0 })?;
            for (element, bit) in (0..).zip(bits) {
                self.bits.insert(*bit, Signal { node, element, negated: false });
            }
        }
        comparisons.sort_unstable();
        comparisons.dedup();
        for comparison in comparisons {
            let signal = self.compare(comparison)?;
            self.below.insert(comparison, signal);
        }
        Ok(())
    }

    /// Whether a number is below a constant.
    fn compare(&mut self, comparison: Comparison) -> Result<Signal, ProgramError> {
        let Comparison { byte, bytes, with } = comparison;
        let mut order: Option<NodeId> = None;
        for k in 0..bytes {
            let constant = i64::from((with >> (8 * (bytes - 1 - k))) as u8);
            let compared = |byte: i64| 1 + (byte - constant).signum();
            let read = self.gather([byte + k].into_iter())?;
            let (argument, table) = match order {
                None => (read, Table::of(0, 255, compared)),
                Some(order) => {
                    // Where the greater bytes differ, they decide.
                    let scale = LinearMap::Scale { len: 1, factor: 256 };
                    let terms =
                        vec![(order, scale), (read, LinearMap::Scale { len: 1, factor: 1 })];
                    let both = self.builder.push(Op::Linear { terms, bias: vec![0] })?;
                    let next = |x: i64| if x / 256 == 1 { compared(x % 256) } else { x / 256 };
                    (both, Table::of(0, 767, next))
                }
            };
            let table = self.builder.table(table)?;
            order = Some(self.builder.push(Op::Table { input: argument, table, shift: 0 })?);
        }
        let order = order.ok_or(ProgramError::TooLarge("a number without bytes"))?;
        let table = self.builder.table(Table::of(0, 2, |order| i64::from(order == 0)))?;
        let node = self.builder.push(Op::Table { input: order, table, shift: 0 })?;
        Ok(Signal { node, element: 0, negated: false })
    }

    /// The bytes of the view at these places.
    fn gather(&mut self, places: impl Iterator<Item = u32>) -> Result<NodeId, ProgramError> {
        let index: Vec<Option<u32>> = places.map(Some).collect();
        let bias = vec![0; index.len()];
        let gather = LinearMap::Gather(Gather { input_len: self.bytes, index });
        self.builder.push(Op::Linear { terms: vec![(0, gather)], bias })
    }

    /// The tree of a formula. Bits and comparisons have been made.
    fn tree(&self, formula: &Formula) -> Tree {
        let gate = |all, inputs| Tree::Gate { all, inputs };
        match formula {
            Formula::And(parts) => gate(true, parts.iter().map(|part| self.tree(part)).collect()),
            Formula::Or(parts) => gate(false, parts.iter().map(|part| self.tree(part)).collect()),
            Formula::Not(part) => opposite(self.tree(part)),
            Formula::Bit(bit) => match self.bits.get(bit) {
                Some(signal) => Tree::Signal(*signal),
                None => gate(false, Vec::new()),
            },
            Formula::Between { byte, bytes, low, high } => {
                let below =
                    |with: u64| self.below.get(&Comparison { byte: *byte, bytes: *bytes, with });
                let mut inputs = Vec::new();
                if *low > high_of(*bytes) || low > high {
                    return gate(false, Vec::new());
                }
                if let Some(signal) = below(*low) {
                    inputs.push(Tree::Signal(signal.not()));
                }
                if let Some(signal) = high.checked_add(1).and_then(below) {
                    inputs.push(Tree::Signal(*signal));
                }
                gate(true, inputs)
            }
        }
    }

    /// Makes the gates of a tree, those that are equally far from the leaves in one
    /// step, and gives the signal of its root.
    fn gates(&mut self, tree: &Tree) -> Result<Signal, ProgramError> {
        let mut flat = Vec::new();
        let root = flatten(tree, &mut flat);
        let mut made: Vec<Option<Signal>> = vec![None; flat.len()];
        let mut left = flat.len();
        while left > 0 {
            let signal = |input: &Input| match input {
                Input::Signal(signal) => Some(*signal),
                Input::Gate(number) => made.get(*number).copied().flatten(),
            };
            let ready = flat.iter().enumerate().filter(|(number, _)| made[*number].is_none());
            let ready = ready.filter_map(|(number, gate)| {
                let inputs = gate.inputs.iter().map(signal).collect::<Option<Vec<Signal>>>()?;
                Some((number, Gate { all: gate.all, inputs }))
            });
            let (numbers, gates): (Vec<usize>, Vec<Gate>) = ready.unzip();
            let node = self.step(&gates)?;
            for (element, number) in (0..).zip(&numbers) {
                made[*number] = Some(Signal { node, element, negated: false });
            }
            left -= numbers.len();
        }
        match root {
            Input::Signal(signal) => Ok(signal),
            Input::Gate(number) => {
                made[number].ok_or(ProgramError::TooLarge("a formula without gates"))
            }
        }
    }

    /// One linear map and one step for gates whose inputs are known: the sum of the
    /// inputs, less how many there have to be, is not negative.
    fn step(&mut self, gates: &[Gate]) -> Result<NodeId, ProgramError> {
        // For each node the places of its elements in the sums, round after round: a
        // selection gives each sum one element.
        let mut rounds: BTreeMap<NodeId, Vec<Vec<Option<u32>>>> = BTreeMap::new();
        for (at, gate) in gates.iter().enumerate() {
            let mut used: BTreeMap<NodeId, usize> = BTreeMap::new();
            for input in &gate.inputs {
                let node = if input.negated { self.opposite(input.node)? } else { input.node };
                let round = used.entry(node).or_insert(0);
                let selections = rounds.entry(node).or_default();
                if selections.len() == *round {
                    selections.push(vec![None; gates.len()]);
                }
                selections[*round][at] = Some(input.element);
                *round += 1;
            }
        }
        let mut terms = Vec::new();
        for (node, selections) in rounds {
            let input_len = self.builder.len(node);
            let maps = selections.into_iter().map(|index| Gather { input_len, index });
            terms.extend(maps.map(|map| (node, LinearMap::Gather(map))));
        }
        if terms.is_empty() {
            // Gates without inputs: the map still needs an argument.
            let index = vec![None; gates.len()];
            terms.push((0, LinearMap::Gather(Gather { input_len: self.bytes, index })));
        }
        let needed = |gate: &Gate| if gate.all { gate.inputs.len() as i64 } else { 1 };
        let bias = gates.iter().map(|gate| -needed(gate)).collect();
        let input = self.builder.push(Op::Linear { terms, bias })?;
        let widest = FAN_IN as i64;
        let table = self.builder.table(Table::of(-widest, widest - 1, |x| i64::from(x >= 0)))?;
        self.builder.push(Op::Table { input, table, shift: 0 })
    }

    fn opposite(&mut self, node: NodeId) -> Result<NodeId, ProgramError> {
        if let Some(opposite) = self.opposites.get(&node) {
            return Ok(*opposite);
        }
        let len = self.builder.len(node);
        let terms = vec![(node, LinearMap::Scale { len, factor: -1 })];
        let opposite = self.builder.push(Op::Linear { terms, bias: vec![1; len] })?;
        self.opposites.insert(node, opposite);
        Ok(opposite)
    }
}

/// An input of a gate in the list of all gates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Input {
    Signal(Signal),
    Gate(usize),
}

struct FlatGate {
    all: bool,
    inputs: Vec<Input>,
}

/// Lists the gates below a tree, each after its inputs, none with more than [`FAN_IN`].
fn flatten(tree: &Tree, flat: &mut Vec<FlatGate>) -> Input {
    let (all, parts) = match tree {
        Tree::Signal(signal) => return Input::Signal(*signal),
        Tree::Gate { all, inputs } => (*all, inputs),
    };
    let mut inputs = Vec::new();
    gather_inputs(all, parts, &mut inputs, flat);
    inputs.sort_unstable();
    inputs.dedup();
    while inputs.len() > FAN_IN {
        let wide = inputs.chunks(FAN_IN).map(|inputs| {
            flat.push(FlatGate { all, inputs: inputs.to_vec() });
            Input::Gate(flat.len() - 1)
        });
        inputs = wide.collect();
    }
    if let [input] = inputs[..] {
        return input;
    }
    flat.push(FlatGate { all, inputs });
    Input::Gate(flat.len() - 1)
}

/// The inputs of a gate, with those of gates of the same kind right below it.
fn gather_inputs(all: bool, parts: &[Tree], inputs: &mut Vec<Input>, flat: &mut Vec<FlatGate>) {
    for part in parts {
        match part {
            Tree::Gate { all: same, inputs: below } if *same == all => {
                gather_inputs(all, below, inputs, flat);
            }
            part => inputs.push(flatten(part, flat)),
        }
    }
}

/// The opposite by De Morgan, so that only signals are negated.
fn opposite(tree: Tree) -> Tree {
    match tree {
        Tree::Signal(signal) => Tree::Signal(signal.not()),
        Tree::Gate { all, inputs } => {
            Tree::Gate { all: !all, inputs: inputs.into_iter().map(opposite).collect() }
        }
    }
}

fn high_of(bytes: u32) -> u64 {
    1u64.checked_shl(8 * bytes).map_or(u64::MAX, |end| end - 1)
}

/// The bits and comparisons that a formula needs.
fn collect(formula: &Formula, bits: &mut Vec<Bit>, comparisons: &mut Vec<Comparison>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| collect(part, bits, comparisons));
        }
        Formula::Not(part) => collect(part, bits, comparisons),
        Formula::Bit(bit) => bits.push(*bit),
        Formula::Between { byte, bytes, low, high } => {
            let (byte, bytes) = (*byte, *bytes);
            if *low > high_of(bytes) || low > high {
                return;
            }
            if *low > 0 {
                comparisons.push(Comparison { byte, bytes, with: *low });
            }
            if *high < high_of(bytes) {
                comparisons.push(Comparison { byte, bytes, with: high + 1 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BYTES: usize = 24;

    fn formula() -> impl Strategy<Value = Formula> {
        let bit = (0..BYTES as u32, 0u8..8).prop_map(|(byte, bit)| Formula::Bit(Bit { byte, bit }));
        let between =
            (0..20u32, 1..5u32, any::<u32>(), any::<u32>()).prop_map(|(byte, bytes, low, high)| {
                Formula::Between {
                    byte,
                    bytes,
                    low: u64::from(low) % (1 << (8 * bytes)),
                    high: u64::from(high) % (1 << (8 * bytes)),
                }
            });
        prop_oneof![4 => bit, 1 => between].prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Formula::And),
                prop::collection::vec(inner.clone(), 0..6).prop_map(Formula::Or),
                inner.prop_map(|part| Formula::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn the_program_gives_the_formulas_value(
            formula in formula(),
            views in prop::collection::vec(prop::collection::vec(any::<u8>(), BYTES), 8),
        ) {
            let program = compile("text/terms-33", BYTES, &formula).unwrap();
            for view in views.into_iter().chain([vec![0; BYTES], vec![255; BYTES]]) {
                prop_assert_eq!(program.matches(&view), formula.holds(&view));
            }
        }
    }

    #[test]
    fn borders_of_a_range_belong_to_it() {
        for bytes in [1, 2, 3, 8] {
            for (low, high) in [(0, 0), (5, 5), (0, 255), (250, 254), (255, 255), (7, 3)] {
                let formula = Formula::Between { byte: 2, bytes, low, high };
                let program = compile("text/terms-33", BYTES, &formula).unwrap();
                for value in [0u64, 1, 4, 5, 6, 249, 250, 254, 255] {
                    let mut view = vec![0; BYTES];
                    let value_bytes = value.to_be_bytes();
                    let last = &value_bytes[8 - bytes as usize..];
                    view[2..2 + last.len()].copy_from_slice(last);
                    assert_eq!(program.matches(&view), (low..=high).contains(&value));
                }
            }
        }
    }

    #[test]
    fn a_wide_formula_reads_what_it_names_and_no_more() {
        let bits = (0..2000u32).map(|at| Bit { byte: 500 + at * 7 % 9000, bit: (at % 8) as u8 });
        let bits: Vec<Bit> = bits.collect();
        let words = bits
            .chunks(8)
            .map(|word| Formula::And(word.iter().map(|bit| Formula::Bit(*bit)).collect()));
        let formula = Formula::Or(words.collect());
        let program = compile("text/terms-132", 132 * 248, &formula).unwrap();
        let read: Vec<usize> =
            (0..).zip(program.reads()).filter(|(_, read)| *read).map(|(at, _)| at).collect();
        let mut named: Vec<usize> = bits.iter().map(|bit| bit.byte as usize).collect();
        named.sort_unstable();
        named.dedup();
        assert_eq!(read, named);
        let mut view = vec![0; 132 * 248];
        assert!(!program.matches(&view));
        for bit in &bits[800..808] {
            view[bit.byte as usize] |= 1 << bit.bit;
        }
        assert!(program.matches(&view));
    }
}
