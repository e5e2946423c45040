//! What no network file shows: traffic inside Microsoft's network, users outside the sites, costs, and the lists.

use crate::addr::IpSet;
use crate::catalog::{FeedKind, FeedOrigin};
use crate::check::advice::shares::{by_family, exported, union};
use crate::check::advice::sources::{
    FAQ, GUIDE_PLANNING, GUIDE_SETUP, ROUTE_FILTERS, VIRTUAL_NETWORKS, list,
};
use crate::check::advice::subject::Subject;
use crate::check::advice::{Advice, AdviceState, AdviceTopic};

/// Traffic between Microsoft's services is not that of the circuits.
pub(super) fn inside_microsoft(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::InsideMicrosoft;
    let on_platform = |id: &str| ["power-platform", "azure-relay", "data-gateway"].contains(&id);
    let platforms = subject.products.iter().flat_map(|product| subject.catalog.platforms_of(product));
    if !platforms.into_iter().any(|product| on_platform(product.id)) {
        return;
    }
    let text = "traffic between Power Platform and other services of Microsoft never uses the circuits";
    found.push(Advice::new(TOPIC, AdviceState::Needed, GUIDE_PLANNING, text));
    let text = "with virtual network support, calls come from your own subnets: delegate one in both regions of the pair, with 25 to 30 addresses for each production environment, and plan DNS, private peering and a NAT gateway";
    found.push(Advice::new(TOPIC, AdviceState::People, VIRTUAL_NETWORKS, text));
}

/// Users outside the sites are not on the circuits.
pub(super) fn mobile_users(_: &Subject<'_>, found: &mut Vec<Advice>) {
    let text = "users outside the sites use the internet: decide on VPN, conditional access, and sign-in servers that only the sites reach";
    found.push(Advice::new(AdviceTopic::MobileUsers, AdviceState::People, GUIDE_SETUP, text));
}

/// What determines the cost.
pub(super) fn cost(_: &Subject<'_>, found: &mut Vec<Advice>) {
    let text = "outbound traffic is charged on metered circuits, not on Local or unlimited ones: `peerpath replay --scenario … --view metering` counts it per circuit, with your own price";
    found.push(Advice::new(AdviceTopic::Cost, AdviceState::People, FAQ, text));
}

/// How much of the products the list of communities names.
pub(super) fn lists(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let own = subject.catalog.sources().iter();
    let own = own.filter(|one| one.kind == FeedKind::Communities).any(|one| one.origin == FeedOrigin::User);
    let source = list(subject.catalog, FeedKind::Communities).unwrap_or_else(|| ROUTE_FILTERS.into());
    let communities = subject.wanted.iter().filter(|wanted| wanted.is_required);
    let named = communities
        .fold(IpSet::empty(), |all, wanted| all.union(&exported(subject.catalog, wanted.entry.value)));
    let Some(share) = by_family(&union(&subject.parts), &named) else { return };
    let (state, text) = if own {
        (AdviceState::Present, format!("your export of communities names {share} of the products"))
    } else {
        let text = format!(
            "export the communities of your subscription (`az network route-filter rule list-service-communities`) and pass them with `--catalog`: the shipped lists name {share} of the products, the rest is derived"
        );
        (AdviceState::Needed, text)
    };
    found.push(Advice::new(AdviceTopic::Lists, state, source, text));
}
