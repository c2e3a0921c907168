//! Writes small models, for tests.

use prost::Message;

use super::proto::*;

/// Builds a model node by node.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) model: ModelProto,
    next: usize,
    seed: u64,
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 2, i: value, ..Default::default() }
}

pub(crate) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 1, f: value, ..Default::default() }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 7, ints: values.to_vec(), ..Default::default() }
}

pub(crate) fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 3, s: value.into(), ..Default::default() }
}

pub(crate) fn floats(name: &str, values: &[f32]) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 6, floats: values.to_vec(), ..Default::default() }
}

pub(crate) fn strings(name: &str, values: &[&str]) -> AttributeProto {
    let strings = values.iter().map(|value| value.as_bytes().to_vec()).collect();
    AttributeProto { name: name.into(), kind: 8, strings, ..Default::default() }
}

pub(crate) fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

/// A graph whose inputs and outputs have names alone, as those inside nodes may.
pub(crate) fn graph(nodes: Vec<NodeProto>, inputs: &[&str], outputs: &[&str]) -> GraphProto {
    let info = |name: &&str| ValueInfoProto { name: (*name).into(), r#type: None };
    GraphProto {
        node: nodes,
        input: inputs.iter().map(info).collect(),
        output: outputs.iter().map(info).collect(),
        ..Default::default()
    }
}

pub(crate) fn subgraph(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto { name: name.into(), kind: 5, g: Some(Box::new(graph)), ..Default::default() }
}

fn info(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape.iter().map(|&d| DimensionProto { dim_value: Some(d), dim_param: None });
    let shape = ShapeProto { dim: dim.collect() };
    let tensor = TensorTypeProto { elem_type: 1, shape: Some(shape) };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto { tensor_type: Some(tensor), ..Default::default() }),
    }
}

impl Writer {
    /// A model whose input `x` has the given shape; weights depend on `seed`.
    pub(crate) fn new(opset: i64, shape: &[i64], seed: u64) -> Self {
        let graph = GraphProto { input: vec![info("x", shape)], ..Default::default() };
        let model = ModelProto {
            opset_import: vec![OperatorSetProto { domain: String::new(), version: opset }],
            graph: Some(graph),
            functions: Vec::new(),
        };
        Self { model, next: 0, seed: seed.wrapping_mul(2).wrapping_add(1) }
    }

    pub(crate) fn graph(&mut self) -> &mut GraphProto {
        self.model.graph.as_mut().unwrap()
    }

    /// A number in -1..1.
    pub(crate) fn random(&mut self) -> f32 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 40) as f32 / 8_388_608.0 - 1.0
    }

    fn name(&mut self) -> String {
        self.next += 1;
        format!("t{}", self.next)
    }

    pub(crate) fn floats(&mut self, shape: &[i64], values: Vec<f32>) -> String {
        let name = self.name();
        let tensor = TensorProto {
            dims: shape.to_vec(),
            data_type: 1,
            name: name.clone(),
            raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..Default::default()
        };
        self.graph().initializer.push(tensor);
        name
    }

    /// Random weights in `centre ± spread`.
    pub(crate) fn weights(&mut self, shape: &[i64], centre: f32, spread: f32) -> String {
        let count = shape.iter().product::<i64>();
        let values = (0..count).map(|_| centre + spread * self.random()).collect();
        self.floats(shape, values)
    }

    /// Integers, in the typed field.
    pub(crate) fn integers(&mut self, values: &[i64]) -> String {
        let name = self.name();
        let tensor = TensorProto {
            dims: vec![values.len() as i64],
            data_type: 7,
            name: name.clone(),
            int64_data: values.to_vec(),
            ..Default::default()
        };
        self.graph().initializer.push(tensor);
        name
    }

    /// Truth values.
    pub(crate) fn truths(&mut self, shape: &[i64], values: &[u8]) -> String {
        let name = self.name();
        let tensor = TensorProto {
            dims: shape.to_vec(),
            data_type: 9,
            name: name.clone(),
            raw_data: values.to_vec().into(),
            ..Default::default()
        };
        self.graph().initializer.push(tensor);
        name
    }

    /// Integers of a small type.
    pub(crate) fn small(&mut self, data_type: i32, shape: &[i64], values: &[i32]) -> String {
        let name = self.name();
        let tensor = TensorProto {
            dims: shape.to_vec(),
            data_type,
            name: name.clone(),
            int32_data: values.to_vec(),
            ..Default::default()
        };
        self.graph().initializer.push(tensor);
        name
    }

    pub(crate) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        let output = self.name();
        let node = NodeProto {
            input: inputs.iter().map(|&name| name.into()).collect(),
            output: vec![output.clone()],
            name: format!("n{}", self.next),
            op_type: operator.into(),
            attribute,
            ..Default::default()
        };
        self.graph().node.push(node);
        output
    }

    /// The file, with the given tensor as output.
    pub(crate) fn finish(mut self, output: &str) -> Vec<u8> {
        let output = ValueInfoProto { name: output.into(), ..info(output, &[]) };
        let tensor = TensorTypeProto { elem_type: 1, shape: None };
        let r#type = Some(TypeProto { tensor_type: Some(tensor), ..Default::default() });
        self.graph().output = vec![ValueInfoProto { r#type, ..output }];
        self.model.encode_to_vec()
    }
}
