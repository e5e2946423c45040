//! One side of a comparison: a network on lists, compiled for every vantage point.

use crate::engine::{CompileError, Engine, Inputs, Vantage};

/// A network on lists with an engine per vantage point.
#[derive(Debug)]
pub struct Side<'a> {
    inputs: Inputs<'a>,
    points: Vec<Point>,
}

/// A vantage point with its engine.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) name: String,
    pub(super) vantage: Vantage,
    pub(super) engine: Engine,
}

impl<'a> Side<'a> {
    /// Compiles every vantage point: the sites, then the subnets of virtual networks.
    ///
    /// # Errors
    ///
    /// [`CompileError`] where an input that the network names is missing.
    pub fn compile(inputs: Inputs<'a>) -> Result<Self, CompileError> {
        let network = inputs.network;
        let mut sites = Engine::compile_sites(inputs)?.into_iter();
        let mut points = Vec::new();
        for vantage in Vantage::all(network) {
            let engine = match (vantage, sites.next()) {
                (Vantage::Site(_), Some(engine)) => engine,
                _ => Engine::compile_at(inputs, vantage)?,
            };
            points.push(Point { name: vantage.name(network), vantage, engine });
        }
        Ok(Self { inputs, points })
    }

    /// Compiles the vantage points of these names, as far as the network has them; all of them for no name.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`].
    pub fn compile_from(inputs: Inputs<'a>, names: &[String]) -> Result<Self, CompileError> {
        if names.is_empty() {
            return Self::compile(inputs);
        }
        let network = inputs.network;
        let mut points = Vec::new();
        for vantage in Vantage::all(network) {
            let name = vantage.name(network);
            if names.contains(&name) {
                points.push(Point { name, vantage, engine: Engine::compile_at(inputs, vantage)? });
            }
        }
        Ok(Self { inputs, points })
    }

    /// What it was compiled from.
    pub fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    /// The names of the vantage points, in the order of the network file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.points.iter().map(|point| point.name.as_str())
    }

    /// The engine of a vantage point.
    pub fn engine(&self, name: &str) -> Option<&Engine> {
        self.point(name).map(|point| &point.engine)
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) fn point(&self, name: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.name == name)
    }
}
