//! A node's attributes, each read at most once, none left over.

use std::collections::{BTreeMap, BTreeSet};

use super::proto::{AttributeProto, GraphProto, TensorProto};
use crate::model::graph::Problem;

const FLOAT: i32 = 1;
const INT: i32 = 2;
const STRING: i32 = 3;
const TENSOR: i32 = 4;
const GRAPH: i32 = 5;
const FLOATS: i32 = 6;
const INTS: i32 = 7;
const STRINGS: i32 = 8;

/// The attributes that a call of a function gives it; `None` outside of functions.
pub(crate) type Given<'a> = Option<BTreeMap<&'a str, &'a AttributeProto>>;

fn twice(name: &str) -> Problem {
    Problem::malformed(format!("attribute `{name}` is given twice"))
}

/// The attributes of one node. What an operator does not ask for is refused by
/// [`Attributes::finish`]: it might change the result.
#[derive(Clone)]
pub(crate) struct Attributes<'a> {
    by_name: BTreeMap<&'a str, &'a AttributeProto>,
    used: BTreeSet<&'static str>,
}

impl<'a> Attributes<'a> {
    /// Those of a node. One that refers to an attribute of the function around it is
    /// what the function was given, or left out if that is.
    pub(crate) fn new(list: &'a [AttributeProto], given: &Given<'a>) -> Result<Self, Problem> {
        let mut by_name = BTreeMap::new();
        for attribute in list {
            let attribute = match (attribute.ref_attr_name.as_str(), given) {
                ("", _) => attribute,
                (name, None) => {
                    return Err(Problem::malformed(format!(
                        "an attribute refers to `{name}` of a function, but it stands in none"
                    )));
                }
                (name, Some(given)) => match given.get(name) {
                    None => continue,
                    Some(found) if found.kind == attribute.kind || attribute.kind == 0 => {
                        // It keeps the name that it has here.
                        if by_name.insert(attribute.name.as_str(), *found).is_some() {
                            return Err(twice(&attribute.name));
                        }
                        continue;
                    }
                    Some(_) => {
                        return Err(Problem::malformed(format!(
                            "attribute `{name}` of its function has another type than it expects"
                        )));
                    }
                },
            };
            if by_name.insert(attribute.name.as_str(), attribute).is_some() {
                return Err(twice(&attribute.name));
            }
        }
        Ok(Self { by_name, used: BTreeSet::new() })
    }

    fn get(
        &mut self,
        name: &'static str,
        kind: i32,
    ) -> Result<Option<&'a AttributeProto>, Problem> {
        self.used.insert(name);
        match self.by_name.get(name) {
            None => Ok(None),
            Some(attribute) if attribute.kind == kind || attribute.kind == 0 => Ok(Some(attribute)),
            Some(attribute) => Err(Problem::malformed(format!(
                "attribute `{name}` has type {}, expected {kind}",
                attribute.kind
            ))),
        }
    }

    pub(crate) fn int(&mut self, name: &'static str) -> Result<Option<i64>, Problem> {
        Ok(self.get(name, INT)?.map(|attribute| attribute.i))
    }

    pub(crate) fn int_or(&mut self, name: &'static str, default: i64) -> Result<i64, Problem> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    /// A 0/1 switch, 0 unless given.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        match self.int_or(name, 0)? {
            0 => Ok(false),
            1 => Ok(true),
            other => {
                Err(Problem::malformed(format!("attribute `{name}` is {other}, expected 0 or 1")))
            }
        }
    }

    pub(crate) fn float(&mut self, name: &'static str) -> Result<Option<f64>, Problem> {
        let Some(attribute) = self.get(name, FLOAT)? else {
            return Ok(None);
        };
        let value = f64::from(attribute.f);
        if !value.is_finite() {
            return Err(Problem::malformed(format!("attribute `{name}` is not a finite number")));
        }
        Ok(Some(value))
    }

    /// A number of any kind.
    pub(crate) fn any_float(&mut self, name: &'static str) -> Result<Option<f32>, Problem> {
        Ok(self.get(name, FLOAT)?.map(|attribute| attribute.f))
    }

    /// A bound, which may be infinite.
    pub(crate) fn bound(&mut self, name: &'static str) -> Result<Option<f64>, Problem> {
        let Some(attribute) = self.get(name, FLOAT)? else {
            return Ok(None);
        };
        let value = f64::from(attribute.f);
        if value.is_nan() {
            return Err(Problem::malformed(format!("attribute `{name}` is not a number")));
        }
        Ok(Some(value))
    }

    pub(crate) fn float_or(&mut self, name: &'static str, default: f64) -> Result<f64, Problem> {
        Ok(self.float(name)?.unwrap_or(default))
    }

    pub(crate) fn floats(&mut self, name: &'static str) -> Result<Option<&'a [f32]>, Problem> {
        Ok(self.get(name, FLOATS)?.map(|attribute| attribute.floats.as_slice()))
    }

    pub(crate) fn ints(&mut self, name: &'static str) -> Result<Option<&'a [i64]>, Problem> {
        Ok(self.get(name, INTS)?.map(|attribute| attribute.ints.as_slice()))
    }

    /// A list of positive sizes (or zeros too) of a given length.
    pub(crate) fn sizes(
        &mut self,
        name: &'static str,
        length: usize,
        minimum: usize,
    ) -> Result<Option<Vec<usize>>, Problem> {
        let Some(list) = self.ints(name)? else {
            return Ok(None);
        };
        if list.len() != length {
            return Err(Problem::malformed(format!(
                "attribute `{name}` has {} values, expected {length}",
                list.len()
            )));
        }
        list.iter()
            .map(|&value| {
                usize::try_from(value)
                    .ok()
                    .filter(|&v| (minimum..=1 << 16).contains(&v))
                    .ok_or_else(|| {
                        Problem::malformed(format!(
                            "attribute `{name}` holds {value}, expected {minimum} to 65536"
                        ))
                    })
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    }

    pub(crate) fn string(&mut self, name: &'static str) -> Result<Option<&'a str>, Problem> {
        let Some(attribute) = self.get(name, STRING)? else {
            return Ok(None);
        };
        std::str::from_utf8(&attribute.s)
            .map(Some)
            .map_err(|_| Problem::malformed(format!("attribute `{name}` is not UTF-8")))
    }

    pub(crate) fn strings(&mut self, name: &'static str) -> Result<Option<Vec<&'a str>>, Problem> {
        let Some(attribute) = self.get(name, STRINGS)? else {
            return Ok(None);
        };
        let text = |bytes: &'a Vec<u8>| std::str::from_utf8(bytes);
        attribute
            .strings
            .iter()
            .map(text)
            .collect::<Result<_, _>>()
            .map(Some)
            .map_err(|_| Problem::malformed(format!("attribute `{name}` is not UTF-8")))
    }

    /// Refuses an attribute, whatever it holds.
    pub(crate) fn none(&mut self, name: &'static str, advice: &str) -> Result<(), Problem> {
        self.used.insert(name);
        match self.by_name.get(name) {
            None => Ok(()),
            Some(_) => Err(Problem::new(format!("attribute `{name}` is not supported"), advice)),
        }
    }

    /// Whether something asked for an attribute.
    pub(crate) fn has_used(&self, name: &'static str) -> bool {
        self.used.contains(name)
    }

    /// Takes note of what something asked for that has a copy of these.
    pub(crate) fn also_used(&mut self, used: BTreeSet<&'static str>) {
        self.used.extend(used);
    }

    /// What something asked for.
    pub(crate) fn into_used(self) -> BTreeSet<&'static str> {
        self.used
    }

    /// Takes note of an attribute that has no influence.
    pub(crate) fn ignore(&mut self, name: &'static str) {
        self.used.insert(name);
    }

    pub(crate) fn tensor(
        &mut self,
        name: &'static str,
    ) -> Result<Option<&'a TensorProto>, Problem> {
        Ok(self.get(name, TENSOR)?.and_then(|attribute| attribute.t.as_ref()))
    }

    /// A subgraph.
    pub(crate) fn graph(&mut self, name: &'static str) -> Result<&'a GraphProto, Problem> {
        self.get(name, GRAPH)?
            .and_then(|attribute| attribute.g.as_deref())
            .ok_or_else(|| Problem::malformed(format!("its subgraph `{name}` is missing")))
    }

    /// All of them by name, for the function that they are given to.
    pub(crate) fn into_given(self) -> BTreeMap<&'a str, &'a AttributeProto> {
        self.by_name
    }

    /// Refuses attributes that nothing asked for.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.by_name.keys().find(|name| !self.used.contains(**name)) {
            None => Ok(()),
            Some(name) => Err(Problem::new(
                format!("attribute `{name}` is not supported"),
                "export the model without it, or at another opset (7 to 25)",
            )),
        }
    }
}
