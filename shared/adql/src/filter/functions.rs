//! Numeric functions. Those without a value at a place give NaN or `None` there, which is NULL.

use crate::{Builtin, ast::BinaryOp};

/// A function of one float.
pub(super) fn of_one(builtin: Builtin) -> Option<fn(f64) -> f64> {
    Some(match builtin {
        Builtin::Abs => f64::abs,
        Builtin::Ceiling => f64::ceil,
        Builtin::Degrees => f64::to_degrees,
        Builtin::Exp => f64::exp,
        Builtin::Floor => f64::floor,
        Builtin::Log => f64::ln,
        Builtin::Log10 => f64::log10,
        Builtin::Radians => f64::to_radians,
        Builtin::Round => round,
        Builtin::Sqrt => f64::sqrt,
        Builtin::Truncate => f64::trunc,
        Builtin::Acos => f64::acos,
        Builtin::Asin => f64::asin,
        Builtin::Atan => f64::atan,
        Builtin::Cos => f64::cos,
        Builtin::Cot => |x| 1.0 / x.tan(),
        Builtin::Sin => f64::sin,
        Builtin::Tan => f64::tan,
        _ => return None,
    })
}

/// A function of two floats.
pub(super) fn of_two(builtin: Builtin) -> Option<fn(f64, f64) -> f64> {
    Some(match builtin {
        Builtin::Atan2 => f64::atan2,
        Builtin::Mod => |x, y| x % y,
        Builtin::Power => f64::powf,
        Builtin::Round => |x, digits| scaled(x, digits, round),
        Builtin::Truncate => |x, digits| scaled(x, digits, f64::trunc),
        _ => return None,
    })
}

/// Halves go away from zero.
fn round(x: f64) -> f64 {
    x.round()
}

/// `f` at so many decimals; negative ones stand before the point.
fn scaled(x: f64, digits: f64, f: fn(f64) -> f64) -> f64 {
    let scale = 10_f64.powi(digits.clamp(-400.0, 400.0) as i32);
    // Dividing by a power of ten that is a whole number is exact where multiplying is not.
    let result = if digits >= 0.0 { f(x * scale) / scale } else { f(x * scale) * (1.0 / scale) };
    // Beyond the precision of a double there is nothing to round.
    if digits >= 0.0 && !(x * scale).is_finite() { x } else { result }
}

/// Integer arithmetic; without a value on overflow and division by zero.
pub(super) fn of_integers(op: BinaryOp) -> Option<fn(i64, i64) -> Option<i64>> {
    Some(match op {
        BinaryOp::Add => i64::checked_add,
        BinaryOp::Subtract => i64::checked_sub,
        BinaryOp::Multiply => i64::checked_mul,
        BinaryOp::Divide => i64::checked_div,
        _ => return None,
    })
}

/// Float arithmetic.
pub(super) fn of_floats(op: BinaryOp) -> Option<fn(f64, f64) -> f64> {
    Some(match op {
        BinaryOp::Add => |x, y| x + y,
        BinaryOp::Subtract => |x, y| x - y,
        BinaryOp::Multiply => |x, y| x * y,
        BinaryOp::Divide => |x, y| if y == 0.0 { f64::NAN } else { x / y },
        _ => return None,
    })
}
