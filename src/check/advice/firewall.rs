//! Exceptions of firewalls and proxies, as service tags and host names.

use crate::catalog::{Initiates, Product};
use crate::check::advice::internet::stays;
use crate::check::advice::sources::{DOMAINS, GUIDE_SETUP, TAGS};
use crate::check::advice::subject::Subject;
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};

/// Azure as a whole. Services without a tag of their own have that of their region.
const AZURE: &str = "AzureCloud";

/// The product whose names no tag but that of the region contains.
const RELAY: &str = "azure-relay";

/// What clients must be able to reach: the products and their platforms, then what these need in addition.
pub(super) fn outbound(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::FirewallOut;
    const NEEDED: AdviceState = AdviceState::Needed;
    let own = own_products(subject);
    for tag in own.iter().flat_map(|product| &product.tags) {
        let owner = own.iter().find(|product| product.owns_tag(tag.value)).map_or("", |product| product.name);
        let text = format!("{owner}{}", beside(subject, &[tag.value.to_owned()]));
        found.push(Advice::new(TOPIC, NEEDED, tag.source, text).about(SubjectKind::Tag, [tag.value]));
    }
    for product in &own {
        let Some(first) = product.hosts.first() else { continue };
        let text = format!("{}{}", product.name, ports(product));
        let advice = Advice::new(TOPIC, NEEDED, first.source, text);
        found.push(advice.about(SubjectKind::Host, product.hosts.iter().map(|host| host.pattern)));
    }
    let internet = stays(subject);
    for (product, need) in subject.needs() {
        let known = own.iter().chain(internet.iter().map(|(one, _)| one)).any(|one| one.id == product.id);
        if known || product.hosts.is_empty() && product.tags.is_empty() {
            continue;
        }
        let mut tags: Vec<String> = product.tags.iter().map(|tag| tag.value.to_owned()).collect();
        let mut text = format!("{}{}, for clients ({})", product.name, ports(product), need.text);
        if product.id == RELAY {
            tags = regional(subject);
            text.push_str("; never the tag ServiceBus");
        }
        let advice = Advice::new(TOPIC, NEEDED, need.source, text);
        found.push(if product.hosts.is_empty() {
            advice.about(SubjectKind::Tag, tags)
        } else {
            let tags = if tags.is_empty() { String::new() } else { format!("; tags {}", tags.join(", ")) };
            let hosts = product.hosts.iter().map(|host| host.pattern);
            Advice { text: format!("{}{tags}", advice.text), ..advice }.about(SubjectKind::Host, hosts)
        });
    }
    if own.iter().any(|product| product.tags.iter().any(|tag| tag.value.starts_with("PowerPlatform"))) {
        let text = "the domains of Microsoft 365's new names end in .microsoft; the page of Power Platform writes them with .com at the end";
        let advice = Advice::new(TOPIC, NEEDED, DOMAINS, text);
        let hosts = ["*.cloud.microsoft", "*.static.microsoft", "*.usercontent.microsoft"];
        found.push(advice.about(SubjectKind::Host, hosts));
    }
}

/// Returns the products and their platforms, each once.
fn own_products(subject: &Subject<'_>) -> Vec<&'static Product<'static>> {
    let mut all: Vec<&'static Product<'static>> = Vec::new();
    for product in subject.products.iter().flat_map(|product| subject.catalog.platforms_of(product)) {
        if !all.iter().any(|known| known.id == product.id) {
            all.push(product);
        }
    }
    all
}

fn ports(product: &Product<'_>) -> String {
    product.ports.iter().flat_map(|ports| [", ", ports.value]).collect()
}

/// Returns the tags of Azure in the regions of the environments.
fn regional(subject: &Subject<'_>) -> Vec<String> {
    let parts = subject.catalog.tag_parts(AZURE, Some(subject.region)).into_iter();
    let in_pair =
        parts.filter(|part| part.region.as_ref().is_some_and(|region| subject.region.pair.contains(region)));
    in_pair.map(|part| part.list).collect()
}

/// Returns a remark if the list does not name Azure Firewall among those that accept the tags, while a document does.
fn beside(subject: &Subject<'_>, tags: &[String]) -> String {
    let known: Vec<_> = tags.iter().filter_map(|tag| subject.catalog.tag(tag)).collect();
    let accepted = known.iter().all(|tag| tag.network_features.iter().any(|feature| feature == "FW"));
    if accepted {
        return String::new();
    }
    let prefixes: usize = known.iter().map(|tag| tag.prefixes.len()).sum();
    let pronoun = if known.len() == 1 { "the tag" } else { "the tags" };
    format!("; documents differ about Azure Firewall, so keep the {prefixes} prefixes beside {pronoun}")
}

/// Who opens connections to the company: the products and what their clients need.
pub(super) fn inbound(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::FirewallIn;
    let needs = subject.needs();
    let all = own_products(subject).into_iter().chain(needs.into_iter().map(|(product, _)| product));
    let mut callers: Vec<(&'static Initiates<'static>, Vec<String>)> = Vec::new();
    for (product, caller) in all.flat_map(|product| product.initiates.iter().map(move |one| (product, one))) {
        let text = format!("{}: {}", product.name, caller.text);
        match callers.iter_mut().find(|(known, _)| known.tag == caller.tag) {
            Some((_, texts)) => texts.push(text),
            None => callers.push((caller, vec![text])),
        }
    }
    for (caller, texts) in &callers {
        let text = texts.join("; ");
        let Some(tag) = caller.tag else {
            let text = format!("{text}; no document names the addresses");
            found.push(Advice::new(TOPIC, AdviceState::People, caller.source, text));
            continue;
        };
        let tags = if tag == AZURE { regional(subject) } else { vec![tag.to_owned()] };
        let text = format!("{text}{}", beside(subject, &tags));
        found
            .push(Advice::new(TOPIC, AdviceState::Needed, caller.source, text).about(SubjectKind::Tag, tags));
    }
    if callers.is_empty() {
        let text = "no document names connections that the products open to you: deny all of them";
        found.push(Advice::new(TOPIC, AdviceState::Needed, TAGS, text));
    }
    let text = "filter what comes in as strictly as at the internet edge: any service of Microsoft and of its customers can reach an advertised prefix; put servers behind a reverse proxy";
    found.push(Advice::new(TOPIC, AdviceState::People, GUIDE_SETUP, text));
}
