//! Running what users wrote where nobody above is prepared for its panic.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `act`; `None` if it panicked. Neither the panic nor one of its payload's destructor goes any further.
pub(crate) fn contained<R>(act: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(result) => Some(result),
        Err(payload) => {
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                // Whoever goes on like this is not asked a third time.
                mem::forget(second);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use super::contained;

    struct Mine(u32);

    impl Drop for Mine {
        fn drop(&mut self) {
            if self.0 > 0 {
                resume_unwind(Box::new(Self(self.0 - 1)));
            }
        }
    }

    #[test]
    fn panics_go_no_further_however_deep_they_lie() {
        assert_eq!(contained(|| 7), Some(7));
        for depth in 0..3 {
            assert_eq!(contained(|| -> u8 { resume_unwind(Box::new(Mine(depth))) }), None);
        }
    }
}
