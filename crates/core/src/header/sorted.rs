//! Fields in the order in which Go writes them: sorted by name, values of one name as they were added.
//!
//! Answers have few fields, so that their order fits on the stack.

use super::{Field, Header};

/// The fields of a header in sorted order; made by [`Header::iter`].
pub(super) struct Sorted<'h> {
    fields: &'h [Field],
    order: Order,
    at: usize,
}

/// Indices of fields that have a value.
enum Order {
    /// There is one field, if any, as in most answers.
    One,
    Few([u8; FEW], usize),
    Many(Vec<usize>),
}

const FEW: usize = 24;

impl<'h> Sorted<'h> {
    #[inline]
    pub(super) fn new(header: &'h Header) -> Self {
        let fields = header.live();
        match fields {
            [] | [Field { suppressed: false, .. }] => Self { fields, order: Order::One, at: 0 },
            _ => Self::sort(fields),
        }
    }

    #[inline(never)]
    fn sort(fields: &'h [Field]) -> Self {
        let order = if fields.len() <= FEW { few(fields) } else { many(fields) };
        Self { fields, order, at: 0 }
    }
}

/// Inserts one after the other: few fields are sorted quickest so, and most come in order.
fn few(fields: &[Field]) -> Order {
    let (mut order, mut count) = ([0_u8; FEW], 0);
    for (index, field) in (0_u8..).zip(fields).filter(|(_, field)| !field.suppressed) {
        let name = field.name.as_str();
        let mut at = count;
        while at > 0 && fields[usize::from(order[at - 1])].name.as_str() > name {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = index;
        count += 1;
    }
    Order::Few(order, count)
}

fn many(fields: &[Field]) -> Order {
    let mut order: Vec<usize> = (0..fields.len()).filter(|&index| !fields[index].suppressed).collect();
    order.sort_by(|&a, &b| fields[a].name.as_str().cmp(fields[b].name.as_str()));
    Order::Many(order)
}

impl<'h> Iterator for Sorted<'h> {
    type Item = &'h Field;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let index = match &self.order {
            Order::One => self.at,
            Order::Few(order, count) => usize::from(*order[..*count].get(self.at)?),
            Order::Many(order) => *order.get(self.at)?,
        };
        self.at += 1;
        self.fields.get(index)
    }
}
