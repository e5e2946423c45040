//! Floor 5: imports existing configuration as a network file.
//!
//! [`azure`] imports Azure exports, [`terraform`] imports Terraform plans, and [`arm`] imports templates. Plans and
//! templates are converted to the form of an export; all later steps are the same for all three. A value that a file
//! does not contain is [`Unknown`]. A plan or a template describes only Azure's side, so it is merged into a network
//! file that describes the customer's side. Route tables in exports are written to files beside the network file, in
//! the CSV form that [`learned`] defines.
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::import::azure::{Import, ImportOptions, SiteOption};
//!
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let circuit = br#"{"name": "er", "type": "Microsoft.Network/expressRouteCircuits", "location": "westeurope",
//!     "sku": {"tier": "Standard"},
//!     "serviceProviderProperties": {"peeringLocation": "Amsterdam", "bandwidthInMbps": 1000}}"#;
//! let mut import = Import::new();
//! import.add("circuit.json", circuit);
//! let ams = SiteOption { name: "ams".to_owned(), prefixes: vec!["10.1.0.0/16".parse()?] };
//! let options = ImportOptions { sites: vec![ams], ..ImportOptions::default() };
//! let written = import.finish(&catalog, &options).network.ok_or("nothing was read")?;
//! assert!(written.contains("peering_location: Amsterdam"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod arm;
pub mod azure;
mod declared;
pub mod learned;
mod merge;
mod resource_tree;
mod route_files;
pub mod terraform;
mod unknown;

#[doc(hidden)]
pub use resource_tree::Laid;
#[doc(hidden)]
pub use route_files::rebase;
pub use unknown::{Assumptions, Unknown, UnknownBecause};
#[doc(hidden)]
pub use unknown::{near, nearest};
