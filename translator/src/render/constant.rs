//! Constant expressions as Rust (specification: *Constant Expressions*).

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::state::GlobalPlace;
use super::{Plan, global_field, ident};
use crate::Error;
use crate::module::{ConstExpr, ConstOp, Definition};

impl Plan<'_> {
    /// A constant expression, in `initialize`.
    pub(super) fn const_expr(&self, expr: &ConstExpr) -> Result<TokenStream, Error> {
        let mut stack: Vec<TokenStream> = Vec::new();
        for op in &expr.0 {
            let method = match op {
                ConstOp::I32Add | ConstOp::I64Add => "wrapping_add",
                ConstOp::I32Sub | ConstOp::I64Sub => "wrapping_sub",
                ConstOp::I32Mul | ConstOp::I64Mul => "wrapping_mul",
                ConstOp::GlobalGet(index) => {
                    let value_type = self.module.globals[*index as usize].value_type;
                    let GlobalPlace { place, shared } = self.state.global(*index);
                    let field = global_field(value_type);
                    let place = Literal::u32_unsuffixed(place);
                    stack.push(if shared {
                        quote!(c.s.shared.#field[#place].get())
                    } else {
                        quote!(c.s.globals.#field[#place])
                    });
                    continue;
                }
                ConstOp::RefFunc(function) => {
                    let entry = Literal::u32_unsuffixed(self.state.entry(*function));
                    stack.push(quote!(Some(function_reference(c, #entry))));
                    continue;
                }
                ConstOp::StructNew(index) => {
                    let Definition::Struct(fields) = &self.module.definitions[*index as usize].kind
                    else {
                        return Err(missing());
                    };
                    let first = stack.len().checked_sub(fields.len()).ok_or_else(missing)?;
                    let values = stack.split_off(first);
                    stack.push(self.new_struct(*index, Some(&values)));
                    continue;
                }
                ConstOp::StructNewDefault(index) => {
                    stack.push(self.new_struct(*index, None));
                    continue;
                }
                ConstOp::ArrayNew(index) => {
                    let (length, value) = (stack.pop(), stack.pop());
                    let (length, value) = length.zip(value).ok_or_else(missing)?;
                    stack.push(self.new_array(*index, Some(&value), &length));
                    continue;
                }
                ConstOp::ArrayNewDefault(index) => {
                    let length = stack.pop().ok_or_else(missing)?;
                    stack.push(self.new_array(*index, None, &length));
                    continue;
                }
                ConstOp::ArrayNewFixed(index, count) => {
                    let first = stack
                        .len()
                        .checked_sub(*count as usize)
                        .ok_or_else(missing)?;
                    let values = stack.split_off(first);
                    stack.push(self.new_array_fixed(*index, &values));
                    continue;
                }
                ConstOp::RefI31 => {
                    let value = stack.pop().ok_or_else(missing)?;
                    stack.push(quote!(Some(AnyRef::i31(#value))));
                    continue;
                }
                ConstOp::AnyConvertExtern => {
                    let value = stack.pop().ok_or_else(missing)?;
                    stack.push(quote!(c.internalize(#value)));
                    continue;
                }
                ConstOp::ExternConvertAny => {
                    let value = stack.pop().ok_or_else(missing)?;
                    stack.push(quote!(c.externalize(#value)));
                    continue;
                }
                constant => {
                    stack.push(literal_op(constant));
                    continue;
                }
            };
            let (right, left) = (stack.pop(), stack.pop());
            let (right, left) = right.zip(left).ok_or_else(missing)?;
            let method = ident(method);
            stack.push(quote!((#left).#method(#right)));
        }
        stack
            .pop()
            .ok_or_else(|| Error::Internal("an empty constant expression".to_string()))
    }
}

fn missing() -> Error {
    Error::Internal("a constant expression without operands".to_string())
}

/// The value of an expression that is one constant.
pub(super) fn literal(expr: &ConstExpr) -> Option<TokenStream> {
    match expr.0[..] {
        [
            ConstOp::GlobalGet(_)
            | ConstOp::RefFunc(_)
            | ConstOp::StructNewDefault(_)
            | ConstOp::ArrayNewFixed(..),
        ] => None,
        [ref op] => Some(literal_op(op)),
        _ => None,
    }
}

pub(super) fn literal_op(op: &ConstOp) -> TokenStream {
    match *op {
        ConstOp::I32Const(value) => super::expression::integer_literal(value.into(), "i32"),
        ConstOp::I64Const(value) => super::expression::integer_literal(value, "i64"),
        ConstOp::F32Const(bits) => {
            let bits = Literal::u32_unsuffixed(bits);
            quote!(f32::from_bits(#bits))
        }
        ConstOp::F64Const(bits) => {
            let bits = Literal::u64_unsuffixed(bits);
            quote!(f64::from_bits(#bits))
        }
        ConstOp::V128Const(bits) => super::expression::vector_literal(bits),
        // `None`, of whichever type.
        _ => quote!(None),
    }
}
