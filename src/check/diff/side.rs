//! One side of a comparison: a network on lists, compiled for every vantage point.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::engine::{Classes, CompileError, Engine, Inputs, ResponderPartitions, Vantage, responders};

/// A network on lists with an engine per vantage point; those that are alike share what they have in common.
#[derive(Debug)]
pub struct Side<'a> {
    inputs: Inputs<'a>,
    points: Vec<Point>,
    by_name: HashMap<String, usize>,
    from_sites: OnceLock<ResponderPartitions>,
    from_subnets: OnceLock<ResponderPartitions>,
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
        Ok(Self::of(&Classes::new(inputs)?, inputs, Vantage::all(inputs.network)))
    }

    fn of(classes: &Classes<'_>, inputs: Inputs<'a>, vantages: impl Iterator<Item = Vantage>) -> Self {
        let vantages: Vec<Vantage> = vantages.collect();
        let engines = classes.engines(inputs.links, &vantages);
        let point = |(vantage, engine): (Vantage, Engine)| Point {
            name: vantage.name(inputs.network),
            vantage,
            engine,
        };
        let points: Vec<Point> = vantages.into_iter().zip(engines).map(point).collect();
        let names = points.iter().enumerate().rev();
        Self {
            inputs,
            by_name: names.map(|(index, point)| (point.name.clone(), index)).collect(),
            points,
            from_sites: OnceLock::new(),
            from_subnets: OnceLock::new(),
        }
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
        let named = Vantage::all(inputs.network).filter(|one| names.contains(&one.name(inputs.network)));
        Ok(Self::of(&Classes::new(inputs)?, inputs, named))
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
        self.points.get(*self.by_name.get(name)?)
    }

    /// What each address belongs to, seen from a vantage point.
    pub(super) fn responders(&self, vantage: Vantage) -> &ResponderPartitions {
        let kind = match vantage {
            Vantage::Site(_) => &self.from_sites,
            Vantage::Subnet(..) => &self.from_subnets,
        };
        kind.get_or_init(|| responders(self.inputs, vantage))
    }
}
