//! Requests that came right behind one that has just been answered: they are served in the same call.
//!
//! A client that pipelines sends many requests in one piece. To give the exchange back to the loop between two of them, only
//! to get it again, would cost as much as reading them. So the call goes on by itself with the next request, as long as
//! that is an ordinary one, whole and without a body, and nobody else has taken the loop. Whatever is unusual is left for
//! the loop, which finds it in the input as if this had not looked.
//!
//! Each request has a parking of its own, so that the monitor sees the call move on; it stands behind the answers before it
//! in the output, which the loop sends should the handler take its time.

use std::mem;

use nethttp_h1::{FieldScratch, HeadScanner};

use super::{Exchange, Fate, Stage};
use crate::conn::input::Input;
use crate::engine::current;

impl Exchange {
    /// Makes ready for the next request of the connection, if it is here and may be served at once.
    pub(super) fn begin_next(&mut self) -> bool {
        if !self.may_go_on() || !current::begin_next() {
            return false;
        }
        let mut input = mem::take(&mut self.home.input);
        // Should the following panic, the connection is not to go on without that input.
        self.stage = Stage::Over(Fate::Abort);
        let was_post = self.was_post;
        let Some(end) = self.prepare_next(&input) else {
            self.home.input = input;
            self.request.reset_within(&self.context);
            (self.stage, self.was_post) = (Stage::Over(Fate::KeepAlive), was_post);
            return false;
        };
        input.consume(end);
        let mut output = mem::take(&mut self.home.output);
        // The answers that are there are whole: they go out should this one take its time.
        output.release();
        output.begin_answer();
        let socket = self.home.socket.take();
        self.lend(&mut input, &mut output, socket);
        self.budget -= 1;
        true
    }

    fn may_go_on(&self) -> bool {
        let config = &self.core.config;
        self.stage == Stage::Over(Fate::KeepAlive)
            && self.budget > 0
            && self.home.is_filled()
            && self.is_watched
            && !self.home.input.is_empty()
            && !self.home.output.is_crowded()
            && !self.has_base
            && self.context.renew(self.holders())
            && !self.response.is_wire_kept(true)
            && self.core.keeps_alive()
            && config.read_timeout.is_none()
            && config.write_timeout.is_none()
            && !self.core.lifecycle.is_full()
    }

    /// Fills the exchange from the head of the next request; says where its head ends. `None` if that is not here, or if
    /// the request is not ordinary.
    #[inline(never)] // Its frame is large, and is to be gone when the handler is called.
    fn prepare_next(&mut self, input: &Input) -> Option<usize> {
        let socket = self.home.socket.take()?;
        let mut scanner = HeadScanner::default();
        scanner.reset(self.was_post);
        let mut scratch = FieldScratch::new();
        let limits = self.core.config.limits;
        let end = match scanner.read(input.unread(), &limits, &mut scratch) {
            Ok(Some((end, head))) => {
                let is_ordinary = matches!(self.prepare(&head, end, &socket, None, self.token), Ok(None));
                (is_ordinary && !self.response.has_body && !self.response.may_await_continue).then_some(end)
            }
            _ => None,
        };
        self.home.socket = Some(socket);
        end
    }
}
