//! How far a live run has got, on stderr: only on a terminal, and never with `--quiet`.

use crate::app::check::Progress;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{future::Future, pin::pin, sync::Arc, time::Duration};

/// How often the line is drawn anew.
const STEP: Duration = Duration::from_millis(100);

/// A line that shows a run's progress.
pub(super) struct Watch {
    progress: Arc<Progress>,
    line: ProgressBar,
}

impl Watch {
    /// A line for a run. indicatif draws none where stderr is no terminal.
    pub(super) fn new(progress: Arc<Progress>, quiet: bool) -> Self {
        let line = if quiet {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        } else {
            ProgressBar::new_spinner()
        };
        line.set_style(ProgressStyle::default_spinner());
        Self { progress, line }
    }

    /// Shows the line until `run` is over.
    pub(super) async fn over<T>(&self, run: impl Future<Output = T>) -> T {
        let mut run = pin!(run);
        loop {
            tokio::select! {
                result = &mut run => break result,
                () = tokio::time::sleep(STEP) => {
                    self.line.set_message(self.text());
                    self.line.tick();
                }
            }
        }
    }

    /// Leaves a last line with the sum of it.
    pub(super) fn end(&self, findings: usize) {
        let took = HumanDuration(self.line.elapsed());
        self.line.finish_and_clear();
        self.line.println(format!(
            "{}, {findings} {} in {took:#}",
            self.text(),
            if findings == 1 { "finding" } else { "findings" }
        ));
    }

    fn text(&self) -> String {
        let (done, all) = (self.progress.regions_done(), self.progress.regions());
        format!("{done} of {all} Regions, {} calls", self.progress.calls())
    }
}
