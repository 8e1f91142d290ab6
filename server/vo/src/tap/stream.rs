//! Rows from the engine to a client or a file: bounded in rows, time and memory, cancelled when
//! nobody listens.

use std::io;
use std::task::Poll;
use std::time::Duration;

use arrow::array::RecordBatch;
use async_trait::async_trait;
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
pub(super) enum Stop {
    /// The client is gone or took nothing for a long time.
    Client,
    /// An error that the client is told.
    Error(ServiceError),
}

/// Where the bytes of an answer go.
#[async_trait]
pub(super) trait Sink: Send {
    /// Takes some bytes of some rows.
    async fn take(&mut self, bytes: Bytes, rows: usize) -> Result<(), Stop>;
    /// Ends when nobody takes any more.
    async fn gone(&self);
}

/// A client that reads while the answer is made.
struct Client {
    frames: Frames,
    stall: Duration,
}

#[async_trait]
impl Sink for Client {
    async fn take(&mut self, bytes: Bytes, _: usize) -> Result<(), Stop> {
        match timeout(self.stall, self.frames.send(Ok(Frame::data(bytes)))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Client),
            Err(_) => {
                tracing::info!(seconds = self.stall.as_secs(), "the client of a query stalled");
                Err(Stop::Client)
            }
        }
    }

    async fn gone(&self) {
        self.frames.closed().await;
    }
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

    /// Rows after which the answer is cut.
    pub(super) fn limit(&self) -> u64 {
        self.layout.limit
    }

    /// Waits for the first batch and keeps it.
    pub(super) async fn wait_for_first(&mut self) -> Result<(), ServiceError> {
        self.first = self.budget.spend(self.batches.next()).await?.transpose()?;
        Ok(())
    }

    /// Starts to send. `permit` and `guard` live as long as the engine works for this answer.
    pub(super) fn into_body(self, permit: OwnedSemaphorePermit, guard: DropGuard) -> Body {
        let (frames, receiver) = channel(QUEUE);
        let client = Client { frames, stall: self.stall };
        tokio::spawn(async move {
            self.produce(client).await;
            drop((permit, guard));
        });
        Body::new(StreamBody::new(stream_of(receiver)))
    }

    async fn produce(mut self, mut client: Client) {
        match self.produce_rows(&mut client).await {
            Ok(overflow) => self.end(client, overflow, None).await,
            Err(Stop::Error(error)) => {
                tracing::info!(%error, "a query failed after its first rows");
                self.end(client, false, Some(error)).await;
            }
            Err(Stop::Client) => tracing::info!("the client of a query went away"),
        }
    }

    /// Gives the whole answer to a sink; whether it was cut. An error leaves it unfinished.
    pub(super) async fn write_to(mut self, sink: &mut dyn Sink) -> Result<bool, Stop> {
        let overflow = self.produce_rows(sink).await?;
        let end = End { overflow: overflow.then(|| self.cut_text()), error: None };
        if let Some(tail) = self.encoder.finish(&end).map_err(internal)? {
            sink.take(tail, 0).await?;
        }
        Ok(overflow)
    }

    /// Sends head and rows; whether the answer was cut.
    async fn produce_rows(&mut self, sink: &mut dyn Sink) -> Result<bool, Stop> {
        let head = self.encoder.start().map_err(internal)?;
        send(sink, head, 0).await?;
        let mut left = self.layout.limit;
        while let Some(batch) = self.next(sink).await? {
            let batch = self.layout.plain(&batch).map_err(internal)?;
            let rows = batch.num_rows();
            let keep = usize::try_from(left).unwrap_or(usize::MAX).min(rows);
            for start in (0..keep).step_by(PIECE) {
                let piece = batch.slice(start, PIECE.min(keep - start));
                let bytes = self.encoder.rows(&piece).map_err(internal)?;
                send(sink, bytes, piece.num_rows()).await?;
            }
            left -= keep as u64;
            if keep < rows {
                self.drain(sink, true).await?;
                return Ok(true);
            }
        }
        // Metadata alone were asked for; DALI 1.1 §3.4.4 has that count as cut.
        let overflow = self.layout.limit == 0;
        self.drain(sink, overflow).await?;
        Ok(overflow)
    }

    /// Sends what the encoder held back until it had seen every row.
    async fn drain(&mut self, sink: &mut dyn Sink, overflow: bool) -> Result<(), Stop> {
        while let Some(bytes) = self.encoder.rest(overflow).map_err(internal)? {
            send(sink, bytes, 0).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn next(&mut self, sink: &mut dyn Sink) -> Result<Option<RecordBatch>, Stop> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let next = self.budget.spend(self.batches.next());
        tokio::select! {
            () = sink.gone() => Err(Stop::Client),
            batch = next => batch?.transpose().map_err(Stop::Error),
        }
    }

    async fn end(mut self, mut client: Client, overflow: bool, error: Option<ServiceError>) {
        let cut = overflow.then(|| self.cut_text());
        let ended = error.as_ref().map(|error| ErrorEnd {
            text: votable::error_text(error, self.lang),
            explain: error as &(dyn Explain + Send + Sync),
        });
        let end = End { overflow: cut, error: ended };
        match self.encoder.finish(&end) {
            Ok(Some(tail)) => {
                if send(&mut client, tail, 0).await.is_ok() {
                    let last = Frame::trailers(trailers(overflow));
                    let _ = client.frames.send(Ok(last)).await;
                }
            }
            // The transfer must not look complete.
            Ok(None) => {
                let _ = client.frames.send(Err(io::Error::other("the query failed"))).await;
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be ended");
                let _ = client.frames.send(Err(io::Error::other(error))).await;
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

async fn send(sink: &mut dyn Sink, bytes: Bytes, rows: usize) -> Result<(), Stop> {
    if bytes.is_empty() && rows == 0 { Ok(()) } else { sink.take(bytes, rows).await }
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
