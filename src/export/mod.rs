//! Floor 5: a network file in the configuration formats of other programs.
//!
//! | module | contents |
//! |---|---|
//! | [`frr`] | the edge of a site as an FRR configuration |
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::diag::Source;
//! use peerpath::{export, network};
//!
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let source = Source::new("network.yaml", "
//! version: 1
//! sites: [{name: ams, prefixes: [10.1.0.0/16], internet: {name: edge, nat: [203.0.113.0/28]}, circuits: [er]}]
//! circuits:
//!   - name: er
//!     peering_location: Amsterdam
//!     sku: standard
//!     bandwidth: 1 Gbps
//!     microsoft_peering:
//!       {route_filter: [12076:51002], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
//! ");
//! let network = network::read(&source, &catalog).0.ok_or("an error in the file")?;
//! let (site, _) = network.site_named("ams").ok_or("no such site")?;
//! // FRR needs ASNs and addresses of peers, which this file lacks: each missing one is reported.
//! let missing = export::frr::frr(&network, site).unwrap_err();
//! assert!(!missing.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod frr;
