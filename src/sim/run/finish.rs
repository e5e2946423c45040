//! The end of a replay.

use super::{RowFacts, Simulation};
use crate::sim::accounting::conversation::Conversation;
use crate::sim::accounting::critical::CriticalRow;
use crate::sim::accounting::link_classes::LinkClassRow;
use crate::sim::accounting::link_result::LinkResult;
use crate::sim::accounting::metering::Metered;
use crate::sim::accounting::result::{ComplianceRow, SimResult, TimelineRow};
use crate::sim::error::SimError;
use crate::sim::scenario::CriticalScope;
use crate::sim::volumes::{Count, Volume};

impl Simulation<'_> {
    /// Ends the replay. `skipped` is the traffic in the capture that was not decoded.
    ///
    /// # Errors
    ///
    /// Returns [`SimError::NoTime`] if there were packets but none had a timestamp, and [`SimError::Conservation`] if
    /// the sums do not agree.
    pub fn finish(mut self, skipped: Volume) -> Result<SimResult, SimError> {
        if self.captured.packets == 0 && self.untimed.packets > 0 {
            return Err(SimError::NoTime { packets: self.untimed.packets });
        }
        let ended_ns = self.now_ns;
        self.advance(u64::MAX);
        let mut rest: Vec<Conversation> = self.conversations.drain(..).flatten().collect();
        rest.sort_unstable_by_key(|one| one.order);
        for one in &rest {
            self.fates.add(one, &self.router.routes);
        }
        let counted = |(_, facts): &(&TimelineRow, &RowFacts)| facts.scoped != Count::default();
        for (row, facts) in self.rows.iter().zip(&self.row_facts).filter(counted) {
            self.scope.add(row.path.clone(), facts.scoped);
        }
        let (critical, link_classes) = self.measured();
        let unmeasured = unmeasured(&self.scenario.critical, &critical);
        let (sums, series_bucket_ns) = self.series.finish();
        let label = |path: u32| self.paths.get(path as usize).cloned();
        let series = sums.into_iter().filter_map(|((path, bucket), sum)| Some(((bucket, label(path)?), sum)));
        let links = LinkResult::of(self.links, &self.figures);
        let covered_ns = ended_ns.saturating_mul(self.scenario.compress.max(1));
        let metering = Metered::of(&self.timeline.epochs, &links, covered_ns);
        let result = SimResult {
            name: self.scenario.name.clone(),
            first_ns: self.first_ns.unwrap_or(0),
            ended_ns,
            epochs: self.timeline.epochs.iter().map(|epoch| epoch.start_ns).collect(),
            happenings: self.timeline.happenings,
            rows: self.rows,
            series: series.collect(),
            series_bucket_ns,
            critical,
            link_classes,
            unmeasured,
            lost_marks: self.lost_marks,
            links,
            metering,
            fates: self.fates.sums,
            flow_total: self.fates.total,
            services: self.fates.services.into_sums(),
            changed: self.fates.changed,
            changed_left_off: self.fates.left_off,
            unanswered: self.fates.unanswered,
            unevaluated: self.router.unevaluated,
            compliance: ComplianceRow::of(self.scope),
            watched: !self.scenario.compliance.is_empty(),
            captured: self.captured,
            untimed: self.untimed,
            offered: self.offered,
            skipped,
            outside_sites: self.outside,
            disordered: self.disordered,
            evicted: self.evicted,
        };
        result.check()?;
        Ok(result)
    }

    /// Returns the rows about critical traffic and classes.
    fn measured(&mut self) -> (Vec<CriticalRow>, Vec<LinkClassRow>) {
        let Some(measured) = self.measured.take() else { return Default::default() };
        let place = |row: u32| self.rows.get(row as usize).map(|row| (row.epoch, row.path.clone()));
        let scopes = &self.scenario.critical;
        let critical = measured.critical.rows(scopes, &self.links, place);
        let classes = measured.classes.rows(&self.links, scopes, |at, class| self.shapers.name(at, class));
        (critical, classes)
    }
}

/// Returns the names of scopes with expectations that have no row.
fn unmeasured(scopes: &[CriticalScope], rows: &[CriticalRow]) -> Vec<String> {
    let expecting = scopes.iter().filter(|scope| scope.expect.is_some()).map(|scope| &scope.name);
    let has_row = |name: &&String| rows.iter().any(|row| row.scope.as_ref() == Some(*name));
    expecting.filter(|name| !has_row(name)).cloned().collect()
}
