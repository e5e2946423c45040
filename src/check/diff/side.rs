//! One side of a comparison: a network with its lists, compiled for every vantage point.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::engine::{Classes, CompileError, Engine, Inputs, Responders, Vantage};

/// A network with its lists and an engine per vantage point; similar vantage points share their common part.
#[derive(Debug)]
pub struct DiffSide<'a> {
    inputs: Inputs<'a>,
    points: Vec<Point>,
    by_name: HashMap<String, usize>,
    from_sites: OnceLock<Responders>,
    from_subnets: OnceLock<Responders>,
}

/// A vantage point with its engine.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) name: String,
    pub(super) vantage: Vantage,
    pub(super) engine: Engine,
}

impl<'a> DiffSide<'a> {
    /// Compiles every vantage point: the sites, then the subnets of virtual networks.
    ///
    /// # Errors
    ///
    /// [`CompileError`] if an input that the network names is missing.
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

    /// Compiles the vantage points with these names, if the network contains them; without names, all vantage
    /// points.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::compile`].
    pub fn compile_from(inputs: Inputs<'a>, names: &[String]) -> Result<Self, CompileError> {
        if names.is_empty() {
            return Self::compile(inputs);
        }
        let named = Vantage::all(inputs.network).filter(|one| names.contains(&one.name(inputs.network)));
        Ok(Self::of(&Classes::new(inputs)?, inputs, named))
    }

    /// Returns the inputs from which the side was compiled.
    pub fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    /// Returns the names of the vantage points, in the order of the network file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.points.iter().map(|point| point.name.as_str())
    }

    /// Returns the engine of a vantage point.
    pub fn engine(&self, name: &str) -> Option<&Engine> {
        self.point(name).map(|point| &point.engine)
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) fn point(&self, name: &str) -> Option<&Point> {
        self.points.get(*self.by_name.get(name)?)
    }

    /// Returns the owner of each address, as seen from a vantage point.
    pub(super) fn responders(&self, vantage: Vantage) -> &Responders {
        let kind = match vantage {
            Vantage::Site(_) => &self.from_sites,
            Vantage::Subnet(..) => &self.from_subnets,
        };
        kind.get_or_init(|| Responders::of(self.inputs.network, vantage))
    }
}
