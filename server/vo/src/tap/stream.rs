//! Rows from the engine to the client: bounded in rows, time and memory, cancelled when nobody
//! listens.

use std::io;
use std::task::Poll;
use std::time::Duration;

use arrow::array::RecordBatch;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{BoxStream, poll_fn};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::StreamBody;
use tenkyu_wire::messages::vo;
use tenkyu_wire::{Explain, Lang};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout};
use tokio_util::sync::DropGuard;

use crate::error::RequestError;
use crate::formats::{Encoder, End, ErrorEnd};
use crate::layout::Layout;
use crate::{QueryLimits, ServiceError, votable};

/// The trailer field that says whether the answer was cut, in every format.
pub(super) const OVERFLOW_TRAILER: &str = "tenkyu-overflow";

/// Rows that are encoded and sent at a time: small enough that a page draws early and that other
/// requests are served in between.
const PIECE: usize = 8192;

/// Pieces that wait for a slow client before the engine has to wait too.
const QUEUE: usize = 4;

/// Engine time that is left. Time in which the client is slow does not count.
#[derive(Debug)]
pub(super) struct Budget {
    seconds: u64,
    left: Duration,
}

impl Budget {
    pub(super) fn new(seconds: u64) -> Self {
        Budget { seconds, left: Duration::from_secs(seconds) }
    }

    /// Waits for the engine, at most as long as is left.
    pub(super) async fn spend<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, RequestError> {
        let start = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(start.elapsed());
        done.map_err(|_| RequestError::TimedOut(self.seconds))
    }
}

/// An answer on its way.
pub(super) struct Answer {
    batches: BoxStream<'static, Result<RecordBatch, ServiceError>>,
    first: Option<RecordBatch>,
    layout: Layout,
    encoder: Box<dyn Encoder>,
    budget: Budget,
    stall: Duration,
    hard_rows: u64,
    lang: Lang,
}

type Frames = Sender<Result<Frame<Bytes>, io::Error>>;

/// Why the producer stopped before the end.
enum Stop {
    /// The client is gone or took nothing for a long time.
    Client,
    /// An error that the client is told.
    Error(ServiceError),
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Stop::Error(error.into())
    }
}

impl Answer {
    pub(super) fn new(
        batches: BoxStream<'static, Result<RecordBatch, ServiceError>>,
        layout: Layout,
        encoder: Box<dyn Encoder>,
        budget: Budget,
        limits: &QueryLimits,
        lang: Lang,
    ) -> Self {
        Answer {
            // An empty answer is at its end after `wait_for_first` and is asked once more.
            batches: batches.fuse().boxed(),
            first: None,
            layout,
            encoder,
            budget,
            stall: Duration::from_secs(limits.stall_seconds),
            hard_rows: limits.hard_rows,
            lang,
        }
    }

    /// Waits for the first batch and keeps it.
    pub(super) async fn wait_for_first(&mut self) -> Result<(), ServiceError> {
        self.first = self.budget.spend(self.batches.next()).await?.transpose()?;
        Ok(())
    }

    /// Starts to send. `permit` and `guard` live as long as the engine works for this answer.
    pub(super) fn into_body(self, permit: OwnedSemaphorePermit, guard: DropGuard) -> Body {
        let (frames, receiver) = channel(QUEUE);
        tokio::spawn(async move {
            self.produce(&frames).await;
            drop((permit, guard));
        });
        Body::new(StreamBody::new(stream_of(receiver)))
    }

    async fn produce(mut self, frames: &Frames) {
        match self.produce_rows(frames).await {
            Ok(overflow) => self.end(frames, overflow, None).await,
            Err(Stop::Error(error)) => {
                tracing::info!(%error, "a query failed after its first rows");
                self.end(frames, false, Some(error)).await;
            }
            Err(Stop::Client) => tracing::info!("the client of a query went away"),
        }
    }

    /// Sends head and rows; whether the answer was cut.
    async fn produce_rows(&mut self, frames: &Frames) -> Result<bool, Stop> {
        let head = self.encoder.start().map_err(internal)?;
        send(frames, head, self.stall).await?;
        let mut left = self.layout.limit;
        while let Some(batch) = self.next(frames).await? {
            let batch = self.layout.plain(&batch).map_err(internal)?;
            let rows = batch.num_rows();
            let keep = usize::try_from(left).unwrap_or(usize::MAX).min(rows);
            for start in (0..keep).step_by(PIECE) {
                let piece = batch.slice(start, PIECE.min(keep - start));
                let bytes = self.encoder.rows(&piece).map_err(internal)?;
                send(frames, bytes, self.stall).await?;
            }
            left -= keep as u64;
            if keep < rows {
                return Ok(true);
            }
        }
        // Metadata alone were asked for; DALI 1.1 §3.4.4 has that count as cut.
        Ok(self.layout.limit == 0)
    }

    async fn next(&mut self, frames: &Frames) -> Result<Option<RecordBatch>, Stop> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let next = self.budget.spend(self.batches.next());
        tokio::select! {
            () = frames.closed() => Err(Stop::Client),
            batch = next => batch?.transpose().map_err(Stop::Error),
        }
    }

    async fn end(mut self, frames: &Frames, overflow: bool, error: Option<ServiceError>) {
        let cut = overflow.then(|| self.cut_text());
        let ended = error.as_ref().map(|error| ErrorEnd {
            text: votable::error_text(error, self.lang),
            explain: error as &(dyn Explain + Send + Sync),
        });
        let end = End { overflow: cut, error: ended };
        match self.encoder.finish(&end) {
            Ok(Some(tail)) => {
                if send(frames, tail, self.stall).await.is_ok() {
                    let _ = frames.send(Ok(Frame::trailers(trailers(overflow)))).await;
                }
            }
            // The transfer must not look complete.
            Ok(None) => {
                let _ = frames.send(Err(io::Error::other("the query failed"))).await;
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be ended");
                let _ = frames.send(Err(io::Error::other(error))).await;
            }
        }
    }

    fn cut_text(&self) -> String {
        let limit = self.layout.limit.to_string();
        let hard = self.hard_rows.to_string();
        format!(
            "{} {}",
            vo::CUT.with(self.lang, &[("limit", &limit)]),
            vo::CUT_HELP.with(self.lang, &[("hard", &hard)])
        )
    }
}

async fn send(frames: &Frames, bytes: Bytes, stall: Duration) -> Result<(), Stop> {
    if bytes.is_empty() {
        return Ok(());
    }
    match timeout(stall, frames.send(Ok(Frame::data(bytes)))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Stop::Client),
        Err(_) => {
            tracing::info!(seconds = stall.as_secs(), "the client of a query stalled");
            Err(Stop::Client)
        }
    }
}

fn internal(error: arrow::error::ArrowError) -> Stop {
    Stop::Error(ServiceError::internal(error))
}

fn trailers(overflow: bool) -> HeaderMap {
    let value = if overflow { "true" } else { "false" };
    HeaderMap::from_iter([(
        HeaderName::from_static(OVERFLOW_TRAILER),
        HeaderValue::from_static(value),
    )])
}

/// The frames as a stream. Trailers are the last frame of every whole answer: an end without them
/// (a stalled client, a producer that died) breaks the transfer off rather than look complete.
fn stream_of(
    mut receiver: Receiver<Result<Frame<Bytes>, io::Error>>,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, io::Error>> {
    let mut ended = false;
    poll_fn(move |context| {
        if ended {
            return Poll::Ready(None);
        }
        receiver.poll_recv(context).map(|frame| {
            let frame = frame.unwrap_or_else(|| Err(io::Error::other("the answer broke off")));
            ended = frame.as_ref().map_or(true, Frame::is_trailers);
            Some(frame)
        })
    })
}
