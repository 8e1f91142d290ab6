//! Users' own functions in plans: scalar ones, and aggregates whose states are merged across
//! threads and partitions.

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray},
    compute::{filter, prep_null_mask_filter},
    datatypes::{DataType, Field, FieldRef},
};
use datafusion::{
    common::{DataFusionError, Result, ScalarValue, exec_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, Expr,
        GroupsAccumulator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};
use tenkyu_udf::{
    Instance, UdfError, arrow_type,
    sandbox::{Module, Sandbox},
};
use tenkyu_wire::functions::{FunctionMeta, SCHEMA};
use tokio_util::sync::CancellationToken;

/// The functions of the user who asks a query, as that query uses them.
#[derive(Clone, Debug, Default)]
pub struct OwnFunctions {
    modules: Vec<Module>,
    stop: CancellationToken,
}

impl OwnFunctions {
    /// The functions in `modules`, which end soon after `stop` is cancelled.
    pub fn new(modules: Vec<Module>, stop: CancellationToken) -> Self {
        Self { modules, stop }
    }

    /// What they are.
    pub fn metas(&self) -> Vec<FunctionMeta> {
        self.modules.iter().flat_map(Module::functions).cloned().collect()
    }

    /// The function called `name`, without regard to case.
    pub fn find(&self, name: &str) -> Option<Own> {
        self.modules.iter().find_map(|module| {
            let function = module.functions().iter().find(|one| one.is(name))?.clone();
            Some(Own { module: module.clone(), function, stop: self.stop.clone() })
        })
    }
}

/// One function, ready to be put into a plan.
#[derive(Clone, Debug)]
pub struct Own {
    module: Module,
    /// What it takes and gives.
    pub function: FunctionMeta,
    stop: CancellationToken,
}

// Within a query the name of a function means one module.
impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function
    }
}

impl Eq for Own {}

impl Hash for Own {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.hash(state);
    }
}

impl Own {
    /// A call with arguments of the function's types.
    pub fn call(self, args: Vec<Expr>) -> Expr {
        if self.function.is_aggregate() {
            return self.aggregate().call(args);
        }
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(self.scalar()), args))
    }

    pub(crate) fn scalar(self) -> ScalarUDF {
        let (name, signature) = self.signature();
        ScalarUDF::new_from_impl(Scalar { own: self, name, signature, idle: Mutex::default() })
    }

    pub(crate) fn aggregate(self) -> AggregateUDF {
        let (name, signature) = self.signature();
        AggregateUDF::new_from_impl(Aggregate { own: self, name, signature })
    }

    fn signature(&self) -> (String, Signature) {
        let name = format!("{SCHEMA}.{}", self.function.name);
        (name, Signature::variadic_any(Volatility::Immutable))
    }

    fn start(&self) -> Result<Instance<Sandbox>> {
        let stop = self.stop.clone();
        let started = self.module.start(&self.function.name, Arc::new(move || stop.is_cancelled()));
        started.map_err(outward)
    }

    fn value_type(&self) -> DataType {
        arrow_type(self.function.returns.kind)
    }
}

#[cfg(feature = "cluster")]
impl Own {
    pub(crate) fn module(&self) -> &Module {
        &self.module
    }

    /// The user's own function behind one of DataFusion's, if it is one.
    pub(crate) fn of_udf(udf: &ScalarUDF) -> Option<&Self> {
        let scalar = (udf.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Scalar>()?;
        Some(&scalar.own)
    }

    /// The user's own aggregate behind one of DataFusion's, if it is one.
    pub(crate) fn of_udaf(udaf: &AggregateUDF) -> Option<&Self> {
        let found = (udaf.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Aggregate>()?;
        Some(&found.own)
    }
}

fn outward(error: UdfError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Runs a call that may take seconds: other queries on this thread move to another meanwhile.
fn aside<T>(call: impl FnOnce() -> Result<T, UdfError>) -> Result<T> {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let many =
        Handle::try_current().is_ok_and(|h| h.runtime_flavor() == RuntimeFlavor::MultiThread);
    let result = if many { tokio::task::block_in_place(call) } else { call() };
    result.map_err(outward)
}

/// A scalar function in a plan.
#[derive(Debug)]
struct Scalar {
    own: Own,
    name: String,
    signature: Signature,
    /// Instances between two batches; as many as there are threads at work on them.
    idle: Mutex<Vec<Idle>>,
}

struct Idle(Instance<Sandbox>);

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Idle")
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.own.hash(state);
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.own.value_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<_>>()?;
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut instance = match waiting {
            Some(Idle(instance)) => instance,
            None => self.own.start()?,
        };
        let values = aside(|| instance.call(&columns))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Idle(instance));
        if all_scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?));
        }
        Ok(ColumnarValue::Array(values))
    }
}

/// An aggregate in a plan.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Aggregate {
    own: Own,
    name: String,
    signature: Signature,
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.own.value_type())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Whole(Groups::new(self.own.clone()))))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(self.own.clone())))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[state]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The groups of one thread, all in one instance.
struct Groups {
    own: Own,
    /// Started with the first row.
    instance: Option<Instance<Sandbox>>,
    /// How many groups there are.
    count: usize,
}

impl Groups {
    fn new(own: Own) -> Self {
        Self { own, instance: None, count: 0 }
    }

    fn instance(&mut self) -> Result<&mut Instance<Sandbox>> {
        if self.instance.is_none() {
            self.instance = Some(self.own.start()?);
        }
        match &mut self.instance {
            Some(instance) => Ok(instance),
            None => exec_err!("no instance of {SCHEMA}.{}", self.own.function.name),
        }
    }

    /// How many of the first groups are taken out.
    fn taken(&mut self, emit_to: EmitTo) -> Result<u32> {
        let taken = match emit_to {
            EmitTo::All => self.count,
            EmitTo::First(first) => first.min(self.count),
        };
        self.count -= taken;
        number(taken)
    }

    /// Gives the memory back where no group is left; a module's memory never shrinks.
    fn rest(&mut self) {
        if self.count == 0 {
            self.instance = None;
        }
    }
}

/// The rows that meet the condition, and their groups.
fn chosen(
    values: &[ArrayRef],
    mut groups: Vec<u32>,
    condition: Option<&BooleanArray>,
) -> Result<(Vec<ArrayRef>, Vec<u32>)> {
    let Some(condition) = condition else { return Ok((values.to_vec(), groups)) };
    // NULL is no reason to take a row in.
    let condition = match condition.null_count() {
        0 => condition.clone(),
        _ => prep_null_mask_filter(condition),
    };
    let values = values.iter().map(|v| filter(v, &condition)).collect::<Result<_, _>>()?;
    let mut kept = condition.values().iter();
    groups.retain(|_| kept.next().unwrap_or(false));
    Ok((values, groups))
}

fn number(count: usize) -> Result<u32> {
    u32::try_from(count).or_else(|_| exec_err!("more than {} groups", u32::MAX))
}

fn numbers(groups: &[usize]) -> Result<Vec<u32>> {
    groups.iter().map(|group| number(*group)).collect()
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        condition: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.count = total;
        let (values, groups) = chosen(values, numbers(groups)?, condition)?;
        let total = number(total)?;
        let instance = self.instance()?;
        aside(|| instance.update(&values, &groups, total))
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.count = total;
        let (groups, total) = (numbers(groups)?, number(total)?);
        let Some(states) = values.first().and_then(|states| states.as_binary_opt::<i32>()) else {
            return exec_err!("the state of {SCHEMA}.{} is binary", self.own.function.name);
        };
        let instance = self.instance()?;
        aside(|| instance.merge(states, &groups, total))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let first = self.taken(emit_to)?;
        let instance = self.instance()?;
        let values = aside(|| instance.finish(first))?;
        self.rest();
        Ok(values)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let first = self.taken(emit_to)?;
        let instance = self.instance()?;
        let states = aside(|| instance.states(first))?;
        self.rest();
        Ok(vec![Arc::new(states)])
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        condition: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let total = number(rows)?;
        // Each row is a group of its own; those that do not meet the condition stay empty.
        let (values, groups) = chosen(values, (0..total).collect(), condition)?;
        let mut instance = self.own.start()?;
        let states = aside(|| {
            instance.update(&values, &groups, total)?;
            instance.states(total)
        })?;
        Ok(vec![Arc::new(states)])
    }

    fn size(&self) -> usize {
        let memory = self.instance.as_ref().map_or(0, |own| own.machine().memory_bytes());
        size_of_val(self) + usize::try_from(memory).unwrap_or(usize::MAX)
    }
}

/// All rows as one group.
struct Whole(Groups);

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Whole").field(&self.0.own).finish()
    }
}

impl Accumulator for Whole {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |column| column.len());
        self.0.merge_batch(states, &vec![0; rows], 1)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.count = 1;
        let states = GroupsAccumulator::state(&mut self.0, EmitTo::All)?;
        states.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.count = 1;
        let values = GroupsAccumulator::evaluate(&mut self.0, EmitTo::All)?;
        ScalarValue::try_from_array(&values, 0)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }
}
