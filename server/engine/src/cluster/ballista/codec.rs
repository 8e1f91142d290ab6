//! Our nodes and functions as bytes and back.
//!
//! The same codec serves the three kinds of machines: one that asks writes catalogues by name, a
//! scheduler passes closed parts on, an executor opens them.

use std::{collections::HashSet, sync::Arc};

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::{
    common::{DataFusionError, Result, internal_datafusion_err, internal_err, plan_err},
    execution::{SessionStateBuilder, TaskContext},
    logical_expr::{AggregateUDF, ScalarUDF, WindowUDF},
    physical_optimizer::pruning::PruningPredicateBuilder,
    physical_plan::{
        ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions, aggregates::AggregateExec,
        empty::EmptyExec,
    },
};
use datafusion_proto::{
    bytes::{
        physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
    },
    physical_plan::{
        PhysicalExtensionCodec, PhysicalProtoConverterExtension, from_proto::parse_physical_expr,
        to_proto::serialize_physical_expr,
    },
    protobuf::PhysicalExprNode,
};
use prost::Message as _;
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tokio_util::sync::CancellationToken;

use super::{
    catalogs::{Catalogs, SnapshotId},
    messages::{self, Kind, MARK},
    share::{Closed, Opened},
};
use crate::{
    dense::DenseAggregateExec,
    functions::{Function, Histogram, MOST_BINS, Own, OwnFunctions},
    hats::read::Catalog,
    scan::RowGroupScan,
    sky_join::{SkyJoinExec, replacement},
};

/// Memory for reading what modules with users' functions say of themselves, bytes.
const DESCRIBING_BYTES: u64 = 1 << 30;

/// A catalogue that a query reads, with its name.
pub type Named = (Arc<Catalog>, SnapshotId);

/// Which machine this is.
#[derive(Debug)]
enum Role {
    /// Sends plans over these catalogues.
    Asks(Vec<Named>),
    /// Cuts plans into stages and tasks.
    Deals,
    /// Runs tasks over its catalogues.
    Runs(Arc<Catalogs>),
}

/// Writes and reads our nodes and functions, and leaves the others to Ballista.
#[derive(Debug)]
pub struct Codec {
    role: Role,
    others: BallistaPhysicalExtensionCodec,
    /// Functions that every machine has.
    known: HashSet<String>,
    /// Memory of users' own functions that run here.
    pool: Arc<Pool>,
}

impl Codec {
    /// For sending plans that read these catalogues.
    pub fn asking(catalogs: Vec<Named>) -> Self {
        Self::new(Role::Asks(catalogs), 0)
    }

    /// For a scheduler.
    pub fn dealing() -> Self {
        Self::new(Role::Deals, DESCRIBING_BYTES)
    }

    /// For an executor, whose tasks have so many bytes of memory.
    pub fn running(catalogs: Arc<Catalogs>, memory_bytes: usize) -> Self {
        Self::new(Role::Runs(catalogs), memory_bytes as u64)
    }

    fn new(role: Role, function_bytes: u64) -> Self {
        let state = SessionStateBuilder::new().with_default_features().build();
        let known = state.scalar_functions().keys();
        let known = known.chain(state.aggregate_functions().keys());
        let known = known.chain(state.window_functions().keys()).cloned().collect();
        let others = BallistaPhysicalExtensionCodec::default();
        Self { role, others, known, pool: Pool::new(function_bytes) }
    }

    /// A plan as bytes.
    pub fn plan_bytes(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Vec<u8>> {
        Ok(physical_plan_to_bytes_with_extension_codec(plan, self)?.to_vec())
    }

    fn plan(&self, bytes: &[u8], context: &TaskContext) -> Result<Arc<dyn ExecutionPlan>> {
        physical_plan_from_bytes_with_extension_codec(bytes, context, self)
    }

    fn message(&self, node: &Arc<dyn ExecutionPlan>) -> Result<Option<Kind>> {
        if let Some(share) = Closed::of(node) {
            return Ok(Some(Kind::Share(share?)));
        }
        if let Some(scan) = node.downcast_ref::<RowGroupScan>() {
            return self.scan_message(scan).map(Kind::Scan).map(Some);
        }
        if let Some(join) = node.downcast_ref::<SkyJoinExec>() {
            let [left, right] = inputs(node)?;
            let nested_loop = self.plan_bytes(Arc::new(join.replaced(left, right)?))?;
            let partitions = number(partitions(node))?;
            return Ok(Some(Kind::SkyJoin(messages::SkyJoin { nested_loop, partitions })));
        }
        if let Some(dense) = node.downcast_ref::<DenseAggregateExec>() {
            let [input] = inputs(node)?;
            let aggregate = self.plan_bytes(Arc::new(dense.replaced(input)?))?;
            return Ok(Some(Kind::Dense(messages::Dense { aggregate })));
        }
        Ok(None)
    }

    fn scan_message(&self, scan: &RowGroupScan) -> Result<messages::Scan> {
        let Role::Asks(catalogs) = &self.role else {
            return internal_err!("a scan is not passed on");
        };
        let catalog = scan.catalog();
        let named = catalogs.iter().find(|(known, _)| Arc::ptr_eq(known, catalog));
        let Some((_, (table, snapshot))) = named else {
            return internal_err!("a scan of a catalogue that the query does not name");
        };
        let (files, columns, pruning) = scan.parts();
        let kept = files.iter().map(|file| {
            let at = catalog.files.iter().position(|f| f.name == file.name);
            number(at.ok_or_else(|| internal_datafusion_err!("a file of another catalogue"))?)
        });
        let pruning = pruning.map(|expr| serialize_physical_expr(expr, self));
        Ok(messages::Scan {
            table: table.clone(),
            snapshot: snapshot.clone(),
            files: number(catalog.files.len())?,
            kept: kept.collect::<Result<_>>()?,
            columns: columns.iter().map(|c| number(*c)).collect::<Result<_>>()?,
            pruning: pruning.transpose()?.map(|expr| expr.encode_to_vec()),
            partitions: number(scan_partitions(scan))?,
        })
    }

    fn scan(&self, message: messages::Scan, context: &TaskContext) -> Result<RowGroupScan> {
        let Role::Runs(catalogs) = &self.role else {
            return internal_err!("a scan is opened by an executor alone");
        };
        let id = (message.table, message.snapshot);
        let catalog = catalogs.catalog(&id)?;
        if catalog.files.len() != message.files as usize {
            return plan_err!("this executor has another state of {}@{}", id.0, id.1);
        }
        let kept = message.kept.iter().map(|at| {
            let file = catalog.files.get(*at as usize).cloned();
            file.ok_or_else(|| internal_datafusion_err!("a file that {} does not have", id.0))
        });
        let kept = kept.collect::<Result<Vec<_>>>()?;
        let pruning = message.pruning.map(|bytes| {
            let expr = PhysicalExprNode::decode(bytes.as_slice()).map_err(broken)?;
            let expr = parse_physical_expr(&expr, context, &catalog.schema, self)?;
            let made = PruningPredicateBuilder::new().with_file_schema(catalog.schema.clone());
            made.try_build(expr).map(Arc::new)
        });
        let columns = message.columns.into_iter().map(|c| c as usize).collect();
        let (hot, cores) = (catalogs.hot.clone(), message.partitions as usize);
        RowGroupScan::new(catalog, kept.into(), hot, Some(&columns), pruning.transpose()?, cores)
    }

    fn node(
        &self,
        kind: Kind,
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match kind {
            Kind::Share(share) => {
                let Role::Runs(_) = &self.role else {
                    let schema = self.plan(&share.empty, context)?.schema();
                    return Closed::scan(share, schema);
                };
                let part = self.plan(&share.plan, context)?;
                let partitions = share.partitions.into_iter().map(|p| p as usize).collect();
                Ok(Arc::new(Opened::new(part, partitions)?))
            }
            Kind::Scan(scan) => Ok(Arc::new(self.scan(scan, context)?)),
            Kind::SkyJoin(message) => {
                let [left, right] = inputs else {
                    return internal_err!("a sky join of two inputs");
                };
                let nested_loop = self.plan(&message.nested_loop, context)?;
                let nested_loop = over(nested_loop, vec![left.clone(), right.clone()])?;
                match replacement(&nested_loop, message.partitions as usize)? {
                    Some(join) => Ok(join),
                    None => internal_err!("a sky join without a test of distance"),
                }
            }
            Kind::Dense(message) => {
                let aggregate = over(self.plan(&message.aggregate, context)?, inputs.to_vec())?;
                let aggregate = aggregate.downcast_ref::<AggregateExec>();
                match aggregate.and_then(DenseAggregateExec::of) {
                    Some(dense) => Ok(Arc::new(dense)),
                    None => internal_err!("an aggregation that is not by whole numbers"),
                }
            }
        }
    }

    fn own_function(&self, message: &[u8]) -> Result<Own> {
        let messages::OwnFunction { name, module, limits } =
            messages::OwnFunction::decode(message).map_err(broken)?;
        let limits: Limits = serde_json::from_slice(&limits).map_err(broken)?;
        let module = Module::read(&module, limits, &self.pool).map_err(broken)?;
        let functions = OwnFunctions::new(vec![module], CancellationToken::new());
        functions.find(&name).ok_or_else(|| internal_datafusion_err!("no {name} in its module"))
    }

    fn check(&self, name: &str) -> Result<()> {
        match self.known.contains(name) {
            true => Ok(()),
            false => plan_err!("the function {name} is known to this server alone"),
        }
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let Some(kind) = self.message(&node)? else {
            return self.others.try_encode(node, buf, converter);
        };
        buf.extend_from_slice(MARK);
        messages::Node { kind: Some(kind) }
            .encode(buf)
            .map_err(|e| DataFusionError::External(e.into()))
    }

    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(own) = buf.strip_prefix(MARK) else {
            return self.others.try_decode(buf, inputs, context, converter);
        };
        match messages::Node::decode(own).map_err(broken)?.kind {
            Some(kind) => self.node(kind, inputs, context),
            None => internal_err!("a node of a kind that this version does not know"),
        }
    }

    fn try_encode_udf(&self, udf: &ScalarUDF, buf: &mut Vec<u8>) -> Result<()> {
        if let Some(own) = Own::of_udf(udf) {
            return own_message(own, buf);
        }
        match Function::of_udf(udf) {
            // Each row draws the next number of one sequence, which machines do not share.
            Some(Function::Random(_)) => plan_err!("random numbers are drawn on one machine"),
            Some(own) => serde_json::to_writer(buf, &own).map_err(broken),
            None => self.check(udf.name()),
        }
    }

    fn try_decode_udf(&self, name: &str, buf: &[u8]) -> Result<Arc<ScalarUDF>> {
        if buf.is_empty() {
            return self.others.try_decode_udf(name, buf);
        }
        if let Some(own) = buf.strip_prefix(MARK) {
            return Ok(Arc::new(self.own_function(own)?.scalar()));
        }
        let function: Function = serde_json::from_slice(buf).map_err(broken)?;
        Ok(Arc::new(function.udf(true)))
    }

    fn try_encode_udaf(&self, udaf: &AggregateUDF, buf: &mut Vec<u8>) -> Result<()> {
        if let Some(own) = Own::of_udaf(udaf) {
            return own_message(own, buf);
        }
        let Some((lower, upper, bins)) = Histogram::of_udaf(udaf) else {
            return self.check(udaf.name());
        };
        let message = messages::Histogram { lower, upper, bins: number(bins)? };
        message.encode(buf).map_err(broken)
    }

    fn try_decode_udaf(&self, name: &str, buf: &[u8]) -> Result<Arc<AggregateUDF>> {
        if buf.is_empty() {
            return self.others.try_decode_udaf(name, buf);
        }
        if let Some(own) = buf.strip_prefix(MARK) {
            return Ok(Arc::new(self.own_function(own)?.aggregate()));
        }
        let messages::Histogram { lower, upper, bins } =
            messages::Histogram::decode(buf).map_err(broken)?;
        if i64::from(bins) > MOST_BINS {
            return plan_err!("a histogram of {bins} bins");
        }
        Ok(Arc::new(Histogram::udaf(lower, upper, bins as usize)))
    }

    fn try_encode_udwf(&self, udwf: &WindowUDF, _: &mut Vec<u8>) -> Result<()> {
        self.check(udwf.name())
    }
}

/// A user's own function with its module.
fn own_message(own: &Own, buf: &mut Vec<u8>) -> Result<()> {
    let module = own.module();
    let limits = serde_json::to_vec(&module.limits()).map_err(broken)?;
    let name = own.function.name.clone();
    buf.extend_from_slice(MARK);
    let message = messages::OwnFunction { name, module: module.bytes().to_vec(), limits };
    message.encode(buf).map_err(broken)
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn number(value: usize) -> Result<u32> {
    u32::try_from(value).map_err(broken)
}

fn partitions(plan: &Arc<dyn ExecutionPlan>) -> usize {
    plan.properties().output_partitioning().partition_count()
}

fn scan_partitions(scan: &RowGroupScan) -> usize {
    scan.properties().output_partitioning().partition_count()
}

/// Empty plans of the columns of a node's inputs.
fn inputs<const N: usize>(node: &Arc<dyn ExecutionPlan>) -> Result<[Arc<dyn ExecutionPlan>; N]> {
    let empty: Vec<_> = node.children().into_iter().map(|c| empty(c)).collect();
    empty.try_into().map_err(|_| internal_datafusion_err!("{} has other inputs", node.name()))
}

/// An empty plan of the same columns.
pub fn empty(plan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    Arc::new(EmptyExec::new(plan.schema()))
}

fn over(
    plan: Arc<dyn ExecutionPlan>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    plan.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}
