//! Which plans a cluster can work on, and in which form.

use std::sync::Arc;

use datafusion::{
    common::{
        DataFusionError, Result, internal_datafusion_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    datasource::{
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource},
        source::DataSourceExec,
    },
    object_store::path::Path as ObjectPath,
    physical_plan::{ExecutionPlan, empty::EmptyExec, placeholder_row::PlaceholderRowExec},
};

use super::{
    catalogs::{self, SnapshotId},
    codec::{Codec, Named, empty},
    messages,
    share::Closed,
};
use crate::{hats::place::Place, scan::RowGroupScan, sky_join::SkyJoinExec};

/// Why a query stays on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It reads nothing of a catalogue.
    NoCatalog,
    /// It reads a table that this server has in memory.
    InMemory,
    /// It reads a person's own table.
    OwnTable,
    /// It calls what other machines do not have.
    NotSendable,
}

impl Stays {
    /// For EXPLAIN and the log.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoCatalog => "it reads nothing of a catalogue",
            Self::InMemory => "it reads a table that this server has in memory",
            Self::OwnTable => "it reads a table of a person's own, which this server has alone",
            Self::NotSendable => "it calls what other machines do not have",
        }
    }
}

/// The plan as bytes for a scheduler, or why it stays here.
pub fn spread(
    plan: Arc<dyn ExecutionPlan>,
    catalogs: Vec<Named>,
) -> Result<Result<Vec<u8>, Stays>> {
    if let Some(stays) = leaves(&plan)? {
        return Ok(Err(stays));
    }
    let plan = plan.transform_up(|node| by_name(node, &catalogs))?.data;
    let codec = Codec::asking(catalogs);
    let closed = plan.transform_down(|node| {
        if !node.is::<SkyJoinExec>() && !node.is::<RowGroupScan>() {
            return Ok(Transformed::no(node));
        }
        Ok(Transformed::new(close(&node, &codec)?, true, TreeNodeRecursion::Jump))
    });
    let bytes = closed.and_then(|closed| codec.plan_bytes(closed.data));
    match bytes {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(error) => {
            tracing::debug!(%error, "a plan stays on this machine");
            Ok(Err(Stays::NotSendable))
        }
    }
}

/// Whether the leaves of a plan keep it here.
fn leaves(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Stays>> {
    let (mut reads, mut in_memory) = (false, false);
    plan.apply(|node| {
        if node.is::<RowGroupScan>() || files(node).is_some() {
            reads = true;
        } else if node.children().is_empty()
            && !node.is::<EmptyExec>()
            && !node.is::<PlaceholderRowExec>()
        {
            in_memory = true;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(match (reads, in_memory) {
        (_, true) => Some(Stays::InMemory),
        (false, false) => Some(Stays::NoCatalog),
        (true, false) => None,
    })
}

/// The files of a scan by DataFusion's Parquet source.
fn files(plan: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    let scan = plan.downcast_ref::<DataSourceExec>()?;
    let source: &dyn std::any::Any = scan.data_source().as_ref();
    let config = source.downcast_ref::<FileScanConfig>()?;
    let source: &dyn std::any::Any = config.file_source().as_ref();
    source.is::<ParquetSource>().then_some(config)
}

/// A scan of files as one that names its catalogue instead of a place on this machine.
fn by_name(
    plan: Arc<dyn ExecutionPlan>,
    catalogs: &[Named],
) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(config) = files(&plan) else { return Ok(Transformed::no(plan)) };
    let unknown = || internal_datafusion_err!("files of a catalogue that the query does not name");
    let mut id: Option<&SnapshotId> = None;
    let mut groups = Vec::with_capacity(config.file_groups.len());
    for group in &config.file_groups {
        let mut moved = Vec::new();
        for file in group.files() {
            let (owner, location) = owner(config, file, catalogs).ok_or_else(unknown)?;
            if id.is_some_and(|id| id != owner) {
                return Err(unknown());
            }
            id = Some(owner);
            let mut file = file.clone();
            file.object_meta.location = location;
            moved.push(file);
        }
        groups.push(FileGroup::new(moved));
    }
    let mut moved = FileScanConfigBuilder::from(config.clone()).with_file_groups(groups).build();
    moved.object_store_url = catalogs::url_of(id.ok_or_else(unknown)?)?;
    Ok(Transformed::yes(DataSourceExec::from_data_source(moved)))
}

/// Whose a file is, and its path below that catalogue's place.
fn owner<'a>(
    config: &FileScanConfig,
    file: &PartitionedFile,
    catalogs: &'a [Named],
) -> Option<(&'a SnapshotId, ObjectPath)> {
    let below = |place: &Place| -> Option<ObjectPath> {
        if place.url() != config.object_store_url {
            return None;
        }
        let rest = file.object_meta.location.prefix_match(&place.object("").ok()?)?;
        Some(rest.collect())
    };
    catalogs.iter().find_map(|(catalog, id)| Some((id, below(&catalog.place)?)))
}

/// A part of a plan as a scan that Ballista can deal.
fn close(part: &Arc<dyn ExecutionPlan>, codec: &Codec) -> Result<Arc<dyn ExecutionPlan>> {
    let count = part.properties().output_partitioning().partition_count();
    let count = u32::try_from(count).map_err(|e| DataFusionError::External(e.into()))?;
    let rows = part.downcast_ref::<RowGroupScan>().map(|scan| scan.catalog().rows);
    let share = messages::Share {
        plan: codec.plan_bytes(part.clone())?,
        empty: codec.plan_bytes(empty(part))?,
        partitions: (0..count).collect(),
        rows,
        name: part.name().to_owned(),
    };
    Closed::scan(share, part.schema())
}
