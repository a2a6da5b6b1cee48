//! Curves as they were read last, so that frames between two rows read nothing.

use std::collections::HashMap;
use std::sync::Arc;

use super::curves::{Curve, HeightScale, Stretch};
use crate::app::link::contents::Contents;
use crate::record::MetricStore;

/// Curves of one store as they were read last; read again only when there are new rows or another part is wanted.
#[derive(Default)]
pub struct CurveCache {
    key: Option<(Contents, Stretch)>,
    curves: HashMap<(String, HeightScale, bool), Arc<Curve>>,
}

impl CurveCache {
    /// A column of a store with `contents`, from the cache where it is still true.
    pub fn read(
        &mut self,
        contents: Contents,
        store: &MetricStore,
        column: &str,
        window: Stretch,
        scale: HeightScale,
    ) -> Arc<Curve> {
        // A curve that has ended is the same however far the axis goes on.
        let to = window.to.min(store.last_step().unwrap_or(0));
        let key = (contents, Stretch { joined: false, to, ..window });
        if self.key != Some(key) {
            self.key = Some(key);
            self.curves.clear();
        }
        let entry = self.curves.entry((column.to_owned(), scale, window.joined));
        Arc::clone(entry.or_insert_with(|| Arc::new(Curve::read(store, column, window, scale))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Columns, Row};

    #[test]
    fn a_curve_that_has_ended_is_read_once_however_far_the_axis_goes_on() {
        let mut store = MetricStore::new(Arc::new(Columns::new(vec!["signal_1".into()])), &[0]);
        let push = |store: &mut MetricStore, steps: std::ops::Range<u64>| {
            steps.for_each(|step| store.push(&Row { step, epoch: 0, seed: 0, values: vec![Some(step as f32)] }));
        };
        push(&mut store, 0..100);
        let mut cache = CurveCache::default();
        let mut read = |store: &MetricStore, id: u64, from: u64, to: u64| {
            let window = Stretch { from, to, points: 200, joined: false, logarithmic: false };
            cache.read(Contents { id, reach: 0 }, store, "signal_1", window, HeightScale::Linear)
        };
        let first = read(&store, 1, 0, 99);
        assert_eq!(first.count(), 100);
        assert!(Arc::ptr_eq(&first, &read(&store, 1, 0, 150)) && Arc::ptr_eq(&first, &read(&store, 1, 0, 90_000)));
        assert_eq!(read(&store, 1, 20, 90_000).count(), 80, "it begins elsewhere");
        assert_eq!(read(&store, 1, 0, 49).count(), 50, "it ends within");
        push(&mut store, 100..120);
        assert_eq!(read(&store, 1, 0, 150).count(), 120, "it went on");
    }
}
