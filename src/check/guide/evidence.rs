//! Everything that the items share, computed once.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::addr::IpSet;
use crate::catalog::{Guide, GuideItem, Product, ProductPart, TenantRegion};
use crate::check::assertion::ExplainFn;
use crate::check::callers::{Caller, callers};
use crate::check::guide::answer::{Answer, ItemVerdict};
use crate::check::guide::{GuideFinding, lists};
use crate::check::map::{NetworkMap, network_map};
use crate::check::outcome::FindingPlace;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::engine::{CompileError, Inputs, Outage, ProductFacts, Vantage, product_facts};
use crate::network::Network;

/// The name of a geography of another cloud, whose regions the lists do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sovereign(pub String);

/// The question: a guide for a network.
#[derive(Clone, Copy)]
pub struct GuideQuestion<'a> {
    /// The network, Microsoft's lists, and the state of the links.
    pub inputs: Inputs<'a>,
    /// All findings about the file, also those that the file accepts.
    pub found: &'a Diagnostics,
    /// The products.
    pub products: &'a [&'static Product<'static>],
    /// The regions of the environments, if known.
    pub region: Option<&'a TenantRegion>,
    /// The geography, if it belongs to another cloud.
    pub sovereign: Option<&'a Sovereign>,
    /// The day of the evaluation; later attestations do not count.
    pub today: Date,
    /// Writes an explanation as sentences.
    pub explain: ExplainFn<'a>,
}

impl std::fmt::Debug for GuideQuestion<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuideQuestion").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

/// The positions of products on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The union of the asked products' addresses.
    Asked,
    /// Static content and what else never uses ExpressRoute.
    Static,
    /// Sign-in.
    SignIn,
    /// The relay of data gateways and desktop flows.
    Relay,
}

impl Scope {
    /// Returns the index of the scope on the map.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Asked => 0,
            Self::Static => 1,
            Self::SignIn => 2,
            Self::Relay => 3,
        }
    }
}

/// The evidence that evaluators share.
pub(super) struct Evidence<'a> {
    pub(super) guide: Guide,
    pub(super) question: GuideQuestion<'a>,
    pub(super) network: &'a Network,
    /// The addresses of each [`Scope`].
    pub(super) scopes: Vec<IpSet>,
    /// The lists of the asked products, each once.
    pub(super) parts: Vec<ProductPart>,
    /// Asked products without addresses in the lists.
    pub(super) without: Vec<&'static str>,
    pub(super) vantages: Vec<Vantage>,
    /// All scopes, under every single failure.
    pub(super) singles: NetworkMap,
    pub(super) single_outages: Vec<Outage>,
    /// The asked products under every pair of failures.
    pub(super) doubles: NetworkMap,
    pub(super) double_outages: Vec<Outage>,
    pub(super) callers: Vec<Caller>,
}

impl<'a> Evidence<'a> {
    /// Computes the evidence.
    pub(super) fn gather(guide: Guide, question: GuideQuestion<'a>) -> Result<Self, CompileError> {
        let GuideQuestion { inputs, products, region, .. } = question;
        let Inputs { network, catalog, .. } = inputs;
        let mut parts: Vec<ProductPart> = Vec::new();
        let mut without = Vec::new();
        for product in products {
            let own = lists::parts(guide.id, catalog, product, region);
            if own.is_empty() {
                without.push(product.name);
            }
            for part in own {
                if !parts.iter().any(|known| known.list == part.list) {
                    parts.push(part);
                }
            }
        }
        let facts = |id: &str, parts: Vec<ProductPart>| {
            let product = catalog.product(id).or_else(|| products.first().copied())?;
            Some(ProductFacts { parts, ..product_facts(catalog, product, region) })
        };
        let own =
            |id: &str| catalog.product(id).map_or_else(Vec::new, |it| catalog.product_parts(it, region));
        let relay = match region {
            Some(_) if guide.id == lists::PLATFORM => catalog.tag_parts("AzureCloud", region),
            _ => Vec::new(),
        };
        let first = products.first().map_or("power-platform", |product| product.id);
        let scopes = [
            facts(first, parts.clone()),
            facts("azure-front-door", lists::never(guide.id, catalog, region)),
            facts("entra", own("entra")),
            facts("azure-relay", relay),
        ];
        let scopes: Vec<ProductFacts> = scopes.into_iter().flatten().collect();
        let sets = scopes
            .iter()
            .map(|facts| facts.parts.iter().fold(IpSet::empty(), |all, part| all.union(&part.addresses)));
        let sets: Vec<IpSet> = sets.collect();
        let vantages = clients(network);
        let single_outages = Outage::singles(network);
        let asked: Vec<ProductFacts> = scopes.first().cloned().into_iter().collect();
        let singles = network_map(inputs, scopes, &vantages, &single_outages)?;
        let double_outages = Outage::pairs(network);
        let doubles = network_map(inputs, asked, &vantages, &double_outages)?;
        let callers = callers(inputs, products, region)?;
        Ok(Self {
            guide,
            question,
            network,
            scopes: sets,
            parts,
            without,
            vantages,
            singles,
            single_outages,
            doubles,
            double_outages,
            callers,
        })
    }

    /// Returns the first finding with one of the codes, warnings first.
    pub(super) fn found(&self, codes: &[Code]) -> Option<&'a Diagnostic> {
        let all = || self.question.found.iter().filter(|one| codes.contains(&one.code));
        all().find(|one| one.severity >= Severity::Warning).or_else(|| all().next())
    }

    /// Returns the answer of a finding: refuted by a warning, in part by advice.
    pub(super) fn answer_of(finding: &Diagnostic) -> Answer {
        let verdict = match finding.severity {
            Severity::Advice => ItemVerdict::Partly,
            Severity::Warning | Severity::Error => ItemVerdict::Refuted,
        };
        let answer = Answer::new(verdict, finding.message.clone());
        let answer = answer.at(finding.labels.first().map(|label| label.span));
        match &finding.help {
            Some(help) => answer.help(help.clone()),
            None => answer,
        }
    }

    /// Returns the answer of the first finding with one of the codes, or else `answer`.
    pub(super) fn unless(&self, codes: &[Code], answer: impl FnOnce() -> Answer) -> Answer {
        self.found(codes).map_or_else(answer, Self::answer_of)
    }

    /// Returns the name of the regions of the environments.
    pub(super) fn geography(&self) -> &str {
        self.question.region.map_or("the whole world", |region| region.name.as_str())
    }

    /// Returns the answer, but no proof for environments in a cloud that the circuits do not reach.
    pub(super) fn in_cloud(&self, answer: Answer) -> Answer {
        let Some(other) = self.question.sovereign else { return answer };
        if !matches!(answer.verdict, ItemVerdict::Proved | ItemVerdict::Partly) {
            return answer;
        }
        let sentence = format!("the file describes no circuit that reaches `{}`", other.0);
        Answer::missing(
            sentence,
            "a file with the circuits of that cloud (`cloud: government` or `cloud: china`)",
        )
    }

    /// Combines an answer with what a person attests: it replaces what the tool cannot know, and never a refutation.
    pub(super) fn finding(&self, item: &'static GuideItem, answer: Answer) -> GuideFinding {
        let source = &self.network.source;
        let place = answer.span.map(|span| FindingPlace { source: source.clone(), span });
        let mut finding = GuideFinding {
            item,
            verdict: answer.verdict,
            sentence: answer.sentence,
            covered: answer.covered,
            share: answer.share,
            witness: answer.witness,
            place,
            remedy: answer.remedy,
            needs: answer.needs,
            attested: None,
        };
        let Some(entry) = self.network.attested.iter().find(|entry| entry.item.value == item.id) else {
            return finding;
        };
        let open =
            matches!(finding.verdict, ItemVerdict::Manual | ItemVerdict::NotEvaluated | ItemVerdict::Partly);
        if !open {
            return finding;
        }
        let place = |span| Some(FindingPlace { source: source.clone(), span });
        if entry.on.value > self.question.today {
            finding.verdict = ItemVerdict::NotEvaluated;
            finding.needs = Some(format!("`attested` for {} on a day that is not in the future", item.id));
            finding.place = place(entry.on.span);
            return finding;
        }
        finding.sentence = format!("{}; without the attestation: {}", entry.note, finding.sentence);
        finding.verdict = ItemVerdict::Attested;
        finding.attested = Some((entry.by.clone(), entry.on.value));
        finding.place = place(entry.span);
        finding
    }
}

/// Returns the vantage points: the sites with clients, or all sites if the file names no clients.
fn clients(network: &Network) -> Vec<Vantage> {
    let all = || network.sites_with_ids();
    let with: BTreeSet<_> = all().filter(|(_, site)| !site.prefixes.is_empty()).map(|(id, _)| id).collect();
    all().filter(|(id, _)| with.is_empty() || with.contains(id)).map(|(id, _)| Vantage::Site(id)).collect()
}
